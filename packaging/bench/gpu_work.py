"""Products on the GPU beside something else.

`gpu_work.py watched TURNS SECONDS HERTZ` times them for ``SECONDS`` alone and as long while the
live figures are read, in turn; prints the seconds of one product in every slice. `gpu_work.py
fill` takes 99 percent of the GPU's free memory, says so in one line, and holds it until its
standard input is closed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from statistics import median

import torch
from gpu_figures import DEVICE, Product, careful, product
from rows import BENCH

from wizard.target.benchmark import Curve

SIZE = 4096


def fill() -> None:
    free, _total = torch.cuda.mem_get_info(DEVICE)  # the context has taken its own part
    held = torch.empty(int(free * 0.99), dtype=torch.int8, device=DEVICE)
    left, total = torch.cuda.mem_get_info(DEVICE)
    print(json.dumps({"held": held.numel(), "left": left, "total": total}), flush=True)
    sys.stdin.read()


def watched(turns: int, seconds: float, hertz: str) -> None:
    """The first pair only brings the card to its temperature and is left out."""
    multiply = product(Curve(DEVICE, "float32"), SIZE)
    seen: dict[str, list[float]] = {"alone": [], "watched": []}
    for turn in range(turns + 1):
        alone = _slice(multiply, seconds)
        meter = subprocess.Popen(
            [sys.executable, str(BENCH / "gpu_meter.py"), "600", hertz], stdout=subprocess.PIPE
        )
        assert meter.stdout is not None
        meter.stdout.readline()  # it has begun to read
        beside = _slice(multiply, seconds)
        meter.kill()
        meter.communicate()
        if turn:
            seen["alone"].append(alone)
            seen["watched"].append(beside)
    print(json.dumps(seen), flush=True)


def _slice(multiply: Product, seconds: float) -> float:
    until = time.perf_counter() + seconds
    times: list[float] = []
    while not times or time.perf_counter() < until:
        times.append(careful(multiply))
    return median(times)


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill()
    else:
        watched(int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
