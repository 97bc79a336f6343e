"""Taking newer facts, from a server on this computer and from files: the good and the bad."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from facts_for_tests import SEED, build_for, facts, signed
from facts_server import Served, serving

from wizard import __version__
from wizard.advice import catalog, fresh_facts
from wizard.advice.fresh_facts import update
from wizard.catalog import cards
from wizard.catalog.folder import facts_in_use, facts_place, newest_facts
from wizard.catalog.signed import MOST_BYTES, FactsError, FactSet, sign


@pytest.fixture(autouse=True)
def _built(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    build_for(monkeypatch)
    yield
    facts_in_use.cache_clear()


def refusal(address: str | None, kind: str) -> str:
    """The sentence; what is here must not have changed, and nothing half made may be left."""
    before = newest_facts()
    with pytest.raises(FactsError) as caught:
        update(address)
    assert caught.value.kind == kind, str(caught.value)
    assert newest_facts() == before
    place = facts_place()
    assert not place.exists() or not any(path.name.startswith(".") for path in place.iterdir())
    return str(caught.value)


def refused_body(body: bytes, kind: str = "refused", **more: object) -> str:
    with serving(Served(body, **more)) as address:  # type: ignore[arg-type]
        return refusal(address, kind)


def test_newer_facts_are_taken_from_the_address_that_was_built_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served = Served(signed())
    with serving(served) as address:
        build_for(monkeypatch, address)
        done = update()
        again = update()
    assert done.changed
    assert not again.changed
    assert again.sequence == done.sequence == newest_facts().sequence
    assert served.asked == ["/", "/"]
    assert served.agents[0] == f"gpu-setup-wizard/{__version__}"


def test_the_program_reads_what_it_took() -> None:
    with serving(Served(signed(collected="2026-11-20"))) as address:
        update(address)
    # Past the caches: the other tests' facts stay those built in.
    load = catalog.load.__wrapped__
    assert str(load().collected) != "2026-11-20", "they count from the next start on"
    facts_in_use.cache_clear()
    assert str(load().collected) == "2026-11-20"
    assert cards.load.__wrapped__().gpus


def test_a_running_program_keeps_the_set_that_it_began_with() -> None:
    with serving(Served(signed(days=1))) as address:
        update(address)
    facts_in_use.cache_clear()
    began = facts_in_use().folder
    for days in (2, 3, 4):
        with serving(Served(signed(days=days))) as address:
            update(address)
        assert began.is_dir()
    assert len(list(facts_place().iterdir())) == 2


def test_a_damaged_file_is_refused() -> None:
    data = signed()
    assert "signature is not right" in refused_body(data[:-1])
    assert "signature is not right" in refused_body(data.replace(b"torch", b"t0rch", 1))
    assert "not a file with facts" in refused_body(b"<html>Log in to the Wi-Fi</html>")
    assert "not a file with facts" in refused_body(b"")


def test_a_file_signed_with_another_key_is_refused() -> None:
    assert "somebody else" in refused_body(signed(seed=bytes(32)))


def test_an_older_file_is_refused() -> None:
    assert "older" in refused_body(signed(days=-1))
    with serving(Served(signed(days=2))) as address:
        assert update(address).changed
    assert "older" in refused_body(signed(days=1)), "newer than the program, older than the taken"


def test_a_file_for_another_program_is_refused() -> None:
    made = facts()
    fewer = {name: data for name, data in made.files.items() if name != "gpus.json"}
    assert "gpus.json" in refused_body(sign(FactSet(made.sequence, made.date, fewer), SEED))
    for name in ("more.json", "../../autostart.json", "/tmp/x.json", "C:\\x.json"):
        more = {**made.files, name: b"{}"}
        assert "cannot be used" in refused_body(sign(FactSet(made.sequence, made.date, more), SEED))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"schema": 2}, "pytorch.json"),
        ({"builds": []}, "pytorch.json"),
        ({"collected": "soon"}, "pytorch.json"),
        ({"releases": [{"version": "3.0.0"}]}, "pytorch.json"),
    ],
)
def test_a_signed_file_that_the_program_cannot_read_is_refused(
    change: dict[str, object], part: str
) -> None:
    assert part in refused_body(signed(**change))


def test_a_download_that_breaks_off_is_said() -> None:
    data = signed()
    assert "broke off" in refused_body(data[: len(data) // 2], "failed", length=len(data))


@pytest.mark.parametrize("served", [{"endless": True}, {"length": MOST_BYTES + 1}])
def test_a_huge_file_is_not_read_to_its_end(served: dict[str, object]) -> None:
    assert "too large" in refused_body(b"", **served)


def test_a_server_that_sends_to_another_server_is_not_followed() -> None:
    other = Served(signed())
    with serving(other) as elsewhere:
        assert "does not go there" in refused_body(b"", moved_to=elsewhere + "x")
    assert other.asked == []


def test_a_page_of_the_same_server_is_followed() -> None:
    served = Served(signed(), moved_to="/facts.signed")
    with serving(served) as address:
        assert update(address).changed
    assert served.asked == ["/", "/facts.signed"]


def test_a_server_that_goes_round_in_circles_is_left() -> None:
    assert "No facts came" in refused_body(b"", "failed", moved_to="/")


def test_a_server_without_the_file_is_named() -> None:
    assert "HTTP 404" in refused_body(b"", "failed", code=404)
    with serving(Served()) as address:
        pass  # nobody listens there any more
    assert "127.0.0.1" in refusal(address, "failed")


def test_an_answer_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh_facts, "_ANSWER_SECONDS", 0.2)
    assert "No facts came" in refused_body(signed(), "failed", hold=threading.Event())
    monkeypatch.setattr(fresh_facts, "_WHOLE_SECONDS", -1.0)
    assert "too long" in refused_body(signed(), "failed")


@pytest.mark.parametrize(
    "address",
    ["http://facts.example/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "https://", "https://[x"],
)
def test_an_address_without_https_is_refused(address: str) -> None:
    assert "https://" in refusal(address, "call")


def test_a_file_can_be_given_instead(tmp_path: Path) -> None:
    file = tmp_path / "Faktlar ə.signed"
    file.write_bytes(signed())
    assert update(str(file)).changed


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "gone" in refusal(str(tmp_path / "gone"), "call")
    assert str(tmp_path) in refusal(str(tmp_path), "call")
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert "too large" in refusal(str(large), "refused")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    place = facts_place()
    place.parent.parent.mkdir(parents=True, exist_ok=True)
    place.parent.write_text("in the way")
    file = tmp_path / "given"
    file.write_bytes(signed())
    assert str(place.parent) in refusal(str(file), "failed")


def test_a_set_that_lies_there_damaged_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_bytes(signed())
    folder = facts_place() / str(update(str(file)).sequence)
    (folder / "gpus.json").write_text("{}")
    assert update(str(file)).changed
    assert newest_facts().folder == folder


def test_stopping_leaves_what_is_here(tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_bytes(signed())
    with pytest.raises(FactsError, match="Stopped"):
        update(str(file), cancelled=lambda: True)
    assert not facts_place().exists()


def test_a_program_built_without_an_address_takes_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    build_for(monkeypatch, address=None)
    assert "no address" in refusal(None, "call")
    file = tmp_path / "given"
    file.write_bytes(signed())
    assert update(str(file)).changed, "the key alone is enough for a file"
    monkeypatch.setattr("wizard.catalog.folder.build_info", dict)
    assert "no address" in refusal(str(file), "call")
