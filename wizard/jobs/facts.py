"""Asking for newer facts from the window."""

from __future__ import annotations

import queue
import threading

from PySide6.QtCore import QObject, QThread, Signal

from wizard.advice.fresh_facts import Update, update
from wizard.catalog.signed import FactsError

_Answer = Update | FactsError | None


class FactsJob(QThread):
    """Asks the address that was built in."""

    answered = Signal(object)
    """`Update` or `FactsError`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cancelled = threading.Event()
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()

    def run(self) -> None:
        # A daemon: a server that never answers must not keep the window from closing.
        asker = threading.Thread(
            target=_ask, args=(self._answers, self._cancelled), name="facts", daemon=True
        )
        asker.start()
        if (answer := self._answers.get()) is not None and not self._cancelled.is_set():
            self.answered.emit(answer)

    def cancel(self) -> None:
        """Say nothing more; what was not laid down by now is left."""
        self._cancelled.set()
        self._answers.put(None)


def _ask(answers: queue.SimpleQueue[_Answer], cancelled: threading.Event) -> None:
    answer: _Answer = None  # an error nobody foresaw: the thread says it on standard error
    try:
        answer = update(cancelled=cancelled.is_set)
    except FactsError as error:
        answer = error
    finally:
        answers.put(answer)
