"""A few horizontal bars to compare, each with its name and figure."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from wizard.widgets.theme import M, S, current_theme, text_font

_HEIGHT = 30


@dataclass(frozen=True)
class Bar:
    name: str
    value: float
    shown: str
    """The figure as text, with its unit."""
    role: str
    """Colour role of ``tokens.json``."""


class Bars(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        self._bars = bars
        self.setAccessibleName("; ".join(f"{bar.name}: {bar.shown}" for bar in bars))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(300, _HEIGHT * len(self._bars))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        if not self._bars:
            return
        theme, font = current_theme(), text_font(13)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        metrics = QFontMetrics(font)
        names = max(metrics.horizontalAdvance(bar.name) for bar in self._bars) + M
        figures = max(metrics.horizontalAdvance(bar.shown) for bar in self._bars) + M
        room = max(20.0, self.width() - names - figures)
        most = max(bar.value for bar in self._bars)
        for place, bar in enumerate(self._bars):
            top = place * _HEIGHT
            painter.setPen(theme.color("muted"))
            middle = int(Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(0, top, names, _HEIGHT), middle, bar.name)
            length = max(3.0, room * bar.value / most)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(bar.role))
            painter.drawRoundedRect(QRectF(names, top + S, length, _HEIGHT - 2 * S), 4, 4)
            painter.setPen(theme.color("text"))
            painter.drawText(QRectF(names + length + S, top, figures, _HEIGHT), middle, bar.shown)
