"""The all-reduce over several devices: real processes, real PyTorch, gloo on the CPU.

A stand-in for a graphics card (`tests/stand_ins/torch`) makes one of three cards misbehave.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from wizard.target import all_reduce

STAND_INS = Path(__file__).resolve().parent.parent / "stand_ins"
THREE = {f"cuda:{number}": f"Stand-in {number}" for number in range(3)}


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process, no file: whatever a group did."""
    folder = tmp_path / "Müvəqqəti şəkillər"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert psutil.Process().children(recursive=True) == []
    assert list(folder.iterdir()) == []


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def choose(mode: str) -> None:
        monkeypatch.setenv("PYTHONPATH", str(STAND_INS))
        monkeypatch.setenv("STAND_IN_GPU", mode)

    return choose


def test_two_real_processes_add_up() -> None:
    outcome = all_reduce.run_group(["cpu", "cpu"], "gloo", 60)
    assert outcome.reason is None, outcome.detail
    assert outcome.size == all_reduce.MIB["gloo"] * 2**20
    assert outcome.gb_per_second == pytest.approx(outcome.size / outcome.seconds / 1e9)
    assert 0.001 < outcome.gb_per_second < 1000


def test_what_a_launcher_left_in_the_environment_does_not_disturb(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
        monkeypatch.setenv("MASTER_PORT", str(taken.getsockname()[1]))
        monkeypatch.setenv("RANK", "5")
        monkeypatch.setenv("WORLD_SIZE", "8")
        assert all_reduce.run_group(["cpu", "cpu"], "gloo", 60).reason is None


def test_one_that_dies_is_named(stand_in: Callable[[str], None]) -> None:
    stand_in("link_dies")
    outcome = all_reduce.run_group(["cuda:1", "cuda:2"], "gloo", 60)
    assert outcome.reason == "child_died"
    assert outcome.detail.splitlines()[0] == "cuda:2 ended with exit code 7"


def test_one_wrong_number_in_millions_is_found(stand_in: Callable[[str], None]) -> None:
    stand_in("link_lies")
    outcome = all_reduce.run_group(["cuda:1", "cuda:2"], "gloo", 60)
    assert outcome.reason == "results_disagree"
    assert "1 of 4194304 sums are wrong" in outcome.detail


def test_one_that_hangs_is_ended_with_the_others(stand_in: Callable[[str], None]) -> None:
    stand_in("link_hangs")
    outcome = all_reduce.run_group(["cuda:1", "cuda:2"], "gloo", 8)
    assert outcome.reason == "child_hung"
    assert outcome.detail.startswith("no answer within 8 s from cuda:1, cuda:2")
    assert "all have joined" in outcome.detail


def test_a_folder_that_cannot_be_made_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_options: object) -> str:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    assert all_reduce.run_group(["cpu", "cpu"], "gloo", 5).reason == "unexpected_error"


def test_where_every_pair_works_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_group(devices: list[str], _backend: str, limit: float) -> all_reduce.Outcome:
        if len(devices) > 2:
            return all_reduce.Outcome("child_hung", f"no answer within {limit:g} s")
        return all_reduce.Outcome(None, "", 1, 1.0)

    monkeypatch.setattr(all_reduce, "run_group", run_group)
    answer = all_reduce.examine(THREE, "nccl", 9, 5)
    assert answer.value["failed_pairs"] == []
    assert answer.detail == (
        "Every pair works by itself; all together do not.\nAll 3: no answer within 9 s"
    )
    monkeypatch.setattr(all_reduce, "PAIRS_SECONDS", 0)
    assert "Pairs not tried for lack of time: 3" in all_reduce.examine(THREE, "nccl").detail


@pytest.mark.parametrize("many", [2, 3, 4, 7, 8])
def test_every_pair_has_its_turn_and_no_device_two_at_once(many: int) -> None:
    devices = [f"cuda:{number}" for number in range(many)]
    found = list(all_reduce.rounds(devices))
    pairs = [pair for each in found for pair in each]
    assert len(pairs) == len(set(pairs)) == many * (many - 1) // 2
    assert all(devices.index(one) < devices.index(other) for one, other in pairs)
    for each in found:
        busy = [device for pair in each for device in pair]
        assert len(busy) == len(set(busy))


class Build:
    """A torch with these backends; None: built without all of it."""

    def __init__(self, *backends: str | None) -> None:
        self.distributed = self
        self.is_available = lambda: None not in backends
        self.is_nccl_available = lambda: "nccl" in backends
        self.is_gloo_available = lambda: "gloo" in backends


@pytest.mark.parametrize(
    ("backends", "chosen"),
    [(("nccl", "gloo"), "nccl"), (("gloo",), "gloo"), ((), None), ((None,), None)],
)
def test_the_backend(backends: tuple[str | None, ...], chosen: str | None) -> None:
    assert all_reduce.backend_of(Build(*backends)) == chosen
