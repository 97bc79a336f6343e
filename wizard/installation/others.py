"""Other programs that are installing into the same place right now."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.installation import journal
from wizard.installation.one_at_a_time import only_one
from wizard.installation.values import Plan
from wizard.paths import home_folder

if TYPE_CHECKING:
    import psutil

_INSTALLERS = frozenset({"conda", "mamba", "micromamba"})
_HEAD = 8
"""Words among which a program's name is: Python and its options may stand before it."""
_CHANGING = frozenset({"install", "create", "update", "upgrade", "remove", "uninstall", "clean"})


@dataclass(frozen=True)
class Other:
    """A process that is in the way; ``pid`` is 0 where it is another wizard."""

    pid: int
    command: str


ANOTHER_WIZARD = Other(0, "gpu-setup-wizard")


@contextlib.contextmanager
def undisturbed(plan: Plan) -> Iterator[Other | None]:
    """For what deletes: who is in the way, or None; then no wizard begins until the end of this."""
    with only_one() as alone:
        yield others_at_work(plan, anywhere=True) if alone else ANOTHER_WIZARD


def others_at_work(plan: Plan, *, anywhere: bool = False) -> Other | None:
    """Another wizard that installs, or a conda or pip that changes the same installation.

    ``anywhere``: also any other of this user's, since a name and its settings may send it to the
    same folder, one whose words name that, and whatever runs from there.
    """
    if journal.someone_at_it():
        return ANOTHER_WIZARD
    import psutil

    mine = {os.getpid()}
    with contextlib.suppress(psutil.Error):
        mine |= {process.pid for process in psutil.Process().parents()}
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.info["pid"] in mine or not words:
            continue
        in_the_way = _changes_packages(words) and (
            _concerns(plan, [*words[:_HEAD], *_places(process, words)])
            or (anywhere and _may_come_here(plan, process, words))
        )
        if in_the_way or (anywhere and _runs_from(plan, process)):
            return Other(process.info["pid"], " ".join(words)[:200])
    return None


def _changes_packages(words: list[str]) -> bool:
    """Whether a command line is that of a package manager that installs or removes."""
    for place, word in enumerate(words[:_HEAD]):
        name = Path(word).name.lower().removesuffix(".exe").removesuffix("-script.py")
        is_pip = name == "pip" or name.startswith("pip3")
        if name in _INSTALLERS or is_pip:
            return any(each in _CHANGING for each in words[place + 1 : place + 6])
    return False


def _may_come_here(plan: Plan, process: psutil.Process, words: list[str]) -> bool:
    return _is_of_this_home(process) or _names_folder(plan, process, words)


def _is_of_this_home(process: psutil.Process) -> bool:
    """Whether it has the same user's settings: a conda's own may send it to any folder.

    A server has the condas of a whole class; theirs have another home, or do not tell.
    """
    import psutil

    mine = os.path.realpath(home_folder())
    with contextlib.suppress(psutil.Error):
        theirs = process.environ()
        homes = [theirs[name] for name in ("HOME", "USERPROFILE") if theirs.get(name)]
        return not homes or any(os.path.realpath(home) == mine for home in homes)
    return False


def _names_folder(plan: Plan, process: psutil.Process, words: list[str]) -> bool:
    """Whether one of its words is the plan's folder, or a path in it."""
    import psutil

    here = ""
    with contextlib.suppress(psutil.Error):
        here = process.cwd()
    paths = [word.rpartition("=")[2] for word in words]
    places = [os.path.realpath(Path(here) / path) for path in paths if path]
    return _lies_in(places, [os.path.realpath(plan.prefix)])


def _runs_from(plan: Plan, process: psutil.Process) -> bool:
    """Whether its program lies in the plan's folder, as a notebook's Python does."""
    import psutil

    with contextlib.suppress(psutil.Error):
        words = process.info["cmdline"] or []
        return _lies_in([process.exe(), *words[:1]], [plan.prefix, os.path.realpath(plan.prefix)])
    return False


def _places(process: psutil.Process, words: list[str]) -> list[str]:
    """Of a program that was called by its bare name, as in an activated environment."""
    import psutil

    found: list[str | None] = []
    if Path(words[0]).name == words[0]:
        with contextlib.suppress(psutil.Error):
            found.append(process.exe())
        with contextlib.suppress(psutil.Error):
            # The program of a virtual environment is a link to another.
            found.append(process.environ().get("VIRTUAL_ENV"))
    return [place for place in found if place]


def _concerns(plan: Plan, places: list[str]) -> bool:
    """By the folder of the program: one conda locks its own package cache, not that of others."""
    folders = [plan.prefix]
    if plan.conda is not None:
        folders += [plan.conda.root, plan.conda.executable or ""]
    folders += [os.path.realpath(folder) for folder in folders if folder]
    return _lies_in(places, folders)


def _lies_in(places: list[str], folders: list[str]) -> bool:
    return any(
        os.path.normcase(place + os.sep).startswith(os.path.normcase(folder + os.sep))
        for place in places
        for folder in folders
        if folder
    )
