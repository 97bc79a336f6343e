"""Why the verification did not pass, the root cause first: evidence in, findings out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wizard.advice.catalog import CatalogError
from wizard.advice.driver_ways import driver_way
from wizard.advice.finding import Finding
from wizard.advice.nvidia import read_cards
from wizard.causes.diagnosis import finding_of, ranked
from wizard.causes.evidence import Ending, Seen
from wizard.causes.install_again import advice_for, steps_for
from wizard.causes.knowledge import Cause, load
from wizard.causes.observed import facts_of, text_of
from wizard.checks import Check
from wizard.detection.machine import Machine, OperatingSystem
from wizard.text import _
from wizard.text.names import page_title

_DRIVER_CODES = frozenset({"driver_missing", "driver_too_old"})


def from_verification(
    machine: Machine, python: str, checks: Iterable[Check], ending: Ending
) -> tuple[Finding, ...]:
    """The causes, the root first; empty where all is well or the user stopped it.

    The recommended command stands where installing anew is what helps.

    Raises:
        KnowledgeError: the program's own causes are damaged.
    """
    if ending.kind == "cancelled":
        return ()
    seen = Seen(machine, python, {check.id: check for check in checks}, ending)
    whole = ending.done and (ending.kind != "exited" or ending.exit_code == 0)
    if whole and not any(check.state == "failed" for check in seen.checks.values()):
        return ()
    facts = facts_of(seen)
    found: list[Finding] = []
    for match in ranked(text_of(seen), facts):
        found += _with_commands(finding_of(match.cause, facts), match.cause, seen)
    codes = [finding.code for finding in found]
    return tuple(each for at, each in enumerate(found) if each.code not in codes[:at])


def from_benchmark(python: str, ending: Ending) -> tuple[Finding, ...]:
    """Why a benchmark ended early; the verification says more."""
    if ending.kind == "cancelled" or (ending.done and ending.exit_code == 0):
        return ()
    # Nothing of the machine is looked at: a benchmark makes no checks.
    seen = Seen(Machine("", OperatingSystem("linux")), python, {}, ending)
    text = text_of(seen)
    facts = facts_of(seen)
    if text.has("no module named torch"):
        facts = replace(facts, observed={**facts.observed, "torch_import": "torch_missing"})
    findings = tuple(finding_of(match.cause, facts) for match in ranked(text, facts))
    page = _("The page “{page}” shows the command that installs it.")
    fix = page.format(page=page_title("verify"))
    return tuple(
        replace(finding, fix=fix, steps=()) if finding.code == "torch_missing" else finding
        for finding in findings
    )


def _with_commands(finding: Finding, cause: Cause, seen: Seen) -> tuple[Finding, ...]:
    """With the commands that help; after the driver, where no build runs without that."""
    if cause.code in _DRIVER_CODES:
        return (_with_driver_way(finding, seen.machine),)
    if cause.install == "no":
        return (finding,)
    try:
        advised = advice_for(seen, afresh=cause.install == "afresh")
    except CatalogError:
        return (finding,)
    steps = steps_for(advised, seen, afresh=cause.install == "afresh")
    whole = replace(finding, commands=tuple(step.text for step in steps))
    too_old = [r.text for r in advised.reasons if r.code.startswith("driver_too_old")]
    if advised.verdict != "update_driver" or not too_old:
        return (whole,)
    driver = replace(finding_of(load()["driver_too_old"], facts_of(seen)), why=too_old[0])
    return (_with_driver_way(driver, seen.machine), whole)


def _with_driver_way(finding: Finding, machine: Machine) -> Finding:
    """With the way to a driver that suits this system and card."""
    try:
        way = driver_way(machine, read_cards(machine))
    except CatalogError:
        return finding
    return replace(finding, fix=way.step, steps=(), source=way.link)
