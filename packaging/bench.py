"""The goals of speed and memory, each measured in one run with its reference.

`python3 packaging/dev.py bench [--json]`; ends with 1 where a goal is missed. What is compared runs
alternately (A, B, A, B, …) and the medians count, so that a busy moment hits both sides.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

PACKAGING = Path(__file__).resolve().parent
CHECKOUT = PACKAGING.parent

STARTS = 9
SURVEYS = 7

_DIAGNOSES = 7

_DIAGNOSIS = """
import json, sys, time
from wizard.causes.diagnosis import diagnose
texts = [json.loads(line)["text"] for line in open(sys.argv[1], encoding="utf-8")]
text = "\\n".join(texts)
text = (text + "\\n") * (1_000_000 // len(text) + 1)
text = text[:1_000_000]
diagnose(text[:1000])
began = time.perf_counter()
found = diagnose(text)
print(time.perf_counter() - began if found.findings else "nothing found", flush=True)
"""

_SURVEY = """
import time
began = time.perf_counter()
from wizard.detection.survey import PROBES, survey
survey(probes={name: probe for name, probe in PROBES.items() if name != "conda"})
print(time.perf_counter() - began, flush=True)
"""


@dataclass(frozen=True)
class Row:
    """One goal: ``measured`` must not be above ``goal``, both in ``unit``."""

    name: str
    goal: float
    measured: float | None
    """None where it could not be measured; ``detail`` says why."""
    unit: str
    detail: str = ""

    @property
    def met(self) -> bool:
        return self.measured is not None and self.measured <= self.goal


class BenchError(Exception):
    """A program of the bench did not do its part."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    # As an installed program is: where PYTHONDONTWRITEBYTECODE is set, no start would leave it so.
    compileall.compile_dir(CHECKOUT / "wizard", quiet=1)
    rows: list[Row] = []
    for what, measure, goals in (
        (
            "starts",
            starts,
            (("first painted page", 1.5, "x"), ("memory at the first page", 1.4, "x")),
        ),
        ("detection", detection, (("detection without conda", 300.0, "ms"),)),
        ("diagnosis", diagnosis, (("diagnosis of 1 MB of text", 200.0, "ms"),)),
        ("event loop", stalls, (("longest stall", 50.0, "ms"),)),
        ("CPU figures", figures, (("CPU figures against torch.utils.benchmark", 5.0, "%"),)),
    ):
        print(f"measuring: {what} …", file=sys.stderr, flush=True)
        rows += _measured(measure, goals)
    met = all(row.met for row in rows)
    if options.json:
        described = [{**asdict(row), "met": row.met} for row in rows]
        print(json.dumps({"schema": 1, "computer": computer(), "met": met, "rows": described}))
    else:
        print(table(rows))
    return 0 if met else 1


def _measured(
    measure: Callable[[], list[Row]], goals: tuple[tuple[str, float, str], ...]
) -> list[Row]:
    try:
        return measure()
    except (BenchError, subprocess.TimeoutExpired) as error:
        return [Row(name, goal, None, unit, str(error)) for name, goal, unit in goals]


def table(rows: list[Row]) -> str:
    lines = [f"{computer()}", "", f"{'what':45}{'goal':>10}{'measured':>12}  verdict"]
    for row in rows:
        measured = "-" if row.measured is None else f"{row.measured:.2f} {row.unit}"
        verdict = "met" if row.met else "MISSED"
        lines.append(f"{row.name:45}{f'{row.goal:g} {row.unit}':>10}{measured:>12}  {verdict}")
        if row.detail:
            lines.append(f"    {row.detail}")
    return "\n".join(lines)


def computer() -> str:
    return f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}"


def starts() -> list[Row]:
    """From the start of the process to the first painted page, and the memory it takes then."""
    seconds: dict[str, list[float]] = {"bare": [], "wizard": []}
    memory: dict[str, list[float]] = {"bare": [], "wizard": []}
    early: set[str] = set()
    for turn in range(STARTS + 1):
        for kind in ("bare", "wizard"):
            seen = json.loads(_run("bench_start.py", kind, clock=True))
            if turn:  # the first pair only warms the disk's cache
                seconds[kind].append(seen["seconds"])
                memory[kind].append(seen["rss"] / 2**20)
            if kind == "wizard":
                early.update(seen["early"])
    return [
        _ratio("first painted page", 1.5, seconds, "s", 3),
        _ratio("memory at the first page", 1.4, memory, "MiB", 1),
        Row(
            "heavy modules loaded before the first page",
            0,
            len(early),
            "",
            ", ".join(sorted(early)) or "numpy, pyqtgraph and torch come when they are needed",
        ),
    ]


