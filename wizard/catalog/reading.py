"""Reads a file of the catalog into frozen values; bounds are constraints of their types."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1)]
VersionText = Annotated[str, Meta(pattern=r"^\d{1,6}(\.\d{1,6}){0,3}\Z")]
CapabilityText = Annotated[str, Meta(pattern=r"^[1-9]\d?\.\d\Z")]
KernelsText = Annotated[str, Meta(pattern=r"^([1-9]\d?\.\d( [1-9]\d?\.\d)*)?\Z")]
"""Compute capabilities with a space between; empty for a build without CUDA."""
PythonsText = Annotated[str, Meta(pattern=r"^3\.\d{1,2}-3\.\d{1,2}\Z")]
"""The first and the last Python, such as ``3.10-3.14``."""
Link = Annotated[str, Meta(pattern=r"^https://\S+\Z")]
Count = Annotated[int, Meta(gt=0)]
Megabytes = Annotated[int, Meta(gt=0, le=100_000)]
Platform = Literal[
    "linux-x86_64",
    "linux-aarch64",
    "windows-x86_64",
    "windows-arm64",
    "macos-arm64",
    "macos-x86_64",
]


class CatalogError(ValueError):
    """A catalog file that is not in its form; the message names the file and the path in it."""


class Source(Struct, frozen=True):
    title: Text
    url: Link
    date: date


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: Text
    """A key of the file's ``sources``."""
    certainty: Literal["C", "S", "W", "I"] = "C"
    """Read first-hand, well confirmed, one third party, inferred."""

    @property
    def certain(self) -> bool:
        """Whether the fact may be promised."""
        return self.certainty in ("C", "S")


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: Literal[1]
    collected: date
    sources: dict[str, Source]


_Document = TypeVar("_Document", bound=Document)


def read(path: Path, form: type[_Document]) -> _Document:
    """One file of the catalog.

    Raises:
        CatalogError: it cannot be read, is no JSON, or is not in its form.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=form)
    except (OSError, ValueError, RecursionError) as error:
        raise CatalogError(f"{path.name}: {str(error) or type(error).__name__}") from error
    for table in form.__struct_fields__:
        for index, row in enumerate(_rows(found, table)):
            if row.source not in found.sources:
                raise CatalogError(
                    f"{path.name}: {row.source!r} is none of the sources"
                    f" - at `$.{table}[{index}].source`"
                )
    return found


def _rows(document: Document, table: str) -> list[Row]:
    value = getattr(document, table)
    rows = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else ()
    return [row for row in rows if isinstance(row, Row)]
