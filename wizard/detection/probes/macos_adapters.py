"""Graphics devices on macOS, from System Information."""

from __future__ import annotations

import json
import re
from typing import cast

from wizard.detection.answers import GraphicsAnswer, Runner, run_program
from wizard.detection.machine import Gpu, Problem, Vendor
from wizard.text import _

PROFILER_TIME_LIMIT = 15.0
"""Seconds; macOS needs one or two for the list, more right after a start."""


def macos_adapters(run: Runner = run_program) -> GraphicsAnswer:
    """Graphics processors as System Information lists them."""
    outcome = run(
        ["/usr/sbin/system_profiler", "SPDisplaysDataType", "-json"], timeout=PROFILER_TIME_LIMIT
    )
    if outcome.kind != "exited" or outcome.exit_code != 0:
        problem = Problem("probe_failed", f"system_profiler: {outcome.detail or outcome.exit_code}")
        return GraphicsAnswer("display_adapters", problems=(problem,))
    try:
        data: object = json.loads(outcome.stdout)
    except (ValueError, RecursionError):
        data = None
    top = cast("dict[str, object]", data) if isinstance(data, dict) else {}
    items = top.get("SPDisplaysDataType")
    if not isinstance(items, list):
        problem = Problem(
            "probe_failed", _("{who}: its answer cannot be read").format(who="system_profiler")
        )
        return GraphicsAnswer("display_adapters", problems=(problem,))
    gpus = [_mac_gpu(item) for item in cast("list[object]", items)]
    return GraphicsAnswer("display_adapters", gpus=tuple(gpu for gpu in gpus if gpu is not None))


def _mac_gpu(item: object) -> Gpu | None:
    if not isinstance(item, dict):
        return None
    fields = {
        name: value
        for name, value in cast("dict[str, object]", item).items()
        if isinstance(value, str)
    }
    name = fields.get("sppci_model") or fields.get("_name", "")
    if not name:
        return None
    words = set(re.findall(r"[a-z]+", f"{fields.get('spdisplays_vendor', '')} {name}".lower()))
    memory = re.match(r"(\d{1,6}) (GB|MB)", fields.get("spdisplays_vram", ""))
    size = int(memory[1]) / (1 if memory[2] == "GB" else 1024) if memory else None
    return Gpu(vendor=_vendor(words), name=name, memory_gib=size)


def _vendor(words: set[str]) -> Vendor:
    vendors: tuple[Vendor, ...] = ("nvidia", "amd", "intel", "apple")
    for vendor in vendors:
        if vendor in words:
            return vendor
    return "other"
