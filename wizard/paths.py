"""Where the program's own data lies, and where it may write."""

from __future__ import annotations

import os
from pathlib import Path

APP_NAME = "gpu-setup-wizard"


def resource_folder(name: str) -> Path:
    """A folder of ``resources``: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent
    inside = package / "resources" / name
    return inside if inside.is_dir() else package.parent / "resources" / name


def user_data_folder() -> Path:
    """Where settings, progress and logs are kept; not created here."""
    # Imported late: the command line's answers need no folder.
    from platformdirs import user_data_path

    try:
        return user_data_path(APP_NAME, appauthor=False)
    except RuntimeError:  # the user has no home, as in a container
        return NOWHERE / APP_NAME


def home_folder() -> Path:
    """The user's, or `NOWHERE`."""
    try:
        return Path.home()
    except RuntimeError:
        return NOWHERE


NOWHERE = Path(os.devnull)
"""Nothing is found in it and nothing can be made in it, and whoever tries says so."""
