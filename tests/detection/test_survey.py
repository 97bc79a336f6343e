"""The probes side by side: on this computer, and with some that hang, fail or are late."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from wizard.detection.answers import PROBE_NAMES, Answer, GraphicsAnswer, ProbeName, SystemAnswer
from wizard.detection.machine import Gpu, Machine, OperatingSystem, machine_from_json
from wizard.detection.survey import PROBES, Probe, survey

SYSTEM = SystemAnswer(OperatingSystem("linux", "Debian 12"), "lab-7")


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Set at the end of a test, so that its hanging probes do not outlive it."""
    event = threading.Event()
    yield event
    event.set()


def test_this_computer() -> None:
    steps: list[tuple[Machine, frozenset[ProbeName]]] = []
    machine = survey(lambda partial, names: steps.append((partial, names)))
    assert [len(names) for _, names in steps] == [1, 2, 3, 4, 5, 6]
    assert steps[-1] == (machine, frozenset(PROBE_NAMES))
    assert machine.os.system in ("linux", "windows", "macos") and machine.memory_gib
    assert machine.environment("wizard") is not None or machine.conda is not None
    assert not machine.simulated
    file = json.loads(json.dumps(machine.to_json()))
    assert machine_from_json(file) == replace(machine, simulated=True)


def test_every_probe_has_a_name_and_a_time_limit() -> None:
    assert tuple(PROBES) == PROBE_NAMES
    assert all(0 < probe.time_limit <= 20 for probe in PROBES.values())


def test_a_hanging_probe_costs_its_own_answer_only(released: threading.Event) -> None:
    def hang() -> Answer:
        released.wait()
        return GraphicsAnswer("nvml", (Gpu("nvidia", "too late"),))

    def answer() -> Answer:
        return SYSTEM

    seen: list[frozenset[ProbeName]] = []
    machine = survey(
        lambda _, names: seen.append(names),
        {"system": Probe(answer, 60.0), "nvml": Probe(hang, 0.2), "nvidia_smi": Probe(hang, 0.2)},
    )
    assert machine.name == "lab-7" and machine.gpus == ()
    assert [(p.code, p.detail) for p in machine.problems] == [
        ("probe_timed_out", "nvml: no answer in 0.2 s"),
    ]
    assert seen[0] == {"system"} and seen[-1] == {"system", "nvml", "nvidia_smi"}


def test_a_late_answer_is_dropped() -> None:
    given_up, answered = threading.Event(), threading.Event()

    def late() -> Answer:
        given_up.wait()
        answered.set()
        return GraphicsAnswer("nvml", (Gpu("nvidia", "too late"),))

    def slow() -> Answer:
        answered.wait()
        return SYSTEM

    def told(_machine: Machine, names: frozenset[ProbeName]) -> None:
        if "nvml" in names:
            given_up.set()

    machine = survey(told, {"nvml": Probe(late, 0.05), "system": Probe(slow, 1000.0)})
    assert machine.gpus == () and [p.code for p in machine.problems] == ["probe_timed_out"]


def test_a_raising_probe_is_a_problem() -> None:
    def fail() -> Answer:
        raise RuntimeError("ə" * 1000)

    machine = survey(None, {"conda": Probe(fail, 60.0)})
    (problem,) = machine.problems
    assert problem.code == "probe_failed" and problem.detail.startswith("conda: RuntimeError: ə")
    assert len(problem.detail) <= 300


def test_a_hanging_driver_does_not_keep_the_program_from_ending() -> None:
    code = (
        "import threading, time\n"
        "from wizard.detection.survey import Probe, survey\n"
        "m = survey(None, {'nvml': Probe(lambda: threading.Event().wait(), 0.1)})\n"
        "print(m.problems[0].code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "probe_timed_out"


def test_detection_brings_in_neither_qt_nor_torch() -> None:
    code = (
        "import sys\n"
        "from wizard.detection.survey import survey\n"
        "survey()\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}\n"
        "    & {'PySide6', 'torch', 'numpy', 'pyqtgraph'}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_cancelled_survey_does_not_wait_for_a_probe_that_hangs(
    released: threading.Event,
) -> None:
    def hang() -> SystemAnswer:
        released.wait()
        return SYSTEM

    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    machine = survey(probes={"system": Probe(hang, 1000.0)}, cancelled=cancelled)
    assert machine.name == "this computer"
