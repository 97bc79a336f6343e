"""CPU against GPU, measured within a time budget: matrix products of growing size, then training.

The sizes grow side by side on all devices, so that the picture of it grows, too. The budget begins
when PyTorch is loaded. It bends on a busy computer: what the others' work has spoiled is measured
again, and each device gets its training figure.
"""

from __future__ import annotations

import gc
import importlib
import os
import platform
import sys
import time
import traceback
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from . import accelerator, load
from .protocol import Channel, watch_parent
from .timing import DeviceTimer, Measured, available_memory, on_cpu
from .transformer import LENGTH, TrainingStep

SMALLEST = 64
_TRAINING_SHARE = 0.3
"""Of the budget."""
_LONGEST = 0.5
"""Seconds for one point; more makes it no better."""
_RUNS = 5
"""Runs one point needs at least, the warm-up among them."""
_AGAIN = 2
"""How many times more a point is measured that falls far below a smaller one."""
_FAR_BELOW = 0.5
"""A larger product keeps a processor as busy as a smaller one: it has no lower speed, but for heat,
power and the caches; these take no half of it."""
_BEND = 0.5
"""Of the budget: how much may come on top for measuring again."""
_LOOK = 2.0
"""Seconds over which it is judged whether others use the processor, at least."""
_TILE = 2048
"""Random numbers are made in tiles of this size: for the largest matrices it would take seconds."""
_SLOWEST = 1e9
"""Operations a second that any processor does. Eight times the work of the size before take up to
eight times as long; but what was measured there may have been another program's work."""
_TEXTS = (64, 32, 16, 8, 4, 2, 1)
"""On few texts a fast GPU waits for its next kernel: on 8, an H200 was no faster in bfloat16 than
in float32 (measured)."""
_TEXT_BYTES = 32 * 2**20
"""Room that one text of a training step needs at most, with its gradients."""


class Curve(NamedTuple):
    """One line of the picture."""

    device: str
    dtype: str
    """PyTorch's name of it; ``tf32``: float32 that tensor cores multiply with fewer digits."""


