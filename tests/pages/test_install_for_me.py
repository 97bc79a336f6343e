"""The card *Install it for me* in a real window, with the stand-in conda on this computer."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "installation"))

from conda_stand_in import Behaviour, Stage, StandIn, alive, make_conda
from half_made import leave_half_made

from wizard.installation import connection, journal, prompt, removal, ways
from wizard.installation.journal import journal_path
from wizard.installing import Installing
from wizard.pages.install import InstallPage
from wizard.pages.install_for_me import InstallForMe
from wizard.widgets import question
from wizard.window import MainWindow

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def conda(home: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    for name in ("CONDA_EXE", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    return make_conda(home / "miniforge3")


def card_of(window: MainWindow) -> InstallForMe:
    window.go_to("install")
    page = window.page("install")
    assert isinstance(page, InstallPage)
    return page.install_card


def model_of(window: MainWindow) -> Installing:
    return window.session.installing


def press(button: QPushButton | None) -> None:
    assert button is not None
    assert button.isEnabled(), button.text()
    button.click()


def until(qtbot: QtBot, window: MainWindow, stage: str) -> None:
    qtbot.waitUntil(lambda: model_of(window).stage == stage, timeout=20000)
    # What a stage leaves to the next scan is over, too.
    qtbot.waitUntil(lambda: not window.session.scanning, timeout=20000)
    # A label that is added to a visible card is shown by an event of its own.
    QCoreApplication.sendPostedEvents()


def until_hanging(qtbot: QtBot, conda: StandIn, stage: Stage) -> None:
    """The installation itself has come to a stage and stays there."""
    waiter = threading.Thread(target=conda.wait_until_hanging, args=(stage, 20))
    waiter.start()
    qtbot.waitUntil(lambda: not waiter.is_alive(), timeout=25000)


def texts(card: InstallForMe) -> str:
    from PySide6.QtWidgets import QLabel

    return "\n".join(label.text() for label in card.findChildren(QLabel) if not label.isHidden())


def test_from_the_question_to_pytorch(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn
) -> None:
    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    until(qtbot, window, "asked")
    assert not conda.prefix("llm_50gun").exists()
    assert all("--dry-run" in call or call[0] == "info" for call in conda.calls)
    press(card.action)
    assert model_of(window).busy
    until(qtbot, window, "ended")
    result = model_of(window).result
    assert result is not None
    assert result.kind == "done"
    assert "PyTorch is installed." in texts(card)
    chosen = window.session.environment
    assert chosen is not None
    assert chosen.name == "llm_50gun"
    assert chosen.executable == str(conda.prefix("llm_50gun") / "bin" / "python")
    press(card.action)
    assert window.session.state.page == "verify"


def test_where_an_environment_cannot_take_it_a_new_one_is_a_click_away(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn
) -> None:
    conda.add_environment("llm_50gun")
    conda.behave(fail="unsatisfiable", fail_times=1)
    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    until(qtbot, window, "asked")
    assert not model_of(window).can_install
    assert card.instead is not None
    assert card.instead.property("kind") == "primary"
    press(card.instead)
    until(qtbot, window, "asked")
    plan = model_of(window).plan
    assert plan is not None
    assert (plan.name, plan.creates) == ("llm_50gun_2", True)
    assert card.instead is None
    press(card.action)
    until(qtbot, window, "ended")
    assert "pytorch" in conda.installed("llm_50gun_2")
    assert "pytorch" not in conda.installed("llm_50gun")
    chosen = window.session.environment
    assert chosen is not None
    assert chosen.name == "llm_50gun_2"


def test_after_a_broken_connection_the_next_thing_is_to_go_on(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PAUSES", (0.3,))
    conda.add_environment("llm_50gun")
    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    until(qtbot, window, "asked")
    conda.behave(fail="cut", fail_at="downloading")
    press(card.action)
    qtbot.waitUntil(lambda: card.line is not None and "try 2 in" in card.line.text(), timeout=20000)
    assert card.phase is not None
    assert card.phase.text().startswith("Step 1 of 1: ")
    until(qtbot, window, "ended")
    assert card.action is not None
    assert card.action.text() == "&Go on"
    assert card.has_primary()
    conda.behave(fail=None)
    press(card.action)
    until(qtbot, window, "asked")
    assert "already downloaded" in texts(card)
    press(card.action)
    until(qtbot, window, "ended")
    result = model_of(window).result
    assert result is not None
    assert result.kind == "done"


def test_an_environment_made_by_hand_is_found_and_chosen(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn
) -> None:
    window = open_window(page="install")
    own = window.session.environment
    assert own is not None
    assert own.kind == "wizard"
    for step in ("environment", "install"):  # what stands in for it ticks nothing
        assert window.rail.buttons[step].state == "upcoming"
    conda.add_environment("llm_50gun")
    window.go_next()
    qtbot.waitUntil(lambda: not window.session.scanning, timeout=20000)
    chosen = window.session.environment
    assert chosen is not None
    assert chosen.name == "llm_50gun"
    page = window.page("verify")
    qtbot.waitUntil(lambda: window.focusWidget() is page.first_focus())


def test_the_commands_are_shown_before_they_run(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn
) -> None:
    from wizard.widgets.copy_box import CopyBox

    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    until(qtbot, window, "asked")
    plan = model_of(window).plan
    assert plan is not None
    shown = [box.text.toPlainText().replace("\u2060", "") for box in card.findChildren(CopyBox)]
    assert len(shown) == len(plan.steps)
    for step, command in zip(plan.steps, shown, strict=True):
        assert str(conda.executable) in command
        assert all(word in command for word in step.argv)


def test_an_obstacle_is_shown_and_nothing_can_be_installed(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn
) -> None:
    conda.behave(fail="unsatisfiable")
    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    until(qtbot, window, "asked")
    assert not model_of(window).can_install
    model_of(window).install()
    assert model_of(window).stage == "asked"
    conda.behave(Behaviour())
    press(card.action)  # Check again
    until(qtbot, window, "asked")
    assert model_of(window).can_install


@pytest.mark.parametrize("way", ["delete", "repair", "leave"])
def test_cancel_and_then(open_window: OpenWindow, qtbot: QtBot, conda: StandIn, way: str) -> None:
    conda.behave(hang_at="linking", children=True)
    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    until(qtbot, window, "asked")
    press(card.action)
    until_hanging(qtbot, conda, "linking")
    press(card.action)  # Cancel
    until(qtbot, window, "ended")
    assert not [pid for pid in conda.children if alive(pid)]
    assert "half made" in texts(card)
    conda.behave(Behaviour())
    if way == "delete":
        press(card.second)
        until(qtbot, window, "consent")
        assert conda.prefix("llm_50gun").exists()
        assert "files" in texts(card)
        assert card.action is not None
        assert card.action.hasFocus()  # Enter keeps it
        press(card.second)
        qtbot.waitUntil(lambda: not conda.prefix("llm_50gun").exists(), timeout=10000)
        until(qtbot, window, "idle")
    elif way == "repair":
        press(card.action)
        until(qtbot, window, "consent")
        press(card.second)
        until(qtbot, window, "asked")
        press(card.action)
        until(qtbot, window, "ended")
        result = model_of(window).result
        assert result is not None
        assert result.kind == "done"
    else:
        press(card.third)
        assert model_of(window).stage == "idle"
        assert conda.prefix("llm_50gun").exists()
    assert not journal_path().exists()


def as_after_a_power_cut(conda: StandIn) -> None:
    """A plan in the journal, an environment with half of its files."""
    from wizard.advice.recommend import recommend
    from wizard.detection.survey import survey
    from wizard.installation.plan import make_plan
    from wizard.installation.values import Plan

    machine = survey()
    plan = make_plan(machine, recommend(machine))
    assert isinstance(plan, Plan)
    leave_half_made(plan)
    assert plan.prefix == str(conda.prefix("llm_50gun"))


def test_after_a_power_cut_the_next_start_knows(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn
) -> None:
    as_after_a_power_cut(conda)
    window = open_window(page="install")
    card = card_of(window)
    until(qtbot, window, "unfinished")
    qtbot.waitUntil(lambda: "cut off" in texts(card))  # new labels are shown a moment later
    assert card.has_primary()
    press(card.action)
    until(qtbot, window, "consent")
    press(card.action)  # Keep it
    until(qtbot, window, "unfinished")
    assert conda.prefix("llm_50gun").is_dir()
    press(card.action)
    until(qtbot, window, "consent")
    press(card.second)  # Delete it
    until(qtbot, window, "asked")
    press(card.action)
    until(qtbot, window, "ended")
    assert model_of(window).unfinished is None
    assert "cpu" in conda.installed("llm_50gun")["pytorch"]


def test_it_can_be_stopped_while_the_way_is_looked_for(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pythons are started for it, which takes seconds; what is found later counts no more."""
    go_on, found = threading.Event(), threading.Event()
    look = ways.way_to_install

    def slow(*words: Any) -> Any:
        go_on.wait()
        found.set()
        return look(*words)

    monkeypatch.setattr(ways, "way_to_install", slow)
    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    assert model_of(window).stage == "asking"
    press(card.action)  # Stop
    assert model_of(window).stage == "idle"
    go_on.set()
    assert found.wait(60)
    qtbot.wait(300)
    assert model_of(window).stage == "idle"
    assert not conda.calls


