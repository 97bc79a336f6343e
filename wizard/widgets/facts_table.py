"""A small table of plain texts with a line between the rows."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from wizard.widgets.parts import breakable, label, rule
from wizard.widgets.theme import L, M, S, mono_font, text_font

_WIDEST_WORD = 230


class FactsTable(QWidget):
    """Rows of labels; the first column names the row. ``cells[row][column]`` can be changed."""

    def __init__(self, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(S)
        self.cells: list[list[QLabel]] = []
        line = 0
        if any(header):
            for place, words in enumerate(header):
                grid.addWidget(label(words, "caption" if place == 0 else "strong"), 0, place)
            grid.addWidget(rule(), 1, 0, 1, len(header))
            line = 2
        for place, texts in enumerate(rows):
            made = [
                label(words, "muted" if i == 0 else "body", top=True)
                for i, words in enumerate(texts)
            ]
            for column, cell in enumerate(made):
                grid.addWidget(cell, line, column)
            self.cells.append(made)
            line += 1
            if place + 1 < len(rows):
                grid.addWidget(rule(), line, 0, 1, len(texts))
                line += 1
        columns = len(header)
        for column in range(columns):
            grid.setColumnStretch(column, 2 if column == 0 else 3)
        self.setContentsMargins(0, 0, 0, M - 8)


class WordsTable(QWidget):
    """Words of a command or lines of code, each with its meaning."""

    def __init__(self, pairs: tuple[tuple[str, str], ...], role: str = "code") -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(L + 8)
        grid.setVerticalSpacing(S)
        width = min(_WIDEST_WORD, max((self._width(word, role) for word, _m in pairs), default=0))
        for line, (word, meaning) in enumerate(pairs):
            name = label(breakable(word), role, top=True)
            name.setFixedWidth(width)
            grid.addWidget(name, line, 0)
            grid.addWidget(label(meaning, "muted", top=True), line, 1)
        grid.setColumnStretch(1, 1)

    def _width(self, word: str, role: str) -> int:
        font = mono_font() if role == "code" else text_font(strong=True)
        return QFontMetrics(font).horizontalAdvance(word) + 4
