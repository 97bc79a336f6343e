"""What the programs inside the user's environment say, as frozen values.

One JSON object a line; everything else they print is a `LogLine`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from wizard.checks import Check, CheckState

_MOST = 1e15
"""A larger figure was never measured, nor a smaller one than its inverse."""
_DEEPEST = 20
"""Lists and objects in each other."""


@dataclass(frozen=True)
class CheckStarted:
    id: str


@dataclass(frozen=True)
class Device:
    id: str
    """``cpu``, ``cuda:0``, ``mps``…"""
    name: str


@dataclass(frozen=True)
class Info:
    """Said once, before the first measurement."""

    torch: str
    threads: int
    devices: tuple[Device, ...]


@dataclass(frozen=True)
class Status:
    """What is about to be measured."""

    kind: str
    device: str
    dtype: str
    size: int


@dataclass(frozen=True)
class Sample:
    """One point of the matrix product: both matrices are ``size`` x ``size``."""

    kind: str
    device: str
    dtype: str
    size: int
    seconds: float
    """The median of ``repeats`` products, warm-up left out."""
    gflops: float
    repeats: int
    latency: float | None = None
    """Seconds until the result is there, handing the work over included; None on the CPU."""


@dataclass(frozen=True)
class Training:
    """One training step (forward, backward, update) of a small transformer block."""

    device: str
    dtype: str
    tokens_per_second: float
    seconds: float
    """The median of ``repeats`` steps."""
    tokens: int
    """Tokens in one step."""
    repeats: int


@dataclass(frozen=True)
class Note:
    """Something worth a line beside the result, such as a size that did not fit."""

    code: str
    """``out_of_memory``, ``measurement_failed``, ``unsteady`` or ``processor_busy``."""
    device: str
    size: int
    """Of the matrices, or tokens of a training step."""
    kind: str = "matmul"
    """``matmul`` or ``training``."""


@dataclass(frozen=True)
class Done:
    complete: bool = True
    """False where the time budget ended it early."""


@dataclass(frozen=True)
class LogLine:
    text: str


Event = CheckStarted | Check | Info | Status | Sample | Training | Note | Done | LogLine


class _WrongError(Exception):
    """Not an event after all."""


def parse_line(line: str, nonce: str | None = None) -> Event:
    """The event a line holds; any line that is not a whole, valid event is a `LogLine`.

    ``nonce`` is that of the run whose child printed it: a line without it, or with another, is no
    event. None is for what no child prints, such as a recording.
    """
    if not line.startswith('{"event"'):
        return LogLine(line)
    try:
        data: object = json.loads(line, parse_constant=_refuse)
        if not isinstance(data, dict):
            return LogLine(line)
        if nonce is not None and cast("dict[str, object]", data).get("nonce") != nonce:
            return LogLine(line)
        return _event(_Fields(cast("dict[str, object]", data)))
    # RecursionError: brackets nested by the thousand; ValueError: broken JSON, endless digits.
    except (_WrongError, ValueError, RecursionError):
        return LogLine(line)


def _refuse(constant: str) -> float:
    raise ValueError(constant)  # NaN and Infinity are no JSON


def _event(fields: _Fields) -> Event:
    match fields.text("event"):
        case "start":
            return CheckStarted(fields.text("id"))
        case "check":
            return _check(fields)
        case "info":
            return Info(fields.text("torch"), fields.count("threads"), fields.devices())
        case "status":
            return Status(
                fields.text("kind"),
                fields.text("device"),
                fields.text("dtype"),
                fields.count("size"),
            )
        case "sample":
            return _sample(fields)
        case "training":
            return Training(
                device=fields.text("device"),
                dtype=fields.text("dtype"),
                tokens_per_second=fields.measure("tokens_per_second"),
                seconds=fields.measure("seconds"),
                tokens=fields.count("tokens"),
                repeats=fields.count("repeats"),
            )
        case "note":
            return Note(
                fields.text("code"),
                fields.text("device"),
                fields.count("size"),
                fields.text("kind", "matmul"),
            )
        case "done":
            return Done(fields.get("complete", True) is True)
        case _:
            raise _WrongError


def _check(fields: _Fields) -> Check:
    state = fields.text("state")
    if state not in get_args(CheckState):
        raise _WrongError
    seconds = fields.get("seconds")
    return Check(
        id=fields.text("id"),
        state=cast(CheckState, state),
        value=_plain(fields.get("value")),
        seconds=None if seconds is None else fields.number("seconds"),
        reason=None if fields.get("reason") is None else fields.text("reason"),
        detail=fields.text("detail", ""),
    )


def _plain(value: object, depth: int = 0) -> object:
    """The same value, whole characters only; one that is nested without end is none of ours."""
    if depth > _DEEPEST:
        raise _WrongError
    if isinstance(value, str):
        # A lone surrogate could be neither shown nor saved.
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {str(_plain(name)): _plain(item, depth + 1) for name, item in items}
    return value


def _sample(fields: _Fields) -> Sample:
    return Sample(
        kind=fields.text("kind", "matmul"),
        device=fields.text("device"),
        dtype=fields.text("dtype"),
        size=fields.count("size"),
        seconds=fields.measure("seconds"),
        gflops=fields.measure("gflops"),
        repeats=fields.count("repeats", 1),
        latency=None if fields.get("latency") is None else fields.measure("latency"),
    )


class _Fields:
    """Typed access to one JSON object; anything wrong means it is no event."""

    def __init__(self, data: Mapping[str, object]) -> None:
        self._data = data

    def get(self, name: str, default: object = None) -> object:
        return self._data.get(name, default)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._data.get(name, default)
        if not isinstance(value, str):
            raise _WrongError
        return str(_plain(value))

    def number(self, name: str) -> float:
        """A number that is not negative, and none beyond all measure."""
        value = self._data.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _WrongError
        try:
            number = float(value)
        except OverflowError:
            raise _WrongError from None
        if not 0 <= number <= _MOST:
            raise _WrongError
        return number

    def measure(self, name: str) -> float:
        """A number above 0: logarithms and quotients are taken of it."""
        number = self.number(name)
        if number < 1 / _MOST:
            raise _WrongError
        return number

    def count(self, name: str, default: int | None = None) -> int:
        value = self._data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**12:
            raise _WrongError
        return value

    def devices(self) -> tuple[Device, ...]:
        items = self._data.get("devices")
        if not isinstance(items, list):
            raise _WrongError
        found: list[Device] = []
        for item in cast("list[object]", items):
            if not isinstance(item, dict):
                raise _WrongError
            inner = _Fields(cast("dict[str, object]", item))
            found.append(Device(inner.text("id"), inner.text("name")))
        return tuple(found)
