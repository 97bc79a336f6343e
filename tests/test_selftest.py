"""`--selftest FILE`: every page shown and photographed; what an installed program knows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wizard import build_info, windowless
from wizard.paths import resource_folder, user_data_folder
from wizard.state import PAGE_IDS

PROJECT = Path(__file__).resolve().parent.parent
PNG = b"\x89PNG\r\n\x1a\n"


def selftest(file: Path, *words: str) -> tuple[int, dict[str, Any] | None]:
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "--selftest", str(file), *words],
        capture_output=True,
        timeout=120,
        cwd=PROJECT,
        env=os.environ,
    )
    assert not done.stdout and b"Traceback" not in done.stderr
    if not file.exists():
        return done.returncode, None
    [line] = file.read_text("utf-8").splitlines()
    return done.returncode, json.loads(line)


def test_every_page_is_shown_and_photographed(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "Dərslər İşığı ə ğ ş"
    folder.mkdir()
    machine = resource_folder("machines") / "no-gpu.json"
    code, told = selftest(folder / "a.txt", "--machine", str(machine), "--lang", "az")
    assert code == 0 and told is not None and told["ok"]
    assert told["platform"] == "offscreen"
    assert 0 < told["first_page_seconds"] < 60
    assert [name.split("-")[-1] for name in told["pictures"]] == [
        f"{page}.png" for page in PAGE_IDS
    ]
    assert all((folder / name).read_bytes().startswith(PNG) for name in told["pictures"])
    assert told["stray_windows"] == [], "a part was shown before it had its place"
    assert not user_data_folder().exists(), "a self-test leaves nothing behind"


def test_what_goes_wrong_is_in_the_line(tmp_path: Path) -> None:
    (tmp_path / "a-3-environment.png").mkdir()  # in the way of a picture
    code, told = selftest(tmp_path / "a.txt")
    assert code == 3 and told is not None and not told["ok"]
    assert "a-3-environment.png" in told["error"]


def test_a_file_that_cannot_be_written_is_an_exit_code(tmp_path: Path) -> None:
    assert selftest(tmp_path / "gone" / "a.txt") == (3, None)


def test_an_installed_program_knows_its_python(tmp_path: Path) -> None:
    assert build_info.version_line("x", "1.0", tmp_path) == "x 1.0"
    (tmp_path / build_info.FILE_NAME).write_text("[]")
    assert build_info.version_line("x", "1.0", tmp_path) == "x 1.0"
    (tmp_path / build_info.FILE_NAME).write_text(
        '{"python": "3.13.14", "runtime": "python.org\'s embeddable archive"}'
    )
    line = build_info.version_line("x", "1.0", tmp_path)
    assert line == "x 1.0 (Python 3.13.14, python.org's embeddable archive)"
    assert build_info.build_info() == {}, "a checkout is not an installed program"


def test_without_a_console_a_failure_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    windowless.tell("not said here: there is standard error")
    assert not user_data_folder().exists()
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(windowless, "show_box", lambda _line: None)
    windowless.tell("It cannot start.", ValueError("and why"))
    said = (user_data_folder() / "logs" / "start.txt").read_text("utf-8")
    assert said.startswith("It cannot start.\n") and "ValueError: and why" in said
