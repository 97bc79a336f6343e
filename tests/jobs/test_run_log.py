"""The logs of earlier runs: the last ones are kept, for their owner alone, and never too much."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from wizard.jobs.run_log import KEPT_LOGS, MAX_ALL, MAX_BEGINNING, MAX_END, RunLog

owners_only = pytest.mark.skipif(sys.platform == "win32", reason="rights are lists on Windows")


def written(folder: Path, *lines: str) -> bytes:
    with RunLog("verify", folder) as log:
        for line in lines:
            log.write(line)
    assert log.path is not None
    return log.path.read_bytes()


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_oldest_go_and_not_the_first_by_name(tmp_path: Path) -> None:
    """A clock that was put back gives a new log an old name."""
    for place in range(KEPT_LOGS):
        path = tmp_path / f"verify-2026010{place}-000000-0.log"
        path.touch()
        os.utime(path, ns=(0, (KEPT_LOGS - place) * 10**9))
    (tmp_path / "benchmark-20200101-000000-0.log").touch()
    with RunLog("verify", tmp_path) as log:
        log.write("new")
    kept = {path.name for path in tmp_path.glob("verify-*.log")}
    assert log.path is not None
    assert log.path.name in kept
    assert len(kept) == KEPT_LOGS
    assert f"verify-2026010{KEPT_LOGS - 1}-000000-0.log" not in kept
    assert (tmp_path / "benchmark-20200101-000000-0.log").exists()


@owners_only
def test_nobody_else_reads_a_log_also_one_of_an_earlier_version(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "logs"
    folder.mkdir(parents=True)
    old, notice, foreign = folder / "install-1.log", folder / "error.txt", tmp_path / "foreign"
    for path in (old, notice, foreign):
        path.touch(0o644)
    (folder / "linked.log").symlink_to(foreign)
    folder.chmod(0o755)
    before = os.umask(0)
    try:
        with RunLog("verify", folder) as log:
            log.write("x")
    finally:
        os.umask(before)
    assert log.path is not None
    assert [rights(path) for path in (folder, old, notice, log.path)] == [0o700] + 3 * [0o600]
    assert rights(foreign) == 0o644


def test_beginning_and_end_of_an_endless_output_are_kept(tmp_path: Path) -> None:
    line = "ə" * 999  # two bytes each
    lines = [f"{number:06d}{line}" for number in range(5000)]
    data = written(tmp_path, "first", *lines, "last")
    assert MAX_BEGINNING < len(data) <= MAX_BEGINNING + MAX_END + 100
    text = data.decode("utf-8")
    assert text.startswith("first\n000000")
    assert text.endswith("004999" + line + "\nlast\n")
    said = next(each for each in text.splitlines() if each.startswith("["))
    whole = sum(len(f"{each}\n".encode()) for each in ("first", *lines, "last"))
    kept = len(data) - len(f"{said}\n".encode())
    assert said == f"[{whole - kept} bytes are left out here]"


def test_one_line_without_end_is_bounded_and_its_end_kept(tmp_path: Path) -> None:
    data = written(tmp_path, "first", "x" * (8 * 2**20) + "end", "last")
    assert len(data) < MAX_BEGINNING + MAX_END + 100
    assert data.startswith(b"first\n")
    assert data.endswith(b"xend\nlast\n")


def test_what_fits_is_kept_word_for_word(tmp_path: Path) -> None:
    assert written(tmp_path, "ə", "", "\udcff x") == "ə\n\n\\udcff x\n".encode()


def test_all_logs_together_are_bounded(tmp_path: Path) -> None:
    for place, name in enumerate(("install-1.log", "benchmark-2.log", "verify-3.log")):
        path = tmp_path / name
        path.write_bytes(bytes(MAX_ALL // 3))
        os.utime(path, ns=(0, place))
    with RunLog("verify", tmp_path) as log:
        for _each in range(6000):
            log.write("x" * 999)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= MAX_ALL
    assert log.path is not None
    assert {path.name for path in tmp_path.iterdir()} == {
        log.path.name,
        "benchmark-2.log",
        "verify-3.log",
    }


def test_a_log_of_an_earlier_version_may_be_larger_than_all(tmp_path: Path) -> None:
    path = tmp_path / "verify-1.log"
    with path.open("wb") as file:
        file.truncate(64 * 2**20)
    written(tmp_path, "x")
    assert not path.exists()


@owners_only
def test_without_a_folder_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    with RunLog("verify", tmp_path / "logs") as log:
        log.write("x")
    assert log.path is None
    assert log.tail == ("x",)
