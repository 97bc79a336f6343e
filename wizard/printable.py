"""What came from files and programs, made harmless: a name must not steer a terminal or a page."""

from __future__ import annotations

import re

#: Control characters but tab and line feed, marks that turn the direction of what is read, line
#: separators, and halves of characters, which no file can hold.
_STEERING = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def printable(text: str) -> str:
    r"""The text with what would steer written out, such as ``\x1b``."""
    return re.sub(_STEERING, _written_out, text)


def printable_json(document: str) -> str:
    """The same document, as JSON itself escapes such characters."""
    return re.sub(_STEERING, lambda found: f"\\u{ord(found[0]):04x}", document)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
