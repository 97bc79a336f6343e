"""A report without what is private: it goes to a teacher, a forum, a class."""

from __future__ import annotations

from typing import Any, cast

from wizard.causes.anonymous import own_names, without_private

_LEFT_OUT = frozenset({"uuid", "bus_id", "serial"})
"""Fields that name one very card."""


def publishable(document: dict[str, Any], names: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The document with user, home folder, host and serial numbers taken out.

    ``names`` are the words to look for (None: this user and this computer). A described machine
    keeps its name, which is nobody's.
    """
    machine = cast("dict[str, Any]", document.get("machine") or {})
    hidden = own_names() if names is None else names
    if not document.get("simulated") and isinstance(machine.get("name"), str):
        hidden = (*hidden, machine["name"])
    cleaned = cast("dict[str, Any]", _cleaned(document, hidden))
    if not document.get("simulated") and "machine" in cleaned and cleaned["machine"]:
        cleaned["machine"]["name"] = _neutral_name(machine)
        if isinstance(cleaned.get("recommendation"), dict):
            cleaned["recommendation"]["machine"] = cleaned["machine"]["name"]
    return cleaned


def _cleaned(value: object, names: tuple[str, ...]) -> object:
    if isinstance(value, str):
        return without_private(value, names)
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {
            name: None if name in _LEFT_OUT else _cleaned(inner, names)
            for name, inner in fields.items()
        }
    if isinstance(value, (list, tuple)):
        return [_cleaned(inner, names) for inner in cast("list[object]", value)]
    return value


def _neutral_name(machine: dict[str, Any]) -> str:
    """What the computer is, instead of what its owner calls it."""
    cards = [str(gpu.get("name")) for gpu in machine.get("gpus") or () if isinstance(gpu, dict)]
    processor = cast("dict[str, Any]", machine.get("cpu") or {}).get("name")
    return next(iter(cards), None) or (str(processor) if processor else "PC")
