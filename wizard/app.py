"""The window's front door: puts state, session, theme and window together."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from wizard import __version__, text
from wizard.files import write_private
from wizard.paths import APP_NAME, resource_folder, user_data_folder
from wizard.session import Session
from wizard.state import PAGE_IDS, Loaded, SetupState, load_state
from wizard.text import _
from wizard.widgets.theme import choose_theme, current_theme, dress, resolve
from wizard.window import MainWindow

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from wizard.detection.machine import Machine


def run_window(
    described: Machine | None = None,
    *,
    language: str | None = None,
    theme: str | None = None,
    page: str | None = None,
) -> int:
    """Show the wizard until it is closed; returns the exit code of the event loop."""
    # As a word of its command line: `setStyle` makes all enums of QStyle before anything is shown.
    app = QApplication.instance() or QApplication([APP_NAME, "-style", "Fusion"])
    assert isinstance(app, QApplication)
    app.setApplicationVersion(__version__)
    window = make_window(app, described, language=language, theme=theme, page=page)
    sys.excepthook = _Guard(window)
    window.first_painted.connect(lambda: _settle(app, window))
    window.show()
    code = app.exec()
    window.session.close()
    return code


def make_window(
    app: QApplication,
    described: Machine | None = None,
    *,
    language: str | None = None,
    theme: str | None = None,
    page: str | None = None,
    folder: Path | None = None,
) -> MainWindow:
    """The window, not yet shown; it looks at the computer as soon as it is on the screen."""
    folder = folder or user_data_folder()
    loaded = load_state(folder) if described is None else Loaded(SetupState())
    state = loaded.state
    if theme in ("system", "light", "dark"):
        state = state._replace(theme=theme)
    state = state.visit(page if page in PAGE_IDS else state.page)
    text.set_language(language or state.language or text.system_language())
    app.setApplicationDisplayName(_("GPU Setup Wizard"))
    choose_theme(app, resolve(state.theme))
    session = Session(state, folder, described)
    window = MainWindow(session)
    dress(app)
    if loaded.problem:
        window.show_notice(_damaged(loaded))
    window.first_painted.connect(session.scan)
    return window


def _settle(app: QApplication, window: MainWindow) -> None:
    """What can wait until the first page is there."""
    gc.enable()
    gc.freeze()
    from PySide6.QtGui import QIcon

    from wizard.widgets import qt_words

    qt_words.install(app)
    app.setWindowIcon(QIcon(str(resource_folder("icons") / "app.svg")))
    if resolve(window.session.state.theme) != current_theme().scheme:
        window.follow_system()  # the system's palette had told something else than its scheme
    stop_on_signals(app, window)


def _damaged(loaded: Loaded) -> str:
    if loaded.set_aside is None:
        return _(
            "Your earlier progress could not be read, so the wizard starts from the beginning."
        )
    return _(
        "Your earlier progress was damaged and could not be read. It was kept as {file}; "
        "the wizard starts from the beginning."
    ).format(file=loaded.set_aside.name)


def stop_on_signals(app: QApplication, window: MainWindow) -> None:
    """Let Ctrl+C in the terminal close the window: Qt's loop gives Python no turn on its own.

    A signal writes a byte, and reading that is a turn; a timer would wake an idle computer. Where
    the system ends the program, nobody is asked, and an installation does not go on alone.
    """
    import signal
    import socket

    from PySide6.QtCore import QSocketNotifier

    read, write = socket.socketpair()
    write.setblocking(False)
    notifier = QSocketNotifier(read.fileno(), QSocketNotifier.Type.Read, app)
    notifier.activated.connect(lambda *_: read.recv(64))
    signal.set_wakeup_fd(write.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, lambda _number, _frame: app.closeAllWindows())

    def end(_number: int, _frame: object) -> None:
        window.asks = False
        app.closeAllWindows()

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # as by nohup
            signal.signal(number, end)


class _Guard(QObject):
    """An error nobody foresaw becomes a sentence, and its details a file; never a traceback."""

    _failed = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        # A worker's thread may not touch the window: the signal takes the words to its thread.
        self._failed.connect(self._show)

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        import traceback

        details = "".join(traceback.format_exception(kind, error, trace))
        path: Path | None = user_data_folder() / "logs" / "error.txt"
        if write_private(path, details) is not None:
            path = None
        words = _("Something went wrong inside the wizard. Please close it and start it again.")
        if path is not None:
            words += " " + _("The details are in {file}.").format(file=path)
        self._failed.emit(words)

    def _show(self, words: str) -> None:
        self._window.show_notice(words)
