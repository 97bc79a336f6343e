"""From what conda or pip said when it failed to findings, the root cause first."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.advice.finding import Finding
from wizard.causes.diagnosis import diagnose
from wizard.installation.values import Plan, Step
from wizard.text import _

if TYPE_CHECKING:
    from wizard.child_process import Outcome

_TROUBLE = "https://docs.conda.io/projects/conda/en/stable/user-guide/troubleshooting.html"
_LINE = 300
_TAIL = 40_000


def from_outcome(outcome: Outcome, plan: Plan, step: Step | None) -> tuple[Finding, ...]:
    """Of a run whose output was kept."""
    if outcome.kind == "not_started":
        return (not_started(outcome.detail, plan, step),)
    out = outcome.stdout[-_TAIL:]
    text = f"{_said(out) or out}\n{outcome.stderr[-_TAIL:]}"
    found = from_output(text, plan)
    if not found and outcome.kind == "timed_out":
        return (stalled(outcome.detail),)
    return found or (unknown(text, outcome.exit_name),)


def from_output(text: str, plan: Plan) -> tuple[Finding, ...]:
    """What is recognised in a log; empty where nothing is."""
    system = "windows" if "\\" in plan.prefix else None
    said = _last_words(text)
    return tuple(
        replace(finding, why=f"{finding.why} {said}" if said and not at else finding.why)
        for at, finding in enumerate(diagnose(text, system).findings)
    )


def _last_words(text: str) -> str:
    """The line that names the error, for people who search for it."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for at, line in enumerate(lines):
        head = line.partition(":")[0]
        if head.endswith(("Error", "ERROR", "Exit", "Interrupt")) and len(head) < 60:
            # Names stand in lines of their own below the message.
            names = [each[2:] for each in lines[at + 1 : at + 8] if each.startswith("- ")]
            return "(" + " ".join([line, *names])[:_LINE] + ")"
    return ""


def _said(document: str) -> str:
    """The message in conda's JSON, its escapes undone; empty where there is none."""
    found = re.search(r'"error": ("(?:[^"\\]|\\.){1,20000}")', document)
    try:
        said: object = json.loads(found[1]) if found else ""
    except ValueError:
        return ""
    # Names stand in lines of their own below the message.
    return re.sub(r"\n\s*(?:\n\s*)?- ", " ", said) if isinstance(said, str) else ""


def not_started(detail: str, plan: Plan, step: Step | None) -> Finding:
    program = (step or plan.steps[0]).argv[0]
    return Finding(
        "program_not_started",
        _("The program that installs could not be started"),
        _("{program}: {detail}").format(program=program, detail=detail),
        _("Scan again; if it stays so, install Miniforge again."),
        (),
        _TROUBLE,
    )


def stalled(detail: str) -> Finding:
    return Finding(
        "offline",
        _("Nothing went on any more"),
        _("Neither a line nor a byte came: {detail}.").format(detail=detail),
        _("Check the connection and try again; what is downloaded stays."),
        (),
        _TROUBLE,
    )


def unknown(text: str, exit_name: str) -> Finding:
    """Nothing recognised: the last line that says anything, and where to go with it."""
    lines = [line.strip() for line in text.splitlines() if line.strip(' {}[],"')]
    last = lines[-1][:_LINE] if lines else ""
    return Finding(
        "install_failed",
        _("The installation ended with an error that the wizard does not know"),
        _("Exit code {code}. The last line was: {line}").format(code=exit_name or "?", line=last),
        _("Try once more. If it fails again, save the log and show it to your teacher or a forum."),
        (),
        _TROUBLE,
    )


def nothing_installed(plan: Plan) -> Finding:
    """The program said that all went well, and PyTorch is not there: never called a success."""
    return Finding(
        "install_incomplete",
        _("PyTorch is not in the environment after all"),
        _("The installation ended without an error, but {folder} has no PyTorch.").format(
            folder=plan.prefix
        ),
        _("Try again; if it stays so, save the log and show it to your teacher or a forum."),
        (),
        _TROUBLE,
    )


def interrupted(detail: str) -> Finding:
    """The program was ended from outside: a signal, the end of the session, a shutdown."""
    return Finding(
        "interrupted",
        _("The installation was interrupted"),
        _("Something ended it before it was done: {detail}.").format(detail=detail),
        _("Repair it from here; what is downloaded stays."),
        (),
        _TROUBLE,
    )
