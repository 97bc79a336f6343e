"""*Open the prompt here*: a terminal with the environment activated, the course's own way."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from wizard.activation import target_environment
from wizard.advice.finding import Finding
from wizard.child_process import start_detached
from wizard.detection.machine import Conda, Environment
from wizard.paths import home_folder
from wizard.text import _

#: Terminals by the words that come before the command; the desktop's own choice first.
_TERMINALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("x-terminal-emulator", ("-e",)),
    ("gnome-terminal", ("--",)),
    ("kgx", ("--",)),
    ("ptyxis", ("--",)),
    ("konsole", ("-e",)),
    ("xfce4-terminal", ("-x",)),
    ("mate-terminal", ("-x",)),
    ("tilix", ("-e",)),
    ("kitty", ()),
    ("alacritty", ("-e",)),
    ("foot", ()),
    ("xterm", ("-e",)),
)
_START_PAGE = "https://docs.conda.io/projects/conda/en/stable/user-guide/getting-started.html"


@dataclass(frozen=True)
class Opening:
    """What is started; no name of the user's is part of a command line that a shell reads."""

    argv: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict[str, str])
    new_console: bool = False


def open_prompt(env: Environment, conda: Conda | None) -> Finding | None:
    """Open a terminal; returns why that could not be done, or None."""
    opening = opening_for(env, conda)
    if opening is None:
        return no_terminal(env)
    python = Path(env.executable) if env.executable else Path(env.prefix) / "bin" / "python"
    variables = target_environment(python)
    for name in ("PYTHONUNBUFFERED", "PYTHONFAULTHANDLER", "CONDA_SHLVL", "CONDA_PREFIX"):
        variables.pop(name, None)
    variables.pop("CONDA_DEFAULT_ENV", None)
    home = home_folder()
    problem = start_detached(
        opening.argv,
        env=variables | opening.variables,
        cwd=home if home.is_dir() else None,
        new_console=opening.new_console,
    )
    return None if problem is None else no_terminal(env, problem)


def opening_for(env: Environment, conda: Conda | None) -> Opening | None:
    """How a terminal is opened on this system; None where there is none."""
    if sys.platform == "win32":
        return windows_opening(env, conda)
    if sys.platform == "darwin":
        script = _script("#!/bin/bash\n" + _bash_start(env, conda) + "exec bash -i\n", ".command")
        Path(script).chmod(0o700)
        return Opening(("open", "-a", "Terminal", script), _names(env, conda))
    terminal = next(
        ((path, words) for name, words in _TERMINALS if (path := shutil.which(name))), None
    )
    if terminal is None:
        return None
    start = _script("[ -f ~/.bashrc ] && . ~/.bashrc\n" + _bash_start(env, conda), ".sh")
    program, words = terminal
    return Opening((program, *words, "bash", "--rcfile", start, "-i"), _names(env, conda))


def windows_opening(env: Environment, conda: Conda | None) -> Opening:
    """Anaconda Prompt's way. Paths go through variables: cmd would interpret them in a command."""
    if conda is None or env.kind != "conda":
        start = '"%WIZARD_ACTIVATE%"'
        activate = str(Path(env.prefix) / "Scripts" / "activate.bat")
    else:
        start = '"%WIZARD_ACTIVATE%" "%WIZARD_PREFIX%"'
        activate = str(Path(conda.root) / "Scripts" / "activate.bat")
    variables = {"WIZARD_ACTIVATE": activate, "WIZARD_PREFIX": env.prefix}
    cmd = os.environ.get("COMSPEC", r"C:\Windows\System32\cmd.exe")
    # cmd takes off the first and the last quotation mark.
    return Opening((cmd, "/K", f'"{start}"'), variables, new_console=True)


def _names(env: Environment, conda: Conda | None) -> dict[str, str]:
    root = "" if conda is None else conda.root
    return {"WIZARD_PREFIX": env.prefix, "WIZARD_CONDA": root}


def _bash_start(env: Environment, conda: Conda | None) -> str:
    """Conda's own way for a shell that ``conda init`` never touched; nothing is written to it."""
    if env.kind != "conda" or conda is None:
        return '. "$WIZARD_PREFIX/bin/activate"\n'
    if conda.tool == "micromamba":
        program = shlex.quote(conda.executable or "micromamba")
        return (
            f'eval "$({program} shell hook --shell bash)"\nmicromamba activate "$WIZARD_PREFIX"\n'
        )
    return '. "$WIZARD_CONDA/etc/profile.d/conda.sh"\nconda activate "$WIZARD_PREFIX"\n'


def _script(text: str, ending: str) -> str:
    """A file that the shell reads once; the system clears its temporary folder."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="gpu-setup-wizard-", suffix=ending, delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    return file.name


def no_terminal(env: Environment, detail: str = "") -> Finding:
    return Finding(
        "no_terminal",
        _("No terminal could be opened"),
        detail or _("No terminal program was found on this computer."),
        _("Open one yourself and type: conda activate {name}").format(name=env.name),
        (),
        _START_PAGE,
    )
