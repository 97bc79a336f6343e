"""The programs in the user's environment: whatever they do, there is an answer and a next step."""

# ruff: noqa: E501  (a table: a row is a line)

from __future__ import annotations

import importlib.util
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from fault_tools import PATIENCE, children, described, wait_for

from wizard import child_process
from wizard.checks import CHECK_IDS, Check
from wizard.child_process import Outcome
from wizard.exit_codes import _NTSTATUS
from wizard.jobs.benchmark import BenchmarkResult, run_benchmark, summarize
from wizard.jobs.events import Event, LogLine
from wizard.jobs.target_run import MAX_EVENTS, TargetRun, run_target
from wizard.jobs.verification import VerificationResult, run_verification
from wizard.report.class_report import class_html, read_folder
from wizard.report.saving import save_report
from wizard.target.protocol import NONCE
from wizard.text.checks import value_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs that are scripts")

MACHINE = described("rtx5070-desktop")
VALUES = {"torch_version": '{"version": "2.13.0"}', "devices": '[{"name": "a card"}]'}
ALL = "".join(
    f'{{"event": "check", "id": "{name}", "state": "passed", "value": {VALUES.get(name, "true")}}}\n'
    for name in CHECK_IDS
)
SAY = "import os, signal, sys, time\nsay = lambda text: print(text, flush=True)\n"
LONG = 60.0


def signed(code: str) -> str:
    """The same program, each event in it with the nonce of its run, as the real one has it."""
    start = '{"event": '
    return (
        f"import os\nsign = {start!r} + '0, \"nonce\": \"' + os.environ['{NONCE}'] + '\", ' + {start[1:]!r}\n"
        f"exec({code!r}.replace({start!r}, sign))"
    )


@dataclass(frozen=True)
class Child:
    name: str
    code: str
    kind: str = "exited"
    ready: str | None = None
    finding: str = ""
    """The root cause that the user is told; empty: some."""
    silence: float = LONG
    timeout: float = LONG


