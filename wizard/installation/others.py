"""Other programs that are installing into the same place right now."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from wizard.installation import journal
from wizard.installation.values import Plan

_INSTALLERS = frozenset({"conda", "mamba", "micromamba"})
_HEAD = 8
"""Words among which a program's name is: Python and its options may stand before it."""
_CHANGING = frozenset({"install", "create", "update", "upgrade", "remove", "uninstall", "clean"})


@dataclass(frozen=True)
class Other:
    """A process that is in the way; ``pid`` is 0 where it is another wizard."""

    pid: int
    command: str


def others_at_work(plan: Plan) -> Other | None:
    """Another wizard that installs, or a conda or pip that changes the same installation."""
    if journal.someone_at_it():
        return Other(0, "gpu-setup-wizard")
    import psutil

    mine = {os.getpid()}
    with contextlib.suppress(psutil.Error):
        mine |= {process.pid for process in psutil.Process().parents()}
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.info["pid"] in mine or not _changes_packages(words):
            continue
        if _concerns(plan, words):
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


def _concerns(plan: Plan, words: list[str]) -> bool:
    """By the folder of the program: one conda locks its own package cache, not that of others."""
    folders = [plan.prefix] if plan.conda is None else [plan.prefix, plan.conda.root]
    return any(
        os.path.normcase(word + os.sep).startswith(os.path.normcase(folder + os.sep))
        for word in words[:_HEAD]
        for folder in folders
        if folder
    )
