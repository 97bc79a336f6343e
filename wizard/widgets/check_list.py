"""A list of checks that fills in live: a sign, a title, a value, a sentence, a next step."""

from __future__ import annotations

import re
from typing import get_args

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from wizard.widgets.parts import Tone, label, link_button, set_tone
from wizard.widgets.sign import Sign, SignKind, sign_word
from wizard.widgets.theme import XS, M, S, text_font

_DOT = re.compile(r"\.(?=\w)")
_TONES: dict[SignKind, Tone] = {"good": "good", "warning": "warning", "bad": "bad"}


class CheckRow(QWidget):
    """One check. ``title`` is its name, ``value`` what was found, ``sentence`` what it means."""

    def __init__(self, title: str, kind: SignKind = "pending") -> None:
        super().__init__()
        self.sign = Sign(kind)
        words = _DOT.sub(".\u200b", title)  # a long name may wrap, but not within a word
        self.title = label(words, "strong")
        strong = QFontMetrics(text_font(strong=True))
        self.title.setMinimumWidth(
            max(strong.horizontalAdvance(word) for word in re.split("[\\s\u200b]", words)) + XS
        )
        self.value = label("", wrap=True)
        self.word = label("", "caption", wrap=False)
        # As wide as the widest word, so that the columns of all rows stand below each other.
        metrics = QFontMetrics(text_font(12))
        self.word.setMinimumWidth(
            max(metrics.horizontalAdvance(sign_word(each)) for each in get_args(SignKind)) + S
        )
        self.word.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.sentence = label("", "muted")
        self.next_step = label("")
        self._links = QVBoxLayout()
        self._links.setContentsMargins(0, 0, 0, 0)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, S, 0, S)
        grid.setHorizontalSpacing(M)
        grid.setVerticalSpacing(XS)
        grid.addWidget(self.sign, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.title, 0, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.value, 0, 2, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.word, 0, 3, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.sentence, 1, 1, 1, 3)
        grid.addWidget(self.next_step, 2, 1, 1, 3)
        grid.addLayout(self._links, 3, 1, 1, 3)
        grid.setColumnStretch(1, 2)
        grid.setColumnStretch(2, 3)
        self.show_state(kind)

    @property
    def kind(self) -> SignKind:
        return self.sign.kind

    def show_state(
        self,
        kind: SignKind,
        value: str = "",
        sentence: str = "",
        next_step: str = "",
        link: tuple[str, str] | None = None,
    ) -> None:
        """``link`` is the text of a button and the https address it opens."""
        self.sign.set_kind(kind)
        self.value.setText(value)
        self.word.setText(sign_word(kind))
        set_tone(self.word, _TONES.get(kind, "muted"))
        for widget, text in ((self.sentence, sentence), (self.next_step, next_step)):
            widget.setText(text)
            widget.setVisible(bool(text))
        while (item := self._links.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        if link is not None:
            self._links.addWidget(link_button(*link))
        spoken = f"{self.title.text()}: {sign_word(kind)}. {value}"
        self.setAccessibleName(spoken.replace("\u200b", ""))
        self.setAccessibleDescription(" ".join(part for part in (sentence, next_step) if part))
