"""Whether a signal stands in a text, and whether conditions hold for what is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from wizard.causes.catalog_words import resolved
from wizard.causes.facts import Facts
from wizard.causes.knowledge import Condition, Signal
from wizard.causes.pasted import Pasted


def holds(condition: Condition, facts: Facts) -> bool:
    """What is not known fulfils nothing but ``known: false``."""
    value = facts.value(condition.fact)
    is_known = value is not None and value != ()
    if condition.test == "known":
        return is_known is condition.value
    if not is_known:
        return False
    if condition.test == "is":
        return value == condition.value
    if condition.test == "is_not":
        return value != condition.value
    if condition.test == "has":
        return condition.value in cast("tuple[object, ...]", value)
    if condition.test == "in":
        return value in cast("tuple[object, ...]", condition.value)
    version, limit = (
        cast("tuple[int, ...]", value),
        cast("tuple[int, ...]", resolved(condition.value)),
    )
    return version < limit if condition.test == "below" else version >= limit


def all_hold(conditions: Iterable[Condition], facts: Facts) -> bool:
    return all(holds(condition, facts) for condition in conditions)


def stands(signal: Signal, pasted: Pasted, facts: Facts) -> bool:
    """Whether a signal is in the text."""
    if not all(pasted.has(phrase) for phrase in signal.words):
        return False
    if not all_hold(signal.facts, facts) or _overcome(signal, pasted):
        return False
    if signal.near is None:
        found = not signal.any_of or any(pasted.has(phrase) for phrase in signal.any_of)
        return found and not any(pasted.has(phrase) for phrase in signal.none_of)
    anchors = signal.words[:1] or signal.any_of
    return any(
        _within(signal, f" {window.strip()} ")
        for anchor in anchors
        for window in pasted.windows(anchor, signal.near)
    )


def _overcome(signal: Signal, pasted: Pasted) -> bool:
    """Whether success is told after the last place where it stands."""
    said = max(map(pasted.last, signal.words or signal.any_of))
    return any(pasted.last(phrase) > said for phrase in signal.until)


def _within(signal: Signal, window: str) -> bool:
    def there(phrase: str) -> bool:
        return f" {phrase} " in window

    return (
        all(there(phrase) for phrase in signal.words)
        and (not signal.any_of or any(there(phrase) for phrase in signal.any_of))
        and not any(there(phrase) for phrase in signal.none_of)
    )
