"""Carry out a plan: the commands that were shown, one after the other, and nothing else."""

from __future__ import annotations

import math
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
    connection,
    downloads,
    failures,
    journal,
    kept,
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
from wizard.installation.steps import is_of_no_files
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
    ended = _StepEnd()
    with RunLog("install") as log, only_one() as alone:
        run = _Run(plan, forecast, on_event, cancelled, log)
        other = others_at_work(plan) if alone else ANOTHER_WIZARD
        if other is not None:
            ended = _StepEnd((obstacles.already_running(other),), begun=False)
        else:
            problem = journal.begin(plan)
            if problem is not None:
                log.write(f"[{problem}]")
            try:
                run.take_over()
                downloads.remove_left(plan, but=run.held)
                removal.sweep(plan)
                ended = run.all_steps()
            except KeyboardInterrupt:  # Ctrl+C: what ran has been ended on the way here
                ended = _StepEnd(cancelled=True)
        condition = read_condition(plan)
        findings = ended.findings
        if not findings and not ended.cancelled and condition.torch is None:
            findings = (failures.nothing_installed(plan),)
        kind = "cancelled" if ended.cancelled else "failed" if findings else "done"
        untouched = run.at == 0 and not ended.begun
        if other is None:
            journal.dismiss() if untouched else journal.end(kind)
        if kind == "done":
            downloads.drop_wheels(plan)
    if untouched and condition.state != "absent":
        plan = replace(plan, creates=False)  # what is there is somebody else's: never deleted
    return InstallResult(
        plan, kind, run.at, findings, condition, log.path, log.tail, time.monotonic() - began
    )


def clear_away() -> None:
    """Delete the temporary folders that a killed wizard left, where nothing is installing.

    A PyTorch that it had taken out comes back first.
    """
    with only_one() as alone:
        if not alone or journal.someone_at_it():
            return
        for folder in downloads.left_folders():
            try:
                kept.put_back(folder)
            except OSError:
                continue  # what is held stays where it is
            downloads.remove_folder(folder)


