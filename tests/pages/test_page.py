"""What every page has from `Page`."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
from PySide6.QtWidgets import QApplication, QWidget
from wizard.pages.page import Page
from wizard.session import Session
from wizard.state import SetupState
from wizard.widgets.parts import label
from wizard.widgets.theme import apply_theme

app = QApplication(["page", "-style", "Fusion"])
apply_theme(app, "light")

class Contrary(QWidget):
    edge = 0
    def resizeEvent(self, event):
        height = 200 if self.width() >= self.edge else 100
        if self.height() != height:
            self.setFixedHeight(height)

class Odd(Page):
    def title_text(self): return "Title"
    def subtitle_text(self): return "Subtitle"
    def build(self):
        self.contrary = Contrary()
        self.add(self.contrary, label("words " * 20))

page = Odd(Session(SetupState(), None, None))
page.resize(700, 400)
page.show()
app.processEvents()
width = page.contrary.width()
for Contrary.edge in range(width - 14, width + 3):
    for height in range(200, 420, 3):
        for across in (700, 699):
            page.resize(across, height)
            app.processEvents()
print("end")
"""


def test_a_page_that_is_higher_where_it_is_wider_settles() -> None:
    """With a bar that comes by need, Qt goes back and forth until the stack is full."""
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=120
    )
    assert (ran.returncode, ran.stdout) == (0, "end\n"), ran.stderr[-500:]