class Benchmark:
    """One run; every figure is said as soon as it is known."""

    def __init__(self, torch: Any, channel: Channel, seconds: float, largest: int) -> None:
        self._torch = torch
        self._channel = channel
        self._end = time.perf_counter() + seconds
        self._matmul_end = self._end - seconds * _TRAINING_SHARE
        self._bend = seconds * _BEND
        self._largest = largest
        self._timers: Dict[str, DeviceTimer] = {}
        self._last: Dict[Curve, float] = {}
        """Seconds at the size before; a curve that is not in it any more has ended."""
        self._fastest: Dict[Curve, float] = {}
        """Operations a second, the best of the sizes before."""
        self._looked = load.read_times()
        self._said_busy = False

    def run(self) -> None:
        """Measure everything."""
        torch = self._torch
        device = _first_device(torch)
        name = None if device is None else _name(torch, device)
        device = None if name is None else device
        self._tell_info(device, name)
        curves = [Curve("cpu", "float32")]
        trained = list(curves)
        if device is not None:
            trained += [Curve(device, "float32"), Curve(device, _half_type(torch, device))]
            tf32 = [Curve(device, "tf32")] if _has_tf32(torch, device) else []
            curves = trained[:2] + tf32 + trained[2:]
        self._matmul(curves)
        self._last.clear()
        accelerator.allow_tf32(torch, False)
        # The GPU first: it needs the least of the time, and the CPU then takes what is left.
        for index, curve in enumerate(reversed(trained)):
            self._train(curve, len(trained) - index)

    def _tell_info(self, device: Optional[str], name: Optional[str]) -> None:
        torch = self._torch
        devices: List[Dict[str, Optional[str]]] = [{"id": "cpu", "name": _processor_name()}]
        if device is not None:
            devices.append({"id": device, "name": name})
        self._channel.emit(
            "info", torch=str(torch.__version__), threads=torch.get_num_threads(), devices=devices
        )

    # Matrix products

    def _matmul(self, curves: List[Curve]) -> None:
        self._last = dict.fromkeys(curves, 0.0)
        size = SMALLEST
        while size <= self._largest and self._last:
            for curve in curves:
                if curve not in self._last:
                    continue
                if not self._has_time(min(8 * self._last[curve], 2 * size**3 / _SLOWEST)):
                    del self._last[curve]
                elif not self._fits(curve, size):
                    del self._last[curve]
                    self._note("out_of_memory", "matmul", curve, size)
                else:
                    self._point(curve, size)
            size *= 2

    def _has_time(self, predicted: float) -> bool:
        return predicted * _RUNS <= 0.7 * (self._matmul_end - time.perf_counter())

    def _fits(self, curve: Curve, size: int) -> bool:
        width = 4 if curve.dtype in ("float32", "tf32") else 2
        needed = 3 * size * size * width
        free = self._free_memory(curve.device)
        return free is None or needed < 0.7 * free

    def _free_memory(self, device: str) -> Optional[int]:
        if device == "cpu":
            return available_memory()
        return accelerator.free_memory(self._torch, device)

    def _point(self, curve: Curve, size: int) -> None:
        torch = self._torch
        self._channel.emit(
            "status", kind="matmul", device=curve.device, dtype=curve.dtype, size=size
        )

        accelerator.allow_tf32(torch, curve.dtype == "tf32")

        def work() -> Callable[[], object]:
            # Random: a GPU draws less power, and is faster, on zeros.
            tile, times = min(size, _TILE), max(size // _TILE, 1)
            kind = torch.float32 if curve.dtype == "tf32" else getattr(torch, curve.dtype)
            left, right = (
                torch.randn(tile, tile, device=curve.device).to(kind).repeat(times, times)
                for _ in range(2)
            )
            return lambda: torch.mm(left, right)

        left = self._matmul_end - time.perf_counter()
        budget = max(min(_LONGEST, left / (8 * len(self._last))), 0.0)
        measured: Optional[Measured] = self._try(
            "matmul", curve, size, lambda: self._plausible(curve, size, work, budget)
        )
        if measured is None:
            return
        self._last[curve] = measured.seconds
        far_below = self._is_far_below(curve, size, measured)
        self._look_at_others("matmul", size, _LOOK / 4 if far_below else _LOOK)
        if far_below and not self._said_busy:
            self._note("unsteady", "matmul", curve, size)
        self._fastest[curve] = max(self._fastest.get(curve, 0.0), size**3 / measured.seconds)
        self._channel.emit(
            "sample",
            kind="matmul",
            device=curve.device,
            dtype=curve.dtype,
            size=size,
            seconds=measured.seconds,
            gflops=2 * size**3 / measured.seconds / 1e9,
            repeats=measured.repeats,
            latency=measured.latency,
        )

    def _plausible(
        self, curve: Curve, size: int, make: Callable[[], Callable[[], object]], budget: float
    ) -> Measured:
        """The time of what ``make`` makes, taken again where smaller ones let expect far less.

        The best counts: what disturbs a measurement makes it slower, never faster.
        """
        work = make()
        best = self._measure(curve, work, budget)
        for _ in range(_AGAIN):
            if not self._is_far_below(curve, size, best) or best.seconds * _RUNS > self._bend:
                break
            began = time.perf_counter()
            best = min(best, self._measure(curve, work, budget), key=lambda each: each.seconds)
            taken = time.perf_counter() - began
            self._bend -= taken
            self._matmul_end += taken
            self._end += taken
        return best

    def _is_far_below(self, curve: Curve, size: int, measured: Measured) -> bool:
        return size**3 / measured.seconds < _FAR_BELOW * self._fastest.get(curve, 0.0)

    def _look_at_others(self, kind: str, size: int, at_least: float) -> None:
        """Say once that another program uses the processor."""
        before, now = self._looked, load.read_times()
        if before is None or now is None or now.clock - before.clock < at_least:
            return
        self._looked = now
        if load.is_used_by_others(before, now, len(load.usable_processors())):
            if not self._said_busy:
                self._note("processor_busy", kind, Curve("cpu", "float32"), size)
            self._said_busy = True

    # Training

    def _train(self, curve: Curve, parts: int) -> None:
        """As many texts a step as one of ``parts`` of the time left allows; one in any case."""
        half = None if curve.dtype == "float32" else curve.dtype
        share = min(6.0, (self._end - time.perf_counter()) / parts)
        self._say_training(curve, LENGTH)
        probed = self._try("training", curve, LENGTH, lambda: self._probe(curve, half))
        if probed is None:
            return
        share = min(share, self._end - time.perf_counter())
        measured, tokens = Measured(probed, 1), LENGTH
        room = self._free_memory(curve.device)
        texts = next(
            (
                n
                for n in _TEXTS
                if n * probed * _RUNS < share and (room is None or n * _TEXT_BYTES < 0.5 * room)
            ),
            0,
        )
        if texts:
            again = self._larger_step(curve, texts, half, share / 2)
            if again is not None:
                measured, tokens = again, texts * LENGTH
        self._look_at_others("training", tokens, _LOOK / 4)
        self._channel.emit(
            "training",
            device=curve.device,
            dtype=curve.dtype,
            tokens_per_second=tokens / measured.seconds,
            seconds=measured.seconds,
            tokens=tokens,
            repeats=measured.repeats,
        )

    def _probe(self, curve: Curve, half: Optional[str]) -> float:
        """Seconds of the second step on one text: enough to know how many texts fit the time."""
        step = TrainingStep(self._torch, curve.device, 1, half)
        seconds = 0.0
        for _ in range(2):
            began = time.perf_counter()
            step()
            accelerator.synchronize(self._torch, curve.device)
            seconds = time.perf_counter() - began
        return seconds

    def _larger_step(
        self, curve: Curve, texts: int, half: Optional[str], budget: float
    ) -> Optional[Measured]:
        tokens = texts * LENGTH
        self._say_training(curve, tokens)
        longest = min(budget, 3 * _LONGEST)
        return self._try(
            "training",
            curve,
            tokens,
            lambda: self._measure(
                curve, TrainingStep(self._torch, curve.device, texts, half), longest
            ),
        )

    def _say_training(self, curve: Curve, tokens: int) -> None:
        self._channel.emit(
            "status", kind="training", device=curve.device, dtype=curve.dtype, size=tokens
        )

    # Measuring

    def _measure(self, curve: Curve, work: Callable[[], object], budget: float) -> Measured:
        if curve.device == "cpu":
            return on_cpu(work, budget)
        if curve.device not in self._timers:
            self._timers[curve.device] = DeviceTimer(self._torch, curve.device)
        return self._timers[curve.device].measure(work, budget)

    def _try(self, kind: str, curve: Curve, size: int, work: Callable[[], Any]) -> Any:
        """What ``work`` returns; None, and the end of the curve, where it fails."""
        try:
            return work()
        except Exception as error:
            out = accelerator.is_out_of_memory(error)
            if not out:
                traceback.print_exc()
            self._note("out_of_memory" if out else "measurement_failed", kind, curve, size)
        self._last.pop(curve, None)
        if curve.device != "cpu":
            accelerator.release_memory(self._torch, curve.device)
        return None

    def _note(self, code: str, kind: str, curve: Curve, size: int) -> None:
        self._channel.emit("note", code=code, kind=kind, device=curve.device, size=size)


def _first_device(torch: Any) -> Optional[str]:
    if torch.cuda.is_available():
        return accelerator.device_ids(torch, "cuda")[0]
    for kind in ("xpu", "mps"):
        if accelerator.is_available(torch, kind):
            return accelerator.device_ids(torch, kind)[0]
    return None


def _name(torch: Any, device: str) -> Optional[str]:
    """The device's name; None where it is listed but cannot be used at all."""
    try:
        return str(accelerator.device_facts(torch, device)["name"])
    except Exception:
        traceback.print_exc()
        return None


def _has_tf32(torch: Any, device: str) -> bool:
    """NVIDIA's tensor cores since 8.0 (NVIDIA A100 whitepaper)."""
    return _is_nvidia(torch, device) and torch.cuda.get_device_capability(device)[0] >= 8


def _is_nvidia(torch: Any, device: str) -> bool:
    return device.startswith("cuda") and not getattr(torch.version, "hip", None)


def _half_type(torch: Any, device: str) -> str:
    """bfloat16 where the hardware has it (NVIDIA since 8.0), else float16."""
    if not _is_nvidia(torch, device):
        return "float16"
    return "bfloat16" if torch.cuda.get_device_capability(device)[0] >= 8 else "float16"


def _processor_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123  (plain and fast)
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def main(seconds: float, largest: int) -> None:
    """Measure for about ``seconds``, sizes up to ``largest``."""
    channel = Channel()
    watch_parent()
    # It would outrank what PyTorch is told: both kinds of float32 are measured here.
    os.environ.pop("NVIDIA_TF32_OVERRIDE", None)
    torch = importlib.import_module("torch")
    accelerator.allow_tf32(torch, False)
    gc.disable()  # as timeit does
    Benchmark(torch, channel, seconds, largest).run()
    channel.emit("done")
    sys.stderr.flush()
    # Straight out: the end of a broken driver or library can hang or crash, and all is said.
    os._exit(0)
