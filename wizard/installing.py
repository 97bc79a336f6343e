"""*Install it for me* in the window: what is asked, running, done or left from before.

Pages show it and can be thrown away at any time, as with the session that it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from wizard.runs import log_end
from wizard.state import ChosenEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QThread

    from wizard.advice.finding import Finding
    from wizard.advice.recommendation import Command
    from wizard.detection.machine import Environment
    from wizard.installation.journal import Unfinished
    from wizard.installation.removal import Removal
    from wizard.installation.values import (
        InstallResult,
        Item,
        ItemId,
        Plan,
        Preflight,
        Progress,
        StepStarted,
    )
    from wizard.jobs.call import CallJob
    from wizard.jobs.installation import InstallJob, PreflightJob
    from wizard.session import Session

Stage = Literal["idle", "unfinished", "asking", "asked", "running", "consent", "removing", "ended"]


class Installing(QObject):
    """The model of the card: one stage at a time; signals say what changed."""

    changed = Signal()
    """Another stage, or something a stage shows besides the events."""
    happened = Signal(object)
    """`ItemStarted`, `Item`, `StepStarted`, `Progress` or `LogLine`."""

    ended = Signal()
    """An installation came to its end, whichever."""
    prompt_failed = Signal(object)
    """No terminal could be opened; carries the `Finding`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._job: PreflightJob | InstallJob | None = None
        self._call: CallJob | None = None
        """Makes a plan, or deletes; its answer counts as long as it is the last one asked."""
        self.unfinished: Unfinished | None = None
        self._goes_on = False
        """Whether a repair is to follow once what was half made is deleted."""
        self._begin("idle")

    def _begin(self, stage: Stage) -> None:
        self.stage: Stage = stage
        self.plan: Plan | None = None
        self.asking: ItemId | None = None
        self.items: dict[ItemId, Item] = {}
        self.preflight: Preflight | None = None
        self.step: StepStarted | None = None
        self.progress: Progress | None = None
        self.result: InstallResult | None = None
        self.removal: Removal | None = None
        """What would be deleted; whether it may be is what the stage ``consent`` asks."""
        self.findings: tuple[Finding, ...] = ()
        """What stands in the way besides the preflight's and the result's own."""
        self.log = log_end()

    @property
    def busy(self) -> bool:
        """Whether it asks or changes anything now."""
        return self.stage in ("asking", "running", "removing")

    @property
    def can_install(self) -> bool:
        """Whether the answers allow it, and there is anything to be done."""
        preflight = self.preflight
        if preflight is None or not preflight.ready:
            return False
        return preflight.forecast is None or not preflight.forecast.nothing_to_do

    # What an earlier run of the wizard left

    def look_back(self) -> None:
        """See whether an installation was under way when the wizard ended."""
        if self._session.simulated or self.busy:
            return
        from wizard.installation.journal import unfinished
        from wizard.installation.run import clear_away
        from wizard.jobs.call import CallJob

        def look() -> Unfinished | None:
            clear_away()
            return unfinished()

        job = CallJob(look, self)
        job.answered.connect(self._on_unfinished)
        self._session.run_job(job)

    def _on_unfinished(self, found: Unfinished | None) -> None:
        if self.stage not in ("idle", "unfinished"):
            return
        self.unfinished = found
        self._begin("idle" if found is None else "unfinished")
        self.changed.emit()

    def dismiss(self) -> None:
        """Leave everything as it is and do not ask again."""
        from wizard.installation.journal import dismiss

        if self.stage in ("unfinished", "ended"):
            dismiss()
            self.unfinished = None
            self._begin("idle")
            self.changed.emit()

    def remove(self) -> None:
        """See what would be deleted of what was half made, and ask."""
        plan = self._left_plan()
        if plan is None or self._session.busy:
            return
        from wizard.installation.removal import look

        self._goes_on = False
        self._ask(lambda: look(plan))

    def delete(self) -> None:
        """Delete what was asked about; everything is looked at again before."""
        agreed = self.removal
        if self.stage != "consent" or agreed is None or self._session.busy:
            return
        from wizard.installation.removal import remove

        self._begin("removing")
        self._run_call(lambda: remove(agreed), lambda found: self._on_removed(agreed.plan, found))
        self._tell()

    def _on_removed(self, plan: Plan, refused: Finding | None) -> None:
        if refused is not None:
            self.findings, self.stage = (refused,), "ended"
            self._tell()
        elif self._goes_on:
            from wizard.installation.repair import repair_plan

            self._ask(lambda: repair_plan(plan))
        else:
            self._forget()

    def _forget(self) -> None:
        """Nothing is left of it, on the disk or here."""
        from wizard.installation.journal import dismiss

        dismiss()
        self.unfinished = None
        self._begin("idle")
        self._session.scan()
        self._tell()

    def _left_plan(self) -> Plan | None:
        if self.result is not None:
            return self.result.plan
        return None if self.unfinished is None else self.unfinished.plan

    # Asking what would happen

    def ask(self, command: Command | None = None) -> None:
        """Look at everything that an installation needs; nothing is touched."""
        session = self._session
        advised, machine = session.recommendation, session.machine
        if session.simulated or session.busy or advised is None or machine is None:
            return
        from wizard.installation.ways import way_to_install

        self._ask(lambda: way_to_install(machine, advised, command))

    @property
    def instead(self) -> str | None:
        """The name of a new environment that would do where the asked one cannot."""
        from wizard.installation.ways import new_name_instead

        machine = self._session.machine
        if self.plan is None or machine is None or self._session.simulated:
            return None
        findings = self.findings
        if self.preflight is not None and not self.preflight.ready:
            findings = self.preflight.findings
        if self.result is not None:
            findings = self.result.findings
        return new_name_instead(self.plan, findings, machine)

    def ask_instead(self) -> None:
        """Look at what a new environment needs; the other stays as it is."""
        name, machine = self.instead, self._session.machine
        if name is None or machine is None or self._session.busy:
            return
        from wizard.advice.recommend import recommend
        from wizard.installation.ways import way_to_install

        self._ask(lambda: way_to_install(machine, recommend(machine, name)))

    def repair(self) -> None:
        """Ask again, for what is still to be done."""
        left = self._left_plan()
        if left is None or self._session.busy:
            return
        from wizard.installation.repair import repair_plan

        self._goes_on = True
        self._ask(lambda: repair_plan(left))

    def _ask(self, plan: Callable[[], Plan | Finding | Removal | None]) -> None:
        self._begin("asking")
        self._run_call(plan, self._on_planned)
        self._tell()

    def _run_call(self, function: Callable[[], object], answer: Callable[[Any], None]) -> None:
        from wizard.jobs.call import CallJob

        job = self._call = CallJob(function, self)
        job.answered.connect(lambda found: answer(found) if self._is_awaited(job) else None)
        job.finished.connect(lambda: self._on_call_finished(job))
        self._session.run_job(job)

    def _is_awaited(self, job: CallJob) -> bool:
        """Once: an answer that came is not waited for any more."""
        if job is not self._call:
            return False
        self._call = None
        return True

    def _on_planned(self, plan: Plan | Finding | Removal | None) -> None:
        from wizard.installation.removal import Removal as RemovalValue
        from wizard.installation.values import Plan as PlanValue
        from wizard.jobs.installation import PreflightJob

        machine = self._session.machine
        if plan is None:
            self._forget()
            return
        if isinstance(plan, RemovalValue):
            self.removal, self.stage = plan, "consent"
            self._tell()
            return
        if not isinstance(plan, PlanValue) or machine is None:
            self.findings = () if isinstance(plan, PlanValue) else (plan,)
            self.stage = "ended"
            self._tell()
            return
        self.plan = plan
        job = PreflightJob(plan, machine, parent=self)
        job.ended.connect(self._on_asked)
        self._run(job)

    def _on_asked(self, preflight: Preflight) -> None:
        self._job = None
        if preflight.cancelled:
            self._begin("idle")
        else:
            self.preflight, self.plan = preflight, preflight.plan
            self.stage = "asked"
        self._tell()

    def leave_answers(self) -> None:
        """What was asked about is not what is wanted now."""
        if self.stage == "asked":
            self.leave()

    def leave(self) -> None:
        """Go back from the answers, from a question, or from a result that has been read."""
        if not self.busy:
            self._begin("idle" if self.unfinished is None else "unfinished")
            self._tell()
            self.look_back()  # the folder may be another's by now

    # Doing it

    def install(self) -> None:
        """Run the plan that was asked about."""
        preflight = self.preflight
        if self.stage != "asked" or preflight is None or not preflight.ready or self._session.busy:
            return
        from wizard.jobs.installation import InstallJob

        self.stage = "running"
        self.log.clear()
        job = InstallJob(preflight.plan, preflight.forecast, parent=self)
        job.ended.connect(self._on_installed)
        self._run(job)

    def cancel(self) -> None:
        """End what runs, the whole process tree; the result says what state that left."""
        if self._job is not None and self._job.isRunning():
            self._job.cancel()
        elif self.stage == "asking" and self._call is not None:
            self._call = None
            self._begin("idle" if self.unfinished is None else "unfinished")
            self._tell()
            self.look_back()

    def _on_installed(self, result: InstallResult) -> None:
        self._job = None
        self.result, self.stage = result, "ended"
        self.unfinished = None
        if result.condition.python is not None:
            plan = result.plan
            kind = "conda" if plan.conda is not None else "venv"
            python = _interpreter(plan)
            self._session.expect(ChosenEnvironment(plan.name, plan.prefix, python, kind))
        self._session.scan()
        self._tell()
        self.ended.emit()

    def _run(self, job: PreflightJob | InstallJob) -> None:
        self._job = job
        job.happened.connect(self._on_event)
        job.finished.connect(lambda: self._on_finished(job))
        self._session.run_job(job)
        self._tell()

    def _on_call_finished(self, job: CallJob) -> None:
        if self._is_awaited(job):
            self._end_unexpectedly()

    def _on_finished(self, job: QThread) -> None:
        """A job that ended without its result (an error nobody foresaw) leaves nothing running."""
        if job is self._job:
            self._end_unexpectedly()

    def _end_unexpectedly(self) -> None:
        from wizard.installation.refusals import ended_unexpectedly

        self._job = None
        self.findings, self.stage = (ended_unexpectedly(),), "ended"
        self._tell()

    # The course's own way

    @property
    def prompt_environment(self) -> Environment | None:
        """In which a terminal can be opened: the chosen one, conda's base before that exists."""
        session = self._session
        if session.simulated or session.machine is None:
            return None
        chosen = session.environment
        if chosen is not None and chosen.kind in ("conda", "venv"):
            return chosen
        return session.machine.environment("base")

    def open_prompt(self) -> None:
        """Open a terminal with the environment activated."""
        env, machine = self.prompt_environment, self._session.machine
        if env is None or machine is None:
            return
        from wizard.installation.plan import owner
        from wizard.installation.prompt import open_prompt
        from wizard.jobs.call import CallJob

        conda = owner(machine, env.prefix)
        job = CallJob(lambda: open_prompt(env, conda), self)
        job.answered.connect(lambda finding: finding and self.prompt_failed.emit(finding))
        self._session.run_job(job)

    # Events

    def _on_event(self, event: object) -> None:
        from wizard.installation import values
        from wizard.jobs.events import LogLine

        if isinstance(event, values.ItemStarted):
            self.asking = event.id
        elif isinstance(event, values.Item):
            self.items[event.id] = event
            self.asking = None
        elif isinstance(event, values.StepStarted):
            self.step, self.progress = event, None
        elif isinstance(event, values.Progress):
            self.progress = event
        elif isinstance(event, LogLine):
            self.log.append(event.text)
        self.happened.emit(event)

    def _tell(self) -> None:
        self.changed.emit()
        self._session.state_changed.emit()


def _interpreter(plan: Plan) -> str | None:
    from wizard.installation.plan import interpreter_of

    found = interpreter_of(plan)
    return None if found is None else str(found)
