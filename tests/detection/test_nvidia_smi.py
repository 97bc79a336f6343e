"""What nvidia-smi's many releases print, replayed."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import pytest
from detection_fakes import FakeRunner, exited, recorded, write
from hypothesis import example, given
from hypothesis import strategies as st

from wizard.child_process import Outcome
from wizard.detection.answers import GraphicsAnswer
from wizard.detection.machine import Driver
from wizard.detection.probes.nvidia_smi import find_nvidia_smi, probe_nvidia_smi


@pytest.fixture
def tool(tmp_path: Path) -> dict[str, str]:
    write(tmp_path / "bin" / "nvidia-smi")
    return {"PATH": str(tmp_path / "bin")}


def ask(tool: dict[str, str], *answers: Outcome) -> tuple[GraphicsAnswer, FakeRunner]:
    runner = FakeRunner(*answers)
    return probe_nvidia_smi(tool, runner, "linux"), runner


def replay(tool: dict[str, str], query: str, header: str) -> GraphicsAnswer:
    texts = (recorded(f"nvidia_smi/{name}.txt") for name in (query, header))
    return ask(tool, *(exited(text) for text in texts))[0]


@pytest.mark.parametrize(
    ("query", "header", "name", "capability", "memory", "driver"),
    [
        ("query-550", "header-550", "Tesla T4", "7.5", 15.0, Driver("550.54.15", "12.4")),
        (
            "query-581-windows",
            "header-581-windows",
            "NVIDIA GeForce RTX 4060 Laptop GPU",
            "8.9",
            8.0,
            Driver("581.29", "13.0"),
        ),
        (
            "query-580-h200",
            "header-580-h200",
            "NVIDIA H200",
            "9.0",
            140.4,
            Driver("580.159.04", "13.0"),
        ),
        (
            "query-610",
            "header-610",
            "NVIDIA GeForce RTX 5070",
            "12.0",
            11.94,
            Driver("610.57.04", "13.3"),
        ),
        (
            "query-wsl",
            "header-wsl-err",
            "NVIDIA GeForce RTX 3070",
            "8.6",
            8.0,
            Driver("581.29", None),
        ),
    ],
)
def test_releases(
    tool: dict[str, str],
    query: str,
    header: str,
    name: str,
    capability: str,
    memory: float,
    driver: Driver,
) -> None:
    answer = replay(tool, query, header)
    (gpu,) = answer.gpus
    assert (gpu.name, gpu.compute_capability, gpu.memory_gib) == (name, capability, memory)
    assert answer.driver == driver
    assert answer.problems == () and answer.asked_nvidia and not gpu.mig


def test_470_is_asked_again_without_the_field_it_does_not_know(tool: dict[str, str]) -> None:
    answer, runner = ask(
        tool,
        exited(recorded("nvidia_smi/query-470-unknown-field.txt"), 2),
        exited(recorded("nvidia_smi/query-470.txt")),
        exited(recorded("nvidia_smi/header-470.txt")),
    )
    assert answer.gpus[0].name == "NVIDIA GeForce GTX 780"
    assert answer.gpus[0].compute_capability is None
    assert answer.driver == Driver("470.256.02", "11.4")
    assert "compute_cap" in runner.calls[0][1] and "compute_cap" not in runner.calls[1][1]
    assert len(runner.calls) == 3


def test_a_field_is_dropped_once_only(tool: dict[str, str]) -> None:
    refusal = exited('Field "compute_cap" is not a valid field to query.', 2)
    answer, runner = ask(tool, refusal)
    assert len(runner.calls) == 2 and answer.gpus == ()
    assert [problem.code for problem in answer.problems] == ["nvml_error"]


def test_two_equal_cards_are_two_cards(tool: dict[str, str]) -> None:
    answer = replay(tool, "query-two-h100", "header-550")
    assert [(gpu.bus_id, gpu.mig) for gpu in answer.gpus] == [
        ("0000:1b:00.0", True),
        ("0000:43:00.0", False),
    ]
    assert answer.gpus[0].pci_id == "10de:2330"


@pytest.mark.parametrize("code", [0, 6])
def test_no_devices(tool: dict[str, str], code: int) -> None:
    answer, runner = ask(tool, exited(recorded("nvidia_smi/no-devices.txt"), code))
    assert answer.gpus == () and not answer.asked_nvidia and len(runner.calls) == 1
    assert [problem.code for problem in answer.problems] == ["no_devices_found"]


@pytest.mark.parametrize(
    ("line", "code", "problem"),
    [
        ("WARNING: infoROM is corrupted at gpu 0000:00:04.0", 14, ""),
        ("Unable to determine the device handle for GPU0000:0F:00.0: GPU is lost.", 15, "gpu_lost"),
        ("Unable to determine the device handle for gpu 0000:0F:00.0: Not Found", 6, "gpu_lost"),
        ("Unable to determine the device handle for GPU1: 0000:0F:00.0: Unknown", 0, "gpu_lost"),
        (
            "Unable to determine the device handle for GPU0000:0F:00.0: Insufficient Permissions",
            *(4, ""),
        ),
    ],
)
def test_cards_that_answer_stay_beside_one_that_does_not(
    tool: dict[str, str], line: str, code: int, problem: str
) -> None:
    header = exited(recorded("nvidia_smi/header-550.txt"))
    for text in (f"{ROW}\n{line}\n", f"{line}\n{ROW}\n"):
        answer, _ = ask(tool, exited(text, code), header)
        assert len(answer.gpus) == 1 and answer.driver == Driver("550.54.15", "12.4")
        assert [each.code for each in answer.problems] == ([problem] if problem else [])
        assert answer.asked_nvidia == (not problem)


@pytest.mark.parametrize(
    ("recording", "exit_code", "code"),
    [
        ("mismatch", 18, "nvml_mismatch"),
        ("mismatch", 255, "nvml_mismatch"),
        ("no-communication", 9, "kernel_module_not_loaded"),
        ("no-communication", 255, "kernel_module_not_loaded"),
        ("no-library", 12, "nvml_library_not_found"),
        ("wsl-blocked", 17, "wsl2_cuda"),
        ("unknown-error", 255, "nvml_error"),
    ],
)
def test_refusals(tool: dict[str, str], recording: str, exit_code: int, code: str) -> None:
    text = recorded(f"nvidia_smi/{recording}.txt")
    answer, runner = ask(tool, exited(text, exit_code))
    (problem,) = answer.problems
    assert problem.code == code
    assert text.splitlines()[0][:40] in problem.detail
    assert answer.driver is None and len(runner.calls) == 1


@pytest.mark.parametrize(
    ("code", "expected"),
    [(9, "kernel_module_not_loaded"), (12, "nvml_library_not_found"), (18, "nvml_mismatch")],
)
def test_exit_codes_speak_where_the_words_are_not_english(
    tool: dict[str, str], code: int, expected: str
) -> None:
    answer, _ = ask(tool, exited("S�r�c� bulunamad�\n", code))
    assert [problem.code for problem in answer.problems] == [expected]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome("timed_out", None, "", "", "no end after 8 s", 8.0), "probe_timed_out"),
        (Outcome("not_started", None, "", "", "Permission denied", 0.0), "probe_failed"),
        (Outcome("exited", -11, "", "", "", 0.1), "nvml_error"),
    ],
)
def test_hanging_crashing_and_forbidden(tool: dict[str, str], outcome: Outcome, code: str) -> None:
    answer, _ = ask(tool, outcome)
    assert [problem.code for problem in answer.problems] == [code]


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_garbage_is_survived(tmp_path_factory: pytest.TempPathFactory, a: bytes, b: bytes) -> None:
    folder = tmp_path_factory.mktemp("tool")
    write(folder / "nvidia-smi")
    texts = [data.decode("utf-8", "replace") for data in (a, b)]
    runner = FakeRunner(*(exited(text) for text in texts))
    answer = probe_nvidia_smi({"PATH": str(folder)}, runner, "linux")
    assert answer.source == "nvidia_smi"
    assert answer.driver is None or answer.driver.version[0].isdigit()


ROW = "Tesla T4, GPU-2c6f7c1e, 00000000:00:04.0, 0x1EB810DE, 15360, 550.54.15, 7.5, [N/A]"
CELLS = ROW.split(", ")


@given(
    st.lists(
        st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
        | st.sampled_from([*CELLS, "N/A", "[", "", "-1", "x", "7.5\x1b[0m", "\ufffd"]),
        min_size=len(CELLS),
        max_size=len(CELLS),
    )
)
@example(["x", *[""] * 7])
@example(["\ufffd\x00", *["["] * 7])
def test_rubbish_with_as_many_commas_is_no_card(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    """Whatever a cell holds, a card has nothing but what nvidia-smi prints for its field."""
    folder = tmp_path_factory.mktemp("tool")
    write(folder / "nvidia-smi")
    runner = FakeRunner(exited(", ".join(cells)), exited("\n"))
    answer = probe_nvidia_smi({"PATH": str(folder)}, runner, "linux")
    for gpu in answer.gpus:
        assert gpu.name.isascii() and gpu.name.isprintable() and re.search("[A-Za-z]", gpu.name)
        assert gpu.uuid in (None, CELLS[1]) or re.fullmatch(r"[-0-9a-fA-F]+", gpu.uuid or "")
        assert gpu.bus_id in (None, "0000:00:04.0") and gpu.pci_id in (None, "10de:1eb8")


@pytest.mark.parametrize("cell", range(len(CELLS)))
@pytest.mark.parametrize("wrong", ["", "?", "\ufffd\ufffd", "\x1b[2J", "[", "-1", "1e9", "ə" * 8])
def test_one_wrong_field_and_the_line_is_no_card(
    tool: dict[str, str], cell: int, wrong: str
) -> None:
    row = ", ".join([*CELLS[:cell], wrong, *CELLS[cell + 1 :]])
    # "1e9" could be the beginning of a serial number.
    known = (cell, wrong) in ((0, "1e9"), (1, "1e9"))
    answer, _ = ask(tool, exited(f"{row}\n{ROW}\n"), exited("\n"))
    assert len(answer.gpus) == 1 + known
    assert answer.gpus[-1].uuid == CELLS[1] and answer.driver == Driver("550.54.15")


@pytest.mark.parametrize("nothing", ["[N/A]", "[Not Supported]", "[Unknown Error]", "ERR!", "N/A"])
def test_a_card_of_which_only_the_name_is_known(tool: dict[str, str], nothing: str) -> None:
    """So an Orin answers (JetPack 6, driver 540.3)."""
    row = ", ".join(["Orin (nvgpu)", *[nothing] * 7])
    answer, _ = ask(tool, exited(row), exited("| Driver Version: N/A    CUDA Version: 12.2 |"))
    (gpu,) = answer.gpus
    assert (gpu.name, gpu.uuid, gpu.bus_id, gpu.memory_gib) == ("Orin (nvgpu)", None, None, None)
    assert answer.driver is None


def test_the_header_alone_tells_the_driver(tool: dict[str, str]) -> None:
    answer, _ = ask(tool, exited("\n"), exited(recorded("nvidia_smi/header-610.txt")))
    assert answer.driver == Driver("610.57.04", "13.3") and answer.gpus == ()


def test_a_missing_tool_is_no_problem(tmp_path: Path) -> None:
    runner = FakeRunner(exited())
    answer = probe_nvidia_smi({"PATH": str(tmp_path)}, runner, "linux", tmp_path)
    assert answer == GraphicsAnswer("nvidia_smi") and runner.calls == []


def test_found_beside_path_in_wsl(tmp_path: Path) -> None:
    tool = write(tmp_path / "usr/lib/wsl/lib/nvidia-smi")
    answer = probe_nvidia_smi(
        {"PATH": ""}, FakeRunner(exited("No devices were found")), "linux", tmp_path
    )
    assert [(p.code, p.detail) for p in answer.problems] == [
        ("nvidia_smi_not_on_path", str(tool)),
        ("no_devices_found", "nvidia-smi: No devices were found"),
    ]


@pytest.mark.parametrize("place", ["Windows/System32", "Program Files/NVIDIA Corporation/NVSMI"])
def test_found_beside_path_on_windows(tmp_path: Path, place: str) -> None:
    tool = write(tmp_path / place / "nvidia-smi.exe")
    environ = {
        "PATH": f'"{tmp_path / "Dərslər İşığı"}";;{tmp_path / "nowhere"}',
        "SystemRoot": str(tmp_path / "Windows"),
        "ProgramW6432": str(tmp_path / "Program Files"),
    }
    assert find_nvidia_smi(environ, "win32") == (tool, False)


def test_found_on_a_windows_path(tmp_path: Path) -> None:
    tool = write(tmp_path / "Dərslər İşığı ə ğ ş" / "nvidia-smi.exe")
    assert find_nvidia_smi({"PATH": f'C:/x;"{tool.parent}"'}, "win32") == (tool, True)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the tool")
def test_a_real_process_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.detection.probes.nvidia_smi.TIME_LIMIT", 0.5)
    tool = write(tmp_path / "nvidia-smi", "#!/bin/sh\ntrap '' TERM\nsleep 60\n")
    tool.chmod(0o755)
    answer = probe_nvidia_smi({"PATH": str(tmp_path)})
    assert [problem.code for problem in answer.problems] == ["probe_timed_out"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the tool")
def test_a_real_process_with_with_a_real_exit_code(tmp_path: Path) -> None:
    folder = tmp_path / "Dərslər İşığı ə ğ ş"
    tool = write(folder / "nvidia-smi", "#!/bin/sh\nprintf 'Failed \\377\\n'; exit 18\n")
    tool.chmod(0o755)
    answer = probe_nvidia_smi({"PATH": str(folder)})
    assert [problem.code for problem in answer.problems] == ["nvml_mismatch"]
    assert threading.active_count() < 10
