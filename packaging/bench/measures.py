"""The measurements of the bench, each a function that gives rows of its table."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

from rows import BENCH, CHECKOUT, BenchError, Row, run_program

STARTS = 9
SURVEYS = 7
_DIAGNOSES = 7
_PATHS = 5
_PACKAGES = 10
FIRST_PAGE = 1.3
"""Times what a bare `QWizard` takes."""

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


def starts() -> list[Row]:
    """From the start of the process to the first painted page, and the memory it takes then."""
    seconds: dict[str, list[float]] = {"bare": [], "wizard": []}
    memory: dict[str, list[float]] = {"bare": [], "wizard": []}
    early: set[str] = set()
    for turn in range(STARTS + 1):
        for kind in ("bare", "wizard"):
            seen = json.loads(run_program("start.py", kind, clock=True))
            if turn:  # the first pair only warms the disk's cache
                seconds[kind].append(seen["seconds"])
                memory[kind].append(seen["rss"] / 2**20)
            if kind == "wizard":
                early.update(seen["early"])
    return [
        _ratio("first painted page", FIRST_PAGE, seconds, "s", 3),
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
        f" (medians of {len(seen['bare'])}; the best {min(seen['wizard']):.{digits}f} and"
        f" {min(seen['bare']):.{digits}f})"
    )
    return Row(name, goal, ours / bare, "x", detail)


def detection() -> list[Row]:
    """The survey in a new process, its imports with it, without asking conda."""
    times = [float(run_program("-c", _SURVEY)) * 1000 for _ in range(SURVEYS + 1)][1:]
    detail = f"median of {len(times)} new processes, {min(times):.0f} to {max(times):.0f} ms"
    return [Row("detection without conda", 300.0, median(times), "ms", detail)]


def diagnosis() -> list[Row]:
    """A million characters of the reports that the tests know, each in a process of its own."""
    reports = str(CHECKOUT / "resources" / "causes" / "reports.jsonl")
    seconds = [float(run_program("-c", _DIAGNOSIS, reports)) for _ in range(_DIAGNOSES)]
    detail = f"median of {_DIAGNOSES}, the slowest {1000 * max(seconds):.0f} ms"
    return [Row("diagnosis of 1 MB of text", 200.0, 1000 * median(seconds), "ms", detail)]


def stalls() -> list[Row]:
    """The event loop while real children verify, measure, and print 100,000 lines."""
    seen = json.loads(run_program("stall.py"))
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
    seen = json.loads(run_program("figures.py"))
    apart = {size: 100 * (median(ratios) - 1) for size, ratios in seen["ratios"].items()}
    detail = ", ".join(f"size {size}: {percent:+.1f} %" for size, percent in apart.items())
    detail += f" ({seen['threads']} threads, medians of {len(next(iter(seen['ratios'].values())))})"
    worst = max(map(abs, apart.values()))
    return [Row("CPU figures against torch.utils.benchmark", 5.0, worst, "%", detail)]


def imports() -> list[Row]:
    """What the first page has to load, by package, as Python itself times it."""
    told = run_program("-X", "importtime", str(BENCH / "start.py"), "wizard", clock=True, said=True)
    seconds, packages = import_times(told)
    most = ", ".join(f"{name} {1000 * own:.0f}" for name, own in packages[:_PACKAGES] if own > 5e-4)
    return [Row("imports of the first page", 250.0, 1000 * seconds, "ms", f"of it in ms: {most}")]


def import_times(told: str) -> tuple[float, list[tuple[str, float]]]:
    """Seconds in all and by package, the slowest first, from what ``-X importtime`` prints."""
    told = told.partition("\npainted")[0]
    own: Counter[str] = Counter()
    for microseconds, module in re.findall(
        r"^import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)", told, re.M
    ):
        package = module.split(".")[0]
        own["standard library" if package.lstrip("_") in _STANDARD else package] += int(
            microseconds
        )
    return sum(own.values()) / 1e6, [(name, time / 1e6) for name, time in own.most_common()]


_STANDARD = {name.lstrip("_") for name in sys.stdlib_module_names} | {"sitecustomize", "zipimport"}


def wheel() -> list[Row]:
    """The program as it is installed, without what it depends on."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
        command += ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder]
        done = subprocess.run(
            [*command, str(CHECKOUT)], cwd=folder, capture_output=True, text=True, check=False
        )
        found = list(Path(folder).glob("*.whl"))
        if done.returncode or not found:
            raise BenchError((done.stderr.strip().splitlines() or ["no wheel"])[-1])
        return [Row("size of the wheel", 2.0, found[0].stat().st_size / 1e6, "MB", found[0].name)]


def happy_path() -> list[Row]:
    """Every page once, on a described machine whose children are played, nothing downloaded."""
    seen = [json.loads(run_program("window.py", "path", clock=True)) for _ in range(_PATHS)]
    if any((each["page"], each["completion"]) != ("finish", "complete") for each in seen):
        raise BenchError(f"it did not come to its end: {seen}")
    after = median(each["after_first_page"] for each in seen)
    detail = f"median of {_PATHS} processes; {after:.2f} s of it after the first page"
    seconds = median(each["seconds"] for each in seen)
    return [Row("from the start to “Setup complete”", 2.0, seconds, "s", detail)]


def many_environments() -> list[Row]:
    """The page that lists them, from the click to its picture."""
    seen = [json.loads(run_program("window.py", "environments", clock=True)) for _ in range(_PATHS)]
    if any(each["shown"] < 50 for each in seen):
        raise BenchError(f"not all are shown: {seen}")
    measured = median(each["ms"] for each in seen)
    return [Row("page of 50 environments", 150.0, measured, "ms", f"median of {_PATHS}")]


def live_plot() -> list[Row]:
    """A curve of 10,000 points that gets another ten times a second."""
    seen = json.loads(run_program("window.py", "plot", clock=True))
    if seen["points"] < 9_990:
        raise BenchError(f"the curve has {seen['points']} points")
    detail = (
        f"{seen['points']} points, one more every 100 ms; shown at once in {seen['made_ms']:.0f} ms"
    )
    return [
        Row("longest stall, live plot", 50.0, seen["longest_ms"], "ms", detail),
        Row("CPU share, live plot", 30.0, seen["cpu_percent"], "%", "of one core"),
    ]


def memory() -> list[Row]:
    """Ten benchmarks with real children, two seconds each, in one window."""
    seen = json.loads(run_program("window.py", "memory", clock=True))
    held = seen["mib"]
    if not seen["samples"]:
        raise BenchError("nothing was measured")
    detail = f"real children; {held[0]:.1f} MiB after the first, {held[-1]:.1f} after the last"
    return [Row("growth over ten benchmarks", 1.0, held[-1] - held[0], "MiB", detail)]


def idle() -> list[Row]:
    """The window as it is started, when it has looked at the computer and nobody touches it."""
    seen = json.loads(run_program("window.py", "idle", clock=True))
    detail = f"over {seen['seconds']:.0f} s, of one core; what rounds to 0.0 meets it"
    return [Row("CPU of an idle window", 0.05, seen["cpu_percent"], "%", detail)]


def screenshots() -> list[Row]:
    """Every page in every state, in four languages and two themes."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run_program(
            *("-m", "wizard", "screenshots", "--out", folder),
            *("--lang", "az", "en", "tr", "ru", "--theme", "light", "dark"),
        )
        seconds = time.perf_counter() - began
        pictures = sum(1 for _ in Path(folder).rglob("*.png"))
    return [Row("screenshots of all pages", 60.0, seconds, "s", f"{pictures} pictures")]
