"""Sets of facts as the makers of the program would sign them, with a key made for the test."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta

import pytest
from nacl.signing import SigningKey

from wizard import build_info
from wizard.catalog import folder
from wizard.catalog.signed import FactSet, sequence_of, sign
from wizard.paths import resource_folder

SEED = bytes(range(32))
KEY = bytes(SigningKey(SEED).verify_key)


def newest_own_day() -> date:
    paths = resource_folder("catalog").glob("*.json")
    return max(day for path in paths if (day := folder.collected(path)) is not None)


def facts(days: int = 1, turn: int = 0, **changes: object) -> FactSet:
    """The program's own facts under a number that is ``days`` newer.

    ``changes`` are fields of ``pytorch.json`` with other values.
    """
    day = newest_own_day() + timedelta(days=days)
    files = {path.name: path.read_bytes() for path in resource_folder("catalog").glob("*.json")}
    if changes:
        document = {**json.loads(files["pytorch.json"]), **changes}
        files["pytorch.json"] = json.dumps(document).encode()
    return FactSet(sequence_of(day, turn), day, files)


def signed(days: int = 1, turn: int = 0, seed: bytes = SEED, **changes: object) -> bytes:
    return sign(facts(days, turn, **changes), seed)


def build_for(
    monkeypatch: pytest.MonkeyPatch, address: str | None = "https://facts.example/facts.signed"
) -> None:
    """Make this program one that was built with the test's key, and with that address."""
    told = {build_info.FACTS_KEY: base64.b64encode(KEY).decode()}
    if address is not None:
        told[build_info.FACTS_ADDRESS] = address
    monkeypatch.setenv("no_proxy", "127.0.0.1")  # the test's server is this computer's own
    for module in (build_info, folder):
        monkeypatch.setattr(module, "build_info", lambda _folder=None: told)
    folder.facts_in_use.cache_clear()
