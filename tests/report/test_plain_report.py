"""Answers as plain text, and the parts of the report's document."""

from __future__ import annotations

import json
from dataclasses import replace

from wizard.advice.finding import Finding
from wizard.advice.recommendation import Spelling
from wizard.detection.machine import Machine, OperatingSystem
from wizard.jobs.benchmark import BenchmarkResult, summarize
from wizard.jobs.events import Device, Info, Sample, Training
from wizard.report.document import report_document
from wizard.report.plain import finding_lines, ready_line, summary_lines, table
from wizard.text import set_language

MACHINE = Machine("lab-7", OperatingSystem("linux", "Debian 12"))
SPELLED = Spelling(cmd="in cmd", powershell="in PowerShell", bash="in bash")
FINDING = Finding("driver_too_old", "Too old", "566.36", "Update it", (SPELLED,), "https://x.org/")


def sample(device: str, size: int, gflops: float) -> Sample:
    return Sample("matmul", device, "float32", size, 0.1, gflops, 5)


def training(device: str, speed: float) -> Training:
    return Training(device, "float32", speed, 0.2, 512, 5)


BENCHMARK = BenchmarkResult(
    samples=(sample("cpu", 512, 100.0), sample("cuda:0", 512, 80.0), sample("cuda:0", 4096, 8100.0),
             sample("cpu", 4096, 162.0)),
    trainings=(training("cpu", 480.0), training("cuda:0", 9600.0)),
    notes=(),
    info=Info("2.13.0+cu126", 8, (Device("cpu", "Xeon"), Device("cuda:0", "Tesla T4"))),
    stopped=False,
    complete=True,
    findings=(FINDING,),
    kind="exited",
    exit_name="0",
    log_path=None,
    log_tail=(),
    python="/opt/ə/bin/python",
)  # fmt: skip


def test_summary_in_words() -> None:
    assert summary_lines(summarize(BENCHMARK)) == [
        "CPU, best: 162 GFLOP/s",
        "GPU, best: 8100 GFLOP/s",
        "The GPU is 50.0 times as fast as the CPU at size 4096.",
        "In the training step the GPU is 20.0 times as fast.",
    ]
    set_language("az")
    assert any("50,0" in line for line in summary_lines(summarize(BENCHMARK)))


def test_summary_of_a_cpu_only_machine() -> None:
    alone = replace(BENCHMARK, samples=(sample("cpu", 512, 100.0),), trainings=())
    assert summary_lines(summarize(alone)) == ["CPU, best: 100 GFLOP/s"]


def test_findings_speak_the_systems_shell() -> None:
    lines = finding_lines([FINDING], "windows")
    assert lines == ["", "✗ Too old", "  566.36", "  What to do: Update it", "     in cmd",
                     "  https://x.org/"]  # fmt: skip
    assert "     in bash" in finding_lines([FINDING], "linux")
    assert finding_lines([], "linux") == []


def test_the_three_ends() -> None:
    assert len({ready_line("gpu"), ready_line("cpu"), ready_line(None)}) == 3


def test_columns() -> None:
    assert table([("a", "bb", ""), ("ccc", "d", "e")]) == ["a    bb", "ccc  d   e"]


def test_the_document_is_json_and_marks_a_simulation() -> None:
    report = report_document(
        replace(MACHINE, simulated=True), benchmark=BENCHMARK, summary=summarize(BENCHMARK)
    )
    data = json.loads(json.dumps(report))
    assert data["simulated"] is True and data["verification"] is None
    assert data["program"]["name"] == "gpu-setup-wizard"
    part = data["benchmark"]
    assert part["summary"]["speedup"] == 50.0 and len(part["samples"]) == 4
    assert part["devices"][1] == {"id": "cuda:0", "name": "Tesla T4"}
    assert part["findings"][0]["code"] == "driver_too_old"
    assert report_document(MACHINE)["benchmark"] is None
