"""The rows of the catalog as frozen values, and the reader that checks each against its form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import cast

from wizard.advice import versions
from wizard.advice.versions import Capability, Version

SCHEMA = 1
PLATFORMS = ("linux-x86_64", "linux-aarch64", "windows-x86_64", "macos-arm64", "macos-x86_64")

_VERSION = re.compile(r"\d+(\.\d+)*", re.ASCII)


class CatalogError(ValueError):
    """A catalog file that is not in its form; the message names file, table, row and field."""


@dataclass(frozen=True, slots=True)
class Source:
    title: str
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class PythonRange:
    """The first and the last Python (major, minor) with a build, both included."""

    first: Version
    last: Version

    def __contains__(self, version: object) -> bool:
        return self.first <= cast(Version, version) <= self.last


class Row:
    """Typed access to one row; every error names where it is."""

    __slots__ = ("_data", "_sources", "where")

    def __init__(self, data: object, where: str, sources: Mapping[str, Source]) -> None:
        if not isinstance(data, dict):
            raise CatalogError(f"{where}: expected an object")
        self._data = cast(dict[str, object], data)
        self._sources = sources
        self.where = where

    def wrong(self, field: str, expected: str) -> CatalogError:
        value = "missing" if field not in self._data else repr(self._data[field])[:60]
        return CatalogError(f"{self.where}.{field}: expected {expected}, got {value}")

    def text(self, field: str) -> str:
        value = self._data.get(field)
        if not isinstance(value, str) or not value:
            raise self.wrong(field, "text")
        return value

    def optional_text(self, field: str) -> str | None:
        return None if self._data.get(field, 0) is None else self.text(field)

    def choice(self, field: str, allowed: tuple[str, ...]) -> str:
        value = self.text(field)
        if value not in allowed:
            raise self.wrong(field, "one of " + ", ".join(allowed))
        return value

    def choices(self, field: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        value = self._data.get(field)
        items = cast(list[object], value) if isinstance(value, list) else []
        if not items or any(item not in allowed for item in items):
            raise self.wrong(field, "a list of " + ", ".join(allowed))
        return tuple(cast(list[str], items))

    def count(self, field: str) -> int:
        value = self._data.get(field)
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            raise self.wrong(field, "a whole number above 0")
        return value

    def optional_count(self, field: str) -> int | None:
        return None if self._data.get(field, 0) is None else self.count(field)

    def flag(self, field: str) -> bool:
        value = self._data.get(field)
        if not isinstance(value, bool):
            raise self.wrong(field, "true or false")
        return value

    def version(self, field: str) -> str:
        value = self.text(field)
        if not _VERSION.fullmatch(value):
            raise self.wrong(field, "a version such as 2.15.0")
        return value

    def optional_version(self, field: str) -> str | None:
        return None if self._data.get(field, 0) is None else self.version(field)

    def capability(self, field: str) -> Capability:
        value = versions.capability(self.version(field))
        if value is None:
            raise self.wrong(field, "a compute capability such as 7.5")
        return value

    def kernels(self, field: str) -> tuple[Capability, ...]:
        """Compute capabilities with spaces between; empty for a CPU build."""
        value = self._data.get(field)
        found = _kernels(value) if isinstance(value, str) else None
        if found is None:
            raise self.wrong(field, "compute capabilities such as 7.5 8.0")
        return found

    def pythons(self, field: str) -> PythonRange:
        found = _pythons(self.text(field))
        if found is None:
            raise self.wrong(field, "a range of Pythons such as 3.10-3.14")
        return found

    def pattern(self, field: str) -> re.Pattern[str]:
        try:
            return re.compile(self.text(field))
        except re.error as error:
            raise self.wrong(field, "a regular expression") from error

    def link(self, field: str) -> str:
        value = self.text(field)
        if not value.startswith("https://"):
            raise self.wrong(field, "an https address")
        return value

    def has(self, field: str) -> bool:
        return field in self._data

    def certain(self) -> bool:
        """Whether the fact may be promised: read first-hand or well confirmed (C or S)."""
        return self.choice("certainty", ("C", "S", "W", "I")) in ("C", "S")

    def source(self) -> Source:
        name = self.text("source")
        if name not in self._sources:
            raise self.wrong("source", "one of the file's sources")
        return self._sources[name]


@lru_cache(maxsize=256)
def _kernels(text: str) -> tuple[Capability, ...] | None:
    found = [versions.capability(word) for word in text.split()]
    return None if None in found else tuple(cast(list[Capability], found))


@lru_cache(maxsize=64)
def _pythons(text: str) -> PythonRange | None:
    first, _, last = text.partition("-")
    span = PythonRange(versions.python(first), versions.python(last))
    return span if span.first and span.last and span.first <= span.last else None


@dataclass(frozen=True, slots=True)
class Document:
    """One catalog file, its sources read and its tables ready."""

    name: str
    collected: date
    sources: Mapping[str, Source]
    tables: Mapping[str, object]

    def rows(self, table: str) -> list[Row]:
        value = self.tables.get(table)
        if not isinstance(value, list) or not value:
            raise CatalogError(f"{self.name}: {table}: expected a list with rows")
        rows = cast(list[object], value)
        return [Row(r, f"{self.name}: {table}[{i}]", self.sources) for i, r in enumerate(rows)]


def read_document(path: Path) -> Document:
    """Read one file of the catalog.

    Raises:
        CatalogError: it cannot be read, is not JSON, or its head is not in its form.
    """
    try:
        data: object = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CatalogError(f"{path.name}: cannot be read: {error}") from error
    head = Row(data, path.name, {})
    if head.count("schema") != SCHEMA:
        raise head.wrong("schema", str(SCHEMA))
    tables = cast(dict[str, object], data)
    return Document(path.name, _date(head, "collected"), _sources(tables, path.name), tables)


def _date(row: Row, field: str) -> date:
    try:
        return date.fromisoformat(row.text(field))
    except ValueError as error:
        raise row.wrong(field, "a date such as 2026-11-23") from error


def _sources(tables: Mapping[str, object], name: str) -> dict[str, Source]:
    value = tables.get("sources")
    if not isinstance(value, dict):
        raise CatalogError(f"{name}: sources: expected an object")
    found: dict[str, Source] = {}
    for key, item in cast(dict[str, object], value).items():
        row = Row(item, f"{name}: sources.{key}", {})
        _date(row, "date")
        found[key] = Source(row.text("title"), row.link("url"), row.text("date"))
    return found
