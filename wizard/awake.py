"""A clock for time limits that stands still while the computer sleeps."""

from __future__ import annotations

import time

_ASLEEP = 20.0
"""Seconds between two looks that only a computer that slept lets pass."""


class AwakeClock:
    """Seconds, counted only while somebody looks at it: ask it several times in `_ASLEEP`.

    On Windows and macOS the system's own clock goes on during a sleep: what was within its time
    limit before would be late after it.
    """

    def __init__(self) -> None:
        self._looked = time.monotonic()
        self._slept = 0.0

    def now(self) -> float:
        now = time.monotonic()
        if now - self._looked >= _ASLEEP:
            self._slept += now - self._looked
        self._looked = now
        return now - self._slept
