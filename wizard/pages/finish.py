"""Finish: complete, ready on the CPU, or what is missing with the way there."""

from __future__ import annotations

import os
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QVBoxLayout

from wizard import text
from wizard.pages.page import Page, environment_name, page_title
from wizard.state import PageId
from wizard.text import _
from wizard.the_course import COURSE_ENVIRONMENT
from wizard.widgets.announce import tell
from wizard.widgets.check_list import CheckRow
from wizard.widgets.facts_table import FactsTable
from wizard.widgets.parts import Card, Tone, breakable, button, clear, label, row, rule
from wizard.widgets.sign import Sign, SignKind
from wizard.widgets.theme import L

if TYPE_CHECKING:
    from wizard.pages.certificate import Certificate
    from wizard.report.allowed import Allowed


class FinishPage(Page):
    id = "finish"

    def title_text(self) -> str:
        return _("How far are you?")

    def subtitle_text(self) -> str:
        if self.session.on_cpu:
            return _("Ready means: PyTorch computed correctly on the processor and was measured.")
        return _("Complete means: the GPU computed correctly and was measured.")

    def build(self) -> None:
        self.state_word = self.state_sentence = self._said = ""
        self._cards = QVBoxLayout()
        self._cards.setSpacing(L)
        self.add(self._cards)
        self.session.state_changed.connect(self.show_outlook)
        self.session.machine_changed.connect(self.show_outlook)
        self.show_outlook()

    def show_outlook(self) -> None:
        clear(self._cards)
        # Before any return: the cards may be made again while the question for a file is open.
        self.saved = label(self._said, "caption")
        outlook = self.session.outlook
        if self.session.machine is None or self.session.scanning:
            self._banner("accent", _("One moment"), _("Looking at your computer…"))
            return
        if outlook.completion == "complete":
            self._banner(
                "good",
                _("Setup complete"),
                _("PyTorch computes on your GPU. You are ready for day 5."),
            )
        elif outlook.completion == "ready_cpu":
            self._banner(
                "good",
                _("Ready, on the CPU"),
                _(
                    "PyTorch works on the processor of this computer. Every lesson works; for "
                    "training, borrow a T4 from Google Colab."
                ),
            )
        else:
            self._banner("warning", _("Not complete yet"), _("This is what is missing:"))
            missing = Card(_("Still to do"))
            for page in outlook.missing:
                missing.add(
                    row(
                        Sign("warning"),
                        label(missing_sentence(page)),
                        button(
                            _("Go to: {page}").format(page=page_title(page)),
                            lambda page=page: self.go_to.emit(page),
                            kind="outline",
                        ),
                    )
                )
            self._cards.addWidget(missing)
        self._cards.addWidget(self._tasks_card())
        if (summary := self._summary()) is not None:
            self._cards.addWidget(summary)

    def _banner(self, tone: Tone, title: str, sentence: str) -> None:
        self.state_word, self.state_sentence = title, sentence
        sign = {"good": "good", "warning": "warning"}.get(tone, "busy")
        card = Card(tone=tone)
        card.add(row(Sign(sign, 32), label(title, "figure"), spacing=L))  # type: ignore[arg-type]
        card.add(label(sentence))
        if tone == "good":
            self.certificate_button = button(
                _("Save the c&ertificate…"), self._ask_where_the_certificate, kind="outline"
            )
            card.add(row(self.certificate_button, 1))
        card.setAccessibleName(title)
        self._cards.addWidget(card)

    def _tasks_card(self) -> Card:
        """The day's three tasks of the course, ticked by what was seen, not by hand."""
        card = Card(_("The tasks of day 4"))
        for place, (title, kind, value) in enumerate(self._tasks(), start=1):
            if place > 1:
                card.add(rule())
            item = CheckRow(f"{place}. {title}")
            item.show_state(kind, value)
            card.add(item)
        return card

    def _tasks(self) -> tuple[tuple[str, SignKind, str], ...]:
        environment, verified = self.session.environment, self.session.verified
        chosen: SignKind = "pending"
        if environment is not None:
            chosen = "good" if environment.name == COURSE_ENVIRONMENT else "info"
        torch = verified.torch if verified is not None else None
        answer = verified.cuda_available if verified is not None else None
        return (
            (
                _("Activate the environment {name}").format(name=COURSE_ENVIRONMENT),
                chosen,
                environment_name(environment) if environment is not None else "",
            ),
            (_("Install PyTorch"), "good" if torch else "pending", torch or ""),
            (
                _("See True from torch.cuda.is_available()"),
                "pending" if answer is None else "good" if answer else "skipped",
                "" if answer is None else str(answer),
            ),
        )

    def _summary(self) -> Card | None:
        lines = self.summary_lines()
        if not lines:
            return None
        card = Card(_("Your result"), FactsTable(("", ""), lines))
        self.copy_button = button(_("&Copy the summary"), self._copy)
        self.save_button = button(_("&Save the report…"), self._ask_where)
        card.add(row(self.copy_button, self.save_button, 1))
        card.add(self.saved)
        return card

    @cached_property
    def _allowed(self) -> Allowed:
        """What may stand on what is copied or saved here."""
        from wizard.causes.anonymous import own_names
        from wizard.report.allowed import Allowed

        return Allowed(own_names())

    def summary_lines(self) -> tuple[tuple[str, str], ...]:
        """What was found and measured, by name; nothing private."""
        machine = self.session.machine
        if machine is None:
            return ()
        lines: list[tuple[str, str]] = []
        if self.session.described is not None:
            lines.append((_("Simulated machine"), self._allowed.product(machine.name)))
        lines += self._setup_lines()
        measured = self.session.measured
        if measured is not None:
            if measured.gpu_gflops is not None:
                lines.append((_("GPU, matrix product"), text.speed(measured.gpu_gflops)))
            if measured.cpu_gflops is not None:
                lines.append((_("CPU, matrix product"), text.speed(measured.cpu_gflops)))
            if measured.speedup is not None:
                lines.append((_("Speed-up"), f"{text.significant(measured.speedup)}×"))
        return tuple(lines)

    def _setup_lines(self) -> list[tuple[str, str]]:
        """Card, driver and PyTorch, as far as they are known."""
        machine, verified = self.session.machine, self.session.verified
        cards = () if machine is None else machine.nvidia_gpus
        driver = None if machine is None else machine.nvidia_driver
        torch = None if verified is None else verified.torch
        lines = (
            (_("Graphics card"), ", ".join(self._allowed.product(gpu.name) for gpu in cards)),
            (_("Driver"), driver and self._allowed.version(driver.version)),
            ("PyTorch", torch and self._allowed.version(torch)),
        )
        return [(name, value) for name, value in lines if value]

    def _copy(self) -> None:
        words = [self.state_word, *(f"{name}: {value}" for name, value in self.summary_lines())]
        QGuiApplication.clipboard().setText("\n".join(words))
        button = self.copy_button
        button.setText(_("Copied"))
        # The button's own: it is thrown away with the card, and the timer with it.
        back = QTimer(button)
        back.setSingleShot(True)
        back.timeout.connect(lambda: button.setText(_("&Copy the summary")))
        back.start(2000)

    def _ask_where(self) -> None:
        name = "gpu-setup-report.html"
        target, _filter = QFileDialog.getSaveFileName(self, _("Save the report"), name)
        if target:
            self.save_report(Path(target))

    def save_report(self, target: Path) -> None:
        """Write the page and the same as JSON beside it; what came of it is said below.

        What is in the neighbour's place already goes only where the user says so.
        """
        from wizard.report.saving import data_beside, save_report

        data = data_beside(target)
        if data is not None and os.path.lexists(data) and not self._may_replace(data):
            data = None
        machine = self.session.machine
        if machine is None:
            return
        result = self.session.benchmark.result
        problem = save_report(
            target,
            machine,
            self.session.recommendation,
            self.session.verification.result,
            result,
            data=data,
        )
        files = ", ".join(breakable(str(file)) for file in (target, data) if file is not None)
        words = _("Saved as {file}").format(file=files)
        if problem is not None:
            words = _("The report could not be saved: {problem}").format(problem=problem)
        self._tell_saved(words)

    def _may_replace(self, data: Path) -> bool:
        from wizard.widgets.question import ask

        return ask(
            self,
            _("This file already exists"),
            _(
                "{file} will be replaced with the report as JSON, which a teacher's class report "
                "reads."
            ).format(file=data),
            yes=_("Replace"),
            no=_("Save only the page"),
        )

    def certificate(self) -> Certificate:
        """The day's result as it stands on the certificate."""
        from wizard.pages.certificate import Certificate

        measured = self.session.measured
        figures: list[tuple[str, str]] = []
        if measured is not None:
            if measured.speedup is not None:
                times = f"{text.significant(measured.speedup)}×"
                figures.append((times, _("Speed-up")))
            if measured.gpu_gflops is not None:
                figures.append((text.speed(measured.gpu_gflops), _("GPU, matrix product")))
            if measured.cpu_gflops is not None:
                figures.append((text.speed(measured.cpu_gflops), _("CPU, matrix product")))
        ends = (record.finished for record in (self.session.verified, measured) if record)
        finished = max(ends, default=time.time())
        return Certificate(
            self.state_word,
            self.state_sentence,
            tuple(figures),
            tuple(self._setup_lines()),
            time.strftime("%Y-%m-%d", time.localtime(finished)),
            self.session.ribbon,
        )

    def _ask_where_the_certificate(self) -> None:
        target, _filter = QFileDialog.getSaveFileName(
            self, _("Save the certificate"), "day-04.png", _("Pictures (*.png)")
        )
        if target:
            self.save_certificate(Path(target))

    def save_certificate(self, target: Path) -> None:
        """Write the picture; what came of it is said below the summary."""
        from wizard.pages.certificate import draw

        words = _("Saved as {file}").format(file=breakable(str(target)))
        if not draw(self.certificate()).save(str(target), "PNG"):  # type: ignore[call-overload]
            words = _("The picture could not be saved as {file}.").format(file=target)
        self._tell_saved(words)

    def _tell_saved(self, words: str) -> None:
        self._said = words
        tell(self.saved, words)


def missing_sentence(page: PageId) -> str:
    """Why the setup is not complete yet, by the page that would change it."""
    sentences = {
        "environment": _("No environment with a Python is chosen."),
        "verify": _("PyTorch has not passed the check in this environment."),
        "benchmark": _("The benchmark has not run to its end in this environment."),
    }
    return sentences[page]
