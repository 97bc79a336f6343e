"""How soon a window is there: `first_paint.py wizard|bare`, in Wine with a plain interpreter.

The same watcher for both; one JSON line with the seconds since the process was made.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    if sys.argv[1] == "wizard":
        __import__("wizard_start").use_bundle()
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWizard, QWizardPage

    class FirstPaint(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
            if event.type() == QEvent.Type.Paint:
                watched.removeEventFilter(self)
                QTimer.singleShot(0, tell)
            return False

    def tell() -> None:
        import psutil

        seconds = time.time() - psutil.Process().create_time()
        print(json.dumps(seconds), flush=True)
        os._exit(0)

    watcher = FirstPaint()
    run_loop = QApplication.exec

    def watched_loop(*_: object) -> int:
        for window in QApplication.topLevelWidgets():
            if window.isVisible():
                window.installEventFilter(watcher)
        return run_loop()

    QApplication.exec = watched_loop  # type: ignore[assignment,method-assign]
    if sys.argv[1] == "wizard":
        from wizard.cli import main as wizard_main

        wizard_main([])
        return
    app = QApplication(["bare wizard"])
    wizard = QWizard()
    for number in range(1, 6):
        page = QWizardPage()
        page.setTitle(f"Page {number}")
        QVBoxLayout(page).addWidget(QLabel("One line of text."))
        wizard.addPage(page)
    wizard.show()
    app.exec()


if __name__ == "__main__":
    main()
