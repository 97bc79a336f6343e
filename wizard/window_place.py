"""Where the window is, and putting it there again as far as a screen is there."""

from __future__ import annotations

from PySide6 import QtCore
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from wizard.state import WindowPlace

_TITLE_HEIGHT = 8
"""A point this far below the window's corner lies in its title: by that it can be moved."""


def put(window: QWidget, place: WindowPlace | None, minimum: QSize) -> None:
    """Give the window its earlier size and place; a screen that is gone hides no window."""
    if place is None:
        return
    title = QPoint(place.x + minimum.width() // 2, place.y + _TITLE_HEIGHT)
    screen = QGuiApplication.screenAt(title)
    room = (screen or QGuiApplication.primaryScreen()).availableGeometry().size()
    window.resize(QSize(place.width, place.height).boundedTo(room).expandedTo(minimum))
    if screen is not None:
        window.move(place.x, place.y)
    if place.maximized:
        window.setWindowState(QtCore.Qt.WindowState.WindowMaximized)


def place_of(window: QWidget) -> WindowPlace:
    """Its place when it is not maximized, and whether it is."""
    maximized = window.isMaximized()
    frame = window.normalGeometry() if maximized else window.geometry()
    corner = frame.topLeft() if maximized else window.pos()
    return WindowPlace(corner.x(), corner.y(), frame.width(), frame.height(), maximized)
