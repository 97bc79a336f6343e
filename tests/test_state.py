"""The state file: round trip, atomic, damaged files set aside; and what counts as complete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wizard.detection.machine import Gpu, Machine, OperatingSystem
from wizard.state import (
    FILE_NAME,
    BenchmarkRecord,
    ChosenEnvironment,
    SetupState,
    VerificationRecord,
    load_state,
    outlook,
    save_state,
)

PYTHON = "/home/aysel/miniforge3/envs/llm_50gun/bin/python"
FULL = SetupState(
    language="az",
    theme="dark",
    page="benchmark",
    visited=("welcome", "computer", "verify"),
    environment=ChosenEnvironment("llm_50gun", "/home/Dərslər İşığı", PYTHON),
    pythons=("/opt/ə ğ ş/python",),
    command_copied=True,
    verification=VerificationRecord(PYTHON, "gpu", "2.13.0+cu130", ("Tesla T4",), (), True, 12.5),
    benchmark=BenchmarkRecord(PYTHON, 100.0, 4100.0, 41.0, 30.0, True, 13.5),
)
WITH_GPU = Machine(
    "PC", OperatingSystem("windows"), gpus=(Gpu("nvidia", "Tesla T4", compute_capability="7.5"),)
)
WITHOUT_GPU = Machine("PC", OperatingSystem("windows"))


def _saved(folder: Path) -> dict[str, object]:
    """`FULL` as it stands in its file."""
    save_state(folder, FULL)
    return json.loads((folder / FILE_NAME).read_text("utf-8"))


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "Dərslər İşığı ə ğ ş"
    assert save_state(folder, FULL) is None
    loaded = load_state(folder)
    assert loaded.state == FULL
    assert loaded.problem == ""
    assert [p.name for p in folder.iterdir()] == [FILE_NAME], "no temporary file is left"


def test_no_file_is_a_fresh_start(tmp_path: Path) -> None:
    loaded = load_state(tmp_path / "nothing here")
    assert loaded.state == SetupState()
    assert loaded.problem == ""


def test_a_file_cut_at_any_byte_is_set_aside_and_reported(tmp_path: Path) -> None:
    save_state(tmp_path, FULL)
    whole = (tmp_path / FILE_NAME).read_bytes()
    for length in range(0, len(whole), 7):
        folder = tmp_path / str(length)
        folder.mkdir()
        (folder / FILE_NAME).write_bytes(whole[:length])
        loaded = load_state(folder)
        assert loaded.state == SetupState()
        assert loaded.problem
        assert loaded.set_aside is not None
        assert loaded.set_aside.read_bytes() == whole[:length]
        assert not (folder / FILE_NAME).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 99},
        {"visited": "all"},
        {"visited": [1]},
        {"environment": "llm_50gun"},
        {"pythons": {"a": 1}},
        {"verification": {"ready": "maybe"}},
        {"verification": {"cuda_available": "True"}},
        {"benchmark": {"speedup": "fast"}},
        {"command_copied": "yes"},
    ],
)
def test_wrong_types_are_damage_not_a_crash(tmp_path: Path, change: dict[str, object]) -> None:
    data = {**_saved(tmp_path), **change}
    (tmp_path / FILE_NAME).write_text(json.dumps(data), "utf-8")
    loaded = load_state(tmp_path)
    assert loaded.state == SetupState()
    assert loaded.set_aside is not None


def test_an_unknown_page_or_theme_of_a_newer_version_starts_at_the_beginning(
    tmp_path: Path,
) -> None:
    data = {**_saved(tmp_path), "page": "party", "theme": "neon"}
    (tmp_path / FILE_NAME).write_text(json.dumps(data), "utf-8")
    state = load_state(tmp_path).state
    assert (state.page, state.theme) == ("welcome", "system")
    assert state.verification == FULL.verification


def test_a_folder_that_cannot_be_made_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    assert save_state(tmp_path / "file" / "folder", FULL)


def test_a_failed_write_keeps_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_state(tmp_path, FULL)

    def no_space(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    assert "No space left" in (save_state(tmp_path, SetupState()) or "")
    assert load_state(tmp_path).state == FULL
    assert [p.name for p in tmp_path.iterdir()] == [FILE_NAME]


def test_visiting_a_page_is_remembered_once() -> None:
    state = SetupState().visit("computer").visit("verify").visit("computer")
    assert state.page == "computer"
    assert state.visited == ("computer", "verify")


def test_complete_takes_gpu_verification_and_benchmark() -> None:
    assert outlook(FULL, WITH_GPU, wants_gpu=True).completion == "complete"


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"verification": None}, ("verify", "benchmark")),
        ({"benchmark": None}, ("benchmark",)),
        ({"environment": None}, ("environment", "verify", "benchmark")),
        (
            {"environment": ChosenEnvironment("other", "/x", "/x/bin/python")},
            ("verify", "benchmark"),
        ),
        (
            {"verification": VerificationRecord(PYTHON, "cpu", "2.13.0", cuda_available=False)},
            ("verify",),
        ),
        (
            {"verification": VerificationRecord(PYTHON, None, "2.13.0", cuda_available=True)},
            ("verify",),
        ),
        ({"benchmark": BenchmarkRecord(PYTHON, 100.0, None, complete=True)}, ("benchmark",)),
        ({"benchmark": BenchmarkRecord(PYTHON, 100.0, 4100.0, complete=False)}, ("benchmark",)),
    ],
)
def test_anything_less_is_incomplete_and_says_what_is_missing(
    change: dict[str, object], missing: tuple[str, ...]
) -> None:
    state = FULL._replace(**change)  # type: ignore[arg-type]
    result = outlook(state, WITH_GPU, wants_gpu=True)
    assert result.completion == "incomplete"
    assert set(result.missing) >= set(missing) - {"benchmark"}
    assert result.missing[0] == missing[0]


def test_a_computer_without_nvidia_is_ready_on_the_cpu() -> None:
    state = FULL._replace(
        verification=VerificationRecord(PYTHON, "cpu", "2.13.0+cpu", cuda_available=False),
        benchmark=BenchmarkRecord(PYTHON, 100.0, None, complete=True),
    )
    assert outlook(state, WITHOUT_GPU, wants_gpu=False).completion == "ready_cpu"
    assert outlook(state, WITH_GPU, wants_gpu=True).completion == "incomplete"
    assert outlook(state, None, wants_gpu=False).completion == "incomplete"
