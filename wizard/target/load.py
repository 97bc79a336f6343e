"""Is another program using the processor? What the system counts, less what this process took."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, NamedTuple, Optional, Set

_LEAST = 0.4
"""Processors: what a desktop does by itself stays below."""
_SHARE = 0.05
"""Of all processors: on a large computer there is room beside a little more."""


class Times(NamedTuple):
    """Seconds since some moment."""

    clock: float
    busy: float
    """Of all processors together, whoever used them."""
    own: float
    """Of this process, all its threads together."""


def read_times() -> Optional[Times]:
    """The times of now; None where the system has no count of them that can be read."""
    busy = _windows_busy() if sys.platform == "win32" else _linux_busy()
    return None if busy is None else Times(time.perf_counter(), busy, time.process_time())


def is_used_by_others(before: Times, after: Times, processors: int) -> bool:
    """Whether others kept so many processors busy in between that figures suffer from it."""
    passed = after.clock - before.clock
    if passed <= 0:
        return False
    others = (after.busy - before.busy - (after.own - before.own)) / passed
    return others >= max(_LEAST, _SHARE * processors)


def usable_processors() -> "Set[int]":
    """The numbers of the processors that this process may run on."""
    try:
        return set(os.sched_getaffinity(0))
    except AttributeError:  # Linux alone has it
        return set(range(os.cpu_count() or 1))


def _linux_busy() -> Optional[float]:
    """Seconds in user, nice, system, irq and softirq; another virtual machine's are not in them.

    https://man7.org/linux/man-pages/man5/proc_stat.5.html
    """
    usable = {f"cpu{number}" for number in usable_processors()}
    ticks = 0
    try:
        with open("/proc/stat", encoding="ascii") as lines:  # noqa: PTH123  (plain and fast)
            for line in lines:
                name, *fields = line.split()
                if name in usable:
                    ticks += sum(int(fields[index]) for index in (0, 1, 2, 5, 6))
    except (OSError, ValueError, IndexError):
        return None
    # Some sandboxes show zeros.
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else None


def _windows_busy() -> Optional[float]:
    """The kernel's time counts the idle time in, all in units of 100 ns (`GetSystemTimes`)."""
    import ctypes

    idle, kernel, user = ctypes.c_uint64(), ctypes.c_uint64(), ctypes.c_uint64()
    windll: Any = getattr(ctypes, "windll")  # noqa: B009  (absent on other systems)
    times = (ctypes.byref(each) for each in (idle, kernel, user))
    if not windll.kernel32.GetSystemTimes(*times):
        return None
    return (kernel.value - idle.value + user.value) / 1e7
