"""*Paste the error you got*: a text in, findings out, also after the language changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from wizard.pages.paste_box import PasteBox
from wizard.pages.verify import VerifyPage
from wizard.widgets.copy_box import CopyBox
from wizard.window import MainWindow

OpenWindow = Callable[..., MainWindow]

ERROR = "AssertionError: Torch not compiled with CUDA enabled\ntorch 2.9.0+cpu"


def box_of(window: MainWindow) -> PasteBox:
    window.go_to("verify")
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    return page.paste_box


def texts(box: PasteBox) -> str:
    return "\n".join(label.text() for label in box.findChildren(QLabel))


def ask(qtbot: QtBot, box: PasteBox, text: str, answer: str) -> None:
    box.edit.put(text)
    assert box.ask_button.isEnabled()
    box.ask_button.click()
    qtbot.waitUntil(lambda: answer in texts(box), timeout=20000)


def test_a_known_error_is_explained_and_leads_to_the_installation(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window("rtx5070-desktop")
    box = box_of(window)
    assert not box.ask_button.isEnabled()
    ask(qtbot, box, ERROR, "without CUDA")
    buttons = [each for each in box.findChildren(QPushButton) if "Install" in each.text()]
    buttons[0].click()
    assert window.session.state.page == "install"


def test_an_unknown_text_shows_what_was_read_and_a_text_for_a_forum(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    box = box_of(open_window("no-gpu"))
    ask(qtbot, box, "/home/aysel/x: zorp 42, torch 2.13.0+cu130", "No known cause")
    (forum,) = box.findChildren(CopyBox)
    shown = forum.text.toPlainText().replace("\u2060", "")
    assert "zorp 42" in shown
    assert "aysel" not in shown
    assert "2.13.0" in texts(box)


def test_ten_megabytes_are_looked_at_whole(open_window: OpenWindow, qtbot: QtBot) -> None:
    box = box_of(open_window("rtx5070-desktop"))
    data = QMimeData()
    data.setText(
        "x" * 5_000_000 + "\nOSError: [Errno 28] No space left on device\n" + "y" * 5_000_000
    )
    box.edit.insertFromMimeData(data)
    assert len(box.edit.toPlainText()) < 300_000
    box.ask_button.click()
    qtbot.waitUntil(lambda: "The disk is full" in texts(box), timeout=20000)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("File x.py, line 1, in main\n" * 3000, True),
        ("x" * 190_000, False),
        ("a\n" * 90_000, False),
        ("\n" * 90_000, False),
        ("File x.py, line 1, in main\n" * 30_000, False),
    ],
)
def test_of_what_qt_would_be_long_at_both_ends_are_shown(
    open_window: OpenWindow, text: str, whole: bool
) -> None:
    edit = box_of(open_window("no-gpu")).edit
    edit.put(text)
    assert edit.whole == text
    assert (edit.toPlainText() == text) is whole
    assert whole or len(edit.toPlainText()) < 10_000


def test_the_text_and_its_findings_survive_another_language(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window("rtx5070-desktop")
    ask(qtbot, box_of(window), ERROR, "without CUDA")
    window.session.set_language("az")
    box = box_of(window)
    assert box.edit.whole == ERROR
    qtbot.waitUntil(lambda: bool(box.findChildren(QPushButton)) and "CUDA" in texts(box))
    box.clear_button.click()
    assert box.edit.whole == ""
    assert window.session.pasted == ""


def test_closing_while_it_looks(open_window: OpenWindow) -> None:
    window = open_window("no-gpu")
    box = box_of(window)
    box.edit.put("driver " * 1_000_000)
    box.ask()
    window.close()
