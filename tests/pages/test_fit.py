"""At the smallest window nothing is cut, in any language, on any of the sample machines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from wizard.paths import resource_folder
from wizard.state import PAGE_IDS
from wizard.text import LANGUAGES
from wizard.window import MINIMUM, MainWindow

OpenWindow = Callable[..., MainWindow]
MACHINES = sorted(path.stem for path in resource_folder("machines").glob("*.json"))


def cut_texts(widget: QWidget) -> list[str]:
    """Texts that have less room than they need."""
    cut: list[str] = []
    for item in widget.findChildren(QLabel):
        if not item.isVisible() or not item.text():
            continue
        if item.wordWrap():
            longest = max(item.text().replace("\u200b", " ").split(), key=len)
            needs_width = item.fontMetrics().horizontalAdvance(longest)
            fits = item.height() >= item.heightForWidth(item.width()) - 1
            fits = fits and item.width() >= needs_width
        else:
            fits = item.width() >= item.sizeHint().width()
        if not fits:
            cut.append(f"{item.text()!r}: {item.size()}")
    cut += [
        f"button {item.text()!r}"
        for item in widget.findChildren(QPushButton)
        if item.isVisible() and item.width() < item.sizeHint().width()
    ]
    return cut


def lowest(body: QWidget) -> int:
    """Where the last thing that is seen on a page ends."""
    shown = (child for child in body.findChildren(QFrame) if child.isVisible())
    return max(child.mapTo(body, child.rect().bottomLeft()).y() for child in shown)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_at_the_smallest_window(
    qtbot: QtBot, open_window: OpenWindow, machine: str, language: str
) -> None:
    window = open_window(machine, language=language)
    window.resize(MINIMUM)
    for page in PAGE_IDS:
        window.go_to(page)
        QApplication.processEvents()
        shown = window.page(page)
        body = shown.widget()
        assert body.width() <= shown.viewport().width(), f"{page} is wider than the window"
        assert cut_texts(window) == [], page
        scrolled = shown.verticalScrollBar().maximum() + shown.viewport().height()
        blank = scrolled - max(shown.viewport().height(), lowest(body))
        assert blank <= 40, f"{page} scrolls {blank} pixels into nothing"
    assert window.size() == MINIMUM