CHILDREN = (
    Child("says all and ends", f"say('''{ALL}''' + '{{\"event\": \"done\"}}')", ready="gpu"),
    Child("says nothing", "pass"),
    Child("ends with 1", "sys.exit(1)"),
    Child("ends with 255", "os._exit(255)"),
    Child("is killed", "os.kill(os.getpid(), signal.SIGKILL)", finding="child_died"),
    Child("crashes", "os.kill(os.getpid(), signal.SIGSEGV)", finding="child_died"),
    Child("illegal instruction", "os.kill(os.getpid(), signal.SIGILL)", finding="child_died"),
    Child("bus error", "os.kill(os.getpid(), signal.SIGBUS)", finding="child_died"),
    Child("aborts", "os.abort()", finding="child_died"),
    Child(
        "is killed in a check",
        'say(\'{"event": "start", "id": "gpu_matmul"}\'); os.kill(os.getpid(), signal.SIGKILL)',
        finding="child_died",
    ),
    Child("hangs", "time.sleep(600)", "timed_out", silence=0.2, finding="child_hung"),
    Child(
        "hangs, deaf",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay('x'); time.sleep(600)",
        "timed_out",
        silence=0.2,
        finding="child_hung",
    ),
    Child(
        "hangs with a child",
        "import subprocess\nsubprocess.Popen(['sleep', '600'])\ntime.sleep(600)",
        "timed_out",
        silence=0.2,
    ),
    Child("hangs, output closed", "os.close(1); os.close(2); time.sleep(600)", "timed_out", timeout=0.2),
    Child("hangs in half a line", "sys.stdout.write('{\"event\"'); sys.stdout.flush(); time.sleep(600)", "timed_out", silence=0.2),
    Child("talks without end", "while True: say('x')", "timed_out", timeout=0.2),
    Child("a line without end", "while True: sys.stdout.write('x' * 65536)", "timed_out", timeout=0.2),
    Child("errors without end", "while True: sys.stderr.write('x\\n' * 999)", "timed_out", timeout=0.2),
    Child(
        "events without end",
        'while True: say(\'{"event": "start", "id": "gpu_matmul"}\')',
        "timed_out",
        timeout=0.2,
    ),
    Child("rubbish", "import random; sys.stdout.buffer.write(random.Random(0).randbytes(99999))"),
    Child("zeros", "sys.stdout.buffer.write(bytes(99999))"),
    Child("half a character", "sys.stdout.buffer.write('ə'.encode()[:1])"),
    Child("half an event", "sys.stdout.write('{\"event\": \"check\", \"id\": \"torch_im')"),
    Child("an event in two pieces", f"t = '''{ALL}{{\"event\": \"done\"}}\\n'''\nfor i in (t[:99], t[99:]): sys.stdout.write(i); sys.stdout.flush(); time.sleep(.05)", ready="gpu"),
    Child("lines of Windows", f"sys.stdout.buffer.write('''{ALL}{{\"event\": \"done\"}}\\n'''.replace('\\n', '\\r\\n').encode())", ready="gpu"),
    Child("events among noise", f"[say(i) or say('noise \\x1b[2J') for i in '''{ALL}{{\"event\": \"done\"}}'''.splitlines()]", ready="gpu"),
    Child("says everything twice", f"say('''{ALL}'''); say('''{ALL}{{\"event\": \"done\"}}''')", ready="gpu"),
    Child("done, and then dead", f"say('''{ALL}{{\"event\": \"done\"}}'''); os.kill(os.getpid(), 9)", finding="child_died"),
    Child("done, and then 139", f"say('''{ALL}{{\"event\": \"done\"}}'''); os._exit(139)", finding="child_died"),
    Child("done, and then 1", f"say('''{ALL}{{\"event\": \"done\"}}'''); sys.exit(1)"),
    Child("done, no version", f"say('''{ALL}{{\"event\": \"done\"}}'''.replace('version', 'other'))"),
    Child("done, no device", f"say('''{ALL}{{\"event\": \"done\"}}'''.replace('{{\"name\": \"a card\"}}', ''))"),
    Child("another run's nonce", f"print('''{ALL}{{\"event\": \"done\"}}'''.replace(os.environ['{NONCE}'], 'f' * 32))"),
    Child("done without a check", "say('{\"event\": \"done\"}')"),
    Child("done before everything", f"say('{{\"event\": \"done\"}}'); say('''{ALL}''')"),
    Child("everything but done", f"say('''{ALL}''')"),
    Child("events as errors", f"sys.stderr.write('''{ALL}{{\"event\": \"done\"}}''')"),
    Child("another state", 'say(\'{"event": "check", "id": "devices", "state": "perfect"}\')'),
    Child("no id", 'say(\'{"event": "check", "state": "passed"}\'); say(\'{"event": "start"}\')'),
    Child("numbers for words", 'say(\'{"event": 1}\'); say(\'{"event": "check", "id": 2, "state": 3}\')'),
    Child("no object", "say('{\"event\"'); say('[]'); say('null'); say('7'); say('\"\"')"),
    Child("figures beyond all bounds", "say('{\"event\": \"check\", \"id\": \"devices\", \"state\": \"passed\", \"seconds\": 1e999, \"value\": NaN}')"),
    Child("figures of 9,999 digits", "say('{\"event\": \"check\", \"id\": \"devices\", \"state\": \"passed\", \"seconds\": ' + '9' * 9999 + '}')"),
    Child("nested without end", "say('{\"event\": \"check\", \"id\": \"devices\", \"state\": \"passed\", \"value\": ' + '[' * 900 + ']' * 900 + '}')"),
    Child("halves of characters", "say('{\"event\": \"check\", \"id\": \"torch_version\", \"state\": \"passed\", \"value\": {\"version\": \"\\\\ud800\"}}')"),
    Child("markup for a version", "say('{\"event\": \"check\", \"id\": \"torch_version\", \"state\": \"passed\", \"value\": {\"version\": \"<script>x</script>\\\\u001b[2J\\\\u202e\"}}')"),
    Child("a line of 200,000", "say('{\"event\": \"check\", \"id\": \"devices\", \"state\": \"passed\", \"detail\": \"' + 'x' * 200000 + '\"}')"),
    Child("checks unheard of", "for i in range(9999): say('{\"event\": \"check\", \"id\": \"%d\", \"state\": \"passed\"}' % i)"),
    Child("leaves a child with the pipes", "import subprocess\nsubprocess.Popen(['sleep', '600'])"),
    Child("asks back", f"sys.stdin.readline()\nsay('''{ALL}''')", "timed_out", silence=0.2),
    Child("a bad working folder", "os.chdir('/'); os.rmdir('/nowhere') if 0 else sys.exit(3)"),
)  # fmt: skip


