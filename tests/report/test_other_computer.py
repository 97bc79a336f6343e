"""Another computer's figures: out of its report, which is not trusted, or a recording."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from wizard.course import simulated
from wizard.course.simulated import Build
from wizard.detection.description import load_machine
from wizard.jobs.benchmark import BenchmarkResult, run_benchmark, summarize
from wizard.jobs.recording import lines_of, playing
from wizard.paths import resource_folder
from wizard.report import other_computer
from wizard.report.document import report_document
from wizard.report.other_computer import comparison, from_report, recorded

CUDA = Build("3.12.11", "python", "prefix", "2.13.0", "13.0")
CPU_ONLY = Build("3.12.11", "python", "prefix", "2.13.0+cpu", None)


def played(name: str, build: Build = CUDA) -> BenchmarkResult:
    machine = load_machine(resource_folder("machines") / f"{name}.json")
    lines = lines_of(simulated.benchmark(machine, build))
    return run_benchmark(Path("python"), lambda _event: None, run_child=playing(lines))


def report(tmp_path: Path, **changes: Any) -> Path:
    """A report of a described machine, with other parts on top."""
    machine = load_machine(resource_folder("machines") / "rtx4060-laptop.json")
    result = played("rtx4060-laptop")
    document = report_document(machine, None, None, result, summarize(result)) | changes
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_the_gpu_of_a_report_is_compared_in_float32(tmp_path: Path) -> None:
    other = from_report(report(tmp_path))
    assert (other.name, other.is_gpu, other.origin) == (
        "NVIDIA GeForce RTX 4060 Laptop GPU",
        True,
        "simulated",
    )
    ours = played("no-gpu", CPU_ONLY)
    found = comparison(other, ours)
    assert found is not None
    times, size, on_gpu = found
    cpu = {sample.size: sample.gflops for sample in ours.samples}
    assert (size, on_gpu) == (max(cpu), False)
    assert times == pytest.approx(other.speeds[size] / cpu[size])


def test_a_measured_report_is_not_called_simulated(tmp_path: Path) -> None:
    assert from_report(report(tmp_path, simulated=False)).origin == "report"


def test_a_report_without_a_gpu_gives_its_processor(tmp_path: Path) -> None:
    path = report(tmp_path)
    document = json.loads(path.read_text("utf-8"))
    samples = document["benchmark"]["samples"]
    document["benchmark"]["samples"] = [each for each in samples if each["device"] == "cpu"]
    path.write_text(json.dumps(document), "utf-8")
    other = from_report(path)
    assert not other.is_gpu
    assert "RTX" not in other.name


def test_without_a_common_size_nothing_is_claimed(tmp_path: Path) -> None:
    other = from_report(report(tmp_path))
    apart = other_computer.OtherComputer("x", True, {3: 1.0}, "report")
    assert comparison(apart, played("no-gpu", CPU_ONLY)) is None
    assert comparison(other, played("no-gpu", CPU_ONLY)) is not None


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"benchmark": None}, "no benchmark"),
        ({"benchmark": {"samples": []}}, "no benchmark"),
        ({"benchmark": {"samples": "many"}}, "no benchmark"),
        ({"benchmark": {"samples": [7, None, {"device": "cuda:0"}]}}, "no benchmark"),
        ({"program": {"name": "other"}}, "not a report of this program"),
        ({"machine": []}, "not a report of this program"),
    ],
)
def test_what_is_no_benchmark_is_refused_in_words(
    tmp_path: Path, part: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        from_report(report(tmp_path, **part))


def test_figures_nobody_measured_are_left_out(tmp_path: Path) -> None:
    sample = {"device": "cuda:0", "dtype": "float32", "size": 64, "seconds": 1.0, "gflops": 1.0}
    wrong = [
        {**sample, "gflops": -1.0},
        {**sample, "gflops": float("inf")},
        {**sample, "size": 10**30},
        {**sample, "size": 128, "event": "done"},
    ]
    named = [{"id": "cuda:0", "name": "a\x1b[31mred" + "x" * 1000}]
    part = {"samples": wrong, "devices": named}
    other = from_report(report(tmp_path, benchmark=part))
    assert other.speeds == {128: 1.0}
    assert "\x1b" not in other.name
    assert len(other.name) <= 60


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.json")
    with pytest.raises(ValueError, match="not a report"):
        from_report(tmp_path / "report.json")


def test_a_recording_that_comes_along_is_the_first_with_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, machine, build in (("a", "no-gpu", CPU_ONLY), ("b", "t4-colab", CUDA)):
        (tmp_path / name).mkdir()
        described = load_machine(resource_folder("machines") / f"{machine}.json")
        lines = lines_of(simulated.benchmark(described, build))
        (tmp_path / name / "benchmark.jsonl").write_text("\n".join(lines), "utf-8")
    monkeypatch.setattr(other_computer, "resource_folder", lambda _name: tmp_path)
    recorded.cache_clear()
    other = recorded()
    recorded.cache_clear()
    assert other is not None
    assert (other.name, other.origin) == ("Tesla T4", "recorded")
