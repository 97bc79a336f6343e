"""From what conda or pip said when it failed to findings, the root cause first."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from wizard.advice.finding import Finding
from wizard.causes.conda_error import read_account
from wizard.causes.diagnosis import diagnose
from wizard.installation.told_by_conda import for_our_command, settled
from wizard.installation.values import Plan, Step
from wizard.text import _

if TYPE_CHECKING:
    from wizard.child_process import Outcome

_TROUBLE = "https://docs.conda.io/projects/conda/en/stable/user-guide/troubleshooting.html"
_LINE = 300
_TAIL = 400_000
_SECRET = re.compile(r"//(?:[^\s/@\"'<>]{0,200}:[^\s\"'<>]{1,300}|[^\s/@]{1,200})@(?=[\w\[])")
"""A user and a password in an address; of a password, all up to the last @."""
_OF_OTHER_COMMANDS = frozenset({"channel_deprecated", "channel_priority", "wrong_cuda_index"})
"""What the form of a command can bring about, and the wizard's own has not."""


def from_outcome(outcome: Outcome, plan: Plan, step: Step | None) -> tuple[Finding, ...]:
    """Of a run whose output was kept."""
    if outcome.kind == "not_started":
        return (not_started(outcome.detail, plan, step),)
    text = f"{outcome.stdout[-_TAIL:]}\n{outcome.stderr[-_TAIL:]}"
    if outcome.kind == "timed_out":
        # No error was told: what it was busy with may tell why it took so long.
        return _said_in(text, plan) or (stalled(outcome.detail),)
    return from_output(text, plan) or (unknown(text, outcome.exit_name),)


def from_output(text: str, plan: Plan) -> tuple[Finding, ...]:
    """What is recognised in the output of one of the plan's commands; empty where nothing is.

    The commands are the wizard's own, and it knows the computer: what the text alone would mean
    anywhere is not said where neither allows it.
    """
    account = read_account(text)
    known = settled(account, plan)
    found = (known,) if known else _said_in(account.text.strip() or text, plan)
    if not found:
        return ()
    first = for_our_command(found[0], account, plan)
    if account.errors:
        said = _SECRET.sub("//", account.head)[:_LINE]
        first = replace(first, why=f"{first.why} ({said})")
    return (first, *found[1:])


def _said_in(text: str, plan: Plan) -> tuple[Finding, ...]:
    machine = plan.machine
    evidence: dict[str, object] = {}
    if machine is not None:
        described = machine.to_json()
        evidence = {name: described[name] for name in ("os", "gpus", "nvidia_driver")}
    system = "windows" if "\\" in plan.prefix else None
    without = frozenset() if _asks_other_channels(plan) else _OF_OTHER_COMMANDS
    return diagnose(text, system, evidence, guess=False, said_only=True, without=without).findings


def _asks_other_channels(plan: Plan) -> bool:
    """Whether a command names PyTorch's own channel, which has ended."""
    words = [word for step in plan.steps for word in step.argv]
    return any(word == "pytorch" and before == "-c" for before, word in pairwise(words))


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
    """Nothing recognised: the line that names the error, and where to go with it."""
    last = read_account(text).head[:_LINE]
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
