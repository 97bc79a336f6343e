"""Speed against matrix size, both on logarithmic axes, growing while it is measured."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from wizard.text import _, grouped, significant
from wizard.widgets.theme import current_theme, text_font

_TOLD = 12
"""Sizes on the axis, and points of a curve that a screen reader is told; of more, every so many."""
_PIECES = 120
"""Of the axis, a few pixels each."""
_REFERENCE = "reference"
_HEIGHT = 272  # the whole picture is seen while it grows, in the smallest window too


@dataclass
class _Curve:
    name: str
    item: pg.PlotDataItem
    end: pg.TextItem
    sizes: list[int] = field(default_factory=list[int])
    speeds: list[float] = field(default_factory=list[float])
    """In GFLOP/s, one for each size."""
    xs: list[float] = field(default_factory=list[float])
    ys: list[float] = field(default_factory=list[float])
    """The logarithms of both."""

    def put(self, size: int, gflops: float) -> None:
        """Add a point in its place, or measure one anew."""
        at = bisect_left(self.sizes, size)
        if at < len(self.sizes) and self.sizes[at] == size:
            self.speeds[at], self.ys[at] = gflops, math.log10(gflops)
            return
        self.sizes.insert(at, size)
        self.speeds.insert(at, gflops)
        self.xs.insert(at, math.log2(size))
        self.ys.insert(at, math.log10(gflops))

    def drawn(self) -> tuple[list[float], list[float]]:
        """All points; of more than a picture can show, the lowest and the highest of each piece."""
        if len(self.xs) <= 2 * _PIECES:
            return self.xs, self.ys
        width = (self.xs[-1] - self.xs[0]) / _PIECES
        kept = {0, len(self.xs) - 1}
        begin = 0
        for piece in range(1, _PIECES + 1):
            end = bisect_left(self.xs, self.xs[0] + piece * width, begin)
            if end > begin:
                ys = self.ys[begin:end]
                kept |= {begin + ys.index(min(ys)), begin + ys.index(max(ys))}
            begin = end
        places = sorted(kept)
        return [self.xs[at] for at in places], [self.ys[at] for at in places]


class LivePlot(QWidget):
    """Curves by key; each point is ``(size, GFLOP/s)``. Updated in place, never drawn anew."""

    def __init__(self) -> None:
        super().__init__()
        theme = current_theme()
        item = pg.PlotItem(enableMenu=False)
        self._item = item
        self._plot = pg.PlotWidget(plotItem=item, background=theme.colors["card"])
        self._plot.setAntialiasing(True)
        self._plot.setFixedHeight(_HEIGHT)
        self._plot.setMouseEnabled(x=False, y=False)
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
        return {
            key: dict(zip(curve.sizes, curve.speeds, strict=True))
            for key, curve in self._curves.items()
        }

    def clear(self) -> None:
        for curve in self._curves.values():
            self._remove(curve)
        self._curves.clear()
        self._fit()
        self._describe()

    def add_point(self, key: str, name: str, role: str, size: int, gflops: float) -> None:
        """``role`` names the curve's colour in ``tokens.json``."""
        self.add_points(((key, name, role, size, gflops),))

    def add_points(self, points: Iterable[tuple[str, str, str, int, float]]) -> None:
        """Many at once, each as for `add_point`."""
        changed: dict[str, _Curve] = {}
        for key, name, role, size, gflops in points:
            if gflops <= 0 or size <= 0:
                continue
            if key not in self._curves:
                self._curves[key] = self._make_curve(name, current_theme().color(role))
            changed[key] = self._curves[key]
            changed[key].put(size, gflops)
        for curve in changed.values():
            curve.item.setData(*curve.drawn())
        if changed:
            self._fit()
            self._describe()

    def show_reference(self, name: str, role: str, speeds: Mapping[int, float]) -> None:
        """A dashed curve of another computer, beside what is measured here; one at a time."""
        self.hide_reference()
        curve = self._make_curve(name, current_theme().color(role), dashed=True)
        self._curves[_REFERENCE] = curve
        for size, gflops in speeds.items():
            curve.put(size, gflops)
        curve.item.setData(*curve.drawn())
        self._fit()
        self._describe()

    def hide_reference(self) -> None:
        if (before := self._curves.pop(_REFERENCE, None)) is not None:
            self._remove(before)
            self._fit()
            self._describe()

    def _remove(self, curve: _Curve) -> None:
        self._plot.removeItem(curve.item)
        self._plot.removeItem(curve.end)

    def _make_curve(self, name: str, color: QColor, *, dashed: bool = False) -> _Curve:
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        item = pg.PlotDataItem(
            antialias=True,
            pen=pg.mkPen(color, width=2, style=style),
            symbol=None if dashed else "o",
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
        curves = self._curves.values()
        sizes = sorted({size for curve in curves for size in curve.sizes}) or [64, 1024]
        low = min(min(curve.ys) for curve in curves) - 0.2 if curves else 0.0
        high = max(max(max(curve.ys) for curve in curves) + 0.2, low + 1) if curves else 3.0
        first, last = math.log2(sizes[0]), max(math.log2(sizes[-1]), math.log2(sizes[0]) + 2)
        room = 0.2 * (last - first) + 0.3
        self._item.getViewBox().setXRange(first - 0.3, last + room, padding=0)
        self._item.getViewBox().setYRange(low, high, padding=0)
        self._x.setTicks([[(math.log2(size), str(size)) for size in _some(sizes)]])
        self._y.setTicks([_speed_ticks(low, high)])
        self._place_names(offset=0.02 * (last + room - first), line=0.06 * (high - low))

    def _place_names(self, offset: float, line: float) -> None:
        """Each name right of its curve's end; names that would overlap move apart, in order."""
        lowest_free = -math.inf
        for curve in sorted(self._curves.values(), key=lambda each: each.ys[-1]):
            y = max(curve.ys[-1], lowest_free)
            curve.end.setPos(curve.xs[-1] + offset, y)
            lowest_free = y + line

    def _describe(self) -> None:
        self._plot.setAccessibleName(_("Speed by matrix size"))
        parts = [
            f"{curve.name}: "
            + ", ".join(
                f"{curve.sizes[at]}: {significant(curve.speeds[at])} GFLOP/s"
                for at in _some(range(len(curve.sizes)))
            )
            for curve in self._curves.values()
        ]
        self._plot.setAccessibleDescription("; ".join(parts))


def _some(all_of_them: Sequence[int]) -> Sequence[int]:
    """All where they are few; else every so many, the last among them."""
    step = -(-len(all_of_them) // _TOLD) or 1
    return all_of_them[(len(all_of_them) - 1) % step :: step]


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