def _ratio(name: str, goal: float, seen: dict[str, list[float]], unit: str, digits: int) -> Row:
    ours, bare = median(seen["wizard"]), median(seen["bare"])
    detail = (
        f"the wizard {ours:.{digits}f} {unit}, a bare wizard of five pages {bare:.{digits}f} {unit}"
        f" (medians of {len(seen['bare'])})"
    )
    return Row(name, goal, ours / bare, "x", detail)


def detection() -> list[Row]:
    """The survey in a new process, its imports with it, without asking conda."""
    times = [float(_run("-c", _SURVEY)) * 1000 for _ in range(SURVEYS + 1)][1:]
    detail = f"median of {len(times)} new processes, {min(times):.0f} to {max(times):.0f} ms"
    return [Row("detection without conda", 300.0, median(times), "ms", detail)]


def diagnosis() -> list[Row]:
    """A million characters of the reports that the tests know, each in a process of its own."""
    reports = str(CHECKOUT / "tests" / "causes" / "reports.jsonl")
    seconds = [float(_run("-c", _DIAGNOSIS, reports)) for _ in range(_DIAGNOSES)]
    detail = f"median of {_DIAGNOSES}, the slowest {1000 * max(seconds):.0f} ms"
    return [Row("diagnosis of 1 MB of text", 200.0, 1000 * median(seconds), "ms", detail)]


def stalls() -> list[Row]:
    """The event loop while real children verify, measure, and print 100,000 lines."""
    seen = json.loads(_run("bench_stall.py"))
    if seen["ready"] is None or not seen["samples"]:
        raise BenchError(f"the children did not do their work: {seen}")
    rows = []
    if seen["lines"] != 100_000:
        raise BenchError(f"the log of the installation has {seen['lines']} lines")
    for page in ("verify", "benchmark", "install"):
        detail = f"of {seen[page]['beats']:.0f} beats, one wanted every 2 ms"
        name = f"longest stall of the event loop, {page}"
        rows.append(Row(name, 50.0, seen[page]["longest_ms"], "ms", detail))
    return rows


def figures() -> list[Row]:
    """The benchmark's own figures of the CPU and those of torch.utils.benchmark, in turn."""
    seen = json.loads(_run("bench_figures.py"))
    apart = {size: 100 * (median(ratios) - 1) for size, ratios in seen["ratios"].items()}
    detail = ", ".join(f"size {size}: {percent:+.1f} %" for size, percent in apart.items())
    detail += f" ({seen['threads']} threads, medians of {len(next(iter(seen['ratios'].values())))})"
    worst = max(map(abs, apart.values()))
    return [Row("CPU figures against torch.utils.benchmark", 5.0, worst, "%", detail)]


def _run(program: str, *arguments: str, clock: bool = False) -> str:
    """Standard output of a program in this Python, with an empty home folder of its own."""
    path = PACKAGING / program
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [sys.executable, str(path) if path.exists() else program, *arguments]
        if clock:
            command.append(repr(time.perf_counter()))
        done = subprocess.run(
            command,
            env=_environment(home),
            cwd=home,
            capture_output=True,
            encoding="utf-8",
            timeout=400,
            check=False,
        )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["nothing on standard error"])[-1]
        raise BenchError(f"{program} ended with {done.returncode}: {last}")
    return done.stdout


def _environment(home: str) -> dict[str, str]:
    environment = dict(os.environ)
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_RUNTIME_DIR"):
        environment[name] = home
    for name in ("WIN_PD_OVERRIDE_APPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        environment[name] = home
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        environment.pop(name, None)
    environment["QT_QPA_PLATFORM"] = "offscreen"
    environment["GPU_WIZARD_LANGUAGE"] = "az"
    environment["PYTHONPATH"] = str(CHECKOUT)
    return environment


if __name__ == "__main__":
    sys.exit(main())
