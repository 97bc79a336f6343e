"""A window on this machine or on a described one, ended with everything it started."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from wizard.app import make_window
from wizard.detection.machine import Machine, machine_from_json
from wizard.paths import resource_folder
from wizard.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def described(name: str) -> Machine:
    """One of the machines in ``resources/machines``."""
    path = resource_folder("machines") / f"{name}.json"
    return machine_from_json(json.loads(path.read_text("utf-8")))


@pytest.fixture
def open_window(qapp: QApplication, qtbot: QtBot, home: Path) -> Iterator[OpenWindow]:
    """``open_window(machine=None, page=…, folder=…)``: shown, and its survey ended."""
    opened: list[MainWindow] = []

    def open_one(machine: str | Machine | None = None, **options: object) -> MainWindow:
        if isinstance(machine, str):
            machine = described(machine)
        options.setdefault("language", "en")
        options.setdefault("theme", "light")
        options.setdefault("folder", home / "data")
        window = make_window(qapp, machine, **options)  # type: ignore[arg-type]
        opened.append(window)
        window.show()
        qtbot.waitUntil(
            lambda: window.session.machine is not None and not window.session.scanning,
            timeout=30000,
        )
        return window

    yield open_one
    for window in opened:
        window.close()
        window.deleteLater()
    # At once: else the next window's stylesheet dresses all of this one as well.
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
