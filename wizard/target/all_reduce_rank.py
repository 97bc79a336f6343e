"""One process of a group that adds up together; `all_reduce` starts it and reads its one line."""

from __future__ import annotations

import importlib
import os
import sys
import time
import warnings
from datetime import timedelta
from typing import Any, Callable, List

from . import accelerator
from .protocol import Channel, described, shortened, watch_parent

_RUNS = 7
_WARM_UP = 2
_PATTERN = 1021
"""A prime: no two neighbouring pieces of the data are alike, and every sum is exact in float32."""


def main(
    devices: List[str], rank: int, backend: str, folder: str, seconds: float, mib: int
) -> None:
    """Add up with the others, compare with the exact sum, say how long it took."""
    channel = Channel()
    watch_parent()
    warnings.simplefilter("ignore")
    try:
        torch = importlib.import_module("torch")
        distributed = torch.distributed
        _join(torch, distributed, devices, rank, backend, folder, seconds)
        sys.stderr.write("all have joined\n")  # for the log, where nothing comes afterwards
        sys.stderr.flush()
        answer = _measure(torch, distributed, devices, rank, mib)
        # Nobody leaves while another still needs its data.
        distributed.barrier()
    except Exception as error:
        sys.stderr.write(described(error) + "\n")
        sys.stderr.flush()
        line = f"{type(error).__name__}: {error}".splitlines()[0]
        channel.emit("rank", reason=accelerator.failure_reason(error), detail=shortened(line, 600))
        os._exit(1)
    channel.emit("rank", **answer)
    distributed.destroy_process_group()
    sys.stderr.flush()
    os._exit(0)  # straight out, as in `verify`


def _join(
    torch: Any,
    distributed: Any,
    devices: List[str],
    rank: int,
    backend: str,
    folder: str,
    seconds: float,
) -> None:
    if devices[rank].startswith("cuda"):
        torch.cuda.set_device(int(devices[rank].split(":")[1]))
    # A name without a folder: the store cannot open a path with letters of another alphabet on
    # Windows. The variables by which torchrun tells its processes of each other do not count.
    os.chdir(folder)
    store = distributed.FileStore("store", len(devices))
    distributed.init_process_group(
        backend,
        store=store,
        rank=rank,
        world_size=len(devices),
        timeout=timedelta(seconds=seconds),
    )


def _measure(
    torch: Any, distributed: Any, devices: List[str], rank: int, mib: int
) -> "dict[str, Any]":
    """Raises ArithmeticError where the sum is not the exact one."""
    device, many = devices[rank], len(devices)
    pattern = torch.arange(mib * 2**18) % _PATTERN
    exact = (pattern * (many * (many + 1) // 2)).to(torch.float32)
    share = (pattern * (rank + 1)).to(torch.float32).to(device)
    shared = torch.empty_like(share)
    times: List[float] = []
    for turn in range(_RUNS):
        shared.copy_(share)
        times.append(_seconds(torch, device, lambda: distributed.all_reduce(shared)))
        if turn in (0, _RUNS - 1):
            wrong = (shared.cpu() != exact).sum().item()
            if wrong:
                raise ArithmeticError(f"{wrong} of {exact.numel()} sums are wrong")
    return {
        "seconds": sorted(times[_WARM_UP:])[(_RUNS - _WARM_UP) // 2],
        "bytes": share.numel() * share.element_size(),
    }


def _seconds(torch: Any, device: str, work: Callable[[], Any]) -> float:
    accelerator.synchronize(torch, device)
    began = time.perf_counter()
    work()
    accelerator.synchronize(torch, device)
    return time.perf_counter() - began
