"""The causes: one JSON file each in ``resources/causes``, read once and checked on load."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from wizard.causes import facts as fact_names
from wizard.causes.catalog_words import NAMES
from wizard.causes.pasted import as_words
from wizard.paths import resource_folder

_TESTS = frozenset({"is", "is_not", "in", "has", "known", "below", "at_least"})
_SIGNAL_KEYS = frozenset({"words", "any", "not", "until", "near", "facts", "score"})
_CAUSE_KEYS = frozenset(
    {
        *("code", "root", "title", "why", "fix", "commands", "install", "source", "systems"),
        *("general", "signals", "when", "unless", "hides", "examples", "near_misses", "told"),
        "hides_when_sure",
    }
)


Install = Literal["no", "here", "afresh"]
"""``afresh``: in a new environment; what is broken stays broken in its own."""


class KnowledgeError(Exception):
    """A cause's file cannot be used; the message names file and field."""


@dataclass(frozen=True)
class Condition:
    """One question about a fact.

    ``test`` is ``is``, ``is_not``, ``in``, ``has`` (of several values), ``known``, ``below`` or
    ``at_least``.
    """

    fact: str
    test: str
    value: object


@dataclass(frozen=True)
class Signal:
    """Holds where all ``words`` stand in the text, any of ``any_of``, none of ``none_of``."""

    words: tuple[str, ...]
    any_of: tuple[str, ...]
    none_of: tuple[str, ...]
    until: tuple[str, ...]
    """Success that came after it: a warning that was overcome is none."""
    near: int | None
    """All words within so many characters of the first; None: anywhere."""
    facts: tuple[Condition, ...]
    score: int
    """1 to 10: 10 is unmistakable, below 5 says nothing alone."""


@dataclass(frozen=True)
class Told:
    """Why it is so on this machine, for the case that the named facts are known."""

    facts: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Cause:
    code: str
    root: int
    """0 to 9: how much it explains others; of two findings the deeper one comes first."""
    title: str
    why: str
    fix: tuple[str, ...]
    """Steps, a sentence each."""
    commands: tuple[tuple[str, ...], ...]
    install: Install
    """Whether installing again helps: the recommended commands are shown, a button leads there."""
    general: bool
    """Said only where nothing more exact is found."""
    source: str
    systems: tuple[str, ...]
    """Only on these; empty: on all."""
    signals: tuple[Signal, ...]
    when: tuple[tuple[Condition, ...], ...]
    """Each a set of conditions that is enough without any text."""
    unless: tuple[Condition, ...]
    """Any of these excludes it."""
    hides: tuple[str, ...]
    """Causes that it explains, so that they need not be said."""
    hides_when_sure: tuple[str, ...]
    """The same where it is unmistakable."""
    told: tuple[Told, ...]


@lru_cache(maxsize=1)
def load() -> Mapping[str, Cause]:
    """The program's own causes by code.

    Raises:
        KnowledgeError: a file is damaged.
    """
    return load_from(resource_folder("causes"))


def load_from(folder: Path) -> dict[str, Cause]:
    """Read and check every cause of a folder.

    Raises:
        KnowledgeError: a file is damaged, or names a fact or cause that does not exist.
    """
    causes: dict[str, Cause] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            data: object = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise KnowledgeError(f"{path.name}: {error}") from None
        cause = _Reader(path.name, data).cause()
        if cause.code != path.stem:
            raise KnowledgeError(f"{path.name}: code is {cause.code}")
        causes[cause.code] = cause
    if not causes:
        raise KnowledgeError(f"{folder}: no causes")
    for cause in causes.values():
        for code in (*cause.hides, *cause.hides_when_sure):
            if code not in causes:
                raise KnowledgeError(f"{cause.code}.json: hides: {code} is no cause")
    return causes


