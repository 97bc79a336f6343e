"""Drives the benchmark, and says what its figures mean."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.advice.usual_figures import usual_gflops
from wizard.child_process import Kind
from wizard.jobs.events import Device, Done, Event, Info, Note, Sample, Training
from wizard.jobs.target_run import RunTarget, run_target

if TYPE_CHECKING:
    from wizard.advice.finding import Finding

HALF_PRECISION = ("float16", "bfloat16")
START_SECONDS = 240.0
"""How long PyTorch may take to start before the measurement's own time begins."""


@dataclass(frozen=True)
class BenchmarkResult:
    samples: tuple[Sample, ...]
    trainings: tuple[Training, ...]
    notes: tuple[Note, ...]
    info: Info | None
    stopped: bool
    """The user stopped it; what was measured is kept."""
    complete: bool
    """All that was planned within the time was measured."""
    findings: tuple[Finding, ...]
    kind: Kind
    exit_name: str
    log_path: Path | None
    log_tail: tuple[str, ...]
    python: str


@dataclass(frozen=True)
class Summary:
    """What the figures say; None where one side was not measured."""

    cpu_gflops: float | None
    """The best float32 figure of the CPU."""
    gpu_gflops: float | None
    gpu_name: str
    speedup: float | None
    """How many times as fast the GPU is at the largest float32 size both measured."""
    speedup_size: int | None
    training_speedup: float | None
    """Tokens per second, GPU against CPU, float32."""
    crossover: int | None
    """The largest size at which the CPU has the result sooner; None where it never has."""
    half_precision_gain: float | None
    """The best half-precision figure against the GPU's own best float32 figure."""
    usual_gflops: float | None = None
    """What such a card usually reaches in float32; None where nobody measured one."""


def run_benchmark(
    python: Path,
    on_event: Callable[[Event], None],
    cancelled: threading.Event | None = None,
    seconds: float = 30.0,
    run_child: RunTarget = run_target,
) -> BenchmarkResult:
    """Measure within about ``seconds``; ``on_event`` is called in this thread. Never raises.

    ``run_child`` is another source of events than a child, such as a recording.
    """
    # Imported late: the window starts without it.
    from wizard.causes.verified import from_benchmark

    samples: list[Sample] = []
    trainings: list[Training] = []
    notes: list[Note] = []
    info: Info | None = None
    complete = False

    def collect(event: Event) -> None:
        nonlocal info, complete
        match event:
            case Sample():
                samples.append(event)
            case Training():
                trainings.append(event)
            case Note():
                notes.append(event)
            case Info():
                info = event
            case Done():
                complete = event.complete
            case _:
                pass
        on_event(event)

    run = run_child(
        python,
        ("benchmark", "--seconds", f"{seconds:g}"),
        collect,
        timeout=START_SECONDS + 3 * seconds,
        silence=START_SECONDS,
        cancelled=cancelled,
    )
    ending = run.ending(None)
    if not samples:
        ending = replace(ending, done=False)  # whatever it said: it measured nothing
    return BenchmarkResult(
        samples=tuple(samples),
        trainings=tuple(trainings),
        notes=tuple(notes),
        info=info,
        stopped=run.outcome.kind == "cancelled",
        complete=complete and run.done,
        findings=from_benchmark(str(python), ending),
        kind=run.outcome.kind,
        exit_name=run.outcome.exit_name,
        log_path=run.log_path,
        log_tail=run.log_tail,
        python=str(python),
    )


def summarize(result: BenchmarkResult) -> Summary:
    """What the figures of a run say together."""
    by_size = speedup_by_size(result)
    largest = max(by_size, default=None)
    half = _best(_of_gpu(result, *HALF_PRECISION))
    gpu = best_gflops(result, "gpu")
    name = _gpu_name(result.info)
    return Summary(
        cpu_gflops=best_gflops(result, "cpu"),
        gpu_gflops=gpu,
        gpu_name=name,
        speedup=None if largest is None else by_size[largest],
        speedup_size=largest,
        training_speedup=training_speedup(result),
        crossover=max(_sooner_on_cpu(result), default=None),
        half_precision_gain=None if half is None or gpu is None else half / gpu,
        usual_gflops=usual_gflops(name),
    )


def speedup_by_size(result: BenchmarkResult) -> dict[int, float]:
    """How many times as fast the (first) GPU is, by matrix size, where both were measured."""
    cpu = {each.size: each.gflops for each in _of_cpu(result)}
    return {each.size: each.gflops / cpu[each.size] for each in _of_gpu(result) if each.size in cpu}


def _sooner_on_cpu(result: BenchmarkResult) -> list[int]:
    """The sizes whose result the CPU has sooner: a GPU waits for its work to be handed over."""
    cpu = {each.size: each.seconds for each in _of_cpu(result)}
    gpu = {each.size: each.latency or each.seconds for each in _of_gpu(result)}
    return [size for size in cpu.keys() & gpu.keys() if cpu[size] < gpu[size]]


def speedup(result: BenchmarkResult) -> float | None:
    """The same at the largest size both measured."""
    by_size = speedup_by_size(result)
    return by_size[max(by_size)] if by_size else None


def training_speedup(result: BenchmarkResult) -> float | None:
    """Tokens per second of the GPU against the CPU's, both in float32."""
    full = [each for each in result.trainings if each.dtype == "float32"]
    cpu = [each.tokens_per_second for each in full if each.device == "cpu"]
    gpu = [each.tokens_per_second for each in full if each.device != "cpu"]
    return max(gpu) / max(cpu) if cpu and gpu else None


def best_gflops(result: BenchmarkResult, which: str) -> float | None:
    """The best float32 figure of ``"cpu"`` or of ``"gpu"``, in GFLOP/s."""
    return _best(_of_cpu(result) if which == "cpu" else _of_gpu(result))


def _of_cpu(result: BenchmarkResult) -> list[Sample]:
    return [s for s in result.samples if s.device == "cpu" and s.dtype == "float32"]


def _of_gpu(result: BenchmarkResult, *dtypes: str) -> list[Sample]:
    """Float32 where no other is asked for."""
    wanted = dtypes or ("float32",)
    return [s for s in result.samples if s.device != "cpu" and s.dtype in wanted]


def _best(samples: list[Sample]) -> float | None:
    return max((sample.gflops for sample in samples), default=None)


def _gpu_name(info: Info | None) -> str:
    devices: tuple[Device, ...] = () if info is None else info.devices
    return next((device.name for device in devices if device.id != "cpu"), "")
