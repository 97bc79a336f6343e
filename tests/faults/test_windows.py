"""The window while something goes wrong: two at once, clock, sleep, screens, language."""

from __future__ import annotations

import gc
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fault_tools import PATIENCE, OpenWindow, children, described, leave_dialogs, wait_for
from half_made import leave_half_made
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot
from quick_jobs import QuickJobs, a_computer

from wizard.detection.machine import Environment
from wizard.installation import journal
from wizard.jobs import threads
from wizard.jobs.threads import TelemetryJob, shutdown
from wizard.pages.verify import VerifyPage
from wizard.state import (
    FILE_NAME,
    PAGE_IDS,
    BenchmarkRecord,
    ChosenEnvironment,
    SetupState,
    VerificationRecord,
    WindowPlace,
    load_state,
    save_state,
    with_others,
)
from wizard.window import MainWindow

# Only the offscreen platform says this, of dialogs and of windows with a minimum size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

MS = int(PATIENCE * 1000)


class Patient(QuickJobs):
    """Jobs that all end well, and each only when it is let go."""

    def __init__(self, machine: str = "rtx5070-desktop") -> None:
        super().__init__(a_computer(described(machine)), random.Random(0))
        self.go_on = threading.Event()

    def _lines(self, kind: str) -> tuple[str, ...]:
        self._chance.seed(0)
        return super()._lines(kind)

    def _pause(self, cancelled: threading.Event | None) -> bool:
        if threading.current_thread() is threading.main_thread() or cancelled is None:
            return False
        while not self.go_on.wait(0.01):
            if cancelled.is_set():
                return True
        return cancelled.is_set()

    def _survey(self, tell: Any, cancelled: threading.Event | None = None) -> Any:
        tell(self.machine, frozenset({"system"}))
        return self.machine


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Patient]:
    patient = Patient()
    patient.install(monkeypatch)
    yield patient
    patient.go_on.set()


JOBS: dict[str, Callable[[MainWindow], object]] = {
    "verification": lambda window: window.session.verify(),
    "benchmark": lambda window: window.session.measure(),
    "question": lambda window: window.session.installing.ask(),
    "installation": lambda window: window.session.installing.install(),
    "pasted text": lambda window: ask_what_it_means(window),
    "survey": lambda window: window.session.scan(),
}


def ask_what_it_means(window: MainWindow) -> None:
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    page.paste_box.edit.put("Torch not compiled with CUDA enabled\n" * 3000)
    page.paste_box.ask()


def begin(qtbot: QtBot, window: MainWindow, job: str, jobs: Patient) -> None:
    if job == "installation":
        jobs.go_on.set()
        for _turn in range(50):  # by chance it is blocked
            window.session.installing.ask()
            qtbot.waitUntil(lambda: not window.session.busy, timeout=MS)
            if window.session.installing.can_install or window.session.installing.stage == "asked":
                break
        jobs.go_on.clear()
    JOBS[job](window)


def is_idle(window: MainWindow) -> bool:
    return not window.session._jobs and not window.session.busy and not window.session.scanning


# Language and theme during every job -------------------------------------------------------------


@pytest.mark.parametrize("job", list(JOBS))
@pytest.mark.parametrize("change", ["language and theme", "page"])
def test_a_change_during_a_job(
    qtbot: QtBot, open_window: OpenWindow, jobs: Patient, job: str, change: str
) -> None:
    window = open_window()
    begin(qtbot, window, job, jobs)
    for turn, language in enumerate(("az", "en")):
        if change == "language and theme":
            window.set_language(language)
        if change == "language and theme":
            window.set_theme("dark" if turn % 2 else "light")
        if change == "page":
            window.go_to(PAGE_IDS[4 + turn])
        qtbot.wait(1)
    jobs.go_on.set()
    qtbot.waitUntil(lambda: is_idle(window), timeout=MS)
    window.go_to("finish")
    if job == "verification":
        assert window.session.verification.result is not None
        assert window.session.state.verification is not None
    if job == "benchmark":
        assert window.session.benchmark.result is not None
    assert load_state_of(window) == window.session.state


