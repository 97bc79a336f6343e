"""From a recommendation to the very commands that *Install it for me* runs."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path, PurePath

from wizard.advice import environment
from wizard.advice.command import can_be_spelled
from wizard.advice.finding import Finding
from wizard.advice.recommend import recommend
from wizard.advice.recommendation import Command, Recommendation
from wizard.detection.machine import Conda, Environment, Machine
from wizard.detection.probes.installed import interpreter
from wizard.installation import refusals
from wizard.installation.steps import fetched_first
from wizard.installation.values import Plan, Step, StepKind, Tool
from wizard.paths import user_data_folder
from wizard.text import _
from wizard.the_course import COURSE_ENVIRONMENT

_KINDS: dict[str, StepKind] = {"create": "make", "install": "install", "remove": "remove"}


def make_plan(
    machine: Machine, recommendation: Recommendation, command: Command | None = None
) -> Plan | Finding:
    """The plan for one of a recommendation's commands (None: its primary), or why there is none.

    What is run differs from what is typed by hand only so far: programs are named by their whole
    path, conda does not ask back, pip is called by the environment's own Python instead of
    activating it first, and what replaces a PyTorch is downloaded before that is taken out.
    """
    command = command or recommendation.primary
    steps = _commands(machine, recommendation, command)
    name = recommendation.environment.name
    creates = recommendation.environment.action == "create"
    if creates:
        conda, prefix = machine.conda, ""
        if conda is not None:
            prefix = str(_pure(machine, conda.root) / "envs" / name)
    else:
        found = environment.find(machine, name)
        if found is None or not found.prefix:
            return refusals.environment_missing(name)
        if found.kind != "conda":
            return _pip_plan(found, steps)
        prefix, conda = found.prefix, owner(machine, found.prefix)
    runner = _runner(machine, conda)
    if conda is None or runner is None:
        return refusals.conda_not_found(machine)
    python = str(_interpreter(machine, prefix))
    made = tuple(_step(step, runner, python) for step in steps if step.argv[1] != "activate")
    return Plan(command.route, name, prefix, creates, fetched_first(made, prefix), conda)


def private_plan(
    machine: Machine, python: Environment, folder: Path | None = None
) -> Plan | Finding:
    """A virtual environment of the wizard's own, made with ``python``: the way without conda.

    ``folder`` is where it goes; None means in the user data folder, under the course's name.
    """
    folder = folder or private_folder()
    here = replace(
        python,
        name=folder.name,
        prefix=str(folder),
        torch=None,
        kind="venv",
        executable=str(_venv_interpreter(folder)),
    )
    there = next((env for env in machine.environments if env.prefix == here.prefix), None)
    if there is not None:
        here = replace(there, executable=there.executable or here.executable)
    others = tuple(env for env in machine.environments if env.prefix != here.prefix)
    advised = recommend(replace(machine, environments=(*others, here)), here.prefix)
    if advised.primary.argv[0] != here.executable or python.executable is None:
        return refusals.python_unsupported(python)
    plan = _pip_plan(here, advised.steps)
    if there is not None:
        return plan
    making = Step(
        "make",
        "venv",
        (python.executable, "-m", "venv", str(folder)),
        _("Make a private environment with Python {version}").format(version=python.python or "3"),
    )
    return replace(plan, creates=True, steps=(making, *plan.steps))


def private_folder() -> Path:
    """Where the private virtual environment is made."""
    return user_data_folder() / COURSE_ENVIRONMENT


def interpreter_of(plan: Plan) -> Path | None:
    """The environment's own Python, where it is there."""
    return interpreter(plan.folder)


def _commands(
    machine: Machine, recommendation: Recommendation, command: Command
) -> tuple[Command, ...]:
    if command == recommendation.primary:
        return recommendation.steps
    making = tuple(step for step in recommendation.steps if step.argv[1] == "create")
    return (*making, *environment.cleaning_before(machine, recommendation, command), command)


def _pip_plan(env: Environment, steps: tuple[Command, ...]) -> Plan:
    made = tuple(_step(step, (), env.executable or "") for step in steps)
    return Plan("pip", env.name, env.prefix, False, fetched_first(made, env.prefix), None)


def _step(command: Command, runner: tuple[str, ...], python: str) -> Step:
    argv = command.argv
    pip = next((at for at, word in enumerate(argv) if word == "-m"), None)
    if pip is not None and argv[pip + 1] == "pip":
        kind: StepKind = "remove" if "uninstall" in argv else "install"
        return Step(kind, "pip", (python, *argv[pip:]), command.title)
    tool: Tool = "conda"
    return Step(_KINDS[argv[1]], tool, (*runner, argv[1], "--yes", *argv[2:]), command.title)


def owner(machine: Machine, prefix: str) -> Conda | None:
    """The installation whose folder an environment lies in; else the one that is in use."""
    place = _pure(machine, prefix)
    installations = machine.conda_installations or tuple(filter(None, (machine.conda,)))
    owners = [
        conda
        for conda in installations
        if conda.root and _pure(machine, conda.root) in (place, *place.parents)
    ]
    return next(iter(owners), machine.conda)


def _runner(machine: Machine, conda: Conda | None) -> tuple[str, ...] | None:
    """How conda is called. Never by a .bat: Windows would hand its words to a shell.

    None also where it could not be shown before it runs: a folder's name may have a line break.
    """
    if conda is None or not conda.executable:
        return None
    if not can_be_spelled((conda.executable, conda.root)):
        return None
    program = _pure(machine, conda.executable)
    if program.suffix.lower() == ".bat":
        return (str(_pure(machine, conda.root) / "python.exe"), "-m", "conda")
    if program.stem.lower() == "micromamba":
        return (conda.executable, "--root-prefix", conda.root)
    return (conda.executable,)


def _interpreter(machine: Machine, prefix: str) -> PurePath:
    place = _pure(machine, prefix)
    return place / "python.exe" if machine.os.system == "windows" else place / "bin" / "python"


def _venv_interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _pure(machine: Machine, path: str) -> PurePath:
    """A path of the machine's own kind, also where that machine is described in a file."""
    from pathlib import PurePosixPath, PureWindowsPath

    return PureWindowsPath(path) if machine.os.system == "windows" else PurePosixPath(path)
