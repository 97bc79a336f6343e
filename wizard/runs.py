"""A verification or benchmark while it runs, and what of its result is worth keeping."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from wizard.state import BenchmarkRecord, VerificationRecord

if TYPE_CHECKING:
    from wizard.jobs.benchmark import BenchmarkResult
    from wizard.jobs.events import Event
    from wizard.jobs.verification import VerificationResult

_LOG_CHUNKS = 40
_Result = TypeVar("_Result")


def log_end() -> deque[str]:
    """Keeps the end of what a program printed beside its events; the whole is in a file."""
    return deque(maxlen=_LOG_CHUNKS)


class Job(Protocol):
    """What the session needs of a running job."""

    def cancel(self) -> None: ...
    def isRunning(self) -> bool: ...  # noqa: N802  (Qt's name)


class Run(Generic[_Result]):
    """A verification or benchmark: what it has said, and its result once it ended."""

    def __init__(self, *, running: bool = False) -> None:
        self.running = running
        self.events: list[Event] = []
        self.log = log_end()
        self.result: _Result | None = None

    def clear(self) -> None:
        self.events.clear()
        self.log.clear()
        self.result = None

    def keep(self, event: Event) -> None:
        from wizard.jobs.events import LogLine

        if isinstance(event, LogLine):
            self.log.append(event.text)
        else:
            self.events.append(event)


def verification_record(result: VerificationResult) -> VerificationRecord:
    """What a verification found, without its details."""
    available = next((c.value for c in result.checks if c.id == "cuda_available"), None)
    return VerificationRecord(
        python=result.python,
        ready=result.ready,
        torch=result.torch_version,
        devices=result.device_names,
        findings=tuple(finding.code for finding in result.findings),
        cuda_available=available if isinstance(available, bool) else None,
        finished=time.time(),
    )


def benchmark_record(result: BenchmarkResult) -> BenchmarkRecord:
    """The figures of a benchmark that are worth keeping."""
    from wizard.jobs.benchmark import best_gflops, speedup, training_speedup

    return BenchmarkRecord(
        python=result.python,
        cpu_gflops=best_gflops(result, "cpu"),
        gpu_gflops=best_gflops(result, "gpu"),
        speedup=speedup(result),
        training_speedup=training_speedup(result),
        # Running out of its time is a normal end on a slow computer; being stopped is not.
        complete=result.kind == "exited" and bool(result.samples) and not result.findings,
        finished=time.time(),
    )
