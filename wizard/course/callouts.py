"""Numbered marks on a picture, and below it what each number means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from wizard.pages.page import Page
from wizard.text import _
from wizard.widgets.theme import XL, M, S, current_theme, text_font
from wizard.window import MainWindow

_RADIUS = 13.0
_FONT = 13
_BESIDE = 10
"""Left of what it points to, so that no letter is covered."""
Find = Callable[[MainWindow, Page], "QWidget | None"]


@dataclass(frozen=True)
class Callout:
    """What a number points to, and what is said of it."""

    find: Find
    words: Callable[[], str]


@dataclass(frozen=True)
class Mark:
    """A number on the picture: its place in the window's own pixels."""

    at: QPoint
    words: str


def marks(scene: str, window: MainWindow) -> tuple[Mark, ...]:
    """The marks of a scene; what is not in sight gets none."""
    page = window.page(window.session.state.page)
    found: list[Mark] = []
    for callout in _CALLOUTS.get(scene, ()):
        widget = callout.find(window, page)
        if widget is None or not widget.isVisible():
            continue
        corner = widget.mapTo(window, QPoint(0, 0))
        seen = widget.visibleRegion().boundingRect()
        if seen.isEmpty() or seen.top() > 2 * _RADIUS:
            continue
        middle = QPoint(corner.x() - _BESIDE, corner.y() + min(widget.height() // 2, 24))
        found.append(Mark(middle, callout.words()))
    return tuple(found)


def with_marks(image: QImage, found: tuple[Mark, ...]) -> QImage:
    """The picture with its marks, and the legend below; the picture itself where there is none."""
    if not found:
        return image
    scale = image.devicePixelRatio()
    width = image.width() / scale
    below = _legend_height(found, width)
    whole = QImage(image.width(), image.height() + round(below * scale), QImage.Format.Format_RGB32)
    whole.setDevicePixelRatio(scale)
    theme = current_theme()
    whole.fill(theme.color("card"))
    painter = QPainter(whole)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawImage(QPointF(0, 0), image)
    for number, mark in enumerate(found, start=1):
        _draw_number(painter, QPointF(mark.at), number)
    top = image.height() / scale + M
    for number, mark in enumerate(found, start=1):
        height = _line_height(mark.words, width)
        _draw_number(painter, QPointF(XL + _RADIUS, top + _RADIUS), number)
        painter.setPen(theme.color("text"))
        painter.setFont(text_font(_FONT + 1))
        box = QRectF(_text_left(), top, width - _text_left() - XL, height)
        painter.drawText(box, _WRAPPED, mark.words)
        top += height + S
    painter.end()
    return whole


_WRAPPED = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter)


def _text_left() -> float:
    return XL + 2 * _RADIUS + M


def _line_height(words: str, width: float) -> float:
    metrics = QFontMetricsF(text_font(_FONT + 1))
    box = QRectF(0, 0, width - _text_left() - XL, 1000)
    return max(2 * _RADIUS, metrics.boundingRect(box, _WRAPPED, words).height())


def _legend_height(found: tuple[Mark, ...], width: float) -> float:
    return 2 * M + sum(_line_height(mark.words, width) + S for mark in found) - S


def _draw_number(painter: QPainter, centre: QPointF, number: int) -> None:
    theme = current_theme()
    centre = QPointF(max(centre.x(), _RADIUS + 2), max(centre.y(), _RADIUS + 2))
    painter.setPen(QPen(QColor(theme.colors["card"]), 2.5))
    painter.setBrush(theme.color("warning"))
    painter.drawEllipse(centre, _RADIUS, _RADIUS)
    painter.setPen(theme.color("card"))
    painter.setFont(text_font(_FONT, strong=True))
    box = QRectF(centre.x() - _RADIUS, centre.y() - _RADIUS, 2 * _RADIUS, 2 * _RADIUS)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(number))


