"""Products on the GPU for a while: `bench_gpu_work.py SECONDS`, seconds of one as one JSON line.

With ``fill`` instead of a number, takes 99 percent of the GPU's free memory, says so in one line,
and holds it until its standard input is closed.
"""

from __future__ import annotations

import json
import sys
from statistics import median

import torch
from bench_gpu_figures import DEVICE, careful, product

from wizard.target.benchmark import Curve

SIZE = 4096


def fill() -> None:
    free, _total = torch.cuda.mem_get_info(DEVICE)  # the context has taken its own part
    held = torch.empty(int(free * 0.99), dtype=torch.int8, device=DEVICE)
    left, total = torch.cuda.mem_get_info(DEVICE)
    print(json.dumps({"held": held.numel(), "left": left, "total": total}), flush=True)
    sys.stdin.read()


def work(seconds: float) -> None:
    import time

    multiply = product(Curve(DEVICE, "float32"), SIZE)
    until = time.perf_counter() + seconds
    times: list[float] = []
    while time.perf_counter() < until:
        times.append(careful(multiply))
    print(json.dumps({"seconds": median(times)}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill()
    else:
        work(float(sys.argv[1]))
