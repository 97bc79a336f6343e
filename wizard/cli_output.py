"""How the command line speaks: lines for people, JSON for programs, always UTF-8."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from wizard.printable import printable, printable_json

_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


def speak_utf8() -> None:
    """UTF-8 on every console and pipe; what cannot be said is replaced, not an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def print_document(data: Mapping[str, object]) -> None:
    _put(printable_json(json.dumps(data, ensure_ascii=False, indent=2)), sys.stdout)


class OutputFullError(OSError):
    """Nothing more can be written to standard output: the drive that it goes to is full."""


_results = 0


def results_said() -> int:
    """How many events named ``result`` this process has said so far."""
    return _results


def print_json(data: Mapping[str, object]) -> None:
    global _results
    _results += data.get("event") == "result"  # said as soon as it is begun
    _put(printable_json(json.dumps(data, ensure_ascii=False)), sys.stdout)


def print_lines(lines: Sequence[str]) -> None:
    _put(printable("\n".join(lines)), sys.stdout)


def say(line: str) -> None:
    try:
        _put(printable(line), sys.stderr)
    except OSError:  # there is nowhere to say that it could not be said
        if sys.stderr is not None:
            silence(sys.stderr)


def flush_output() -> None:
    """Say what waits to be said; at the end of Python its failing would be another exit code."""
    _put("", sys.stdout, end="")


def _put(words: str, stream: TextIO | None, end: str = "\n") -> None:
    """Whoever read it may have enough: what was asked for goes on, and its exit code is true."""
    if stream is None:
        return
    try:
        print(words, end=end, file=stream, flush=True)
    except OSError as error:
        if error.errno in _FULL:
            raise OutputFullError(*error.args) from None
        if not reader_has_gone(error):
            raise
        silence(stream)


def reader_has_gone(error: Exception) -> bool:
    """The other end of a pipe, or the terminal; Windows calls that an invalid argument."""
    if isinstance(error, BrokenPipeError):
        return True
    gone = errno.EINVAL if sys.platform == "win32" else errno.EIO
    return isinstance(error, OSError) and error.errno == gone


def silence(stream: TextIO) -> None:
    """Nothing more can be said there: the flush at exit must not complain about it either."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
