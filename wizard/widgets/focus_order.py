"""The order in which Tab goes through a window: region by region, each as one reads it.

Qt's own order is that in which parts were made; pages are made late, and parts of them anew.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QWidget


def stops(window: QWidget, regions: Iterable[QWidget]) -> list[QWidget]:
    """Everything that Tab stops at, in order."""
    found: list[QWidget] = []
    for region in regions:
        inside = [each for each in region.findChildren(QWidget) if _is_stop(each)]
        found += sorted(inside, key=lambda each: _place(each, window))
    return found


def neighbour(order: list[QWidget], current: QWidget | None, *, forward: bool) -> QWidget | None:
    """Where Tab leads from here, round the ends; None where there is nothing to stop at."""
    if not order:
        return None
    if current not in order:
        return order[0 if forward else -1]
    return order[(order.index(current) + (1 if forward else -1)) % len(order)]


def _place(widget: QWidget, window: QWidget) -> tuple[int, int]:
    corner = widget.mapTo(window, QPoint(0, 0))
    return corner.y(), corner.x()


def _is_stop(widget: QWidget) -> bool:
    if not (widget.isVisible() and widget.isEnabled()):
        return False
    if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or widget.focusProxy() is not None:
        return False
    return not (isinstance(widget, QAbstractButton) and _arrow_keys_lead_to(widget))


def _arrow_keys_lead_to(item: QAbstractButton) -> bool:
    """Of choices of which one is on, Tab stops at that one."""
    group = item.group()
    if group is None or not group.exclusive() or item.isChecked():
        return False
    return group.checkedButton() is not None or group.buttons()[0] is not item
