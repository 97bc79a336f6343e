"""Computer: a check list of what is there and what is missing, each with the next step."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from wizard.advice.catalog import COLAB_URL
from wizard.advice.computer import Line, assess, colab_steps
from wizard.pages.page import Page
from wizard.text import _
from wizard.widgets.announce import tell
from wizard.widgets.check_list import CheckRow
from wizard.widgets.parts import Card, button, clear, label, link_button, row, rule
from wizard.widgets.sign import Sign

#: Reasons that tell of a build for the graphics of another maker than NVIDIA.
_OWN_BUILD = frozenset({"apple_mps", "amd_rocm", "intel_xpu"})


class ComputerPage(Page):
    id = "computer"

    def title_text(self) -> str:
        return _("What is in your computer?")

    def subtitle_text(self) -> str:
        return _("We only look; nothing is changed.")

    def build(self) -> None:
        self.again = button(_("&Scan again"), self.session.scan)
        self.sign = Sign("busy", 18)
        self.status = label("", "muted")
        self.rows: dict[str, CheckRow] = {}
        card = Card()
        card.add(row(self.sign, self.status, self.again))
        self._lines = QVBoxLayout()
        self._lines.setSpacing(0)
        card.add(self._lines)
        self.other_way = Card(_("The way on without an NVIDIA card"))
        self.add(card, self.other_way)
        self._fill_other_way()
        self.session.machine_changed.connect(self.show_machine)
        self.show_machine()

    def _fill_other_way(self) -> None:
        self._other_words = label("")
        self.other_way.add(self._other_words)
        for place, step in enumerate(colab_steps(), start=1):
            self.other_way.add(label(f"{place}. {step}", "muted"))
        self.other_way.add(link_button(_("Open Google Colab"), COLAB_URL))

    def show_machine(self) -> None:
        """Rows from what is known by now; those not answered yet are busy."""
        machine, scanning = self.session.machine, self.session.scanning
        answered = self.session.answered if scanning else None
        lines = assess(machine, answered) if machine is not None else ()
        self._show_lines(lines)
        self.again.setEnabled(not scanning)
        problems = sum(line.state == "bad" for line in lines)
        cautions = sum(line.state == "warning" for line in lines)
        if scanning or machine is None:
            kind, words = "busy", _("Looking at your computer…")
        elif problems:
            kind, words = "bad", _("Something is missing. Each line below says what to do.")
        elif cautions:
            kind, words = "warning", _("You can go on. Please read the lines marked “Attention”.")
        else:
            kind, words = "good", _("Everything needed is here.")
        self.sign.set_kind(kind)  # type: ignore[arg-type]
        tell(self.status, words)
        self.other_way.setVisible(not scanning and machine is not None and not machine.nvidia_gpus)
        self._other_words.setText(self._other_way_text())

    def _other_way_text(self) -> str:
        advice = self.session.recommendation
        reasons = () if advice is None else advice.reasons
        if _OWN_BUILD.isdisjoint(reason.code for reason in reasons):
            return _(
                "PyTorch also runs on the processor: slower, but every lesson of the course works. "
                "The next pages set up that build and check it for real. For training you can "
                "borrow a T4 GPU from Google Colab, free of charge:"
            )
        return _(
            "PyTorch has a build for this graphics card, without CUDA: the next pages set it up "
            "and check it for real. Where a lesson needs CUDA itself, you can borrow a T4 GPU "
            "from Google Colab, free of charge:"
        )

    def _show_lines(self, lines: tuple[Line, ...]) -> None:
        wanted = [line.id for line in lines]
        if list(self.rows) != wanted:
            clear(self._lines)
            self.rows = {}
            for place, line in enumerate(lines):
                if place:
                    self._lines.addWidget(rule())
                item = CheckRow(line.title)
                self.rows[line.id] = item
                self._lines.addWidget(item)
        for line in lines:
            link = (line.link_text, line.link) if line.link else None
            self.rows[line.id].show_state(
                line.state, line.value, line.sentence, line.next_step, link
            )
