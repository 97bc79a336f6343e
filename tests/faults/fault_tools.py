"""What several of the fault tests need."""

from __future__ import annotations

import json
import random
import shlex
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from wizard.detection.machine import Machine, machine_from_json
from wizard.paths import resource_folder
from wizard.window import MainWindow

OpenWindow = Callable[..., MainWindow]

_rubbish = Path.home() / "rubbish"  # a home folder that goes when the tests are over
_rubbish.write_bytes(random.Random(0).randbytes(200_000))
RUBBISH = shlex.quote(str(_rubbish))
"""For a shell: a file of bytes that mean nothing, the same in every run."""

PATIENCE = 60.0
"""Seconds: a limit for what takes a moment on an idle computer."""


def wait_for(what: Callable[[], bool], words: str) -> None:
    """For what happens outside of Qt's event loop."""
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, words
        time.sleep(0.01)


def children() -> list[psutil.Process]:
    """Processes of this one that are there and not merely waiting to be buried."""
    found: list[psutil.Process] = []
    for each in psutil.Process().children(recursive=True):
        try:
            if each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
        except psutil.NoSuchProcess:
            continue
    return found


def described(name: str) -> Machine:
    """One of the machines in ``resources/machines``."""
    path = resource_folder("machines") / f"{name}.json"
    return machine_from_json(json.loads(path.read_text("utf-8")))


def leave_dialogs() -> QTimer:
    """As long as the timer lives, a dialog that waits for an answer is closed as by its corner."""

    def leave() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            dialog.close()

    timer = QTimer()
    timer.timeout.connect(leave)
    timer.start(10)
    return timer
