"""The questions to the computer: each source hangs, dies, lies, talks rubbish, or answers late."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fault_tools import RUBBISH, wait_for

from wizard.advice.recommend import recommend
from wizard.detection import survey as surveys
from wizard.detection.answers import Answer, GraphicsAnswer, ProbeName, SystemAnswer
from wizard.detection.machine import Environment, Gpu, Machine, OperatingSystem, Problem
from wizard.detection.machine import machine_from_json as read_machine
from wizard.detection.probes import nvidia_smi, python
from wizard.detection.probes.linux_adapters import linux_adapters
from wizard.detection.survey import Probe, survey
from wizard.printable import printable
from wizard.report.plain import machine_lines, recommendation_lines

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="programs that are shell scripts")

LIMIT = 30.0


def ask(*names: ProbeName, limit: float = LIMIT, **others: Callable[[], Answer]) -> Machine:
    """The survey with the system and the named probes, whatever they do."""
    probes: dict[Any, Probe] = {"system": Probe(lambda: SystemAnswer(OperatingSystem("linux")), 9)}
    probes |= {name: Probe(surveys.PROBES[name].ask, limit) for name in names}
    probes |= {name: Probe(ask, limit) for name, ask in others.items()}
    machine = survey(probes=probes)
    is_fit_to_be_shown(machine)
    return machine


def is_fit_to_be_shown(machine: Machine) -> None:
    """Whatever was answered: it can be written, read again, advised on and printed."""
    written = json.dumps(machine.to_json(), allow_nan=False)
    again = read_machine(json.loads(written))
    advice = recommend(again)
    lines = "\n".join([*machine_lines(again), *recommendation_lines(advice, again)])
    assert len(lines) < 200_000
    assert "\x1b" not in printable(lines)


def on_the_bus() -> GraphicsAnswer:
    """An NVIDIA card that the system sees, whatever its driver says."""
    card = Gpu("nvidia", "RTX 3060", pci_id="10de:2503", bus_id="0000:01:00.0")
    return GraphicsAnswer("display_adapters", (card,), kernel_module="581.57")


# nvidia-smi --------------------------------------------------------------------------------------

ROW = "NVIDIA RTX 3060, GPU-1, 00000000:01:00.0, 0x250310DE, 12288, 581.57, 8.6, [N/A]"
HEADER = "echo '| NVIDIA-SMI 581.57  Driver Version: 581.57  CUDA Version: 13.0 |'"
ANSWERS = f'case "$1" in --query*) {{}};; *) {HEADER};; esac'


@dataclass(frozen=True)
class Tool:
    name: str
    script: str
    code: str = ""
    """The problem that the user is told; empty: none."""
    cards: int = 0
    """How many the tool adds to what the bus shows, or makes its own."""
    start: str = "/bin/sh"


TOOLS = (
    Tool("answers", ANSWERS.format(f"echo '{ROW}'"), cards=1),
    Tool("hangs", "exec sleep 600", "probe_timed_out"),
    Tool("hangs, deaf", "trap '' TERM INT HUP; while :; do sleep 600; done", "probe_timed_out"),
    Tool("hangs with children", "trap '' TERM; sleep 600 & sleep 601 & wait", "probe_timed_out"),
    Tool("hangs, output closed", "exec >&- 2>&-; exec sleep 600", "probe_timed_out"),
    Tool("hangs half way", "printf 'NVIDIA RTX'; exec sleep 600", "probe_timed_out"),
    Tool("is killed", "kill -9 $$", "nvml_error"),
    Tool("crashes", "kill -SEGV $$", "nvml_error"),
    Tool("illegal instruction", "kill -ILL $$", "nvml_error"),
    Tool("ends with 4", "exit 4", "driver_permission"),
    Tool("ends with 6", "exit 6", "no_devices_found"),
    Tool("ends with 9", "exit 9", "optimus_nvml_driver_not_loaded"),
    Tool("ends with 12", "exit 12", "nvml_library_not_found"),
    Tool("ends with 15", "exit 15", "gpu_lost"),
    Tool("ends with 18", "exit 18", "nvml_mismatch"),
    Tool("ends with 255", "exit 255", "nvml_error"),
    Tool("says nothing", "exit 0"),
    Tool("rubbish", f"cat {RUBBISH}"),
    Tool("rubbish on both", f"head -c 99999 {RUBBISH}; tail -c 99999 {RUBBISH} >&2"),
    Tool("zeros", "head -c 99999 /dev/zero"),
    Tool("endless", "exec yes", "probe_timed_out"),
    Tool("endless line", "exec tr '\\0' x < /dev/zero", "probe_timed_out"),
    Tool(
        "knows no field at all",
        "echo 'Field \"name\" is not a valid field to query.'; exit 2",
        "nvml_error",
    ),
    Tool(
        "knows a field of its own", "echo 'Field \"x\" is not a valid field'; exit 2", "nvml_error"
    ),
    Tool("half a row", ANSWERS.format("printf 'NVIDIA RTX 3060, GPU-1, 0000'")),
    Tool("too many cells", ANSWERS.format(f"echo '{ROW}, {ROW}'")),
    Tool("100,000 cards", ANSWERS.format(f"yes '{ROW}' | head -100000"), cards=256),
    Tool(
        "steering name",
        ANSWERS.format(f"printf '\\033[2J\\033]0;x\\007\\302\\233%s\\n' '{ROW}'"),
    ),
    Tool("no UTF-8", ANSWERS.format(f"printf '\\377\\376%s\\n' '{ROW}'")),
    Tool("zeros in the name", ANSWERS.format(f"printf 'a\\000b%s\\n' '{ROW}'")),
    Tool(
        "figures without end",
        ANSWERS.format(f"echo '{ROW}' | sed 's/12288/999999999/; s/8[.]6/99.9/; s/581/9999/'"),
    ),
    Tool(
        "figures that are none",
        ANSWERS.format(f"echo '{ROW}' | sed 's/12288/-1/;s/8.6/x/'"),
    ),
    Tool("asks back", "read answer || exit 18", "nvml_mismatch"),
    Tool(
        "leaves a child that holds the pipes",
        "sleep 600 & exit 9",
        "optimus_nvml_driver_not_loaded",
    ),
    Tool("no such interpreter", "", "probe_failed", start="/nowhere/sh"),
)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_nvidia_smi(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tool: Tool
) -> None:
    monkeypatch.setattr(nvidia_smi, "TIME_LIMIT", 0.2 if tool.code == "probe_timed_out" else LIMIT)
    path = program(tool.script, "nvidia-smi", tool.start)
    monkeypatch.setenv("PATH", str(path.parent), prepend=os.pathsep)
    machine = ask("nvidia_smi", display_adapters=on_the_bus)
    codes = {problem.code for problem in machine.problems}
    assert tool.code in codes if tool.code else not codes
    assert len(machine.gpus) == max(1, tool.cards)  # the bus shows the one
    # Only the tool knows a card's UUID: what it was believed of it.
    assert len([gpu for gpu in machine.gpus if gpu.uuid]) == tool.cards


@pytest.mark.parametrize("what", ["a folder", "not executable", "a broken link", "a loop"])
def test_nvidia_smi_that_is_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = tmp_path / "nvidia-smi"
    if what == "a folder":
        path.mkdir()
    elif what == "not executable":
        path.write_text("x")
    else:
        path.symlink_to("nowhere" if what == "a broken link" else "nvidia-smi")
    monkeypatch.setenv("PATH", str(tmp_path))
    machine = ask(nvidia_smi=lambda: nvidia_smi.probe_nvidia_smi(root=tmp_path))
    codes = ["probe_failed"] if what == "not executable" else []
    assert [problem.code for problem in machine.problems] == codes


def test_nvidia_smi_that_answers_after_the_survey(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The late answer is dropped: the machine that was given out does not change."""
    path = program(f"sleep 0.4\n{ANSWERS.format(f'echo {ROW!r}')}\n: > {tmp_path}/x", "nvidia-smi")
    path.write_text(path.read_text().replace(f"{sys.executable} -IS", "/bin/sh"))
    monkeypatch.setenv("PATH", str(path.parent), prepend=os.pathsep)
    machine = ask("nvidia_smi", limit=0.1)
    assert [problem.code for problem in machine.problems] == ["probe_timed_out"]
    wait_for((tmp_path / "x").exists, "nvidia-smi did not end")
    assert machine.gpus == ()


