"""What is played on a described machine reads like what a real child says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wizard.checks import CHECK_IDS
from wizard.course import simulated
from wizard.course.played import PlayedSession, load_show
from wizard.course.simulated import Build
from wizard.detection.description import load_machine
from wizard.detection.machine import Machine
from wizard.jobs.benchmark import run_benchmark, summarize
from wizard.jobs.events import Check, Done, LogLine, Sample
from wizard.jobs.recording import events_of, lines_of, playing
from wizard.jobs.verification import run_verification
from wizard.paths import resource_folder
from wizard.state import SetupState

MACHINES = sorted(resource_folder("machines").glob("*.json"))
CUDA = Build("3.12.11", "/envs/x/bin/python", "/envs/x", "2.13.0", "13.0")


def machine(name: str) -> Machine:
    return load_machine(resource_folder("machines") / f"{name}.json")


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem)
def test_every_sample_has_streams_that_read_as_events(path: Path) -> None:
    here = load_machine(path)
    for events in (simulated.verification(here, CUDA), simulated.benchmark(here, CUDA)):
        read = events_of(lines_of(events))
        assert not any(isinstance(event, LogLine) for event in read)
        assert isinstance(read[-1], Done)


def test_a_card_with_the_right_build_passes_every_check() -> None:
    lines = lines_of(simulated.verification(machine("rtx5070-desktop"), CUDA))
    seen: list[object] = []
    result = run_verification(
        Path(CUDA.executable), machine("rtx5070-desktop"), seen.append, run_child=playing(lines)
    )
    assert result.ready == "gpu" and result.findings == () and result.simulated
    checks = [event for event in seen if isinstance(event, Check)]
    assert [check.id for check in checks] == list(CHECK_IDS)


def test_a_build_for_the_cpu_is_found_out() -> None:
    build = Build("3.12.11", "/envs/x/bin/python", "/envs/x", "2.13.0+cpu", None)
    lines = lines_of(simulated.verification(machine("t4-windows"), build))
    result = run_verification(
        Path(build.executable), machine("t4-windows"), lambda _event: None, run_child=playing(lines)
    )
    assert result.ready is None
    assert result.findings[0].code == "cpu_only_build"


def test_two_cards_add_up_and_one_has_nothing_to_add() -> None:
    one = machine("rtx5070-desktop")
    two = replace(one, gpus=one.gpus * 2)
    states = [
        next(
            e["state"]
            for e in simulated.verification(each, CUDA)
            if e.get("id") == "all_reduce" and "state" in e
        )
        for each in (one, two)
    ]
    assert states == ["skipped", "passed"]


def test_a_stream_that_is_cut_is_no_pass() -> None:
    lines = lines_of(simulated.verification(machine("t4-windows"), CUDA))[:-1]
    result = run_verification(
        Path(CUDA.executable), machine("t4-windows"), lambda _event: None, run_child=playing(lines)
    )
    assert result.ready is None


def test_figures_follow_from_the_description() -> None:
    small, large = machine("gtx1060-laptop-windows"), machine("rtx5070-desktop")
    results = [
        run_benchmark(
            Path("python"),
            lambda _event: None,
            run_child=playing(lines_of(simulated.benchmark(each, CUDA))),
        )
        for each in (small, large)
    ]
    slow, fast = (summarize(each) for each in results)
    assert slow.gpu_gflops and fast.gpu_gflops and fast.gpu_gflops > slow.gpu_gflops
    for each in results:
        for sample in each.samples:
            assert sample.gflops == pytest.approx(2 * sample.size**3 / sample.seconds / 1e9)


def test_recorded_streams_beside_a_machine_are_played_as_recorded(tmp_path: Path) -> None:
    (tmp_path / "verify.jsonl").write_text('{"event": "done"}\n', "utf-8")
    assert not load_show(machine("t4-windows"), tmp_path).recorded, "both belong together"
    sample = {
        "event": "sample",
        "device": "cpu",
        "dtype": "float32",
        "size": 64,
        "seconds": 1e-5,
        "gflops": 52.4,
    }
    (tmp_path / "benchmark.jsonl").write_text(json.dumps(sample) + "\n", "utf-8")
    show = load_show(machine("t4-windows"), tmp_path)
    assert show.recorded
    session = PlayedSession(show, SetupState())
    session.show_benchmark()
    assert [event for event in session.benchmark.events if isinstance(event, Sample)]
    assert "measured there" in session.ribbon
