"""How a program inside the user's environment speaks: one JSON object a line, on a pipe of its own.

Each line carries the run's nonce, which whoever started the program has put into its environment:
what anything else prints, before the channel is there or past it, is never taken for an event.

Standard library only; Python 3.8 and newer.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import threading
import traceback
from typing import Any, Dict, List, Optional, Union

NONCE = "GPU_SETUP_WIZARD_NONCE"
"""The variable with the run's nonce; the channel takes it out of the environment."""
MAX_TEXT = 8000
"""Characters of one text; a line must stay below what the reader takes in one piece."""

_PR_SET_PDEATHSIG = 1  # prctl(2)

Json = Union[None, bool, int, float, str, List[Any], Dict[str, Any]]


class Channel:
    """Standard output, kept for events alone.

    What libraries print to standard output goes to standard error from now on, so that it can
    never break into an event, not even when C code prints it.
    """

    def __init__(self) -> None:
        self._nonce = os.environ.pop(NONCE, "")
        sys.stdout.flush()
        self._descriptor = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def emit(self, event: str, **fields: Any) -> None:
        """Write one event at once; ends the process where nobody reads any more."""
        said = {"event": event, "nonce": self._nonce}
        line = json.dumps({**said, **{k: _clean(v) for k, v in fields.items()}})
        data = (line + "\n").encode("ascii")
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                os._exit(1)


def watch_parent() -> None:
    """End this process when the one that started it has gone, however it went.

    The parent holds the other end of standard input. Its end is seen by a thread, and on Linux by
    the kernel, too: a driver that hangs while it holds the interpreter's lock stops the thread. On
    Windows a job object does this: there a thread that waits on standard input can hang the loading
    of a DLL.
    """
    if sys.platform == "win32":
        return
    if sys.platform.startswith("linux"):
        _die_with_parent()  # before the thread looks: a parent that has gone by now closed its end
    descriptor = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_end_with, args=(descriptor,), daemon=True).start()


def _die_with_parent() -> None:
    """Be killed when the thread that started this process ends; it waits as long as we run."""
    try:
        import ctypes  # late: where it is broken, the thread remains

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    except Exception:
        traceback.print_exc()


def _end_with(descriptor: int) -> None:
    try:
        while os.read(descriptor, 1024):
            pass
    except OSError:
        pass
    os._exit(1)


def _clean(value: Any) -> Json:
    """A value that is always valid JSON: no NaN, no endless text, nothing unknown."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _clean(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    # A path with bytes that are no text has lone surrogates in it; a reader could not print them.
    return shortened(str(value).encode("utf-8", "backslashreplace").decode("utf-8"))


def shortened(text: str, limit: Optional[int] = None) -> str:
    """A text of bounded length: its beginning and its end, where the cause usually stands."""
    most = MAX_TEXT if limit is None else limit
    if len(text) <= most:
        return text
    half = (most - 5) // 2
    return text[:half] + "\n...\n" + text[-half:]


def described(error: BaseException) -> str:
    """Type, message and where it came from: the last lines of the traceback say the cause."""
    last = "".join(traceback.format_exception(type(error), error, error.__traceback__)[-3:])
    return shortened(f"{type(error).__name__}: {error}\n\n{last}".strip(), 4000)
