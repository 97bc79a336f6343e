"""The commands of a finding: the steps recommended for the very environment that was checked."""

from __future__ import annotations

from dataclasses import replace

from wizard.advice import environment
from wizard.advice.recommend import recommend
from wizard.advice.recommendation import Command, Recommendation
from wizard.causes.evidence import Seen
from wizard.detection.machine import Environment
from wizard.detection.values import Version


def advice_for(seen: Seen, *, afresh: bool) -> Recommendation:
    """What is recommended for the environment that was checked, or for a new one beside it.

    Raises:
        CatalogError: the program's own catalog is damaged.
    """
    here = _as_seen(seen)
    if here is None:
        return recommend(seen.machine)
    others = tuple(env for env in seen.machine.environments if env is not seen.environment)
    if afresh:
        # An environment whose Python nobody knows is left alone, and its name is taken.
        machine = replace(seen.machine, environments=(*others, replace(here, python=None)))
        return recommend(machine, here.name if here.kind == "conda" else None)
    machine = replace(seen.machine, environments=(*others, here))
    return recommend(machine, here.prefix)


def steps_for(advised: Recommendation, seen: Seen, *, afresh: bool) -> tuple[Command, ...]:
    """The steps of ``advised``; what pip would take for "already satisfied" goes first."""
    steps = advised.steps
    there = seen.reason("torch_import") != "torch_missing" and not afresh
    removed = any("uninstall" in step.argv for step in steps)
    if not there or removed or advised.primary.route != "pip":
        return steps
    return (*steps[:-1], environment.removal(advised.primary.argv[:3]), steps[-1])


def _as_seen(seen: Seen) -> Environment | None:
    """The environment of the survey with what the checks know better; one it did not know, too."""
    here = seen.environment
    if here is None and not seen.machine.simulated:
        here = _unknown(seen)
    if here is None:
        return None
    if seen.reason("torch_import") == "torch_missing":
        return replace(here, torch=None)
    version = seen.value("torch_version").get("version")
    return replace(here, torch=version) if isinstance(version, str) else here


def _unknown(seen: Seen) -> Environment | None:
    """A Python that the user pointed to: as it told itself."""
    told = seen.value("interpreter")
    version, prefix = told.get("version"), told.get("prefix")
    if not isinstance(version, str) or not isinstance(prefix, str):
        return None
    # A conda environment takes pip's command, too, when its own Python runs it.
    return Environment(
        prefix, prefix, Version.at_start(version), kind="python", executable=seen.python
    )
