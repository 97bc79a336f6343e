"""The day's certificate: a picture with what was really measured."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPainterPath

from wizard.text import _
from wizard.widgets.theme import Theme, load_theme, text_font

WIDTH, HEIGHT = 1200, 660
_BAND = 300
_LEFT = _BAND + 64
_RIGHT = 64
_WRAPPED = int(Qt.TextFlag.TextWordWrap)


@dataclass(frozen=True)
class Certificate:
    """What stands on it; figures that were not measured are not there."""

    title: str
    sentence: str
    figures: tuple[tuple[str, str], ...]
    """A large figure and what it is; three at most are shown."""
    lines: tuple[tuple[str, str], ...]
    """Names and values: card, driver, PyTorch."""
    date: str
    ribbon: str = ""
    """That it is of a simulated machine."""


def draw(certificate: Certificate, scale: float = 2.0) -> QImage:
    """The picture, in the light theme: it is to be printed or sent."""
    theme = load_theme("light")
    image = QImage(round(WIDTH * scale), round(HEIGHT * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(theme.color("window"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_band(painter, theme)
    _draw_words(painter, theme, certificate)
    painter.end()
    return image


def _draw_band(painter: QPainter, theme: Theme) -> None:
    painter.fillRect(QRectF(0, 0, _BAND, HEIGHT), theme.color("rail"))
    painter.setPen(theme.color("rail_text"))
    _write(painter, (40, 56, _BAND - 72), text_font(22, strong=True), _("GPU Setup"))
    painter.setPen(theme.color("rail_muted"))
    course = _("50 days of AI · day 4").replace(" · ", "\n")
    _write(painter, (40, 96, _BAND - 72), text_font(16), course)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("rail_done"))
    painter.drawEllipse(QRectF(86, 266, 128, 128))
    tick = QPainterPath()
    tick.moveTo(118, 332)
    tick.lineTo(141, 354)
    tick.lineTo(184, 308)
    pen = painter.pen()
    pen.setStyle(Qt.PenStyle.SolidLine)
    pen.setColor(theme.color("rail_text"))
    pen.setWidthF(9)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(tick)


def _draw_words(painter: QPainter, theme: Theme, certificate: Certificate) -> None:
    width = WIDTH - _LEFT - _RIGHT
    top = 56.0
    if certificate.ribbon:
        painter.setPen(theme.color("warning"))
        top += 12 + _write(
            painter, (_LEFT, top, width), text_font(17, strong=True), certificate.ribbon
        )
    painter.setPen(theme.color("text"))
    top += 10 + _write(painter, (_LEFT, top, width), text_font(42, strong=True), certificate.title)
    painter.setPen(theme.color("muted"))
    top += 30 + _write(painter, (_LEFT, top, width), text_font(20), certificate.sentence)
    figures = certificate.figures[:3]
    if figures:
        top += 34 + _draw_figures(painter, theme, figures, top)
    for name, value in certificate.lines:
        painter.setPen(theme.color("muted"))
        first = _write(painter, (_LEFT, top, 240), text_font(18), name)
        painter.setPen(theme.color("text"))
        second = _write(painter, (_LEFT + 250, top, width - 250), text_font(18), value)
        top += max(first, second) + 10
    painter.setPen(theme.color("muted"))
    said = certificate.date + " · "
    said += (
        _("GPU Setup Wizard")
        if certificate.ribbon
        else _("measured on this computer by the GPU Setup Wizard")
    )
    _write(painter, (_LEFT, HEIGHT - 64, width), text_font(15), said)


def _draw_figures(
    painter: QPainter, theme: Theme, figures: tuple[tuple[str, str], ...], top: float
) -> float:
    """Cards side by side; the height they take."""
    gap, height = 18.0, 132.0
    width = (WIDTH - _LEFT - _RIGHT - gap * (len(figures) - 1)) / len(figures)
    for place, (figure, what) in enumerate(figures):
        left = _LEFT + place * (width + gap)
        painter.setPen(theme.color("line"))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(left, top, width, height), 14, 14)
        painter.setPen(theme.color("good" if place == 0 else "text"))
        _write(painter, (left + 20, top + 18, width - 36), text_font(32, strong=True), figure)
        painter.setPen(theme.color("muted"))
        _write(painter, (left + 20, top + 68, width - 36), text_font(16), what)
    return height


def _write(painter: QPainter, place: tuple[float, float, float], font: QFont, words: str) -> float:
    """Words at (left, top) within a width; the height they take."""
    left, top, width = place
    painter.setFont(font)
    box = QRectF(left, top, width, HEIGHT)
    needed = painter.boundingRect(box, _WRAPPED, words)
    painter.drawText(box, _WRAPPED, words)
    return needed.height()
