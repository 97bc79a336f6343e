"""`dev.py catalog key` and `sign`: what they make, the program takes."""

from __future__ import annotations

import base64
import importlib
import shutil
import sys
from datetime import date
from pathlib import Path

import pytest

from wizard.advice.fresh_facts import update
from wizard.catalog.folder import facts_in_use, newest_facts
from wizard.catalog.signed import open_signed, public_key, sequence_of
from wizard.paths import resource_folder

DEVELOP = Path(__file__).resolve().parents[2] / "packaging" / "develop"
sys.path.insert(0, str(DEVELOP))

command = importlib.import_module("facts_command")


@pytest.fixture
def key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, str]:
    """A private key's file, and the public key as it was said."""
    path = tmp_path / "private"
    assert command.main(["key", str(path)]) == 0
    return path, capsys.readouterr().out.strip()


def test_what_is_signed_is_taken_by_a_program_with_that_key(
    tmp_path: Path,
    key: tuple[Path, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    private, public = key
    signed = tmp_path / "facts.signed"
    assert command.main(["sign", "--key", str(private), "--out", str(signed), "--turn", "9"]) == 0
    assert capsys.readouterr().out.strip() == public
    found = open_signed(signed.read_bytes(), public_key(public))
    assert found.sequence == sequence_of(date.today(), 9)
    own = {path.name: path.read_bytes() for path in resource_folder("catalog").glob("*.json")}
    assert found.files == own
    monkeypatch.setattr("wizard.catalog.folder.build_info", lambda: {"facts_key": public})
    facts_in_use.cache_clear()
    assert update(str(signed)).changed
    assert newest_facts().downloaded
    facts_in_use.cache_clear()


def test_the_private_key_is_the_owners_alone_and_is_never_overwritten(
    key: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    private, public = key
    text = private.read_text("ascii")
    assert len(base64.b64decode(text)) == 32
    assert text.strip() != public
    if sys.platform != "win32":
        assert private.stat().st_mode & 0o077 == 0
    assert command.main(["key", str(private)]) == 3
    assert private.read_text("ascii") == text
    assert text.strip() not in capsys.readouterr().out


def test_the_key_may_come_from_the_environment(
    tmp_path: Path, key: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIZARD_FACTS_KEY", key[0].read_text("ascii"))
    signed = tmp_path / "facts.signed"
    assert command.main(["sign", "--out", str(signed)]) == 0
    assert open_signed(signed.read_bytes(), public_key(key[1])).files


@pytest.mark.parametrize("text", ["", "short", "ə", base64.b64encode(bytes(31)).decode()])
def test_without_a_key_nothing_is_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("WIZARD_FACTS_KEY", text)
    signed = tmp_path / "facts.signed"
    assert command.main(["sign", "--out", str(signed)]) == 3
    assert not signed.exists()


def test_a_catalog_that_the_program_cannot_read_is_not_signed(
    tmp_path: Path, key: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    broken, signed = tmp_path / "catalog", tmp_path / "facts.signed"
    shutil.copytree(resource_folder("catalog"), broken)
    (broken / "drivers.json").write_text('{"schema": 1}')
    arguments = ["--catalog", str(broken), "sign", "--key", str(key[0]), "--out", str(signed)]
    assert command.main(arguments) == 3
    assert "drivers.json" in capsys.readouterr().err
    assert not signed.exists()


@pytest.mark.parametrize("turn", ["0", "100", "-1"])
def test_a_day_has_99_sets(tmp_path: Path, key: tuple[Path, str], turn: str) -> None:
    out = str(tmp_path / "facts.signed")
    assert command.main(["sign", "--key", str(key[0]), "--out", out, "--turn", turn]) == 3