class _Reader:
    """Typed access to one cause's file."""

    def __init__(self, name: str, data: object) -> None:
        self._name = name
        if not isinstance(data, dict):
            raise self._wrong("the file", "an object")
        self._data = cast("dict[str, object]", data)
        unknown = sorted(set(self._data) - _CAUSE_KEYS)
        if unknown:
            raise self._wrong(unknown[0], "no such field")

    def _wrong(self, field: str, expected: str) -> KnowledgeError:
        return KnowledgeError(f"{self._name}: {field}: {expected}")

    def cause(self) -> Cause:
        source = self._text("source", "")
        if source and not source.startswith("https://"):
            raise self._wrong("source", "expected an https address")
        cause = Cause(
            code=self._text("code"),
            root=self._number("root", self._data.get("root", 5), 0, 9),
            title=self._text("title"),
            why=self._text("why"),
            fix=self._texts("fix", self._data.get("fix")),
            commands=tuple(self._texts("commands", words) for words in self._list("commands")),
            install=self._install(),
            general=self._data.get("general", False) is True,
            source=source,
            systems=self._texts("systems", self._data.get("systems", [])),
            signals=tuple(self._signal(item) for item in self._list("signals")),
            when=tuple(self._conditions("when", item) for item in self._list("when")),
            unless=self._conditions("unless", self._data.get("unless", [])),
            hides=self._texts("hides", self._data.get("hides", [])),
            hides_when_sure=self._texts("hides_when_sure", self._data.get("hides_when_sure", [])),
            told=tuple(self._told(item) for item in self._list("told")),
        )
        if not cause.signals and not cause.when:
            raise self._wrong("signals", "neither signals nor conditions")
        if not cause.fix:
            raise self._wrong("fix", "expected at least one step")
        return cause

    def _install(self) -> Install:
        value = self._data.get("install", False)
        if value not in (True, False, "afresh"):
            raise self._wrong("install", 'expected true, false or "afresh"')
        return "afresh" if value == "afresh" else "here" if value else "no"

    def _signal(self, item: object) -> Signal:
        fields = self._object("signals", item, _SIGNAL_KEYS)
        near = fields.get("near")
        signal = Signal(
            words=self._phrases("words", fields.get("words", [])),
            any_of=self._phrases("any", fields.get("any", [])),
            none_of=self._phrases("not", fields.get("not", [])),
            until=self._phrases("until", fields.get("until", [])),
            near=None if near is None else self._number("near", near, 1, 10_000),
            facts=self._conditions("facts", fields.get("facts", [])),
            score=self._number("score", fields.get("score"), 1, 10),
        )
        if not signal.words and not signal.any_of:
            raise self._wrong("signals", "a signal needs words")
        return signal

    def _told(self, item: object) -> Told:
        fields = self._object("told", item, frozenset({"facts", "text"}))
        names, text = self._texts("told.facts", fields.get("facts", [])), fields.get("text")
        if wrong := fact_names.known(names):
            raise self._wrong("told.facts", f"{wrong[0]} is no fact")
        if not isinstance(text, str) or not text:
            raise self._wrong("told.text", "expected a text")
        return Told(names, text)

    def _conditions(self, field: str, items: object) -> tuple[Condition, ...]:
        if not isinstance(items, list):
            raise self._wrong(field, "expected a list of conditions")
        return tuple(self._condition(field, item) for item in cast("list[object]", items))

    def _condition(self, field: str, item: object) -> Condition:
        fields = self._object(field, item, _TESTS | {"fact"})
        name = fields.get("fact")
        if not isinstance(name, str) or name not in fact_names.NAMES:
            raise self._wrong(field, f"{name} is no fact")
        tests = [key for key in fields if key != "fact"]
        if len(tests) != 1:
            raise self._wrong(field, "a condition needs one test")
        value = fields[tests[0]]
        if isinstance(value, str) and value.startswith("@") and value[1:] not in NAMES:
            raise self._wrong(field, f"{value} is no fact of the catalog")
        return Condition(name, tests[0], _comparable(value))

    def _phrases(self, field: str, items: object) -> tuple[str, ...]:
        phrases = tuple(as_words(text) for text in self._texts(f"signals.{field}", items))
        if not all(phrases):
            raise self._wrong(f"signals.{field}", "a phrase without words")
        return phrases

    def _object(self, field: str, item: object, allowed: frozenset[str]) -> dict[str, object]:
        if not isinstance(item, dict):
            raise self._wrong(field, "expected an object")
        fields = cast("dict[str, object]", item)
        unknown = sorted(set(fields) - allowed)
        if unknown:
            raise self._wrong(field, f"no such field: {unknown[0]}")
        return fields

    def _text(self, field: str, default: str | None = None) -> str:
        value = self._data.get(field, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self._wrong(field, "expected a text")
        return value

    def _texts(self, field: str, items: object) -> tuple[str, ...]:
        if not isinstance(items, list):
            raise self._wrong(field, "expected a list of texts")
        texts = cast("list[object]", items)
        if not all(isinstance(text, str) and text for text in texts):
            raise self._wrong(field, "expected a list of texts")
        return tuple(cast("list[str]", texts))

    def _list(self, field: str) -> list[object]:
        items = self._data.get(field, [])
        if not isinstance(items, list):
            raise self._wrong(field, "expected a list")
        return cast("list[object]", items)

    def _number(self, field: str, value: object, least: int, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(field, f"expected a whole number from {least} to {most}")
        return value


def _comparable(value: object) -> object:
    """Versions are written as text, such as ``"12.8"``, and compared as numbers.

    ``@oldest_card`` and the like stay names: what they stand for, the catalog knows.
    """
    if isinstance(value, list):
        return tuple(_comparable(item) for item in cast("list[object]", value))
    if isinstance(value, str) and value.replace(".", "").isdigit():
        return tuple(int(part) for part in value.split("."))
    return value
