"""Deleting what was half made: looked at, asked for, looked at again, moved aside, deleted.

Nothing goes that the wizard cannot prove it made (`ownership`), that is in order, that holds files
which no installer puts there, or while anything else installs.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wizard.advice.finding import Finding
from wizard.installation import journal, obstacles, ownership, refusals
from wizard.installation.condition import read_condition
from wizard.installation.others import undisturbed
from wizard.installation.values import Plan
from wizard.paths import home_folder

_ASIDE = ".deleted-by-gpu-setup-wizard-"
_TRIES = 3
_ANYWHERE = ("conda-meta", "etc", "include", "share", "pyvenv.cfg", ".gitignore")
_NOTES = (".messages.txt", ".nonadmin", ownership.MARK)
_ON_WINDOWS = ("DLLs", "Lib", "Library", "libs", "Menu", "Scripts", "Tools")
_ELSEWHERE = ("bin", "lib", "lib64", "libexec", "man", "sbin", "ssl", "var")
_TOP = frozenset((*_ANYWHERE, *_NOTES, *(_ON_WINDOWS if sys.platform == "win32" else _ELSEWHERE)))
"""What conda and venv have at the top of an environment, besides what single packages have."""


@dataclass(frozen=True)
class Removal:
    """What would go; nothing has been touched."""

    plan: Plan
    files: int
    bytes: int
    identity: str
    """Of the mark in the folder."""
    node: tuple[int, int]
    """The folder itself, as the system numbers it: drive and number."""


def look(plan: Plan) -> Removal | Finding | None:
    """What deleting the plan's folder would take away, or why it stays; None: nothing is there."""
    with undisturbed(plan) as other:
        return obstacles.already_running(other) if other is not None else _look(plan)


def remove(agreed: Removal) -> Finding | None:
    """Delete what was agreed to, and nothing else; returns why it stayed.

    Everything is read again: hours may lie between the question and the answer.
    """
    plan = agreed.plan
    with undisturbed(plan) as other:
        if other is not None:
            return obstacles.already_running(other)
        found = _look(plan)
        if found is None or isinstance(found, Finding):
            return found
        if found != agreed:
            return refusals.changed_meanwhile(plan.prefix)
        sweep(plan)
        aside = plan.folder.with_name(_ASIDE + found.identity)
        try:
            plan.folder.rename(aside)
        except OSError as error:
            return refusals.not_removed(plan.prefix, error.strerror or str(error))
        if not _is_what_was_seen(aside, found):
            with contextlib.suppress(OSError):
                aside.rename(plan.folder)
            return refusals.changed_meanwhile(plan.prefix)
        problem = _delete(aside)
        return None if problem is None else refusals.not_removed(str(aside), problem)


def sweep(plan: Plan) -> None:
    """Delete what an earlier removal moved aside and could not finish.

    Its name and the mark in it carry the same id: only a removal leaves that.
    """
    for folder in plan.folder.parent.glob(_ASIDE + "*"):
        identity = folder.name.removeprefix(_ASIDE)
        if ownership.is_id(identity) and not folder.is_symlink() and folder.is_dir():
            prefix = str(folder.with_name(plan.name))
            if ownership.is_marked(folder, identity, prefix):
                _delete(folder)


def _look(plan: Plan) -> Removal | Finding | None:
    identity = journal.mark_of(plan)
    if not os.path.lexists(plan.folder):
        return None
    problem = ownership.problem(plan, identity)
    if problem is not None:
        return refusals.not_ours(plan.prefix, problem)
    condition = read_condition(plan)
    if condition.state == "absent":
        ownership.release(plan, identity)
        return None
    if condition.state not in ("half_made", "damaged"):
        return refusals.not_half_made(plan, condition)
    try:
        node = plan.folder.lstat()
        strange = _strange(plan)
        if strange:
            return refusals.holds_other_files(plan.prefix, strange)
        files, size = _contents(plan.folder, node.st_dev)
    except OSError as error:
        return refusals.not_ours(plan.prefix, f"{error.filename}: {error.strerror}")
    return Removal(plan, files, size, identity, (node.st_dev, node.st_ino))


