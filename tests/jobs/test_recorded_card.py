"""What was recorded on a real card, played again as if a child spoke."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from wizard.detection.description import load_machine
from wizard.jobs.benchmark import run_benchmark, summarize
from wizard.jobs.recording import playing, read_lines
from wizard.jobs.telemetry import Telemetry
from wizard.jobs.verification import run_verification
from wizard.paths import resource_folder
from wizard.text.measured import result_sentences

CARDS = sorted(resource_folder("recordings").iterdir())
PYTHON = Path("python")


@pytest.fixture(params=CARDS, ids=lambda card: card.name)
def card(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_the_verification_passed_there_and_names_the_card(card: Path) -> None:
    machine = load_machine(card / "machine.json")
    run = playing(read_lines(card / "verify.jsonl"))
    result = run_verification(PYTHON, machine, lambda _event: None, run_child=run)
    assert (result.ready, result.findings) == ("gpu", ())
    assert result.device_names == tuple(gpu.name for gpu in machine.gpus)
    facts = next(check for check in result.checks if check.id == "devices").items[0]
    assert isinstance(facts, dict) and facts["capability"] == machine.gpus[0].compute_capability


def test_the_benchmark_there_says_what_is_usual(card: Path) -> None:
    machine = load_machine(card / "machine.json")
    run = playing(read_lines(card / "benchmark.jsonl"))
    result = run_benchmark(PYTHON, lambda _event: None, run_child=run)
    summary = summarize(result)
    assert result.complete and not result.findings and not result.notes
    assert summary.gpu_name == machine.gpus[0].name
    assert summary.gpu_gflops and summary.usual_gflops
    assert 0.9 < summary.gpu_gflops / summary.usual_gflops < 1.1
    # A product in float32 is the same work for both; training adds work that a CPU is worse at.
    assert summary.speedup and summary.training_speedup
    assert 1 < summary.speedup < summary.training_speedup < 10 * summary.speedup
    slow = replace(summary, gpu_gflops=summary.usual_gflops / 2)
    assert "50 %" in " ".join(result_sentences(slow, gpu_there=True))
    assert len(result_sentences(slow, gpu_there=True)) > len(
        result_sentences(summary, gpu_there=True)
    )


def test_the_live_figures_stay_within_the_cards_own_limits(card: Path) -> None:
    names = {field.name for field in fields(Telemetry)}
    readings = [json.loads(line) for line in read_lines(card / "nvml.jsonl")]
    assert all(reading.keys() == names | {"second"} for reading in readings)
    assert max(reading["gpu_percent"] for reading in readings) > 90
    assert all(r["memory_used_gib"] < r["memory_total_gib"] for r in readings)
    limit = readings[0]["power_limit_w"]
    assert 0.5 * limit < max(reading["power_w"] for reading in readings) < 1.1 * limit
    assert {reason for r in readings for reason in r["slowed_by"]} <= {"power", "heat"}


def test_a_recording_names_no_owner(card: Path) -> None:
    text = "".join(file.read_text("utf-8") for file in card.iterdir())
    assert "GPU-" not in text and "/home/" not in text and "/root" not in text
