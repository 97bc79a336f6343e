"""How fast another computer was: out of its saved report, or a recording that comes along.

On a computer without a GPU this shows what one would give.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wizard.jobs.events import Device, Event, Info, Sample, parse_line
from wizard.paths import resource_folder
from wizard.printable import printable
from wizard.report.reading import as_list, as_object, read_report
from wizard.text import _

if TYPE_CHECKING:
    from wizard.jobs.benchmark import BenchmarkResult

_LONGEST_NAME = 60
Origin = Literal["report", "recorded", "simulated"]


@dataclass(frozen=True)
class OtherComputer:
    """The best device of another computer."""

    name: str
    """What the device is called, such as ``Tesla T4``."""
    is_gpu: bool
    speeds: dict[int, float]
    """GFLOP/s by matrix size, float32; never empty."""
    origin: Origin


def from_report(path: Path) -> OtherComputer:
    """What a saved report says of the benchmark there.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no report, or holds no benchmark; the text says so.
    """
    report = read_report(path)
    benchmark = as_object(report.get("benchmark"))
    lines = [
        *_lines("info", [{"torch": "", "threads": 1, **benchmark}]),
        *_lines("sample", as_list(benchmark.get("samples"))),
    ]
    origin: Origin = "simulated" if report.get("simulated") is True else "report"
    other = _best(map(parse_line, lines), origin)
    if other is None:
        raise ValueError(_("there is no benchmark in it"))
    return other


def _lines(event: str, items: list[object]) -> list[str]:
    """As a child would have said it, so that it is read as strictly."""
    return [
        json.dumps({"event": event} | {k: v for k, v in as_object(item).items() if k != "event"})
        for item in items
    ]


@cache
def recorded() -> OtherComputer | None:
    """The first recording of a card in ``resources/recordings``; None where there is none."""
    for stream in sorted(resource_folder("recordings").glob("*/benchmark.jsonl")):
        other = _best(map(parse_line, stream.read_text("utf-8").splitlines()), "recorded")
        if other is not None and other.is_gpu:
            return other
    return None


def _best(events: Iterable[Event], origin: Origin) -> OtherComputer | None:
    """The GPU where one was measured, else the processor; exact float32 alone is compared."""
    samples: list[Sample] = []
    devices: tuple[Device, ...] = ()
    for event in events:
        if isinstance(event, Info):
            devices = event.devices
        elif isinstance(event, Sample) and event.dtype == "float32":
            samples.append(event)
    on_gpu = [sample for sample in samples if sample.device != "cpu"]
    chosen = on_gpu or samples
    if not chosen:
        return None
    device = chosen[0].device
    names = {each.id: each.name for each in devices}
    name = printable(names.get(device, "")).strip()[:_LONGEST_NAME]
    return OtherComputer(
        name or ("GPU" if on_gpu else "CPU"),
        bool(on_gpu),
        {sample.size: sample.gflops for sample in chosen if sample.device == device},
        origin,
    )


def comparison(other: OtherComputer, result: BenchmarkResult) -> tuple[float, int, bool] | None:
    """How many times as fast the other is, at which size, and whether this computer's GPU ran.

    At the largest size that both measured; None where there is none.
    """
    full = [sample for sample in result.samples if sample.dtype == "float32"]
    on_gpu = [sample for sample in full if sample.device != "cpu"]
    ours = {sample.size: sample.gflops for sample in on_gpu or full}
    common = ours.keys() & other.speeds.keys()
    if not common:
        return None
    size = max(common)
    return other.speeds[size] / ours[size], size, bool(on_gpu)
