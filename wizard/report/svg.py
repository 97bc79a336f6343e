"""Plots as SVG in the colours of the page they stand in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from wizard.text import _, grouped, significant

_WIDTH, _HEIGHT = 800, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 230, 16, 48
_LEAST_RATIO = 10.0
"""The upper end of the axis against its lower end: a flat curve still gets a scale."""


def speed_plot(curves: Mapping[str, tuple[str, Sequence[tuple[int, float]]]]) -> str:
    """Speed against matrix size, both axes logarithmic.

    ``curves`` has by style (``cpu``, ``gpu``, ``half``) a name and points of (size, GFLOP/s);
    empty where there is no point.
    """
    points = [point for _name, each in curves.values() for point in each]
    if not points:
        return ""
    sizes = sorted({size for size, _speed in points})
    low = 10 ** math.floor(math.log10(min(speed for _size, speed in points)))
    fastest = max(speed for _size, speed in points)
    high = max(10 ** math.ceil(math.log10(fastest)), low * _LEAST_RATIO)

    def x(size: int) -> float:
        span = math.log(max(sizes[-1] / sizes[0], 2))
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log(size / sizes[0]) / span

    def y(speed: float) -> float:
        share = math.log(speed / low) / math.log(high / low)
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share

    parts: list[str] = []
    power = low
    while power <= high * 1.001:
        at = y(power)
        parts.append(_line(_LEFT, at, _WIDTH - _RIGHT, at, "grid"))
        parts.append(_text(_LEFT - 10, at + 4, _figure(power), "end"))
        power *= 10
    below = _HEIGHT - _BOTTOM + 22
    parts += [_text(x(size), below, grouped(size), "middle") for size in sizes]
    axes = _("matrix size · GFLOP/s, both axes logarithmic")
    parts.append(_text(_LEFT, _HEIGHT - 6, axes, "start"))
    for style, (name, each) in curves.items():
        if not each:
            continue
        places = " ".join(f"{x(size):.1f},{y(speed):.1f}" for size, speed in sorted(each))
        parts.append(f'<polyline class="{style}" points="{places}"/>')
        size, speed = max(each)
        words = f"{name} {_figure(speed)}"
        parts.append(_text(x(size) + 8, y(speed) + 4, words, "start"))
    return _svg(_WIDTH, _HEIGHT, _("Speed of the CPU and the GPU by matrix size"), parts)


def bar_plot(bars: Sequence[tuple[str, float, bool]]) -> str:
    """Horizontal bars of (name, times, simulated)."""
    if not bars:
        return ""
    row, width, left = 24, 1100, 320
    most = max(times for _name, times, _simulated in bars)
    parts: list[str] = []
    for place, (name, times, simulated) in enumerate(bars):
        top = place * row + 4
        length = max(2.0, (width - left - 90) * times / most)
        style = "bar simulated" if simulated else "bar"
        parts.append(_text(left - 10, top + 13, name[:44], "end"))
        parts.append(
            f'<rect class="{style}" x="{left}" y="{top}" width="{length:.1f}" height="16" rx="3"/>'
        )
        parts.append(_text(left + length + 8, top + 13, f"{significant(times)}×", "start"))
    height = len(bars) * row + 8
    return _svg(width, height, _("Speed-up of the GPU"), parts)


def _figure(value: float) -> str:
    return grouped(round(value)) if value >= 100 else significant(value)


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    head = f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
    return f"{head}{''.join(parts)}</svg>"


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
