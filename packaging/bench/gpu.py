"""What only a computer with an NVIDIA card can show, each figure beside its reference.

`python3 packaging/dev.py bench-gpu [--out FOLDER] [--only NAME …] [--json | --markdown]`; ends with
1 where a goal is missed and with 3 where PyTorch reaches no card. Any Python with a CUDA build of
PyTorch, `nvidia-ml-py`, `psutil` and `platformdirs` can run this file, too: no Qt is needed.
``--out`` leaves the card's description, its event streams and NVML's readings there, as the
course's pictures and `resources/recordings` take them, and the rows as far as they have come.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, cast

import gpu_faults as faults
from bench import Measure, make_parser, measure_all, print_rows
from measures import figures as cpu_figures
from rows import BENCH, CHECKOUT, BenchError, Row, own_environment, run_program

FIGURES_PERCENT = 5.0
SHORTEST_SECONDS = 0.5e-6 / (FIGURES_PERCENT / 100)
"""CUDA's events tell times apart by half a microsecond (CUDA Runtime API, cudaEventElapsedTime);
a product for which that is more than the goal can be shown, but not judged."""
FASTEST = {"H100": 790.0, "H200": 790.0}
"""TFLOP/s of a bf16 product of 8192 x 8192, as measured on these cards; by a word of the name."""
SHARE_PERCENT = 75.0
WHOLE_SECONDS = 60.0
METER_SECONDS = 10.0
METER_HERTZ = 5.0
METER_TURNS, METER_SLICE = 7, 1.2
"""Pairs of slices with and without the live figures, and the seconds of a slice."""
COMPARED = {
    "name": "name",
    "uuid": "uuid",
    "pci.bus_id": "bus_id",
    "compute_cap": "compute_capability",
    "memory.total": "memory_gib",
    "power.limit": "power_limit_w",
}
"""nvidia-smi's names and the wizard's."""


SMI_FIELDS = (*COMPARED, "driver_version", "pci.device_id", "mig.mode.current", "clocks.sm")


def figures() -> list[Row]:
    """The worst deviation for each number format where a product is long enough to be timed."""
    told = run_program("gpu_figures.py").splitlines()
    points: list[dict[str, Any]] = [json.loads(line) for line in told]
    rows = [_against_careful(kind, points) for kind in dict.fromkeys(p["dtype"] for p in points)]
    rows += [_share(point) for point in points if point["size"] == 8192 and "16" in point["dtype"]]
    return rows


def _against_careful(kind: str, points: list[dict[str, Any]]) -> Row:
    worst, details = 0.0, list[str]()
    for point in points:
        if point["dtype"] != kind:
            continue
        apart = {
            name: 100 * (point["ours"] / point[name] - 1)
            for name in ("careful", "timer", "do_bench")
            if point[name]
        }
        judged = point["careful"] >= SHORTEST_SECONDS
        worst = max(worst, abs(apart["careful"])) if judged else worst
        speed = 2 * point["size"] ** 3 / point["ours"] / 1e12
        others = ", ".join(f"{name} {percent:+.1f} %" for name, percent in apart.items())
        remark = "" if judged else f"; {1e6 * point['careful']:.1f} µs, too short to be judged"
        details.append(f"{point['size']}: {speed:.1f} TFLOP/s ({others}{remark})")
    return Row(
        f"{kind} against a careful reference", FIGURES_PERCENT, worst, "%", "; ".join(details)
    )


def _share(point: dict[str, Any]) -> Row:
    name = _torch_says("torch.cuda.get_device_name(0)")
    best = next((speed for word, speed in FASTEST.items() if word in name), None)
    speed = 2 * point["size"] ** 3 / point["ours"] / 1e12
    what = f"{point['dtype']} at 8192"
    if best is None:
        return Row(what, 0.0, speed, "TFLOP/s", f"no figure to compare with for {name}", least=True)
    detail = f"{speed:.0f} of {best:.0f} TFLOP/s, {name}"
    return Row(
        f"{what}, of what the card does", SHARE_PERCENT, 100 * speed / best, "%", detail, True
    )


def whole() -> list[Row]:
    """The benchmark as a user starts it, from the call to its end."""
    began = time.perf_counter()
    done = faults.wizard("benchmark", "--python", sys.executable, "--json")
    took = time.perf_counter() - began
    if done.code != 0:
        raise BenchError(f"benchmark ended with {done.code}: {done.last}")
    summary = cast("dict[str, Any]", done.events[-1]["summary"])
    if summary["speedup"] is None:
        raise BenchError("the benchmark did not measure the GPU")
    detail = (
        f"speed-up {summary['speedup']:.1f} at {summary['speedup_size']}, "
        f"training {summary['training_speedup'] or 0:.1f}"
    )
    return [Row("the whole benchmark", WHOLE_SECONDS, took, "s", detail)]


def values() -> list[Row]:
    """What `detect` says of the first card beside what nvidia-smi says."""
    query = ",".join((*COMPARED, "driver_version"))
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise BenchError(f"nvidia-smi: {error}") from None
    theirs = next(csv.reader(told.stdout.splitlines(), skipinitialspace=True))
    machine = faults.detected()
    card = cast("dict[str, Any]", machine["gpus"][0])
    apart: list[str] = []
    for (name, field), value in zip(COMPARED.items(), theirs, strict=False):
        mine = card[field]
        if name == "memory.total":
            value, mine = str(round(int(value) / 1024, 2)), str(mine)
        if name == "power.limit":
            value, mine = str(float(value)), str(mine)
        if name == "pci.bus_id":  # nvidia-smi writes the domain with eight digits
            value = value.lower()[4:]
        if value != mine:
            apart.append(f"{name}: {mine}, not {value}")
    driver = (machine["nvidia_driver"] or {}).get("version")
    if driver != theirs[-1]:
        apart.append(f"driver: {driver}, not {theirs[-1]}")
    detail = "; ".join(apart) or f"{card['name']}, driver {driver}, {card['memory_gib']} GiB"
    return [Row("values unlike those of nvidia-smi", 0.0, float(len(apart)), "", detail)]


def meter() -> list[Row]:
    """The live figures: what they cost, and what they cost the benchmark."""
    lines = run_program("gpu_meter.py", str(METER_SECONDS), str(METER_HERTZ)).splitlines()
    told = run_program(
        "gpu_work.py", "watched", str(METER_TURNS), str(METER_SLICE), f"{METER_HERTZ:g}"
    )
    seen = json.loads(told.splitlines()[-1])
    alone, watched = seen["alone"], seen["watched"]
    slower = 100 * (median(b / a for a, b in zip(alone, watched, strict=True)) - 1)
    spread = 100 * (max(alone) / min(alone) - 1)
    return [
        Row(
            f"live figures at {METER_HERTZ:g} Hz, of one core",
            1.0,
            json.loads(lines[-1])["percent"],
            "%",
            lines[-2],
        ),
        Row(
            "the GPU is slower while they are read",
            1.0,
            slower,
            "%",
            f"median of {len(alone)} pairs; without them the slices differ by {spread:.1f} %",
        ),
    ]


def _torch_says(expression: str) -> str:
    code = f"import torch; print({expression})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    return done.stdout.strip()


def record(folder: Path, seconds: float = 30.0) -> None:
    """The machine's description, both event streams as the children print them, NVML's readings."""
    folder.mkdir(parents=True, exist_ok=True)
    machine = faults.published_machine()
    (folder / "machine.json").write_text(json.dumps(machine, indent=2) + "\n", "utf-8")
    _record_stream(folder / "verify.jsonl", "verify", "--expect", "cuda")
    with tempfile.TemporaryDirectory() as home:
        meter = subprocess.Popen(
            [sys.executable, str(BENCH / "gpu_meter.py"), f"{seconds + 60:g}", "2"],
            env=own_environment(home),
            stdout=subprocess.PIPE,
            text=True,
        )
        _record_stream(folder / "benchmark.jsonl", "benchmark", "--seconds", f"{seconds:g}")
        meter.terminate()
        readings = [line for line in meter.communicate()[0].splitlines() if '"second"' in line]
    (folder / "nvml.jsonl").write_text("".join(line + "\n" for line in readings), "utf-8")
    told = (_nvidia_smi(), _nvidia_smi(f"--query-gpu={','.join(SMI_FIELDS)}", "--format=csv"))
    (folder / "nvidia-smi.txt").write_text("\n".join(told), "utf-8")


def _nvidia_smi(*arguments: str) -> str:
    command = ["nvidia-smi", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{error}\n"
    return done.stdout + done.stderr


def _record_stream(file: Path, *arguments: str) -> None:
    # Its standard input stays open: the child ends with the one that started it.
    with subprocess.Popen(
        [sys.executable, str(CHECKOUT / "wizard" / "target"), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        file.write_bytes(child.stdout.read())


MEASURES: dict[str, tuple[Measure, Row]] = {
    "figures": (figures, Row("figures against a careful reference", FIGURES_PERCENT, None, "%")),
    "whole": (whole, Row("the whole benchmark", WHOLE_SECONDS, None, "s")),
    "values": (values, Row("values unlike those of nvidia-smi", 0.0, None, "")),
    "cpu": (cpu_figures, Row("CPU figures against torch.utils.benchmark", 5.0, None, "%")),
    "meter": (meter, Row(f"live figures at {METER_HERTZ:g} Hz, of one core", 1.0, None, "%")),
    "faults": (faults.rows, Row("faults that end otherwise than they should", 0.0, None, "")),
}


def main() -> int:
    parser = make_parser("dev.py bench-gpu", __doc__, MEASURES)
    parser.add_argument("--out", type=Path, help="folder for the recordings")
    options = parser.parse_args()
    if _torch_says("torch.cuda.is_available() and not torch.version.hip") != "True":
        print(f"{sys.executable}: this PyTorch reaches no NVIDIA card.", file=sys.stderr)
        return 3
    if options.out is not None:
        faults.LOG = options.out / "faults.jsonl"
        print("recording …", file=sys.stderr, flush=True)
        record(options.out)
    rows: list[Row] = []
    for measure in options.only:
        rows += measure_all([measure], MEASURES)
        if options.out is not None:  # a run that is cut off keeps what it has measured
            lines = "".join(json.dumps(asdict(row)) + "\n" for row in rows)
            (options.out / "rows.jsonl").write_text(lines, "utf-8")
    name = _torch_says("torch.cuda.get_device_name(0), torch.__version__, torch.version.cuda")
    return print_rows(rows, options.json, options.markdown, name)


if __name__ == "__main__":
    sys.exit(main())
