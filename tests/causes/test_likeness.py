"""Guessing by words: often right on stories it has not seen, silent on logs and on what is well."""

from __future__ import annotations

import json

import pytest

from wizard.causes.diagnosis import diagnose
from wizard.causes.likeness import Memory, is_complaint, known_stories, most_like

STORIES = known_stories()


def test_stories_left_out_of_the_memory_are_mostly_guessed_right_or_not_at_all() -> None:
    memory = Memory(STORIES)
    right = wrong = silent = 0
    for place, story in enumerate(STORIES):
        if not story.codes or not is_complaint(story.text):
            continue
        guess = memory.ask(story.text, without=place)
        right += guess in story.codes
        silent += guess is None
        wrong += guess is not None and guess not in story.codes
    assert right >= 60
    assert right >= 3 * wrong, (right, wrong, silent)


def test_nothing_is_guessed_of_healthy_texts_left_out() -> None:
    memory = Memory(STORIES)
    healthy = [place for place, story in enumerate(STORIES) if not story.codes]
    assert len(healthy) >= 60
    texts = [(STORIES[place].text, place) for place in healthy]
    guessed = [text for text, at in texts if is_complaint(text) and memory.ask(text, without=at)]
    assert guessed == []


@pytest.mark.parametrize(
    "text",
    [
        "Successfully installed torch-2.13.0. Now my training works, thank you!",
        "epoch 3 loss 0.41, why is my accuracy only 80 %?",
        "How do I plot a loss curve with matplotlib? I want the legend outside of the axes.",
        "Kernel yenilənəndən sonra kart itdi, niyə işləmir?",
        "My cat sat on the keyboard and now I need coffee.",
        'File "train.py", line 3, in <module>\nValueError: not enough values to unpack',
        "Collecting package metadata: done\nSolving environment: done\n" * 20,
        "",
        "?",
    ],
)
def test_no_guess(text: str) -> None:
    assert most_like(text) is None


def test_a_guess_says_that_it_is_one() -> None:
    text = "PyCharm cannot see torch although I installed it in Anaconda, what should I do?"
    assert diagnose(text, guess=False).findings == ()
    (finding,) = diagnose(text).findings
    assert finding.code == "wrong_env"
    assert finding.why.startswith("No known error stands in this text")


def test_facts_outrank_a_guess() -> None:
    """Where the computer has no NVIDIA card, nothing about NVIDIA's driver is guessed."""
    evidence = json.loads('{"gpus": [{"vendor": "intel", "name": "Intel UHD Graphics"}]}')
    about_drivers = {"driver_missing", "driver_too_old"}
    for story in STORIES:
        if about_drivers & set(story.codes) and is_complaint(story.text):
            found = diagnose(story.text, "windows", evidence).findings
            assert not about_drivers & {finding.code for finding in found}
