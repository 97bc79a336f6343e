"""How long the window's event loop stands still while real children verify, measure and install.

The one that installs is a stand-in which prints `LINES` lines as fast as it can.

A timer asks to be called every two milliseconds; the longest time it had to wait beyond that is the
longest stall. Prints one JSON line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication

from wizard.app import make_window
from wizard.installation.values import Plan, Preflight, Step
from wizard.pages.install import InstallPage
from wizard.state import PageId
from wizard.window import MainWindow

INTERVAL_MS = 2
LINES = 100_000
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


def run_for(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def run_until(signal: SignalInstance, what: str) -> None:
    loop = QEventLoop()
    signal.connect(loop.quit)
    QTimer.singleShot(int(PATIENCE_SECONDS * 1000), loop, lambda: loop.exit(1))
    if loop.exec() != 0:
        raise SystemExit(f"{what} did not end within {PATIENCE_SECONDS:.0f} s")


def _install(window: MainWindow) -> None:
    """A plan whose only command prints; its log is unfolded, as a curious user has it."""
    prefix = Path.home() / "noisy"
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    python = prefix / ("python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir(exist_ok=True)
    python.touch()
    argv = (sys.executable, "-c", f"for i in range({LINES}): print('line', i)")
    plan = Plan("pip", "noisy", str(prefix), False, (Step("install", "pip", argv, "Noise"),), None)
    model = window.session.installing
    page = window.page("install")
    assert isinstance(page, InstallPage)
    page.install_card.log.toggle()
    model.preflight, model.stage = Preflight(plan, (), None), "asked"
    model.install()


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

    run_until(session.environment_changed, "the survey")
    answer: dict[str, object] = {}

    def watch(page: PageId, begin: Callable[[], None], ended: SignalInstance) -> None:
        window.go_to(page)
        run_for(0.3)  # the page is made and painted before the clock runs
        heartbeat.start()
        begin()
        run_until(ended, page)
        answer[page] = heartbeat.end()

    watch("verify", session.verify, session.verification_ended)
    watch("benchmark", lambda: session.measure(BENCHMARK_SECONDS), session.benchmark_ended)
    watch("install", lambda: _install(window), session.installing.ended)
    installed = session.installing.result
    answer["lines"] = 0
    if installed is not None and installed.log_path is not None:
        answer["lines"] = installed.log_path.read_text("utf-8").count("line ")
    verification, benchmark = session.verification.result, session.benchmark.result
    answer["ready"] = None if verification is None else verification.ready
    answer["samples"] = 0 if benchmark is None else len(benchmark.samples)
    print(json.dumps(answer), flush=True)
    session.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
