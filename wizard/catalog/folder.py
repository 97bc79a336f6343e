"""Which copy of the facts counts: the one that came with the program, or a newer one it took.

A set that was taken lies in the user data folder, unpacked beside the signed file. Both are
compared each time, so that a damaged or changed copy is passed over for the one built in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from wizard import __version__
from wizard.build_info import FACTS_ADDRESS, FACTS_KEY, build_info
from wizard.catalog.signed import (
    MOST_BYTES,
    FactsError,
    open_signed,
    public_key,
    sequence_of,
)
from wizard.files import read_bounded
from wizard.paths import resource_folder, user_data_folder

SIGNED_FILE = "facts.signed"


@dataclass(frozen=True, slots=True)
class Facts:
    """A copy of the facts."""

    folder: Path
    downloaded: bool

    @property
    def sequence(self) -> int:
        """Its number; a greater one is newer."""
        return int(self.folder.name) if self.downloaded else built_in_sequence()


def catalog_folder() -> Path:
    """The folder of the catalog that counts in this process."""
    return facts_in_use().folder


@lru_cache(maxsize=1)
def facts_in_use() -> Facts:
    """The newest facts at this process's first question; the same until it ends."""
    return newest_facts()


def newest_facts() -> Facts:
    """The newer of the program's own facts and those that it took until now."""
    key = facts_key()
    taken = [] if key is None else _taken()
    own = built_in_sequence() if taken else 0
    for folder in taken:
        if int(folder.name) > own and _is_whole(folder, key or b""):
            return Facts(folder, downloaded=True)
    return Facts(resource_folder("catalog"), downloaded=False)


def facts_key() -> bytes | None:
    """The public key that was built in; None: this program takes no newer facts."""
    try:
        return public_key(build_info()[FACTS_KEY])
    except (KeyError, ValueError):
        return None


def facts_address() -> str | None:
    """Where newer facts are; None where the program was built without an address or a key."""
    return build_info().get(FACTS_ADDRESS) if facts_key() is not None else None


def facts_place() -> Path:
    """Where sets are kept. Each version of the program has its own: it knows their form."""
    return user_data_folder() / "facts" / __version__


def built_in_sequence() -> int:
    """The number of the program's own facts: that of a set made before all others of its day."""
    days = [collected(path) for path in resource_folder("catalog").glob("*.json")]
    return sequence_of(max((day for day in days if day is not None), default=date.min), 0)


def collected(path: Path) -> date | None:
    """The day on which a file's facts were collected; None where it does not say it."""
    try:
        return date.fromisoformat(json.loads(path.read_bytes())["collected"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _taken() -> list[Path]:
    """Folders of sets that were taken, the newest first."""
    try:
        names = [path for path in facts_place().iterdir() if path.name.isdecimal()]
    except OSError:
        return []
    return sorted(names, key=lambda path: int(path.name), reverse=True)


def _is_whole(folder: Path, key: bytes) -> bool:
    """Whether every byte of the set in a folder is as it was signed."""
    try:
        found = open_signed(read_bounded(folder / SIGNED_FILE, MOST_BYTES), key)
        return folder.name == str(found.sequence) and all(
            read_bounded(folder / name, MOST_BYTES) == data for name, data in found.files.items()
        )
    except (OSError, FactsError):
        return False