# NVML --------------------------------------------------------------------------------------------


class NVMLError(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(f"code {value}")
        self.value = value


def library(**changes: object) -> ModuleType:
    """A pynvml with one card, and some of its functions replaced by what they return or raise."""
    good: Mapping[str, object] = {
        "nvmlInit": None,
        "nvmlShutdown": None,
        "nvmlSystemGetDriverVersion": "581.57",
        "nvmlSystemGetCudaDriverVersion_v2": 13000,
        "nvmlDeviceGetCount": 1,
        "nvmlDeviceGetHandleByIndex": object(),
        "nvmlDeviceGetName": "NVIDIA RTX 3060",
        "nvmlDeviceGetCudaComputeCapability": (8, 6),
        "nvmlDeviceGetMemoryInfo": type("Memory", (), {"total": 12 * 2**30, "used": 0}),
        "nvmlDeviceGetPciInfo": type(
            "Pci", (), {"pciDeviceId": 0x250310DE, "busId": "00000000:01:00.0"}
        ),
        "nvmlDeviceGetMigMode": (0, 0),
        "nvmlDeviceGetNumGpuCores": 3584,
        "nvmlDeviceGetUUID": "GPU-1",
    }
    module = ModuleType("pynvml")
    module.NVMLError = NVMLError  # type: ignore[attr-defined]

    def function(value: object) -> Callable[..., object]:
        def answer(*_words: object) -> object:
            if isinstance(value, Exception):
                raise value
            return value() if callable(value) and not isinstance(value, type) else value

        return answer

    for name, value in {**good, **changes}.items():
        setattr(module, name, function(value))
    return module


@dataclass(frozen=True)
class Library:
    name: str
    changes: Mapping[str, object]
    code: str = ""
    cards: int = 1


LIBRARIES = (
    Library("answers", {}),
    Library("no kernel module", {"nvmlInit": NVMLError(9)}, "optimus_nvml_driver_not_loaded", 0),
    Library("mismatch", {"nvmlInit": NVMLError(18)}, "nvml_mismatch", 0),
    Library("an unheard of code", {"nvmlInit": NVMLError(12345)}, "nvml_error", 0),
    Library("damaged", {"nvmlInit": OSError("wrong ELF class")}, "nvml_error", 0),
    Library("no memory", {"nvmlInit": MemoryError()}, "nvml_error", 0),
    Library("a card that is lost", {"nvmlDeviceGetName": NVMLError(15)}, "gpu_lost", 0),
    Library("counts without end", {"nvmlDeviceGetCount": 2**32 - 1}, "", 256),
    Library("counts below nothing", {"nvmlDeviceGetCount": -5}, "no_devices_found", 0),
    Library(
        "a name that is no text",
        {"nvmlDeviceGetName": UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x")},
        "probe_failed",
        0,
    ),
    Library("a name of bytes", {"nvmlDeviceGetName": b"\xff\xfeRTX\0\x1b[2J"}),
    Library("a name of another kind", {"nvmlDeviceGetName": 7}),
    Library("half a capability", {"nvmlDeviceGetCudaComputeCapability": (8,)}, "probe_failed", 0),
    Library("a driver without a number", {"nvmlSystemGetDriverVersion": "\x1b[1mN/A"}),
    Library("shuts down with an error", {"nvmlShutdown": NVMLError(1)}),
    Library("an older one", {"nvmlDeviceGetMigMode": AttributeError("no such function")}),
)


@pytest.mark.parametrize("row", LIBRARIES, ids=lambda row: row.name)
def test_nvml(monkeypatch: pytest.MonkeyPatch, row: Library) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", library(**row.changes))
    machine = ask("nvml", display_adapters=on_the_bus)
    codes = {problem.code for problem in machine.problems}
    assert row.code in codes if row.code else not codes
    assert len(machine.gpus) == max(1, row.cards)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A driver that never comes back, until the test is over."""
    released = threading.Event()

    def hang() -> None:
        released.wait(120)

    monkeypatch.setitem(sys.modules, "pynvml", library(nvmlInit=hang))
    yield released
    released.set()


def test_nvml_that_hangs_costs_its_own_answer(hanging: threading.Event) -> None:
    machine = ask("nvml", "python", limit=0.15)
    assert {problem.code for problem in machine.problems} == {"probe_timed_out"}


def test_nvml_that_answers_after_the_survey(hanging: threading.Event) -> None:
    told: list[Machine] = []
    machine = survey(
        lambda known, _names: told.append(known),
        {"nvml": Probe(surveys.PROBES["nvml"].ask, 0.2)},
    )
    hanging.set()
    time.sleep(0.1)
    assert told[-1] == machine
    assert machine.gpus == ()


def test_nvml_asked_twice_at_once(hanging: threading.Event) -> None:
    """Scan again while the first still hangs: both surveys end, in their own time."""
    found: list[Machine] = []
    askers = [threading.Thread(target=lambda: found.append(ask("nvml", limit=0.15))) for _ in "ab"]
    for each in askers:
        each.start()
    for each in askers:
        each.join(LIMIT)
    assert [machine.problems[0].code for machine in found] == ["probe_timed_out"] * 2


def test_nvml_cancelled_while_it_hangs(hanging: threading.Event) -> None:
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    machine = survey(None, {"nvml": Probe(surveys.PROBES["nvml"].ask, 1000.0)}, cancelled)
    assert machine.gpus == ()


# conda, by its files -----------------------------------------------------------------------------


def a_conda(home: Path) -> Path:
    from conda_stand_in import make_conda

    make_conda(home / "miniforge3", environments=["llm_50gun"])
    return home / "miniforge3"


def _rubbish(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(random.Random(0).randbytes(100_000))


def _folder(path: Path) -> None:
    path.mkdir(parents=True)


def _cut_records(root: Path) -> None:
    for path in root.rglob("conda-meta/*.json"):
        path.write_bytes(path.read_bytes()[:100])


def _empty_records(root: Path) -> None:
    for path in root.rglob("conda-meta/*.json"):
        path.write_bytes(b"")


def _deep_records(root: Path) -> None:
    for path in root.rglob("conda-meta/*.json"):
        path.write_text('{"a":' * 50_000)


def _odd_names(root: Path) -> None:
    for name in (b"\xff\xfe", "ə ğ".encode(), b"\x1b[2J", b"a\nb", b"-rf", b"'; rm -rf"):
        (Path(os.fsdecode(os.fsencode(root / "envs") + b"/" + name)) / "conda-meta").mkdir(
            parents=True
        )
        made = Path(os.fsdecode(os.fsencode(root / "envs") + b"/" + name))
        (made / "conda-meta" / "history").touch()


def _lying_version(root: Path) -> None:
    version = root / "envs/llm_50gun/lib/python3.12/site-packages/torch/version.py"
    version.parent.mkdir(parents=True)
    version.write_text("__version__ = '\x1b[2J<b>9</b>'\n")


def _python_is_a_folder(root: Path) -> None:
    python = root / "envs/llm_50gun/bin/python"
    python.unlink()
    python.mkdir()


def _loop(root: Path) -> None:
    (root / "envs" / "loop").symlink_to(root / "envs" / "loop")
    (root / "envs" / "self").symlink_to(root / "envs")


def _many(root: Path) -> None:
    for number in range(1500):
        (root / f"envs/e{number}/conda-meta").mkdir(parents=True)
        (root / f"envs/e{number}/conda-meta/history").touch()


CONDAS: tuple[tuple[str, Callable[[Path], object]], ...] = (
    ("is whole", lambda root: None),
    ("its list is rubbish", lambda root: _rubbish(root.parent / ".conda/environments.txt")),
    ("its settings are rubbish", lambda root: _rubbish(root.parent / ".condarc")),
    ("its list is a folder", lambda root: _folder(root.parent / ".conda/environments.txt")),
    ("its records are cut", _cut_records),
    ("its records are empty", _empty_records),
    ("its records are deep", _deep_records),
    ("names that are no names", _odd_names),
    ("a version that steers", _lying_version),
    ("a Python that is a folder", _python_is_a_folder),
    ("links in a circle", _loop),
    ("1,500 environments", _many),
)  # fmt: skip


@pytest.mark.parametrize(("name", "damage"), CONDAS, ids=[name for name, _ in CONDAS])
def test_conda(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: Callable[[Path], object]
) -> None:
    for variable in ("CONDA_EXE", "CONDA_PREFIX"):
        monkeypatch.delenv(variable, raising=False)
    root = a_conda(home)
    damage(root)
    machine = ask("conda")
    assert machine.problems == ()
    assert machine.conda is not None
    assert machine.conda.root == str(root)


@pytest.mark.parametrize("place", [".conda/environments.txt", ".condarc"])
def test_conda_whose_files_never_come(home: Path, place: str) -> None:
    """A folder of a server that is gone: reading waits for ever."""
    a_conda(home)
    pipe = home / place
    pipe.parent.mkdir(exist_ok=True)
    os.mkfifo(pipe)
    machine = ask("conda", limit=0.2)
    assert [problem.code for problem in machine.problems] == ["probe_timed_out"]
    # The waiting thread goes on, and its answer is nobody's.
    wait_for(lambda: released(pipe), "still waiting for the file")


def released(pipe: Path) -> bool:
    """Let whoever waits for the file read an empty one, as often as it asks."""
    with contextlib.suppress(OSError):
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    return not any(thread.name == "probe conda" for thread in threading.enumerate())


# Display adapters --------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "0x", "\x00\x00", "0x030000" * 999, "0x03\x1b[2J", "ə"])
def test_display_adapters_that_are_rubbish(tmp_path: Path, content: str) -> None:
    for number in range(3):
        device = tmp_path / f"sys/bus/pci/devices/0000:0{number}:00.0"
        device.mkdir(parents=True)
        for name in ("class", "vendor", "device"):
            (device / name).write_text("0x030000" if name == "class" and number else content)
    (tmp_path / "proc/driver/nvidia").mkdir(parents=True)
    (tmp_path / "proc/driver/nvidia/version").write_text(content)
    machine = ask(display_adapters=lambda: linux_adapters(tmp_path))
    assert machine.problems == ()


@pytest.mark.parametrize("error", [OSError(5, "I/O"), ValueError("x" * 9999), MemoryError()])
def test_display_adapters_that_fail(error: Exception) -> None:
    def fail() -> Answer:
        raise error

    machine = ask(display_adapters=fail)
    assert [problem.code for problem in machine.problems] == ["probe_failed"]
    assert len(machine.problems[0].detail) <= 300


# A Python that the user points to ----------------------------------------------------------------

GOOD = '["3.12.4", "/opt/x", "/opt/x/lib", true, "CPython"]'


@dataclass(frozen=True)
class Interpreter:
    name: str
    code: str
    problem: str = "probe_failed"
    """Empty: it is one."""


INTERPRETERS = (
    Interpreter("answers", f"print('{GOOD}')", ""),
    Interpreter("hangs", "import time; time.sleep(600)", "probe_timed_out"),
    Interpreter("never ends its line", "while True: print(end='x')", "probe_timed_out"),
    Interpreter("is killed", "import os; os.kill(os.getpid(), 9)"),
    Interpreter("says nothing", "pass"),
    Interpreter("rubbish", "import sys; sys.stdout.buffer.write(bytes(range(256)) * 999)"),
    Interpreter("another list", "print([1, 2])"),
    Interpreter("no list", "print('{}')"),
    Interpreter("deep", "print('[' * 100000)"),
    Interpreter("wrong kinds", "print('[null, {}, [], 1, 2]')", ""),
    Interpreter("32 bits", 'print(\'["3.12.4", "/x", "/x", false, ""]\')', "python_32bit"),
    Interpreter(
        "zeros in its folders", 'print(\'["3.12.4", "a\\\\u0000b", "a\\\\u0000b", true, ""]\')', ""
    ),
    Interpreter("noise before", f"print('noise\\n' * 9999); print('{GOOD}')", ""),
    Interpreter("halves of characters", 'print(\'["3", "\\\\ud800", "\\\\udfff", true, ""]\')', ""),
    Interpreter("fails after it answered", f"print('{GOOD}'); raise SystemExit(3)", ""),
)


@pytest.mark.parametrize("row", INTERPRETERS, ids=lambda row: row.name)
def test_an_interpreter(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, row: Interpreter
) -> None:
    late = row.problem == "probe_timed_out"
    monkeypatch.setattr(python, "START_TIME_LIMIT", 0.3 if late else LIMIT)
    found = python.inspect_python(program(row.code))
    if row.problem:
        assert isinstance(found, Problem)
        assert found.code == row.problem
        assert len(found.detail) <= 400
        return
    assert isinstance(found, Environment)
    found.name.encode("utf-8", "surrogatepass")
