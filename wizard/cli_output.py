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

_GIVES_RESULT = frozenset({"install", "setup", "restore", "verify", "check"})


def speak_utf8() -> None:
    """UTF-8 on every console and pipe; what cannot be said is replaced, not an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def print_document(data: Mapping[str, object]) -> None:
    _Results.count += data.get("event") == "result"
    _put(printable_json(json.dumps(data, ensure_ascii=False, indent=2)), sys.stdout)


class _Results:
    """How many results this call has printed: programs wait for just one."""

    count = 0


def count_results_anew() -> None:
    _Results.count = 0


def print_json(data: Mapping[str, object]) -> None:
    _Results.count += data.get("event") == "result"
    _put(printable_json(json.dumps(data, ensure_ascii=False)), sys.stdout)


def print_missing_result(arguments: Sequence[str], ended: str, sentence: str = "") -> None:
    """The result of a call that ended without one, such as a wrong one; for programs that wait."""
    if _Results.count or not _GIVES_RESULT & set(arguments[:1]) or "--json" not in arguments:
        return
    findings = [{"code": ended, "title": sentence}] if sentence else []
    with contextlib.suppress(OSError):
        print_json({"event": "result", "ended": ended, "ready": None, "findings": findings})


def print_lines(lines: Sequence[str]) -> None:
    _put(printable("\n".join(lines)), sys.stdout)


def say(line: str) -> None:
    with contextlib.suppress(OSError):  # there is nowhere to say that it could not be said
        _put(printable(line), sys.stderr)


def _put(words: str, stream: TextIO | None) -> None:
    """Whoever read it may have enough: what was asked for goes on, and its exit code is true."""
    if stream is None:
        return
    try:
        print(words, file=stream, flush=True)
    except OSError as error:
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
