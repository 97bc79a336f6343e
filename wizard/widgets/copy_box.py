"""A command or a few lines of code on dark ground, with a button that copies it."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QSizePolicy

from wizard.text import _
from wizard.widgets.announce import announce
from wizard.widgets.parts import button
from wizard.widgets.theme import M, S, mono_font

#: Forbids a line break without being seen: a command must not look broken inside a word.
_JOINER = "\u2060"
_COPIED_FOR_MS = 2000
#: A short option stays on the line of its value.
_OPTION = re.compile(r"((?:^| )-[a-z]) ")


class CodeText(QPlainTextEdit):
    """Read-only code, as high as its lines need; copying gives exactly the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setObjectName("CodeText")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(2)
        self.setFont(mono_font())
        self._code = ""
        self.set_code(text)

    @property
    def code(self) -> str:
        return self._code

    def set_code(self, text: str) -> None:
        self._code = text
        shown = _OPTION.sub("\\1\u00a0", text)
        for sign in "-/=.<>":
            shown = shown.replace(sign, sign + _JOINER)
        self.setPlainText(shown)
        self._fit()

    def createMimeDataFromSelection(self) -> QMimeData:  # noqa: N802  (Qt's name)
        data = QMimeData()
        selected = self.textCursor().selectedText().replace("\u2029", "\n").replace("\u00a0", " ")
        selected = selected.replace(_JOINER, "")
        data.setText(selected or self._code)
        return data

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        if event.matches(QKeySequence.StandardKey.Copy) and not self.textCursor().hasSelection():
            QGuiApplication.clipboard().setText(self._code)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        longest = max((len(line) for line in self._code.splitlines()), default=0)
        width = QFontMetrics(mono_font()).horizontalAdvance("0") * longest + 12
        return QSize(width, self.height())

    def _fit(self) -> None:
        # A QPlainTextEdit's document counts lines, not pixels: add up its blocks.
        pixels = 0.0
        block = self.document().begin()
        while block.isValid():
            pixels += self.blockBoundingRect(block).height()
            block = block.next()
        height = math.ceil(pixels) + 7
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
            self.updateGeometry()


class CopyBox(QFrame):
    """The code and its *Copy* button, which says *Copied* for two seconds."""

    copied = Signal(str)

    def __init__(self, text: str, name: str = "") -> None:
        super().__init__()
        self.setObjectName("CodeBox")
        self.text = CodeText(text)
        self.text.setAccessibleName(name or _("Command"))
        self.text.setAccessibleDescription(_("Ctrl+C copies the whole command"))
        self.button = button(_("Copy"), self.copy, kind="code")
        self.button.setAccessibleName(_("Copy: {what}").format(what=name or _("Command")))
        # The wider of its two words, so that the box does not jump.
        widest = max(
            QFontMetrics(self.button.font()).horizontalAdvance(word)
            for word in (_("Copy"), _("Copied"))
        )
        self.button.setMinimumWidth(widest + 42)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(M, S, S, S)
        layout.setSpacing(M)
        layout.addWidget(self.text, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._back = QTimer(self)
        self._back.setSingleShot(True)
        self._back.setInterval(_COPIED_FOR_MS)
        self._back.timeout.connect(lambda: self.button.setText(_("Copy")))

    @property
    def code(self) -> str:
        return self.text.code

    def set_code(self, text: str) -> None:
        self.text.set_code(text)
        self._back.stop()
        self.button.setText(_("Copy"))

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code)
        self.button.setText(_("Copied"))
        announce(self.button, _("Copied"))
        self._back.start()
        self.copied.emit(self.code)
