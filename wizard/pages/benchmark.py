"""Benchmark: CPU against GPU, drawn while it is measured, and what it means in words."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from wizard.jobs.benchmark import BenchmarkResult, Summary, summarize
from wizard.jobs.events import Info, Note, Sample, Status, Training
from wizard.jobs.telemetry import Telemetry
from wizard.pages.comparison import Comparison
from wizard.pages.findings import finding_card
from wizard.pages.page import Page, page_title
from wizard.text import _, gib, grouped, number, significant, speed
from wizard.text.measured import note_sentence, note_sentences, plot_note, result_sentences
from wizard.widgets.announce import tell
from wizard.widgets.bars import Bar, Bars
from wizard.widgets.live_plot import LivePlot
from wizard.widgets.parts import Card, button, clear, label, repolish, row, set_tone
from wizard.widgets.sign import Sign, SignKind
from wizard.widgets.theme import L, M


class BenchmarkPage(Page):
    id = "benchmark"

    def title_text(self) -> str:
        if self.session.on_cpu:
            return _("How fast is your processor?")
        return _("CPU and GPU: see the difference")

    def subtitle_text(self) -> str:
        if self.session.on_cpu:
            return _("The computation that a GPU is made for, measured on the processor.")
        return _("The same computation on both, measured on this computer.")

    def has_primary(self) -> bool:
        record = self.session.measured
        return not self.session.benchmark.running and (record is None or not record.complete)

    def first_focus(self) -> QWidget | None:
        return self.start_button if self.has_primary() else None

    def build(self) -> None:
        self._finding_cards = QVBoxLayout()
        self._finding_cards.setSpacing(L)
        self.add(self._run_card(), self._plan_card(), self._finding_cards, self._figures())
        self.add(self._plot_card(), self._training_card(), self._words_card())
        session = self.session
        session.benchmark_started.connect(self.show_run)
        session.benchmark_event.connect(self._on_event)
        session.benchmark_ended.connect(self._on_ended)
        session.telemetry.connect(self._on_telemetry)
        session.environment_changed.connect(self.show_run)
        session.machine_changed.connect(self._show_status)
        session.machine_changed.connect(self._show_plan)
        self._show_plan()
        session.state_changed.connect(self._show_status)
        self.show_run()

    # Cards

    def _run_card(self) -> Card:
        self.start_button = button(_("&Start"), self.session.measure, kind="primary")
        self.stop_button = button(_("&Stop"), self.session.stop)
        self.sign = Sign("pending", 20)
        self.status = label("", "strong")
        self.measuring = label("", "muted")
        card = Card()
        card.add(row(self.sign, self.status, self.stop_button, self.start_button))
        card.add(self.measuring)
        self.meters = label("", "muted")
        card.add(self.meters)
        return card

    def _plan_card(self) -> Card:
        """What the page holds before anything was measured."""
        self.plan_card = Card(_("What will be measured"))
        self._plan = QVBoxLayout()
        self.plan_card.add(self._plan)
        return self.plan_card

    def _show_plan(self) -> None:
        multiplied = _("Matrices of growing size are multiplied on the CPU and on the GPU.")
        trained = _("A small part of a language model makes training steps on both.")
        if self.session.on_cpu:
            multiplied = _("Matrices of growing size are multiplied on the processor.")
            trained = _("A small part of a language model makes training steps.")
        drawn = _("The picture grows while it is measured. You can stop at any time.")
        clear(self._plan)
        for place, words in enumerate((multiplied, trained, drawn), start=1):
            self._plan.addWidget(label(f"{place}. {words}", "muted"))

    def _figures(self) -> QVBoxLayout:
        self.speedup = _Figure()
        self.gpu = _Figure()
        self.cpu = _Figure()
        self.figure_cards = row(self.speedup, self.gpu, self.cpu, spacing=M)
        for place in range(self.figure_cards.count()):
            self.figure_cards.setStretch(place, 1)
        holder = QVBoxLayout()
        holder.addLayout(self.figure_cards)
        return holder

    def _plot_card(self) -> Card:
        self.plot = LivePlot()
        self.plot_card = Card(_("Speed by matrix size (GFLOP/s, more is faster)"), self.plot)
        self.plot_note = label("", "caption")
        self.plot_card.add(self.plot_note)
        self.comparison = Comparison(self.session, self.plot)
        self.plot_card.add(self.comparison)
        return self.plot_card

    def _training_card(self) -> Card:
        self.bars = Bars()
        self.training_card = Card(
            _("Training step of a small transformer block (tokens per second)"), self.bars
        )
        return self.training_card

    def _words_card(self) -> Card:
        self.words_card = Card(_("What this means"))
        self._words = QVBoxLayout()
        self.words_card.add(self._words)
        return self.words_card

    # What happens

    def show_run(self) -> None:
        """Everything the session knows of the run so far."""
        self.plot.clear()
        self._on_gpu: set[tuple[str, str]] = set()
        self._trainings: list[Training] = []
        self._threads: int | None = None
        self._names: dict[str, str] = {}
        run = self.session.benchmark
        for event in run.events:
            if not isinstance(event, Sample):
                self._on_event(event)
        self._add_samples([event for event in run.events if isinstance(event, Sample)])
        self.comparison.refresh()
        self.plot_card.setVisible(bool(run.events) or run.running)
        self.plan_card.setHidden(bool(run.events) or run.running)
        self._show_result()
        self._show_status()

    def _on_event(self, event: object) -> None:
        if isinstance(event, Sample):
            self._add_samples([event])
        elif isinstance(event, Training):
            self._trainings.append(event)
        elif isinstance(event, Info):
            self._threads = event.threads
            self._names = {device.id: device.name for device in event.devices}
        elif isinstance(event, Status):
            self._show_measuring(event)
        elif isinstance(event, Note):
            self.measuring.setText(note_sentence(event))

    def _add_samples(self, samples: list[Sample]) -> None:
        self._on_gpu |= {(s.device, s.dtype) for s in samples if s.device != "cpu"}
        self.plot_note.setText(plot_note(self._on_gpu))
        self.plot.add_points(
            (f"{sample.device} {sample.dtype}", *_curve(sample), sample.size, sample.gflops)
            for sample in samples
        )

    def _show_measuring(self, status: Status) -> None:
        device = "CPU" if status.device == "cpu" else "GPU"
        if status.kind == "training":
            words = _("{device}: training step…")
        else:
            words = _("{device}: {size} × {size} ({dtype})…")
        self.measuring.setText(words.format(device=device, size=status.size, dtype=status.dtype))

    def _on_telemetry(self, reading: Telemetry) -> None:
        parts: list[str] = []
        if reading.gpu_percent is not None:
            parts.append(_("GPU {percent} %").format(percent=number(reading.gpu_percent)))
        if reading.temperature_c is not None:
            parts.append(_("{degrees} °C").format(degrees=number(reading.temperature_c)))
        if reading.power_w is not None:
            parts.append(_watts(reading.power_w, reading.power_limit_w))
        parts += [_slowed_words()[reason] for reason in reading.slowed_by]
        if reading.memory_used_gib is not None and reading.memory_total_gib is not None:
            parts.append(
                _("GPU memory {used} of {total}").format(
                    used=gib(reading.memory_used_gib), total=gib(reading.memory_total_gib)
                )
            )
        if reading.cpu_percent is not None:
            parts.append(_("CPU {percent} %").format(percent=number(reading.cpu_percent)))
        self.meters.setText(" · ".join(parts))

    def _on_ended(self) -> None:
        self.measuring.setText("")
        self._show_result()
        self.comparison.refresh()
        self._show_status()
        self.primary_changed.emit()

    # The result

    def _show_result(self) -> None:
        clear(self._finding_cards)
        clear(self._words)
        result, machine = self.session.benchmark.result, self.session.machine
        summary = summarize(result) if result is not None and result.samples else None
        for figure in (self.speedup, self.gpu, self.cpu):
            figure.setVisible(False)
        self.training_card.setVisible(bool(self._trainings))
        self.words_card.setVisible(summary is not None)
        if result is not None and machine is not None:
            for finding in result.findings:
                self._finding_cards.addWidget(finding_card(finding, machine.os.system))
        self.bars.show_bars(tuple(self._bar(training) for training in self._trainings))
        if summary is not None:
            self._show_figures(summary)
            for sentence in result_sentences(summary, gpu_there=len(self._names) > 1):
                self._words.addWidget(label(sentence))
        for sentence in note_sentences(result.notes if result is not None else ()):
            self._words.addWidget(label(sentence, "muted"))

    def _bar(self, training: Training) -> Bar:
        on_cpu = training.device == "cpu"
        name = "CPU" if on_cpu else _gpu_name(training.dtype)
        role = "cpu_curve" if on_cpu else "gpu_curve"
        if training.dtype != "float32":
            role = "half_curve"
        return Bar(
            name, training.tokens_per_second, grouped(round(training.tokens_per_second)), role
        )

    def _show_figures(self, summary: Summary) -> None:
        if summary.speedup is not None:
            self.speedup.show_figure(
                f"{significant(summary.speedup)}×",
                _("the GPU is faster at {size} × {size}").format(size=summary.speedup_size)
                if summary.speedup >= 1
                else _("the speed of the CPU at {size} × {size}").format(size=summary.speedup_size),
                good=summary.speedup >= 1,
            )
        if summary.gpu_gflops is not None:
            self.gpu.show_figure(speed(summary.gpu_gflops), f"{summary.gpu_name}, float32")
        if summary.cpu_gflops is not None:
            threads = ""
            if self._threads:
                from wizard.text import ngettext

                threads = ngettext("{count} thread", "{count} threads", self._threads).format(
                    count=self._threads
                )
            self.cpu.show_figure(
                speed(summary.cpu_gflops), ", ".join(p for p in ("CPU", threads, "float32") if p)
            )

    def _show_status(self) -> None:
        kind, words = self._status()
        self.sign.set_kind(kind)
        tell(self.status, words)
        running = self.session.benchmark.running
        self.measuring.setVisible(running)
        self.meters.setVisible(running)
        self.stop_button.setVisible(running)
        self.start_button.setVisible(not running)
        tried = self.session.benchmark.result is not None
        self.start_button.setText(_("&Measure again") if tried else _("&Start"))
        self.start_button.setEnabled(self._can_start())
        kind_of_button = "primary" if self.has_primary() else "outline"
        if self.start_button.property("kind") != kind_of_button:
            self.start_button.setProperty("kind", kind_of_button)
            repolish(self.start_button)

    def _can_start(self) -> bool:
        return self._has_python() and not self.session.busy

    def _has_python(self) -> bool:
        chosen = self.session.state.environment
        return chosen is not None and bool(chosen.executable)

    def _status(self) -> tuple[SignKind, str]:
        run = self.session.benchmark
        if run.running:
            return "busy", _("Measuring… about half a minute.")
        if run.result is not None:
            return self._ending(run.result)
        record = self.session.measured
        if record is not None and record.complete:
            return "good", _("Measured earlier. Start again to see the picture.")
        if record is not None:
            return "warning", _("The last measurement did not come to its end. Measure again.")
        if not self._has_python():
            return "pending", _(
                "Choose an environment with PyTorch first, on the page “{page}”."
            ).format(page=page_title("environment"))
        if self.session.busy:
            return "pending", _("Wait until the check on the page “{page}” has ended.").format(
                page=page_title("verify")
            )
        return "pending", _("Ready to measure. It takes about half a minute.")

    def _ending(self, result: BenchmarkResult) -> tuple[SignKind, str]:
        if result.stopped:
            return "warning", _(
                "You stopped it. What was measured is kept; measure again for the whole picture."
            )
        if not result.samples:
            return "bad", _("The measurement did not work. Below is why, and what to do.")
        if result.findings or result.kind != "exited":
            return "warning", _("The measurement ended early. Below is why, and what to do.")
        return "good", _("Measured.")


def _watts(now: float, limit: float | None) -> str:
    if limit is None:
        return _("{watts} W").format(watts=number(now))
    return _("{watts} of {limit} W").format(watts=number(now), limit=number(limit))


def _slowed_words() -> dict[str, str]:
    return {
        "power": _("at its power limit"),
        "heat": _("slowed down by heat"),
        "hardware": _("slowed down by its own protection"),
    }


def _curve(sample: Sample) -> tuple[str, str]:
    """Its name and the role of its colour."""
    if sample.device == "cpu":
        return "CPU", "cpu_curve"
    roles = {"float32": "gpu_curve", "tf32": "tf32_curve"}
    return _gpu_name(sample.dtype), roles.get(sample.dtype, "half_curve")


def _gpu_name(dtype: str) -> str:
    """A GPU curve by its number format: ``float32`` is plain, the others are named."""
    short = {"tf32": " TF32", "float16": " fp16", "bfloat16": " bf16"}
    return "GPU" + short.get(dtype, "")


class _Figure(Card):
    """One large figure and what it is."""

    def __init__(self) -> None:
        super().__init__()
        self.figure = label("", "figure", wrap=False)
        self.what = label("", "muted")
        self.add(self.figure)
        self.add(self.what)
        self.hide()

    def show_figure(self, figure: str, what: str, *, good: bool = False) -> None:
        self.figure.setText(figure.replace(" ", "\u00a0"))  # never broken before its unit
        set_tone(self.figure, "good" if good else "")
        self.what.setText(what)
        self.setAccessibleName(f"{figure} {what}")
        self.show()
