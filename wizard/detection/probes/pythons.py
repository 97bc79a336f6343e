"""Pythons of this computer that could make a virtual environment, the best one first."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.detection.answers import Runner, run_program
from wizard.detection.machine import Environment, Problem
from wizard.detection.probes.python import START_TIME_LIMIT, inspect_python, probe_python

_MINORS = (12, 11, 13, 10, 14)
"""The order of choice: the version that the most packages have builds for comes first."""
_MOST = 12
"""Pythons that are looked at: each costs a start."""


@dataclass(frozen=True)
class Where:
    """Where to look; a test gives its own."""

    path: tuple[Path, ...]
    folders: tuple[Path, ...] = ()
    """Other folders that may hold interpreters."""
    registered: tuple[Path, ...] = ()
    """Interpreters that Windows knows of."""
    windows: bool = False


def usual_places(environ: Mapping[str, str] = os.environ) -> Where:
    windows = sys.platform == "win32"
    path = tuple(Path(part) for part in environ.get("PATH", "").split(os.pathsep) if part)
    if not windows:
        wide = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")
        return Where(path, tuple(Path(folder) for folder in wide))
    from wizard.detection.probes.windows_programs import both_hives, registered_pythons

    programs = Path(environ.get("LOCALAPPDATA", "")) / "Programs" / "Python"
    folders = tuple(programs / f"Python3{minor}" for minor in _MINORS)
    registered = tuple(Path(python) for python in registered_pythons(both_hives()))
    return Where(path, folders, registered, windows=True)


def find_pythons(where: Where | None = None, run: Runner = run_program) -> list[Environment]:
    """Those that can be used, each once; it starts them, which takes some time.

    Virtual environments are left out: a new one is made from the Python below them. So are conda's
    (who has conda does not need this way), the Microsoft Store's and 32-bit ones.
    """
    found: dict[str, Environment] = {}
    for path in list(_candidates(where or usual_places()))[:_MOST]:
        python = inspect_python(path, run)
        if isinstance(python, Environment) and python.kind == "python":
            found.setdefault(_key(python), python)
    own = probe_python().environment
    if own is not None and sys.prefix == sys.base_prefix:
        found.setdefault(_key(own), own)
    return sorted(found.values(), key=_rank)


def venv_problem(python: Environment, run: Runner = run_program) -> Problem | None:
    """Why this Python cannot make virtual environments; None where it can."""
    # Debian leaves out ensurepip, with which an environment gets its pip.
    question = [python.executable or "", "-I", "-c", "import venv, ensurepip"]
    outcome = run(question, timeout=START_TIME_LIMIT)
    if outcome.kind == "exited" and outcome.exit_code == 0:
        return None
    said = (outcome.stderr.strip().splitlines() or [outcome.detail])[-1]
    return Problem("venv_missing", said[:200])


def _candidates(where: Where) -> Iterable[Path]:
    names = ["python.exe"] if where.windows else [f"python3.{minor}" for minor in _MINORS]
    if not where.windows:
        names += ["python3", "python"]
    seen: set[str] = set()
    places = [*where.registered]
    places += [folder / name for name in names for folder in (*where.path, *where.folders)]
    for path in places:
        key = os.path.normcase(os.path.realpath(path))
        if key not in seen and path.is_file():
            seen.add(key)
            yield path


def _key(python: Environment) -> str:
    return os.path.normcase(os.path.realpath(python.executable or python.prefix))


def _rank(python: Environment) -> tuple[int, str]:
    parts = (python.python or "").split(".")
    minor = int(parts[1]) if len(parts) > 1 and parts[0] == "3" else -1
    return (_MINORS.index(minor) if minor in _MINORS else len(_MINORS), python.executable or "")
