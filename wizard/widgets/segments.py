"""A row of choices of which one is on: tabs, languages, shells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from wizard.widgets.parts import as_button
from wizard.widgets.theme import XS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import QKeyEvent


class Segments(QWidget):
    """Exclusive buttons; arrow keys move between them."""

    chosen = Signal(str)

    def __init__(self, choices: Iterable[tuple[str, str]], current: str, name: str) -> None:
        """``choices`` are pairs of a key and the text shown."""
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(XS)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for key, text in choices:
            item = _Segment(text, self._move)
            as_button(item, "segment")
            item.setCheckable(True)
            item.setChecked(key == current)
            item.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            item.setAccessibleName(f"{name}: {text}")
            self._group.addButton(item)
            layout.addWidget(item)
            self.buttons[key] = item

    @property
    def current(self) -> str:
        return next(key for key, item in self.buttons.items() if item.isChecked())

    def _move(self, step: int) -> None:
        keys = list(self.buttons)
        target = self.buttons[keys[(keys.index(self.current) + step) % len(keys)]]
        target.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        target.click()


class _Segment(QPushButton):
    """One choice. Not an event filter: Python would see every event of the first page."""

    def __init__(self, text: str, move: Callable[[int], None]) -> None:
        super().__init__(text)
        self._move = move

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        # Qt's own way, in an exclusive group, moves the focus without a signal.
        keys = QtCore.Qt.Key
        step = {keys.Key_Right: 1, keys.Key_Left: -1}.get(keys(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._move(step)