def run_both(python: Path, row: Child) -> tuple[VerificationResult, BenchmarkResult | None]:
    """The verification with its limits, and the benchmark with the same program."""
    seen: list[Event] = []
    verified = run_verification(
        python, MACHINE, seen.append, timeout=row.timeout, silence=row.silence
    )
    events = [event for event in seen if not isinstance(event, LogLine)]
    assert len(events) <= MAX_EVENTS + len(CHECK_IDS)

    def limited(*words: object, **options: object) -> TargetRun:
        return run_target(*words, **{**options, "timeout": row.timeout, "silence": row.silence})  # type: ignore[arg-type]

    if row.kind == "timed_out" and row.name != "hangs":
        return verified, None  # the same road, and it takes as long again
    return verified, run_benchmark(python, lambda _event: None, None, 1.0, limited)


def is_fit_to_be_shown(result: VerificationResult, folder: Path) -> None:
    """Every check has an answer, and it can be told as JSON, as a page, and to a class."""
    assert [check.id for check in result.checks] == list(CHECK_IDS)
    json.dumps(result.to_json(), allow_nan=False).encode()
    for check in result.checks:
        value_text(check).encode()
    page = folder / "report.html"
    assert save_report(page, MACHINE, None, result, data=folder / "report.json") is None
    words = page.read_text("utf-8")
    assert "<script>" not in words
    assert "\x1b" not in words
    assert "\u202e" not in words
    students, unread = read_folder(folder)
    assert (len(students), unread) == (1, [])
    class_html(students, unread)


@pytest.mark.parametrize("row", CHILDREN, ids=lambda row: row.name)
def test_a_child(program: Callable[..., Path], tmp_path: Path, row: Child) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    verified, measured = run_both(program(signed(SAY + row.code)), row)
    assert (verified.kind, verified.ready) == (row.kind, row.ready)
    if row.ready is None:
        assert verified.findings
        assert all(each.title and (each.fix or each.steps) for each in verified.findings)
    if row.finding:
        assert verified.findings[0].code == row.finding
    is_fit_to_be_shown(verified, folder)
    if measured is None:
        return
    assert measured.kind == row.kind
    assert measured.samples == ()
    assert measured.findings


def test_what_carries_no_nonce_is_only_printed(program: Callable[..., Path]) -> None:
    """As by a file of the user's that is loaded before the channel is there."""
    said = ALL + '{"event": "done"}\n'
    result = run_verification(program(f"print({said!r}, end='')"), MACHINE, lambda _event: None)
    assert (result.kind, result.ready, result.torch_version) == ("exited", None, None)
    assert {check.reason for check in result.checks} == {"not_reached"}
    assert "".join(f"{line}\n" for line in result.log_tail) == said


@pytest.mark.parametrize("code", sorted(_NTSTATUS), ids=lambda code: f"{code:#x}")
def test_what_windows_ends_a_process_with(code: int) -> None:
    def ends(*_words: object, **_options: object) -> TargetRun:
        return TargetRun(Outcome("exited", code, "", "", "", 0.1), False, False, None, ())

    result = run_verification(Path("python"), MACHINE, lambda _event: None, run_child=ends)
    assert _NTSTATUS[code] in result.exit_name
    assert result.ready is None
    assert result.findings


