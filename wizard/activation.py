"""The environment variables with which an environment's own interpreter is run, as if activated."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def target_environment(executable: Path) -> dict[str, str]:
    """The environment in which to run an environment's own interpreter, as if it were activated.

    Nothing of the wizard's own virtual environment or of Qt is in it.
    """
    prefix = prefix_of(executable)
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_FOR_TARGETS and not name.startswith(("QT_", "QML", "PYTEST_"))
    }
    _restore_library_path(env)
    folders = [str(folder) for folder in _activated_folders(prefix)]
    own = _own_folders(prefix)
    folders += [part for part in env.get("PATH", "").split(os.pathsep) if part and part not in own]
    env["PATH"] = os.pathsep.join(dict.fromkeys(folders))
    if (prefix / "conda-meta").is_dir():
        env["CONDA_PREFIX"] = str(prefix)
        env["CONDA_DEFAULT_ENV"] = prefix.name
        env["CONDA_SHLVL"] = "1"
    elif (prefix / "pyvenv.cfg").is_file():
        env["VIRTUAL_ENV"] = str(prefix)
    env["PYTHONUNBUFFERED"] = "1"
    # A crash then leaves the Python line it happened on in the log.
    env["PYTHONFAULTHANDLER"] = "1"
    return env


def prefix_of(executable: Path) -> Path:
    """The folder of the environment an interpreter belongs to; links are not followed."""
    folder = Path(os.path.abspath(executable)).parent  # noqa: PTH100  (resolve would follow links)
    return folder.parent if folder.name.lower() in ("bin", "scripts") else folder


_NOT_FOR_TARGETS = frozenset(
    {
        "VIRTUAL_ENV",
        "VIRTUAL_ENV_PROMPT",
        "PYTHONHOME",
        "PYTHONEXECUTABLE",
        "PYTHONINSPECT",
        "PYTHONSAFEPATH",
        "PYTHONPLATLIBDIR",
        "__PYVENV_LAUNCHER__",
        "CONDA_PREFIX",
        "CONDA_DEFAULT_ENV",
        "CONDA_PROMPT_MODIFIER",
        "CONDA_SHLVL",
    }
)


def _restore_library_path(env: dict[str, str]) -> None:
    """A packaged program points the loader at its own libraries and keeps the original value."""
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        original = env.pop(f"{name}_ORIG", None)
        if original is not None:
            env[name] = original
        elif getattr(sys, "frozen", False):
            env.pop(name, None)


def _activated_folders(prefix: Path) -> list[Path]:
    """What conda's or venv's activation puts in front of PATH."""
    if sys.platform != "win32":
        return [prefix / "bin"]
    if not (prefix / "conda-meta").is_dir():
        return [prefix / "Scripts", prefix]
    inside = ("", "Library/mingw-w64/bin", "Library/usr/bin", "Library/bin", "Scripts", "bin")
    return [prefix / folder for folder in inside]


def _own_folders(target: Path) -> frozenset[str]:
    """The wizard's own virtual environment's folders, unless that is the target."""
    own = Path(sys.prefix)
    if sys.prefix == sys.base_prefix or own == target:
        return frozenset()
    return frozenset({str(own / "bin"), str(own / "Scripts")})
