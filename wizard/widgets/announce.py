"""Changes that are only seen are said to screen readers as well."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QLabel, QWidget


def announce(widget: QWidget, words: str) -> None:
    """Have a screen reader say it, where one is listening."""
    if words and QAccessible.isActive() and widget.isVisible():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))


def tell(label: QLabel, words: str) -> None:
    """Show a state in words; a new one is announced."""
    if label.text() == words:
        return
    label.setText(words)
    announce(label, words)
