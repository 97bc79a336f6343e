"""What a program printed: one click away, bounded in memory, and the whole of it can be saved."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from wizard.text import _
from wizard.widgets.parts import breakable, button, label, row
from wizard.widgets.theme import S

_LINES = 2000


class LogView(QWidget):
    """A button that unfolds the log; below it, where the whole is kept and a way to save it."""

    def __init__(self) -> None:
        super().__init__()
        self._path: Path | None = None
        self.button = button(_("Show what the program printed"), self.toggle, kind="link")
        self.text = QPlainTextEdit()
        self.text.setObjectName("Log")
        self.text.setReadOnly(True)
        self.text.setUndoRedoEnabled(False)
        self.text.setTabChangesFocus(True)
        self.text.setMaximumBlockCount(_LINES)
        self.text.setMinimumHeight(160)
        self.text.setAccessibleName(_("What the program printed"))
        self.path = label("", "caption")
        self.save = button(_("Save the log…"), self._save, kind="link")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S)
        layout.addLayout(row(self.button, self.save, 1))
        layout.addWidget(self.text)
        layout.addWidget(self.path)
        self._unfold(unfolded=False)

    def append(self, lines: str) -> None:
        self.text.appendPlainText(lines)

    def clear(self) -> None:
        self.text.clear()
        self.show_path(None)

    def show_path(self, path: Path | None) -> None:
        """Where the whole output is kept."""
        self._path = path
        shown = "" if path is None else breakable(str(path))
        self.path.setText(_("The whole output: {file}").format(file=shown) if shown else "")
        self._unfold(unfolded=self.unfolded)

    @property
    def unfolded(self) -> bool:
        return not self.text.isHidden()

    def toggle(self) -> None:
        self._unfold(unfolded=not self.unfolded)

    def _unfold(self, *, unfolded: bool) -> None:
        self.text.setVisible(unfolded)
        self.path.setVisible(unfolded and self._path is not None)
        self.save.setVisible(unfolded and self._path is not None)
        self.button.setText(
            _("Hide what the program printed") if unfolded else _("Show what the program printed")
        )

    def _save(self) -> None:
        if self._path is None:
            return
        target, _filter = QFileDialog.getSaveFileName(self, _("Save the log"), self._path.name)
        if target:
            self.save_as(Path(target))

    def save_as(self, target: Path) -> None:
        """Copy the whole log; a failure is said where the path stands."""
        try:
            if self._path is not None and self._path != target:
                shutil.copyfile(self._path, target)
            words = _("Saved as {file}").format(file=breakable(str(target)))
        except OSError as error:
            words = _("The log could not be saved: {problem}").format(problem=error)
        self.path.setText(words)
