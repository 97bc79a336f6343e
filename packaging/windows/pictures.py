"""The icon and the installer's pictures, drawn with Qt in the program's own colours.

They are made from the same icon and colour tokens as the program, so that a change there is a
change here. Bitmaps are written by hand: their bytes must not depend on Qt's version of the day.
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QLinearGradient, QPainter, QPen
from PySide6.QtSvg import QSvgRenderer

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
ICON = RESOURCES / "icons" / "app.svg"

ICON_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
_AS_PNG = 128
"""From this size on a picture in an .ico is a PNG; Windows XP could not read them smaller."""
#: The scale of the screen in percent, and what the installer calls its pictures for it.
SCALES = (100, 150, 200)
#: What the controls measure with Segoe UI at 100 %: 109 × 193 and 100 × 35 dialog units.
SIDE = (191, 362)
HEADER = (175, 66)
_DRAWN = {SIDE: (164, 311), HEADER: (150, 57)}
"""The coordinates in which each is drawn."""


def draw_all(folder: Path) -> None:
    """Everything that the build needs: `app.ico`, and side and header in each scale."""
    _app = QGuiApplication.instance() or QGuiApplication(["pictures"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.ico").write_bytes(icon())
    for scale in SCALES:
        (folder / f"side-{scale}.bmp").write_bytes(_bitmap(_side(scale / 100)))
        (folder / f"header-{scale}.bmp").write_bytes(_bitmap(_header(scale / 100)))


def icon() -> bytes:
    """The program's icon as an .ico file."""
    pictures = [_icon_picture(size) for size in ICON_SIZES]
    place = 6 + 16 * len(pictures)
    entries = b""
    for size, data in zip(ICON_SIZES, pictures, strict=True):
        edge = size % 256  # 0 stands for 256
        entries += struct.pack("<BBBBHHII", edge, edge, 0, 0, 1, 32, len(data), place)
        place += len(data)
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(pictures)


def _icon_picture(size: int) -> bytes:
    image = _rendered(size)
    if size >= _AS_PNG:
        return _png(image)
    rows = [_row(image, y) for y in reversed(range(size))]
    header = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    mask = bytes(((size + 31) // 32) * 4 * size)
    return header + b"".join(rows) + mask


def _row(image: QImage, y: int) -> bytes:
    return bytes(cast("memoryview", image.constScanLine(y)))


def _rendered(size: int) -> QImage:
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(ICON)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def _colors() -> dict[str, str]:
    return json.loads((RESOURCES / "styles" / "tokens.json").read_text("utf-8"))["light"]


def _side(scale: float) -> QImage:
    """The picture beside the first and the last page: the program's rail, its icon, its steps."""
    colors = _colors()
    image, painter = _canvas(SIDE, scale, colors["rail"])
    width, height = _DRAWN[SIDE]
    shade = QLinearGradient(QPointF(0, 0), QPointF(0, height))
    shade.setColorAt(0.0, QColor(colors["rail"]))
    shade.setColorAt(1.0, QColor("#1B2C52"))
    painter.fillRect(QRectF(0, 0, width, height), shade)
    _traces(painter, colors)
    QSvgRenderer(str(ICON)).render(painter, QRectF(46, 34, 72, 72))
    _curves(painter, colors)
    painter.end()
    return image


def _traces(painter: QPainter, colors: dict[str, str]) -> None:
    """Lines as on a circuit board, leaving the chip."""
    painter.setPen(QPen(QColor(colors["rail_line"]), 1.2))
    for index in range(5):
        x = 58 + 12 * index
        down = 128 + 9 * abs(2 - index)
        out = 58 + 12 * index + (index - 2) * 14
        painter.drawLine(QPointF(x, 112), QPointF(x, down))
        painter.drawLine(QPointF(x, down), QPointF(out, down + 16))
        painter.setBrush(QColor(colors["rail"]))
        painter.drawEllipse(QPointF(out, down + 18), 2.2, 2.2)


def _curves(painter: QPainter, colors: dict[str, str]) -> None:
    """What the wizard is for: the curve of the GPU above that of the CPU."""
    left, bottom, width = 22.0, 284.0, 120.0
    painter.setBrush(QColor(0, 0, 0, 0))
    painter.setPen(QPen(QColor(colors["rail_line"]), 1.0))
    painter.drawLine(QPointF(left, bottom), QPointF(left + width, bottom))
    painter.drawLine(QPointF(left, bottom), QPointF(left, bottom - 84))
    for color, tall in (("#8FA1B8", 16.0), ("#4ADE80", 78.0)):
        painter.setPen(QPen(QColor(color), 2.4))
        points = [
            QPointF(left + width * step / 40, bottom - 3 - tall * (step / 40) ** 2.2)
            for step in range(41)
        ]
        painter.drawPolyline(points)
        painter.setBrush(QColor(color))
        painter.drawEllipse(points[-1], 2.6, 2.6)
        painter.setBrush(QColor(0, 0, 0, 0))


def _header(scale: float) -> QImage:
    """The corner of the pages between: the icon on white."""
    colors = _colors()
    image, painter = _canvas(HEADER, scale, colors["card"])
    painter.setPen(QPen(QColor(colors["line"]), 1.0))
    for index, reach in enumerate((62.0, 40.0, 54.0)):
        y = 18 + 10.5 * index
        painter.drawLine(QPointF(100 - reach, y), QPointF(96, y))
        painter.drawEllipse(QPointF(98 - reach, y), 2.0, 2.0)
    QSvgRenderer(str(ICON)).render(painter, QRectF(102, 8, 41, 41))
    painter.end()
    return image


def _canvas(size: tuple[int, int], scale: float, color: str) -> tuple[QImage, QPainter]:
    width, height = (round(edge * scale) for edge in size)
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(QColor(color))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawn = _DRAWN[size]
    painter.scale(width / drawn[0], height / drawn[1])
    return image, painter


def _bitmap(image: QImage) -> bytes:
    """A Windows bitmap of 24 bits; the plainest form there is, which NSIS wants."""
    image = image.convertToFormat(QImage.Format.Format_BGR888)
    width, height = image.width(), image.height()
    padding = bytes(-3 * width % 4)
    rows = [_row(image, y)[: 3 * width] + padding for y in reversed(range(height))]
    pixels = b"".join(rows)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + info + pixels
