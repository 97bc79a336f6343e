"""The folder into which pip downloads, beside the environment; what a killed wizard left of it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from wizard.installation.values import Plan

_PREFIX = ".gpu-setup-wizard-"


def make_folder(plan: Plan) -> Path:
    """On the environment's own drive: the system's temporary folder is often too small.

    It is deleted afterwards, so it is never one that was there before.

    Raises:
        OSError: there is room for none.
    """
    with contextlib.suppress(OSError):
        return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=plan.folder.parent))
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


def remove_left(plan: Plan) -> None:
    """Delete those of earlier runs, GBs each; only while nothing else installs."""
    for folder in plan.folder.parent.glob(_PREFIX + "*"):
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
