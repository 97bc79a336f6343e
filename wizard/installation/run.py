"""Carry out a plan: the commands that were shown, one after the other, and nothing else."""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from wizard.advice.finding import Finding
from wizard.awake import AwakeClock
from wizard.child_process import Outcome, stream
from wizard.installation import (
    downloads,
    failures,
    journal,
    obstacles,
    ownership,
    places,
    removal,
)
from wizard.installation.calling import variables
from wizard.installation.condition import read_condition
from wizard.installation.one_at_a_time import only_one
from wizard.installation.others import ANOTHER_WIZARD, others_at_work
from wizard.installation.progress import gauge_for
from wizard.installation.values import (
    Forecast,
    InstallResult,
    Plan,
    Progress,
    Step,
    StepStarted,
)
from wizard.jobs.events import LogLine
from wizard.jobs.run_log import RunLog
from wizard.text import _

GENTLE_SECONDS = 2.0
"""To take back what is half done; with the rest, the whole tree is gone within 3 s."""
_LONGEST = 12 * 3600.0
_STALLED = 1800.0
"""Neither a line nor a byte for so long: it will not come any more."""
_KEPT_LINES, _KEPT_WIDTH = 200, 4000
_FULL = 2**20
"""Bytes free on a drive on which nothing can be installed any more."""
_LOOKS = 0.3
"""Seconds between looks at the disk."""

OnEvent = Callable[[StepStarted | Progress | LogLine], None]


@dataclass(frozen=True)
class _StepEnd:
    findings: tuple[Finding, ...] = ()
    cancelled: bool = False
    begun: bool = True
    """Whether the step was started at all."""


def run_install(
    plan: Plan,
    forecast: Forecast | None,
    on_event: OnEvent,
    cancelled: threading.Event,
) -> InstallResult:
    """Run the steps until one fails or ``cancelled`` is set; ``on_event`` is called in this thread.

    Whatever happens, the result says what state the environment is in. What may never happen is
    looked at again before each step: the world can change between asking and doing.
    """
    began = time.monotonic()
    at, ended = 0, _StepEnd()
    with RunLog("install") as log, only_one() as alone:
        other = others_at_work(plan) if alone else ANOTHER_WIZARD
        if other is not None:
            ended = _StepEnd((obstacles.already_running(other),), begun=False)
        else:
            problem = journal.begin(plan)
            if problem is not None:
                log.write(f"[{problem}]")
            try:
                downloads.remove_left(plan)
                removal.sweep(plan)
                for at, step in enumerate(plan.steps):
                    ended = _run_step(plan, at, step, forecast, on_event, cancelled, log)
                    if ended.findings or ended.cancelled:
                        break
            except KeyboardInterrupt:  # Ctrl+C: what ran has been ended on the way here
                ended = _StepEnd(cancelled=True)
        condition = read_condition(plan)
        findings = ended.findings
        if not findings and not ended.cancelled and condition.torch is None:
            findings = (failures.nothing_installed(plan),)
        kind = "cancelled" if ended.cancelled else "failed" if findings else "done"
        untouched = at == 0 and not ended.begun
        if other is None:
            journal.dismiss() if untouched else journal.end(kind)
    if untouched and condition.state != "absent":
        plan = replace(plan, creates=False)  # what is there is somebody else's: never deleted
    return InstallResult(
        plan, kind, at, findings, condition, log.path, log.tail, time.monotonic() - began
    )


def _run_step(
    plan: Plan,
    at: int,
    step: Step,
    forecast: Forecast | None,
    on_event: OnEvent,
    cancelled: threading.Event,
    log: RunLog,
) -> _StepEnd:
    if cancelled.is_set():
        return _StepEnd(cancelled=True, begun=False)
    refused = _refused(plan, step)
    if refused is None and step.kind == "make" and not _claimed(plan):
        refused = obstacles.environment_exists(plan)
    if refused is not None:
        return _StepEnd((refused,), begun=False)
    try:
        temporary = downloads.make_folder(plan)
    except OSError as error:
        found = _full_disk(plan, forecast) or (failures.not_started(str(error), plan, step),)
        return _StepEnd(found, begun=False)
    journal.note_step(at)
    on_event(StepStarted(at, step))
    log.write("$ " + " ".join(step.argv))
    try:
        watch = _Watch(plan, step, forecast, temporary, on_event, cancelled, log)
        outcome = stream(
            step.argv,
            watch.heed,
            timeout=_LONGEST,
            env=variables(plan, step, temporary if step.tool == "pip" else None),
            cwd=temporary,
            cancelled=watch.stop,
            hold_stdin=False,
            gentle=GENTLE_SECONDS,
            on_start=lambda pid: journal.note_child(at, pid),
            on_tick=watch.look,
        )
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if not outcome.ok:
        log.write(f"[{outcome.kind} {outcome.exit_name} {outcome.detail}]")
    return _end_of(outcome, plan, step, watch, forecast)


