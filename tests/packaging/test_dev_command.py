"""`packaging/dev.py`: what is read by any Python, and how a command ends."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
DEV = CHECKOUT / "packaging" / "dev.py"

commands = importlib.import_module("commands")
environment = importlib.import_module("environment")
messages = importlib.import_module("messages")
system_libraries = importlib.import_module("system_libraries")
dev = importlib.import_module("dev")


def test_every_python_can_read_the_first_file() -> None:
    source = DEV.read_bytes()
    assert source.isascii()
    tree = ast.parse(source, feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.JoinedStr, ast.AnnAssign))]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert functions
    assert all(function.returns is None for function in functions)


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 15), (4, 0)])
def test_another_python_is_told_which_ones_fit(
    version: tuple[int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    monkeypatch.setattr(dev, "fitting_python", lambda: None)
    assert dev.main() == 3
    said = capsys.readouterr().err
    assert f"This is Python {version[0]}.{version[1]}" in said
    assert "3.11, 3.12, 3.13 or 3.14" in said
    assert "https://www.python.org/downloads/" in said


def test_a_fitting_python_is_found_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if os.name == "nt":
        pytest.skip("Windows has the launcher `py`, and no symbolic links without asking")
    (tmp_path / "python3.14").write_text("#!/bin/sh\nexit 127\n")  # a shim with nothing behind it
    (tmp_path / "python3.14").chmod(0o755)
    name = f"python3.{sys.version_info.minor}"
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name).symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.fitting_python() == [name]
    monkeypatch.setattr(sys, "version_info", (3, 10, 0, "final", 0))
    monkeypatch.setattr(sys, "argv", [str(DEV), "no-such-command"])
    assert dev.main() == 2
    assert f"going on with {name}" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"), [([], 2), (["--help"], 0), (["-h"], 0), (["fly"], 2)]
)
def test_a_wrong_call_names_the_commands(arguments: list[str], code: int) -> None:
    done = subprocess.run(
        [sys.executable, str(DEV), *arguments], capture_output=True, encoding="utf-8"
    )
    assert done.returncode == code
    assert "run [ARGUMENT" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_what_cannot_be_prepared_ends_with_3_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*, dev: bool) -> None:
        raise messages.SetupError("The disk is full.")

    monkeypatch.setattr(environment, "ensure", fail)
    assert commands.main(["run", "detect"]) == 3
    captured = capsys.readouterr()
    assert captured.err.strip() == "The disk is full."
    assert captured.out == ""


def test_ctrl_c_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*, dev: bool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "ensure", interrupt)
    assert commands.main(["run", "detect"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "window"),
    [
        ([], True),
        (["--page", "verify", "--theme=dark"], True),
        (["--machine", "check"], True),
        (["check", "--json"], False),
        (["--lang", "az", "detect"], False),
        (["--help"], False),
    ],
)
def test_only_the_window_needs_a_screen(arguments: list[str], window: bool) -> None:
    assert commands.opens_window(arguments) is window


def test_without_a_screen_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(messages.SetupError, match="no screen") as caught:
        system_libraries.check_display()
    assert "run detect" in str(caught.value)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    system_libraries.check_display()


@pytest.mark.parametrize("code", [0, 1, 2, 3, 77])
def test_the_exit_code_is_that_of_the_program(code: int, tmp_path: Path) -> None:
    script = tmp_path / "ends.py"
    script.write_text(
        f"import sys; sys.path.append({str(DEV.parent)!r})\n"
        f"import commands\n"
        f"sys.exit(commands._become([sys.executable, '-c', 'raise SystemExit({code})']))\n"
    )
    assert subprocess.run([sys.executable, str(script)]).returncode == code


@pytest.mark.parametrize(
    ("codes", "arguments", "ends_with"),
    [
        ([0, 0, 0, 0, 0, 0, 0], [], 0),
        ([0, 1, 0, 0, 0, 5, 0], [], 1),
        ([0, 0, 0, 0, 0, 5, 0], [], 5),
        ([0, 0, 0, 0, 0, 0, 1], [], 1),
        ([0, 0, 0, 0, 0, -11, 0], [], 139),
        ([0], ["-k", "name"], 0),
        ([2], ["-k", "name"], 2),
    ],
)
def test_the_test_command_runs_every_check_and_names_what_failed(
    codes: list[int],
    arguments: list[str],
    ends_with: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    left, seen = list(codes), []

    def call(command: list[str], **options: dict[str, str]) -> int:
        assert options["env"]["QT_QPA_PLATFORM"] == "offscreen"
        seen.append(" ".join(command[1:]))
        return left.pop(0)

    monkeypatch.setattr(environment, "ensure", lambda *, dev: None)
    monkeypatch.setattr(system_libraries, "ensure", lambda *, screen: None)
    monkeypatch.setattr(system_libraries, "ensure_test_programs", lambda: None)
    monkeypatch.setattr(commands.subprocess, "call", call)
    assert commands.main(["test", *arguments]) == ends_with
    assert left == []
    if arguments:
        assert seen[-1] == " ".join(["-m pytest", *arguments])
    else:
        words = ["ruff check", "ruff format --check", "pyright", "importlinter", "check"]
        words += ["-m not alone", "-m alone"]  # together: every test
        assert all(word in command for word, command in zip(words, seen, strict=True))
    summary = capsys.readouterr().err.split("── summary")[1]
    assert summary.count("FAILED") == sum(code != 0 for code in codes)


@pytest.mark.skipif(os.name == "nt", reason="a script of bash")
def test_the_ci_script_is_the_test_command() -> None:
    script = CHECKOUT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["#!/usr/bin/env bash", "set -e"]
    commands_run = [line.split(" ||")[0].strip() for line in lines if "packaging/dev.py" in line]
    assert commands_run == [
        "python3 packaging/dev.py test",
        "python3 packaging/dev.py installer-test",
    ]


class TestSystemLibraries:
    @pytest.fixture(autouse=True)
    def bare_debian(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if not sys.platform.startswith("linux"):
            pytest.skip("only Linux lacks them")
        monkeypatch.setattr(system_libraries, "_ALWAYS", {"libno-such.so.7": "libno-such7"})
        monkeypatch.setattr(system_libraries, "_is_root", lambda: False)

    def managers(self, monkeypatch: pytest.MonkeyPatch, *there: str) -> None:
        find = {name: f"/usr/bin/{name}" for name in there}.get
        monkeypatch.setattr(system_libraries.shutil, "which", find)

    @pytest.mark.parametrize(
        ("manager", "command"),
        [
            ("apt-get", "sudo apt-get install libno-such7"),
            ("dnf", "sudo dnf install 'libno-such.so.7()(64bit)'"),
            ("zypper", "sudo zypper install 'libno-such.so.7()(64bit)'"),
        ],
    )
    def test_a_missing_library_is_named_with_its_command(
        self, manager: str, command: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.managers(monkeypatch, manager)
        monkeypatch.setattr(system_libraries, "_has_font", lambda: True)
        with pytest.raises(messages.SetupError, match=r"libno-such\.so\.7") as caught:
            system_libraries.ensure(screen=False)
        assert command in str(caught.value)

    def test_root_on_debian_gets_them_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.managers(monkeypatch, "apt-get")
        ran: list[list[str]] = []

        def install(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            ran.append(command)
            if "install" in command:
                monkeypatch.setattr(system_libraries, "_ALWAYS", {})
                monkeypatch.setattr(system_libraries, "_has_font", lambda: True)
            return subprocess.CompletedProcess(command, 0)

        monkeypatch.setattr(system_libraries, "_has_font", lambda: False)
        monkeypatch.setattr(system_libraries, "_is_root", lambda: True)
        monkeypatch.setattr(system_libraries.subprocess, "run", install)
        system_libraries.ensure(screen=False)
        assert ran[0][:2] == ["apt-get", "update"]
        assert ran[1][-2:] == ["libno-such7", "fonts-dejavu-core"]

    def test_what_is_there_loads(self) -> None:
        assert system_libraries._loads("libc.so.6")
        assert not system_libraries._loads("libno-such.so.7")


def test_the_workflows_name_commands_that_are_there() -> None:
    named: set[str] = set()
    for path in (CHECKOUT / ".github" / "workflows").glob("*.yml"):
        named |= set(re.findall(r"packaging/dev\.py ([a-z-]+)", path.read_text("utf-8")))
    assert {"test", "installer", "catalog"} <= named
    for command in named:
        assert re.search(rf"^  {command}\b", commands.USAGE, re.MULTILINE), command
