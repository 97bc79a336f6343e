"""Whether True, False and None lose references, until Python ends in "deallocating True or False".

From Python 3.12 on they are never freed, and nothing is to be counted. Run by itself, it does what
a window does all day and ends with 1 where that takes references away; it needs PySide6 alone.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial

COUNTED = sys.version_info < (3, 12)
_OBJECTS = (True, False, None)


def counts() -> tuple[int, ...]:
    """The references to each, garbage not among them."""
    gc.collect()
    return tuple(map(sys.getrefcount, _OBJECTS))


def lost(before: tuple[int, ...], but: int) -> dict[str, int]:
    """How many references each of them has less than before; empty where none lost many.

    ``but``: as many may go, with whatever else was freed meanwhile.
    """
    pairs = zip(_OBJECTS, before, counts(), strict=True)
    fallen = {str(each): then - now for each, then, now in pairs if then - now > but}
    return fallen if COUNTED else {}


def taken() -> dict[str, dict[str, int]]:
    """What 200 times of each deed took away; there must be a QApplication."""
    found: dict[str, dict[str, int]] = {}
    for name, deed in _deeds().items():
        deed()
        before = counts()
        for _ in range(200):
            deed()
        if fallen := lost(before, but=50):
            found[name] = fallen
    return found


def _deeds() -> dict[str, Callable[[], object]]:
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal
    from PySide6.QtWidgets import QCheckBox, QWidget

    class Sender(QObject):
        said = Signal(bool)
        gave = Signal(object)

    class Hearer(QWidget):
        def event(self, event: QEvent) -> bool:
            return super().event(event)

    sender, shown, hearer, box = Sender(), QWidget(), Hearer(), QCheckBox()
    sender.said.connect(lambda _on: None)
    sender.gave.connect(lambda _what: None)
    box.toggled.connect(lambda _on: None)
    return {
        "a signal with True": partial(sender.said.emit, True),
        "a signal with False": partial(sender.said.emit, False),
        "a signal with None": partial(sender.gave.emit, None),
        "a signal with an object": partial(sender.gave.emit, sender),
        "shown or not": partial(shown.setVisible, False),
        "asked whether it is shown": shown.isVisible,
        "enabled": partial(shown.setEnabled, True),
        "a property": partial(shown.setProperty, "dressed", True),
        "a property read": partial(shown.property, "dressed"),
        "a parent read": shown.parent,
        "a box toggled": box.toggle,
        "an event handled": lambda: QCoreApplication.sendEvent(hearer, QEvent(QEvent.Type.User)),
        "the loop": QCoreApplication.processEvents,
    }


if __name__ == "__main__":
    from PySide6.QtWidgets import QApplication

    _app = QApplication([])
    if found := taken():
        sys.exit(f"references were lost: {found}")
