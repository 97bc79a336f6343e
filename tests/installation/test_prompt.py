"""*Open the prompt here*: a real shell with the environment activated, names with odd letters."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from conda_stand_in import StandIn

from wizard.detection.machine import Conda, Environment
from wizard.installation import prompt
from wizard.installation.prompt import open_prompt, opening_for, windows_opening


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A terminal that runs the shell it is given, with a command typed into it."""
    folder = tmp_path / "programs"
    folder.mkdir()
    program = folder / "x-terminal-emulator"
    program.write_text(
        f"""#!/bin/sh
shift
echo 'which python; echo "prefix $CONDA_PREFIX"; exit' | "$@" >"{folder}/shown" 2>&1
""",
        "utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def shown(terminal: Path) -> str:
    """What the shell in the terminal said."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        path = terminal / "shown"
        if path.is_file() and "exit" in path.read_text("utf-8", "replace"):
            time.sleep(0.2)
            return path.read_text("utf-8", "replace")
        time.sleep(0.05)
    return (terminal / "shown").read_text("utf-8", "replace")


def test_a_shell_with_the_conda_environment(conda: StandIn, terminal: Path) -> None:
    prefix = conda.add_environment("llm_50gun")
    profile = conda.root / "etc" / "profile.d" / "conda.sh"
    profile.parent.mkdir(parents=True)
    # What conda's own file defines, cut down to activation by a folder.
    profile.write_text(
        'conda() { export CONDA_PREFIX="$2"; export PATH="$2/bin:$PATH"; }\n', "utf-8"
    )
    env = Environment("llm_50gun", str(prefix), "3.12.4", executable=str(prefix / "bin/python"))
    assert open_prompt(env, Conda(root=str(conda.root), executable=str(conda.executable))) is None
    said = shown(terminal)
    assert str(prefix / "bin" / "python") in said
    assert str(prefix) in said


def test_a_shell_with_a_virtual_environment(odd_home: Path, terminal: Path) -> None:
    prefix = odd_home / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    env = Environment(
        "venv", str(prefix), "3.12.4", kind="venv", executable=str(prefix / "bin/python")
    )
    assert open_prompt(env, None) is None
    assert str(prefix / "bin" / "python") in shown(terminal)


def test_without_a_terminal_it_says_what_to_type(
    conda: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    env = Environment("llm_50gun", str(conda.prefix("llm_50gun")), "3.12.4")
    finding = open_prompt(env, None)
    assert finding is not None
    assert finding.code == "no_terminal"
    assert "conda activate llm_50gun" in finding.fix


def test_no_name_is_part_of_a_shells_command() -> None:
    evil = 'x" & calc & "$(touch /tmp/x)'
    env = Environment(evil, "C:\\envs\\" + evil, "3.12.4")
    conda = Conda(root="C:\\m & calc", executable="C:\\m & calc\\Scripts\\conda.exe")
    opening = windows_opening(env, conda)
    assert "calc" not in " ".join(opening.argv)
    assert opening.variables["WIZARD_PREFIX"] == env.prefix
    assert opening.variables["WIZARD_ACTIVATE"].endswith("activate.bat")
    assert opening.new_console
    if sys.platform.startswith("linux"):
        posix = opening_for(env, conda)
        assert posix is None or "calc" not in " ".join(posix.argv)


def test_micromamba_has_its_own_hook() -> None:
    env = Environment("llm_50gun", "/mm/envs/llm_50gun", "3.12.4")
    start = prompt._bash_start(env, Conda(root="/mm", executable="/my bin/micromamba"))
    assert "'/my bin/micromamba' shell hook" in start
