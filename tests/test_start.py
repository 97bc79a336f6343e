"""The first page comes at once: what it does not need is not loaded before it is painted."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from wizard.text import LANGUAGES

_PROGRAM = """
import json, sys
from PySide6 import QtCore
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from wizard import text
from wizard.app import make_window

text.set_language(sys.argv[1])
later = []
look_up = text._Later.gettext
text._Later.gettext = lambda self, message: later.append(message) or look_up(self, message)

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, tell)
        return False

def tell():
    seen = {"modules": sorted(sys.modules), "namespace": "Qt" in vars(QtCore), "later": later}
    print(json.dumps(seen))
    QApplication.quit()

app = QApplication([])
window = make_window(app, language=sys.argv[1])
watcher = FirstPaint()
window.installEventFilter(watcher)
window.show()
app.exec()
window.session.close()
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_loads_nothing_it_does_not_need(language: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, language],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    seen = json.loads(ran.stdout)
    late = {"numpy", "pyqtgraph", "torch", "psutil", "pynvml"}
    late |= {"wizard.detection.machine", "wizard.detection.survey", "wizard.advice.catalog"}
    assert late.isdisjoint(seen["modules"])
    assert not seen["namespace"], "the enums of QtCore.Qt take 15 ms"
    assert seen["later"] == [], "looked for in the complete catalog, which takes 2 ms"


_ORDER = """
import sys
from wizard import cli

class BeforeTheWindow:
    def find_spec(self, name, path=None, target=None):
        if name == "wizard.app":
            print("PySide6" in sys.modules, *sorted(sys.modules))
            raise ImportError("seen")

sys.meta_path.insert(0, BeforeTheWindow())
cli.main([])
"""


def test_what_needs_no_qt_is_loaded_before_it() -> None:
    """PySide6 reads the source of every module that is imported after it, 0.15 ms each."""
    ran = subprocess.run(
        [sys.executable, "-c", _ORDER], capture_output=True, text=True, timeout=60, check=False
    )
    qt, *loaded = ran.stdout.split()
    assert qt == "False"
    assert {"wizard.state", "wizard.runs", "wizard.text.names", "platformdirs"} <= set(loaded)
    assert "wizard.widgets.tokens" in loaded
