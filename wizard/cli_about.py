"""What a call is about: this computer or a described one, and which environment of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli_parser import FAILED, CallError
from wizard.text import _
from wizard.the_course import COURSE_ENVIRONMENT

if TYPE_CHECKING:
    from wizard.detection.machine import Environment, Machine


def machine_of(options: argparse.Namespace) -> Machine:
    """The machine that the call is about."""
    return described(options) or this_computer()


def described(options: argparse.Namespace) -> Machine | None:
    """The machine of ``--machine FILE``; None where the call is about this computer."""
    name: str | None = getattr(options, "machine", None)
    if name is None:
        return None
    from wizard.detection.description import load_machine
    from wizard.detection.machine import MachineError

    try:
        return load_machine(Path(name))
    except MachineError as error:
        raise CallError(str(error)) from None


def this_computer() -> Machine:
    """What this computer is; see `wizard.detection.survey`."""
    from wizard.detection.survey import survey

    return survey()


def environment_of(options: argparse.Namespace, machine: Machine) -> Environment:
    """The environment to run in: what was asked for, the course's, or the wizard's own Python.

    Raises:
        CallError: there is none of that name or place, or it has no Python.
    """
    if options.python is not None:
        env = _pointed_to(Path(options.python))
    elif options.env is not None:
        env = machine.environment(options.env)
        if env is None:
            names = ", ".join(each.name for each in machine.environments) or _("none")
            raise CallError(
                _("There is no environment {name}. There are: {names}").format(
                    name=options.env, names=names
                )
            )
    else:
        from wizard.detection.probes.python import probe_python

        env = machine.environment(COURSE_ENVIRONMENT) or probe_python().environment
    if env is None or env.executable is None:
        name = env.name if env else COURSE_ENVIRONMENT
        raise CallError(_("The environment {name} has no Python.").format(name=name), FAILED)
    return env


def _pointed_to(path: Path) -> Environment:
    from wizard.detection.machine import Problem
    from wizard.detection.probes.python import inspect_python

    env = inspect_python(path)
    if isinstance(env, Problem):
        from wizard.text.facts import python_problem

        raise CallError(f"{path}: {python_problem(env.code)}", FAILED)
    return env
