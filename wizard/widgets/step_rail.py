"""The steps on the left: which are done, where the user is, what is still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6 import QtCore
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from wizard.text import _
from wizard.widgets.parts import column, label, repolish, row
from wizard.widgets.theme import L, M, S

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

StepState = Literal["done", "problem", "current", "upcoming"]
RAIL_WIDTH = 220
# See `wizard.widgets.parts` for why they are numbers.
_CENTRE = 0x84  # Qt.AlignmentFlag.AlignCenter
_ALWAYS_OFF, _ALWAYS_ON = 1, 2  # Qt.ScrollBarPolicy
_SCROLL_BAR = 10  # pixels; as in wizard.qss
_MOST = 100  # of the room that is left over, as far as a step's greatest height


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
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
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
        brands = column(label(brand, "brand"), spacing=2)
        # Two lines: the course, and its day.
        brands.addWidget(label(brand_line.replace(" · ", "\n"), "brandline"))
        brands.setContentsMargins(0, 0, L, M)
        self.buttons: dict[str, StepButton] = {}
        self._box = QWidget()
        self._box.setObjectName("RailSteps")
        listed = QVBoxLayout(self._box)
        listed.setContentsMargins(0, 0, L - _SCROLL_BAR, 0)
        listed.setSpacing(2)
        for place, step in enumerate(steps, start=1):
            item = StepButton(step, place, len(steps))
            item.clicked.connect(lambda _checked=False, key=step.id: self.chosen.emit(key))
            listed.addWidget(item, _MOST)
            self.buttons[step.id] = item
        listed.addStretch(1)
        # They move closer in a low window and scroll in a lower one; what is below always shows.
        self.steps = QScrollArea()
        self.steps.setFrameShape(QFrame.Shape.NoFrame)
        self.steps.setWidgetResizable(True)
        self.steps.setProperty("focusPolicy", 0)  # as in `Page`
        self.steps.setProperty("horizontalScrollBarPolicy", _ALWAYS_OFF)
        self.steps.setProperty("verticalScrollBarPolicy", _ALWAYS_ON)  # in the margin; seen at need
        self._box.setParent(self.steps.viewport())
        self.below = QWidget()
        self._below = column()
        self._below.setContentsMargins(0, S, L, 0)
        self.below.setLayout(self._below)
        layout = column(brands, self.steps, self.below, spacing=0)
        layout.setContentsMargins(L, L, 0, L)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def add_below(self, widget: QWidget) -> None:
        self._below.addWidget(widget)

    def show_step(self, step: str) -> None:
        """Scroll to it, where not all steps have room."""
        self.steps.ensureWidgetVisible(self.buttons[step], 0, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        """A scroll area styles what it is given: it gets the steps with their first states."""
        super().resizeEvent(event)
        if self.steps.widget() is None:
            self.steps.setWidget(self._box)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        keys = QtCore.Qt.Key
        if event.key() in (keys.Key_Down, keys.Key_Up):
            self.focusNextPrevChild(event.key() == keys.Key_Down)
        else:
            super().keyPressEvent(event)
