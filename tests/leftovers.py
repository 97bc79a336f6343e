"""What a test leaves running, so that it can be ended before the next one begins."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

PATIENCE = 10.0
"""Seconds that a process has for its end; on an idle computer it takes a moment."""


def own_children() -> frozenset[int]:
    """The process ids of this process's children, the unburied dead among them."""
    if sys.platform != "linux":
        return frozenset(child.pid for child in psutil.Process().children())
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # the thread has ended meanwhile, or an old kernel
            found.update(map(int, (task / "children").read_text().split()))
    return frozenset(found)


def still_running(pids: Iterable[int]) -> list[psutil.Process]:
    """Those of the processes that do not end by themselves in the given time."""
    found: list[psutil.Process] = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    _gone, alive = psutil.wait_procs(found, PATIENCE) if found else ([], [])
    return [process for process in alive if process.is_running()]


def end(processes: Iterable[psutil.Process]) -> list[str]:
    """Kill them with all that they started; returns what they were."""
    doomed: dict[int, psutil.Process] = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            doomed |= {each.pid: each for each in (process, *process.children(recursive=True))}
    said: list[str] = []
    for process in doomed.values():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            said.append(f"{process.pid} {' '.join(process.cmdline())[:200]}")
            process.kill()
    psutil.wait_procs(list(doomed.values()), PATIENCE)
    return said


def with_variable(matches: Callable[[dict[str, str]], bool]) -> list[psutil.Process]:
    """Other processes of this user whose environment, as they were started with it, matches."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and matches(process.environ()):
                found.append(process)
    return found
