"""The jobs with an event loop: what arrives, how smoothly, and what is left at the end."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from wizard.checks import CHECK_IDS, Check
from wizard.detection import survey
from wizard.detection.answers import SystemAnswer
from wizard.detection.machine import Machine, OperatingSystem
from wizard.jobs.benchmark import BenchmarkResult
from wizard.jobs.events import LogLine, Sample
from wizard.jobs.telemetry import Telemetry
from wizard.jobs.threads import (
    BenchmarkJob,
    SurveyJob,
    SurveyProgress,
    TelemetryJob,
    VerificationJob,
    shutdown,
)
from wizard.jobs.verification import VerificationResult

HERE = Path(sys.executable)
PATIENCE = 60_000


def nothing_runs() -> bool:
    return psutil.Process().children(recursive=True) == []


def test_the_survey_tells_its_progress_and_its_end(qtbot: QtBot, cpu_machine: Machine) -> None:
    known = replace(cpu_machine, name="known")

    def known_survey(tell: Callable[[Machine, frozenset[str]], None]) -> Machine:
        tell(cpu_machine, frozenset({"system"}))
        return known

    job = SurveyJob(survey=known_survey)
    told: list[object] = []
    job.progressed.connect(told.append)
    with qtbot.waitSignal(job.surveyed, timeout=PATIENCE) as ended:
        job.start()
    assert told == [SurveyProgress(cpu_machine, frozenset({"system"}))]
    assert ended.args == [known]
    shutdown([job])


def test_a_described_machine_needs_no_survey(qtbot: QtBot, cpu_machine: Machine) -> None:
    job = SurveyJob(described=cpu_machine)
    with qtbot.waitSignal(job.surveyed, timeout=PATIENCE) as ended:
        job.start()
    assert ended.args == [cpu_machine]
    shutdown([job])


def test_closing_waits_for_no_probe_that_hangs(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, released = threading.Event(), threading.Event()

    def hang() -> SystemAnswer:
        hanging.set()
        released.wait()
        return SystemAnswer(OperatingSystem("linux"))

    for name in survey.PROBES:
        monkeypatch.setitem(survey.PROBES, name, survey.Probe(hang, 1000.0))  # type: ignore[arg-type]
    job = SurveyJob()
    told: list[object] = []
    job.surveyed.connect(told.append)
    job.start()
    assert hanging.wait(PATIENCE / 1000)
    shutdown([job])
    assert job.isFinished() and told == []
    released.set()


def test_a_cancelled_survey_is_silent(qtbot: QtBot, cpu_machine: Machine) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def known_survey(tell: Callable[[Machine, frozenset[str]], None]) -> Machine:
        asked.set()
        go_on.wait()
        tell(cpu_machine, frozenset())
        return cpu_machine

    job = SurveyJob(survey=known_survey)
    told: list[object] = []
    job.progressed.connect(told.append)
    job.surveyed.connect(told.append)
    job.start()
    assert asked.wait(60)
    job.cancel()
    go_on.set()
    shutdown([job])
    qtbot.wait(1)  # lets what was sent arrive
    assert told == []


def test_a_verification_arrives_check_by_check(qtbot: QtBot, cpu_machine: Machine) -> None:
    job = VerificationJob(HERE, cpu_machine)
    events: list[object] = []
    job.happened.connect(events.append)
    with qtbot.waitSignal(job.ended, timeout=PATIENCE) as ended:
        job.start()
    shutdown([job])
    assert ended.args is not None
    result = ended.args[0]
    assert isinstance(result, VerificationResult)
    assert result.ready == "cpu"
    assert [event.id for event in events if isinstance(event, Check)] == list(CHECK_IDS)
    assert nothing_runs()


def test_a_flood_of_lines_arrives_in_a_few_pieces(
    qtbot: QtBot, cpu_machine: Machine, program: Callable[[str], Path]
) -> None:
    python = program("for i in range(50_000): print('line', i, 'x' * 60)")
    job = VerificationJob(python, cpu_machine)
    events: list[object] = []
    job.happened.connect(events.append)
    began = time.monotonic()
    with qtbot.waitSignal(job.ended, timeout=PATIENCE) as ended:
        job.start()
    took = time.monotonic() - began
    shutdown([job])
    logs = [event for event in events if isinstance(event, LogLine)]
    assert 0 < len(logs) <= took / 0.05 + 2
    assert max(log.text.count("\n") for log in logs) <= 200
    assert ended.args is not None
    result: VerificationResult = ended.args[0]
    assert result.log_path is not None
    assert result.log_path.read_text("utf-8").count("\n") == 50_000  # the file has them all


def test_stopping_a_benchmark_keeps_its_samples(qtbot: QtBot) -> None:
    job = BenchmarkJob(HERE, 60.0)
    job.happened.connect(lambda event: job.cancel() if isinstance(event, Sample) else None)
    with qtbot.waitSignal(job.ended, timeout=PATIENCE) as ended:
        job.start()
    shutdown([job])
    assert ended.args is not None
    result = ended.args[0]
    assert isinstance(result, BenchmarkResult)
    assert result.stopped
    assert result.samples
    assert nothing_runs()


def test_telemetry_reads_until_it_is_cancelled(qtbot: QtBot) -> None:
    job = TelemetryJob()
    with qtbot.waitSignals([job.reading, job.reading], timeout=PATIENCE) as seen:
        job.start()
    shutdown([job])
    assert job.isFinished()
    assert all(isinstance(each.args[0], Telemetry) for each in seen.all_signals_and_args)


def test_shutting_down_leaves_nothing(
    qtbot: QtBot, cpu_machine: Machine, environment: Callable[..., Path]
) -> None:
    threads = set(threading.enumerate())
    verification = VerificationJob(environment("import time; time.sleep(999)"), cpu_machine)
    jobs = [verification, BenchmarkJob(HERE, 60.0), TelemetryJob()]
    with qtbot.waitSignal(verification.happened, timeout=PATIENCE):
        for job in jobs:
            job.start()
    shutdown(jobs)
    assert all(job.isFinished() for job in jobs)
    assert nothing_runs()
    # Qt's threads show up as dummies as long as Python remembers them; ours have names.
    assert not {t for t in threading.enumerate() if t.name.startswith("child")} - threads