def _part(name: str) -> Find:
    """A part of the page, by the name of its attribute."""
    return lambda _window, page: getattr(page, name, None)


def _row(name: str) -> Find:
    """A line of a check list."""
    return lambda _window, page: getattr(page, "rows", {}).get(name)


def _next(window: MainWindow, _page: Page) -> QWidget:
    return window.next


def _rail(window: MainWindow, _page: Page) -> QWidget:
    return window.rail.buttons[window.session.state.page]


def _of_install_card(name: str) -> Find:
    def find(_window: MainWindow, page: Page) -> QWidget | None:
        return getattr(getattr(page, "install_card", None), name, None)

    return find


def _copy_button(_window: MainWindow, page: Page) -> QWidget | None:
    return getattr(getattr(page, "command_box", None), "button", None)


_NEXT = Callout(_next, lambda: _("Go on to the next step."))
_COMPUTER = (
    Callout(_row("gpu"), lambda: _("The graphics card, and whether CUDA runs on it.")),
    Callout(_row("driver"), lambda: _("The driver, and whether it is new enough.")),
    Callout(_part("again"), lambda: _("After a change: look again.")),
    _NEXT,
)
_INSTALL = (
    Callout(_part("tabs"), lambda: _("Other ways to the same; the first is recommended.")),
    Callout(_part("command_box"), lambda: _("The command, made for this computer.")),
    Callout(_copy_button, lambda: _("Copies the command.")),
    Callout(_part("shells"), lambda: _("Which terminal it is written for.")),
    Callout(_of_install_card("action"), lambda: _("Lets the wizard run it, after a look.")),
)
_VERIFIED = (
    Callout(_part("run_button"), lambda: _("Runs the check; it can be run again at any time.")),
    Callout(_part("answer"), lambda: _("The answer to the third line of the course.")),
    Callout(_row("gpu_matmul"), lambda: _("A real product of matrices on the GPU, compared.")),
    Callout(_row("gpu_training_step"), lambda: _("A real training step on the GPU, compared.")),
)
_CALLOUTS: dict[str, tuple[Callout, ...]] = {
    "welcome": (
        Callout(_part("languages"), lambda: _("The language of the wizard.")),
        Callout(_rail, lambda: _("The steps: a tick stands at each that is done.")),
        _NEXT,
    ),
    **dict.fromkeys(
        ("computer-ready", "computer-no-driver", "computer-old-driver", "computer-no-nvidia"),
        _COMPUTER,
    ),
    "environment-there": (
        Callout(_part("list_card"), lambda: _("All environments that were found.")),
        Callout(_part("activate_box"), lambda: _("What to type first in every new terminal.")),
    ),
    "environment-missing": (
        Callout(_part("create_box"), lambda: _("The command that makes the environment.")),
        Callout(_part("look_again"), lambda: _("After a change: look again.")),
    ),
    **dict.fromkeys(("install-command", "install-pip", "install-course"), _INSTALL),
    "install-asked": (
        Callout(_of_install_card("action"), lambda: _("Only now anything is installed.")),
    ),
    "install-running": (
        Callout(_of_install_card("bar"), lambda: _("How far it is, measured on the disk.")),
        Callout(_of_install_card("action"), lambda: _("Stops everything within three seconds.")),
    ),
    "verify-true": _VERIFIED,
    "verify-running": _VERIFIED,
    "verify-cpu-only-build": _VERIFIED[:2],
    "benchmark-done": (
        Callout(_part("speedup"), lambda: _("How many times as fast the GPU is.")),
        Callout(_part("plot_card"), lambda: _("Speed by size of the matrices, on both.")),
        Callout(_part("training_card"), lambda: _("The same for a step of training.")),
    ),
    "finish-complete": (
        Callout(_part("copy_button"), lambda: _("A summary for your teacher or a forum.")),
        Callout(_part("save_button"), lambda: _("The whole report, as a page.")),
    ),
}
