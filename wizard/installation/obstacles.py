"""What the preflight finds, each with the next step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.advice.command import spell
from wizard.advice.finding import Finding
from wizard.detection.probes.installed import interpreter
from wizard.installation.ownership import holds_anything
from wizard.installation.values import Forecast, Need, Plan
from wizard.text import _, ngettext
from wizard.text.installation import place_text, size

if TYPE_CHECKING:
    from wizard.installation.others import Other
    from wizard.installation.reach import Answer

_CONDA_ENVIRONMENTS = (
    "https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html"
)
_CONDA_SETTINGS = (
    "https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/settings.html"
)
_CONDA_CLEAN = "https://docs.conda.io/projects/conda/en/stable/commands/clean.html"
_FROZEN = (
    "https://docs.conda.io/projects/conda/en/stable/dev-guide/deep-dives/frozen-environments.html"
)
_LONG_PATHS = "https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation"


def standing_in_the_way(plan: Plan) -> Finding | None:
    """Why the plan must not be carried out as the folders are now; asked again before each step."""
    prefix = plan.folder
    conda = plan.conda
    if (conda is not None and prefix == Path(conda.root)) or (prefix / "condabin").is_dir():
        return base_is_left_alone(plan)
    if plan.creates:
        return environment_exists(plan) if _in_the_way(prefix) else None
    if (prefix / "conda-meta" / "frozen").exists():
        return frozen(plan)
    is_environment = (prefix / "conda-meta" / "history").is_file() or (
        (prefix / "pyvenv.cfg").is_file()
    )
    if not is_environment or interpreter(prefix) is None:
        return environment_missing(plan)
    return None


def _in_the_way(folder: Path) -> bool:
    """Anything but a folder that is empty, or holds no more than the wizard's own mark."""
    if os.path.lexists(folder) and not folder.is_dir():
        return True
    return holds_anything(folder)


def name_not_allowed(problem: str) -> Finding:
    return Finding(
        "environment_name",
        _("An environment cannot have this name"),
        problem,
        _("Choose another name, such as llm_50gun."),
        (),
        _CONDA_ENVIRONMENTS,
    )


def base_is_left_alone(plan: Plan) -> Finding:
    return Finding(
        "base_environment",
        _("This is conda's own environment"),
        _("conda itself runs from {folder}; a change there can break it.").format(
            folder=plan.prefix
        ),
        _("Choose another environment, or let the wizard make one."),
        (),
        _CONDA_ENVIRONMENTS,
    )


def environment_exists(plan: Plan) -> Finding:
    """Recorded of conda 26.8: ``create --yes`` over an environment empties it without a word."""
    return Finding(
        "environment_exists",
        _("There is already something in the folder of {name}").format(name=plan.name),
        _(
            "{folder} is not empty. Making an environment there would delete what is in it, so the "
            "wizard does not."
        ).format(folder=plan.prefix),
        _("Scan again: if it is an environment, it will be used as it is. Else choose a new name."),
        (),
        _CONDA_ENVIRONMENTS,
    )


def environment_missing(plan: Plan) -> Finding:
    return Finding(
        "no_such_environment",
        _("There is no environment {name}").format(name=plan.name),
        _("{folder} is not an environment with a Python in it (any more).").format(
            folder=plan.prefix
        ),
        _("Scan again, or choose another environment."),
        (),
        _CONDA_ENVIRONMENTS,
    )


def frozen(plan: Plan) -> Finding:
    return Finding(
        "environment_frozen",
        _("This environment is protected against changes"),
        _("Whoever made {name} marked it as frozen.").format(name=plan.name),
        _("Choose another environment, or let the wizard make one."),
        (),
        _FROZEN,
    )


def already_running(other: Other) -> Finding:
    why = _("Another window of this wizard is installing.")
    if other.pid:
        why = _("Process {pid}: {command}").format(pid=other.pid, command=other.command)
    return Finding(
        "already_running",
        _("Another installation is running"),
        why,
        _("Wait until it has ended, or close the terminal it runs in; then check again."),
    )


def no_permission(folder: Path) -> Finding:
    return Finding(
        "no_permission",
        _("The folder cannot be written to"),
        _("{folder} belongs to another user or is protected.").format(folder=folder),
        _(
            "Let the wizard make an environment of your own, or install Miniforge just for you. "
            "Do not run it as administrator."
        ),
        (),
        _CONDA_ENVIRONMENTS,
    )


