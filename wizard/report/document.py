"""The report as one JSON document: what the computer is, what was advised, what was proven."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wizard import __version__
from wizard.detection.machine import Machine
from wizard.paths import APP_NAME

if TYPE_CHECKING:
    from wizard.advice.recommendation import Recommendation
    from wizard.jobs.benchmark import BenchmarkResult, Summary
    from wizard.jobs.verification import VerificationResult

SCHEMA = 1


def report_document(
    machine: Machine,
    recommendation: Recommendation | None = None,
    verification: VerificationResult | None = None,
    benchmark: BenchmarkResult | None = None,
    summary: Summary | None = None,
) -> dict[str, object]:
    """Everything that is known, ready for ``json.dumps``; None for a part that was not made."""
    return {
        "schema": SCHEMA,
        "program": {"name": APP_NAME, "version": __version__},
        "simulated": machine.simulated,
        "machine": machine.to_json(),
        "recommendation": None if recommendation is None else recommendation.to_json(),
        "verification": None if verification is None else verification_part(verification),
        "benchmark": None if benchmark is None else benchmark_part(benchmark, summary),
    }


def verification_part(result: VerificationResult) -> dict[str, object]:
    """Every check, also those that were not reached, and what they come to."""
    return {
        **{name: value for name, value in result.to_json().items() if name != "event"},
        "checks": [
            {name: value for name, value in check.to_json().items() if name != "event"}
            for check in result.checks
        ],
    }


def benchmark_part(result: BenchmarkResult, summary: Summary | None) -> dict[str, object]:
    """Every point that was measured, and what they come to."""
    return {
        "python": result.python,
        "complete": result.complete,
        "stopped": result.stopped,
        "ended": result.kind,
        "exit": result.exit_name,
        "torch": result.info.torch if result.info else None,
        "threads": result.info.threads if result.info else None,
        "devices": [asdict(device) for device in result.info.devices] if result.info else [],
        "samples": [asdict(sample) for sample in result.samples],
        "trainings": [asdict(training) for training in result.trainings],
        "notes": [asdict(note) for note in result.notes],
        "summary": None if summary is None else asdict(summary),
        "findings": [finding.to_json() for finding in result.findings],
        "log": None if result.log_path is None else str(result.log_path),
    }
