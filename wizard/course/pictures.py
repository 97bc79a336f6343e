"""Renders scenes: the real window, the real pages, on a machine that is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPoint, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from wizard import text
from wizard.course.played import PlayedSession, Show
from wizard.course.scenes import Scene
from wizard.state import SetupState
from wizard.widgets.motion import stand_still
from wizard.widgets.theme import Scheme, apply_theme
from wizard.window import MainWindow

WIDTH = 1000
LOWEST, HIGHEST = 700, 1240
"""Of the window: as high as its page, within these."""
_MARGIN = 8


@dataclass(frozen=True)
class Picture:
    """A rendered scene, still in memory."""

    scene: Scene
    image: QImage
    window: MainWindow


class Photographer:
    """Shows one scene after the other in windows that nobody sees."""

    def __init__(self, app: QApplication, scale: float = 1.0, size: QSize | None = None) -> None:
        """``scale``: pixels of the picture for one of the window; ``size``: None fits the page."""
        self._app = app
        self._scale = scale
        self._size = size

    def pictures(
        self, scenes: Iterator[tuple[Scene, Show]], language: str, scheme: Scheme
    ) -> Iterator[Picture]:
        """Each scene in that language and scheme; a picture's window lives until the next."""
        text.set_language(language)
        apply_theme(self._app, scheme)
        stand_still()
        try:
            for scene, show in scenes:
                window = self._open(scene, show)
                yield Picture(scene, self._grab(window), window)
                window.hide()
                window.deleteLater()
                self._app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        finally:
            stand_still(still=False)

    def _open(self, scene: Scene, show: Show) -> MainWindow:
        session = PlayedSession(show, SetupState(language=text.language()))
        session.visit_up_to(scene.page)
        scene.prepare(session)
        window = MainWindow(session)
        window.resize(self._size or QSize(WIDTH, LOWEST))
        window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        window.show()
        self._settle(window)
        page = window.page(scene.page)
        body = page.widget()
        assert body is not None
        missing = body.height() - page.viewport().height()
        if missing > 0 and self._size is None:
            window.resize(QSize(WIDTH, min(HIGHEST, LOWEST + missing)))
            self._settle(window)
        if scene.look_at:
            wanted = getattr(page, scene.look_at)
            assert isinstance(wanted, QWidget)
            top = wanted.mapTo(body, QPoint(0, 0)).y()
            page.verticalScrollBar().setValue(top - _MARGIN)
        focused = window.focusWidget()
        if focused is not None:
            focused.clearFocus()  # a ring would be of this moment, not of the state
        self._settle(window)
        return window

    def _settle(self, window: MainWindow) -> None:
        """Let every event of showing and laying out happen; time itself does not pass."""
        for _round in range(3):
            self._app.sendPostedEvents()
            self._app.processEvents()
        window.ensurePolished()

    def _grab(self, window: MainWindow) -> QImage:
        size = window.size()
        image = QImage(
            round(size.width() * self._scale),
            round(size.height() * self._scale),
            QImage.Format.Format_RGB32,
        )
        image.setDevicePixelRatio(self._scale)
        painter = QPainter(image)
        window.render(painter, QPoint(0, 0))
        painter.end()
        return image


def save(image: QImage, target: Path) -> None:
    """Write a PNG.

    Raises:
        OSError: it cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # Through memory: Qt says only that a file could not be written, not why.
    data = QBuffer()
    data.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(data, "PNG")  # type: ignore[call-overload]
    target.write_bytes(data.data().data())
