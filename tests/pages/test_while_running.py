"""What a hurried student does while the checks run: nothing is lost, nothing breaks."""

from __future__ import annotations

import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from wizard.checks import CHECK_IDS
from wizard.detection.machine import Environment
from wizard.pages.benchmark import BenchmarkPage
from wizard.pages.environment import EnvironmentPage
from wizard.pages.verify import VerifyPage
from wizard.state import BenchmarkRecord, ChosenEnvironment, VerificationRecord
from wizard.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def on_own_python(open_window: OpenWindow, page: str) -> MainWindow:
    window = open_window("no-gpu")
    own = next(env for env in window.session.environments if env.kind == "wizard")
    window.session.choose(own)
    window.go_to(page)
    return window


def own_python(window: MainWindow) -> str:
    """The interpreter that is chosen."""
    chosen = window.session.state.environment
    assert chosen is not None
    assert chosen.executable
    return chosen.executable


def fake_python(folder: Path, program: str) -> Path:
    """An interpreter that does what ``program`` says, whatever it is asked to run."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\n{program}\n", "utf-8")
    path.chmod(0o755)
    return path


def on_fake_python(open_window: OpenWindow, python: Path, page: str) -> MainWindow:
    window = open_window("no-gpu")
    window.session.choose(
        Environment("fake", str(python.parent), "3.12.0", kind="python", executable=str(python))
    )
    window.go_to(page)
    return window


def test_language_and_theme_change_during_a_verification(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = on_own_python(open_window, "verify")
    window.session.verify()
    qtbot.waitUntil(lambda: len(window.session.verification.events) > 1, timeout=60000)
    with qtbot.waitSignal(window.session.verification_ended, timeout=60000):
        window.set_language("az")
        window.set_theme("dark")
    QApplication.processEvents()
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    assert page.answer.text() == "False"
    assert list(page.rows) == list(CHECK_IDS)
    assert not any(row.kind == "busy" for row in page.rows.values())


def test_language_change_during_a_benchmark_keeps_the_picture(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = on_own_python(open_window, "benchmark")
    window.session.measure(6)
    qtbot.waitUntil(lambda: len(window.session.benchmark.events) > 6, timeout=60000)
    with qtbot.waitSignal(window.session.benchmark_ended, timeout=60000):
        window.set_language("az")
    QApplication.processEvents()
    page = window.page("benchmark")
    assert isinstance(page, BenchmarkPage)
    drawn = page.plot.points["cpu float32"]
    result = window.session.benchmark.result
    assert result is not None
    assert drawn == {sample.size: sample.gflops for sample in result.samples}


def test_pressing_twice_starts_once(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = on_own_python(open_window, "verify")
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    started: list[object] = []
    window.session.verification_started.connect(lambda: started.append(1))
    with qtbot.waitSignal(window.session.verification_ended, timeout=60000):
        for _press in range(2):
            qtbot.mouseClick(page.run_button, Qt.MouseButton.LeftButton)
        window.session.verify()
        window.session.measure()
    assert started == [1]
    assert not window.session.benchmark.running


def test_another_environment_chosen_meanwhile_does_not_get_the_result(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    window = on_own_python(open_window, "verify")
    other = fake_python(tmp_path / "other", "raise SystemExit(1)")
    with qtbot.waitSignal(window.session.verification_ended, timeout=60000):
        window.session.verify()
        window.session.choose(
            Environment("other", str(other.parent), "3.12.0", kind="python", executable=str(other))
        )
    assert "verify" in window.session.outlook.missing
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    assert page.sign.kind != "good"


def test_stopping_a_hanging_check(qtbot: QtBot, open_window: OpenWindow, tmp_path: Path) -> None:
    python = fake_python(tmp_path / "Dərslər İşığı ə ğ ş", "import time\ntime.sleep(600)")
    window = on_fake_python(open_window, python, "verify")
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    qtbot.mouseClick(page.run_button, Qt.MouseButton.LeftButton)
    assert window.session.verification.running
    with qtbot.waitSignal(window.session.verification_ended, timeout=5000):
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert page.status.text() == "You stopped the check."
    assert page.run_button.isVisibleTo(page)


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "child_died"),
        ("import sys\nsys.stdout.buffer.write(b'\\xff\\xfe\\x00garbage' * 400_000)", None),
        ("print('no such thing')", None),
    ],
)
def test_a_python_that_dies_or_babbles_is_a_sentence(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path, program: str, code: str | None
) -> None:
    window = on_fake_python(open_window, fake_python(tmp_path / "env", program), "verify")
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    with qtbot.waitSignal(window.session.verification_ended, timeout=30000):
        qtbot.mouseClick(page.run_button, Qt.MouseButton.LeftButton)
    result = window.session.verification.result
    assert result is not None
    assert result.ready is None
    assert result.findings
    assert code is None or result.findings[0].code == code
    assert "Traceback" not in page.status.text()
    qtbot.mouseClick(page.log.button, Qt.MouseButton.LeftButton)
    assert page.log.text.isVisibleTo(page)


def test_a_benchmark_without_torch_is_a_sentence(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    program = "raise SystemExit(\"ModuleNotFoundError: No module named 'torch'\")"
    window = on_fake_python(open_window, fake_python(tmp_path / "env", program), "benchmark")
    page = window.page("benchmark")
    assert isinstance(page, BenchmarkPage)
    with qtbot.waitSignal(window.session.benchmark_ended, timeout=30000):
        qtbot.mouseClick(page.start_button, Qt.MouseButton.LeftButton)
    assert "did not work" in page.status.text()
    assert window.session.benchmark.result is not None
    assert window.session.benchmark.result.findings
    assert window.session.measured is not None
    assert not window.session.measured.complete
    assert window.rail.buttons["benchmark"].state == "problem"
    assert page.has_primary()


def test_a_python_that_the_user_points_to(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    window = open_window("no-gpu", page="environment")
    page = window.page("environment")
    assert isinstance(page, EnvironmentPage)
    with qtbot.waitSignal(window.session.python_rejected, timeout=30000):
        window.session.add_python(str(tmp_path / "nothing"))
    assert "There is no Python" in page.rejected.text()
    with qtbot.waitSignal(window.session.environment_changed, timeout=30000):
        window.session.add_python(sys.executable)
    assert window.session.environment is not None
    assert window.session.environment.executable


def test_the_python_the_user_pointed_to_is_still_chosen_at_the_next_start(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "my own"
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    window = open_window()
    with qtbot.waitSignal(window.session.environment_changed, timeout=30000):
        window.session.add_python(str(python))
    chosen = window.session.environment
    assert chosen is not None
    assert chosen.prefix == str(folder)
    window.close()
    again = open_window()
    qtbot.waitUntil(lambda: again.session.environment == chosen, timeout=30000)


def test_a_pointed_to_python_that_is_gone_gives_way(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    window = open_window("no-gpu")
    gone = str(tmp_path / "gone" / "python")
    window.session.state = window.session.state._replace(
        environment=ChosenEnvironment("gone", str(tmp_path / "gone"), gone, "python"),
        pythons=(gone,),
    )
    window.session.scan()
    qtbot.waitUntil(lambda: window.session.environment is not None, timeout=30000)
    assert window.session.state.pythons == ()


def test_nothing_is_verified_or_complete_while_the_computer_is_scanned(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = on_own_python(open_window, "verify")
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    session = window.session
    python = own_python(window)
    session.state = session.state._replace(
        verification=VerificationRecord(python, "cpu"),
        benchmark=BenchmarkRecord(python, 1.0, complete=True),
    )
    assert session.outlook.completion == "ready_cpu"
    session.scanning = True
    session.state_changed.emit()
    session.verify()
    assert not session.verification.running
    assert not page.run_button.isEnabled()
    assert session.outlook.completion == "incomplete"
    session.scanning = False


def test_a_stopped_measurement_takes_nothing_back(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = on_own_python(open_window, "benchmark")
    session = window.session
    whole = BenchmarkRecord(own_python(window), 99.0, complete=True)
    session.state = session.state._replace(benchmark=whole)
    session.measure(60)
    qtbot.waitUntil(lambda: len(session.benchmark.events) > 4, timeout=60000)
    with qtbot.waitSignal(session.benchmark_ended, timeout=10000):
        session.stop()
    assert session.measured == whole


def test_busy_buttons_come_back(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = on_own_python(open_window, "verify")
    window.session.verify()
    page = window.page("benchmark")
    assert isinstance(page, BenchmarkPage)
    assert not page.start_button.isEnabled()
    assert "Wait until" in page.status.text()
    environments = window.page("environment")
    assert isinstance(environments, EnvironmentPage)
    assert not any(choice.isEnabled() for choice in environments.choices.values())
    qtbot.waitUntil(lambda: not window.session.busy, timeout=60000)
    assert page.start_button.isEnabled()
    assert "Ready to measure" in page.status.text()
    assert all(choice.isEnabled() for choice in environments.choices.values())


def test_a_job_that_breaks_leaves_nothing_running(
    qtbot: QtBot, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = on_own_python(open_window, "verify")
    monkeypatch.setattr("wizard.jobs.threads.VerificationJob.run", lambda _self: None)
    with qtbot.waitSignal(window.session.verification_ended, timeout=10000):
        window.session.verify()
    assert not window.session.busy


def test_the_focus_stays_where_the_language_was_chosen(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window("no-gpu")
    window.language_choice.setFocus()
    window.set_language("az")
    qtbot.waitUntil(lambda: window.next.text() == "&İrəli")
    assert window.focusWidget() is window.language_choice


def test_findings_speak_the_language_of_now(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window("t4-colab")
    own = next(env for env in window.session.environments if env.kind == "wizard")
    window.session.choose(own)
    window.go_to("verify")
    with qtbot.waitSignal(window.session.verification_ended, timeout=60000):
        window.session.verify()
    result = window.session.verification.result
    assert result is not None
    english = result.findings
    assert english
    window.set_language("az")
    told = window.session.verification.result
    assert told is not None
    assert [finding.code for finding in told.findings] == [finding.code for finding in english]
    assert told.findings[0].title != english[0].title
