"""Which way an installation goes: into conda's environment, or without conda into a private one."""

from __future__ import annotations

from wizard.advice import environment
from wizard.advice.finding import Finding
from wizard.advice.recommendation import Command, Recommendation
from wizard.detection.machine import Machine
from wizard.installation import refusals
from wizard.installation.plan import make_plan, private_plan
from wizard.installation.values import Plan


def way_to_install(
    machine: Machine, advised: Recommendation, command: Command | None = None
) -> Plan | Finding:
    """The plan for a recommendation; where there is no conda, for a private environment."""
    plan = make_plan(machine, advised, command)
    if isinstance(plan, Plan) or plan.code != "conda_not_found" or machine.conda is not None:
        return plan
    return way_without_conda(machine)


_NOT_THERE = frozenset(
    {"unsatisfiable", "metapackage_conflict", "environment_frozen", "no_permission"}
)
"""What stands in the way of one environment only; a new one has nothing of it."""


def new_name_instead(plan: Plan, findings: tuple[Finding, ...], machine: Machine) -> str | None:
    """The name of a new environment, where the plan's own cannot take what is wanted."""
    if plan.creates or plan.conda is None:
        return None
    stuck = any(finding.code in _NOT_THERE for finding in findings)
    return environment.free_name(machine, plan.name) if stuck else None


def way_without_conda(machine: Machine) -> Plan | Finding:
    """A private virtual environment, made with the best Python of this computer.

    It starts Pythons to look at them: up to some seconds, never in the window's thread.
    """
    from wizard.detection.probes.pythons import find_pythons, venv_problem

    reason: Finding | None = None
    for python in find_pythons():
        plan = private_plan(machine, python)
        if isinstance(plan, Finding):
            reason = reason or plan
            continue
        problem = venv_problem(python) if plan.creates else None
        if problem is None:
            return plan
        reason = refusals.venv_missing(python, problem.detail)
    return reason or refusals.no_python(machine)
