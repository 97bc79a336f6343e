"""*Paste the error you got*: what a text of any length means, and what to do when nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSignalBlocker, Signal
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout

from wizard.pages.findings import finding_card
from wizard.text import _
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.facts_table import WordsTable
from wizard.widgets.parts import Card, button, clear, label, row
from wizard.widgets.theme import M

if TYPE_CHECKING:
    from wizard.causes.diagnosis import Diagnosis
    from wizard.jobs.call import CallJob
    from wizard.session import Session

_SHOWN = 4_000
"""Characters that the box shows of each end of a long text; all of it is looked at."""
_MOST, _MOST_LINES, _LONGEST_LINE = 200_000, 4_000, 4_000
"""What Qt lays out while nobody notices: characters, lines, and characters of one line."""


class PasteEdit(QPlainTextEdit):
    """Takes any length: of a long text the box shows both ends and keeps the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Log")
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setFixedHeight(120)
        self._excerpt, self._whole = "", ""

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802  (Qt's name)
        """Paste, or drop a text; a picture or a file's address is no text."""
        self.put(source.text(), replace=False)

    def put(self, text: str, *, replace: bool = True) -> None:
        """Put a text into the box."""
        text = text.replace("\0", "")
        if _is_laid_out_at_once(text):
            if replace:
                self.setPlainText(text)
            else:
                self.insertPlainText(text)
            return
        self._whole = text
        with QSignalBlocker(self):
            self.setPlainText(f"{text[:_SHOWN]}\n[…]\n{text[-_SHOWN:]}")
        self._excerpt = self.toPlainText()
        self.textChanged.emit()

    @property
    def whole(self) -> str:
        """What was pasted, also what is not shown of it."""
        shown = self.toPlainText()
        return self._whole if self._excerpt and shown == self._excerpt else shown


def _is_laid_out_at_once(text: str) -> bool:
    if len(text) <= 2 * _SHOWN:
        return True
    if len(text) > _MOST:
        return False
    lines = text.splitlines()
    return len(lines) <= _MOST_LINES and max(map(len, lines)) <= _LONGEST_LINE


class PasteBox(Card):
    """Asks the causes on a thread of its own; findings stand below the box."""

    go_to = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(_("Paste the error you got"))
        self._session = session
        self.edit = PasteEdit()
        self.edit.setPlaceholderText(
            _("The text of the error, or everything that the terminal shows: Ctrl+A, Ctrl+C there.")
        )
        self.edit.setAccessibleName(_("Text of the error"))
        self.ask_button: QPushButton = button(_("What does it &mean?"), self.ask, kind="outline")
        self.clear_button = button(_("Empty the box"), self.empty, kind="link")
        self._results = QVBoxLayout()
        self._results.setSpacing(M)
        self.add(
            label(
                _("It stays on this computer. Numbers and names in it count, not the language."),
                "muted",
            )
        )
        self.add(self.edit)
        self.add(row(self.ask_button, self.clear_button, 1))
        self.add(self._results)
        self._job: CallJob | None = None
        """The question whose answer is waited for."""
        self._show_draft()
        self.edit.textChanged.connect(self._keep_draft)
        self.edit.cursorPositionChanged.connect(self._keep_cursor)
        if session.pasted:
            self._look()
        self._show_free()

    def _show_draft(self) -> None:
        """As it stood in the box of a page that was thrown away, also before it was asked about."""
        self.edit.put(self._session.draft)
        cursor = self.edit.textCursor()
        last = self.edit.document().characterCount() - 1
        cursor.setPosition(min(self._session.draft_cursor, last))
        self.edit.setTextCursor(cursor)

    def _keep_draft(self) -> None:
        self._session.draft = self.edit.whole
        self._show_free()

    def _keep_cursor(self) -> None:
        self._session.draft_cursor = self.edit.textCursor().position()

    def ask(self) -> None:
        """Look for known causes in the text."""
        text = self.edit.whole
        if text.strip():
            self._session.pasted = text
            self._look()

    def _look(self) -> None:
        from wizard.jobs.call import CallJob

        text, machine = self._session.pasted, self._session.machine
        evidence = None if machine is None else machine.to_json()
        clear(self._results)
        self._results.addWidget(label(_("Looking…"), "muted"))
        self.ask_button.setEnabled(False)

        def look() -> Diagnosis:
            from wizard.causes import forum  # noqa: F401  (made here: its patterns take a moment)
            from wizard.causes.diagnosis import diagnose

            return diagnose(text, None, evidence)

        # The session's: this box may be thrown away meanwhile, and a running thread must not be.
        job = self._job = CallJob(look, self._session)
        job.answered.connect(self._show)
        self._session.run_job(job)

    def empty(self) -> None:
        """Forget the text and what was found in it."""
        self._session.pasted = ""
        self._job = None
        self.edit.clear()
        clear(self._results)

    def _show(self, found: Diagnosis) -> None:
        if self.sender() is not self._job:
            return  # asked before the last question, or about a text that is gone
        self._job = None
        clear(self._results)
        self._show_free()
        machine = self._session.machine
        system = machine.os.system if machine is not None else "linux"
        for finding in found.findings:
            self._results.addWidget(
                finding_card(finding, system, on_install=lambda: self.go_to.emit("install"))
            )
        if not found.findings:
            self._show_unknown(found)

    def _show_unknown(self, found: Diagnosis) -> None:
        from wizard.causes.forum import facts_shown, forum_text, how_to_ask

        self._results.addWidget(label(_("No known cause was recognised in this text."), "strong"))
        facts = facts_shown(found.facts)
        if facts:
            self._results.addWidget(label(_("This was read:"), "muted"))
            self._results.addWidget(WordsTable(tuple(facts), role="muted"))
        self._results.addWidget(label(how_to_ask(), "muted"))
        text = forum_text(self._session.pasted, found.facts)
        self._results.addWidget(CopyBox(text, _("Text for a forum")))

    def _show_free(self) -> None:
        self.ask_button.setEnabled(self._job is None and bool(self._session.draft.strip()))
