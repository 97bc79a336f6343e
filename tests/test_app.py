"""The window's front door: an error nobody foresaw is a sentence and a file."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from wizard.app import _Guard, make_window
from wizard.paths import user_data_folder


def test_an_error_in_any_thread_is_a_sentence_in_the_window(
    qapp: QApplication, qtbot: QtBot, home: Path
) -> None:
    window = make_window(qapp, language="en", folder=home / "data")
    qtbot.addWidget(window)
    window.show()
    guard = _Guard(window)

    def fail() -> None:
        try:
            raise ZeroDivisionError("nobody thought of it")
        except ZeroDivisionError as error:
            guard(type(error), error, error.__traceback__)

    worker = threading.Thread(target=fail)
    worker.start()
    worker.join()
    qtbot.waitUntil(window.notice.isVisible, timeout=5000)
    words = window.notice.findChild(QLabel).text()
    assert "Something went wrong" in words
    assert "ZeroDivisionError" not in words
    details = (user_data_folder() / "logs" / "error.txt").read_text("utf-8")
    assert "nobody thought of it" in details
    window.close()
