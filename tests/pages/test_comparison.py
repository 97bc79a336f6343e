"""Another computer beside what was measured here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from wizard.course import simulated
from wizard.course.simulated import Build
from wizard.detection.description import load_machine
from wizard.jobs.benchmark import BenchmarkResult, run_benchmark, summarize
from wizard.jobs.events import Event
from wizard.jobs.recording import lines_of, playing
from wizard.pages import comparison
from wizard.pages.benchmark import BenchmarkPage
from wizard.paths import resource_folder
from wizard.report.document import report_document
from wizard.report.other_computer import OtherComputer
from wizard.window import MainWindow

OpenWindow = Callable[..., MainWindow]
RECORDED = OtherComputer("NVIDIA H200", True, {64: 500.0, 128: 5e4}, "recorded")


def played(name: str, build: str, events: list[Event]) -> BenchmarkResult:
    machine = load_machine(resource_folder("machines") / f"{name}.json")
    python = Build("3.12.11", "python", "prefix", build, None if "cpu" in build else "13.0")
    lines = lines_of(simulated.benchmark(machine, python))
    return run_benchmark(Path("python"), events.append, run_child=playing(lines))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    machine = load_machine(resource_folder("machines") / "rtx4060-laptop.json")
    result = played("rtx4060-laptop", "2.13.0", [])
    path = tmp_path / "report.json"
    document = report_document(machine, None, None, result, summarize(result))
    path.write_text(json.dumps(document), "utf-8")
    return path


def measured(open_window: OpenWindow) -> BenchmarkPage:
    """The page of a computer without a GPU, after a benchmark."""
    window = open_window("no-gpu", page="benchmark")
    run = window.session.benchmark
    run.result = played("no-gpu", "2.13.0+cpu", run.events)
    page = window.page("benchmark")
    assert isinstance(page, BenchmarkPage)
    page.show_run()
    return page


@pytest.fixture
def nothing_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one curve is the computer's own until a report is chosen."""
    monkeypatch.setattr(comparison, "recorded", lambda: None)


@pytest.mark.usefixtures("nothing_recorded")
def test_a_report_gives_a_dashed_curve_and_a_sentence(
    open_window: OpenWindow, report: Path, qtbot: QtBot
) -> None:
    page = measured(open_window)
    beside = page.comparison
    assert beside.choose.isVisible() and not beside.remove.isVisible()
    beside.compare(report)
    assert len(page.plot.points) == 2
    assert "RTX 4060" in beside.words.text() and "times as fast as your processor" in (
        beside.words.text()
    )
    qtbot.waitUntil(beside.origin.isVisible)
    assert "simulated machine" in beside.origin.text()
    beside.remove.click()
    assert len(page.plot.points) == 1
    assert not beside.words.isVisible() and not beside.origin.isVisible()


def test_it_outlives_a_change_of_language(
    open_window: OpenWindow, report: Path, qtbot: QtBot
) -> None:
    page = measured(open_window)
    page.comparison.compare(report)
    window = page.window()
    assert isinstance(window, MainWindow)
    window.set_language("az")

    def made_again() -> bool:
        now = window.page("benchmark")
        return isinstance(now, BenchmarkPage) and "prosessor" in now.comparison.words.text().lower()

    qtbot.waitUntil(made_again)


@pytest.mark.usefixtures("nothing_recorded")
def test_a_file_that_is_no_report_is_refused_in_words(
    open_window: OpenWindow, report: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    page = measured(open_window)
    wrong = tmp_path / "holiday.json"
    wrong.write_text("[]", "utf-8")
    page.comparison.compare(wrong)
    qtbot.waitUntil(page.comparison.problem.isVisible)
    assert "holiday.json" in page.comparison.problem.text()
    assert len(page.plot.points) == 1
    page.comparison.compare(tmp_path / "gone.json")
    assert "No such file" in page.comparison.problem.text()
    page.comparison.compare(report)
    assert not page.comparison.problem.isVisible()


def test_without_a_gpu_a_recording_shows_what_one_would_give(
    open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "recorded", lambda: RECORDED)
    page = measured(open_window)
    assert "NVIDIA H200" in page.comparison.origin.text()
    assert "recorded" in page.comparison.origin.text()
    assert page.plot.points["reference"] == RECORDED.speeds


def test_where_there_is_a_gpu_no_recording_is_shown_unasked(
    open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "recorded", lambda: RECORDED)
    window = open_window("rtx4060-laptop", page="benchmark")
    run = window.session.benchmark
    run.result = played("rtx4060-laptop", "2.13.0", run.events)
    page = window.page("benchmark")
    assert isinstance(page, BenchmarkPage)
    page.show_run()
    assert "reference" not in page.plot.points
