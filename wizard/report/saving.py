"""Writing a report: as a page for people, or as JSON for programs; each only where it is named."""

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


_DATA = ".json"
_OVERVIEW = b'<main class="wide">'
_MOST_LOOKED_AT = 2**20


def data_beside(page: Path) -> Path | None:
    """The file that has the same as JSON beside a page; None where the page is JSON itself."""
    beside = page.parent / (page.stem + _DATA)
    return None if page.suffix.lower() == _DATA else beside


def is_overview(path: Path) -> bool:
    """Whether a file is a page over many, as the one of a class: made by this program, again."""
    try:
        with path.open("rb") as file:
            return _OVERVIEW in file.read(_MOST_LOOKED_AT)
    except OSError:
        return False


def save_report(
    target: Path,
    machine: Machine,
    recommendation: Recommendation | None = None,
    verification: VerificationResult | None = None,
    benchmark: BenchmarkResult | None = None,
    *,
    data: Path | None = None,
) -> str | None:
    """Write ``target``, as JSON where its name ends so, else as a page, and JSON into ``data``.

    No file is touched that was not named. Returns what went wrong, or None.
    """
    parts = published(machine, recommendation, verification, benchmark)
    plain = json.dumps(parts.document(), ensure_ascii=False, indent=2)
    try:
        for file in filter(None, (target, data)):
            is_data = file.suffix.lower() == _DATA
            write_document(file, printable_json(plain) + "\n" if is_data else report_html(parts))
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    return None