def _end_of(
    outcome: Outcome,
    plan: Plan,
    step: Step,
    watch: _Watch,
    forecast: Forecast | None,
) -> _StepEnd:
    if outcome.ok:
        return _StepEnd()
    if outcome.kind == "cancelled" and not watch.stalled:
        # Also where the whole program is being closed.
        return _StepEnd(cancelled=True)
    if outcome.kind == "not_started":
        return _StepEnd((failures.not_started(outcome.detail, plan, step),))
    if watch.stalled or outcome.kind == "timed_out":
        said = _("no sign for {minutes} min").format(minutes=round(_STALLED / 60))
        return _StepEnd((failures.stalled(outcome.detail or said),))
    said = watch.last_words
    found = failures.from_output(said, plan)
    if not found and (outcome.exit_code or 0) < 0:
        found = (failures.interrupted(outcome.exit_name),)
    return _StepEnd(
        found or _full_disk(plan, forecast) or (failures.unknown(said, outcome.exit_name),)
    )


def _full_disk(plan: Plan, forecast: Forecast | None) -> tuple[Finding, ...]:
    """Seen on the drives themselves: venv keeps what its pip said of it for itself."""
    caches = () if forecast is None else tuple(Path(cache) for cache in forecast.caches)
    needs = places.room_needed(plan, forecast, caches)
    full = [need for need in needs if need.free is not None and need.free < _FULL]
    return tuple(obstacles.no_room(need) for need in full[:1])


def _refused(plan: Plan, step: Step) -> Finding | None:
    """Why this step must not run now; see the rules in the architecture note."""
    if not Path(step.argv[0]).is_absolute():
        return failures.not_started(_("its path is not known"), plan, step)
    if step.kind == "make" or not plan.creates:
        return obstacles.standing_in_the_way(plan)
    made = Plan(plan.route, plan.name, plan.prefix, False, plan.steps, plan.conda)
    return obstacles.standing_in_the_way(made)


def _claimed(plan: Plan) -> bool:
    """Whether the folder is the wizard's to make; its mark is in it before anything else."""
    mark = journal.mark_of(plan)
    return ownership.claim(plan, mark) if mark else True


class _Watch:
    """Looks at a running step: its lines, the disk, and whether it should end."""

    def __init__(
        self,
        plan: Plan,
        step: Step,
        forecast: Forecast | None,
        temporary: Path,
        on_event: OnEvent,
        cancelled: threading.Event,
        log: RunLog,
    ) -> None:
        self._gauge = gauge_for(plan, step, forecast, temporary)
        self._on_event = on_event
        self._cancelled = cancelled
        self._log = log
        self._clock = AwakeClock()
        self._looked = 0.0
        self._last: tuple[object, ...] = ()
        self._ends: dict[str, deque[str]] = {
            name: deque(maxlen=_KEPT_LINES) for name in ("stdout", "stderr")
        }
        self._alive = self._clock.now()
        self.stop = threading.Event()
        self.stalled = False

    @property
    def last_words(self) -> str:
        """The end of what was said; errors last, whatever else was printed beside them."""
        return "\n".join([*self._ends["stdout"], *self._ends["stderr"]])

    def heed(self, stream: str, line: str) -> None:
        self._log.write(line)
        self._ends[stream].append(line[:_KEPT_WIDTH])
        self._gauge.heed(line)
        self._alive = self._clock.now()
        self._on_event(LogLine(line))

    def look(self) -> None:
        now = self._clock.now()
        if self._cancelled.is_set():
            self.stop.set()
            return
        if now - self._looked < _LOOKS:
            return
        self._looked = now
        progress = self._gauge.read()
        state = (progress.phase, progress.done, progress.total)
        if state != self._last:
            self._last, self._alive = state, now
        elif now - self._alive > _STALLED:
            self.stalled = True
            self.stop.set()
        self._on_event(progress)
