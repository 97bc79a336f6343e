"""Where programs and their environments are looked for."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """Where to look; a test gives its own."""

    environ: Mapping[str, str]
    home: Path | None
    machine_wide: tuple[Path, ...]
    """Folders in which installers for all users put an installation."""
    windows: bool
    registered: tuple[Path, ...] = ()
    """Installations that Windows' registry names."""


def usual_places() -> Places:
    environ = os.environ
    windows = sys.platform == "win32"
    if windows:
        names = (
            environ.get("ProgramData", r"C:\ProgramData"),
            environ.get("SystemDrive", "C:") + "\\",
        )
        wide = [Path(name) for name in names]
        wide.append(Path(environ.get("SystemDrive", "C:") + "\\") / "tools")
    else:
        wide = [Path("/opt"), Path("/usr/local"), Path("/opt/homebrew/Caskroom")]
    home: Path | None = None
    with contextlib.suppress(RuntimeError):
        home = Path.home()
    registered: tuple[Path, ...] = ()
    if windows:
        from wizard.detection.probes.windows_programs import both_hives, registered_condas

        registered = tuple(Path(root) for root in registered_condas(both_hives()))
    return Places(environ, home, tuple(wide), windows, registered)
