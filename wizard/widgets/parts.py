"""The small parts every page is made of: labels, buttons, cards, signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QBoxLayout,
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
from wizard.widgets.theme import XL, L, S

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

Tone = Literal["", "good", "warning", "bad", "accent", "muted"]
_Box = TypeVar("_Box", QVBoxLayout, QHBoxLayout)


# The first page names nothing of Qt's namespace `Qt`: making its 130 enums takes 15 ms.
_PLAIN_TEXT = 0  # Qt.TextFormat.PlainText
_TOP_LEFT = 0x21  # Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft


def label(
    text: str = "", role: str = "body", *, tone: Tone = "", wrap: bool = True, top: bool = False
) -> QLabel:
    """A plain-text label; ``role`` and ``tone`` are styled in ``wizard.qss``."""
    widget = QLabel(text)
    widget.setProperty("textFormat", _PLAIN_TEXT)
    if top:
        widget.setProperty("alignment", _TOP_LEFT)
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
    """Let the stylesheet see a changed property; before its window is shown, it will anyway."""
    if not widget.window().isVisible():
        return
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


def button(
    text: str, on_click: Callable[[], object] | None = None, *, kind: str = "secondary"
) -> QPushButton:
    widget = QPushButton(text)
    as_button(widget, kind)
    if on_click is not None:
        widget.clicked.connect(lambda _checked=False: on_click())
    return widget


def as_button(widget: QPushButton, kind: str) -> None:
    """Give it the look of that kind, and the size that it needs."""
    widget.setProperty("kind", kind)
    widget.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


def link_button(text: str, url: str) -> QPushButton:
    """A button that opens a page in the browser, where `open_link` does."""
    widget = button(text, lambda: open_link(url), kind="link")
    widget.setAccessibleDescription(_("Opens {address} in the browser").format(address=url))
    widget.setToolTip(url)
    return widget


def open_link(url: str) -> bool:
    """Only https, and only hosts that the program itself names; returns whether it was opened."""
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    from wizard.links import known_hosts

    address = QUrl(url)
    known = address.scheme() == "https" and address.host() in known_hosts()
    return known and QDesktopServices.openUrl(address)


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
        if heading:
            # Never shown by itself: without a parent it would be a window for a moment.
            self.body.addWidget(self.heading)
            self.setAccessibleName(heading)
        else:
            self.heading.hide()
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


class SideBySide(QWidget):
    """Two parts side by side; the right one goes below where both do not fit."""

    def __init__(self, left: QWidget, right: QWidget, *, spread: bool = True) -> None:
        """``spread``: the right one stands at the right edge, not close to the left one."""
        super().__init__()
        self._left, self._right = left, right
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(S)
        self._box.addWidget(left)
        self._box.addWidget(right)
        if not spread:
            self._box.addStretch(1)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """Also side by side as wide as one part: a page that widens for both never settles."""
        items = (self._box.itemAt(place) for place in range(self._box.count()))
        width = max(item.minimumSize().width() for item in items if item is not None)
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        """Choose the direction by the room that there is."""
        super().resizeEvent(event)
        wanted = self._left.sizeHint().width() + S + self._right.sizeHint().width()
        across = QBoxLayout.Direction.LeftToRight
        below = QBoxLayout.Direction.TopToBottom
        self._box.setDirection(across if wanted <= event.size().width() else below)


def breakable(path: str) -> str:
    """The path with a place to break after each separator: it wraps instead of being cut."""
    for mark in ("/", "\\", "==", "["):
        path = path.replace(mark, mark + "\u200b")
    return path


def clear(layout: QLayout) -> None:
    """Remove and delete everything in a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
