"""What every fault has in common: afterwards nothing of it is left."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent / "installation"))  # the stand-in for conda

from fault_tools import PATIENCE, OpenWindow, children, described, wait_for  # noqa: E402  (after the path)

from wizard.app import make_window  # noqa: E402  (after the path)
from wizard.detection.machine import Machine  # noqa: E402  (after the path)
from wizard.installation import journal, one_at_a_time  # noqa: E402  (after the path)
from wizard.window import MainWindow  # noqa: E402  (after the path)

_TEMPORARY = ("state-", "installation-", "gpu-setup-wizard-")


@pytest.fixture(autouse=True)
def nothing_left(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The common assertion: no process, no thread, no temporary file, no lock."""
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    processes, threads = set(children()), set(threading.enumerate())
    yield temporary

    def new_threads() -> list[threading.Thread]:
        # Qt's threads are ended by whoever opened a window; Python only remembers their names.
        now = [each for each in threading.enumerate() if each not in threads]
        return [each for each in now if not isinstance(each, threading._DummyThread)]

    wait_for(lambda: not set(children()) - processes, f"left running: {children()}")
    wait_for(lambda: not new_threads(), f"left waiting: {new_threads()}")
    assert list(temporary.iterdir()) == []
    hidden = [path for path in home.rglob(".*") if path.name[1:].startswith(_TEMPORARY)]
    assert hidden == []
    assert not journal.someone_at_it()
    assert not one_at_a_time.lock_path().exists()


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
            timeout=int(PATIENCE * 1000),
        )
        return window

    yield open_one
    for window in opened:
        window.session.close()
        window.hide()
        window.deleteLater()
    qapp.processEvents()
    # At once: else the next window's stylesheet dresses all of this one as well.
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Path]:
    """``program(code, name="python")``: a file that is started and does what ``code`` says."""
    if sys.platform == "win32":
        pytest.skip("a script cannot pass for a program on Windows")

    def make(code: str, name: str = "python", start: str = f"{sys.executable} -IS") -> Path:
        path = tmp_path / "programs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{start}\n{code}\n", "utf-8")
        path.chmod(0o755)
        return path

    return make