def load_state_of(window: MainWindow) -> SetupState:
    folder = window.session._folder
    assert folder is not None
    return load_state(folder).state


@pytest.mark.parametrize("job", list(JOBS))
def test_closed_during_a_job(
    qtbot: QtBot, open_window: OpenWindow, jobs: Patient, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    from wizard.widgets import question

    monkeypatch.setattr(question, "ask", lambda *_words, **_more: True)
    window = open_window()
    begin(qtbot, window, job, jobs)
    running = list(window.session._jobs)
    window.close()
    assert not window.isVisible()
    assert all(each.isFinished() for each in running)
    assert not window.session._jobs


@pytest.mark.parametrize("job", list(JOBS))
def test_begun_again_during_a_job(
    qtbot: QtBot, open_window: OpenWindow, jobs: Patient, job: str
) -> None:
    """Every job, begun in the wrong order while another runs: one at a time, and it ends."""
    window = open_window()
    begin(qtbot, window, job, jobs)
    for other in JOBS:
        JOBS[other](window)
        JOBS[other](window)
    busy = [
        *(window.session.verification.running, window.session.benchmark.running),
        window.session.installing.busy,
    ]
    assert sum(busy) <= 1
    jobs.go_on.set()
    qtbot.waitUntil(lambda: is_idle(window), timeout=MS)


@pytest.mark.parametrize("page", PAGE_IDS)
def test_every_button_twice_and_in_the_wrong_order(
    qtbot: QtBot,
    open_window: OpenWindow,
    jobs: Patient,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    page: str,
) -> None:
    from PySide6.QtGui import QDesktopServices
    from PySide6.QtWidgets import QFileDialog

    jobs.go_on.set()
    file = str(tmp_path / "file.png")
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_words: (file, ""))
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _address: True)
    window = open_window(page=page)
    dialogs = leave_dialogs()
    seen: set[str] = set()
    for _turn in range(60):
        window.go_to(page)  # type: ignore[arg-type]
        left = [
            each
            for each in window.findChildren(QPushButton)
            if each.isVisible() and each.isEnabled() and each.text() not in seen
        ]
        if not left:
            break
        button = left[-1]
        seen.add(button.text())
        if button is window.next and page == "finish":
            continue
        button.click()
        button.click()
    dialogs.stop()
    qtbot.waitUntil(lambda: is_idle(window), timeout=MS)
    assert window.isVisible()


