"""`catalog` and `catalog update`: what is said, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from facts_for_tests import build_for, facts, signed
from facts_server import Served, serving

from wizard import cli
from wizard.advice import catalog
from wizard.catalog.folder import facts_in_use
from wizard.paths import resource_folder
from wizard.text.age import facts_line


@pytest.fixture(autouse=True)
def _settled() -> Iterator[None]:
    facts_in_use.cache_clear()
    yield
    facts_in_use.cache_clear()


def test_it_says_which_facts_how_old_and_from_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["catalog"]) == 0
    lines = capsys.readouterr().out.splitlines()
    collected = catalog.load().collected
    assert lines[0] == facts_line(collected, date.today())
    assert lines[1] == "They came with the wizard."
    for path in resource_folder("catalog").glob("*.json"):
        assert any(line.startswith(path.name) for line in lines)
        for source in json.loads(path.read_bytes())["sources"].values():
            assert any(source["url"] in line and source["date"] in line for line in lines)


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["catalog", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    collected = date.fromisoformat(told["collected"])
    assert told["age_days"] == (date.today() - collected).days
    assert told["old"] == catalog.load().is_old(date.today())
    assert told["from"] == "built in"
    assert {file["name"] for file in told["files"]} == set(facts().files)
    assert all(file["sources"] for file in told["files"])
    assert "update" not in told


@pytest.mark.parametrize(
    ("days", "words"), [(0, "of today"), (1, "1 day old"), (181, "181 days old"), (-3, "of today")]
)
def test_the_age_is_said_in_days(days: int, words: str) -> None:
    assert words in facts_line(
        date(2026, 1, 1), date.fromordinal(date(2026, 1, 1).toordinal() + days)
    )


def test_nothing_of_updating_is_said_where_there_is_no_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["catalog", "--help"]) == 0
    told = capsys.readouterr().out
    assert "update" not in told
    assert "--from" not in told
    assert cli.main(["catalog", "update"]) == 2
    assert "no address" in capsys.readouterr().err


def test_where_there_is_an_address_it_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    build_for(monkeypatch)
    assert cli.main(["catalog", "--help"]) == 0
    assert "--from" in capsys.readouterr().out
    assert cli.main(["catalog", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["update"] == "https://facts.example/facts.signed"


def test_updating_says_what_came(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = facts()
    with serving(Served(signed())) as address:
        build_for(monkeypatch, address)
        assert cli.main(["catalog", "update"]) == 0
        assert made.date.isoformat() in capsys.readouterr().out
        assert cli.main(["catalog", "update"]) == 0
        assert "no newer facts" in capsys.readouterr().out
        assert cli.main(["catalog", "update", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "schema": 1,
        "result": "current",
        "date": made.date.isoformat(),
        "sequence": made.sequence,
    }
    facts_in_use.cache_clear()  # as at the next start
    assert cli.main(["catalog"]) == 0
    assert "were downloaded" in capsys.readouterr().out


def test_a_refusal_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    build_for(monkeypatch)
    file = tmp_path / "given"
    file.write_bytes(signed(seed=bytes(32)))
    assert cli.main(["catalog", "update", "--from", str(file), "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert "somebody else" in told.err


def test_a_server_that_does_not_answer_is_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Served()) as address:
        build_for(monkeypatch, address)
    assert cli.main(["catalog", "update"]) == 3
    assert "127.0.0.1" in capsys.readouterr().err


def test_from_without_update_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["catalog", "--from", "x"]) == 2
    assert "catalog update" in capsys.readouterr().err
