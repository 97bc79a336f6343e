"""Where the window is: wholly within the free room of its screen, its frame included, always."""

from __future__ import annotations

import sys

from PySide6 import QtCore
from PySide6.QtCore import QMargins, QObject, QPoint, QRect, QSize, QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from wizard.state import WindowPlace

_TITLE_HEIGHT = 8
"""A point this far below the window's corner lies in its title: by that it can be moved."""
_USUAL_FRAME = QMargins(8, 32, 8, 8)
"""Before a window is shown, no system tells how wide its frame will be; this is Windows 11's."""
_UNTOLD_BAR = 48
"""Pixels kept free where a desktop does not tell of its bars: Wayland, or X11 with two screens."""
_SETTLED_MS = 200
"""A change of screens comes as several events, and the system may move the window itself."""


class Bounds(QObject):
    """Gives a window its first size and place, and keeps it on the screen from then on.

    Sizes are the window's without its frame, in device-independent pixels. A screen with less room
    than the minimum gets a smaller window.
    """

    def __init__(self, window: QWidget, minimum: QSize, preferred: QSize) -> None:
        super().__init__(window)
        self._window, self._minimum, self._preferred = window, minimum, preferred
        self._move = False
        self._watching = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLED_MS)
        self._soon.timeout.connect(self._settle)

    def put(self, place: WindowPlace | None) -> None:
        """Before it is shown: its earlier size and place, as far as a screen is there for them."""
        wanted, screen = self._preferred, None
        if place is not None:
            wanted = QSize(place.width, place.height)
            title = QPoint(place.x + self._minimum.width() // 2, place.y + _TITLE_HEIGHT)
            screen = QGuiApplication.screenAt(title)
        room = free_room(screen or QGuiApplication.primaryScreen())
        least = self._set_minimum(room, _USUAL_FRAME)
        size = wanted.boundedTo(room.size().shrunkBy(_USUAL_FRAME)).expandedTo(least)
        self._window.resize(size)
        if place is None:
            return
        if screen is not None:
            outer = QRect(QPoint(place.x, place.y), size.grownBy(_USUAL_FRAME))
            self._window.move(_corner_within(room, outer))
        if place.maximized:
            self._window.setWindowState(QtCore.Qt.WindowState.WindowMaximized)

    def watch(self) -> None:
        """From when it is on the screen: its frame is known now, and the screens may change."""
        handle = self._window.windowHandle()
        if handle is None or not handle.isVisible():  # a window for a picture alone
            return
        self.fit()
        if self._watching:
            return
        self._watching = True
        handle.screenChanged.connect(self._on_other_screen)
        handle.windowStateChanged.connect(self._on_changed)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenRemoved.connect(self._on_changed)
        app.screenAdded.connect(self._on_screen_added)
        for screen in QGuiApplication.screens():
            self._on_screen_added(screen)

    def fit(self, *, move: bool = True) -> None:
        """Make it as small as its screen demands and, with ``move``, put it wholly on that."""
        window = self._window
        handle = window.windowHandle()
        room, frame = free_room(window.screen()), handle.frameMargins()
        self._set_minimum(room, frame)
        if window.isMaximized() or window.isFullScreen() or window.isMinimized():
            return  # the size that it comes back to is looked at when it does
        size = window.size().boundedTo(room.size().shrunkBy(frame))
        if size != window.size():
            window.resize(size)
        corner = _corner_within(room, QRect(window.pos(), size.grownBy(frame)))
        if move and corner != window.pos():
            window.move(corner)

    def _set_minimum(self, room: QRect, frame: QMargins) -> QSize:
        least = self._minimum.boundedTo(room.size().shrunkBy(frame))
        if least != self._window.minimumSize():
            self._window.setMinimumSize(least)
        return least

    def _on_screen_added(self, screen: QScreen) -> None:
        screen.availableGeometryChanged.connect(self._on_changed)
        screen.geometryChanged.connect(self._on_changed)

    def _on_changed(self, _what: object = None) -> None:
        self._move = True
        self._soon.start()

    def _on_other_screen(self, _screen: QScreen) -> None:
        """The user may be dragging it there: its place is not touched, and its size later."""
        self._soon.start()

    def _settle(self) -> None:
        move, self._move = self._move, False
        self.fit(move=move)


def free_room(screen: QScreen) -> QRect:
    """Where windows go on a screen: without its bars."""
    room = screen.availableGeometry()
    if sys.platform.startswith("linux") and room == screen.geometry():
        return room.adjusted(0, 0, 0, -_UNTOLD_BAR)
    return room


def place_of(window: QWidget) -> WindowPlace:
    """Its place when it is not maximized, and whether it is."""
    maximized = window.isMaximized()
    frame = window.normalGeometry() if maximized else window.geometry()
    corner = frame.topLeft() if maximized else window.pos()
    return WindowPlace(corner.x(), corner.y(), frame.width(), frame.height(), maximized)


def _corner_within(room: QRect, outer: QRect) -> QPoint:
    """The nearest place where all of a window is in the room; of a larger one its title is."""
    x = min(outer.left(), room.left() + room.width() - outer.width())
    y = min(outer.top(), room.top() + room.height() - outer.height())
    return QPoint(max(room.left(), x), max(room.top(), y))
