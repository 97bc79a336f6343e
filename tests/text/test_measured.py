from __future__ import annotations

from wizard.jobs.events import Note
from wizard.text.measured import note_sentence, note_sentences


def test_of_what_did_not_fit_the_smallest_is_said_once() -> None:
    notes = [
        Note("out_of_memory", "cuda:0", 16384),
        Note("out_of_memory", "cuda:0", 8192),
        Note("out_of_memory", "cpu", 4096),
        Note("out_of_memory", "cuda:0", 2048, "training"),
    ]
    assert note_sentences(notes) == (
        "GPU: the training step does not fit into the free memory.",
        "CPU: matrices of 4096 × 4096 do not fit into the free memory.",
        "GPU: matrices of 8192 × 8192 do not fit into the free memory.",
    )


def test_a_failure_is_not_called_a_lack_of_memory() -> None:
    assert "memory" not in note_sentence(Note("measurement_failed", "cuda:0", 512))


def test_a_busy_computer_is_said_once_whatever_was_measured() -> None:
    notes = [Note("processor_busy", "cpu", 512), Note("processor_busy", "cpu", 256, "training")]
    (sentence,) = note_sentences(notes)
    assert sentence.startswith("Another program is using the CPU")


def test_a_point_that_stays_low_is_named() -> None:
    sentence = note_sentence(Note("unsteady", "cpu", 2048))
    assert "CPU" in sentence and "2048 × 2048" in sentence and "again" in sentence
    assert "memory" not in sentence
