"""``install`` on the command line: look, show, ask, do, and say what came of it."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli_output import print_json, print_lines, say
from wizard.cli_parser import FAILED, INTERRUPTED, NOT_READY, READY, CallError
from wizard.paths import APP_NAME
from wizard.text import _

if TYPE_CHECKING:
    from wizard.advice.finding import Finding
    from wizard.detection.machine import Machine
    from wizard.installation.journal import Unfinished
    from wizard.installation.removal import Removal
    from wizard.installation.values import InstallResult, Plan, Preflight, Progress

_YES = frozenset({"y", "yes", "b", "bəli", "beli", "h", "hə", "he", "e", "evet", "д", "да"})
_PROGRESS_SECONDS = 5.0
_SIGNS = {"passed": "✓", "warning": "!", "blocked": "✗", "skipped": "–"}


def run(options: argparse.Namespace, survey: Callable[[], Machine]) -> int:
    """Preflight, then the recommended steps; asks before it changes anything."""
    if getattr(options, "machine", None) is not None:
        raise CallError(_("A described computer is simulated: nothing can be installed on it."))
    wanted = _checked(options.env)
    machine = survey()
    _check_place(machine, wanted)
    plan = _plan(options, machine, wanted)
    show = _Json() if options.json else _Text(machine.os.system)
    plan, left = _resumed(plan, wanted, machine, options, show)
    return _go(plan, machine, options, show, left)


def _is_folder(wanted: str) -> bool:
    return "/" in wanted or "\\" in wanted


def _checked(wanted: str | None) -> str | None:
    """A name that conda takes, or a whole path."""
    from wizard.installation.names import name_problem

    if wanted is None:
        return None
    if _is_folder(wanted):
        return os.path.abspath(os.path.expanduser(wanted))  # noqa: PTH100, PTH111  (links stay)
    problem = name_problem(wanted, windows=sys.platform == "win32")
    if problem is not None:
        raise CallError(problem)
    return wanted


def _check_place(machine: Machine, wanted: str | None) -> None:
    """A folder is looked up, never made; no other name is made of one that cannot be typed."""
    from wizard.advice.environment import find

    found = None if wanted is None else find(machine, wanted)
    if found is not None and found.kind == "wizard":
        said = _("{name} is the Python that runs this wizard; nothing is installed into it.")
        raise CallError(said.format(name=wanted))
    if wanted is None or (found is not None and not (Path(found.prefix) / "condabin").is_dir()):
        return
    if found is not None:
        said = _("{name} is conda's own environment; the wizard leaves it alone.")
        raise CallError(said.format(name=wanted))
    if _is_folder(wanted):
        raise CallError(_("There is no environment in {folder}.").format(folder=wanted))
    wrong = re.search(r"[^\w.-]", wanted)
    if wrong is not None:
        said = _("{mark} is not allowed in the name of an environment.")
        raise CallError(said.format(mark=wrong[0]))


def _plan(options: argparse.Namespace, machine: Machine, wanted: str | None) -> Plan:
    from wizard.advice.finding import Finding
    from wizard.advice.recommend import recommend
    from wizard.installation.ways import way_to_install, way_without_conda

    if options.without_conda:
        plan = way_without_conda(machine)
    else:
        plan = way_to_install(machine, recommend(machine, wanted))
    if isinstance(plan, Finding):
        raise _no_plan(plan, machine, options)
    return plan


def _no_plan(finding: Finding, machine: Machine, options: argparse.Namespace) -> SystemExit:
    from wizard.report.plain import finding_lines

    if options.json:
        print_json({"event": "result", "ended": "failed", "findings": [finding.to_json()]})
    else:
        print_lines(finding_lines((finding,), machine.os.system))
    return SystemExit(NOT_READY)


def _resumed(
    plan: Plan,
    wanted: str | None,
    machine: Machine,
    options: argparse.Namespace,
    show: _Text | _Json,
) -> tuple[Plan, Unfinished | None]:
    """What finishes an installation that was cut off in the same environment, and its note.

    What it half made goes first, once it was shown and that is allowed, and only where the wizard
    can prove that it made it; a dry run leaves it, and tells of it.
    """
    from wizard.advice.finding import Finding
    from wizard.installation.journal import unfinished
    from wizard.installation.removal import Removal
    from wizard.installation.repair import repair_plan
    from wizard.installation.run import clear_away
    from wizard.the_course import COURSE_ENVIRONMENT

    if not options.dry_run:
        clear_away()
    left = unfinished()
    names = (plan.name, wanted or COURSE_ENVIRONMENT)
    if left is None or left.still_running or left.plan.name not in names:
        return plan, None
    if _is_of_another_conda(left.plan, plan):
        return plan, None
    show.left(left)
    if left.condition.state not in ("half_made", "damaged") or options.dry_run:
        return plan, left
    damaged = left.condition.state == "damaged"
    if damaged and not options.yes and not show.ask(_("Repair now? [y/N] ")):
        raise SystemExit(NOT_READY)
    repaired = repair_plan(left.plan)
    if isinstance(repaired, Removal):
        repaired = _removed(repaired, options, show)
    if isinstance(repaired, Finding):
        raise _no_plan(repaired, machine, options)
    return repaired, left


def _is_of_another_conda(left: Plan, plan: Plan) -> bool:
    """Whether an environment of the same name was begun with a conda that does not lead now."""
    if left.conda is None or plan.conda is None:
        return False
    return os.path.realpath(left.conda.root) != os.path.realpath(plan.conda.root)


def _removed(removal: Removal, options: argparse.Namespace, show: _Text | _Json) -> Plan | Finding:
    """The plan again, once what it had half made is deleted; else why it is not."""
    from wizard.installation.removal import remove

    show.removal(removal)
    if not options.yes and not show.ask(_("Delete it now? [y/N] ")):
        raise SystemExit(NOT_READY)
    return remove(removal) or removal.plan


def _go(
    plan: Plan,
    machine: Machine,
    options: argparse.Namespace,
    show: _Text | _Json,
    left: Unfinished | None,
) -> int:
    from wizard.installation import journal
    from wizard.installation.preflight import run_preflight
    from wizard.installation.run import run_install
    from wizard.installation.ways import new_name_instead

    cancelled = threading.Event()
    preflight = run_preflight(plan, machine, show.item, cancelled)
    show.preflight(preflight, new_name_instead(preflight.plan, preflight.findings, machine))
    if options.dry_run or not preflight.ready:
        if preflight.ready:
            show.tried()
        show.ended("dry_run" if preflight.ready else "refused", preflight)
        return READY if preflight.ready else NOT_READY
    if preflight.forecast is not None and preflight.forecast.nothing_to_do:
        if left is not None:
            journal.dismiss()
        show.ended("done", preflight)
        return READY
    if not options.yes and not show.ask(_("Install now? [y/N] ")):
        show.ended("not_allowed", preflight)
        return NOT_READY

    def tell(event: object) -> None:
        with contextlib.suppress(OSError):  # a log on a full drive stops no installation
            show.event(event)

    result = run_install(preflight.plan, preflight.forecast, tell, cancelled)
    show.result(result)
    if result.kind == "failed":
        crashed = result.findings[0].code in ("program_not_started", "interrupted")
        return FAILED if crashed else NOT_READY
    return READY if result.kind == "done" else INTERRUPTED


class _Json:
    """One event a line; the last of an installation is its result."""

    def left(self, left: Unfinished) -> None:
        from dataclasses import asdict

        environment = {"name": left.plan.name, "prefix": left.plan.prefix}
        environment |= asdict(left.condition)
        print_json({"event": "unfinished", "ended": left.ended, "environment": environment})

    def item(self, event: object) -> None:
        """Only what is said meanwhile: the preflight comes whole."""
        from wizard.jobs.events import LogLine

        if isinstance(event, LogLine):
            self.event(event)

    def preflight(self, preflight: Preflight, instead: str | None) -> None:
        print_json({"event": "preflight", **preflight.to_json(), "new_environment": instead})

    def tried(self) -> None:
        """Nothing: the preflight says it all."""

    def removal(self, removal: Removal) -> None:
        told = {"folder": removal.plan.prefix, "files": removal.files, "bytes": removal.bytes}
        print_json({"event": "removal", **told})

    def ended(self, how: str, preflight: Preflight) -> None:
        """The result where nothing was run; ``how`` is ``done`` where nothing had to be."""
        from dataclasses import asdict

        from wizard.installation.condition import read_condition

        plan = preflight.plan
        where = {"name": plan.name, "prefix": plan.prefix} | asdict(read_condition(plan))
        findings = [finding.to_json() for finding in preflight.findings]
        print_json({"event": "result", "ended": how, "environment": where, "findings": findings})

    def ask(self, _question: str) -> bool:
        """Nobody can be asked in JSON: without --yes nothing is changed."""
        say(_("Nothing was changed; --yes installs."))
        return False

    def event(self, event: object) -> None:
        from dataclasses import asdict

        from wizard.installation.values import Progress, StepStarted
        from wizard.jobs.events import LogLine

        if isinstance(event, StepStarted):
            where = {"index": event.index, "count": event.count}
            print_json({"event": "step", **where, **event.step.to_json()})
        elif isinstance(event, Progress):
            print_json({"event": "progress", **asdict(event)})
        elif isinstance(event, LogLine):
            print_json({"event": "log", "text": event.text})

    def result(self, result: InstallResult) -> None:
        print_json(result.to_json())


class _Text:
    """For people; what the tools print is shown as it comes."""

    def __init__(self, system: str) -> None:
        self._system = system
        self._told = 0.0
        self._phase = ""

    def left(self, left: Unfinished) -> None:
        from wizard.text.installation import condition_sentence, left_sentence

        lines = [left_sentence(left.ended), condition_sentence(left.condition, left.plan)]
        print_lines([*lines, ""])

    def removal(self, removal: Removal) -> None:
        from wizard.text.installation import removal_sentence

        words = removal_sentence(removal.plan.prefix, removal.files, removal.bytes)
        print_lines([_("This will be deleted"), words, ""])

    def item(self, event: object) -> None:
        from wizard.installation.values import Item
        from wizard.jobs.events import LogLine
        from wizard.text.installation import item_title

        if isinstance(event, LogLine):
            print_lines([f"… {event.text}"])
        if isinstance(event, Item):
            value = f" · {event.value}" if event.value else ""
            print_lines([f"{_SIGNS[event.state]} {item_title(event.id)}{value}"])

    def preflight(self, preflight: Preflight, instead: str | None) -> None:
        from wizard.advice.command import spell
        from wizard.report.plain import finding_lines, spelled
        from wizard.text.installation import preflight_summary

        lines = ["", preflight_summary(preflight)]
        if preflight.forecast is not None:
            gone = _("is removed")
            lines += [
                f"    {each.name} {each.before} → {each.after or gone}"
                for each in preflight.forecast.changes
            ]
        for state in ("blocked", "warning"):  # what stops it first
            found = [each.finding for each in preflight.items if each.state == state]
            lines += finding_lines(filter(None, found), self._system, _SIGNS[state])
        if instead is not None and not preflight.ready:
            again = spell((APP_NAME, "install", "--env", instead))
            said = _("Install into a new environment instead: {command}")
            lines += ["", said.format(command=spelled(again, self._system))]
        lines += ["", _("This is what runs, and nothing else:")]
        for step in preflight.plan.steps:
            lines += [f"  {step.title}", f"     {spelled(spell(step.argv), self._system)}"]
        lines.append("")
        if not preflight.ready:
            lines.append(_("Nothing has been changed yet."))
        print_lines(lines)

    def ended(self, how: str, preflight: Preflight) -> None:
        """Nothing: it was said."""

    def tried(self) -> None:
        """The end of a dry run."""
        print_lines(
            [_("Nothing has been changed yet."), _("Without --dry-run it asks, then installs.")]
        )

    def ask(self, question: str) -> bool:
        try:
            answer = input(question)
        except (EOFError, OSError, RuntimeError):  # closed, or there is none
            answer = ""
            print_lines([""])
        if answer.strip().lower() in _YES:
            return True
        print_lines([_("Nothing was changed.")])
        return False

    def event(self, event: object) -> None:
        from wizard.installation.values import Progress, StepStarted
        from wizard.jobs.events import LogLine

        if isinstance(event, StepStarted):
            from wizard.text.installation import step_text

            print_lines(["", f"▶ {step_text(event)}"])
        elif isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, LogLine):
            print_lines([event.text])

    def _progress(self, progress: Progress) -> None:
        """A line now and then: the output may go to a file."""
        from wizard.text.installation import phase_title, progress_text

        now = time.monotonic()
        if progress.phase == self._phase and now - self._told < _PROGRESS_SECONDS:
            return
        self._phase, self._told = progress.phase, now
        figures = progress_text(progress)
        say("… " + phase_title(progress.phase) + (f": {figures}" if figures else ""))

    def result(self, result: InstallResult) -> None:
        from wizard.report.plain import finding_lines
        from wizard.text.installation import condition_sentence

        said = {
            "done": _("PyTorch is installed."),
            "cancelled": _("You stopped the installation; everything it had started has ended."),
            "failed": _("The installation did not succeed."),
        }[result.kind]
        lines = ["", said, condition_sentence(result.condition, result.plan)]
        lines += finding_lines(result.findings, self._system)
        if result.log_path is not None and result.kind != "done":
            lines.append(_("The whole log: {path}").format(path=result.log_path))
        print_lines(lines)
