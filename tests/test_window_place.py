"""The window comes back where it was, never outside of every screen; Ctrl+S saves its picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from wizard import window_place
from wizard.app import make_window
from wizard.state import FILE_NAME, PAGE_IDS, SetupState, WindowPlace, load_state, save_state
from wizard.text import LANGUAGES
from wizard.window import MINIMUM, PREFERRED, MainWindow
from wizard.window_place import free_room


@pytest.fixture
def windows(qapp: QApplication) -> Iterator[list[MainWindow]]:
    opened: list[MainWindow] = []
    yield opened
    for window in opened:
        window.close()
        window.deleteLater()
    # At once: else the next window's stylesheet dresses all of this one as well.
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def opened(
    qapp: QApplication, folder: Path, windows: list[MainWindow], language: str = "en"
) -> MainWindow:
    window = make_window(qapp, language=language, theme="light", folder=folder)
    windows.append(window)
    window.show()
    return window


def test_size_and_place_come_back(
    qapp: QApplication, tmp_path: Path, windows: list[MainWindow]
) -> None:
    first = opened(qapp, tmp_path, windows)
    first.resize(900, 650)
    first.move(20, 30)
    first.close()
    assert load_state(tmp_path).state.window == WindowPlace(20, 30, 900, 650)
    second = opened(qapp, tmp_path, windows)
    assert (second.width(), second.height()) == (900, 650)
    assert (second.x(), second.y()) == (20, 30)


@pytest.mark.parametrize("place", [(9000, 9000), (-5000, 10), (10, -4000)])
def test_a_screen_that_is_gone_hides_no_window(
    qapp: QApplication, tmp_path: Path, windows: list[MainWindow], place: tuple[int, int]
) -> None:
    save_state(tmp_path, SetupState(window=WindowPlace(*place, 950, 640)))
    window = opened(qapp, tmp_path, windows)
    assert qapp.screenAt(window.geometry().center()) is not None


def test_a_window_larger_than_the_screen_is_made_to_fit(
    qapp: QApplication, tmp_path: Path, windows: list[MainWindow]
) -> None:
    save_state(tmp_path, SetupState(window=WindowPlace(0, 0, 30_000, 30_000)))
    window = opened(qapp, tmp_path, windows)
    assert free_room(qapp.primaryScreen()).contains(window.frameGeometry())


@pytest.mark.parametrize("corner", [(-400, 10), (1500, 20), (300, 900), (10, -5), (1900, 1070)])
def test_a_window_that_was_half_outside_comes_back_whole(
    qapp: QApplication, tmp_path: Path, windows: list[MainWindow], corner: tuple[int, int]
) -> None:
    save_state(tmp_path, SetupState(window=WindowPlace(*corner, 950, 640)))
    window = opened(qapp, tmp_path, windows)
    assert (window.width(), window.height()) == (950, 640)
    assert free_room(qapp.primaryScreen()).contains(window.frameGeometry())


def test_the_first_size(qapp: QApplication, tmp_path: Path, windows: list[MainWindow]) -> None:
    window = opened(qapp, tmp_path, windows)
    assert window.size() == PREFERRED and window.minimumSize() == MINIMUM


@pytest.mark.parametrize(
    "room", [QRect(0, 0, 911, 480), QRect(30, 20, 683, 384), QRect(0, 24, 640, 320)]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_window_with_less_room_than_the_minimum_scrolls_inside(
    qapp: QApplication,
    tmp_path: Path,
    windows: list[MainWindow],
    monkeypatch: pytest.MonkeyPatch,
    room: QRect,
    language: str,
) -> None:
    monkeypatch.setattr(window_place, "free_room", lambda _screen: room)
    save_state(tmp_path, SetupState(language, window=WindowPlace(0, 0, 950, 640)))
    window = opened(qapp, tmp_path, windows, language)
    for page in PAGE_IDS:
        window.go_to(page)
        QApplication.processEvents()
        assert room.contains(window.frameGeometry()), page
        for part in (window.next, window.back, window.language_choice, window.theme_choice):
            assert part.visibleRegion().boundingRect() == part.rect(), page
        step = window.rail.buttons[page]
        assert step.visibleRegion().boundingRect() == step.rect(), f"the step of {page}"


@pytest.mark.parametrize("window", [{"x": "1"}, {"width": None}, [], {"maximized": 3}])
def test_a_damaged_place_is_damage_like_any_other(tmp_path: Path, window: object) -> None:
    save_state(tmp_path, SetupState())
    path = tmp_path / FILE_NAME
    data = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**data, "window": window}), "utf-8")
    loaded = load_state(tmp_path)
    assert loaded.state == SetupState()
    assert loaded.set_aside is not None


def test_numbers_beyond_any_screen_are_no_crash(
    qapp: QApplication, tmp_path: Path, windows: list[MainWindow]
) -> None:
    save_state(tmp_path, SetupState())
    path = tmp_path / FILE_NAME
    data = json.loads(path.read_text("utf-8"))
    place = {"x": 10**30, "y": -(10**30), "width": 10**12, "height": 0, "maximized": False}
    path.write_text(json.dumps({**data, "window": place}), "utf-8")
    assert opened(qapp, tmp_path, windows).isVisible()


def test_ctrl_s_saves_a_picture(
    qapp: QApplication,
    qtbot: QtBot,
    tmp_path: Path,
    windows: list[MainWindow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = opened(qapp, tmp_path, windows)
    target = tmp_path / "səhifə.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    image = QImage(str(target))
    assert image.width() >= window.width()
    window.save_picture(str(tmp_path / "none" / "x.png"))
    assert any("could not be saved" in label.text() for label in window.findChildren(QLabel))
