"""Speed against matrix size, both on logarithmic axes, growing while it is measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from wizard.text import _, grouped, significant
from wizard.widgets.theme import current_theme, text_font

_HEIGHT = 272  # the whole picture is seen while it grows, in the smallest window too


@dataclass
class _Curve:
    name: str
    item: pg.PlotDataItem
    end: pg.TextItem
    points: dict[int, float] = field(default_factory=dict)


class LivePlot(QWidget):
    """Curves by key; each point is ``(size, GFLOP/s)``. Updated in place, never drawn anew."""

    def __init__(self) -> None:
        super().__init__()
        theme = current_theme()
        item = pg.PlotItem()
        self._item = item
        self._plot = pg.PlotWidget(plotItem=item, background=theme.colors["card"])
        self._plot.setAntialiasing(True)
        self._plot.setFixedHeight(_HEIGHT)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        item.showGrid(x=False, y=True, alpha=0.25)
        for side in ("bottom", "left"):
            axis = item.getAxis(side)
            axis.setPen(QPen(theme.color("line")))
            axis.setTextPen(QPen(theme.color("muted")))
            axis.setTickFont(text_font(12))
            axis.setStyle(tickLength=0, tickTextOffset=8)
        item.getAxis("left").setWidth(64)
        self._x = item.getAxis("bottom")
        self._y = item.getAxis("left")
        self._curves: dict[str, _Curve] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self._fit()
        self._describe()

    @property
    def points(self) -> dict[str, dict[int, float]]:
        """What is drawn: curve key to size to GFLOP/s."""
        return {key: dict(curve.points) for key, curve in self._curves.items()}

    def clear(self) -> None:
        for curve in self._curves.values():
            self._plot.removeItem(curve.item)
            self._plot.removeItem(curve.end)
        self._curves.clear()
        self._fit()
        self._describe()

    def add_point(self, key: str, name: str, role: str, size: int, gflops: float) -> None:
        """``role`` names the curve's colour in ``tokens.json``."""
        if gflops <= 0 or size <= 0:
            return
        if key not in self._curves:
            self._curves[key] = self._make_curve(name, current_theme().color(role))
        curve = self._curves[key]
        curve.points[size] = gflops
        sizes = sorted(curve.points)
        xs = [math.log2(size) for size in sizes]
        ys = [math.log10(curve.points[size]) for size in sizes]
        curve.item.setData(xs, ys)
        self._fit()
        self._describe()

    def _make_curve(self, name: str, color: QColor) -> _Curve:
        item = pg.PlotDataItem(
            antialias=True,
            pen=pg.mkPen(color, width=2),
            symbol="o",
            symbolSize=8,
            symbolBrush=color,
            symbolPen=None,
        )
        end = pg.TextItem(name, color=color, anchor=(0, 0.5))
        end.setFont(text_font(13, strong=True))
        self._plot.addItem(item)
        self._item.addItem(end, ignoreBounds=True)
        return _Curve(name, item, end)

    def _fit(self) -> None:
        """Axes around the points, with room on the right for the curves' names."""
        sizes = sorted({size for curve in self._curves.values() for size in curve.points})
        speeds = [value for curve in self._curves.values() for value in curve.points.values()]
        sizes = sizes or [64, 1024]
        low = math.log10(min(speeds)) - 0.2 if speeds else 0.0
        high = max(math.log10(max(speeds)) + 0.2, low + 1) if speeds else 3.0
        first, last = math.log2(sizes[0]), max(math.log2(sizes[-1]), math.log2(sizes[0]) + 2)
        room = 0.2 * (last - first) + 0.3
        self._item.getViewBox().setXRange(first - 0.3, last + room, padding=0)
        self._item.getViewBox().setYRange(low, high, padding=0)
        self._x.setTicks([[(math.log2(size), str(size)) for size in sizes]])
        self._y.setTicks([_speed_ticks(low, high)])
        self._place_names(offset=0.02 * (last + room - first), line=0.06 * (high - low))

    def _place_names(self, offset: float, line: float) -> None:
        """Each name right of its curve's end; names that would overlap move apart, in order."""
        lowest_free = -math.inf
        for curve in sorted(self._curves.values(), key=lambda each: each.points[max(each.points)]):
            size = max(curve.points)
            y = max(math.log10(curve.points[size]), lowest_free)
            curve.end.setPos(math.log2(size) + offset, y)
            lowest_free = y + line

    def _describe(self) -> None:
        self._plot.setAccessibleName(_("Speed by matrix size"))
        parts = [
            f"{curve.name}: "
            + ", ".join(
                f"{size}: {significant(curve.points[size])} GFLOP/s"
                for size in sorted(curve.points)
            )
            for curve in self._curves.values()
        ]
        self._plot.setAccessibleDescription("; ".join(parts))


def _speed_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Powers of ten between two logarithms; 2 and 5 of each as well where they are few."""
    powers = range(math.floor(low), math.ceil(high) + 1)
    steps = (1,) if high - low > 1.6 else (1, 2, 5)
    ticks = [(power + math.log10(step), step * 10.0**power) for power in powers for step in steps]
    return [
        (place, grouped(round(value)) if value >= 1 else significant(value))
        for place, value in ticks
        if low <= place <= high
    ]
