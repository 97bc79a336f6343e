"""A child that no request can end, with a child and a daemon of its own."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil

PATIENCE = 60.0
"""Seconds: a limit for what takes a moment on an idle computer."""

# Deaf, its main thread in C with the interpreter's lock, with a child in its own session and a
# daemon that is nobody's child any more: what a driver that hangs can look like.
STUCK = """
import ctypes, os, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
own = subprocess.Popen(["sleep", "600"], start_new_session=True).pid
forks = ["sh", "-c", "setsid sleep 600 >&- 2>&- & echo $!"]
daemon = int(subprocess.run(forks, capture_output=True, check=True).stdout)
with open(os.environ["PIDS"] + ".new", "w") as file:
    print(os.getpid(), own, daemon, file=file)
os.rename(os.environ["PIDS"] + ".new", os.environ["PIDS"])
ctypes.PyDLL(None).sleep(600)
"""


def stuck_torch(folder: Path) -> dict[str, str]:
    """The environment of a wizard whose Python finds a PyTorch that hangs so while it is loaded."""
    (folder / "torch.py").write_text(STUCK, "utf-8")
    return os.environ | {"PYTHONPATH": str(folder), "PIDS": str(folder / "pids")}


def wait_until_stuck(folder: Path) -> list[int]:
    """The child, its child and its daemon."""
    until = time.monotonic() + PATIENCE
    while not (folder / "pids").exists():
        assert time.monotonic() < until, "it did not start"
        time.sleep(0.02)
    found = [int(word) for word in (folder / "pids").read_text("ascii").split()]
    assert len(found) == 3 and all(map(alive, found))
    return found


def alive(pid: int) -> bool:
    """A process that waits for nothing but its burial is none."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def all_gone(pids: list[int]) -> bool:
    until = time.monotonic() + PATIENCE
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(alive, pids))


def end_stuck(folder: Path) -> None:
    """For the end of a test that failed: nothing is left of it either."""
    pids = folder / "pids"
    for pid in map(int, pids.read_text("ascii").split()) if pids.exists() else ():
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
