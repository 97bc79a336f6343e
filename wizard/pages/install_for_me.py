"""The card *Install it for me*: first what would happen, then doing it, then what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from wizard.advice.command import spell, spelling_for
from wizard.advice.finding import Finding
from wizard.detection.machine import System
from wizard.installation.values import Item, ItemStarted, Progress, StepStarted
from wizard.jobs.events import LogLine
from wizard.pages.findings import finding_card
from wizard.pages.page import page_title
from wizard.session import Session
from wizard.text import _
from wizard.text.installation import (
    condition_sentence,
    deleting_sentence,
    item_title,
    left_sentence,
    phase_title,
    preflight_summary,
    progress_text,
    removal_sentence,
    step_text,
)
from wizard.widgets.check_list import CheckRow
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.facts_table import WordsTable
from wizard.widgets.log_view import LogView
from wizard.widgets.parts import (
    Card,
    Tone,
    as_button,
    breakable,
    button,
    clear,
    label,
    row,
    rule,
    set_tone,
)
from wizard.widgets.sign import SignKind
from wizard.widgets.theme import XS, S

if TYPE_CHECKING:
    from wizard.advice.recommendation import Command
    from wizard.installation.values import Forecast, ItemId, Plan

_SIGNS: dict[str, SignKind] = {
    "passed": "good",
    "warning": "warning",
    "blocked": "bad",
    "skipped": "skipped",
}
_CHANGES_SHOWN = 12
_RESUMES = ("download_broken", "rate_limited")
"""After these an installation goes on where it stopped."""
_BAR = 1000


class InstallForMe(Card):
    """Shows `Installing`; it is made once for a page and follows the stages."""

    go_to = Signal(str)
    primary_changed = Signal()

    def __init__(self, session: Session, command: Callable[[], Command | None]) -> None:
        """``command`` tells which of the recommended commands the user looks at."""
        super().__init__(_("Install it for me"))
        self._model = session.installing
        self._session = session
        self._command = command
        self._rows: dict[ItemId, CheckRow] = {}
        self._list: QVBoxLayout | None = None
        self.action: QPushButton | None = None
        self.second: QPushButton | None = None
        self.third: QPushButton | None = None
        self.instead: QPushButton | None = None
        self.phase: QLabel | None = None
        self.bar: QProgressBar | None = None
        self.line: QLabel | None = None
        self._content = QVBoxLayout()
        self._content.setContentsMargins(0, 0, 0, 0)
        self._content.setSpacing(S + XS)
        self.add(self._content)
        self.log = LogView()
        for lines in self._model.log:
            self.log.append(lines)
        self.add(self.log)
        self._model.changed.connect(self.show_stage)
        self._model.happened.connect(self._on_event)
        session.state_changed.connect(self._show_free)
        self.show_stage()

    def has_primary(self) -> bool:
        """Whether a button of this card is the next thing to press."""
        model = self._model
        ready = model.stage == "asked" and model.can_install
        done = model.result is not None and model.result.kind == "done"
        return (
            ready
            or model.stage in ("unfinished", "consent")
            or (model.stage == "ended" and not done)
        )

    def show_stage(self) -> None:
        """Make the content again for the stage that it has come to."""
        clear(self._content)
        self._rows, self._list = {}, None
        self.action = self.second = self.third = self.instead = None
        self.bar = self.line = self.phase = None
        show = {
            "idle": self._show_idle,
            "unfinished": self._show_unfinished,
            "asking": self._show_asking,
            "asked": self._show_asked,
            "running": self._show_running,
            "consent": self._show_consent,
            "removing": self._show_removing,
            "ended": self._show_ended,
        }
        set_tone(self, "")
        show[self._model.stage]()
        if self._model.stage in ("idle", "unfinished", "asking"):
            self.log.clear()
            for lines in self._model.log:
                self.log.append(lines)
        self.log.setVisible(self._model.stage in ("asking", "asked", "running", "ended"))
        self._show_free()
        self.primary_changed.emit()

    # Stages

    def _show_idle(self) -> None:
        simulated = self._session.simulated
        words = _(
            "The wizard can run the command for you. First it looks at the disk, the connection "
            "and what would change; nothing is touched before you say so."
        )
        if simulated:
            words = _("This computer is simulated: nothing can be installed on it from here.")
        self.action = button(_("&Check and install"), self._ask, kind="outline")
        self._put(label(words, "muted"), row(self.action, 1))

    def _show_unfinished(self) -> None:
        left = self._model.unfinished
        if left is None:
            return
        set_tone(self, "warning")
        if left.still_running:
            self._put(
                label(_("An installation of earlier is still running"), "strong"),
                label(
                    _(
                        "It goes on without this window. Wait until it has ended, then look again; "
                        "restarting the computer ends it, too."
                    )
                ),
            )
            self.action = button(
                _("See &whether it has ended"), self._model.look_back, kind="primary"
            )
            self._put(row(self.action, 1))
            return
        self._put(
            label(left_sentence(left.ended), "strong"),
            label(condition_sentence(left.condition, left.plan)),
        )
        self._put_findings(self._model.findings)
        self._put_ways_on(left.plan, left.condition.state)

    def _show_asking(self) -> None:
        self._put(label(_("Looking; nothing is touched."), "muted"))
        for item in self._model.items.values():
            self._show_item(item)
        if self._model.asking is not None:
            self._row(self._model.asking).show_state("busy")
        self.action = button(_("&Stop"), self._model.cancel)
        self._put(row(self.action, 1))

    def _show_asked(self) -> None:
        preflight = self._model.preflight
        if preflight is None:
            return
        self._put(label(preflight_summary(preflight), "strong"))
        for item in preflight.items:
            if item.finding is not None and item.state in ("blocked", "warning"):
                tone: Tone = "bad" if item.state == "blocked" else "warning"
                self._put(finding_card(item.finding, self._system(), tone=tone))
        if preflight.forecast is not None and preflight.forecast.changes:
            self._put(label(_("What would change:"), "strong"), _changes(preflight.forecast))
        self.second = button(_("&Not now"), self._model.leave)
        if preflight.ready and preflight.forecast and preflight.forecast.nothing_to_do:
            self.action = self._to_verify()
        elif preflight.ready:
            self._put_plan(preflight.plan)
            self.action = button(_("&Install now"), self._model.install, kind="primary")
        else:
            self.action = button(_("&Check again"), self._ask, kind="primary")
        self._put(row(self.action, *self._instead(), self.second, 1))
        self._put(label(_("What was looked at"), "strong"))
        for item in preflight.items:
            self._show_item(item)

    def _show_running(self) -> None:
        self.phase = label(_("Starting…"), "strong")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("Progress of the installation"))
        self.line = label("", "muted")
        self.action = button(_("&Cancel"), self._model.cancel)
        self._put(self.phase, self.bar, self.line)
        self._put(
            label(_("You can look at the other pages meanwhile."), "caption"), row(self.action, 1)
        )
        if self._model.step is not None:
            self._on_event(self._model.step)
        self._show_progress(self._model.progress)

    def _show_consent(self) -> None:
        """What would go; to keep it is what Enter answers."""
        removal = self._model.removal
        if removal is None:
            return
        set_tone(self, "warning")
        words = removal_sentence(breakable(removal.plan.prefix), removal.files, removal.bytes)
        self.action = button(_("&Keep"), self._model.leave, kind="primary")
        self.second = button(_("&Delete"), self._model.delete)
        self._put(label(_("This will be deleted"), "strong"), label(words))
        self._put(row(self.action, self.second, 1))
        self.action.setFocus()

    def _show_removing(self) -> None:
        self._put(label(_("Deleting what was half made…"), "strong"))

    def _show_ended(self) -> None:
        result = self._model.result
        self._put_findings(self._model.findings)
        if result is None:
            self.action = button(_("&Check again"), self._ask, kind="primary")
            self.second = button(_("&Not now"), self._model.leave)
            self._put(row(self.action, self.second, 1))
            return
        self.log.show_path(result.log_path)
        if result.kind == "done":
            set_tone(self, "good")
            self._put(
                label(_("PyTorch is installed."), "strong"),
                label(condition_sentence(result.condition, result.plan)),
            )
            self.action = self._to_verify()
            self._put(row(self.action, 1))
            return
        words = _("You stopped the installation; everything it had started has ended.")
        if result.kind == "failed":
            words = _("The installation did not succeed.")
        self._put(label(words, "strong"), label(condition_sentence(result.condition, result.plan)))
        self._put_findings(result.findings)
        self._put_ways_on(result.plan, result.condition.state)

    # Parts

    def _to_verify(self) -> QPushButton:
        return button(
            _("Go to: {page}").format(page=page_title("verify")),
            lambda: self.go_to.emit("verify"),
            kind="outline",
        )

    def _put(self, *items: QWidget | QLayout) -> None:
        for item in items:
            if isinstance(item, QWidget):
                self._content.addWidget(item)
            else:
                self._content.addLayout(item)

    def _put_findings(self, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            self._put(finding_card(finding, self._system()))

    def _put_plan(self, plan: Plan) -> None:
        """Exactly what runs: no command is hidden."""
        self._put(label(_("This is what runs, and nothing else:"), "strong"))
        for step in plan.steps:
            self._put(CopyBox(spelling_for(spell(step.argv), self._system()), step.title))

    def _put_ways_on(self, plan: Plan, state: str) -> None:
        """Repair, removal of what was half made, or leaving it."""
        broken = state in ("half_made", "damaged")
        retry = _("&Repair") if broken else _("&Try again")
        result = self._model.result
        if result is not None and any(each.code in _RESUMES for each in result.findings):
            retry = _("&Go on")
        self.action = button(retry, self._model.repair, kind="primary")
        self.third = button(_("&Leave it"), self._model.dismiss)
        buttons: list[QWidget | int] = [self.action]
        if plan.creates and state in ("half_made", "damaged"):
            self.second = button(_("&Delete what was half made"), self._model.remove)
            buttons.append(self.second)
            self._put(label(deleting_sentence(plan), "caption"))
        self._put(row(*buttons, *self._instead(), self.third, 1))

    def _instead(self) -> list[QWidget | int]:
        """A new environment, where the one that was asked about cannot take what is wanted."""
        name = self._model.instead
        if name is None:
            return []
        self.instead = button(_("&Make a new environment"), self._model.ask_instead, kind="primary")
        self.instead.setToolTip(name)
        self.instead.setAccessibleDescription(name)
        if self.action is not None:
            as_button(self.action, "outline")
        return [self.instead]

    def _row(self, item: ItemId) -> CheckRow:
        """The line of a question; a new one goes below the others, with a rule between."""
        if item not in self._rows:
            if self._list is None:
                self._list = QVBoxLayout()
                self._list.setSpacing(0)
                # The row with the buttons stays the last while questions are asked.
                asking = self._model.stage == "asking" and self.action is not None
                self._content.insertLayout(self._content.count() - asking, self._list)
            if self._rows:
                self._list.addWidget(rule())
            self._rows[item] = CheckRow(item_title(item))
            self._list.addWidget(self._rows[item])
        return self._rows[item]

    def _show_item(self, item: Item) -> None:
        sentence = item.finding.title if item.finding is not None else ""
        self._row(item.id).show_state(_SIGNS[item.state], breakable(item.value), sentence)

    # What happens

    def _on_event(self, event: object) -> None:
        if isinstance(event, LogLine):
            self.log.append(event.text)
        elif isinstance(event, ItemStarted):
            self._row(event.id).show_state("busy")
        elif isinstance(event, Item):
            self._show_item(event)
        elif isinstance(event, StepStarted):
            if self.phase is not None:
                self.phase.setText(step_text(event))
        elif isinstance(event, Progress):
            self._show_progress(event)

    def _show_progress(self, progress: Progress | None) -> None:
        if self.bar is None or self.line is None:
            return
        if progress is None or not progress.total:
            self.bar.setRange(0, 0)  # no figure, no bar: only a sign that it works
        else:
            self.bar.setRange(0, _BAR)
            self.bar.setValue(min(_BAR, round(_BAR * progress.done / progress.total)))
        words = ""
        if progress is not None:
            figures = progress_text(progress)
            words = phase_title(progress.phase) + (f": {figures}" if figures else "")
        self.line.setText(words)
        self.bar.setAccessibleDescription(words)

    def _ask(self) -> None:
        self._model.ask(self._command())

    def _show_free(self) -> None:
        """Nothing is begun while something else runs, or before the computer is known."""
        if self._model.stage in ("asking", "running", "removing"):
            return
        session = self._session
        free = not session.busy and not session.simulated and session.recommendation is not None
        for item in (self.action, self.second, self.instead):
            if item is not None:
                item.setEnabled(free)

    def _system(self) -> System:
        machine = self._session.machine
        return machine.os.system if machine is not None else "linux"


def _changes(forecast: Forecast) -> WordsTable:
    """Which packages that are there would not stay as they are; a long list is cut."""
    gone = _("is removed")
    rows = [(each.name, f"{each.before} → {each.after or gone}") for each in forecast.changes]
    rest = len(rows) - _CHANGES_SHOWN
    return WordsTable(tuple(rows[:_CHANGES_SHOWN] + ([("…", f"+{rest}")] if rest > 0 else [])))
