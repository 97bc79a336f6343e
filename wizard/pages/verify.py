"""Verify: the course's three lines, and the checks that run for real, one result after another."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from wizard.jobs.events import Check, CheckStarted, LogLine
from wizard.pages.findings import finding_card
from wizard.pages.page import Page, environment_name, page_title
from wizard.pages.paste_box import PasteBox
from wizard.text import _
from wizard.text.checks import check_meaning, check_title, reason_sentence, value_text
from wizard.the_course import COURSE_LINES
from wizard.widgets.announce import tell
from wizard.widgets.check_list import CheckRow
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.facts_table import WordsTable
from wizard.widgets.log_view import LogView
from wizard.widgets.parts import Card, breakable, button, clear, label, row, rule, set_tone
from wizard.widgets.sign import Sign, SignKind
from wizard.widgets.theme import L

_KINDS: dict[str, SignKind] = {"passed": "good", "failed": "bad", "skipped": "skipped"}


class VerifyPage(Page):
    id = "verify"

    def title_text(self) -> str:
        if self.session.on_cpu:
            return _("Does PyTorch work?")
        return _("Does PyTorch run on the GPU?")

    def subtitle_text(self) -> str:
        if self.session.on_cpu:
            return _("Loading it is not enough: we compute on the processor and compare.")
        return _("True alone is not enough: we compute on the GPU and compare with the CPU.")

    def has_primary(self) -> bool:
        verified = self.session.verified
        return not self.session.verification.running and (
            verified is None or verified.ready is None
        )

    def first_focus(self) -> QWidget | None:
        return self.run_button if self.has_primary() else None

    def build(self) -> None:
        self.rows: dict[str, CheckRow] = {}
        self.add(self._run_card(), self._answer_card())
        self._finding_cards = QVBoxLayout()
        self._finding_cards.setSpacing(L)
        self.paste_box = PasteBox(self.session)
        self.paste_box.go_to.connect(self.go_to)
        self.add(self._finding_cards, self._checks_card(), self.paste_box, self._lines_card())
        session = self.session
        session.verification_started.connect(self.show_run)
        session.verification_event.connect(self._on_event)
        session.verification_ended.connect(self._on_ended)
        session.environment_changed.connect(self.show_run)
        session.machine_changed.connect(self._show_environment)
        session.state_changed.connect(self._show_environment)
        self.show_run()

    # Cards

    def _run_card(self) -> Card:
        self.environment = label("", "muted")
        self.run_button = button(_("&Run the check"), self.session.verify, kind="primary")
        self.stop_button = button(_("&Stop"), self.session.stop)
        self.sign = Sign("pending", 20)
        self.status = label("", "strong")
        card = Card()
        card.add(row(self.sign, self.status, self.stop_button, self.run_button))
        card.add(self.environment)
        return card

    def _answer_card(self) -> Card:
        """``torch.cuda.is_available()`` as the course shows it: large."""
        self.answer_card = Card()
        self.answer = label("", "huge", wrap=False)
        self.answer_note = label("", "muted")
        grid = QGridLayout()
        grid.addWidget(label("torch.cuda.is_available()", "code"), 0, 0)
        grid.addWidget(self.answer, 1, 0)
        grid.addWidget(self.answer_note, 2, 0)
        self.answer_card.add(grid)
        self.answer_card.hide()
        return self.answer_card

    def _checks_card(self) -> Card:
        self.checks_card = Card(_("The checks"))
        self._checks = QVBoxLayout()
        self._checks.setSpacing(0)
        self.checks_card.add(self._checks)
        self.log = LogView()
        self.checks_card.add(self.log)
        return self.checks_card

    def _lines_card(self) -> Card:
        card = Card(_("The same by hand: the course's three lines"))
        card.add(
            label(
                _("Activate the environment, type python, and enter these lines one by one:"),
                "muted",
            )
        )
        self.lines_box = CopyBox(COURSE_LINES, _("The course's three lines"))
        card.add(self.lines_box)
        card.add(
            WordsTable(
                (
                    ("import torch", _("loads the PyTorch library into the program")),
                    (
                        "torch.__version__",
                        _("says which version is installed, for example 2.13.0+cu130"),
                    ),
                    (
                        "torch.cuda.is_available()",
                        _(
                            "the most important line: True if PyTorch found a GPU it can use "
                            "through CUDA"
                        ),
                    ),
                )
            )
        )
        return card

    # What happens

    def show_run(self) -> None:
        """Everything the session knows of the run so far."""
        clear(self._checks)
        clear(self._finding_cards)
        self.rows = {}
        self.log.clear()
        self.answer_card.hide()
        run = self.session.verification
        for event in run.events:
            self._on_event(event)
        for lines in run.log:
            self.log.append(lines)
        self.checks_card.setVisible(bool(run.events) or run.running)
        if run.result is not None:
            self._show_findings()
        self._show_status()

    def _on_event(self, event: object) -> None:
        if isinstance(event, CheckStarted):
            self._row(event.id).show_state("busy", "", check_meaning(event.id))
        elif isinstance(event, Check):
            self._show_check(event)
        elif isinstance(event, LogLine):
            self.log.append(event.text)
        self.checks_card.show()

    def _row(self, check_id: str) -> CheckRow:
        if check_id not in self.rows:
            if self.rows:
                self._checks.addWidget(rule())
            self.rows[check_id] = CheckRow(check_title(check_id))
            self._checks.addWidget(self.rows[check_id])
        return self.rows[check_id]

    def _show_check(self, check: Check) -> None:
        sentence = reason_sentence(check.reason) if check.reason else check_meaning(check.id)
        kind, value = _KINDS[check.state], value_text(check)
        if check.state == "skipped" and not value:
            value, sentence = sentence, ""  # one line is enough for what was not done
        self._row(check.id).show_state(kind, value, sentence)
        if check.id == "cuda_available" and isinstance(check.value, bool):
            self._show_answer(value=check.value, expected=check.state != "skipped")

    def _show_answer(self, *, value: bool, expected: bool) -> None:
        self.answer.setText("True" if value else "False")
        self.answer.setAccessibleName(f"torch.cuda.is_available(): {value}")
        set_tone(self.answer, "good" if value else ("bad" if expected else "muted"))
        if value:
            words = _("PyTorch sees a GPU. The checks below prove that it can compute on it.")
        elif expected:
            words = _("PyTorch does not see the GPU. Below is why, and what to do.")
        else:
            words = _(
                "That is right for this computer: it has no graphics card for CUDA, PyTorch runs "
                "on the processor."
            )
        self.answer_note.setText(words)
        self.answer_card.show()

    def _on_ended(self) -> None:
        for item in self.rows.values():
            if item.kind == "busy":
                item.show_state("skipped", "", _("This check did not come to its end."))
        self._show_findings()
        self._show_status()
        self.primary_changed.emit()

    def _show_findings(self) -> None:
        clear(self._finding_cards)
        result = self.session.verification.result
        machine = self.session.machine
        if result is None or machine is None:
            return
        for place, finding in enumerate(result.findings):
            self._finding_cards.addWidget(
                finding_card(
                    finding,
                    machine.os.system,
                    on_install=lambda: self.go_to.emit("install"),
                    next_step=place == 0,
                )
            )
        if result.findings and not any(finding.installs for finding in result.findings):
            again = button(
                _("Go to: {page}").format(page=page_title("install")),
                lambda: self.go_to.emit("install"),
                kind="outline",
            )
            self._finding_cards.addLayout(row(again, 1))
        self.log.show_path(result.log_path)

    def _show_status(self) -> None:
        kind, words = self._status()
        self.sign.set_kind(kind)
        tell(self.status, words)
        running = self.session.verification.running
        self.stop_button.setVisible(running)
        self.run_button.setVisible(not running)
        result = self.session.verification.result
        tried = result is not None
        self.run_button.setText(_("&Run again") if tried else _("&Run the check"))
        findings = () if result is None else result.findings
        elsewhere = bool(findings) and findings[0].installs  # its own button leads there
        kind_of_button = "primary" if self.has_primary() and not elsewhere else "outline"
        if self.run_button.property("kind") != kind_of_button:
            self.run_button.setProperty("kind", kind_of_button)
            self.run_button.style().unpolish(self.run_button)
            self.run_button.style().polish(self.run_button)
        self._show_environment()

    def _status(self) -> tuple[SignKind, str]:
        run, record = self.session.verification, self.session.verified
        if run.running:
            return "busy", _("Checking… PyTorch needs some seconds to start.")
        if run.result is not None and run.result.kind == "cancelled":
            return "warning", _("You stopped the check.")
        ready = run.result.ready if run.result is not None else (record.ready if record else None)
        if ready == "gpu":
            return "good", _("PyTorch really computes on the GPU.")
        if ready == "cpu":
            return "good", _("PyTorch works on the processor of this computer.")
        if run.result is None and record is None:
            return "pending", _("Not checked yet.")
        if run.result is None:
            return "warning", _("The last check found something. Run it again.")
        return "bad", _("Not ready yet. Below is why, and what to do.")

    def _show_environment(self) -> None:
        chosen = self.session.state.environment
        usable = chosen is not None and bool(chosen.executable)
        ready = self.session.machine is not None and not self.session.scanning
        self.run_button.setEnabled(usable and ready and not self.session.busy)
        if not ready:
            self.environment.setText(_("Looking at your computer…"))
        elif chosen is None:
            self.environment.setText(
                _("Choose an environment with PyTorch first, on the page “{page}”.").format(
                    page=page_title("environment")
                )
            )
        elif not chosen.executable:
            self.environment.setText(
                _(
                    "The environment {name} has no Python on this computer; choose another one "
                    "on the page “{page}”."
                ).format(name=environment_name(chosen), page=page_title("environment"))
            )
        else:
            self.environment.setText(
                _("Runs in {name}: {python}").format(
                    name=environment_name(chosen), python=breakable(chosen.executable)
                )
            )
