"""Beside what is measured here: another computer, out of its saved report or a recording."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from wizard.report.other_computer import OtherComputer, comparison, from_report, recorded
from wizard.session import Session
from wizard.text import _, significant
from wizard.widgets.announce import tell
from wizard.widgets.live_plot import LivePlot
from wizard.widgets.parts import button, label, row
from wizard.widgets.theme import S


class Comparison(QWidget):
    """Draws the dashed curve of the picture, says what it is, and lets another one be chosen."""

    def __init__(self, session: Session, plot: LivePlot) -> None:
        super().__init__()
        self._session = session
        self._plot = plot
        self.origin = label("", "caption")
        self.words = label("", "strong")
        self.problem = label("", tone="bad")
        self.choose = button(_("&Compare with another computer…"), self._ask, kind="link")
        self.choose.setToolTip(_("The report that was saved there on the last page (JSON)"))
        self.remove = button(_("&Without the comparison"), self._remove, kind="link")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S)
        for item in (self.origin, self.words, self.problem):
            layout.addWidget(item)
        layout.addLayout(row(self.choose, self.remove, 1))
        self.problem.hide()

    def refresh(self) -> None:
        """Show what the session compares with, beside what it has measured so far."""
        other = self._other()
        self.remove.setVisible(self._session.other is not None)
        self.origin.setVisible(other is not None)
        words = "" if other is None else self._difference(other)
        tell(self.words, words)
        self.words.setVisible(bool(words))
        if other is None:
            self._plot.hide_reference()
            return
        short = _("other GPU") if other.is_gpu else _("other CPU")
        self._plot.show_reference(short, "accent", other.speeds)
        self.origin.setText(_origin(other))

    def _other(self) -> OtherComputer | None:
        """The chosen one; where there is no GPU, what one would give, if that was recorded."""
        if self._session.other is not None:
            return self._session.other
        return recorded() if self._session.on_cpu else None

    def _difference(self, other: OtherComputer) -> str:
        result = self._session.benchmark.result
        found = None if result is None else comparison(other, result)
        if found is None:
            return ""
        times, size, on_gpu = found
        if times >= 1:
            words = (
                _("At {size} × {size}, {name} is {times} times as fast as your GPU.")
                if on_gpu
                else _("At {size} × {size}, {name} is {times} times as fast as your processor.")
            )
        else:
            times = 1 / times
            words = (
                _("At {size} × {size}, your GPU is {times} times as fast as {name}.")
                if on_gpu
                else _("At {size} × {size}, your processor is {times} times as fast as {name}.")
            )
        return words.format(size=size, name=other.name, times=significant(times))

    def _ask(self) -> None:
        path, _filter = QFileDialog.getOpenFileName(
            self, _("Choose the report of another computer"), "", _("Reports (*.json)")
        )
        if path:
            self.compare(Path(path))

    def compare(self, path: Path) -> None:
        """Compare with the computer of that report, or say why that cannot be done."""
        try:
            self._session.other = from_report(path)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            tell(
                self.problem,
                _(
                    "{file} cannot be compared with: {reason}. Choose the JSON file that the last "
                    "page saves beside the report, after a benchmark."
                ).format(file=path.name, reason=reason),
            )
            self.problem.show()
            return
        self.problem.hide()
        self.refresh()

    def _remove(self) -> None:
        self._session.other = None
        self.problem.hide()
        self.refresh()
        self.choose.setFocus()


def _origin(other: OtherComputer) -> str:
    words = {
        "report": _("Dashed: {name}, from the report of another computer."),
        "simulated": _(
            "Dashed: {name}, from a report of a simulated machine; nothing of it was measured."
        ),
        "recorded": _("Dashed: {name}, measured on another computer and recorded."),
    }
    return words[other.origin].format(name=other.name)
