"""The Python that runs the wizard, and any other that a user points to."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from pathlib import Path
from typing import cast

from wizard.detection.answers import PythonAnswer, Runner, no_answer_in, run_program
from wizard.detection.machine import Environment, EnvironmentKind, Problem
from wizard.detection.probes.installed import (
    conda_channel,
    conda_packages,
    interpreter,
    site_packages,
    torch_version,
    venv_python,
)
from wizard.detection.values import Version
from wizard.paths import user_data_folder

WIZARD_ENVIRONMENT = "wizard"
"""The name under which the Python that runs the wizard can be asked for."""

NO_PYTHON = "no_python_there"
START_TIME_LIMIT = 15.0
"""Seconds for one start of an unknown Python: a first start under a virus scanner is slow."""

# Old enough for any Python that may be lying around; prints one line of JSON.
_QUESTION = (
    "import json,platform,sys,sysconfig;"
    "print(json.dumps([platform.python_version(),sys.prefix,sysconfig.get_paths()['purelib'],"
    "sys.maxsize>2**32,platform.python_implementation()]))"
)


def probe_python() -> PythonAnswer:
    """The Python that runs the wizard; none where the wizard is a packaged program."""
    private = private_environments(user_data_folder())
    if getattr(sys, "frozen", False) or not sys.executable:
        return PythonAnswer(private=private)
    prefix = Path(sys.prefix)
    version = platform.python_version()
    return PythonAnswer(
        Environment(
            name=WIZARD_ENVIRONMENT,
            prefix=str(prefix),
            python=Version.at_start(version),
            torch=torch_version(site_packages(prefix, version)),
            kind="wizard",
            executable=sys.executable,
        ),
        private,
    )


def private_environments(folder: Path) -> tuple[Environment, ...]:
    """Whole virtual environments in the wizard's own folder; a half-made one is none."""
    found: list[Environment] = []
    for config in sorted(folder.glob("*/pyvenv.cfg")):
        executable = interpreter(config.parent)
        env = None if executable is None else _from_files(executable, config.parent)
        if env is not None:
            found.append(env)
    return tuple(found)


def inspect_python(path: Path, run: Runner = run_program) -> Environment | Problem:
    """What a Python is: from its files where they tell, by starting it once where they do not.

    ``path`` is an interpreter, or the folder of a virtual, conda or plain installation.

    Returns:
        The environment, or a problem: ``no_python_there``, ``ms_store_python``, ``python_32bit``,
        ``probe_timed_out`` or ``probe_failed``.
    """
    if str(path).startswith("~"):
        path = Path(os.path.expanduser(path))  # noqa: PTH111  (the other raises for no such user)
    if _in_store(path):
        # Starting the Microsoft Store's stand-in opens the Store.
        return Problem("ms_store_python", str(path))
    try:
        executable = interpreter(path) if path.is_dir() else path if path.is_file() else None
    except (OSError, ValueError):
        executable = None
    if executable is None:
        return Problem(NO_PYTHON, str(path))
    executable = executable.absolute()
    folder = executable.parent
    prefix = folder.parent if folder.name.lower() in {"bin", "scripts"} else folder
    return _from_files(executable, prefix) or _by_starting(executable, run)


def _in_store(path: Path) -> bool:
    return "windowsapps" in {part.lower() for part in re.split(r"[\\/]", str(path))}


def _from_files(executable: Path, prefix: Path) -> Environment | None:
    conda = conda_packages(prefix, frozenset({"python", "pytorch"}))
    kind: EnvironmentKind = "conda" if "python" in conda else "venv"
    version = conda["python"].version if "python" in conda else venv_python(prefix)
    packages = site_packages(prefix, version)
    if version is None or packages is None or not executable.name.lower().startswith("python"):
        return None
    torch = torch_version(packages)
    package = conda.get("pytorch")
    if package is not None and torch is not None and not torch.startswith(package.version):
        package = None
    return Environment(
        name=prefix.name,
        prefix=str(prefix),
        python=Version.at_start(version),
        torch=torch or (package.version if package else None),
        kind=kind,
        executable=str(executable),
        torch_build=package.build if package else None,
        torch_channel=conda_channel(package) if package else None,
    )


def _by_starting(executable: Path, run: Runner) -> Environment | Problem:
    # -I: nothing of the current folder or of PYTHONPATH gets in.
    outcome = run([str(executable), "-I", "-c", _QUESTION], timeout=START_TIME_LIMIT)
    if outcome.kind == "timed_out":
        return Problem("probe_timed_out", no_answer_in(str(executable), START_TIME_LIMIT))
    lines = outcome.stdout.strip().splitlines()
    try:
        answer: object = json.loads(lines[-1]) if lines else None
    except (ValueError, RecursionError):
        answer = None
    values = cast("list[object]", answer) if isinstance(answer, list) else []
    if outcome.kind != "exited" or len(values) != 5:
        said = (outcome.stderr.strip().splitlines() or [outcome.detail])[-1]
        return Problem("probe_failed", f"{executable}: {said}"[:300])
    version, prefix, packages, wide, _implementation = values
    if wide is False:
        return Problem("python_32bit", f"{executable}: Python {version}")
    return Environment(
        name=f"Python {version}",
        prefix=str(prefix),
        python=Version.at_start(str(version)),
        torch=torch_version(Path(str(packages))),
        kind="python",
        executable=str(executable),
    )
