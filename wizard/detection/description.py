"""Read machine descriptions from files and lines; every error is one line with its place."""

from __future__ import annotations

import json
import re
from pathlib import Path

from wizard.detection.machine import Machine, MachineError, machine_from_json

MAX_BYTES = 4 * 2**20
"""A description has a few thousand bytes; more is another kind of file."""

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def load_machine(path: Path) -> Machine:
    """The machine that a file describes, marked as simulated.

    UTF-8, or UTF-16 with its mark: Windows PowerShell's ``>`` writes that.

    Raises:
        MachineError: ``FILE: line L: FIELD: what is wrong``, for any file that is none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise MachineError(f"{path}: cannot be read: {reason}") from None
    try:
        return parse_machine(data)
    except MachineError as error:
        raise MachineError(f"{path}: {error}") from None


def parse_machine(data: bytes) -> Machine:
    """The machine that JSON bytes describe.

    Raises:
        MachineError: ``line L: FIELD: what is wrong``, or just what is wrong.
    """
    if len(data) > MAX_BYTES:
        raise MachineError(f"larger than {MAX_BYTES // 2**20} MiB; this is no machine description")
    text = _decode(data)
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise MachineError(f"line {error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise MachineError("nested too deeply") from None
    except ValueError as error:
        raise MachineError(f"not JSON: {error}") from None
    try:
        return machine_from_json(value)
    except MachineError as error:
        line = _line_of(text, str(error).partition(":")[0])
        raise MachineError(f"line {line}: {error}") from None


def _decode(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        name = "UTF-16" if encoding == "utf-16" else "UTF-8"
        raise MachineError(f"line {line}: not {name} text") from None


def _line_of(text: str, field: str) -> int:
    """The line of a field such as ``gpus[0].name``; of the innermost part that is there."""
    position = _skip(text, 0)
    for part in re.findall(r"[^.\[\]]+|\[\d+\]", field):
        found = _item(text, position, int(part[1:-1])) if part[0] == "[" else None
        found = _member(text, position, part) if part[0] != "[" else found
        if found is None:
            break
        position = found
    return text.count("\n", 0, position) + 1


def _member(text: str, position: int, name: str) -> int | None:
    """Where an object's value of that name begins; the text is known to be JSON."""
    if text[position] != "{":
        return None
    position = _skip(text, position + 1)
    while text[position] == '"':
        key, position = _DECODER.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)  # the colon
        if key == name:
            return position
        position = _after_value(text, position)
    return None


def _item(text: str, position: int, number: int) -> int | None:
    """Where a list's item begins."""
    if text[position] != "[":
        return None
    position = _skip(text, position + 1)
    for _ in range(number):
        position = _after_value(text, position)
    return None if text[position] == "]" else position


def _after_value(text: str, position: int) -> int:
    """Behind a value and the comma that may follow it."""
    _, position = _DECODER.raw_decode(text, position)
    position = _skip(text, position)
    return _skip(text, position + 1) if text[position] == "," else position


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
