"""One start, seen from inside: `start.py wizard|bare STARTED`.

STARTED is the parent's `time.perf_counter()` just before it started this process; that clock runs
for the whole computer. Both programs are watched in the same way: at the first paint of their
window, one JSON line tells the time that passed and the memory held, and the process ends. Each
imports Qt where it would without the bench: PySide6 slows down all imports that come after it.
"""

from __future__ import annotations

import os
import sys
import time

STARTED = float(sys.argv[2])
LATE = ("numpy", "pyqtgraph", "torch")


def watch() -> None:
    """Have the first window that is shown watched, once the event loop runs."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    class FirstPaint(QObject):
        """The paint event of a window comes with those of all it holds."""

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
            if event.type() == QEvent.Type.Paint:
                watched.removeEventFilter(self)
                QTimer.singleShot(0, _tell)
            return False

    watcher = FirstPaint()
    run_loop = QApplication.exec

    def watched_loop(*_: object) -> int:
        for window in QApplication.topLevelWidgets():
            if window.isVisible():
                window.installEventFilter(watcher)
        return run_loop()

    QApplication.exec = watched_loop


class WatchBeforeApp:
    """Finds no module; it sees `wizard.app` asked for, with which the wizard's Qt begins."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        if name == "wizard.app":
            watch()


def _tell() -> None:
    seconds = time.perf_counter() - STARTED
    sys.stderr.write("painted\n")  # what is imported from here on is the bench's own
    import json

    import psutil

    memory = psutil.Process().memory_info().rss
    early = [name for name in LATE if name in sys.modules]
    print(json.dumps({"seconds": seconds, "rss": memory, "early": early}), flush=True)
    os._exit(0)  # the end is not measured


def main() -> None:
    if sys.argv[1] == "bare":
        watch()
        import bare_wizard

        bare_wizard.main()
    else:
        # `find_spec` is all that is asked of it, the old ways of a finder are not.
        sys.meta_path.insert(0, WatchBeforeApp())  # type: ignore[arg-type]
        from wizard.cli import main as wizard_main

        wizard_main([])


if __name__ == "__main__":
    main()
