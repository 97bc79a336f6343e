"""The report from the finish page: saved beside its JSON, private, and told when it cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from wizard.course.pictures import Photographer
from wizard.course.played import Show
from wizard.course.scenes import scenes
from wizard.detection.description import load_machine
from wizard.detection.machine import Driver
from wizard.pages.finish import FinishPage
from wizard.paths import resource_folder
from wizard.text import significant
from wizard.widgets import question
from wizard.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def page_of(window: MainWindow) -> FinishPage:
    window.go_to("finish")
    page = window.page("finish")
    assert isinstance(page, FinishPage)
    return page


def test_a_page_and_its_json(open_window: OpenWindow, tmp_path: Path) -> None:
    page = page_of(open_window("rtx5070-desktop"))
    target = tmp_path / "hesabat ə.html"
    page.save_report(target)
    assert "Saved as" in page.saved.text()
    text = target.read_text("utf-8")
    assert 'class="ribbon"' in text, "this computer is simulated"
    document = json.loads(target.with_suffix(".json").read_text("utf-8"))
    assert document["simulated"] is True
    assert document["machine"]["gpus"][0]["name"] == "NVIDIA GeForce RTX 5070"


@pytest.mark.parametrize("yes", [True, False])
def test_a_neighbour_is_replaced_only_where_the_user_says_so(
    open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    page = page_of(open_window("no-gpu"))
    notes = tmp_path / "notes.json"
    notes.write_text("my notes")
    asked: list[str] = []

    def ask(_parent: object, _title: str, words: str, **_names: str) -> bool:
        asked.append(words)
        return yes

    monkeypatch.setattr(question, "ask", ask)
    page.save_report(tmp_path / "notes.html")
    assert len(asked) == 1
    assert str(notes) in asked[0]
    assert (tmp_path / "notes.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert (notes.read_text("utf-8") == "my notes") is not yes
    assert ("notes.json" in page.saved.text()) is yes
    # One that is only a link's name counts, too.
    notes.unlink()
    notes.symlink_to(tmp_path / "nothing there")
    page.save_report(tmp_path / "notes.html")
    assert len(asked) == 2


def test_a_file_named_as_json_is_the_only_one(open_window: OpenWindow, tmp_path: Path) -> None:
    page = page_of(open_window("no-gpu"))
    for name in ("x.json", "Y.JSON"):
        page.save_report(tmp_path / name)
        assert json.loads((tmp_path / name).read_text("utf-8"))["simulated"] is True
    assert {path.name for path in tmp_path.iterdir()} == {"x.json", "Y.JSON"}


def test_what_is_copied_and_certified_is_made_of_allowed_fields(
    open_window: OpenWindow, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "leyla7")
    window = open_window("rtx5070-desktop")
    page = page_of(window)
    machine = window.session.machine
    assert machine is not None
    cards = tuple(replace(gpu, name=f"{gpu.name} of leyla7") for gpu in machine.gpus)
    driver = Driver("581.57 leyla7", "13.0")
    window.session.machine = replace(
        machine, name="leyla7's /home/leyla7", gpus=cards, nvidia_driver=driver
    )
    page.show_outlook()
    page.copy_button.click()
    certified = page.certificate().lines
    shown = qapp.clipboard().text() + repr(certified)
    assert "leyla7" not in shown
    assert ("Driver", "581.57") in certified
    assert "NVIDIA GeForce RTX 5070" in shown


def test_what_cannot_be_written_is_said(open_window: OpenWindow, tmp_path: Path) -> None:
    page = page_of(open_window("no-gpu"))
    page.save_report(tmp_path / "no folder" / "r.html")
    assert "could not be saved" in page.saved.text()


def test_a_scan_while_the_question_for_the_file_is_open(
    open_window: OpenWindow, qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    """The summary goes meanwhile; the file is written, and that is said once it is there again."""
    window = open_window("rtx5070-desktop")
    page = page_of(window)
    window.session.scan()
    assert window.session.scanning
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    for save, name in ((page.save_certificate, "x.png"), (page.save_report, "x.html")):
        save(tmp_path / name)
        assert (tmp_path / name).exists()
    qtbot.waitUntil(lambda: not window.session.scanning and page.saved.isVisible())
    assert "x.html" in page.saved.text().replace("\u200b", "").replace("\u2060", "")


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of dialogs, offscreen
def test_the_theme_changes_while_the_question_for_the_file_is_open(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """As by the system at sunset: the page that asked stays until it has its answer."""
    window = open_window("rtx5070-desktop")
    page = page_of(window)
    gone: list[object] = []
    page.destroyed.connect(lambda: gone.append(page))
    seen: list[bool] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        window.set_theme("dark" if window.session.state.theme == "light" else "light")
        qtbot.wait(500)
        seen.append(not gone)
        line = dialog.findChild(QLineEdit)
        assert isinstance(line, QLineEdit)
        line.setText(str(tmp_path / "x.html"))
        QTest.keyClick(line, Qt.Key.Key_Return)

    QTimer.singleShot(0, window, answer)
    page.save_button.click()
    assert seen == [True]
    assert (tmp_path / "x.html").exists()
    assert "Saved as" in page.saved.text()
    qtbot.waitUntil(lambda: bool(gone))
    assert window.page("finish") is not page


def test_the_certificate_has_what_was_measured(qapp: QApplication, tmp_path: Path) -> None:
    photographer = Photographer(qapp)
    scene = next(each for each in scenes() if each.id == "finish-complete")
    show = Show(load_machine(resource_folder("machines") / "t4-windows.json"))
    for picture in photographer.pictures(iter([(scene, show)]), "en", "dark"):
        page = picture.window.page("finish")
        assert isinstance(page, FinishPage)
        made = page.certificate()
        measured = picture.window.session.measured
        assert measured is not None and measured.speedup is not None
        assert made.title == "Setup complete"
        assert made.figures[0] == (f"{significant(measured.speedup)}×", "Speed-up")
        assert ("Graphics card", "Tesla T4") in made.lines
        assert "simulated" in made.ribbon, "never shown as measured"
        target = tmp_path / "Gün 4.png"
        page.save_certificate(target)
        shown = QImage(str(target))
        assert (shown.width(), shown.height()) == (2400, 1320)
        page.save_certificate(tmp_path / "nowhere" / "x.png")
        assert "could not be saved" in page.saved.text()


def test_there_is_no_certificate_for_what_is_not_complete(qapp: QApplication) -> None:
    photographer = Photographer(qapp)
    scene = next(each for each in scenes() if each.id == "finish-not-complete")
    show = Show(load_machine(resource_folder("machines") / "t4-windows.json"))
    for picture in photographer.pictures(iter([(scene, show)]), "en", "light"):
        page = picture.window.page("finish")
        words = [button.text() for button in page.findChildren(QPushButton)]
        assert not any("ertificate" in each for each in words)
