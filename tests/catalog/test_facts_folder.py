"""Which copy of the facts counts: the newest that is whole, or the one built in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from facts_for_tests import SEED, build_for, facts, signed
from nacl.signing import SigningKey

from wizard.advice.fresh_facts import update
from wizard.catalog.folder import (
    SIGNED_FILE,
    built_in_sequence,
    facts_in_use,
    facts_place,
    newest_facts,
)
from wizard.catalog.signed import sign
from wizard.paths import resource_folder


def take(tmp_path: Path, data: bytes) -> Path:
    """The folder of a set that the program took."""
    file = tmp_path / "given"
    file.write_bytes(data)
    return facts_place() / str(update(str(file)).sequence)


@pytest.fixture(autouse=True)
def _built(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    build_for(monkeypatch)
    yield
    facts_in_use.cache_clear()


def test_the_built_in_facts_count_where_none_were_taken() -> None:
    facts = newest_facts()
    assert facts.folder == resource_folder("catalog")
    assert not facts.downloaded
    assert facts.sequence == built_in_sequence() > 2026_00_00_00


def test_the_newest_set_that_was_taken_counts(tmp_path: Path) -> None:
    take(tmp_path, signed(days=1))
    newest = take(tmp_path, signed(days=1, turn=1))
    assert newest_facts().folder == newest
    assert newest_facts().downloaded
    assert newest_facts().sequence == int(newest.name)
    assert {path.name for path in newest.iterdir()} == {*facts().files, SIGNED_FILE}


@pytest.mark.parametrize("name", [*facts().files, SIGNED_FILE])
def test_a_set_with_a_damaged_file_is_passed_over(tmp_path: Path, name: str) -> None:
    folder = take(tmp_path, signed())
    whole = (folder / name).read_bytes()
    for damaged in (whole[:-1], whole.replace(b"2", b"3", 1), b""):
        (folder / name).write_bytes(damaged)
        assert newest_facts().folder == resource_folder("catalog")
    (folder / name).unlink()
    assert newest_facts().folder == resource_folder("catalog")
    (folder / name).write_bytes(whole)
    assert newest_facts().folder == folder


def test_a_set_under_another_number_is_passed_over(tmp_path: Path) -> None:
    folder = take(tmp_path, signed())
    folder.rename(folder.with_name(str(int(folder.name) + 1)))
    assert not newest_facts().downloaded


def test_a_set_that_the_program_has_outgrown_is_passed_over() -> None:
    """An older set, such as one that an update of the program overtook."""
    old = facts(days=-1)
    place = facts_place() / str(old.sequence)
    place.mkdir(parents=True)
    for name, data in {**old.files, SIGNED_FILE: sign(old, SEED)}.items():
        (place / name).write_bytes(data)
    assert not newest_facts().downloaded


def test_without_a_key_nothing_that_was_taken_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(tmp_path, signed())
    monkeypatch.setattr("wizard.catalog.folder.build_info", dict)
    assert not newest_facts().downloaded


def test_with_another_key_nothing_that_was_taken_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(tmp_path, signed())
    other = bytes(SigningKey(bytes(32)).verify_key)
    monkeypatch.setattr("wizard.catalog.folder.facts_key", lambda: other)
    assert not newest_facts().downloaded


def test_another_version_of_the_program_begins_with_its_own_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(tmp_path, signed())
    monkeypatch.setattr("wizard.catalog.folder.__version__", "99.0")
    assert not newest_facts().downloaded


def test_a_start_without_newer_facts_needs_no_library_of_signatures() -> None:
    program = (
        "import sys; from wizard.advice import catalog; catalog.load(); "
        "from wizard.catalog.folder import facts_in_use; facts_in_use(); "
        "print([name for name in sys.modules if name.partition('.')[0] in ('nacl', 'cffi')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.strip() == "[]"
