"""micromamba: one program without an installation, and the folder that it keeps environments in."""

from __future__ import annotations

import contextlib
from pathlib import Path

from wizard.detection.machine import Conda
from wizard.detection.probes.places import Places


def find_micromamba(places: Places) -> Conda | None:
    """The program and its root folder (mamba documentation, "Micromamba installation")."""
    environ, home = places.environ, places.home
    name = "micromamba.exe" if places.windows else "micromamba"
    given = Path(environ.get("MAMBA_EXE", ""))
    programs = [given] if given.stem == "micromamba" else []
    folders = environ.get("PATH", "").split(";" if places.windows else ":")
    programs += [Path(folder.strip('"')) / name for folder in folders if folder.strip('"')]
    if home is not None:
        programs.append(home / ".local" / "bin" / name)
    if environ.get("LOCALAPPDATA"):
        programs.append(Path(environ["LOCALAPPDATA"]) / "micromamba" / name)
    program = next((path for path in programs if _is_file(path)), None)
    if program is None:
        return None
    roots = [Path(environ["MAMBA_ROOT_PREFIX"])] if environ.get("MAMBA_ROOT_PREFIX") else []
    if environ.get("APPDATA"):
        roots.append(Path(environ["APPDATA"]) / "mamba")
    if home is not None:
        # The first since version 2, the second before; a root is made by the first environment.
        roots += [home / ".local" / "share" / "mamba", home / "micromamba"]
    root = next((path for path in roots if path.is_dir()), roots[0] if roots else None)
    return None if root is None else Conda(None, "unknown", str(root), str(program))


def _is_file(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.is_file()
    return False
