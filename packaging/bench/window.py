"""The real window, watched: `window.py path|plot|idle|memory|environments STARTED`.

STARTED is the parent's `time.perf_counter()` just before it started this process. Each prints one
JSON line. The machine of `path`, `plot` and `environments` is a described one, and what its
children say is played; `idle` and `memory` are the program as it is, with real children.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from stall import INTERVAL_MS, Heartbeat, run_for, run_until

from wizard.app import make_window, run_window
from wizard.course import simulated
from wizard.course.played import PlayedSession, load_show
from wizard.detection.description import load_machine
from wizard.detection.machine import Environment
from wizard.detection.values import Version
from wizard.jobs.benchmark import run_benchmark
from wizard.jobs.events import Info, Sample
from wizard.jobs.recording import lines_of, playing
from wizard.jobs.verification import run_verification
from wizard.paths import APP_NAME, resource_folder
from wizard.runs import Run, benchmark_record, verification_record
from wizard.state import PAGE_IDS, SetupState
from wizard.widgets.theme import apply_theme
from wizard.window import MainWindow

MACHINE = "t4-colab"
POINTS = 10_000
PLOT_HZ, PLOT_SECONDS = 10, 10
IDLE_SECONDS = 20.0
BENCHMARKS, BENCHMARK_SECONDS = 10, 2.0
ENVIRONMENTS = 50


class ReplayedSession(PlayedSession):
    """A described machine whose children are played when the buttons are pressed."""

    def verify(self) -> None:
        build, machine = self._build(), self.machine
        assert machine is not None
        self.verification = Run(running=True)
        self.verification_started.emit()
        self.state_changed.emit()

        def on_event(event: object) -> None:
            self.verification.keep(event)  # type: ignore[arg-type]
            self.verification_event.emit(event)

        lines = lines_of(simulated.verification(machine, build))
        result = run_verification(
            Path(build.executable), machine, on_event, run_child=playing(lines)
        )
        result = replace(result, python=build.executable)
        self.verification.running, self.verification.result = False, result
        self._update(verification=verification_record(result))
        self.verification_ended.emit()
        self.state_changed.emit()

    def measure(self, seconds: float = 30.0) -> None:  # noqa: ARG002  (played at once)
        build, machine = self._build(), self.machine
        assert machine is not None
        self.benchmark = Run(running=True)
        self.benchmark_started.emit()
        self.state_changed.emit()

        def on_event(event: object) -> None:
            self.benchmark.keep(event)  # type: ignore[arg-type]
            self.benchmark_event.emit(event)

        lines = lines_of(simulated.benchmark(machine, build))
        result = run_benchmark(Path(build.executable), on_event, run_child=playing(lines))
        result = replace(result, python=build.executable)
        self.benchmark.running, self.benchmark.result = False, result
        self._update(benchmark=benchmark_record(result))
        self.benchmark_ended.emit()
        self.state_changed.emit()


def _described(app: QApplication) -> tuple[ReplayedSession, MainWindow]:
    apply_theme(app, "light")
    path = resource_folder("machines") / f"{MACHINE}.json"
    session = ReplayedSession(load_show(load_machine(path), None), SetupState())
    session.without_environment()
    window = MainWindow(session)
    return session, window


def path(started: float) -> dict[str, object]:
    """From the start of the process to "Setup complete", every page painted on the way."""
    app = QApplication([APP_NAME, "-style", "Fusion"])
    session, window = _described(app)
    window.show()
    app.processEvents()
    first = time.perf_counter()
    for page in PAGE_IDS[1:]:
        window.next.click()
        app.processEvents()
        if page == "install":
            session.with_pytorch()
            session.environment_changed.emit()
        elif page == "verify":
            window.page("verify").run_button.click()  # type: ignore[attr-defined]
        elif page == "benchmark":
            window.page("benchmark").start_button.click()  # type: ignore[attr-defined]
        window.repaint()
        app.processEvents()
    ended = time.perf_counter()
    return {
        "seconds": ended - started,
        "after_first_page": ended - first,
        "page": session.state.page,
        "completion": session.outlook.completion,
    }


def plot(_started: float) -> dict[str, object]:
    """A curve of `POINTS` points that gets another ten times a second."""
    app = QApplication([APP_NAME, "-style", "Fusion"])
    session, window = _described(app)
    session.with_pytorch()
    window.show()
    late = PLOT_HZ * PLOT_SECONDS
    sizes = iter(range(64, 64 + POINTS + late))

    def sample() -> Sample:
        size = next(sizes)
        speed = size**0.7 * (1 + 0.02 * (size % 7))
        return Sample("matmul", "cpu", "float32", size, 1e-3, speed, 5)

    session.benchmark = Run(running=True)
    session.benchmark.events.append(Info("2.13.0", 2, ()))
    session.benchmark.events.extend(sample() for _ in range(POINTS - late))
    began = time.perf_counter()
    window.go_to("benchmark")
    app.processEvents()
    made = time.perf_counter() - began
    heartbeat = Heartbeat()
    beats = _beating(app, heartbeat)
    feeder = QTimer(app)
    feeder.setInterval(1000 // PLOT_HZ)
    feeder.timeout.connect(lambda: session.benchmark_event.emit(sample()))
    run_for(0.5)
    heartbeat.start()
    feeder.start()
    spent, began = time.process_time(), time.perf_counter()
    run_for(PLOT_SECONDS)
    spent = time.process_time() - spent
    seen = heartbeat.end()
    beats.stop()
    points = window.page("benchmark").plot.points["cpu float32"]  # type: ignore[attr-defined]
    share = 100 * spent / (time.perf_counter() - began)
    return {**seen, "cpu_percent": share, "points": len(points), "made_ms": 1000 * made}


def _beating(app: QApplication, heartbeat: Heartbeat) -> QTimer:
    timer = QTimer(app)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(INTERVAL_MS)
    timer.timeout.connect(heartbeat.beat)
    timer.start()
    return timer


def idle(_started: float) -> dict[str, object]:
    """The program as it is started, when it has looked at the computer and nobody touches it."""
    answer: dict[str, object] = {"seconds": IDLE_SECONDS}

    def begin() -> None:
        window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
        if window.session.scanning or window.session.machine is None:
            QTimer.singleShot(500, begin)
            return
        QTimer.singleShot(3000, watch)

    def watch() -> None:
        spent = time.process_time()
        QTimer.singleShot(int(1000 * IDLE_SECONDS), lambda: told(spent))

    def told(spent: float) -> None:
        answer["cpu_percent"] = 100 * (time.process_time() - spent) / IDLE_SECONDS
        QApplication.closeAllWindows()

    run_loop = QApplication.exec

    def watched_loop(*_: object) -> int:
        QTimer.singleShot(500, begin)
        return run_loop()

    QApplication.exec = watched_loop
    run_window()
    return answer


def memory(_started: float) -> dict[str, object]:
    """Ten benchmarks with real children, one after the other, in one window."""
    app = QApplication([APP_NAME, "-style", "Fusion"])
    window = make_window(app)
    window.show()
    session = window.session
    run_until(session.environment_changed, "the survey")
    window.go_to("benchmark")
    held: list[float] = []
    samples = 0
    for _turn in range(BENCHMARKS):
        QTimer.singleShot(0, lambda: session.measure(BENCHMARK_SECONDS))
        run_until(session.benchmark_ended, "the benchmark")
        run_for(0.3)
        gc.collect()
        held.append(psutil.Process().memory_info().rss / 2**20)
        result = session.benchmark.result
        samples += 0 if result is None else len(result.samples)
    session.close()
    return {"mib": held, "samples": samples}


def environments(_started: float) -> dict[str, object]:
    """The page that lists fifty environments, from the click to its picture."""
    app = QApplication([APP_NAME, "-style", "Fusion"])
    session, window = _described(app)
    assert session.machine is not None
    python = Version("3.12.4")
    found = tuple(
        Environment(f"env{n}", f"/opt/conda/envs/env{n}", python, "2.13.0", executable=f"/e/{n}")
        for n in range(ENVIRONMENTS)
    )
    session.machine = replace(session.machine, environments=found)
    window.show()
    app.processEvents()
    began = time.perf_counter()
    window.go_to("environment")
    app.processEvents()
    shown = len(window.page("environment").choices)  # type: ignore[attr-defined]
    return {"ms": 1000 * (time.perf_counter() - began), "shown": shown}


def main() -> None:
    modes: dict[str, Callable[[float], dict[str, object]]] = {
        "path": path,
        "plot": plot,
        "idle": idle,
        "memory": memory,
        "environments": environments,
    }
    answer = modes[sys.argv[1]](float(sys.argv[2]))
    print(json.dumps(answer), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
