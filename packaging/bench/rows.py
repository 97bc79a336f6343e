"""What the bench's measurements have in common: a row of its table, and programs of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent
CHECKOUT = BENCH.parents[1]


@dataclass(frozen=True)
class Row:
    """One goal, in ``unit``: ``measured`` must not be above it (``least``: not below it)."""

    name: str
    goal: float
    measured: float | None
    """None where it could not be measured; ``detail`` says why."""
    unit: str
    detail: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        if self.measured is None:
            return False
        return self.measured >= self.goal if self.least else self.measured <= self.goal

    @property
    def shown_goal(self) -> str:
        return f"{'≥ ' if self.least else ''}{self.goal:g} {self.unit}"


class BenchError(Exception):
    """A program of the bench did not do its part."""


def run_program(program: str, *arguments: str, clock: bool = False, said: bool = False) -> str:
    """Standard output of a program in this Python, with an empty home folder of its own.

    ``clock`` tells it, as its last word, when it was started; ``said`` gives standard error.
    """
    path = BENCH / program
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [sys.executable, str(path) if path.exists() else program, *arguments]
        if clock:
            command.append(repr(time.perf_counter()))
        done = subprocess.run(
            command,
            env=own_environment(home),
            cwd=home,
            capture_output=True,
            encoding="utf-8",
            timeout=400,
            check=False,
        )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["nothing on standard error"])[-1]
        raise BenchError(f"{program} ended with {done.returncode}: {last}")
    return done.stderr if said else done.stdout


def own_environment(home: str) -> dict[str, str]:
    """The variables of a program whose home folder is that one."""
    environment = dict(os.environ)
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_RUNTIME_DIR"):
        environment[name] = home
    for name in ("WIN_PD_OVERRIDE_APPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        environment[name] = home
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        environment.pop(name, None)
    environment["QT_QPA_PLATFORM"] = "offscreen"
    environment["GPU_WIZARD_LANGUAGE"] = "az"
    before = os.environ.get("PYTHONPATH")  # where a borrowed computer has what the wizard needs
    environment["PYTHONPATH"] = os.pathsep.join(
        (str(CHECKOUT), before) if before else (str(CHECKOUT),)
    )
    return environment
