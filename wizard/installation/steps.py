"""The order of a plan's steps: what works is taken out only when its replacement is on the disk."""

from __future__ import annotations

from dataclasses import replace

from wizard.installation import downloads
from wizard.installation.values import Step
from wizard.text import _

_INDEX = ("--index-url", "--extra-index-url", "-i")


def fetched_first(steps: tuple[Step, ...], prefix: str) -> tuple[Step, ...]:
    """The same steps; where one takes a PyTorch out, what replaces it is downloaded before.

    conda finds it in its package cache then, pip in a folder of the wizard's own, without asking
    any server.
    """
    first = next((at for at, step in enumerate(steps) if _takes_out(step)), None)
    if first is None or any(step.kind == "download" for step in steps):
        return steps
    made: list[Step] = []
    fetching: list[Step] = []
    for step in steps[first:]:
        if step.kind != "install":
            made.append(step)
        elif step.tool == "conda":
            fetching.append(_conda_fetch(step))
            made.append(step)
        else:
            folder = str(downloads.wheel_folder(prefix, step.argv))
            fetching.append(_pip_fetch(step, folder))
            made.append(_from_folder(step, folder))
    return (*steps[:first], *fetching, *made)


def _takes_out(step: Step) -> bool:
    return step.kind == "remove" and not is_of_no_files(step)


def is_of_no_files(step: Step) -> bool:
    """Whether a step removes only a package that holds nothing but a wish, as ``pytorch-cpu`` does.

    ``conda remove --force`` takes out what is named and leaves what needs it.
    """
    return step.kind == "remove" and step.tool == "conda" and "--force" in step.argv


def _conda_fetch(step: Step) -> Step:
    at = step.argv.index("--yes") + 1
    argv = (*step.argv[:at], "--download-only", *step.argv[at:])
    return Step("download", "conda", argv, _title())


def _pip_fetch(step: Step, folder: str) -> Step:
    at = step.argv.index("install")
    argv = (*step.argv[:at], "download", "--dest", folder, *step.argv[at + 1 :])
    return Step("download", "pip", argv, _title())


def _title() -> str:
    return _("Download the new PyTorch first")


def _from_folder(step: Step, folder: str) -> Step:
    at = step.argv.index("install") + 1
    words: list[str] = []
    rest = iter(step.argv[at:])
    for word in rest:
        if word in _INDEX:
            next(rest, None)
        else:
            words.append(word)
    argv = (*step.argv[:at], "--no-index", "--find-links", folder, *words)
    return replace(step, argv=argv)


def pip_question(steps: tuple[Step, ...]) -> tuple[Step, tuple[str, ...]] | None:
    """Which step asks a server for wheels, and with which words after ``install``."""
    for step in steps:
        if step.tool == "pip" and step.kind == "download":
            at = step.argv.index("--dest") + 2
            return step, step.argv[at:]
        if step.tool == "pip" and step.kind == "install":
            return step, step.argv[step.argv.index("install") + 1 :]
    return None
