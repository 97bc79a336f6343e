"""The signed file: nothing of it is believed before its signature is right."""

from __future__ import annotations

import base64
import json
import random
import sys
from datetime import date

import pytest
from facts_for_tests import KEY, SEED, facts, signed
from nacl.signing import SigningKey

from wizard.catalog.signed import FactsError, open_signed, public_key, sequence_of

_HEAD = b"gpu-setup-wizard facts 1 "


def refused(data: bytes, key: bytes = KEY) -> str:
    with pytest.raises(FactsError) as caught:
        open_signed(data, key)
    assert caught.value.kind == "refused"
    return str(caught.value)


def signed_body(body: bytes) -> bytes:
    signature = SigningKey(SEED).sign(_HEAD + b"\n" + body).signature
    return _HEAD + base64.b64encode(signature) + b"\n" + body


def test_what_was_signed_comes_back_whole() -> None:
    made = facts(days=3, turn=7)
    found = open_signed(signed(days=3, turn=7), KEY)
    assert found == made
    assert found.sequence == sequence_of(made.date, 7)


def test_a_file_changed_anywhere_is_refused() -> None:
    """One bit in 60 places: in the head, the signature and the facts."""
    data = signed()
    chance = random.Random(0)
    for place in (*range(0, 113, 7), *(chance.randrange(len(data)) for _turn in range(44))):
        changed = bytearray(data)
        changed[place] ^= 1 << chance.randrange(8)
        refused(bytes(changed))


def test_a_file_cut_anywhere_or_with_more_behind_it_is_refused() -> None:
    data = signed()
    for length in (0, 1, 25, 112, 113, 114, len(data) // 2, len(data) - 1):
        refused(data[:length])
    refused(data + b" ")


def test_each_fault_has_its_own_sentence() -> None:
    assert "not a file with facts" in refused(b"<!DOCTYPE html>")
    assert "another version" in refused(b"gpu-setup-wizard facts 2 " + bytes(200))
    assert "somebody else" in refused(signed(seed=bytes(32)))
    assert "somebody else" in refused(signed(), bytes(SigningKey(bytes(32)).verify_key))


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": "2026112700"},
        {"sequence": 2026112699},
        {"sequence": None},
        {"date": "soon"},
        {"date": 5},
        {"files": []},
        {"files": {"pytorch.json": 1}},
    ],
)
def test_a_signed_set_out_of_its_form_is_refused(change: dict[str, object]) -> None:
    made = {"sequence": 2026112801, "date": "2026-11-28", "files": {}}
    assert open_signed(signed_body(json.dumps(made).encode()), KEY).date == date(2026, 11, 28)
    assert "cannot be used" in refused(signed_body(json.dumps({**made, **change}).encode()))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_signed_and_no_set_is_refused(body: bytes) -> None:
    assert "cannot be used" in refused(signed_body(body))


def test_a_computer_without_the_library_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    data = signed()
    monkeypatch.setitem(sys.modules, "nacl.signing", None)
    with pytest.raises(FactsError, match="cannot be checked on this computer") as caught:
        open_signed(data, KEY)
    assert caught.value.kind == "failed"


def test_a_public_key_is_32_bytes_in_base64() -> None:
    assert public_key(base64.b64encode(KEY).decode()) == KEY
    for wrong in ("", "x", "ə", base64.b64encode(KEY[:31]).decode(), "*" * 44):
        with pytest.raises(ValueError, match=r"."):
            public_key(wrong)
