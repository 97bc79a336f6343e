"""A terminal that is closed, or ``kill``, ends a command as Ctrl+C does, and all it has started."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """`KeyboardInterrupt` for SIGTERM and SIGHUP, too; the last words are then said in peace.

    After it, a second signal ends the process as the system does it. What was ignored when the
    program was started, as by ``nohup`` or in a shell's background, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken: list[int] = []
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
            taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
