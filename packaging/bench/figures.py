"""The benchmark's own figures of the CPU beside those of `torch.utils.benchmark`.

Both measure the same product of matrices with the same threads, in turn and in one process, so that
whatever else the computer does hits both. Prints one JSON object: for each size the ratio of the
two in every round (above 1: ours is slower).
"""

from __future__ import annotations

import gc
import json
import time
from typing import Any

import torch
from torch.utils.benchmark import Timer

from wizard.target import accelerator
from wizard.target.benchmark import Benchmark, Curve

SIZES = (128, 256, 512, 1024, 2048)
ROUNDS = 15
BUDGET_SECONDS = 0.15
CPU = Curve("cpu", "float32")


class Listener:
    """Stands where the benchmark's line to the wizard is, and hears the figure."""

    seconds = 0.0

    def emit(self, event: str, **fields: Any) -> None:
        if event == "sample":
            self.seconds = fields["seconds"]


def ours(size: int) -> float:
    """One point as the benchmark measures it; its budget is an eighth of the time it is given."""
    listener: Any = Listener()
    benchmark = Benchmark(torch, listener, seconds=8 * BUDGET_SECONDS / 0.7, largest=size)
    benchmark._last = {CPU: 0.0}
    benchmark._point(CPU, size)
    return listener.seconds


def theirs(size: int) -> float:
    tensors = {"left": torch.randn(size, size), "right": torch.randn(size, size)}
    threads = torch.get_num_threads()
    timer = Timer("mm(left, right)", globals={**tensors, "mm": torch.mm}, num_threads=threads)
    return timer.blocked_autorange(min_run_time=BUDGET_SECONDS).median


def main() -> None:
    accelerator.allow_tf32(torch, False)
    gc.disable()  # as both do
    ratios: dict[int, list[float]] = {size: [] for size in SIZES}
    until = time.perf_counter() + 0.5
    while time.perf_counter() < until:  # the threads start, the clock of the processor rises
        torch.mm(torch.ones(512, 512), torch.ones(512, 512))
    for turn in range(ROUNDS):
        for size, seen in ratios.items():
            if turn % 2:
                reference = theirs(size)
                seen.append(ours(size) / reference)
            else:
                figure = ours(size)
                seen.append(figure / theirs(size))
    print(json.dumps({"threads": torch.get_num_threads(), "ratios": ratios}), flush=True)


if __name__ == "__main__":
    main()