# A driver that hangs -----------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["nvmlInit", "nvmlDeviceGetUtilizationRates"])
def test_meters_that_hang_keep_no_window_open(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    released, hanging = threading.Event(), threading.Event()

    def hang(*_words: object) -> None:
        hanging.set()
        released.wait(PATIENCE)

    nvml = ModuleType("pynvml")
    nvml.__getattr__ = lambda _name: lambda *_words: object()  # type: ignore[method-assign]
    setattr(nvml, function, hang)
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.setattr(threads, "_READINGS_SECONDS", 0.01)
    job = TelemetryJob()
    job.start()
    hung = hanging.wait(PATIENCE)
    shutdown([job])
    assert hung
    assert job.isFinished()
    released.set()


# Two wizards at once -----------------------------------------------------------------------------

VERIFIED = VerificationRecord("/x/python", "gpu", "2.13.0", finished=2e9)
OTHER = VERIFIED._replace(ready="cpu")
MEASURED = BenchmarkRecord("/x/python", 100.0, 9000.0, complete=True, finished=2e9)
CHOSEN = ChosenEnvironment("llm_50gun", "/x", "/x/python")
BOTH = {"verification": VERIFIED, "benchmark": MEASURED}


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ({}, {"verification": VERIFIED}, {"verification": VERIFIED}),
        ({}, {"benchmark": MEASURED}, {"benchmark": MEASURED}),
        ({"benchmark": MEASURED}, {"verification": VERIFIED}, BOTH),
        ({"verification": VERIFIED}, {}, {"verification": VERIFIED}),
        ({"verification": VERIFIED}, {"verification": OTHER}, {"verification": VERIFIED}),
        ({"pythons": ("/a",)}, {"pythons": ("/b",)}, {"pythons": ("/a", "/b")}),
        ({"visited": ("finish",)}, {"visited": ("verify",)}, {"visited": ("verify", "finish")}),
        ({"language": "az"}, {"language": "ru"}, {"language": "az"}),
        ({}, {"language": "ru"}, {"language": "ru"}),
        ({"page": "finish"}, {"theme": "dark", "command_copied": True},
         {"page": "finish", "theme": "dark", "command_copied": True}),
        ({"window": WindowPlace(1, 2, 900, 600)}, {"environment": CHOSEN},
         {"window": WindowPlace(1, 2, 900, 600), "environment": CHOSEN}),
        ({"environment": CHOSEN}, {"environment": CHOSEN._replace(name="other")},
         {"environment": CHOSEN}),
    ],
)  # fmt: skip
def test_of_two_wizards_none_loses_the_other_s_results(
    tmp_path: Path, ours: dict[str, Any], theirs: dict[str, Any], wanted: dict[str, Any]
) -> None:
    before = SetupState()
    save_state(tmp_path, before._replace(**theirs))
    assert with_others(before._replace(**ours), before, tmp_path) == before._replace(**wanted)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"schema": 1, "page": 3}'])
def test_what_the_other_left_is_no_state(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / FILE_NAME).write_bytes(content)
    ours = SetupState(verification=VERIFIED)
    assert with_others(ours, SetupState(), tmp_path) == ours


def test_two_windows_on_one_folder(qtbot: QtBot, open_window: OpenWindow, jobs: Patient) -> None:
    jobs.go_on.set()
    first, second = open_window(), open_window()
    second.go_to("computer")
    first.session.verify()
    qtbot.waitUntil(lambda: is_idle(first), timeout=MS)
    verified = first.session.state.verification
    assert verified is not None
    second.go_to("install")
    second.session.measure()
    qtbot.waitUntil(lambda: is_idle(second), timeout=MS)
    first.go_to("finish")
    saved = load_state_of(first)
    assert saved.verification == verified
    assert saved.benchmark == second.session.state.benchmark
    assert saved.benchmark is not None
    assert first.session.state.benchmark == saved.benchmark
    assert set(saved.visited) >= {"computer", "install", "finish"}


def test_a_choice_is_not_overwritten_by_an_older_window(
    open_window: OpenWindow, jobs: Patient, home: Path
) -> None:
    """The older one goes on, and is closed last."""
    jobs.go_on.set()
    older, newer = open_window(), open_window()
    newer.set_theme("dark")
    newer.set_language("az")
    chosen = ChosenEnvironment("llm_50gun", str(home / "x"), str(home / "x" / "python"))
    newer.session.expect(chosen)
    newer.session.mark_copied()
    older.go_to("install")
    older.resize(1100, 800)
    older.close()
    saved = load_state_of(older)
    assert (saved.theme, saved.language, saved.environment) == ("dark", "az", chosen)
    assert saved.command_copied
    assert saved.page == "install"
    assert saved.window is not None
    # What is shown in the older one did not jump to what the newer one has.
    assert older.session.state.theme == "light"


def test_a_python_that_one_window_gave_up_does_not_come_back(tmp_path: Path) -> None:
    before = SetupState(pythons=("/a", "/b"))
    save_state(tmp_path, before._replace(pythons=("/b",)))
    assert with_others(before._replace(page="finish"), before, tmp_path).pythons == ("/b",)
    save_state(tmp_path, before)
    assert with_others(before._replace(pythons=("/a",)), before, tmp_path).pythons == ("/a",)


