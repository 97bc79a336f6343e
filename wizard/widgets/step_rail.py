"""The steps on the left: which are done, where the user is, what is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout, QWidget

from wizard.text import _
from wizard.widgets.parts import label
from wizard.widgets.theme import XL, L, M, Theme, current_theme, text_font

StepState = Literal["done", "problem", "current", "upcoming"]
RAIL_WIDTH = 220


@dataclass(frozen=True)
class Step:
    id: str
    title: str


class StepButton(QAbstractButton):
    """One step: a circle with its number or tick, and its name."""

    def __init__(self, step: Step, place: int, count: int) -> None:
        super().__init__()
        self.step = step
        self._place = place
        self._count = count
        self._state: StepState = "upcoming"
        self._current = False
        self.setText(step.title)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_state("upcoming", current=False)

    @property
    def state(self) -> StepState:
        return self._state

    def show_state(self, state: StepState, *, current: bool) -> None:
        self._state, self._current = state, current
        words = {
            "done": _("done"),
            "problem": _("needs attention"),
            "current": _("here"),
            "upcoming": _("to come"),
        }
        self.setAccessibleName(
            _("Step {place} of {count}: {title}, {state}").format(
                place=self._place,
                count=self._count,
                title=self.step.title,
                state=words["current"] if current else words[state],
            )
        )
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(RAIL_WIDTH - 2 * L, 38)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() or self.underMouse():
            painter.setPen(
                QPen(theme.color("rail_accent"), 2) if self.hasFocus() else Qt.PenStyle.NoPen
            )
            painter.setBrush(theme.color("rail_hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        self._paint_circle(painter, theme)
        painter.setPen(theme.color("rail_text" if self._current else "rail_muted"))
        font = text_font(14, strong=self._current)
        painter.setFont(font)
        room = self.rect().adjusted(44, 0, -4, 0)
        text = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), text)

    def _paint_circle(self, painter: QPainter, theme: Theme) -> None:
        circle = QRectF(6, self.height() / 2 - 13, 26, 26)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._current:
            painter.setBrush(theme.color("rail_accent"))
        elif self._state == "done":
            painter.setBrush(theme.color("rail_done"))
        else:
            outline = "warning" if self._state == "problem" else "rail_line"
            painter.setPen(QPen(theme.color(outline), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(circle)
        if self._state == "done" and not self._current:
            painter.setPen(QPen(theme.color("rail_text"), 1.8))
            middle = circle.center()
            points = [QPointF(-4.5, 0.3), QPointF(-1.3, 3.5), QPointF(4.8, -3.2)]
            painter.drawPolyline(QPolygonF([middle + point for point in points]))
            return
        painter.setPen(theme.color("accent_text" if self._current else "rail_muted"))
        painter.setFont(text_font(13, strong=self._current))
        sign = "!" if self._state == "problem" and not self._current else str(self._place)
        painter.drawText(circle, int(Qt.AlignmentFlag.AlignCenter), sign)


class StepRail(QFrame):
    """All steps; choosing one asks the window to go there."""

    chosen = Signal(str)

    def __init__(self, brand: str, brand_line: str, steps: tuple[Step, ...]) -> None:
        super().__init__()
        self.setObjectName("Rail")
        self.setFixedWidth(RAIL_WIDTH)
        self.setAccessibleName(_("Steps"))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(L, XL + 4, L, L)
        self._layout.setSpacing(2)
        self._layout.addWidget(label(brand, "brand"))
        self._layout.addWidget(label(brand_line, "brandline"))
        self._layout.addSpacing(L)
        self.buttons: dict[str, StepButton] = {}
        for place, step in enumerate(steps, start=1):
            item = StepButton(step, place, len(steps))
            item.clicked.connect(lambda _checked=False, key=step.id: self.chosen.emit(key))
            self._layout.addWidget(item)
            self.buttons[step.id] = item
        self._layout.addStretch(1)

    def add_below(self, widget: QWidget) -> None:
        self._layout.addSpacing(M - 4)
        self._layout.addWidget(widget)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)
