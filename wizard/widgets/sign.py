"""A state as a shape and a word: colour never speaks alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from wizard.text import _
from wizard.widgets.motion import moves
from wizard.widgets.theme import current_theme

SignKind = Literal["good", "warning", "bad", "info", "pending", "busy", "skipped"]


def sign_word(kind: SignKind) -> str:
    """The word that goes with a sign: colour and shape never speak alone."""
    return {
        "good": _("OK"),
        "warning": _("Attention"),
        "bad": _("Problem"),
        "info": _("Note"),
        "pending": _("Waiting"),
        "busy": _("Checking…"),
        "skipped": _("Skipped"),
    }[kind]


class Sign(QWidget):
    """A state as a shape: tick, exclamation mark, cross, i, ring, arc or dash."""

    def __init__(self, kind: SignKind = "pending", size: int = 20) -> None:
        super().__init__()
        self._kind: SignKind = kind
        self._angle = 0
        self._timer: QTimer | None = None
        self.setFixedSize(QSize(size, size))
        self.set_kind(kind)

    @property
    def kind(self) -> SignKind:
        return self._kind

    def set_kind(self, kind: SignKind) -> None:
        self._kind = kind
        self.setAccessibleName(sign_word(kind))
        if kind == "busy" and self._timer is None and moves():
            self._timer = QTimer(self)
            self._timer.setInterval(80)
            self._timer.timeout.connect(self._turn)
            self._timer.start()
        elif kind != "busy" and self._timer is not None:
            self._timer.stop()
            self._timer.deleteLater()
            self._timer = None
        self.update()

    def _turn(self) -> None:
        if self.isVisible():
            self._angle = (self._angle - 30) % 360
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.width() / 20, self.height() / 20)
        token = {"info": "accent", "busy": "accent", "pending": "border", "skipped": "muted"}.get(
            self._kind, self._kind
        )
        color = theme.color(token)
        if self._kind in ("good", "bad", "info"):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QRectF(1, 1, 18, 18))
            color = theme.color("card")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(
            QPen(
                color, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
            )
        )
        _SHAPES[self._kind](painter, self._angle)


def _tick(painter: QPainter, _angle: int) -> None:
    painter.drawPolyline(QPolygonF([QPointF(6, 10.3), QPointF(8.8, 13), QPointF(14, 7.4)]))


def _cross(painter: QPainter, _angle: int) -> None:
    painter.drawLine(QPointF(7, 7), QPointF(13, 13))
    painter.drawLine(QPointF(13, 7), QPointF(7, 13))


def _triangle(painter: QPainter, _angle: int) -> None:
    painter.drawPolygon(QPolygonF([QPointF(10, 2.5), QPointF(18.2, 17), QPointF(1.8, 17)]))
    painter.drawLine(QPointF(10, 8), QPointF(10, 11.6))
    painter.drawPoint(QPointF(10, 14.4))


def _letter_i(painter: QPainter, _angle: int) -> None:
    painter.drawPoint(QPointF(10, 6.2))
    painter.drawLine(QPointF(10, 9.4), QPointF(10, 14))


def _ring(painter: QPainter, _angle: int) -> None:
    painter.drawEllipse(QRectF(2, 2, 16, 16))


def _arc(painter: QPainter, angle: int) -> None:
    painter.drawArc(QRectF(2, 2, 16, 16), angle * 16, 270 * 16)


def _dash(painter: QPainter, _angle: int) -> None:
    painter.drawEllipse(QRectF(2, 2, 16, 16))
    painter.drawLine(QPointF(6.5, 10), QPointF(13.5, 10))


_SHAPES: dict[SignKind, Callable[[QPainter, int], None]] = {
    "good": _tick,
    "bad": _cross,
    "warning": _triangle,
    "info": _letter_i,
    "pending": _ring,
    "busy": _arc,
    "skipped": _dash,
}
