"""The bench for a computer with an NVIDIA card, as far as a stand-in for the card takes it."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

bench_gpu = importlib.import_module("gpu")
faults = importlib.import_module("gpu_faults")
rows = importlib.import_module("rows")
BENCH = Path(rows.BENCH)
STAND_INS = Path(__file__).resolve().parents[1] / "stand_ins"


def stand_in(mode: str) -> dict[str, str]:
    path = os.pathsep.join((str(STAND_INS), str(rows.CHECKOUT)))
    return {**os.environ, "PYTHONPATH": path, "STAND_IN_GPU": mode}


def run(*arguments: str, mode: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCH / arguments[0]), *arguments[1:]],
        env=stand_in(mode),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def point(dtype: str, size: int, ours: float, careful: float) -> dict[str, object]:
    return {
        "dtype": dtype,
        "size": size,
        "ours": ours,
        "careful": careful,
        "timer": careful,
        "do_bench": None,
    }


def test_without_a_card_it_says_so_and_ends_with_3() -> None:
    done = run("gpu.py", mode="hidden")
    assert (done.returncode, done.stdout) == (3, "")
    assert "no NVIDIA card" in done.stderr


def test_every_number_format_is_measured_beside_its_references() -> None:
    done = run("gpu_figures.py", "64", "--rounds", "1", mode="works")
    points = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(p["dtype"], p["size"]) for p in points] == [
        ("float32", 64),
        ("tf32", 64),
        ("bfloat16", 64),
    ]
    for each in points:
        assert min(each["ours"], each["careful"], each["timer"]) > 0


def test_the_worst_size_counts_on_either_side() -> None:
    points = [point("tf32", 1024, 0.9, 1.0), point("tf32", 2048, 1.02, 1.0)]
    row = bench_gpu._against_careful("tf32", points)
    assert row.measured == pytest.approx(10.0)
    assert not row.met
    assert bench_gpu._against_careful("tf32", points[1:]).met


def test_the_share_of_what_the_card_does_has_to_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_gpu, "_torch_says", lambda _expression: "NVIDIA H100 80GB HBM3")
    fast, slow = 2 * 8192**3 / 700e12, 2 * 8192**3 / 500e12
    assert bench_gpu._share(point("bfloat16", 8192, fast, fast)).met
    assert not bench_gpu._share(point("bfloat16", 8192, slow, slow)).met
    monkeypatch.setattr(bench_gpu, "_torch_says", lambda _expression: "NVIDIA GeForce RTX 4060")
    assert "no figure" in bench_gpu._share(point("bfloat16", 8192, slow, slow)).detail


def test_a_fault_that_cannot_be_injected_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> list[str]:
        raise OSError("no such program")

    monkeypatch.setattr(faults, "FAULTS", {"one": none, "other": list})
    one, other = faults.rows()
    assert (one.met, one.detail, other.met) == (False, "OSError: no such program", True)


def test_what_was_recorded_is_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The streams of real children, as the course's pictures read them."""
    from wizard.course.played import load_show
    from wizard.detection.description import load_machine
    from wizard.jobs.events import Done, LogLine, Sample
    from wizard.jobs.recording import events_of

    for name, value in stand_in("works").items():
        monkeypatch.setenv(name, value)
    bench_gpu.record(tmp_path, seconds=0.5)
    show = load_show(load_machine(tmp_path / "machine.json"), tmp_path)
    assert show.recorded
    for lines in (show.verification, show.benchmark):
        events = events_of(lines)
        assert isinstance(events[-1], Done)
        assert not any(isinstance(event, LogLine) for event in events)
    measured = {e.dtype for e in events_of(show.benchmark) if isinstance(e, Sample)}
    assert measured == {"float32", "tf32", "bfloat16"}
