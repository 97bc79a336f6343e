"""One function on a thread of its own, its result back in the window's thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal


class CallJob(QThread):
    """Runs ``function`` once; ``answered`` carries what it returned (errors come as results)."""

    answered = Signal(object)

    def __init__(self, function: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._function = function

    def run(self) -> None:
        self.answered.emit(self._function())

    def cancel(self) -> None:
        """Nothing to end early: the function keeps its own time limit."""
