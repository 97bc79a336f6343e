"""A set of facts in one signed file: every file of ``resources/catalog``, newer than the program.

The first line is a head with an Ed25519 signature (RFC 8032), in Base64, of the head's own words
and of all that follows. What follows is one JSON object: ``sequence``, ``date`` and ``files``, the
text of each file by its name. Nothing of it is read before the signature is found right.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from wizard.text import _

MOST_BYTES = 8 * 2**20
"""A signed file is no larger; today's facts are a thirtieth of it."""

_FAMILY = b"gpu-setup-wizard facts "
_HEAD = _FAMILY + b"1 "
_HEAD_LENGTH = len(_HEAD) + 88  # a signature has 64 bytes
_KEY_BYTES = 32


class FactsError(Exception):
    """Newer facts that were not taken; the message is the sentence for the user."""

    def __init__(self, message: str, kind: Literal["call", "refused", "failed"]) -> None:
        """``call``: asked for wrongly; ``refused``: what came is not right; ``failed``: neither."""
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class FactSet:
    """What a signed file holds."""

    sequence: int
    """Its day and which one of that day it is, as ``YYYYMMDDNN``: a greater one is newer."""
    date: date
    files: Mapping[str, bytes]


def sequence_of(day: date, turn: int) -> int:
    """The number of the ``turn``-th set (0 to 99) of a day."""
    return int(day.strftime("%Y%m%d")) * 100 + turn


def public_key(text: str) -> bytes:
    """The 32 bytes of a public key that is written in Base64.

    Raises:
        ValueError: it is none.
    """
    key = base64.b64decode(text.encode("ascii"), validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError("a public key has 32 bytes")
    return key


def sign(found: FactSet, seed: bytes) -> bytes:
    """The signed file of a set; ``seed`` is the private key's 32 bytes."""
    from nacl.signing import SigningKey

    document = {
        "sequence": found.sequence,
        "date": found.date.isoformat(),
        "files": {name: found.files[name].decode("utf-8") for name in sorted(found.files)},
    }
    body = json.dumps(document, ensure_ascii=False).encode("utf-8")
    signature = SigningKey(seed).sign(_HEAD + b"\n" + body).signature
    return _HEAD + base64.b64encode(signature) + b"\n" + body


def open_signed(data: bytes, key: bytes) -> FactSet:
    """What a signed file holds, once its signature is found right.

    Raises:
        FactsError: it is another file, damaged, signed by somebody else or not in its form.
    """
    head, _line, body = data[:_HEAD_LENGTH], data[_HEAD_LENGTH:][:1], data[_HEAD_LENGTH + 1 :]
    if not data.startswith(_HEAD):
        if data.startswith(_FAMILY):
            raise FactsError(_("This file is for another version of the wizard."), "refused")
        raise FactsError(_("This is not a file with facts for the wizard."), "refused")
    try:
        signature = base64.b64decode(head.removeprefix(_HEAD), validate=True)
    except binascii.Error:
        signature = b""
    if _line != b"\n" or not _is_signed(_HEAD + b"\n" + body, signature, key):
        raise FactsError(
            _("The signature is not right: the file is damaged, or somebody else made it."),
            "refused",
        )
    try:
        return _fact_set(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise unusable(str(error)) from error


def unusable(detail: str) -> FactsError:
    """A set that was signed and is not in its form."""
    return FactsError(
        _("The file with facts cannot be used: {detail}").format(detail=detail[:300]), "refused"
    )


def _is_signed(message: bytes, signature: bytes, key: bytes) -> bool:
    # Imported here: a start without newer facts needs no library of signatures.
    try:
        from nacl.exceptions import CryptoError
        from nacl.signing import VerifyKey
    except (ImportError, OSError) as error:
        raise FactsError(
            _("The signature cannot be checked on this computer: {error}").format(error=error),
            "failed",
        ) from error
    try:
        VerifyKey(key).verify(message, signature)
    except (CryptoError, ValueError):  # ValueError: a signature of another length
        return False
    return True


def _fact_set(document: object) -> FactSet:
    """The set of a decoded file.

    Raises:
        ValueError: a field is missing or not in its form.
    """
    if not isinstance(document, dict):
        raise ValueError("expected an object")
    fields = cast(dict[str, object], document)
    sequence, day, files = (fields.get(name) for name in ("sequence", "date", "files"))
    if not isinstance(sequence, int) or not isinstance(day, str) or not isinstance(files, dict):
        raise ValueError("expected sequence, date and files")
    when = date.fromisoformat(day)
    if not sequence_of(when, 0) <= sequence <= sequence_of(when, 99):
        raise ValueError("sequence is not of that date")
    found: dict[str, bytes] = {}
    for name, text in cast(dict[str, object], files).items():
        if not isinstance(text, str):
            raise ValueError(f"files.{name}: expected text")
        found[name] = text.encode("utf-8")
    return FactSet(sequence, when, found)
