"""Machine descriptions: the samples, and every way in which a file can be none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.detection.description import MAX_BYTES, load_machine, parse_machine
from wizard.detection.machine import MachineError, machine_from_json
from wizard.paths import resource_folder

SAMPLES = sorted(resource_folder("machines").glob("*.json"))
GOOD = {"os": {"system": "linux"}, "gpus": [{"vendor": "nvidia", "name": "Tesla T4"}]}


def test_the_samples_that_the_wizard_promises() -> None:
    assert {path.stem for path in SAMPLES}.issuperset(
        {
            "t4-colab",
            "gtx1060-laptop-windows",
            "rtx4060-laptop",
            "rtx5070-desktop",
            "rtx5070-desktop-old-driver",
            "nvidia-no-driver",
            "amd-desktop",
            "intel-laptop",
            "apple-m2",
            "no-gpu",
        }
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_sample_is_whole(path: Path) -> None:
    machine = load_machine(path)
    data = json.loads(path.read_text("utf-8"))
    assert machine.simulated and machine.name == data["name"]
    assert {"schema", "os", "cpu", "memory_gib", "disk_free_gib", "gpus", "nvidia_driver"} <= set(
        data
    )
    assert {"conda", "environments", "problems"} <= set(data)
    assert machine.memory_gib and machine.disk_free_gib and machine.cpu.name
    assert all(env.executable and env.python for env in machine.environments)
    separator = "\\" if machine.os.system == "windows" else "/"
    assert all(separator in env.prefix for env in machine.environments)
    if machine.nvidia_driver is not None:
        assert machine.nvidia_driver.cuda is not None
        assert all(gpu.compute_capability for gpu in machine.nvidia_gpus)
        assert machine.nvidia_gpus
    assert machine_from_json(json.loads(json.dumps(machine.to_json()))) == machine


def test_the_form_of_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "Dərslər İşığı ə ğ ş.json"
    path.write_text(
        """
    {"schema": 1, "name": "Tesla T4 (Colab)",
     "os": {"system": "linux", "version": "Ubuntu 22.04", "arch": "x86_64", "wsl": false},
     "cpu": {"name": "Xeon", "cores": 1, "threads": 2},
     "memory_gib": 31.8, "disk_free_gib": 86.0,
     "gpus": [{"vendor": "nvidia", "name": "Tesla T4",
               "compute_capability": "7.5", "memory_gib": 15.0}],
     "nvidia_driver": {"version": "550.54.15", "cuda": "12.4"},
     "conda": {"version": "25.9.1", "distribution": "miniforge", "root": "/opt/ə"},
     "environments": [{"name": "llm_50gun", "prefix": "/opt/ə/envs/llm_50gun",
                       "python": "3.12.4", "torch": "2.13.0+cu130"}],
     "problems": [{"code": "nvml_mismatch", "detail": "…"}], "unknown": [1]}""",
        "utf-8",
    )
    machine = load_machine(path)
    assert machine.gpus[0].compute_capability == "7.5"
    assert machine.gpus[0].compute_capability.numbers == (7, 5)
    assert machine.nvidia_driver is not None
    assert machine.nvidia_driver.version.numbers == (550, 54, 15)
    env = machine.environment("llm_50gun")
    assert env is not None and env.torch == "2.13.0+cu130" and env.kind == "conda"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_editors_and_shells_write(encoding: str) -> None:
    text = json.dumps(GOOD | {"name": "şəxsi"}, ensure_ascii=False).replace("{", "{\r\n")
    assert parse_machine(text.encode(encoding)).name == "şəxsi"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1: not JSON: Expecting value"),
        (b'{\n"os": {"system": "linux"},\n}', "line 3: not JSON: "),
        (b'{"os":\n{"system": "\xff"}}', "line 2: not UTF-8 text"),
        (b"\xff\xfe{", "line 1: not UTF-16 text"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"x": ' + b"9" * 5000 + b"}", "not JSON: "),
        (b"[]", "line 1: machine: expected an object, got a list"),
        (b"\n\n{}", "line 3: os: missing"),
        (b'{"schema": 2}', "line 1: schema: expected 1, got 2"),
        (b'{\n"os":\n{"version": "\\"os\\": {"}}', "line 3: os.system: missing"),
        (b'{"os": {"system": "beos"}}', "line 1: os.system: expected one of windows, linux"),
        (b'{"os": {"system": "linux"},\n"memory_gib": NaN}', "line 2: memory_gib: expected"),
        (b'{"os": {"system": "linux"},\n"memory_gib": true}', "line 2: memory_gib: expected"),
        (b'{"os": {"system": "linux"},\n"gpus": {}}', "line 2: gpus: expected a list, got an"),
        (
            b'{"os": {"system": "linux"},\n"gpus": [\n{"vendor": "amd", "name": "a, [b]"},\n'
            b'{"vendor": "nvidia",\n"name": "c",\n"compute_capability": "7,5"}]}',
            "line 6: gpus[1].compute_capability: expected a version such as 7.5, got '7,5'",
        ),
        (
            b'{"os": {"system": "linux"},\n"environments": [{"name": "a"},\n3]}',
            "line 3: environments[1]: expected an object, got 3",
        ),
        (b'{"os": {"system": "linux"}, "name":\n["' + b"x" * 900 + b'"]}', "line 2: name: expect"),
    ],
)
def test_errors_name_line_and_field(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    path.write_bytes(data)
    with pytest.raises(MachineError) as caught:
        load_machine(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: {message}")
    assert "\n" not in text and len(text) < len(str(path)) + 200


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.json", tmp_path, Path("a\0b")):
        with pytest.raises(MachineError, match="cannot be read"):
            load_machine(path)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(2**33)  # sparse
    with pytest.raises(MachineError, match="larger than 4 MiB"):
        load_machine(path)
    with pytest.raises(MachineError, match="larger than"):
        parse_machine(b" " * (MAX_BYTES + 1))


_odd = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        float("inf"),
        "",
        "7.5",
        "ə",
        [],
        [[]],
        [{}],
        {},
        {"name": {}},
        10**400,
    ]
)
_names = ("schema", "name", "cpu", "gpus", "nvidia_driver", "conda", "problems", "environments")


@given(
    st.dictionaries(st.sampled_from(_names), _odd),
    _odd | st.just({"system": "linux"}),
)
def test_any_json_is_a_machine_or_one_clear_line(data: dict[str, object], system: object) -> None:
    text = json.dumps(data | {"os": system}, indent=1).encode()
    message = ""
    try:
        machine = parse_machine(text)
        assert machine.simulated and machine.os.system == "linux"
    except MachineError as error:
        message = str(error)
    assert message == "" or (message.startswith("line ") and "\n" not in message)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_machine_or_one_clear_line(data: bytes) -> None:
    with pytest.raises(MachineError) as caught:
        parse_machine(data)
    assert "\n" not in str(caught.value)


def test_any_architecture_and_c_library_is_taken_as_the_system_says_it() -> None:
    os = {"system": "linux", "arch": "riscv64", "libc": "musl 1.2"}
    read = parse_machine(json.dumps({"os": os}).encode()).os
    assert (read.arch, read.libc) == ("riscv64", "musl 1.2")
    plain = parse_machine(b'{"os": {"system": "linux"}}').os
    assert (plain.arch, plain.libc) == ("x86_64", None)
    with pytest.raises(MachineError, match=r"os\.libc: expected text"):
        parse_machine(b'{"os": {"system": "linux", "libc": 2}}')
