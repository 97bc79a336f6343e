"""Reports as people write them: the right cause first, and nothing in healthy texts.

``reports.jsonl`` in the resources holds our own wordings around the errors that people meet, and
healthy logs with no codes; here they are recognised by signals alone, without guessing. The
project's collection of real reports is measured too, where it lies beside it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wizard.causes.diagnosis import diagnose
from wizard.paths import resource_folder

REPORTS = resource_folder("causes") / "reports.jsonl"
REAL = Path(__file__).resolve().parents[3] / "shared" / "facts" / "failures.jsonl"


def reports(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def codes(report: dict[str, Any], text: str) -> list[str]:
    system = report.get("os")
    system = None if system == "any" else system
    found = diagnose(text, system, report.get("evidence"), guess=False)
    return [finding.code for finding in found.findings]


def missed(cases: list[tuple[list[str], list[str]]], within: int) -> list[object]:
    return [case for case in cases if not set(case[0]) & set(case[1][:within])]


def test_the_right_cause_comes_first() -> None:
    sick = [report for report in reports(REPORTS) if report["codes"]]
    assert len(sick) >= 100
    cases = [(report["codes"], codes(report, report["text"])) for report in sick]
    assert len(missed(cases, 1)) <= len(cases) * 0.1, missed(cases, 1)
    assert len(missed(cases, 2)) <= len(cases) * 0.03, missed(cases, 2)


def test_nothing_is_found_in_healthy_texts() -> None:
    healthy = [report for report in reports(REPORTS) if not report["codes"]]
    assert len(healthy) >= 30
    assert [found for report in healthy if (found := codes(report, report["text"]))] == []


def test_a_driver_is_never_advised_where_no_nvidia_card_is() -> None:
    evidence = {"gpus": [{"vendor": "intel", "name": "Intel UHD Graphics 620"}], "os": "windows"}
    for report in reports(REPORTS):
        found = diagnose(report["text"], "windows", evidence).findings
        assert not {"driver_missing", "driver_too_old"} & {finding.code for finding in found}


def test_the_real_reports() -> None:
    if not REAL.is_file():
        pytest.skip("the collection of real reports is not here")
    cases = [
        (report["cause_code"].split("|"), codes(report, report["symptom_text"]))
        for report in reports(REAL)
    ]
    assert len(missed(cases, 1)) <= len(cases) * 0.1, missed(cases, 1)
    assert len(missed(cases, 2)) <= len(cases) * 0.03, missed(cases, 2)