def test_two_windows_that_save_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    def save(page: Any) -> None:
        for number in range(60):
            assert save_state(tmp_path, SetupState(page=page, pythons=("x" * number,))) is None

    savers = [threading.Thread(target=save, args=(page,)) for page in PAGE_IDS[:4]]
    for each in savers:
        each.start()
    while any(each.is_alive() for each in savers):
        loaded = load_state(tmp_path)
        assert not loaded.problem
    for each in savers:
        each.join()
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


# The clock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [0.0, 1.0, 86_400.0, 1.0e9, 4.1e9, 2.9e10])
def test_the_clock_is_another(
    qtbot: QtBot,
    open_window: OpenWindow,
    jobs: Patient,
    monkeypatch: pytest.MonkeyPatch,
    now: float,
) -> None:
    """Set back in the middle, or far ahead: records, logs and the certificate are made as ever."""
    jobs.go_on.set()
    window = open_window()
    window.session.verify()
    qtbot.waitUntil(lambda: is_idle(window), timeout=MS)
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(time, "time_ns", lambda: int(now * 10**9))
    window.session.verify()
    qtbot.waitUntil(lambda: is_idle(window), timeout=MS)
    window.session.measure()
    qtbot.waitUntil(lambda: is_idle(window), timeout=MS)
    verified = window.session.state.verification
    assert verified is not None
    assert verified.finished == now
    window.go_to("finish")
    page: Any = window.page("finish")
    assert page.certificate().date[:2].isdigit()
    assert load_state_of(window) == window.session.state


