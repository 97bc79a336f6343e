"""The output of a run in a file of the user's own, its end in memory.

A program can print for hours: beginning and end are kept. A full disk must not stop the run.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from wizard.files import private_folder, private_opener
from wizard.paths import user_data_folder

KEPT_LOGS = 10
"""Of each kind of run."""
MAX_BEGINNING, MAX_END = 3 * 2**20, 2**20
MAX_ALL = 12 * 2**20
"""Bytes of all logs together, the one that is being written included."""
TAIL_LINES = 200
_TAIL_WIDTH = 2000


class RunLog:
    """Use as a context manager; `path` is None where no file could be written."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        """``folder`` is for tests; None means the user data folder's ``logs``."""
        self.path: Path | None = None
        self._name = name
        self._folder = folder
        self._file: BinaryIO | None = None
        self._room = MAX_BEGINNING
        self._end: deque[bytes] = deque()
        """What came after the beginning, as far as there is room for it."""
        self._end_bytes = self._left_out = 0
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    def __enter__(self) -> RunLog:
        with contextlib.suppress(OSError):
            folder = self._folder or user_data_folder() / "logs"
            private_folder(folder)
            _tidy(folder, self._name)
            stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09d}"
            path = folder / f"{self._name}-{stamp}.log"
            self._file = open(path, "xb", opener=private_opener)
            self.path = path
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            if self._left_out:
                self._file.write(b"[%d bytes are left out here]\n" % self._left_out)
            self._file.writelines(self._end)
        with contextlib.suppress(OSError):
            self._file.close()

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, long ones cut."""
        return tuple(self._tail)

    def write(self, line: str) -> None:
        self._tail.append(line[:_TAIL_WIDTH])
        if self._file is None:
            return
        data = f"{line}\n".encode("utf-8", "backslashreplace")
        if self._room >= len(data):
            self._room -= len(data)
            with contextlib.suppress(OSError):
                self._file.write(data)
            return
        self._room = 0  # a shorter line must not come before a longer one
        self._keep_for_the_end(data)

    def _keep_for_the_end(self, data: bytes) -> None:
        most = MAX_END // 2  # of one line: those around it count as well
        self._left_out += max(0, len(data) - most)
        self._end.append(data[-most:])
        self._end_bytes += len(self._end[-1])
        while self._end_bytes > MAX_END:
            gone = len(self._end.popleft())
            self._end_bytes -= gone
            self._left_out += gone


def _tidy(folder: Path, name: str) -> None:
    """Make room for a new log, and earlier ones private: older versions let others read them.

    The oldest go by their age, not by the local time in their names: clocks are put back.
    """
    newest_first = sorted(((_written(path), path) for path in folder.iterdir()), reverse=True)
    room, same = MAX_ALL - MAX_BEGINNING - MAX_END, KEPT_LOGS - 1
    for _time, path in newest_first:
        with contextlib.suppress(OSError):
            room -= path.stat().st_size
            ours = path.suffix == ".log" and path.name.startswith(f"{name}-")
            same -= ours
            if path.suffix == ".log" and (room < 0 or (ours and same < 0)):
                path.unlink()
            elif not path.is_symlink():
                path.chmod(0o600)


def _written(path: Path) -> int:
    """When, in nanoseconds; a file that has just gone is the oldest."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
