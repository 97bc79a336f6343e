"""A shell in a session of its own that ends this process's children when this process is killed.

Nobody can do that for himself against SIGKILL, and a child's own watch stands still while a driver
hangs in its main thread. So a shell holds the reading end of a pipe whose writing end only this
process has: when that closes, however it came to it, the shell kills each child's process group,
and on Linux also whatever carries the child's mark in its environment, so that a grandchild in a
session of its own is found, whoever its parent is by now.

`PR_SET_PDEATHSIG` alone would not do: it ends the child and no grandchild, and what a process with
threads may do between fork and exec is nothing but exec. The programs of `wizard.target` set it
for themselves, in case there is no shell. On Windows a job object does all this.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable

VARIABLE = "GPU_SETUP_WIZARD_CHILD"
"""In the environment of a child and of all that it starts; its value is the child's mark."""

# Reads "watch MARK PID", "forget MARK" and "sweep MARK PID", where PID is 0 while the child is
# starting. The loop is nobody's child, and deaf to what a closing terminal or a group is sent.
# A sweep ends after three looks in a row that found nothing: a fork may be on its way to its exec.
SCRIPT = """
variable=$1
trap '' HUP INT QUIT TERM
sweep() {
    [ "$2" = 0 ] || kill -s KILL -- "-$2"
    [ -r /proc/self/environ ] || return
    looks=0 quiet=0
    while [ $quiet -lt 3 ] && [ $looks -lt 100 ]; do
        looks=$((looks + 1)) quiet=$((quiet + 1))
        for file in $(grep -s -l -F "$variable=$1" /proc/[0-9]*/environ); do
            process=${file#/proc/}
            kill -s KILL "${process%/environ}" && quiet=0
        done
        sleep 0.1
    done
}
forget() {
    kept=' '
    for each in $live; do
        case $each in "$1":*) ;; *) kept="$kept$each " ;; esac
    done
    live=$kept
}
exec 3<&0
{
    live=' '
    while read -r verb mark pid; do
        forget "$mark"
        case $verb in
            watch) live="$live$mark:$pid " ;;
            sweep) sweep "$mark" "$pid" & ;;
        esac
    done
    for each in $live; do sweep "${each%:*}" "${each#*:}" & done
} <&3 &
"""


class Watched:
    """One child that does not outlive this process, from before its start to after its end."""

    def __init__(self, start: Callable[[], int | None]) -> None:
        """``start`` starts the shell with `SCRIPT`, once: the writing end of its pipe, or None."""
        global _pipe, _tried
        self._mark = os.urandom(16).hex()
        self._pid = 0
        with _lock:
            if not _tried and sys.platform != "win32":
                _pipe = start()
            _tried = True
        _tell(f"watch {self._mark} 0")

    @property
    def variables(self) -> dict[str, str]:
        """What its environment needs, so that all it starts can be found."""
        return {VARIABLE: self._mark}

    def started(self, pid: int) -> None:
        """``pid`` leads its own process group."""
        self._pid = pid
        _tell(f"watch {self._mark} {pid}")

    def ended(self, *, sweep: bool) -> None:
        """Leave it alone from now on; ``sweep``: once whatever it has left running is killed."""
        _tell(f"sweep {self._mark} {self._pid}" if sweep else f"forget {self._mark}")


_lock = threading.Lock()
_pipe: int | None = None
_tried = False


def _tell(line: str) -> None:
    """Say it to the shell; where there is none, nothing happens."""
    with _lock:
        if _pipe is not None:
            # It does not wait: a line is lost where the shell has gone or stands still.
            with contextlib.suppress(OSError):
                os.write(_pipe, f"{line}\n".encode("ascii"))