def test_the_clock_is_set_back_during_an_installation(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes are told by their start, which the system counts by a clock of its own."""
    from wizard.installation.values import Plan, Step

    python = str(tmp_path / "x" / "python")
    step = Step("install", "pip", (python, "-m", "pip"), "x")
    leave_half_made(Plan("pip", "x", str(tmp_path / "x"), True, (step,), None))
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    journal.note_step(0)
    left = journal.unfinished()
    assert left is not None
    assert left.began > 1000.0
    journal.end("cancelled")
    left = journal.unfinished()
    assert left is not None
    assert left.ended == "cancelled"
    journal.dismiss()


# Screens -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        *((9000, 9000, 950, 640), (-9000, 0, 950, 640), (0, -9000, 950, 640), (0, 9000, 950, 640)),
        *((-940, 0, 950, 640), (790, 590, 950, 640), (0, 0, 1, 1), (0, 0, 30000, 30000)),
        *((-30000, -30000, 30000, 30000), (0, 0, -5, -5), (2**31, 2**31, 2**31, 2**31)),
    ],
)
def test_the_screen_is_gone(
    open_window: OpenWindow, home: Path, place: tuple[int, int, int, int]
) -> None:
    maximized = place[2] != 950
    save_state(home / "data", SetupState(window=WindowPlace(*place, maximized)))
    window = open_window()
    title = window.frameGeometry().topLeft() + window.rect().center()
    title.setY(window.y() + 8)
    assert QGuiApplication.screenAt(title) is not None
    window.close()
    kept = load_state_of(window).window
    assert kept is not None
    assert kept.maximized == maximized


# 24 hours of nothing -----------------------------------------------------------------------------


def test_a_day_of_idle_in_fast_forward(
    qapp: QApplication, qtbot: QtBot, open_window: OpenWindow, jobs: Patient
) -> None:
    """Every timer that could fire in a day fires by hand: nothing is drawn, written or started."""
    window = open_window()
    for page in PAGE_IDS:
        window.go_to(page)
    qtbot.wait(100)
    before_threads, before_children = threading.active_count(), children()
    folder = window.session._folder
    assert folder is not None
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    timers = [each for each in window.findChildren(QTimer) if each.isActive()]
    assert timers == [], [each.parent() for each in timers]
    painted = Painted(window)
    objects = count_objects(window)
    for _hour in range(24):
        for timer in window.findChildren(QTimer):
            timer.timeout.emit()
        qapp.processEvents()
    assert count_objects(window) == objects
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert threading.active_count() == before_threads
    assert children() == before_children
    painted.times = 0
    qtbot.wait(300)
    assert painted.times == 0
    assert is_idle(window)


class Painted(QObject):
    """Counts how often anything in a window is drawn."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.times = 0
        for each in (window, *window.findChildren(QObject)):
            each.installEventFilter(self)

    def eventFilter(self, _object: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.Paint:
            self.times += 1
        return False


def count_objects(window: MainWindow) -> int:
    return len(window.findChildren(QObject))


AGAIN: dict[str, Callable[[MainWindow, int], object]] = {
    "scan": lambda window, _turn: window.session.scan(),
    "theme": lambda window, turn: window.set_theme("dark" if turn % 2 else "light"),
    "verify": lambda window, _turn: window.session.verify(),
    "paste": lambda window, _turn: ask_what_it_means(window),
}


@pytest.mark.parametrize("what", list(AGAIN))
def test_what_is_done_again_and_again_leaves_nothing(
    qapp: QApplication, qtbot: QtBot, open_window: OpenWindow, jobs: Patient, what: str
) -> None:
    """In the end there are no more objects than after the first time."""
    jobs.go_on.set()
    window = open_window()
    counts: list[int] = []
    for turn in range(4):
        AGAIN[what](window, turn)
        qtbot.waitUntil(lambda: is_idle(window), timeout=MS)
        for page in PAGE_IDS:
            window.page(page)
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        if turn in (1, 3):
            gc.collect()
        counts.append(count_objects(window) + count_objects_of(window.session))
    assert counts[1] >= counts[3], counts


def count_objects_of(session: QObject) -> int:
    return len(session.findChildren(QObject))


# Sleep of the PC during a job --------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("job", ["verification", "benchmark"])
def test_a_job_whose_child_sleeps_and_wakes(
    qtbot: QtBot, open_window: OpenWindow, program: Callable[..., Path], job: str
) -> None:
    import signal

    window = open_window("no-gpu")
    code = "import time\nprint('awake', flush=True)\ntime.sleep(.3)\nprint('{\"event\": \"done\"}')"
    python = program(code)
    window.session.choose(
        Environment("x", str(python.parent), "3.12.0", kind="python", executable=str(python))
    )
    JOBS[job](window)
    qtbot.waitUntil(lambda: bool(children()), timeout=MS)
    (child,) = children()
    child.send_signal(signal.SIGSTOP)
    qtbot.wait(150)
    assert window.session.busy
    child.send_signal(signal.SIGCONT)
    qtbot.waitUntil(lambda: is_idle(window), timeout=MS)
    run = window.session.verification if job == "verification" else window.session.benchmark
    assert run.result is not None
    assert run.result.kind == "exited"


# What was asked before is not answered after -----------------------------------------------------


def test_a_text_that_was_taken_away_gets_no_answer(
    qtbot: QtBot, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wizard.causes import diagnosis

    go_on, looked = threading.Event(), diagnosis.diagnose

    def slow(*words: Any) -> Any:
        go_on.wait(PATIENCE)
        return looked(*words)

    monkeypatch.setattr(diagnosis, "diagnose", slow)
    window = open_window("no-gpu", page="verify")
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    box = page.paste_box
    box.edit.put("Torch not compiled with CUDA enabled")
    box.ask()
    box.edit.put("something else")
    assert not box.ask_button.isEnabled()  # one question at a time
    box.empty()
    go_on.set()
    qtbot.waitUntil(lambda: is_idle(window), timeout=MS)
    words = "\n".join(label.text() for label in box.findChildren(QLabel))
    assert "CUDA" not in words
    assert window.session.pasted == ""


def test_the_state_is_json_that_others_can_read(open_window: OpenWindow, home: Path) -> None:
    open_window().go_to("verify")
    json.loads((home / "data" / FILE_NAME).read_text("utf-8"))
    wait_for(lambda: (home / "data" / FILE_NAME).exists(), "not saved")
