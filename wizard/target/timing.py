"""How long one piece of work takes: medians, warm-up left out, on the CPU or on a device."""

from __future__ import annotations

import os
import sys
import time
from statistics import median
from typing import Any, Callable, List, NamedTuple, Optional

from . import accelerator

Work = Callable[[], object]

_BLOCK = 2e-3
"""Seconds a block of repeats takes at least, so that reading the clock costs nothing beside it."""
_FEWEST = 3
_MOST = 1000
_FLUSH_BYTES = 256 * 2**20
"""Written between two measurements on a GPU: more than the second-level cache of any."""


class Measured(NamedTuple):
    seconds: float
    """The median."""
    repeats: int
    latency: Optional[float] = None
    """Seconds from handing work over to an idle device until its result is there, the median."""


def on_cpu(work: Work, budget: float) -> Measured:
    """The median time of ``work`` over blocks of repeats that fill ``budget`` seconds.

    As `torch.utils.benchmark.Timer.blocked_autorange` does it; at least three blocks, whatever they
    take. Finding the length of a block is the warm-up.
    """
    number = 1
    while True:
        taken = _block(work, number)
        if taken >= _BLOCK:
            break
        number *= 2 if taken > _BLOCK / 8 else 8
    times: List[float] = []
    until = time.perf_counter() + budget
    while len(times) < _FEWEST or (time.perf_counter() < until and len(times) < _MOST):
        times.append(_block(work, number) / number)
    return Measured(median(times), len(times))


def _block(work: Work, number: int) -> float:
    began = time.perf_counter()
    for _ in range(number):
        work()
    return time.perf_counter() - began


class DeviceTimer:
    """Times work on a device: what the device itself takes, and how long one waits for it.

    The cache is emptied before each repeat. With CUDA's events the work is handed over while the
    device still does that, so that the figure is the work alone, as `triton.testing.do_bench` has
    it; where there are no events, it is what one waits.
    """

    def __init__(self, torch: Any, device: str) -> None:
        self._torch = torch
        self._device = device
        free = accelerator.free_memory(torch, device)
        size = _FLUSH_BYTES if free is None else min(_FLUSH_BYTES, free // 8)
        self._flushed = torch.empty(max(size, 1), dtype=torch.int8, device=device)
        self._events = device.startswith("cuda")

    def measure(self, work: Work, budget: float) -> Measured:
        """The median time of ``work`` over repeats that fill ``budget`` seconds, three at least."""
        latency = self._warm_up(work, budget / 4)
        times: List[float] = []
        until = time.perf_counter() + budget
        while len(times) < _FEWEST or (time.perf_counter() < until and len(times) < _MOST):
            times.append(self._by_events(work) if self._events else self._after_flush(work))
        return Measured(median(times), len(times), latency)

    def _warm_up(self, work: Work, budget: float) -> float:
        """Run it for a while; the median of what one waits, the first time left out."""
        until = time.perf_counter() + min(budget, 0.1)
        self._by_clock(work)
        times = [self._by_clock(work)]
        while time.perf_counter() < until and len(times) < _MOST:
            times.append(self._by_clock(work))
        return median(times)

    def _by_events(self, work: Work) -> float:
        self._flushed.zero_()
        start = self._torch.cuda.Event(enable_timing=True)
        end = self._torch.cuda.Event(enable_timing=True)
        start.record()
        work()
        end.record()
        self._synchronize()
        return start.elapsed_time(end) / 1000

    def _after_flush(self, work: Work) -> float:
        self._flushed.zero_()
        self._synchronize()
        return self._by_clock(work)

    def _by_clock(self, work: Work) -> float:
        began = time.perf_counter()
        work()
        self._synchronize()
        return time.perf_counter() - began

    def _synchronize(self) -> None:
        accelerator.synchronize(self._torch, self._device)


def available_memory() -> Optional[int]:
    """Bytes of main memory that can be used without swapping; None where it is not known."""
    if sys.platform == "win32":
        return _windows_available()
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:  # noqa: PTH123  (plain and fast)
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:  # macOS keeps its memory filled; a quarter of all is a safe share
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4
    except (AttributeError, OSError, ValueError):
        return None


def _windows_available() -> Optional[int]:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("dwLength", ctypes.c_uint32),
            ("dwMemoryLoad", ctypes.c_uint32),
            ("ullTotalPhys", ctypes.c_uint64),
            ("ullAvailPhys", ctypes.c_uint64),
            ("ullRest", ctypes.c_uint64 * 5),
        )

    status = Status()
    status.dwLength = ctypes.sizeof(Status)
    windll: Any = getattr(ctypes, "windll")  # noqa: B009  (absent on other systems)
    if not windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status.ullAvailPhys)
