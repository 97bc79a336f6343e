"""The goals of speed and memory, each measured in one run with its reference.

`python3 packaging/dev.py bench [--only NAME …] [--json | --markdown]`; ends with 1 where a goal is
missed. What is compared runs alternately (A, B, A, B, …) and the medians count, so that a busy
moment hits both sides.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date

import measures
from rows import CHECKOUT, BenchError, Row

Measure = Callable[[], list[Row]]

#: Each with the row it gives where it cannot be made.
MEASURES: dict[str, tuple[Measure, Row]] = {
    "starts": (measures.starts, Row("first painted page", measures.FIRST_PAGE, None, "x")),
    "imports": (measures.imports, Row("imports of the first page", 250.0, None, "ms")),
    "wheel": (measures.wheel, Row("size of the wheel", 2.0, None, "MB")),
    "path": (measures.happy_path, Row("from the start to “Setup complete”", 2.0, None, "s")),
    "detection": (measures.detection, Row("detection without conda", 300.0, None, "ms")),
    "environments": (measures.many_environments, Row("page of 50 environments", 150.0, None, "ms")),
    "diagnosis": (measures.diagnosis, Row("diagnosis of 1 MB of text", 200.0, None, "ms")),
    "stalls": (measures.stalls, Row("longest stall of the event loop", 50.0, None, "ms")),
    "plot": (measures.live_plot, Row("longest stall, live plot", 50.0, None, "ms")),
    "memory": (measures.memory, Row("growth over ten benchmarks", 1.0, None, "MiB")),
    "idle": (measures.idle, Row("CPU of an idle window", 0.05, None, "%")),
    "screenshots": (measures.screenshots, Row("screenshots of all pages", 60.0, None, "s")),
    "figures": (
        measures.figures,
        Row("CPU figures against torch.utils.benchmark", 5.0, None, "%"),
    ),
}


def main() -> int:
    options = make_parser("dev.py bench", __doc__, MEASURES).parse_args()
    # As an installed program is: where PYTHONDONTWRITEBYTECODE is set, no start would leave it so.
    compileall.compile_dir(CHECKOUT / "wizard", quiet=1)
    before = load()
    rows = measure_all(options.only, MEASURES)
    return print_rows(rows, options.json, options.markdown, computer(), before)


def make_parser(prog: str, about: str | None, names: Iterable[str]) -> argparse.ArgumentParser:
    """The options of a bench with measurements of these names."""
    parser = argparse.ArgumentParser(prog=prog, description=about)
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print JSON instead of a table")
    forms.add_argument("--markdown", action="store_true", help="print a table in Markdown")
    parser.add_argument("--only", nargs="+", choices=list(names), default=list(names))
    return parser


def measure_all(names: Iterable[str], measures: Mapping[str, tuple[Measure, Row]]) -> list[Row]:
    """The rows of these measurements; each is told of on standard error when it begins."""
    rows: list[Row] = []
    for name in names:
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        rows += measured(*measures[name])
    return rows


def print_rows(
    rows: list[Row], as_json: bool, as_markdown: bool, where: str, before: float | None = None
) -> int:
    """As JSON, as a table of Markdown or as a plain one; 1 where a goal is missed."""
    met = all(row.met for row in rows)
    if as_json:
        described = [{**asdict(row), "met": row.met} for row in rows]
        answer = {"schema": 1, "computer": where, "load": before, "met": met}
        print(json.dumps({**answer, "rows": described}))
    else:
        print(markdown(rows, where) if as_markdown else table(rows, where))
    return 0 if met else 1


def measured(measure: Measure, missing: Row) -> list[Row]:
    try:
        return measure()
    except (BenchError, subprocess.TimeoutExpired) as error:
        return [Row(missing.name, missing.goal, None, missing.unit, str(error))]


def table(rows: list[Row], where: str) -> str:
    lines = [where, "", f"{'what':45}{'goal':>10}{'measured':>12}  verdict"]
    for row in rows:
        measured = "-" if row.measured is None else f"{row.measured:.2f} {row.unit}"
        verdict = "met" if row.met else "MISSED"
        lines.append(f"{row.name:45}{row.shown_goal:>10}{measured:>12}  {verdict}")
        if row.detail:
            lines.append(f"    {row.detail}")
    return "\n".join(lines)


def markdown(rows: list[Row], where: str) -> str:
    lines = [f"Measured on {date.today().isoformat()}: {where}.", ""]
    lines += ["| what | goal | measured | |", "|---|---|---|---|"]
    for row in rows:
        figure = "-" if row.measured is None else f"{row.measured:.2f} {row.unit}"
        shown = figure if row.met else f"**{figure}**, missed"
        lines.append(f"| {row.name} | {row.shown_goal} | {shown} | {row.detail} |")
    return "\n".join(lines)


def computer() -> str:
    return f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}"


def load() -> float | None:
    """How many programs ran in the last minute, where the system tells; a quiet computer has 0."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


if __name__ == "__main__":
    sys.exit(main())