def test_an_error_that_nobody_foresaw_leaves_nothing_waiting(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_words: object) -> None:
        raise RuntimeError("x")

    monkeypatch.setattr(ways, "way_to_install", fail)
    window = open_window(page="install")
    card = card_of(window)
    with qtbot.captureExceptions():
        press(card.action)
        until(qtbot, window, "ended")
    assert "inside the wizard" in texts(card)


def test_what_is_deleted_is_said_while_it_goes(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_after_a_power_cut(conda)
    go_on = threading.Event()
    delete = removal.remove
    monkeypatch.setattr(removal, "remove", lambda agreed: go_on.wait() and delete(agreed))
    window = open_window(page="install")
    card = card_of(window)
    until(qtbot, window, "unfinished")
    press(card.action)
    until(qtbot, window, "consent")
    shown = texts(card)
    assert str(conda.prefix("llm_50gun")) in shown.replace("\u200b", "").replace("\u2060", "")
    assert "2 files" in shown
    press(card.second)
    QCoreApplication.sendPostedEvents()  # shows the new labels
    assert "Deleting what was half made" in texts(card)
    go_on.set()
    until(qtbot, window, "asked")
    assert model_of(window).can_install
    assert not conda.prefix("llm_50gun").exists()


@pytest.mark.parametrize("button", ["repair", "delete"])
def test_a_page_that_is_behind_the_times_deletes_nothing(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn, button: str
) -> None:
    """It was half made when the page was drawn; since then the student has made it by hand."""
    as_after_a_power_cut(conda)
    window = open_window(page="install")
    card = card_of(window)
    until(qtbot, window, "unfinished")
    shutil.rmtree(conda.prefix("llm_50gun"))
    conda.add_environment("llm_50gun", ("libzlib", "pip", "python=3.12", "pytorch=2.10.0=cpu*"))
    homework = conda.prefix("llm_50gun") / "homework.ipynb"
    homework.write_text("x")
    press(card.action if button == "repair" else card.second)
    until(qtbot, window, "asked" if button == "repair" else "ended")
    if button == "delete":
        assert "doesn't delete this folder" in texts(card)
        press(card.second)  # Not now
        until(qtbot, window, "idle")
    assert homework.read_text() == "x"
    assert "pytorch" in conda.installed("llm_50gun")


def test_what_changes_while_it_is_asked_stays(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn
) -> None:
    as_after_a_power_cut(conda)
    window = open_window(page="install")
    card = card_of(window)
    until(qtbot, window, "unfinished")
    press(card.second)
    until(qtbot, window, "consent")
    homework = conda.prefix("llm_50gun") / "bin" / "homework.ipynb"
    homework.write_text("x")
    press(card.second)
    until(qtbot, window, "ended")
    assert "changed after you were asked" in texts(card)
    assert homework.read_text() == "x"
    press(card.second)  # Not now
    until(qtbot, window, "unfinished")


def test_nothing_to_do_leads_to_the_verification(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn
) -> None:
    conda.add_environment(
        "llm_50gun",
        (
            "libzlib",
            "pip",
            "python=3.12",
            "numpy",
            "pytorch=2.10.0=cpu*",
            "torchvision",
        ),
    )
    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    until(qtbot, window, "asked")
    assert "there already" in texts(card)
    assert not model_of(window).can_install
    press(card.action)
    assert window.session.state.page == "verify"


def test_a_simulated_computer_installs_nothing(open_window: OpenWindow) -> None:
    window = open_window("rtx5070-desktop", page="install")
    card = card_of(window)
    assert card.action is not None
    assert not card.action.isEnabled()
    assert "simulated" in texts(card)
    model_of(window).ask()
    assert model_of(window).stage == "idle"


def test_closing_asks_first_and_leaves_no_process(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    conda.behave(hang_at="downloading", children=True, ignore_sigterm=-1)
    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    until(qtbot, window, "asked")
    press(card.action)
    until_hanging(qtbot, conda, "downloading")
    assert len(conda.children) == 2
    asked: list[str] = []

    def answer(yes: bool) -> None:
        def ask(_parent: object, title: str, _words: str, **_names: str) -> bool:
            asked.append(title)
            return yes

        monkeypatch.setattr(question, "ask", ask)

    answer(yes=False)
    assert not window.close()
    assert model_of(window).stage == "running"
    answer(yes=True)
    assert window.close()
    assert len(asked) == 2
    pids = [conda.full_calls[-1]["pid"], *conda.children]
    assert not [pid for pid in pids if alive(pid)]
    left = journal.unfinished()
    assert left is None or not left.still_running


def test_a_long_log_is_bounded_and_can_be_saved(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn, tmp_path: Path
) -> None:
    conda.behave(noise_lines=50_000)
    window = open_window(page="install")
    card = card_of(window)
    press(card.action)
    until(qtbot, window, "asked")
    press(card.action)
    card.log.toggle()
    until(qtbot, window, "ended")
    assert card.log.text.blockCount() <= 2000
    target = tmp_path / "log ə.txt"
    card.log.save_as(target)
    assert target.read_text("utf-8").count("noise") == 100_000  # two steps
    card.log.save_as(tmp_path / "no such folder" / "x")
    assert "could not be saved" in card.log.path.text()


def test_the_prompt_that_cannot_be_opened_is_told(
    open_window: OpenWindow, qtbot: QtBot, conda: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    conda.add_environment("llm_50gun")
    window = open_window(page="install")
    page = window.page("install")
    assert isinstance(page, InstallPage)
    monkeypatch.setattr(prompt, "opening_for", lambda _env, _conda: None)
    assert page.prompt_button is not None
    page.prompt_button.click()
    from PySide6.QtWidgets import QLabel

    qtbot.waitUntil(
        lambda: any("No terminal" in label.text() for label in page.findChildren(QLabel)),
        timeout=5000,
    )
