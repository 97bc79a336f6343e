"""A student walks through the whole wizard: real windows, real child processes, real torch."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from wizard.detection.description import load_machine
from wizard.detection.machine import Machine, machine_from_json
from wizard.pages.benchmark import BenchmarkPage
from wizard.pages.computer import ComputerPage
from wizard.pages.environment import EnvironmentPage
from wizard.pages.finish import FinishPage
from wizard.pages.install import InstallPage
from wizard.pages.page import Page
from wizard.pages.verify import VerifyPage
from wizard.paths import resource_folder
from wizard.state import FILE_NAME, PAGE_IDS, PageId
from wizard.widgets.theme import Scheme, Theme, apply_theme, current_theme
from wizard.window import MainWindow

OpenWindow = Callable[..., MainWindow]
TORCH_SECONDS = 120_000


def words_of(widget: QWidget) -> str:
    """Every text on a widget that is not hidden."""
    QApplication.processEvents()  # a new child of a shown widget is shown by an event
    return "\n".join(
        item.text() for item in widget.findChildren(QLabel) if item.isVisibleTo(widget)
    )


def described(name: str) -> Machine:
    return load_machine(resource_folder("machines") / f"{name}.json")


def press_next(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.next, Qt.MouseButton.LeftButton)


def choose_own_python(window: MainWindow) -> None:
    own = next(env for env in window.session.environments if env.kind == "wizard")
    page = window.page("environment")
    assert isinstance(page, EnvironmentPage)
    page.choices[own.prefix].click()
    assert window.session.environment == own


def verify(qtbot: QtBot, window: MainWindow) -> VerifyPage:
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    qtbot.waitUntil(page.run_button.isEnabled)
    with qtbot.waitSignal(window.session.verification_ended, timeout=TORCH_SECONDS):
        qtbot.mouseClick(page.run_button, Qt.MouseButton.LeftButton)
    return page


def measure(qtbot: QtBot, window: MainWindow, seconds: float = 4.0) -> BenchmarkPage:
    page = window.page("benchmark")
    assert isinstance(page, BenchmarkPage)
    with qtbot.waitSignal(window.session.benchmark_ended, timeout=TORCH_SECONDS):
        window.session.measure(seconds)
    return page


def test_from_the_first_page_to_ready_on_the_cpu(
    qtbot: QtBot, open_window: OpenWindow, home: Path
) -> None:
    """Everything on the way is real; only a computer with an NVIDIA card ends elsewhere."""
    window = open_window()
    if window.session.machine and window.session.machine.nvidia_gpus:
        pytest.skip("this computer has an NVIDIA card: its way ends on the GPU")
    assert window.session.state.page == "welcome"
    for page in PAGE_IDS[1:3]:
        press_next(qtbot, window)
        assert window.session.state.page == page
    choose_own_python(window)
    press_next(qtbot, window)
    press_next(qtbot, window)
    page = verify(qtbot, window)
    assert page.answer.text() == "False"
    assert page.rows["cpu_matmul"].kind == "good"
    assert page.rows["cpu_convolution"].kind == "good"
    assert page.rows["cpu_training_step"].kind == "good"
    assert page.rows["gpu_matmul"].kind == "skipped"
    assert window.session.state.verification is not None
    assert window.session.state.verification.ready == "cpu"
    press_next(qtbot, window)
    plot = measure(qtbot, window).plot
    assert len(plot.points["cpu float32"]) >= 3
    press_next(qtbot, window)
    finish = window.page("finish")
    assert isinstance(finish, FinishPage)
    assert finish.state_word == "Ready, on the CPU"
    saved = json.loads((home / "data" / FILE_NAME).read_text("utf-8"))
    assert saved["verification"]["ready"] == "cpu"
    assert window.rail.buttons["finish"].state == "done"


def test_a_half_done_setup_resumes(qtbot: QtBot, open_window: OpenWindow, home: Path) -> None:
    window = open_window()
    choose_own_python(window)
    window.go_to("install")
    window.close()
    again = open_window()
    assert again.session.state.page == "install"
    assert again.session.environment is not None
    assert again.session.environment.kind == "wizard"
    assert again.rail.buttons["computer"].state in ("upcoming", "done")


@pytest.mark.usefixtures("cpu_build")
def test_a_simulated_gpu_is_never_complete_on_a_computer_without_one(
    qtbot: QtBot, open_window: OpenWindow, home: Path
) -> None:
    window = open_window("t4-colab")
    assert "Simulated machine" in words_of(window.ribbon)
    choose_own_python(window)
    window.go_to("verify")
    page = verify(qtbot, window)
    result = window.session.verification.result
    assert result is not None
    if result.ready == "gpu":
        pytest.skip("this computer has an NVIDIA card")
    assert page.answer.text() == "False"
    assert result.findings[0].code == "cpu_only_build"
    assert "What to do" in words_of(page)
    window.go_to("finish")
    finish = window.page("finish")
    assert isinstance(finish, FinishPage)
    assert finish.state_word == "Not complete yet"
    assert "Simulated machine" in dict(finish.summary_lines())
    assert not (home / "data" / FILE_NAME).exists(), "a show leaves no trace"


@pytest.mark.parametrize("page", PAGE_IDS)
def test_the_ribbon_is_on_every_page(open_window: OpenWindow, page: str) -> None:
    window = open_window("gtx1060-laptop-windows", page=page)
    assert window.ribbon.isVisibleTo(window)
    assert "GTX 1060" in words_of(window.ribbon)


def test_a_real_machine_has_no_ribbon(open_window: OpenWindow) -> None:
    assert not open_window().ribbon.isVisible()


@pytest.mark.parametrize(
    ("machine", "word", "other_way"),
    [
        ("t4-colab", "Tesla T4", False),
        ("nvidia-no-driver", "driver", False),
        ("rtx5070-desktop-old-driver", "566.36", False),
        ("amd-desktop", "AMD", True),
        ("intel-laptop", "Intel", True),
        ("apple-m2", "Apple", True),
        ("no-gpu", "NVIDIA", True),
    ],
)
def test_nobody_hits_a_dead_end(
    open_window: OpenWindow, machine: str, word: str, other_way: bool
) -> None:
    window = open_window(machine, page="computer")
    page = window.page("computer")
    assert isinstance(page, ComputerPage)
    assert word in words_of(page)
    assert page.other_way.isVisibleTo(page) == other_way
    for row in page.rows.values():
        if row.kind == "bad":
            assert row.sentence.text() and row.next_step.text(), row.title.text()
    install = window.page("install")
    assert isinstance(install, InstallPage)
    assert install.command_box is not None
    assert install.command_box.code


@pytest.mark.parametrize(
    ("machine", "wanted", "unwanted"),
    [
        ("t4-colab", ("pytorch-gpu", "cuda-version=12"), "=cpu"),
        ("gtx1060-laptop-windows", ("pytorch-gpu", "cuda-version=12"), "=cpu"),
        ("rtx5070-desktop", ("pytorch-gpu",), "cuda-version=12"),
        ("no-gpu", ("pytorch=*=cpu*",), "pytorch-gpu"),
    ],
)
def test_the_hero_is_the_command_for_that_machine(
    qtbot: QtBot, open_window: OpenWindow, machine: str, wanted: tuple[str, ...], unwanted: str
) -> None:
    page = open_window(machine, page="install").page("install")
    assert isinstance(page, InstallPage)
    assert page.command_box is not None
    for word in (*wanted, "--override-channels", "conda-forge"):
        assert word in page.command_box.code
    assert unwanted not in page.command_box.code
    qtbot.mouseClick(page.command_box.button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == page.command_box.code
    assert page.command_box.button.text() == "Copied"


def test_a_pytorch_that_is_there_is_checked_before_it_is_removed(open_window: OpenWindow) -> None:
    words = words_of(open_window("intel-laptop", page="install").page("install"))
    assert words.index("PyTorch is there already") < words.index("Remove the PyTorch")
    assert words.count("If the verification passes") == 1


def test_without_conda_the_way_to_it_comes_before_its_commands(open_window: OpenWindow) -> None:
    words = words_of(open_window("t4-colab", page="install").page("install"))
    assert words.index("First: conda") < words.index("Make the environment")
    assert words.count("conda is not on this computer yet") == 1


@pytest.mark.parametrize(
    ("machine", "page", "words"),
    [
        ("no-gpu", "verify", "Does PyTorch work?"),
        ("no-gpu", "benchmark", "How fast is your processor?"),
        ("apple-m2", "verify", "Does PyTorch run on the GPU?"),
        ("apple-m2", "computer", "PyTorch has a build for this graphics card"),
        ("intel-laptop", "computer", "PyTorch also runs on the processor"),
    ],
)
def test_a_page_speaks_of_what_there_is(
    open_window: OpenWindow, machine: str, page: PageId, words: str
) -> None:
    assert words in words_of(open_window(machine, page=page).page(page))


def test_a_card_that_is_too_old_does_not_stop_the_setup(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    machine = described("gtx1060-laptop-windows")
    card = replace(machine.gpus[0], name="NVIDIA GeForce GT 710", compute_capability="3.5")
    window = open_window(replace(machine, gpus=(card,)))
    choose_own_python(window)
    page = verify(qtbot, window)
    assert window.session.outlook.missing == ("benchmark",)
    assert "no graphics card for CUDA" in words_of(page)


def test_enter_starts_what_the_page_is_for(open_window: OpenWindow) -> None:
    window = open_window("no-gpu", page="computer")
    choose_own_python(window)
    for page in ("verify", "benchmark"):
        window.go_to(page)
        assert window.focusWidget() is window.page(page).first_focus()
    window.go_to("install")
    assert window.focusWidget() is window.next


def test_tabs_show_the_alternatives(open_window: OpenWindow) -> None:
    page = open_window("t4-colab", page="install").page("install")
    assert isinstance(page, InstallPage)
    assert page.tabs is not None
    assert list(page.tabs.buttons) == ["conda-forge", "pip", "pytorch-channel"]
    page.tabs.buttons["pytorch-channel"].click()
    assert page.command_box is not None
    assert "pytorch-cuda=" in page.command_box.code
    assert "2.5.1" in words_of(page)
    page.tabs.buttons["pip"].click()
    assert page.command_box is not None
    assert "https://download.pytorch.org/whl/" in page.command_box.code


def test_scan_again_sees_a_new_driver(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window("nvidia-no-driver", page="computer")
    page = window.page("computer")
    assert isinstance(page, ComputerPage)
    assert any(row.kind == "bad" for row in page.rows.values())
    path = resource_folder("machines") / "rtx4060-laptop.json"
    window.session.described = machine_from_json(json.loads(path.read_text("utf-8")))
    with qtbot.waitSignal(window.session.environment_changed):
        qtbot.mouseClick(page.again, Qt.MouseButton.LeftButton)
    assert not any(row.kind == "bad" for row in page.rows.values())


def test_language_and_theme_change_every_page_at_once(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window("t4-colab")
    window.set_language("az")
    qtbot.waitUntil(lambda: window.next.text() == "&İrəli")
    for page in PAGE_IDS:
        window.go_to(page)
        assert window.page(page).title_text() != ""
    window.set_theme("dark")
    qtbot.waitUntil(lambda: current_theme().scheme == "dark")
    window.set_theme("light")
    window.set_theme("dark")
    window.set_language("en")
    qtbot.waitUntil(lambda: window.next.text() in ("&Next", "&Finish"))


def test_a_theme_is_worked_out_for_nothing_that_goes(
    qtbot: QtBot, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Styling the pages that are thrown away took longer than all the rest."""
    window = open_window("t4-colab")
    for page in PAGE_IDS:
        window.go_to(page)
    there: list[int] = []

    def watched(app: QApplication, scheme: Scheme) -> Theme:
        there.append(len(window.findChildren(QWidget)))
        return apply_theme(app, scheme)

    monkeypatch.setattr("wizard.window.apply_theme", watched)
    window.set_theme("dark")
    qtbot.waitUntil(lambda: current_theme().scheme == "dark")
    assert there == [0]
    assert window.findChildren(Page) == [window.page(window.session.state.page)]


