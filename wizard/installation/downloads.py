"""The wizard's own folders for downloads, and clearing away what a killed wizard left of them.

A folder beside the environment is known again by a mark with a random id inside it, which a note
in the user data folder names; whatever only has such a name is somebody else's.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sys
import tempfile
import uuid
from pathlib import Path

from wizard.detection.probes.installed import read_text
from wizard.installation.values import Plan, Step
from wizard.paths import user_data_folder

_PREFIX = ".gpu-setup-wizard-"
_MARK = ".made-by-gpu-setup-wizard"


def make_folder(plan: Plan) -> Path:
    """On the environment's own drive: the system's temporary folder is often too small.

    It is deleted afterwards (`remove_folder`), so it is never one that was there before.

    Raises:
        OSError: there is room for none.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=plan.folder.parent))
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    mark = uuid.uuid4().hex
    # The note first: a folder without one would stay for ever. Where none can be written, it does.
    with contextlib.suppress(OSError):
        _notes().mkdir(parents=True, exist_ok=True)
        (_notes() / mark).write_text(json.dumps(str(folder)), "utf-8")
    (folder / _MARK).write_text(mark, "utf-8")
    return folder


def remove_folder(folder: Path) -> None:
    """Delete one that `make_folder` made."""
    mark = read_text(folder / _MARK, 64)
    shutil.rmtree(of_any_length(folder), ignore_errors=True)
    if not folder.exists() and _is_mark(mark):
        with contextlib.suppress(OSError):
            (_notes() / mark).unlink()


def of_any_length(folder: Path) -> Path:
    """The same folder, named so that Windows takes paths in it of more than 259 characters."""
    if sys.platform != "win32" or str(folder).startswith("\\\\"):
        return folder
    return Path("\\\\?\\" + str(folder.absolute()))


def wheel_folder(prefix: str, argv: tuple[str, ...]) -> Path:
    """Where the wheels of a command for an environment are kept until they are installed.

    One for each command: pip takes the newest of a folder, whichever build it is.
    """
    words = json.dumps([prefix, *argv])
    return _wheels() / hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def drop_wheels(plan: Plan) -> None:
    """Delete the wheels of a plan that is done, or given up."""
    for folder in wheels_of(plan.steps):
        shutil.rmtree(folder, ignore_errors=True)


def wheels_of(steps: tuple[Step, ...]) -> list[Path]:
    """The folders of wheels that steps download into; only such as `wheel_folder` names."""
    folders = [
        Path(step.argv[step.argv.index("--dest") + 1])
        for step in steps
        if step.kind == "download" and "--dest" in step.argv[:-1]
    ]
    return [folder for folder in folders if folder.parent == _wheels()]


def left_folders() -> list[Path]:
    """Those of `make_folder` that earlier runs left, each proved by its mark."""
    noted = ((_noted(note), note.name) for note in _entries(_notes()))
    return [folder for folder, mark in noted if folder is not None and _is_ours(folder, mark)]


def remove_left(plan: Plan | None, but: Path | None = None) -> None:
    """Delete what earlier runs left, GBs each; only while nothing else installs.

    Wheels stay until another plan is carried out: ``plan`` goes on with its own. The folder
    ``but`` stays, too.
    """
    for note in _entries(_notes()):
        folder = _noted(note)
        if folder is None or not folder.exists():
            with contextlib.suppress(OSError):
                note.unlink()
    for folder in left_folders():
        if folder != but:
            remove_folder(folder)
    if plan is None:
        return
    keep = wheels_of(plan.steps)
    for folder in _entries(_wheels()):
        ours = re.fullmatch(r"[0-9a-f]{16}", folder.name) and not folder.is_symlink()
        if ours and folder not in keep and folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path, mark: str) -> bool:
    with contextlib.suppress(OSError):
        return (
            folder.name.startswith(_PREFIX)
            and folder.is_dir()
            and not folder.is_symlink()
            and read_text(folder / _MARK, 64) == mark
        )
    return False


def _noted(note: Path) -> Path | None:
    if not _is_mark(note.name):
        return None
    with contextlib.suppress(ValueError, RecursionError):
        folder: object = json.loads(read_text(note) or "null")
        if isinstance(folder, str) and Path(folder).is_absolute() and "\0" not in folder:
            return Path(folder)
    return None


def _is_mark(text: str) -> bool:
    return len(text) == 32 and text.isalnum() and text.isascii()


def _notes() -> Path:
    return user_data_folder() / "temporary"


def _wheels() -> Path:
    return user_data_folder() / "wheels"


def _entries(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(folder.iterdir())
    return []
