"""What this program is: its version, what it runs with, how old its facts are, the licences."""

from __future__ import annotations

import platform
from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QThread, qVersion
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from wizard import __version__
from wizard.build_info import build_info, takes_newer_facts
from wizard.text import _
from wizard.widgets.announce import announce
from wizard.widgets.parts import button, column, label, row, set_tone
from wizard.widgets.theme import XL, L, M, S

RunJob = Callable[[QThread], None]
_WIDTH = 440


def about_lines() -> tuple[str, ...]:
    """The lines of the box, the version first."""
    info = build_info()
    python = info.get("python", platform.python_version())
    lines = [
        _("Version {version}").format(version=__version__),
        _("Runs with Python {python} and Qt {qt}.").format(python=python, qt=qVersion()),
    ]
    if "runtime" in info:
        lines.append(_("This Python comes from: {source}").format(source=info["runtime"]))
    lines.append(
        _(
            "Free software under the MIT licence. Qt is used under the LGPL 3; its DLLs can be "
            "replaced."
        )
    )
    lines.append(_("Nothing is sent anywhere."))
    return tuple(lines)


class AboutBox(QDialog):
    """Above the window, which goes on meanwhile."""

    def __init__(self, parent: QWidget, run_job: RunJob) -> None:
        super().__init__(parent)
        self._run_job = run_job
        self.setWindowTitle(_("About this program"))
        self.facts = label(role="body")
        self.answer = label(role="body")
        self.answer.hide()
        self.update_facts: QPushButton | None = None
        facts = column(self.facts, spacing=S)
        if takes_newer_facts():
            self.update_facts = button(_("Look for newer facts"), self._look, kind="quiet")
            facts.addLayout(row(self.update_facts, 1))
        self.shut = button(_("Close"), self.accept, kind="primary")
        self.shut.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(XL, XL, XL, L)
        layout.addWidget(label(_("GPU Setup Wizard"), "heading"))
        layout.addLayout(column(*(label(line) for line in about_lines()), spacing=S))
        layout.addLayout(facts)
        layout.addWidget(self.answer)
        layout.addLayout(row(1, self.shut))
        layout.setSpacing(M)
        self._show_age()
        self._fit()

    def _show_age(self) -> None:
        from wizard.advice import catalog
        from wizard.text.age import facts_line

        try:
            facts, today = catalog.load(), date.today()
        except ValueError:  # damaged, which the pages say
            self.facts.hide()
            return
        self.facts.setText(facts_line(facts.collected, today))
        set_tone(self.facts, "warning" if facts.is_old(today) else "")

    def _look(self) -> None:
        from wizard.jobs.facts import FactsJob

        assert self.update_facts is not None
        self.update_facts.setEnabled(False)
        self._say(_("Looking for newer facts …"))
        job = FactsJob()
        job.answered.connect(self._on_answer)
        self._run_job(job)

    def _on_answer(self, answer: object) -> None:
        from wizard.advice.fresh_facts import Update
        from wizard.text.age import update_line

        assert self.update_facts is not None
        if isinstance(answer, Update):
            self._say(update_line(answer.date, changed=answer.changed))
        else:  # it can be tried again
            self._say(str(answer), bad=True)
            self.update_facts.setEnabled(True)

    def _say(self, words: str, *, bad: bool = False) -> None:
        self.answer.setText(words)
        self.answer.show()
        set_tone(self.answer, "bad" if bad else "")
        announce(self.answer, words)
        self._fit()

    def _fit(self) -> None:
        """As high as its words need: a layout of wrapped labels asks for far more by itself."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.setFixedSize(_WIDTH, layout.totalHeightForWidth(_WIDTH))


def show_about(parent: QWidget, run_job: RunJob) -> AboutBox:
    """Show the box; there is one at most. ``run_job`` starts a thread that ends with the window."""
    there = parent.findChild(AboutBox)
    if isinstance(there, AboutBox):
        there.activateWindow()
        return there
    box = AboutBox(parent, run_job)
    box.finished.connect(box.deleteLater)
    box.open()
    return box
