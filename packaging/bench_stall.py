"""How long the window's event loop stands still while real children verify and measure.

A timer asks to be called every two milliseconds; the longest time it had to wait beyond that is the
longest stall. Prints one JSON line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, Qt, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication

from wizard.app import make_window
from wizard.state import PageId

INTERVAL_MS = 2
BENCHMARK_SECONDS = 12.0
PATIENCE_SECONDS = 300.0


class Heartbeat:
    """Counts the beats of the event loop and keeps the longest wait between two."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self._last = time.perf_counter()
        self._longest, self._beats = 0.0, 0

    def beat(self) -> None:
        now = time.perf_counter()
        self._longest = max(self._longest, now - self._last - INTERVAL_MS / 1000)
        self._beats += 1
        self._last = now

    def end(self) -> dict[str, float]:
        """What was seen since the start, this moment's wait with it."""
        self.beat()
        return {"longest_ms": self._longest * 1000, "beats": self._beats}


def _run_for(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def _run_until(signal: SignalInstance, what: str) -> None:
    loop = QEventLoop()
    signal.connect(loop.quit)
    QTimer.singleShot(int(PATIENCE_SECONDS * 1000), loop, lambda: loop.exit(1))
    if loop.exec() != 0:
        raise SystemExit(f"{what} did not end within {PATIENCE_SECONDS:.0f} s")


def main() -> int:
    app = QApplication(["stall bench"])
    window = make_window(app)
    window.show()
    session = window.session
    heartbeat = Heartbeat()
    timer = QTimer(app)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(INTERVAL_MS)
    timer.timeout.connect(heartbeat.beat)
    timer.start()

    _run_until(session.environment_changed, "the survey")
    answer: dict[str, object] = {}

    def watch(page: PageId, begin: Callable[[], None], ended: SignalInstance) -> None:
        window.go_to(page)
        _run_for(0.3)  # the page is made and painted before the clock runs
        heartbeat.start()
        begin()
        _run_until(ended, page)
        answer[page] = heartbeat.end()

    watch("verify", session.verify, session.verification_ended)
    watch("benchmark", lambda: session.measure(BENCHMARK_SECONDS), session.benchmark_ended)
    verification, benchmark = session.verification.result, session.benchmark.result
    answer["ready"] = None if verification is None else verification.ready
    answer["samples"] = 0 if benchmark is None else len(benchmark.samples)
    print(json.dumps(answer), flush=True)
    session.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