def no_journal(folder: Path) -> Finding:
    return Finding(
        "no_journal",
        _("The wizard cannot note how far the installation has come"),
        _("Its own folder {folder} cannot be written to.").format(folder=folder),
        _(
            "You can install all the same: keep the computer on until the end. After a crash, the "
            "wizard would not know of what was half made."
        ),
    )


def long_path(prefix: str, longest: int) -> Finding:
    return Finding(
        "long_path",
        _("The folder's path is too long for Windows"),
        ngettext(
            "{folder} has {count} character.", "{folder} has {count} characters.", len(prefix)
        ).format(folder=prefix, count=len(prefix))
        + " "
        + _("Windows takes 259 for a whole path, and PyTorch's own files need the rest."),
        _(
            "Use a folder whose path has at most {count} characters, or ask for long paths to be "
            "turned on in Windows."
        ).format(count=longest),
        (),
        _LONG_PATHS,
    )


def in_onedrive(prefix: str) -> Finding:
    return Finding(
        "onedrive",
        _("The folder is in OneDrive"),
        _("OneDrive copies {folder} to the internet and may lock files meanwhile.").format(
            folder=prefix
        ),
        _("It can work; if a file is in use, pause OneDrive and repair."),
    )


def not_ascii(prefix: str) -> Finding:
    return Finding(
        "non_ascii_user",
        _("The path has letters that some programs cannot read"),
        _("{folder}: PyTorch works there, some other packages do not.").format(folder=prefix),
        _("It can work; if something cannot be found later, use a folder such as C:\\envs."),
        (),
        _CONDA_ENVIRONMENTS,
    )


def not_reached(answer: Answer) -> Finding:
    why = _("{host}: {detail}").format(host=answer.host, detail=answer.detail)
    fix = _(
        "Look whether a web page opens on this computer. In a company or school, ask for the "
        "proxy's address."
    )
    if answer.proxy:
        why = _("{host} through the proxy {proxy}: {detail}").format(
            host=answer.host, proxy=answer.proxy, detail=answer.detail
        )
    if answer.proxy_place is not None:
        place = place_text(answer.proxy_place.file, answer.proxy_place.line)
        why += " " + _("The proxy is set in conda's settings: {place}.").format(place=place)
        fix = _("Correct or delete the proxy setting, then check again.")
    return Finding("offline", _("The server does not answer"), why, fix, (), _CONDA_SETTINGS)


def other_place(plan: Plan, prefix: str) -> Finding:
    return Finding(
        "no_such_environment",
        _("conda means another folder"),
        _("By this name conda would change {theirs}, not {ours}.").format(
            theirs=prefix, ours=plan.prefix
        ),
        _("Give one of the two environments another name, or choose the other one."),
        (),
        _CONDA_ENVIRONMENTS,
    )


def would_change(forecast: Forecast) -> Finding:
    names = [change.name for change in forecast.changes]
    removed = [change.name for change in forecast.changes if change.after is None]
    why = _("Other versions are needed for {packages}.").format(packages=", ".join(names[:6]))
    if removed:
        why += " " + _("These would be removed: {packages}.").format(
            packages=", ".join(removed[:6])
        )
    return Finding(
        "packages_change",
        _("Packages that are there would change"),
        why,
        _("If you need them as they are, let the wizard make a new environment instead."),
        (),
        _CONDA_ENVIRONMENTS,
    )


def no_room(need: Need) -> Finding:
    return Finding(
        "disk_full",
        _("There is not enough room on the disk"),
        _("On the drive of {folder}, {free} are free and about {needed} are needed.").format(
            folder=need.folder, free=size(need.free or 0), needed=size(need.bytes)
        ),
        _("Free some room; packages that conda keeps from earlier can go."),
        (spell(("conda", "clean", "--all", "--yes")),),
        _CONDA_CLEAN,
    )


def little_room(need: Need) -> Finding:
    return Finding(
        "disk_full",
        _("It will be tight on the disk"),
        no_room(need).why,
        _("Free some more room if you can."),
        (spell(("conda", "clean", "--all", "--yes")),),
        _CONDA_CLEAN,
    )
