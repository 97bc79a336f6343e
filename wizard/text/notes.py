"""What was left out of a benchmark, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wizard.text import _

if TYPE_CHECKING:
    from wizard.jobs.events import Note


def note_sentence(note: Note) -> str:
    """One line for while it is measured, and for the result."""
    device = "CPU" if note.device == "cpu" else "GPU"
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
