"""Background work for the window: threads whose signals carry one typed value each."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from wizard.child_process import end_all
from wizard.detection.machine import Machine
from wizard.jobs.benchmark import BenchmarkResult, run_benchmark
from wizard.jobs.events import LogLine
from wizard.jobs.telemetry import Meter, Telemetry
from wizard.jobs.verification import VerificationResult, run_verification

_BATCH_SECONDS = 0.05
_BATCH_LINES = 200
"""Log lines handed over at a time; the window cannot show more, and the file has them all."""
_READINGS_SECONDS = 0.5


@dataclass(frozen=True)
class SurveyProgress:
    """What is known so far, and which probes have answered."""

    machine: Machine
    answered: frozenset[str]


Survey = Callable[[Callable[[Machine, frozenset[Any]], None]], Machine]


class SurveyJob(QThread):
    """Asks what this computer is; a described machine is answered at once."""

    progressed = Signal(object)
    """`SurveyProgress`."""
    surveyed = Signal(object)
    """`Machine`."""

    def __init__(
        self,
        described: Machine | None = None,
        parent: QObject | None = None,
        survey: Survey | None = None,
    ) -> None:
        """``survey`` is for tests; None means `wizard.detection.survey.survey`."""
        super().__init__(parent)
        self._described = described
        self._survey = survey
        self._cancelled = threading.Event()

    def run(self) -> None:
        machine = self._described
        if machine is None:
            machine = self._ask()
        if not self._cancelled.is_set():
            self.surveyed.emit(machine)

    def cancel(self) -> None:
        """Say nothing more; probes that hang are left to their daemon threads."""
        self._cancelled.set()

    def _ask(self) -> Machine:
        if self._survey is not None:
            return self._survey(self._tell)
        from wizard.detection.survey import survey

        return survey(self._tell, cancelled=self._cancelled)

    def _tell(self, machine: Machine, answered: frozenset[Any]) -> None:
        if not self._cancelled.is_set():
            self.progressed.emit(SurveyProgress(machine, frozenset(answered)))


class TargetJob(QThread):
    """Work that starts programs; their log lines come bundled, events one by one."""

    happened = Signal(object)
    """An event; a `LogLine` may hold several lines."""
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cancelled = threading.Event()
        self._lines: list[str] = []
        self._told = 0.0

    def run(self) -> None:
        result = self._work(self._tell, self._cancelled)
        self._tell_lines()
        self.ended.emit(result)

    def cancel(self) -> None:
        """End the child now; the result keeps what was found until then."""
        self._cancelled.set()

    def _work(self, tell: Callable[[object], None], cancelled: threading.Event) -> object:
        raise NotImplementedError

    def _tell(self, event: object) -> None:
        if isinstance(event, LogLine):
            self._lines.append(event.text)
            if time.monotonic() - self._told >= _BATCH_SECONDS:
                self._tell_lines()
            return
        self._tell_lines()
        self.happened.emit(event)

    def _tell_lines(self) -> None:
        lines, self._lines = self._lines, []
        self._told = time.monotonic()
        if lines:
            left_out = len(lines) - _BATCH_LINES
            shown = [f"[… {left_out}]", *lines[-_BATCH_LINES:]] if left_out > 0 else lines
            self.happened.emit(LogLine("\n".join(line[:2000] for line in shown)))


class VerificationJob(TargetJob):
    """``ended`` carries a `VerificationResult`."""

    def __init__(self, python: Path, machine: Machine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._python = python
        self._machine = machine

    def _work(
        self, tell: Callable[[object], None], cancelled: threading.Event
    ) -> VerificationResult:
        return run_verification(self._python, self._machine, tell, cancelled)


class BenchmarkJob(TargetJob):
    """``ended`` carries a `BenchmarkResult`."""

    def __init__(self, python: Path, seconds: float = 30.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._python = python
        self._seconds = seconds

    def _work(self, tell: Callable[[object], None], cancelled: threading.Event) -> BenchmarkResult:
        return run_benchmark(self._python, tell, cancelled, self._seconds)


class TelemetryJob(QThread):
    """Reads the meters twice a second until it is cancelled."""

    reading = Signal(object)
    """`Telemetry`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cancelled = threading.Event()
        self._readings: queue.SimpleQueue[Telemetry | None] = queue.SimpleQueue()

    def run(self) -> None:
        # A daemon: a driver that never comes back must not keep the window from closing.
        reader = threading.Thread(
            target=_read_meters, args=(self._readings, self._cancelled), name="meters", daemon=True
        )
        reader.start()
        while (reading := self._readings.get()) is not None:
            self.reading.emit(reading)
        reader.join(_READINGS_SECONDS)

    def cancel(self) -> None:
        self._cancelled.set()
        self._readings.put(None)


def _read_meters(readings: queue.SimpleQueue[Telemetry | None], cancelled: threading.Event) -> None:
    with Meter() as meter:
        while not cancelled.wait(_READINGS_SECONDS):
            readings.put(meter.read())


def shutdown(jobs: Iterable[QThread]) -> None:
    """Cancel all, then wait for each: no thread and no child outlives the window."""
    running = list(jobs)
    for job in running:
        cancel = getattr(job, "cancel", None)
        if cancel is not None:
            cancel()
    end_all()
    for job in running:
        job.wait()
