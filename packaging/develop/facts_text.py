"""Changes a catalog file a line at a time: what is not changed keeps its place and its form.

A row of a table is a line of its own; a file in another form is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


class FormError(Exception):
    """A file that is not kept a row a line; names it."""


class CatalogText:
    """A file of ``resources/catalog`` as its lines."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` where it cannot be read."""
        self.path = path
        self._lines = path.read_text("utf-8").splitlines()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, in order."""
        first, last = self._span(table)
        return [self._row(place) for place in range(first, last)]

    def put(self, table: str, row: Row, same: Callable[[Row], bool]) -> None:
        """Take a row's place where ``same`` holds, or be the table's first."""
        first, last = self._span(table)
        for place in range(first, last):
            if same(self._row(place)):
                comma = "," if place < last - 1 else ""
                self._lines[place] = _line(row) + comma
                return
        self._lines.insert(first, _line(row) + ("," if last > first else ""))

    def replace(self, table: str, rows: Sequence[Row]) -> None:
        """Have other rows; a table that is not there becomes the file's last."""
        lines = [_line(row) + "," for row in rows]
        lines[-1] = lines[-1].removesuffix(",")
        try:
            first, last = self._span(table)
        except FormError:
            end = len(self._lines) - 1
            self._lines[end - 1] += ","
            self._lines[end:end] = [f'  "{table}": [', *lines, "  ]"]
        else:
            self._lines[first:last] = lines

    def set_collected(self, day: str) -> None:
        """The day of the whole file."""
        self._lines = [
            re.sub(r'^(\s*"collected": )"[\d-]+"', rf'\g<1>"{day}"', line) for line in self._lines
        ]

    def set_source(self, key: str, title: str, url: str, day: str) -> None:
        """A source's title, address and the day it is of; one that no row names is left out."""
        entry = json.dumps({"title": title, "url": url, "date": day}, ensure_ascii=False)
        for place, line in enumerate(self._lines):
            if line.startswith(f'    "{key}": {{'):
                comma = "," if line.endswith(",") else ""
                self._lines[place] = f'    "{key}": {entry}{comma}'
                return
        if any(f'"source": "{key}"' in line for line in self._lines):
            place = self._lines.index('  "sources": {')
            self._lines.insert(place + 1, f'    "{key}": {entry},')

    def text(self) -> str:
        """The whole file.

        Raises:
            FormError: what became of it is no JSON.
        """
        text = "\n".join(self._lines) + "\n"
        try:
            json.loads(text)
        except ValueError as error:
            raise FormError(f"{self.path.name}: {error}") from error
        return text

    def save(self) -> None:
        self.path.write_text(self.text(), encoding="utf-8", newline="\n")

    def _span(self, table: str) -> tuple[int, int]:
        try:
            first = self._lines.index(f'  "{table}": [') + 1
            last = next(
                place
                for place in range(first, len(self._lines))
                if self._lines[place] in ("  ]", "  ],")
            )
        except (ValueError, StopIteration):
            raise FormError(f"{self.path.name}: {table} is not kept a row a line") from None
        return first, last

    def _row(self, place: int) -> dict[str, Any]:
        try:
            row = json.loads(self._lines[place].strip().removesuffix(","))
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise FormError(f"{self.path.name}: line {place + 1} is not a row")
        return row


def _line(row: Row) -> str:
    return "    " + json.dumps(row, ensure_ascii=False)
