"""The steps on the left: which are done, where the user is, what is still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6 import QtCore
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from wizard.text import _
from wizard.widgets.parts import label, repolish, row
from wizard.widgets.theme import XL, L, M

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

StepState = Literal["done", "problem", "current", "upcoming"]
RAIL_WIDTH = 220
_CENTRE = 0x84  # Qt.AlignmentFlag.AlignCenter; see `wizard.widgets.parts` for why a number


class Step(NamedTuple):
    id: str
    title: str


class StepButton(QPushButton):
    """One step: a circle with its number or tick, and its name. Drawn by the stylesheet alone."""

    def __init__(self, step: Step, place: int, count: int) -> None:
        super().__init__()
        self.step = step
        self._place = place
        self._count = count
        self._state: StepState | None = None
        self._current = False
        self.setProperty("kind", "step")
        self._circle = label("", "circle", wrap=False)
        self._circle.setProperty("alignment", _CENTRE)
        self._name = label(step.title, "step", wrap=False)
        layout = row(self._circle, self._name, 1, spacing=M)
        layout.setContentsMargins(6, 0, 4, 0)
        self.setLayout(layout)
        self.setFixedHeight(38)
        self.show_state("upcoming", current=False)

    @property
    def state(self) -> StepState | None:
        return self._state

    def show_state(self, state: StepState, *, current: bool) -> None:
        if (state, current) == (self._state, self._current):
            return
        self._state, self._current = state, current
        shown = "current" if current else state
        signs = {"done": "✓", "problem": "!"}
        self._circle.setText(signs.get(shown, str(self._place)))
        for part in (self._circle, self._name):
            part.setProperty("state", shown)
            repolish(part)
        words = {
            "done": _("done"),
            "problem": _("needs attention"),
            "current": _("here"),
            "upcoming": _("to come"),
        }
        self.setAccessibleName(
            _("Step {place} of {count}: {title}, {state}").format(
                place=self._place, count=self._count, title=self.step.title, state=words[shown]
            )
        )


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
        # Two lines: the course, and its day.
        self._layout.addWidget(label(brand_line.replace(" · ", "\n"), "brandline"))
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
        keys = QtCore.Qt.Key
        if event.key() in (keys.Key_Down, keys.Key_Up):
            self.focusNextPrevChild(event.key() == keys.Key_Down)
        else:
            super().keyPressEvent(event)