def _strange(plan: Plan) -> list[str]:
    """Names at the top that neither conda nor venv nor a package of conda's caches has there."""
    unknown = sorted(entry.name for entry in os.scandir(plan.folder) if entry.name not in _TOP)
    caches = _caches(plan) if unknown else []
    return [name for name in unknown if not any(_in_a_package(name, cache) for cache in caches)]


def _caches(plan: Plan) -> list[Path]:
    """Where conda keeps unpacked packages, of which it links what it installs."""
    named = os.environ.get("CONDA_PKGS_DIRS", "").split(os.pathsep)
    found = [Path(each) for each in named if each]
    if plan.conda is not None and plan.conda.root:
        found.append(Path(plan.conda.root) / "pkgs")
    return [*found, home_folder() / ".conda" / "pkgs"]


def _in_a_package(name: str, cache: Path) -> bool:
    with contextlib.suppress(OSError), os.scandir(cache) as packages:
        return any(os.path.lexists(f"{each.path}{os.sep}{name}") for each in packages)
    return False


def _contents(folder: Path, drive: int) -> tuple[int, int]:
    """Files and bytes; links count as files and are not followed.

    Raises:
        OSError: a part cannot be read, or lies on another drive.
    """
    files = size = 0
    waiting: list[str] = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                found = entry.stat(follow_symlinks=False)
                if not _is_folder(entry):
                    files, size = files + 1, size + found.st_size
                    continue
                # Windows tells no drive here.
                if found.st_dev not in (0, drive):
                    raise OSError(0, refusals.other_drive(), entry.path)
                waiting.append(entry.path)
    return files, size


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A folder itself, no link to one, nor a junction of Windows."""
    return entry.is_dir(follow_symlinks=False) and not ownership.is_detour(
        entry.stat(follow_symlinks=False)
    )


def _is_what_was_seen(aside: Path, found: Removal) -> bool:
    with contextlib.suppress(OSError):
        now = aside.lstat()
        marked = ownership.is_marked(aside, found.identity, found.plan.prefix)
        return marked and (now.st_dev, now.st_ino) == found.node
    return False


def _delete(aside: Path) -> str | None:
    """The mark goes last: what is left of an interrupted deletion is still known by it."""
    problem: str | None = None
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(0.5)  # a scanner or an ended process may hold a file for a moment
        problem = _delete_once(aside)
        if problem is None:
            return None
    return problem


def _delete_once(aside: Path) -> str | None:
    try:
        aside.chmod(stat.S_IRWXU)
        for entry in list(os.scandir(aside)):
            if entry.name == ownership.MARK:
                continue
            if _is_folder(entry):
                problem = _remove_tree(Path(entry.path))
                if problem is not None:
                    return problem
            else:
                _unlink(Path(entry.path))
        (aside / ownership.MARK).unlink(missing_ok=True)
        aside.rmdir()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    return None


def _unlink(path: Path) -> None:
    if sys.platform == "win32" and not path.is_symlink():
        path.chmod(stat.S_IRWXU)  # a read-only file cannot be deleted there
    path.unlink()


def _remove_tree(folder: Path) -> str | None:
    first: list[str] = []

    def again(function: Callable[[str], object], path: str, error: object) -> None:
        """A read-only file stops Windows from deleting it, a read-only folder every system.

        Elsewhere a file's own mode stays: conda's cache has the same file under another name.
        """
        failed = Path(path)
        with contextlib.suppress(OSError):
            if folder in failed.parents:
                failed.parent.chmod(stat.S_IRWXU)
            if not failed.is_symlink() and (sys.platform == "win32" or failed.is_dir()):
                failed.chmod(stat.S_IRWXU)
            function(path)
            return
        first.append(f"{path}: {error}")

    if sys.version_info >= (3, 12):
        shutil.rmtree(folder, onexc=again)
    else:
        shutil.rmtree(folder, onerror=lambda f, path, info: again(f, path, info[1]))
    return first[0] if first else None
