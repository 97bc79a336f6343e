"""Writing a report: a page for people and, beside it, JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.files import write_document
from wizard.printable import printable_json
from wizard.report.html import report_html
from wizard.report.publishable import published

if TYPE_CHECKING:
    from wizard.advice.recommendation import Recommendation
    from wizard.detection.machine import Machine
    from wizard.jobs.benchmark import BenchmarkResult
    from wizard.jobs.verification import VerificationResult


def save_report(
    target: Path,
    machine: Machine,
    recommendation: Recommendation | None = None,
    verification: VerificationResult | None = None,
    benchmark: BenchmarkResult | None = None,
) -> str | None:
    """Write ``target`` (HTML) and its neighbour ``.json``; returns what went wrong, or None."""
    parts = published(machine, recommendation, verification, benchmark)
    plain = json.dumps(parts.document(), ensure_ascii=False, indent=2)
    texts = {
        target: report_html(parts),
        target.with_suffix(".json"): printable_json(plain) + "\n",
    }
    try:
        for file, words in texts.items():
            write_document(file, words)
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    return None
