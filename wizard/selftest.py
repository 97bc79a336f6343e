"""`--selftest FILE`: does the window work here? Every page shown once, a picture of each, one line.

For a program that was just installed, also where nobody looks: the machine is a described one and
nothing is saved. The line is JSON; the pictures lie beside the file. What goes wrong is said there.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from wizard import __version__
from wizard.build_info import build_info
from wizard.paths import resource_folder

if TYPE_CHECKING:
    from wizard.detection.machine import Machine

SAMPLE = "rtx4060-laptop.json"
_TIME_LIMIT = 90.0
"""Seconds for the first page, and again for all pages: a cold disk and a virus scanner are slow."""
_SETTLED = 0.25
"""Seconds without which a page made a moment ago may still lay itself out."""


def run_selftest(
    file: Path,
    described: Machine | None = None,
    *,
    language: str | None = None,
    theme: str | None = None,
) -> int:
    """Walk through the window; 0 where all pages were shown, 3 where not. Never raises."""
    told: dict[str, object] = {"program": "gpu-setup-wizard", "version": __version__}
    told |= build_info()
    try:
        _walk(file, described or _sample(), told, language, theme)
        told["ok"] = True
    except Exception as error:
        told["ok"] = False
        told["error"] = f"{type(error).__name__}: {error}"
        told["trace"] = traceback.format_exc()
    try:
        file.write_text(json.dumps(told, ensure_ascii=False) + "\n", "utf-8")
    except OSError:
        return 3
    return 0 if told["ok"] else 3


def _sample() -> Machine:
    from wizard.detection.description import load_machine

    return load_machine(resource_folder("machines") / SAMPLE)


def _walk(
    file: Path,
    described: Machine,
    told: dict[str, object],
    language: str | None,
    theme: str | None,
) -> None:
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication, QWidget

    from wizard.app import make_window
    from wizard.state import PAGE_IDS

    class FirstPaint(QObject):
        seconds = 0.0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
            if event.type() == QEvent.Type.Paint and not self.seconds:
                self.seconds = time.time() - _began()
                watched.removeEventFilter(self)
            return False

    class Strays(QObject):
        """A part that is shown before it has its place is a window that flashes up on Windows."""

        seen: ClassVar[list[str]] = []

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
            own = watched is window or event.type() != QEvent.Type.Show
            if not own and isinstance(watched, QWidget) and watched.isWindow():
                self.seen.append(type(watched).__name__)
            return False

    QApplication.setStyle("Fusion")
    app = QApplication.instance() or QApplication(["gpu-setup-wizard"])
    assert isinstance(app, QApplication)
    window = make_window(app, described, language=language, theme=theme or "light")
    paint = FirstPaint()
    window.installEventFilter(paint)
    window.show()
    try:
        _wait(lambda: paint.seconds > 0, "the first page was not painted")
        told["first_page_seconds"] = round(paint.seconds, 3)
        strays = Strays()
        app.installEventFilter(strays)
        told["platform"] = QGuiApplication.platformName()
        session = window.session
        _wait(
            lambda: session.machine is not None and not session.scanning,
            "the machine was not read",
        )
        pictures: list[str] = []
        for number, page in enumerate(PAGE_IDS, start=1):
            window.go_to(page)
            until = time.monotonic() + _SETTLED
            _wait(lambda until=until: time.monotonic() > until, "")
            picture = file.with_name(f"{file.stem}-{number}-{page}.png")
            if not window.grab().save(str(picture), "PNG"):  # type: ignore[call-overload]
                raise OSError(f"{picture.name} could not be written")
            pictures.append(picture.name)
        told["pictures"] = pictures
        app.removeEventFilter(strays)
        told["stray_windows"] = strays.seen
        told["plot"] = "pyqtgraph" in sys.modules
    finally:
        session = window.session
        window.close()
        session.close()


def _began() -> float:
    """When this process was started, in seconds since the epoch."""
    import psutil

    return psutil.Process().create_time()


def _wait(done: Callable[[], bool], complaint: str) -> None:
    """Let the event loop run until something is so."""
    from PySide6.QtCore import QCoreApplication, QEventLoop

    limit = time.monotonic() + _TIME_LIMIT
    while not done():
        if time.monotonic() > limit:
            raise TimeoutError(complaint)
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        time.sleep(0.005)