def test_the_keyboard_alone_is_enough(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window("t4-colab")
    for page in PAGE_IDS[1:]:
        while window.focusWidget() is not window.next:  # past what the page starts
            qtbot.keyClick(window, Qt.Key.Key_Tab)
        qtbot.keyClick(window, Qt.Key.Key_Return)
        assert window.session.state.page == page
    seen = set()
    for _turn in range(60):
        window.focusNextChild()
        focused = window.focusWidget()
        seen.add(focused.accessibleName() or getattr(focused, "text", lambda: "")())
    assert any("Step 1 of 7" in name for name in seen)
    assert any("Back" in name for name in seen)


def test_stop_keeps_what_was_measured(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window("no-gpu", page="benchmark")
    choose_own_python(window)
    window.go_to("benchmark")
    page = window.page("benchmark")
    assert isinstance(page, BenchmarkPage)
    window.session.measure(60)
    qtbot.waitUntil(lambda: len(page.plot.points.get("cpu float32", {})) >= 2, timeout=60000)
    with qtbot.waitSignal(window.session.benchmark_ended, timeout=5000):
        qtbot.mouseClick(page.stop_button, Qt.MouseButton.LeftButton)
    assert len(page.plot.points["cpu float32"]) >= 2
    assert "You stopped it" in page.status.text()
    assert window.session.benchmark.result is not None
    assert window.session.benchmark.result.stopped


def test_closing_leaves_no_process_and_no_thread(qtbot: QtBot, open_window: OpenWindow) -> None:
    before = set(psutil.Process().children(recursive=True))
    threads = python_threads()
    window = open_window("no-gpu", page="verify")
    choose_own_python(window)
    window.go_to("verify")
    window.session.verify()
    qtbot.waitUntil(lambda: set(psutil.Process().children(recursive=True)) != before, timeout=20000)
    window.close()
    assert set(psutil.Process().children(recursive=True)) == before
    qtbot.waitUntil(lambda: python_threads() <= threads, timeout=5000)


def python_threads() -> int:
    """Without Qt's own: those that asked Python for their name are remembered for ever."""
    dummy = threading._DummyThread
    return sum(not isinstance(each, dummy) for each in threading.enumerate())


def test_a_deleted_interpreter_is_a_sentence(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    import dataclasses
    import sys

    window = open_window("no-gpu", page="environment")
    link = tmp_path / "Dərslər İşığı" / "python"
    link.parent.mkdir()
    link.symlink_to(sys.executable)
    own = next(env for env in window.session.environments if env.kind == "wizard")
    window.session.choose(dataclasses.replace(own, executable=str(link)))
    link.unlink()
    window.go_to("verify")
    page = verify(qtbot, window)
    result = window.session.verification.result
    assert result is not None
    assert result.ready is None
    assert result.findings
    assert "What to do" in words_of(page)
    assert page.run_button.isEnabled()


def test_a_damaged_state_is_reported_and_the_wizard_starts(
    open_window: OpenWindow, home: Path
) -> None:
    (home / "data").mkdir()
    (home / "data" / FILE_NAME).write_bytes(b'{"schema": 1, "page": \xff')
    window = open_window()
    assert window.session.state.page == "welcome"
    assert "damaged" in words_of(window.notice)
    assert [p.name for p in (home / "data").glob("state-damaged-*")]


def test_a_folder_that_cannot_be_written_is_said_once_and_nothing_stops(
    open_window: OpenWindow, home: Path
) -> None:
    (home / "data").write_text("a file where the folder should be", "utf-8")
    window = open_window()
    window.go_to("computer")
    assert "could not be saved" in words_of(window.notice)
