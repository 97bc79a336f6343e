"""What a benchmark measured and left out, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wizard.text import _, number, significant, speed

if TYPE_CHECKING:
    from wizard.jobs.benchmark import Summary
    from wizard.jobs.events import Note

_SLOW = 0.8
"""Of what such a card usually reaches; less has a reason."""


def note_sentence(note: Note) -> str:
    """One line for while it is measured, and for the result."""
    device = "CPU" if note.device == "cpu" else "GPU"
    if note.code == "processor_busy":
        return _(
            "Another program is using the CPU, so its figures are too low. "
            "Close that program and measure again."
        )
    if note.code == "unsteady":
        return _(
            "{device}: {size} × {size} was far slower than smaller matrices, also when it was "
            "measured again."
        ).format(device=device, size=note.size)
    if note.code != "out_of_memory":
        return _("{device}: one measurement did not work; the others go on.").format(device=device)
    if note.kind == "training":
        return _("{device}: the training step does not fit into the free memory.").format(
            device=device
        )
    return _("{device}: matrices of {size} × {size} do not fit into the free memory.").format(
        device=device, size=note.size
    )


def note_sentences(notes: Iterable[Note]) -> tuple[str, ...]:
    """Each once; of the sizes that did not fit, the smallest of each device."""
    first: dict[tuple[bool, str, str], Note] = {}
    for note in sorted(notes, key=lambda each: each.size):
        first.setdefault((note.device == "cpu", note.code, note.kind), note)
    return tuple(dict.fromkeys(note_sentence(note) for note in first.values()))


def plot_note(on_gpu: set[tuple[str, str]]) -> str:
    """How the picture is to be read; ``on_gpu`` are the devices and number formats in it."""
    kinds = {dtype for _device, dtype in on_gpu}
    sentences = [_("Equal steps on the axes mean equal multiples, for example ×10.")]
    if any(device.startswith("cuda") for device, _dtype in on_gpu):
        sentences.append(
            _("The GPU's time is that of the computing alone, without handing the task over.")
        )
    if "tf32" in kinds:
        sentences.append(
            _("TF32: numbers of 32 bits that the card multiplies with fewer digits, and faster.")
        )
    if not kinds.isdisjoint(("float16", "bfloat16")):
        sentences.append(_("fp16 and bf16: half precision, numbers of 16 bits."))
    return " ".join(sentences)


def result_sentences(summary: Summary, *, gpu_there: bool) -> tuple[str, ...]:
    """The result in words; only what was measured."""
    sentences: list[str] = []
    if summary.speedup is None:
        if summary.cpu_gflops is not None:
            words = _("Your processor multiplies matrices at up to {speed}.")
            sentences.append(words.format(speed=speed(summary.cpu_gflops)))
            sentences.append(
                _("The GPU was not measured yet.")
                if gpu_there
                else _("There is no GPU here to compare with.")
            )
        return tuple(sentences)
    if summary.speedup >= 1:
        sentences.append(
            _("In matrix multiplication your GPU is {times} times as fast as your CPU.").format(
                times=significant(summary.speedup)
            )
        )
    else:
        sentences.append(_("In matrix multiplication your CPU is faster than this GPU."))
    if summary.usual_gflops is not None and summary.gpu_gflops is not None:
        share = summary.gpu_gflops / summary.usual_gflops
        sentences.append(
            _("Such a card usually reaches {speed}; yours reached {percent} % of that.").format(
                speed=speed(summary.usual_gflops), percent=number(100 * share)
            )
        )
        if share < _SLOW:
            sentences.append(
                _("Heat, a laptop on battery or another program on the card can slow it down.")
            )
    days = summary.training_speedup or summary.speedup
    if days >= 1:
        sentences.append(
            _("Training that takes one day on this GPU would take {days} days on this CPU.").format(
                days=significant(days)
            )
        )
    if summary.crossover is not None:
        sentences.append(
            _(
                "Up to {size} × {size} the CPU has the result sooner: handing such a small task to "
                "the GPU takes longer than the task itself. Language models use large matrices."
            ).format(size=summary.crossover)
        )
    return tuple(sentences)
