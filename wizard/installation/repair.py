"""What is still to be done for an environment that an installation left unfinished."""

from __future__ import annotations

from dataclasses import replace

from wizard.advice.finding import Finding
from wizard.detection.probes.installed import conda_packages
from wizard.installation import refusals
from wizard.installation.condition import (
    drop_unreadable_records,
    read_condition,
    remove_half_made,
)
from wizard.installation.values import Plan, Step


def repair_plan(plan: Plan) -> Plan | Finding:
    """The plan that finishes ``plan``, from the state that its environment is in now.

    What the plan itself half made is deleted first; it could not be used for anything.
    """
    condition = read_condition(plan)
    if condition.state == "absent":
        if not plan.creates:
            return refusals.environment_missing(plan.name)
        return plan
    if plan.creates and condition.state == "half_made":
        problem = remove_half_made(plan)
        return plan if problem is None else refusals.not_removed(plan.prefix, problem)
    if condition.state == "half_made":
        return refusals.environment_missing(plan.name)
    fetching = tuple(step for step in plan.steps if step.kind == "download")
    steps = tuple(step for step in plan.steps if step.kind == "install")
    if condition.state == "whole":
        steps = (*_removals(plan), *steps)
    if condition.state == "damaged":
        problem = drop_unreadable_records(plan)
        if problem is not None:
            return refusals.not_removed(plan.prefix, problem)
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
