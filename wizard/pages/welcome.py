"""Welcome: what will happen, why a GPU, what CUDA is, and the language."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from wizard import text
from wizard.pages.page import Page, page_title
from wizard.text import _
from wizard.widgets.facts_table import FactsTable, WordsTable
from wizard.widgets.parts import Card, label, row
from wizard.widgets.segments import Segments
from wizard.widgets.theme import L


class WelcomePage(Page):
    id = "welcome"

    def title_text(self) -> str:
        return _("Let us get PyTorch running on your GPU")

    def subtitle_text(self) -> str:
        return _(
            "Step by step, with the reason for every step. You can stop at any time; the "
            "wizard remembers."
        )

    def build(self) -> None:
        self.add(self._language_card(), self._plan_card())
        self._below = QVBoxLayout()
        self._below.setSpacing(L)
        self.add(self._below)
        self._whole = False
        if self.session.machine is not None:
            self.complete()  # otherwise what lies below the window's edge comes after it is shown

    def complete(self) -> None:
        if self._whole:
            return
        self._whole = True
        self._below.addWidget(self._why_card())
        self._below.addWidget(self._cuda_card())
        self.session.machine_changed.connect(self._fill_numbers)
        self._fill_numbers()

    def _language_card(self) -> QWidget:
        self.languages = Segments(tuple(text.LANGUAGES.items()), text.language(), _("Language"))
        self.languages.chosen.connect(self._choose_language)
        card = Card()
        card.add(row(label(_("Language"), "heading", wrap=False), 1, self.languages))
        return card

    def _choose_language(self, code: str) -> None:
        window = self.window()
        window.set_language(code)  # type: ignore[attr-defined]

    def _plan_card(self) -> QWidget:
        steps = (
            (
                page_title("computer"),
                _("We look at your graphics card, its driver and your disk: a few seconds."),
            ),
            (
                page_title("environment"),
                _("You choose where PyTorch goes: the course's environment llm_50gun."),
            ),
            (
                page_title("install"),
                _(
                    "One command, made for your computer. For a GPU the download is a few GB: "
                    "10–30 minutes."
                ),
            ),
            (
                page_title("verify"),
                _("We run PyTorch on your GPU for real and compare the results: about one minute."),
            ),
            (
                page_title("benchmark"),
                _("You see how much faster your GPU is: about half a minute."),
            ),
        )
        return Card(_("What will happen"), WordsTable(steps, role="strong"))

    def _why_card(self) -> QWidget:
        self.table = FactsTable(
            ("", "CPU", "GPU"),
            (
                (_("Number of cores"), _("Few (4–16)"), _("Many (thousands)")),
                (_("This computer"), "…", "…"),
                (
                    _("How it works"),
                    _("One after another, complex tasks"),
                    _("Side by side, simple tasks"),
                ),
                (_("Training an LLM"), _("Very slow (weeks)"), _("Very fast (hours or days)")),
            ),
        )
        note = _(
            "Training a language model means thousands of simple multiplications at the same "
            "time "
            "(matrix multiplication). That is what the many cores of a GPU are made for."
        )
        return Card(_("Why a GPU?"), self.table, label(note, "muted"))

    def _cuda_card(self) -> QWidget:
        words = _(
            "CUDA is NVIDIA's language for its GPUs: through it, PyTorch tells the graphics "
            "card what to "
            "compute. It comes with PyTorch; you do not have to install the CUDA Toolkit. Your "
            "computer "
            "only needs a driver that is new enough."
        )
        return Card(_("What is CUDA?"), label(words, "muted"))

    def _fill_numbers(self) -> None:
        machine = self.session.machine
        if machine is None:
            return
        cpu, gpu = self.table.cells[1][1], self.table.cells[1][2]
        if machine.cpu.cores:
            cores = text.ngettext("{count} core", "{count} cores", machine.cpu.cores)
            cpu.setText(_joined(cores.format(count=machine.cpu.cores), machine.cpu.name))
        elif machine.cpu.threads:
            threads = text.ngettext("{count} thread", "{count} threads", machine.cpu.threads)
            cpu.setText(_joined(threads.format(count=machine.cpu.threads), machine.cpu.name))
        if self.session.scanning:
            return
        if not machine.nvidia_gpus:
            gpu.setText(_("No NVIDIA card; the wizard shows another way."))
            return
        # The catalog is read only now: the first page must come at once.
        from wizard.advice.gpu_names import cuda_cores

        card = machine.nvidia_gpus[0]
        count = card.cuda_cores or cuda_cores(card.name)
        if count:
            cores = text.ngettext("{count} CUDA core", "{count} CUDA cores", count)
            gpu.setText(_joined(cores.format(count=text.grouped(count)), card.name))
        else:
            gpu.setText(card.name)


def _joined(figure: str, name: str) -> str:
    return f"{figure} · {name}" if name else figure
