"""Qt's own words in the language of now: no file of Qt's own knows Azerbaijani."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit
from pytestqt.qtbot import QtBot

from wizard import text
from wizard.text import LANGUAGES
from wizard.widgets import qt_words


def words(menu: QMenu | None) -> set[str]:
    assert menu is not None
    return {action.text().partition("\t")[0].replace("&", "") for action in menu.actions()} - {""}


@pytest.fixture
def fields(qapp: QApplication, qtbot: QtBot) -> tuple[QPlainTextEdit, QLineEdit]:
    qt_words.install(qapp)
    fields = QPlainTextEdit("text"), QLineEdit("text")
    for field in fields:
        qtbot.addWidget(field)
    return fields


def test_the_menu_of_a_text_field_speaks_azerbaijani(
    fields: tuple[QPlainTextEdit, QLineEdit],
) -> None:
    text.set_language("az")
    for field in fields:
        assert {"Kopyala", "Yapışdır", "Hamısını seç"} <= words(field.createStandardContextMenu())


def test_the_language_can_change_at_any_time(fields: tuple[QPlainTextEdit, QLineEdit]) -> None:
    text.set_language("az")
    assert "Kopyala" in words(fields[0].createStandardContextMenu())
    text.set_language("en")
    assert {"Copy", "Paste", "Select All"} <= words(fields[0].createStandardContextMenu())


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_no_word_of_a_menu_stays_english(
    fields: tuple[QPlainTextEdit, QLineEdit], language: str
) -> None:
    english = words(fields[0].createStandardContextMenu())
    text.set_language(language)
    assert not english & words(fields[0].createStandardContextMenu())


def test_installing_twice_is_installing_once(qapp: QApplication) -> None:
    qt_words.install(qapp)
    qt_words.install(qapp)
    assert len(qapp.findChildren(qt_words.QtWords)) == 1
