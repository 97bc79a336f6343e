"""What the pages show: the state, the machine, and what the jobs have said so far.

Pages can be thrown away and made again at any time; everything they need is here.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from wizard.installing import Installing
from wizard.runs import Job, Run, benchmark_record, verification_record
from wizard.state import (
    BenchmarkRecord,
    ChosenEnvironment,
    Outlook,
    PageId,
    SetupState,
    VerificationRecord,
    WindowPlace,
    outlook,
    save_state,
    with_others,
    with_results,
)
from wizard.text import _
from wizard.the_course import COURSE_ENVIRONMENT

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QThread

    from wizard.advice.recommendation import Recommendation
    from wizard.detection.machine import Environment, Machine
    from wizard.jobs.benchmark import BenchmarkResult
    from wizard.jobs.events import Event
    from wizard.jobs.threads import SurveyProgress
    from wizard.jobs.verification import VerificationResult
    from wizard.report.other_computer import OtherComputer


class Session(QObject):
    """The window's model. Every signal names what happened; the values are read from here."""

    machine_changed = Signal()
    environment_changed = Signal()
    python_rejected = Signal(object)
    """A Python the user pointed to cannot be used; carries the `Problem`."""
    verification_started = Signal()
    verification_event = Signal(object)
    verification_ended = Signal()
    benchmark_started = Signal()
    benchmark_event = Signal(object)
    benchmark_ended = Signal()
    telemetry = Signal(object)
    state_changed = Signal()
    save_failed = Signal(str)

    def __init__(
        self, state: SetupState, folder: Path | None, described: Machine | None = None
    ) -> None:
        """``folder`` is where the state is saved (None: nowhere); ``described`` is a simulation."""
        super().__init__()
        self.state = self._saved = state
        self._folder = folder
        self.described = described
        self.machine: Machine | None = None
        self.answered: frozenset[str] = frozenset()
        self.scanning = False
        self.added: list[Environment] = []
        self.verification: Run[VerificationResult] = Run()
        self.benchmark: Run[BenchmarkResult] = Run()
        self.other: OtherComputer | None = None
        """What the benchmark is compared with."""
        self._jobs: list[QThread] = []
        self._closed = False
        self._recommendation: Recommendation | None = None
        self._survey_job: Job | None = None
        self._verification_job: Job | None = None
        self._benchmark_job: Job | None = None
        self.route: str | None = None
        """The way of installing that the user looks at; None: the recommended one."""
        self.shell: str | None = None
        self.draft = ""
        """What stands in the box for an error, on the page that verifies."""
        self.draft_cursor = 0
        self.pasted = ""
        """The text that was asked about last."""
        self._telemetry_job: Job | None = None
        self.installing = Installing(self)

    # What this computer is

    @property
    def simulated(self) -> bool:
        return self.described is not None

    @property
    def ribbon(self) -> str:
        """What stands above every page where this is not the real computer; empty where it is."""
        if self.described is None:
            return ""
        return _(
            "Simulated machine: {name}. Checks and figures come from the real computer."
        ).format(name=self.described.name)

    def scan(self) -> None:
        """Look at the computer (again); pages follow ``machine_changed``."""
        if self.scanning or self._closed:
            return
        from wizard.jobs.threads import SurveyJob

        self.scanning = True
        self.answered = frozenset()
        self._recommendation = None
        self.machine_changed.emit()
        job = SurveyJob(described=self.described, parent=self)
        self._survey_job = job
        job.progressed.connect(self._on_progress)
        job.surveyed.connect(self._on_surveyed)
        self.run_job(job)

    def _on_progress(self, progress: SurveyProgress) -> None:
        self.machine, self.answered = progress.machine, progress.answered
        self.machine_changed.emit()

    def _on_surveyed(self, machine: Machine) -> None:
        self.machine = machine
        self.scanning = False
        self._recommendation = None
        if self.simulated:
            # A described environment cannot be run; this Python can, and says that it is real.
            from wizard.detection.probes.python import probe_python

            own = probe_python().environment
            self.added = [own] if own is not None else []
        for python in self.state.pythons:
            self.add_python(python, choose=False)
        self._choose_default()
        self.installing.look_back()
        self.machine_changed.emit()
        self.environment_changed.emit()
        self.state_changed.emit()

    def look_for_what_was_made(self) -> None:
        """Look again where an environment was to be made: in a terminal, nobody tells of it."""
        advice = self.recommendation
        if advice is None or advice.environment.action == "use" or self.simulated or self.busy:
            return
        self.scan()

    # Environments

    @property
    def environments(self) -> tuple[Environment, ...]:
        """Those found and those the user pointed to, each prefix once."""
        found = self.machine.environments if self.machine else ()
        if self.simulated:
            # The wizard runs in a Python of this computer, not of the described one.
            from dataclasses import replace

            found = tuple(replace(env, executable=None) for env in found if env.kind != "wizard")
        prefixes = {env.prefix for env in found}
        return (*found, *(env for env in self.added if env.prefix not in prefixes))

    @property
    def environment(self) -> Environment | None:
        """The chosen environment as it was found, None where it does not exist (yet)."""
        chosen = self.state.environment
        if chosen is None:
            return None
        return next((env for env in self.environments if _same(env, chosen)), None)

    def choose(self, env: Environment) -> None:
        self._update(environment=ChosenEnvironment(env.name, env.prefix, env.executable, env.kind))
        self._recommendation = None
        self.installing.leave_answers()
        self._forget_other_runs()
        self.environment_changed.emit()

    def expect(self, chosen: ChosenEnvironment) -> None:
        """Choose an environment that the next scan will find."""
        self._update(environment=chosen)

    def _choose_default(self) -> None:
        """Keep the choice while it exists; else the course's environment or the wizard's Python."""
        usable = [env for env in self.environments if env.executable or self.simulated]
        best = next((env for env in usable if env.name == COURSE_ENVIRONMENT), None)
        there = self.environment
        # The wizard's own Python stands in for the course's environment until that is made.
        stands_in = there is not None and there.kind == "wizard" and self.verified is None
        if there is not None and not (stands_in and best is not None):
            self.choose(there)  # its interpreter may have moved
            return
        chosen = self.state.environment
        if there is None and chosen is not None and chosen.executable in self.state.pythons:
            return  # the user pointed to it; looking at it takes a moment longer than the survey
        own = (env for env in usable if env.kind == "wizard" or env.prefix == sys.prefix)
        best = best or next(own, None)
        if best is not None:
            self.choose(best)

    def add_python(self, path: str, *, choose: bool = True) -> None:
        """Look at a Python the user points to, on a thread: it may have to be started."""
        from pathlib import Path

        from wizard.detection.probes.python import inspect_python
        from wizard.jobs.call import CallJob

        job = CallJob(lambda: inspect_python(Path(path)), self)
        job.answered.connect(lambda answer: self._on_inspected(path, answer, choose=choose))
        self.run_job(job)

    def _on_inspected(self, path: str, answer: object, *, choose: bool) -> None:
        from wizard.detection.machine import Environment

        if isinstance(answer, Environment):
            self.added = [env for env in self.added if env.prefix != answer.prefix] + [answer]
            known = (item for item in self.state.pythons if item not in (path, answer.executable))
            self._update(pythons=(*known, answer.executable or path))
        elif choose:
            self.python_rejected.emit(answer)
            return
        else:  # it was there once
            self._update(pythons=tuple(item for item in self.state.pythons if item != path))
        if choose and isinstance(answer, Environment):
            self.choose(answer)
        else:
            self._choose_default()
            self.environment_changed.emit()

    @property
    def recommendation(self) -> Recommendation | None:
        """The advice for this machine and the chosen environment; None until the survey ended."""
        if self._recommendation is None and self.machine is not None and not self.scanning:
            from wizard.advice.recommend import recommend

            chosen = self.environment
            wanted: str | None = None
            if chosen is not None and chosen.kind == "conda":
                wanted = chosen.name
            elif chosen is not None and chosen.kind != "wizard":
                wanted = chosen.prefix  # the user pointed to it: the command is to run in it
            from dataclasses import replace

            machine = replace(self.machine, environments=self.environments)
            self._recommendation = recommend(machine, wanted)
        return self._recommendation

    @property
    def on_cpu(self) -> bool:
        """Whether PyTorch is to run on the processor: there is no GPU here that it can use."""
        advice = self.recommendation
        return advice is not None and advice.verdict == "cpu"

    def forget_words(self) -> None:
        """The language changed: sentences already made are made again."""
        self._recommendation = None
        if self.verification.result is not None and self.machine is not None:
            self.verification.result = self.verification.result.told_again(self.machine)

    # Verification and benchmark

    def verify(self) -> None:
        """Run the verification in the chosen environment's own Python."""
        python = self._python()
        if python is None or self.machine is None or self.scanning or self.busy:
            return
        from wizard.jobs.threads import VerificationJob

        self.verification = Run(running=True)
        job = VerificationJob(python, self.machine, parent=self)
        self._verification_job = job
        job.happened.connect(self._on_verification_event)
        job.ended.connect(self._on_verification_ended)
        self.run_job(job)
        self.verification_started.emit()
        self.state_changed.emit()

    def _on_verification_event(self, event: Event) -> None:
        self.verification.keep(event)
        self.verification_event.emit(event)

    def _on_verification_ended(self, result: VerificationResult) -> None:
        self.verification.running = False
        self.verification.result = result
        if result.kind != "cancelled":
            self._update(verification=verification_record(result))
        self._forget_other_runs()
        self.verification_ended.emit()
        self.state_changed.emit()

    def measure(self, seconds: float = 30.0) -> None:
        """Run the benchmark in the chosen environment's own Python."""
        python = self._python()
        if python is None or self.busy:
            return
        from wizard.jobs.threads import BenchmarkJob, TelemetryJob

        self.benchmark = Run(running=True)
        job = BenchmarkJob(python, seconds, parent=self)
        self._benchmark_job = job
        job.happened.connect(self._on_benchmark_event)
        job.ended.connect(self._on_benchmark_ended)
        meter = TelemetryJob(parent=self)
        meter.reading.connect(self.telemetry)
        self._telemetry_job = meter
        self.run_job(meter)
        self.run_job(job)
        self.benchmark_started.emit()
        self.state_changed.emit()

    def _on_benchmark_event(self, event: Event) -> None:
        self.benchmark.keep(event)
        self.benchmark_event.emit(event)

    def _on_benchmark_ended(self, result: BenchmarkResult) -> None:
        self.benchmark.running = False
        self.benchmark.result = result
        if self._telemetry_job is not None:
            self._telemetry_job.cancel()
            self._telemetry_job = None
        record, before = benchmark_record(result), self.measured
        # A run that was stopped or failed takes nothing back from one that was whole.
        if record.complete or before is None or not before.complete:
            self._update(benchmark=record)
        self._forget_other_runs()
        self.benchmark_ended.emit()
        self.state_changed.emit()

    # A record and a run count only for the interpreter that is chosen now.

    @property
    def verified(self) -> VerificationRecord | None:
        """The last verification of the chosen environment."""
        record = self.state.verification
        return record if record is not None and record.python == self._executable else None

    @property
    def measured(self) -> BenchmarkRecord | None:
        """The last benchmark in the chosen environment."""
        record = self.state.benchmark
        return record if record is not None and record.python == self._executable else None

    def _forget_other_runs(self) -> None:
        for run in (self.verification, self.benchmark):
            if not run.running and run.result is not None and run.result.python != self._executable:
                run.clear()

    @property
    def _executable(self) -> str | None:
        return self.state.environment.executable if self.state.environment else None

    @property
    def busy(self) -> bool:
        return self.verification.running or self.benchmark.running or self.installing.busy

    def stop(self) -> None:
        """End what is running; its result says that it was stopped."""
        for job in (self._verification_job, self._benchmark_job):
            if job is not None and job.isRunning():
                job.cancel()
        if self.installing.stage == "asking":
            self.installing.cancel()

    def _python(self) -> Path | None:
        from pathlib import Path

        return Path(self._executable) if self._executable else None

    # Progress

    @property
    def outlook(self) -> Outlook:
        machine = None if self.scanning else self.machine
        wants_gpu = False
        if machine is not None:
            from wizard.jobs.verification import expected_accelerator

            # A card that is older than today's builds is no fault of the student's.
            wants_gpu = expected_accelerator(machine) == "cuda"
        return outlook(self.state, machine, wants_gpu=wants_gpu)

    def visit(self, page: PageId) -> None:
        self.state = self.state.visit(page)
        self.save()
        self.state_changed.emit()

    def remember_window(self, place: WindowPlace) -> None:
        """Where the window was when it was closed."""
        if place != self.state.window:
            self._update(window=place)

    def set_language(self, code: str) -> None:
        self._update(language=code)

    def set_theme(self, theme: str) -> None:
        self._update(theme=theme)

    def mark_copied(self) -> None:
        self._update(command_copied=True)

    def _update(self, **changes: object) -> None:
        self.state = self.state._replace(**changes)  # type: ignore[arg-type]
        self.save()
        self.state_changed.emit()

    def save(self) -> None:
        """A simulated machine's progress is a show: it is never saved."""
        if self._folder is None or self.simulated:
            return
        saved = with_others(self.state, self._saved, self._folder)
        self.state = with_results(self.state, saved)
        if (problem := save_state(self._folder, saved)) is not None:
            self.save_failed.emit(problem)
        else:
            self._saved = self.state

    # Threads

    def run_job(self, job: QThread) -> None:
        """Start a thread that ends with the window."""
        self._jobs.append(job)
        job.finished.connect(lambda: self._on_finished(job))
        job.start()

    def _on_finished(self, job: QThread) -> None:
        """A job that ended without its result (an error nobody foresaw) leaves nothing running."""
        if job in self._jobs:
            self._jobs.remove(job)
        if job is self._survey_job:
            self._survey_job = None
            if self.scanning:
                self.scanning = False
                self.machine_changed.emit()
        elif job is self._verification_job:
            self._verification_job = None
            if self.verification.running:
                self.verification.running = False
                self.verification_ended.emit()
        elif job is self._benchmark_job:
            self._benchmark_job = None
            if self.benchmark.running:
                self.benchmark.running = False
                self.benchmark_ended.emit()
        job.deleteLater()
        self.state_changed.emit()

    def close(self) -> None:
        """End every job and wait for it: nothing may outlive the window, or begin after it."""
        self._closed = True
        if not self._jobs:
            return
        from wizard.jobs.threads import shutdown

        shutdown(self._jobs)
        self._jobs.clear()


def _same(env: Environment, chosen: ChosenEnvironment) -> bool:
    if chosen.kind == "wizard":
        return env.kind == "wizard"
    return env.prefix == chosen.prefix if chosen.prefix else env.name == chosen.name
