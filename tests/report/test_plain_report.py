"""Answers as plain text, and the parts of the report's document."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wizard.advice.finding import Finding
from wizard.advice.recommend import recommend
from wizard.advice.recommendation import Spelling
from wizard.detection.description import load_machine
from wizard.detection.machine import Driver, Gpu, Machine, OperatingSystem, Problem
from wizard.jobs.benchmark import BenchmarkResult, summarize
from wizard.jobs.events import Device, Info, Sample, Training
from wizard.report.document import report_document
from wizard.report.plain import (
    finding_lines,
    ready_line,
    recommendation_lines,
    summary_lines,
    table,
    verdict_sentence,
)
from wizard.text import set_language

LINUX = OperatingSystem("linux")
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
        "GPU, best: 8.1 TFLOP/s",
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


MACHINES = Path(__file__).parents[2] / "resources" / "machines"


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("amd-desktop", "on this AMD card, with AMD's ROCm"),
        ("apple-m2", "this Mac's own GPU"),
        ("gtx1060-laptop-windows", "can run on the GPU"),
        ("intel-arc-laptop", "on these Intel graphics"),
        ("intel-laptop", "there is no NVIDIA card"),
        ("no-gpu", "there is no NVIDIA card"),
        ("nvidia-no-driver", "Install the NVIDIA driver first"),
        ("rtx5070-desktop-old-driver", "Update the NVIDIA driver first"),
        ("t4-colab", "can run on the GPU"),
    ],
)
def test_the_verdict_in_a_sentence(name: str, verdict: str) -> None:
    machine = load_machine(MACHINES / f"{name}.json")
    lines = recommendation_lines(recommend(machine), machine)
    assert verdict in lines[2]


@pytest.mark.parametrize(
    ("gpus", "os", "word"),
    [
        ([("Tesla K80", "3.7")], OperatingSystem("linux"), "too old"),
        ([("GTX 1060", "6.1"), ("RTX 5090", "12.0"), ("Tesla K80", "3.7")], LINUX, "some of"),
        ([("Xavier", "7.2")], OperatingSystem("linux", arch="aarch64"), "Jetson"),
        ([("RTX 4060", "8.9")], OperatingSystem("windows", arch="arm64"), "the slower way"),
    ],
)
def test_the_verdict_on_rare_machines(
    gpus: list[tuple[str, str]], os: OperatingSystem, word: str
) -> None:
    cards = tuple(Gpu("nvidia", name, capability) for name, capability in gpus)
    machine = Machine("rare", os, gpus=cards, nvidia_driver=Driver("580.95.05"))
    assert word in recommendation_lines(recommend(machine), machine)[0]


def test_an_amd_card_on_linux() -> None:
    machine = Machine("x", LINUX, gpus=(Gpu("amd", "AMD Radeon RX 7900 XTX"),))
    assert "ROCm" in recommendation_lines(recommend(machine), machine)[0]


def test_what_comes_before_the_commands() -> None:
    """The driver, conda, and a PyTorch that may do as it is."""
    machine = load_machine(MACHINES / "nvidia-no-driver-linux.json")
    lines = recommendation_lines(recommend(machine), machine)
    assert lines[4:7] == [
        "No NVIDIA driver works here yet; 580.65.06 or newer is needed.",
        "Install the NVIDIA driver the way your Linux offers it, restart, then scan again.",
        "https://wiki.debian.org/NvidiaGraphicsDrivers",
    ]
    first = lines.index("  1. Make the environment")
    assert lines[first - 1] == "After that, type in the terminal:"
    assert "Install Miniforge first" in lines[first + 1] and "conda create" in lines[first + 2]
    assert sum("Install Miniforge first" in line for line in lines[: first + 8]) == 1, "said once"
    machine = load_machine(MACHINES / "intel-laptop.json")
    lines = recommendation_lines(recommend(machine), machine)
    assert "2.6.0+cpu is in llm_50gun already" in lines[3]
    assert lines[5].startswith("If it does not pass, type in Anaconda Prompt")


@pytest.mark.parametrize(
    ("os", "card", "driver", "problem", "words"),
    [
        ("11 24H2", "GTX 1060", "591.44", None, "older NVIDIA driver"),
        ("11 24H2", "RTX 4060", "566.36", "gpu_lost", "must answer first"),
        ("8.1", "GTX 970", "474.14", None, "no PyTorch for this system"),
    ],
)
def test_the_first_sentence_says_what_stands_in_the_way(
    os: str, card: str, driver: str, problem: str | None, words: str
) -> None:
    described = Machine(
        "test",
        OperatingSystem("windows", os),
        gpus=(Gpu("nvidia", card),),
        nvidia_driver=Driver(driver),
        problems=() if problem is None else (Problem(problem),),
    )
    got = recommend(described)
    assert words in verdict_sentence(got)
    if problem is not None:
        assert got.reasons[0].text in recommendation_lines(got, described)