@pytest.mark.parametrize(
    "module",
    [
        "contextlib",
        "dataclasses",
        "functools",
        "heapq",
        "http",
        "json",
        "queue",
        "random",
        "typing",
    ],
)
def test_a_file_of_the_user_s_named_like_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """The real child and the real PyTorch, with a practice file found first."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("no PyTorch here")
    (tmp_path / f"{module}.py").write_text("print('my practice file')\nx = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # PyTorch leaves an empty folder there
    result = run_verification(Path(sys.executable), MACHINE, lambda _event: None)
    assert result.findings[0].code == "module_shadowed"


# Figures that lie --------------------------------------------------------------------------------

SAMPLES = (
    '{"event": "sample", "device": "cpu", "dtype": "float32", "size": %s, "seconds": 1, "gflops": %s}',
    '{"event": "sample", "device": "cuda:0", "dtype": "float32", "size": %s, "seconds": 1, "gflops": %s}',
)  # fmt: skip


@pytest.mark.parametrize("size", ["1", "-1", "0", "1e3", "true", "999999999999999", "64"])
@pytest.mark.parametrize("gflops", ["1", "0", "-1", "1e15", "1e-15", "1e308", "1e-320", "NaN"])
def test_a_benchmark_that_lies(tmp_path: Path, size: str, gflops: str) -> None:
    from wizard.jobs.recording import playing

    lines = tuple(line % (size, gflops) for line in SAMPLES)
    result = run_benchmark(
        Path("python"), lambda _event: None, run_child=playing((*lines, '{"event": "done"}'))
    )
    summary = summarize(result)
    folder = tmp_path / "reports"
    folder.mkdir()
    assert save_report(folder / "x.json", MACHINE, None, None, result) is None
    json.loads((folder / "x.json").read_text("utf-8"), parse_constant=_refuse)
    class_html(*read_folder(folder))
    if size == "64" and gflops == "1":
        assert summary.speedup == 1


def _refuse(constant: str) -> float:
    raise AssertionError(constant)


# Ended from here ---------------------------------------------------------------------------------


def started(
    python: Path, cancelled: threading.Event
) -> tuple[threading.Thread, list[VerificationResult]]:
    results: list[VerificationResult] = []
    thread = threading.Thread(
        target=lambda: results.append(
            run_verification(python, MACHINE, lambda _event: None, cancelled)
        )
    )
    thread.start()
    return thread, results


@pytest.mark.parametrize(
    "code",
    [
        "time.sleep(600)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)",
        f"signal.signal(signal.SIGTERM, lambda *_: (say('''{ALL}{{\"event\": \"done\"}}'''), os._exit(0)))"
        "\nwhile True: time.sleep(1)",
        "os.fork()\nos.fork()\ntime.sleep(600)",
        "os.kill(os.getpid(), signal.SIGSTOP)",
    ],
    ids=["listens", "is deaf", "answers after it", "has children", "sleeps"],
)
def test_stopped_by_the_user(program: Callable[..., Path], tmp_path: Path, code: str) -> None:
    there = tmp_path / "there"
    cancelled = threading.Event()
    python = program(signed(f"{SAY}open({str(there)!r}, 'w').close()\n{code}"))
    thread, results = started(python, cancelled)
    wait_for(there.exists, "it did not start")
    cancelled.set()
    thread.join(PATIENCE)
    assert results[0].kind == "cancelled"


def test_stopped_before_it_began(program: Callable[..., Path]) -> None:
    cancelled = threading.Event()
    cancelled.set()
    thread, results = started(program(SAY + "time.sleep(600)"), cancelled)
    thread.join(PATIENCE)
    assert results[0].kind == "cancelled"


def test_started_twice_at_once(program: Callable[..., Path]) -> None:
    python = program(signed(SAY + f"time.sleep(.2)\nsay('''{ALL}{{\"event\": \"done\"}}''')"))
    both = [started(python, threading.Event()) for _ in "ab"]
    for thread, _results in both:
        thread.join(PATIENCE)
    assert [results[0].ready for _thread, results in both] == ["gpu", "gpu"]
    assert both[0][1][0].log_path != both[1][1][0].log_path


def test_a_child_that_goes_on_talking_cannot_hold_the_end(program: Callable[..., Path]) -> None:
    """`end_all`, as at the end of the program, with three children that are deaf."""
    python = program(SAY + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: say('x')")
    runs = [started(python, threading.Event()) for _ in "abc"]
    wait_for(lambda: len(children()) >= 3, "they did not start")
    assert child_process.end_all(PATIENCE)
    for thread, results in runs:
        thread.join(PATIENCE)
        assert results[0].kind == "cancelled"


# The computer sleeps -----------------------------------------------------------------------------


def test_a_child_that_is_put_to_sleep_and_wakes(
    program: Callable[..., Path], tmp_path: Path
) -> None:
    there = tmp_path / "there"
    code = f"open({str(there)!r}, 'w').close()\ntime.sleep(.3)\nsay('''{ALL}{{\"event\": \"done\"}}''')"
    thread, results = started(program(signed(SAY + code)), threading.Event())
    wait_for(there.exists, "it did not start")
    (child,) = children()
    child.send_signal(signal.SIGSTOP)
    time.sleep(0.6)
    assert child.status() == psutil.STATUS_STOPPED
    child.send_signal(signal.SIGCONT)
    thread.join(PATIENCE)
    assert results[0].ready == "gpu"


class Clock:
    """`time`, whose monotonic clock jumps by ten hours when it is told to."""

    def __init__(self) -> None:
        self.jumped = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.jumped

    def __getattr__(self, name: str) -> object:
        return getattr(time, name)


@pytest.mark.parametrize("limit", ["timeout", "silence"])
def test_ten_hours_of_sleep_make_nobody_late(
    program: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    from wizard import awake

    clock = Clock()
    monkeypatch.setattr(awake, "time", clock)
    monkeypatch.setattr(child_process, "time", clock)
    there, go_on = tmp_path / "there", tmp_path / "go on"
    code = (
        f"open({str(there)!r}, 'w').close()\n"
        f"while not os.path.exists({str(go_on)!r}): time.sleep(.02)\n"
    )
    outcomes: list[Outcome] = []
    python = program(SAY + code)
    limits = {"timeout": 9e9, "silence": None, limit: LONG}
    thread = threading.Thread(
        target=lambda: outcomes.append(
            child_process.stream([python], lambda _name, _line: None, **limits)  # type: ignore[arg-type]
        )
    )
    thread.start()
    wait_for(there.exists, "it did not start")
    clock.jumped = 36_000.0
    time.sleep(0.3)
    go_on.touch()
    thread.join(PATIENCE)
    assert outcomes[0].kind == "exited"


def test_ten_hours_of_sleep_while_it_starts_make_it_not_late(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from wizard import awake

    clock = Clock()
    monkeypatch.setattr(awake, "time", clock)
    monkeypatch.setattr(child_process, "time", clock)
    start = subprocess.Popen

    def sleep(*words: Any, **options: Any) -> Any:
        clock.jumped += 36_000.0
        return start(*words, **options)

    monkeypatch.setattr(child_process.subprocess, "Popen", sleep)
    python = program(SAY)
    outcome = child_process.stream([python], lambda _name, _line: None, timeout=LONG)
    assert outcome.kind == "exited"


def test_ten_hours_of_sleep_make_no_probe_late(monkeypatch: pytest.MonkeyPatch) -> None:
    from wizard import awake
    from wizard.detection.answers import SystemAnswer
    from wizard.detection.machine import OperatingSystem
    from wizard.detection.survey import Probe, survey

    clock = Clock()
    monkeypatch.setattr(awake, "time", clock)
    waiting, go_on = threading.Event(), threading.Event()

    def answer() -> SystemAnswer:
        waiting.set()
        go_on.wait(PATIENCE)
        return SystemAnswer(OperatingSystem("linux"))

    def sleep() -> None:
        waiting.wait(PATIENCE)
        clock.jumped = 36_000.0
        time.sleep(0.3)
        go_on.set()

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    machine = survey(probes={"system": Probe(answer, LONG)})
    sleeper.join()
    assert machine.problems == ()


# Where the interpreter and the log should be -----------------------------------------------------


@pytest.mark.parametrize("what", ["gone", "a folder", "no program", "not executable", "a loop"])
def test_an_interpreter_that_is_none(tmp_path: Path, what: str) -> None:
    python = tmp_path / "python"
    if what == "a folder":
        python.mkdir()
    elif what == "a loop":
        python.symlink_to(python)
    elif what != "gone":
        python.write_bytes(random.Random(0).randbytes(999))
        python.chmod(0o755 if what == "no program" else 0o644)
    result = run_verification(python, MACHINE, lambda _event: None)
    assert result.kind == "not_started"
    assert result.findings[0].fix or result.findings[0].steps
    is_fit_to_be_shown(result, tmp_path)


@pytest.mark.parametrize("what", ["a file", "a loop", "full"])
def test_a_log_that_cannot_be_written_stops_nothing(
    program: Callable[..., Path], home: Path, what: str
) -> None:
    logs = home / ".local/share/gpu-setup-wizard/logs"
    logs.parent.mkdir(parents=True)
    if what == "a file":
        logs.write_text("x")
    elif what == "a loop":
        logs.symlink_to(logs)
    else:
        logs.mkdir()
        _fill(logs)
    row = Child("", "")
    verified, _measured = run_both(
        program(signed(SAY + f"say('noise')\nsay('''{ALL}{{\"event\": \"done\"}}''')")), row
    )
    assert verified.ready == "gpu"
    assert "noise" in verified.log_tail


def _fill(folder: Path) -> None:
    """As many logs as are kept, none of which can be deleted."""
    for number in range(20):
        (folder / f"verify-2026010{number}.log").mkdir()


def test_checks_are_answered_once_in_the_window_s_order() -> None:
    assert len(set(CHECK_IDS)) == len(CHECK_IDS)
    assert all(isinstance(Check(name, "skipped").to_json(), dict) for name in CHECK_IDS)
