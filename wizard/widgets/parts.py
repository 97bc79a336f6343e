"""The small parts every page is made of: labels, buttons, cards, signs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from wizard.text import _
from wizard.widgets.theme import XL, L, S, current_theme

Tone = Literal["", "good", "warning", "bad", "accent", "muted"]
_Box = TypeVar("_Box", QVBoxLayout, QHBoxLayout)
SignKind = Literal["good", "warning", "bad", "info", "pending", "busy", "skipped"]


def label(text: str = "", role: str = "body", *, tone: Tone = "", wrap: bool = True) -> QLabel:
    """A plain-text label; ``role`` and ``tone`` are styled in ``wizard.qss``."""
    widget = QLabel(text)
    widget.setTextFormat(Qt.TextFormat.PlainText)
    widget.setWordWrap(wrap)
    widget.setProperty("role", role)
    if tone:
        widget.setProperty("tone", tone)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        widget.setSizePolicy(policy)
        widget.setMinimumWidth(40)
    return widget


def set_tone(widget: QWidget, tone: Tone) -> None:
    """Change a widget's tone and let the stylesheet see it."""
    widget.setProperty("tone", tone)
    repolish(widget)


def repolish(widget: QWidget) -> None:
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


def button(
    text: str, on_click: Callable[[], object] | None = None, *, kind: str = "secondary"
) -> QPushButton:
    widget = QPushButton(text)
    widget.setProperty("kind", kind)
    widget.setCursor(Qt.CursorShape.PointingHandCursor)
    widget.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    if on_click is not None:
        widget.clicked.connect(lambda _checked=False: on_click())
    return widget


def link_button(text: str, url: str) -> QPushButton:
    """A button that opens a page in the browser; only https addresses are opened."""
    widget = button(text, lambda: open_link(url), kind="link")
    widget.setAccessibleDescription(_("Opens {address} in the browser").format(address=url))
    widget.setToolTip(url)
    return widget


def open_link(url: str) -> bool:
    address = QUrl(url)
    return address.scheme() == "https" and QDesktopServices.openUrl(address)


def column(*items: QWidget | QLayout | int, spacing: int = S) -> QVBoxLayout:
    """A vertical layout without margins; a number is a stretch."""
    layout = QVBoxLayout()
    return _filled(layout, items, spacing)


def row(*items: QWidget | QLayout | int, spacing: int = S) -> QHBoxLayout:
    """A horizontal layout without margins; a number is a stretch."""
    layout = QHBoxLayout()
    return _filled(layout, items, spacing)


def _filled(layout: _Box, items: tuple[QWidget | QLayout | int, ...], spacing: int) -> _Box:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for item in items:
        if isinstance(item, int):
            layout.addStretch(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


class Card(QFrame):
    """One idea: a heading and what belongs to it."""

    def __init__(self, heading: str = "", *items: QWidget | QLayout, tone: Tone = "") -> None:
        super().__init__()
        self.setObjectName("Card")
        if tone:
            self.setProperty("tone", tone)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(XL - 4, L, XL - 4, L)
        self.body.setSpacing(S)
        self.heading = label(heading, "heading")
        self.heading.setVisible(bool(heading))
        if heading:
            self.body.addWidget(self.heading)
            self.setAccessibleName(heading)
        for item in items:
            self.add(item)

    def add(self, item: QWidget | QLayout) -> None:
        if isinstance(item, QWidget):
            self.body.addWidget(item)
        else:
            self.body.addLayout(item)


def rule() -> QFrame:
    line = QFrame()
    line.setObjectName("Rule")
    return line


def breakable(path: str) -> str:
    """The path with a place to break after each separator: it wraps instead of being cut."""
    return path.replace("/", "/\u200b").replace("\\", "\\\u200b")


def clear(layout: QLayout) -> None:
    """Remove and delete everything in a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


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
        if kind == "busy" and self._timer is None:
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
