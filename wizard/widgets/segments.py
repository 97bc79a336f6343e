"""A row of choices of which one is on: tabs, languages, shells."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6 import QtCore
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from wizard.widgets.parts import button
from wizard.widgets.theme import XS


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
            item = button(text, kind="segment")
            item.setCheckable(True)
            item.setChecked(key == current)
            item.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            item.setAccessibleName(f"{name}: {text}")
            self._group.addButton(item)
            item.installEventFilter(self)
            layout.addWidget(item)
            self.buttons[key] = item

    @property
    def current(self) -> str:
        return next(key for key, item in self.buttons.items() if item.isChecked())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        # Before the buttons see it: an exclusive group would move the focus without a signal.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            keys = QtCore.Qt.Key
            step = {keys.Key_Right: 1, keys.Key_Left: -1}.get(keys(event.key()))
            if step is not None:
                self._move(step)
                return True
        return super().eventFilter(watched, event)

    def _move(self, step: int) -> None:
        keys = list(self.buttons)
        target = self.buttons[keys[(keys.index(self.current) + step) % len(keys)]]
        target.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        target.click()
