"""At the smallest window nothing is cut, in any language, on any of the sample machines."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QWidget

from wizard import text
from wizard.course.pictures import Photographer
from wizard.course.played import Show
from wizard.course.scenes import Scene, scenes
from wizard.detection.description import load_machine
from wizard.paths import resource_folder
from wizard.state import PAGE_IDS
from wizard.text import LANGUAGES
from wizard.window import MINIMUM, MainWindow

OpenWindow = Callable[..., MainWindow]
MACHINES = sorted(path.stem for path in resource_folder("machines").glob("*.json"))


def cut_texts(widget: QWidget) -> list[str]:
    """Texts that have less room than they need."""
    cut: list[str] = []
    for item in widget.findChildren(QLabel):
        if not item.isVisible() or not item.text():
            continue
        if item.wordWrap():
            # A space that forbids a break joins words to one.
            words = re.split("[ \n\u200b]+", item.text())
            needs_width = max(map(item.fontMetrics().horizontalAdvance, words))
            fits = item.height() >= item.heightForWidth(item.width()) - 1
            fits = fits and item.width() >= needs_width
        else:
            fits = item.width() >= item.sizeHint().width()
        if not fits:
            cut.append(f"{item.text()!r}: {item.size()}")
    cut += [
        f"button {item.text()!r}"
        for item in widget.findChildren(QPushButton)
        if item.isVisible() and item.width() < item.sizeHint().width()
    ]
    return cut


def lowest(body: QWidget) -> int:
    """Where the last thing that is seen on a page ends."""
    shown = (child for child in body.findChildren(QFrame) if child.isVisible())
    return max(child.mapTo(body, child.rect().bottomLeft()).y() for child in shown)


class Stretched(gettext.NullTranslations):
    """English with words that are 40 % longer, as some language's are one day."""

    def gettext(self, message: str) -> str:
        return stretched(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return stretched(msgid1 if n == 1 else msgid2)


def stretched(message: str) -> str:
    """Every word longer by two fifths; names, units and what stands in braces stay."""
    parts = re.split(r"(\{[^}]*\}|\s+)", message)
    return "".join(
        part
        if not part or part[0] in "{ \n" or "_" in part or part.endswith("/s")
        else part + "ə" * round(len(part) * 0.4)
        for part in parts
    )


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_at_the_smallest_window(
    open_window: OpenWindow, machine: str, language: str
) -> None:
    walk_through(open_window(machine, language=language))


@pytest.fixture
def longer(monkeypatch: pytest.MonkeyPatch) -> str:
    """The code of a language that is longer by two fifths; what is remembered of it is its own."""
    monkeypatch.setitem(LANGUAGES, "xx", "X")
    monkeypatch.setattr(text, "_catalog", lambda _file: Stretched())
    return "xx"


@pytest.mark.parametrize("machine", ["rtx5070-desktop", "no-gpu", "gtx1060-laptop-linux"])
def test_nor_with_texts_that_are_longer_by_two_fifths(
    open_window: OpenWindow, machine: str, longer: str
) -> None:
    window = open_window(machine, language=longer)
    assert any("əəə" in label.text() for label in window.findChildren(QLabel))
    walk_through(window)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nor_in_any_state_that_a_student_meets(qapp: QApplication, language: str) -> None:
    look_at_every_state(qapp, language, stretched_texts=False)


def test_nor_in_any_state_with_longer_texts(qapp: QApplication, longer: str) -> None:
    look_at_every_state(qapp, longer, stretched_texts=True)


def look_at_every_state(qapp: QApplication, language: str, *, stretched_texts: bool) -> None:
    """The smallest window in each of the states of which there are pictures."""
    photographer = Photographer(qapp, size=MINIMUM)
    machines: dict[str, Show] = {}
    shown: list[tuple[Scene, Show]] = []
    for scene in scenes():
        name = scene.machine or "t4-windows"
        if name not in machines:
            machines[name] = Show(load_machine(resource_folder("machines") / f"{name}.json"))
        shown.append((scene, machines[name]))
    wrong: list[object] = []
    for picture in photographer.pictures(iter(shown), language, "light"):
        page = picture.window.page(picture.scene.page)
        body = page.widget()
        labels = picture.window.findChildren(QLabel)
        assert any("əəə" in label.text() for label in labels) is stretched_texts
        if body.width() > page.viewport().width() or picture.window.size() != MINIMUM:
            wrong.append((picture.scene.id, body.width(), picture.window.size()))
        wrong += [(picture.scene.id, text) for text in cut_texts(picture.window)]
    assert wrong == [] and len(shown) > 30


def walk_through(window: MainWindow) -> None:
    """Every page in the smallest window: nothing cut, no sideways scrolling, no empty end."""
    window.resize(MINIMUM)
    for page in PAGE_IDS:
        window.go_to(page)
        QApplication.processEvents()
        shown = window.page(page)
        body = shown.widget()
        assert body.width() <= shown.viewport().width(), f"{page} is wider than the window"
        assert cut_texts(window) == [], page
        scrolled = shown.verticalScrollBar().maximum() + shown.viewport().height()
        blank = scrolled - max(shown.viewport().height(), lowest(body))
        assert blank <= 40, f"{page} scrolls {blank} pixels into nothing"
    assert window.size() == MINIMUM
