"""The box about the program: the age of its facts, and the quiet button beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from facts_for_tests import build_for, facts, signed
from facts_server import Served, serving
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from wizard.advice import catalog
from wizard.catalog.folder import facts_in_use, newest_facts
from wizard.jobs.threads import shutdown
from wizard.text.age import facts_line
from wizard.widgets import about


@pytest.fixture(autouse=True)
def _settled() -> Iterator[None]:
    facts_in_use.cache_clear()
    yield
    facts_in_use.cache_clear()


@pytest.fixture
def jobs() -> Iterator[list[QThread]]:
    started: list[QThread] = []
    yield started
    shutdown(started)


def shown(qtbot: QtBot, jobs: list[QThread]) -> about.AboutBox:
    def run(job: QThread) -> None:
        jobs.append(job)
        job.start()

    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    box = about.show_about(parent, run)
    box.window_behind = parent  # type: ignore[attr-defined]  # lives as long as the box
    return box


def test_the_age_of_the_facts_is_shown(qtbot: QtBot, jobs: list[QThread]) -> None:
    box = shown(qtbot, jobs)
    assert box.facts.text() == facts_line(catalog.load().collected, date.today())


def test_the_box_is_as_high_as_its_words(qtbot: QtBot, jobs: list[QThread]) -> None:
    """Neither cut off nor mostly empty, also when a long answer comes."""
    box = shown(qtbot, jobs)
    heights = [box.height()]
    for words in ("Short.", "A long answer with many words in it. " * 12):
        box._say(words, bad=True)
        heights.append(box.height())
        layout = box.layout()
        assert layout is not None
        layout.activate()
        for label in box.findChildren(QLabel):
            needed = label.heightForWidth(label.width())
            assert needed <= label.height() <= needed + 4, label.text()
    assert heights == sorted(set(heights))


def test_old_facts_are_shown_as_a_warning(
    qtbot: QtBot, jobs: list[QThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = catalog.load().collected + timedelta(days=catalog.MAX_AGE_DAYS + 1)

    class Later(date):
        @classmethod
        def today(cls) -> date:
            return late

    monkeypatch.setattr(about, "date", Later)
    assert shown(qtbot, jobs).facts.property("tone") == "warning"


def test_without_an_address_there_is_no_button(qtbot: QtBot, jobs: list[QThread]) -> None:
    box = shown(qtbot, jobs)
    assert box.update_facts is None
    assert box.findChildren(QPushButton) == [box.shut]


def test_the_button_takes_newer_facts(
    qtbot: QtBot, jobs: list[QThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = facts()
    with serving(Served(signed())) as address:
        build_for(monkeypatch, address)
        box = shown(qtbot, jobs)
        assert not box.answer.isVisible()
        assert box.update_facts is not None
        box.update_facts.click()
        assert not box.update_facts.isEnabled()
        qtbot.waitUntil(lambda: made.date.isoformat() in box.answer.text(), timeout=30_000)
    assert newest_facts().sequence == made.sequence


def test_a_refusal_is_said_and_can_be_tried_again(
    qtbot: QtBot, jobs: list[QThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Served(signed(seed=bytes(32)))
    with serving(served) as address:
        build_for(monkeypatch, address)
        box = shown(qtbot, jobs)
        assert box.update_facts is not None
        box.update_facts.click()
        qtbot.waitUntil(lambda: "somebody else" in box.answer.text(), timeout=30_000)
        assert box.answer.property("tone") == "bad"
        served.body = signed()
        box.update_facts.click()
        qtbot.waitUntil(lambda: "are here" in box.answer.text(), timeout=30_000)
        assert box.answer.property("tone") == ""


def test_closing_does_not_wait_for_a_server_that_never_answers(
    qtbot: QtBot, jobs: list[QThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Served(signed(), hold=threading.Event())
    with serving(served) as address:
        build_for(monkeypatch, address)
        box = shown(qtbot, jobs)
        assert box.update_facts is not None
        box.update_facts.click()
        qtbot.waitUntil(lambda: bool(served.asked), timeout=30_000)
        box.reject()
        shutdown(jobs)  # comes back while the server still holds its answer
        assert served.hold is not None
        assert not served.hold.is_set()
    for thread in threading.enumerate():
        if thread.name == "facts":
            thread.join(30)
    assert not newest_facts().downloaded, "what was asked for was no longer wanted"