class _Run:
    """One run of a plan; what it takes out is held until the end."""

    def __init__(
        self,
        plan: Plan,
        forecast: Forecast | None,
        on_event: OnEvent,
        cancelled: threading.Event,
        log: RunLog,
    ) -> None:
        self.plan = plan
        self.forecast = forecast
        self.on_event = on_event
        self.cancelled = cancelled
        self.log = log
        self.held: Path | None = None
        """The folder in which the files of what is taken out are."""
        self.at = 0
        """The index of the step that runs."""

    def take_over(self) -> None:
        """What a killed run had taken out of the same environment is held on."""
        self.held = kept.held_of(self.plan.prefix, downloads.left_folders())

    def all_steps(self) -> _StepEnd:
        """How the last step that was begun or refused ended; ``at`` is its index."""
        ended = _StepEnd()
        good = False
        try:
            for at, step in enumerate(self.plan.steps):
                self.at = at
                ended = self._step(step)
                if ended.findings or ended.cancelled:
                    break
            else:
                good = True
        finally:
            self._let_go(good)
        return ended

    def _let_go(self, good: bool) -> None:
        """Of what was taken out: it is not needed any more, or it comes back."""
        if self.held is None:
            return
        try:
            if not good and kept.put_back(self.held):
                self.log.write("[the PyTorch that was there is put back]")
        except OSError as error:
            self.log.write(f"[{error}]")
            return  # what is held stays where it is
        downloads.remove_folder(self.held)

    def _step(self, step: Step) -> _StepEnd:
        """Try a step until it ends well, or in a way that another try does not mend."""
        patience = connection.Patience()
        broken_off: Finding | None = None
        while True:
            ended, watch = self._try(step, patience.tries)
            said = "" if watch is None else watch.last_words
            if watch is None and ended.findings and broken_off is not None:
                return _StepEnd((broken_off,))  # what the broken try left must not be made over
            if watch is None or not ended.findings or watch.stalled:
                return ended
            far = watch.furthest
            whole = far.total is not None and far.done >= far.total
            fetching = watch.downloading or step.kind == "download"
            broken = connection.what_broke(said, downloading=fetching, whole=whole)
            if broken is None:
                return ended
            wanted = connection.asked_to_wait(said) if broken == "busy" else 0.0
            pause = patience.pause(broken, far.done, wanted)
            if pause is None and broken == "busy":
                found = connection.too_busy(connection.host_in(said), patience.tries)
                return _StepEnd((found,))
            if pause is None and not fetching:
                return ended  # it never came to a download
            broken_off = connection.broken_off(far.done, far.total, patience.tries)
            if pause is None:
                return _StepEnd((broken_off,))
            self.log.write(f"[{broken}: try {patience.tries} in {pause:g} s]")
            if not self._wait(pause, far, patience.tries):
                return _StepEnd(cancelled=True)

    def _wait(self, seconds: float, far: Progress, tries: int) -> bool:
        """Whether the pause went by without anybody cancelling."""
        clock = AwakeClock()
        until = clock.now() + seconds
        shown = math.inf
        while (left := until - clock.now()) > 0:
            if math.ceil(left) < shown:
                shown = math.ceil(left)
                self.on_event(Progress("waiting", far.done, far.total, None, float(shown), tries))
            if self.cancelled.wait(min(left, _LOOKS)):
                return False
        return True

    def _try(self, step: Step, tries: int) -> tuple[_StepEnd, _Watch | None]:
        """Run a step once; without a `_Watch` it was not started."""
        plan = self.plan
        if self.cancelled.is_set():
            return _StepEnd(cancelled=True, begun=tries > 1), None
        refused = _refused(plan, step)
        if refused is None and step.kind == "make" and not _claimed(plan):
            refused = obstacles.environment_exists(plan)
        if refused is not None:
            return _StepEnd((refused,), begun=tries > 1), None
        try:
            if step.kind == "remove" and not is_of_no_files(step):
                self.held = self.held or downloads.make_folder(plan)
                kept.keep(plan, step, self.held)
            temporary = downloads.make_folder(plan)
        except OSError as error:
            full = _full_disk(plan, self.forecast)
            return _StepEnd(full or (failures.not_started(str(error), plan, step),), False), None
        journal.note_step(self.at)
        if tries == 1:
            self.on_event(StepStarted(self.at, step, len(plan.steps)))
        self.log.write("$ " + " ".join(step.argv))
        watch = _Watch(self, step, temporary, tries)
        try:
            outcome = stream(
                step.argv,
                watch.heed,
                timeout=_LONGEST,
                env=variables(plan, step, temporary if step.tool == "pip" else None),
                cwd=temporary,
                cancelled=watch.stop,
                hold_stdin=False,
                gentle=GENTLE_SECONDS,
                on_start=lambda pid: journal.note_child(self.at, pid),
                on_tick=watch.look,
            )
        finally:
            downloads.remove_folder(temporary)
        if not outcome.ok:
            watch.measure()
            self.log.write(f"[{outcome.kind} {outcome.exit_name} {outcome.detail}]")
        return _end_of(outcome, plan, step, watch, self.forecast), watch


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

    def __init__(self, run: _Run, step: Step, temporary: Path, tries: int) -> None:
        self._gauge = gauge_for(run.plan, step, run.forecast, temporary)
        self._run = run
        self._tries = tries
        self._clock = AwakeClock()
        self._looked = 0.0
        self._last: tuple[object, ...] = ()
        self._ends: dict[str, deque[str]] = {
            name: deque(maxlen=_KEPT_LINES) for name in ("stdout", "stderr")
        }
        self._alive = self._clock.now()
        self.stop = threading.Event()
        self.stalled = False
        self.downloading = False
        """Whether it had begun to fetch files."""
        self.furthest = Progress("downloading")
        """Of the download."""

    @property
    def last_words(self) -> str:
        """The end of what was said; errors last, whatever else was printed beside them."""
        return "\n".join([*self._ends["stdout"], *self._ends["stderr"]])

    def heed(self, stream: str, line: str) -> None:
        self._run.log.write(line)
        self._ends[stream].append(line[:_KEPT_WIDTH])
        self._gauge.heed(line)
        self._alive = self._clock.now()
        self._run.on_event(LogLine(line))

    def measure(self) -> Progress:
        progress = replace(self._gauge.read(), tries=self._tries)
        if progress.phase == "downloading":
            self.downloading = True
            if progress.done >= self.furthest.done:
                self.furthest = progress
        return progress

    def look(self) -> None:
        now = self._clock.now()
        if self._run.cancelled.is_set():
            self.stop.set()
            return
        if now - self._looked < _LOOKS:
            return
        self._looked = now
        progress = self.measure()
        state = (progress.phase, progress.done, progress.total)
        if state != self._last:
            self._last, self._alive = state, now
        elif now - self._alive > _STALLED:
            self.stalled = True
            self.stop.set()
        self._run.on_event(progress)
