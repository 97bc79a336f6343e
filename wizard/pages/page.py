"""What every page has: a title, a sentence, a column of cards that scrolls on small screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from wizard.session import Session
from wizard.state import PageId
from wizard.text import _
from wizard.text.names import page_title as page_title  # for the pages
from wizard.widgets.parts import label
from wizard.widgets.theme import XL, XXL, L

if TYPE_CHECKING:
    from wizard.detection.machine import Environment
    from wizard.state import ChosenEnvironment

_WIDEST = 1080  # a longer line is hard to read
_SCROLL_BAR = 10  # pixels; as in wizard.qss
_ALWAYS_ON = 2  # Qt.ScrollBarPolicy.ScrollBarAlwaysOn


class Page(QScrollArea):
    """A page shows the session and asks it to act; it keeps nothing that a new page would miss."""

    id: ClassVar[PageId]
    go_to = Signal(str)
    """The user asked for another page (its id)."""
    primary_changed = Signal()
    """``has_primary`` may have another answer now."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setProperty("focusPolicy", 0)  # Qt.FocusPolicy.NoFocus: its parts are the stops
        # Its room is always kept: where a page is higher in its wider form, a bar that comes and
        # goes by need changes the width for ever, until the stack is full.
        self.setProperty("verticalScrollBarPolicy", _ALWAYS_ON)
        body = QWidget()
        body.setObjectName("PageBody")
        body.setMaximumWidth(_WIDEST + 2 * XXL - _SCROLL_BAR)
        # As high as its width needs: the layout's own minimum is that of its narrowest form.
        body.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.body = QVBoxLayout(body)
        self.body.setContentsMargins(XXL, XL + 4, XXL - _SCROLL_BAR, XL)
        self.body.setSpacing(L)
        self.title = label(self.title_text(), "title")
        self.subtitle = label(self.subtitle_text(), "subtitle")
        self.title.setAccessibleName(self.title_text())
        self.body.addWidget(self.title)
        self.body.addWidget(self.subtitle)
        self.body.setSpacing(L)
        self.setWidget(body)
        self.build()
        self.body.addStretch(1)
        session.machine_changed.connect(self._show_titles)

    def _show_titles(self) -> None:
        """What the page is called can depend on the computer."""
        self.title.setText(self.title_text())
        self.title.setAccessibleName(self.title_text())
        self.subtitle.setText(self.subtitle_text())

    def title_text(self) -> str:
        raise NotImplementedError

    def subtitle_text(self) -> str:
        raise NotImplementedError

    def build(self) -> None:
        """Make the cards and connect them to the session."""
        raise NotImplementedError

    def complete(self) -> None:
        """The window is on the screen: make what was left out of the first picture."""

    def first_focus(self) -> QWidget | None:
        """What Enter presses when the page is shown; None: *Next*."""
        return None

    def has_primary(self) -> bool:
        """Whether the page's own button is the next thing to press; then *Next* steps back."""
        return False

    def add(self, *items: QWidget | QLayout) -> None:
        for item in items:
            if isinstance(item, QWidget):
                self.body.addWidget(item)
            else:
                self.body.addLayout(item)


def environment_name(env: Environment | ChosenEnvironment) -> str:
    """What an environment is called on the screen."""
    return _("The Python that runs this wizard") if env.kind == "wizard" else env.name
