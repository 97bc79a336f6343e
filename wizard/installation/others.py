"""Other programs that are installing into the same place right now."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.installation import journal
from wizard.installation.values import Plan

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


def others_at_work(plan: Plan) -> Other | None:
    """Another wizard that installs, or a conda or pip that changes the same installation."""
    if journal.someone_at_it():
        return ANOTHER_WIZARD
    import psutil

    mine = {os.getpid()}
    with contextlib.suppress(psutil.Error):
        mine |= {process.pid for process in psutil.Process().parents()}
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.info["pid"] in mine or not _changes_packages(words):
            continue
        if _concerns(plan, [*words[:_HEAD], *_places(process, words)]):
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
    return any(
        os.path.normcase(place + os.sep).startswith(os.path.normcase(folder + os.sep))
        for place in places
        for folder in folders
        if folder
    )
