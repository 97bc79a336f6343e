"""What is still to be done for an environment that an installation left unfinished."""

from __future__ import annotations

from dataclasses import replace

from wizard.advice.finding import Finding
from wizard.detection.probes.installed import conda_packages
from wizard.installation import obstacles, refusals
from wizard.installation.condition import read_condition, set_unreadable_records_aside
from wizard.installation.others import undisturbed
from wizard.installation.removal import Removal, look
from wizard.installation.values import Plan, Step


def repair_plan(plan: Plan) -> Plan | Finding | Removal:
    """The plan that finishes ``plan``, from the state that its environment is in now.

    What the plan itself half made cannot be used for anything and has to go first: then that is
    returned, to be asked for, and nothing is touched.
    """
    condition = read_condition(plan)
    if condition.state == "absent":
        if not plan.creates:
            return refusals.environment_missing(plan.name)
        return plan
    if plan.creates and condition.state == "half_made":
        return look(plan) or plan
    if condition.state == "half_made":
        return refusals.environment_missing(plan.name)
    fetching = tuple(step for step in plan.steps if step.kind == "download")
    steps = tuple(step for step in plan.steps if step.kind == "install")
    if condition.state == "whole":
        steps = (*_removals(plan), *steps)
    if condition.state == "damaged":
        with undisturbed(plan) as other:
            if other is not None:
                return obstacles.already_running(other)
            problem = set_unreadable_records_aside(plan)
        if problem is not None:
            return obstacles.no_permission(plan.folder)
        steps = tuple(_from_scratch(step, condition.missing) for step in steps)
    return replace(plan, creates=False, steps=(*fetching, *steps))


def _removals(plan: Plan) -> tuple[Step, ...]:
    """Where a PyTorch is still there that the new one would not replace: pip tells no builds."""
    removals = tuple(step for step in plan.steps if step.kind == "remove")
    names = frozenset(step.argv[-1] for step in removals)
    there = conda_packages(plan.folder, names)
    return tuple(step for step in removals if step.tool == "pip" or step.argv[-1] in there)


def _from_scratch(step: Step, missing: tuple[str, ...]) -> Step:
    """Also the packages that say of themselves that they are there."""
    at = step.argv.index("--yes" if step.tool == "conda" else "install") + 1
    damaged = [name for name in missing if name[0] not in "~-"] if step.tool == "conda" else []
    named = {word.partition("=")[0] for word in step.argv[at:]}
    more = [name for name in damaged if name not in named and name != "torch"]
    argv = (*step.argv[:at], "--force-reinstall", *step.argv[at:], *more)
    return replace(step, argv=argv)
