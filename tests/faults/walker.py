"""A user without a plan: presses, types, pastes and chooses by chance, and closes and opens again.

Everything follows from the seed, but for the threads' own timing.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from fault_tools import leave_dialogs
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QWidget,
)
from quick_jobs import ODD_TEXTS

from wizard.app import make_window
from wizard.pages.paste_box import PasteEdit
from wizard.state import PAGE_IDS
from wizard.text import LANGUAGES
from wizard.widgets import question
from wizard.window import MainWindow

_KEYS = (
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right),
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_F1, Qt.Key.Key_Menu, Qt.Key.Key_A),
)
_NO_KEY, _CONTROL, _ALT, _SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Walker:
    """``step`` does one thing; ``history`` says what the last ones were."""

    def __init__(self, app: QApplication, folder: Path, chance: random.Random) -> None:
        self._app = app
        self._dialogs = leave_dialogs()
        self._folder = folder
        self._chance = chance
        self.history: deque[str] = deque(maxlen=40)
        self.opened_links: list[str] = []
        self.windows = 0
        self.window = self._open()
        self._ways: tuple[tuple[int, Callable[[], str]], ...] = (
            (30, self._click_a_button),
            (14, self._press_a_key),
            (8, self._go_to_a_page),
            (5, self._choose_in_a_box),
            (4, self._change_language),
            (3, self._change_theme),
            (4, self._resize),
            (4, self._paste),
            (4, self._click_somewhere),
            (3, self._scan),
            (3, self._press_twice),
            (2, self._run_something),
            (2, self._wait),
            (1, self._close),
        )

    def stay_inside(self, monkeypatch: pytest.MonkeyPatch, elsewhere: Path) -> None:
        """What would open another window of the system answers by chance."""
        files = (
            "",
            str(elsewhere / "report.html"),
            str(elsewhere / "no folder" / "x.png"),
            str(elsewhere / "ə ğ.png"),
            "/dev/full",
        )

        def choose(*_words: object) -> tuple[str, str]:
            return self._chance.choice(files), ""

        monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
        monkeypatch.setattr(question, "ask", lambda *_a, **_k: self._chance.random() < 0.5)

        def open_url(address: object) -> bool:
            self.opened_links.append(address.toString())  # type: ignore[attr-defined]
            return True

        monkeypatch.setattr(QDesktopServices, "openUrl", open_url)

    def step(self) -> None:
        """One thing, and what follows from it."""
        weights, ways = zip(*self._ways, strict=True)
        self.history.append(self._chance.choices(ways, weights)[0]())
        self._app.processEvents()
        # The loop of the program does this on its own; between two steps none is running.
        self._app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if not self.window.isVisible():  # it was closed by a button, or by a key
            self._forget()
            self.window = self._open()
            self.history.append("open")

    def end(self) -> None:
        self._dialogs.stop()
        self.window.session.close()
        self._forget()

    def _open(self) -> MainWindow:
        window = make_window(self._app, folder=self._folder)
        window.show()
        self.windows += 1
        self._app.processEvents()
        return window

    def _forget(self) -> None:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
        self.window.session.close()
        self.window.hide()
        self.window.deleteLater()
        self._app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self._app.processEvents()

    # Things to do

    def _buttons(self) -> list[QAbstractButton]:
        return [
            each
            for each in self.window.findChildren(QAbstractButton)
            if each.isEnabled() and each.isVisible()
        ]

    def _click_a_button(self) -> str:
        buttons = self._buttons()
        if not buttons:
            return "no button"
        button = self._chance.choice(buttons)
        said = f"click {button.text() or button.accessibleName()!r}"
        button.click()
        return said

    def _press_twice(self) -> str:
        """Twice, whatever the first time did: it may be gone, or disabled."""
        buttons = self._buttons()
        if not buttons:
            return "no button"
        button = self._chance.choice(buttons)
        said = f"twice {button.text() or button.accessibleName()!r}"
        button.click()
        button.click()
        return said

    def _press_a_key(self) -> str:
        target = QApplication.activePopupWidget() or self.window.focusWidget() or self.window
        kind = self._chance.random()
        if kind < 0.1:
            letter = self._chance.choice(_LETTERS)
            QTest.keyClick(target, letter, _ALT)
            return f"Alt+{letter}"
        if kind < 0.2:
            letter = self._chance.choice("sacvxz")
            QTest.keyClick(target, letter, _CONTROL)
            return f"Ctrl+{letter}"
        key = self._chance.choice(_KEYS)
        QTest.keyClick(target, key, self._chance.choice((_NO_KEY, _NO_KEY, _SHIFT)))
        return f"key {key.name}"

    def _go_to_a_page(self) -> str:
        page = self._chance.choice(PAGE_IDS)
        self.window.go_to(page)
        return f"go to {page}"

    def _choose_in_a_box(self) -> str:
        boxes = [each for each in self.window.findChildren(QComboBox) if each.isVisible()]
        if not boxes:
            return "no box"
        box = self._chance.choice(boxes)
        index = self._chance.randrange(box.count())
        box.setCurrentIndex(index)
        box.activated.emit(index)
        return f"box {box.accessibleName()} {index}"

    def _change_language(self) -> str:
        language = self._chance.choice((*LANGUAGES, "xx"))
        self.window.set_language(language)
        return f"language {language}"

    def _change_theme(self) -> str:
        theme = self._chance.choice(("system", "light", "dark"))
        self.window.set_theme(theme)
        return f"theme {theme}"

    def _resize(self) -> str:
        size = self._chance.choice(((1, 1), (880, 520), (1000, 700), (1920, 1080), (3000, 650)))
        self.window.resize(*size)
        return f"resize {size}"

    def _paste(self) -> str:
        text = self._chance.choice(ODD_TEXTS)
        edits = [each for each in self.window.findChildren(PasteEdit) if each.isVisible()]
        QGuiApplication.clipboard().setText(text)
        if edits:
            data = QMimeData()
            data.setText(text)
            edits[0].insertFromMimeData(data)
        return f"paste {text[:20]!r} into {len(edits)}"

    def _click_somewhere(self) -> str:
        place = QPoint(
            self._chance.randrange(self.window.width()),
            self._chance.randrange(self.window.height()),
        )
        target = self.window.childAt(place)
        if not isinstance(target, QWidget):
            return "click nowhere"
        button = self._chance.choice((Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton))
        name = type(target).__name__
        popup = target.contextMenuPolicy() if isinstance(target, QLabel) else None
        QTest.mouseClick(target, button, pos=target.mapFrom(self.window, place))
        return f"click at {place.toTuple()} {name} {popup}"

    def _scan(self) -> str:
        self.window.session.scan()
        return "scan"

    def _run_something(self) -> str:
        """The wrong order: whatever is running, whatever page is shown."""
        session = self.window.session
        what = self._chance.choice(
            (
                *(session.verify, session.measure, session.stop, session.installing.ask),
                *(session.installing.install, session.installing.repair),
                *(session.installing.cancel, session.installing.remove),
                *(session.installing.dismiss, session.installing.leave),
                session.installing.delete,
                *(session.installing.look_back, session.forget_words),
            )
        )
        what()
        return f"call {what.__name__}"

    def _wait(self) -> str:
        QTest.qWait(self._chance.randrange(60))
        return "wait"

    def _close(self) -> str:
        self.window.close()
        return "close"
