"""The benchmark's own figures of the first CUDA device beside three references, in turn.

Every reference multiplies matrices of its own, of the same size, kind and distribution:

careful    CUDA events around one product, the cache overwritten before each, the median
timer      `torch.utils.benchmark.Timer`, which waits only at the end of a block of products
do_bench   `triton.testing.do_bench`, where Triton is installed

Prints one JSON object a size and number format: seconds of each, the median of the rounds.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from figures import Listener
from torch.utils.benchmark import Timer

from wizard.target import accelerator
from wizard.target.benchmark import Benchmark, Curve

DEVICE = "cuda:0"
SIZES = (1024, 2048, 4096, 8192)
ROUNDS = 3
BUDGET_SECONDS = 0.5
REPEATS = 30
CAREFUL_SECONDS = 0.25
FLUSH_BYTES = 256 * 2**20

Product = Callable[[], object]


def ours(curve: Curve, size: int) -> float:
    """One point as the benchmark measures it; its budget is an eighth of the time it is given."""
    listener: Any = Listener()
    benchmark = Benchmark(torch, listener, seconds=8 * BUDGET_SECONDS / 0.7, largest=size)
    benchmark._last = {curve: 0.0}
    benchmark._point(curve, size)
    return listener.seconds


def product(curve: Curve, size: int) -> Product:
    """A product of random matrices, and PyTorch told how precise it has to be."""
    accelerator.allow_tf32(torch, curve.dtype == "tf32")
    kind = torch.float32 if curve.dtype == "tf32" else getattr(torch, curve.dtype)
    left, right = (torch.randn(size, size, device=DEVICE).to(kind) for _ in range(2))
    return lambda: torch.mm(left, right)


def careful(work: Product) -> float:
    flushed = torch.empty(FLUSH_BYTES, dtype=torch.int8, device=DEVICE)
    for _ in range(5):
        work()
    times: list[float] = []
    until = time.perf_counter() + CAREFUL_SECONDS
    while not times or time.perf_counter() < until:
        pairs = [
            (torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True))
            for _ in range(REPEATS)
        ]
        for start, end in pairs:
            flushed.zero_()
            start.record()
            work()
            end.record()
        torch.cuda.synchronize()
        times += [start.elapsed_time(end) / 1000 for start, end in pairs]
    return median(times)


def timer(work: Product) -> float:
    return Timer("work()", globals={"work": work}).blocked_autorange(min_run_time=0.3).median


def do_bench(work: Product) -> float | None:
    try:
        testing: Any = importlib.import_module("triton.testing")
    except ImportError:
        return None
    return testing.do_bench(work, return_mode="median") / 1000


def measure(curve: Curve, size: int, rounds: int) -> dict[str, object]:
    """All four in turn, each the median of its rounds, in seconds."""
    seen: dict[str, list[float]] = {"ours": [], "careful": [], "timer": [], "do_bench": []}
    for _ in range(rounds):
        seen["ours"].append(ours(curve, size))
        work = product(curve, size)
        for name, reference in (("careful", careful), ("timer", timer), ("do_bench", do_bench)):
            figure = reference(work)
            if figure is not None:
                seen[name].append(figure)
    figures = {name: median(times) if times else None for name, times in seen.items()}
    return {"dtype": curve.dtype, "size": size, **figures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    gc.disable()  # as the benchmark does
    half = "bfloat16" if torch.cuda.get_device_capability(DEVICE)[0] >= 8 else "float16"
    kinds = ("float32", "tf32", half) if half == "bfloat16" else ("float32", half)
    for kind in kinds:
        for size in options.sizes:
            print(json.dumps(measure(Curve(DEVICE, kind), size, options.rounds)), flush=True)


if __name__ == "__main__":
    main()
