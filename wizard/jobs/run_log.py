"""The whole output of a run in a file, its end in memory; a full disk must not stop the run."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import TextIO

from wizard.paths import user_data_folder

KEPT_LOGS = 10
MAX_BYTES = 64 * 2**20
TAIL_LINES = 200
_TAIL_WIDTH = 2000


class RunLog:
    """Use as a context manager; `path` is None where no file could be written."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        """``folder`` is for tests; None means the user data folder's ``logs``."""
        self.path: Path | None = None
        self._name = name
        self._folder = folder
        self._file: TextIO | None = None
        self._room = MAX_BYTES
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    def __enter__(self) -> RunLog:
        with contextlib.suppress(OSError):
            folder = self._folder or user_data_folder() / "logs"
            folder.mkdir(parents=True, exist_ok=True)
            self._forget_old(folder)
            stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09d}"
            path = folder / f"{self._name}-{stamp}.log"
            self._file = path.open("x", encoding="utf-8", errors="backslashreplace")
            self.path = path
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, long ones cut."""
        return tuple(self._tail)

    def write(self, line: str) -> None:
        self._tail.append(line[:_TAIL_WIDTH])
        if self._file is None or self._room <= 0:
            return
        self._room -= len(line) + 1
        end = "\n" if self._room > 0 else "\n[the rest is too long to keep]\n"
        with contextlib.suppress(OSError):
            self._file.write(line + end)

    def _forget_old(self, folder: Path) -> None:
        """By their age, not by the local time in their names: clocks are put back."""
        old = sorted((_written(path), path) for path in folder.glob(f"{self._name}-*.log"))
        for _time, path in old[: max(0, len(old) - KEPT_LOGS + 1)]:
            with contextlib.suppress(OSError):
                path.unlink()


def _written(path: Path) -> int:
    """When, in nanoseconds; a file that has just gone is the oldest."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
