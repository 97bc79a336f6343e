"""Whose a folder is: proved by a mark with a random id in it, never guessed from its name.

The mark is written before anything else of an installation, and the journal names its id. It lies
at the top of the folder: tried with conda 4.14, 23.11 and 26.7, ``conda create --yes`` accepts a
folder that holds such a file and leaves it alone, also where it fails or is killed; a file in
``conda-meta`` is refused by the first two ("prefix already exists"). micromamba accepts neither
(``libmamba/src/api/create.cpp``): what it made carries no mark and is never deleted.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import stat
import sys
from pathlib import Path
from typing import Any, cast

from wizard.detection.probes.installed import conda_packages, read_text
from wizard.files import read_bounded
from wizard.installation.names import name_problem
from wizard.installation.values import Plan
from wizard.paths import home_folder, user_data_folder
from wizard.text import _

MARK = ".made-by-gpu-setup-wizard.json"
_ID = re.compile(r"[0-9a-f]{32}")
_MOST_BYTES = 2**16


def new_id() -> str:
    return secrets.token_hex(16)


def is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def can_be_marked(plan: Plan) -> bool:
    """Whether the plan makes a folder, with a program that accepts the mark in it."""
    return plan.creates and (plan.conda is None or plan.conda.tool == "conda")


def holds_anything(folder: Path) -> bool:
    """Whether a folder holds more than a mark; where it cannot be read, nothing is known."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return any(entry.name != MARK for entry in entries)
    return False


def claim(plan: Plan, identity: str) -> bool:
    """Make the folder and mark it; False where it holds something, so is somebody else's.

    Where no mark can be written nothing is proved later, and nothing deleted; whoever installs
    says why it cannot be written there.
    """
    folder = plan.folder
    made = False
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir()
            made = True
        except FileExistsError:
            if holds_anything(folder):
                return False
            if _mark_in(folder) is not None:
                (folder / MARK).unlink()  # of an earlier run that ended before conda's first file
        place = os.path.realpath(folder)
        text = json.dumps({"id": identity, "prefix": plan.prefix, "place": place})
        with (folder / MARK).open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except (OSError, UnicodeError):
        if made:
            _remove_empty(folder)
        return True
    if holds_anything(folder):  # somebody else was faster
        _unmark(folder)
        return False
    return True


def release(plan: Plan, identity: str) -> None:
    """Take the mark out again: what is in the folder is the user's from now on.

    A folder that holds nothing but its mark goes with it.
    """
    if is_id(identity) and is_marked(plan.folder, identity, plan.prefix):
        _unmark(plan.folder)
        _remove_empty(plan.folder)


def release_if_empty(plan: Plan, identity: str) -> None:
    """The same, where an installation ended before anything was made."""
    if not holds_anything(plan.folder):
        release(plan, identity)


def is_marked(folder: Path, identity: str, prefix: str) -> bool:
    """Whether the folder holds the mark with this id, written for that path."""
    mark = _mark_in(folder)
    return mark is not None and mark.get("id") == identity and mark.get("prefix") == prefix


def problem(plan: Plan, identity: str) -> str | None:
    """Why the folder cannot be proved to be the one that this plan made; None where it is."""
    folder = plan.folder
    named = folder.name == plan.name and not name_problem(
        plan.name, windows=sys.platform == "win32"
    )
    if not plan.creates or not named or not os.path.lexists(folder):
        return _not_proved()
    if not _is_plain(folder, plan.prefix):
        return _through_a_link()
    if (folder / "condabin").exists():
        return _("This folder is an installation of conda.")
    kept = _would_go_with(folder, plan)
    if kept is not None:
        return _("It contains {folder}.").format(folder=kept)
    if not is_id(identity) or not is_marked(folder, identity, plan.prefix):
        return _not_proved()
    if plan.conda is not None and _was_completed_without_python(folder):
        return _not_proved()
    mark = _mark_in(folder) or {}
    if os.path.realpath(folder) != mark.get("place"):
        return _through_a_link()
    return _("It is on another drive.") if os.path.ismount(folder) else None


def _was_completed_without_python(folder: Path) -> bool:
    """Whether conda made what no plan of the wizard does, such as an environment for R.

    It leaves a mark that it finds in an empty folder where it is, whoever called it; it writes its
    history last.
    """
    history = read_text(folder / "conda-meta" / "history", 4096)
    return bool(history.strip()) and not conda_packages(folder, frozenset({"python"}))


def _not_proved() -> str:
    return _("The wizard can't prove that it created this folder.")


def _through_a_link() -> str:
    return _("The path leads through a link to another folder.")


def _would_go_with(folder: Path, plan: Plan) -> Path | None:
    """What no installation puts into a folder of its own: the home, conda, this program."""
    kept = [home_folder(), user_data_folder(), Path(sys.prefix), Path(sys.executable)]
    with contextlib.suppress(OSError):
        kept.append(Path.cwd())
    if plan.conda is not None and plan.conda.root:  # a damaged note may name none
        kept.append(Path(plan.conda.root))
    place = Path(os.path.realpath(folder))
    for each in kept:
        real = Path(os.path.realpath(each))
        if place == real or place in real.parents:
            return each
    return None


def _is_plain(folder: Path, prefix: str) -> bool:
    """A whole path without detours, of a folder that is no link, nor a junction of Windows."""
    if not folder.is_absolute() or ".." in folder.parts or os.path.normpath(folder) != prefix:
        return False
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and not is_detour(found)


def is_detour(found: os.stat_result) -> bool:
    """Whether Windows leads to another place from there: a junction, which is a folder to it."""
    attributes = getattr(found, "st_file_attributes", 0)
    return bool(attributes & getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0))


def _mark_in(folder: Path) -> dict[str, Any] | None:
    """What a mark says; None where there is none that can be read."""
    path = folder / MARK
    try:
        if path.is_symlink():
            return None
        data: object = json.loads(read_bounded(path, _MOST_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", data) if isinstance(data, dict) else None


def _unmark(folder: Path) -> None:
    with contextlib.suppress(OSError):
        (folder / MARK).unlink()


def _remove_empty(folder: Path) -> None:
    """A folder that is not empty stays: that is what the system itself sees to."""
    with contextlib.suppress(OSError):
        if not folder.is_symlink():
            folder.rmdir()
