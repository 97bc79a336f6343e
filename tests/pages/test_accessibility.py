"""The whole wizard by keyboard and by ear."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from wizard.state import PAGE_IDS
from wizard.text import LANGUAGES
from wizard.widgets.focus_order import stops
from wizard.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def spoken(widget: QWidget) -> str:
    """What a screen reader calls it."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name)


def all_stops(window: MainWindow) -> list[QWidget]:
    return stops(window, (window,))


@pytest.mark.parametrize("machine", ["t4-windows", "rtx5070-desktop-old-driver", "no-gpu"])
@pytest.mark.parametrize("language", ["az", "ru"])
def test_everything_that_can_be_reached_has_a_name(
    open_window: OpenWindow, machine: str, language: str
) -> None:
    window = open_window(machine, language=language)
    for page in PAGE_IDS:
        window.go_to(page)
        found = all_stops(window)
        assert len(found) > 9
        nameless = [widget for widget in found if not spoken(widget).strip()]
        assert nameless == [], page


@pytest.mark.parametrize("page", PAGE_IDS)
def test_tab_goes_from_the_rail_through_the_page_to_the_buttons(
    qtbot: QtBot, open_window: OpenWindow, page: str
) -> None:
    window = open_window("t4-windows", page=page)
    window.page(page).show()  # type: ignore[arg-type]
    expected = all_stops(window)
    first = window.rail.buttons[PAGE_IDS[0]]
    first.setFocus()
    seen: list[QWidget] = []
    while not seen or window.focusWidget() is not first:
        focused = window.focusWidget()
        assert focused is not None and focused not in seen
        seen.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert set(seen) == set(expected)
    regions = [
        0 if window.rail.isAncestorOf(each) else 1 if window.stack.isAncestorOf(each) else 2
        for each in seen
    ]
    assert regions == sorted(regions) and {0, 2} <= set(regions)
    qtbot.keyClick(first, Qt.Key.Key_Backtab)
    assert window.focusWidget() is seen[-1]


def test_what_tab_reaches_is_scrolled_into_sight(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window("t4-windows", page="install")
    page = window.page("install")
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 0)  # it is laid out
    for _step in range(60):
        qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
        focused = window.focusWidget()
        assert focused is not None
        if page.isAncestorOf(focused):
            assert not focused.visibleRegion().isEmpty()


def test_states_are_announced(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(
        QAccessible, "updateAccessibility", lambda event: said.append(event.message())
    )
    window = open_window("t4-windows", page="install")
    box = window.page("install").command_box  # type: ignore[attr-defined]
    qtbot.waitUntil(box.button.isVisible)  # what is not seen is not announced
    box.copy()
    window.show_notice("Something is to be known")
    window.go_to("verify")
    window.page("verify").status.setText("")  # type: ignore[attr-defined]
    window.page("verify").show_run()  # type: ignore[attr-defined]
    assert said == ["Copied", "Something is to be known", "Not checked yet."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_mnemonics_do_not_clash(open_window: OpenWindow, language: str) -> None:
    from PySide6.QtWidgets import QPushButton

    window = open_window("t4-windows", language=language)
    for page in PAGE_IDS:
        window.go_to(page)
        keys = [
            button.text()[button.text().index("&") + 1].lower()
            for button in window.findChildren(QPushButton)
            if button.isVisible() and "&" in button.text().replace("&&", "")
        ]
        assert len(keys) == len(set(keys)), (page, keys)
