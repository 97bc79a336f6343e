"""*Paste the error you got*: a text in, findings out, also after the language changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from causes.private_forms import made
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from wizard.pages.paste_box import PasteBox
from wizard.pages.verify import VerifyPage
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.theme import style_hints
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


def test_what_is_sent_is_shown_before_it_is_copied(
    open_window: OpenWindow, qtbot: QtBot, qapp: QApplication
) -> None:
    window = open_window("no-gpu")
    box = box_of(window)
    token = made("hf_", 34)
    said = "\n".join(f"line {number} of /home/aysel7/x" for number in range(70))
    qapp.clipboard().setText("nothing yet")
    ask(qtbot, box, f"{said}\nzorp \u202e{token}", "No known cause")
    (forum,) = box.findChildren(CopyBox)
    shown = forum.text.toPlainText().replace("\u2060", "").replace("\u00a0", " ")
    qtbot.waitUntil(lambda: forum.text.isVisibleTo(box))
    assert forum.text.isReadOnly()
    assert qapp.clipboard().text() == "nothing yet"
    forum.button.click()
    assert qapp.clipboard().text() == shown
    assert "line 69 of /home/USER/x" in shown
    assert token not in shown
    # All of it is seen: the box is as high as its lines, and scrolls with the page alone.
    lines = forum.text.document().blockCount()
    assert forum.text.height() >= lines * QFontMetrics(forum.text.font()).height()


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


def box_now(window: MainWindow) -> PasteBox:
    """The one that is shown, without going anywhere."""
    page = window.page("verify")
    assert isinstance(page, VerifyPage)
    return page.paste_box


@pytest.mark.parametrize("way", ["language", "theme", "the system's colours", "the contrast"])
@pytest.mark.parametrize("text", [ERROR, "x" * 300_000 + ERROR], ids=["short", "long"])
def test_what_was_typed_and_not_yet_asked_survives(
    open_window: OpenWindow, qtbot: QtBot, way: str, text: str
) -> None:
    window = open_window("no-gpu", page="verify")
    box = box_now(window)
    box.edit.put(text)
    box.edit.setFocus()
    cursor = box.edit.textCursor()
    cursor.setPosition(9)
    box.edit.setTextCursor(cursor)
    if way == "language":
        window.set_language("az")
    elif way == "theme":
        window.set_theme("dark")
    elif way == "the system's colours":
        style_hints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    else:
        style_hints().accessibility().contrastPreferenceChanged.emit(
            Qt.ContrastPreference.HighContrast
        )
    qtbot.waitUntil(lambda: box_now(window) is not box)
    again = box_now(window)
    assert again.edit.whole == text
    assert again.edit.textCursor().position() == 9
    assert window.focusWidget() is again.edit
    assert again.ask_button.isEnabled()
    assert not window.session.pasted  # nobody has asked
    again.clear_button.click()
    window.set_theme("light")
    qtbot.waitUntil(lambda: box_now(window) is not again)
    assert box_now(window).edit.whole == ""


def test_what_was_typed_after_the_answer_survives_with_the_answer(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    window = open_window("rtx5070-desktop", page="verify")
    box = box_now(window)
    ask(qtbot, box, ERROR, "without CUDA")
    box.edit.put("another text")
    window.set_theme("dark")
    qtbot.waitUntil(lambda: box_now(window) is not box)
    again = box_now(window)
    assert again.edit.whole == "another text"
    qtbot.waitUntil(lambda: "without CUDA" in texts(again), timeout=20000)
