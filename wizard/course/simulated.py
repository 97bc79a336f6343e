"""What a described machine would say: event streams made up from its description, never measured.

The figures follow from the number of cores by the constants below and nothing else; whoever shows
them has to say that they are simulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wizard.advice.gpu_names import cuda_cores
from wizard.checks import CHECK_IDS
from wizard.detection.machine import Gpu, Machine

Event = dict[str, object]

SIZES = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
_LARGEST_ON_CPU = 4096
_GPU_FLOP_PER_SECOND_AND_CORE = 2 * 1.5e9 * 0.6
"""A multiply and an add a cycle, at 1.5 GHz, six tenths of it reached."""
_CPU_FLOP_PER_SECOND_AND_CORE = 32 * 2.5e9 * 0.7
"""AVX2 with two units: 32 a cycle (Intel's optimization manual)."""
_HALF_PRECISION_GAIN, _TF32_GAIN = 4.0, 2.0
"""Of tensor cores, which cards have from capability 7.0 on; for TF32 from 8.0."""
_GPU_START, _CPU_START = 10e-6, 2e-6
"""Seconds until a product begins."""
_FLOP_PER_TOKEN = 1.4e7
_TRAINING_SHARE = 0.35
_LAUNCH_COST = 3.0
_TOKENS = 1024


@dataclass(frozen=True)
class Build:
    """The PyTorch that the machine is described to have."""

    python: str
    executable: str
    prefix: str
    torch: str
    cuda: str | None
    """None: a build for the processor alone."""


def verification(machine: Machine, build: Build) -> tuple[Event, ...]:
    """All events of a verification; on a card with a CUDA build everything passes."""
    gpus = machine.nvidia_gpus
    answers = _answers(build)
    events: list[Event] = []
    for name in CHECK_IDS:
        events.append({"event": "start", "id": name})
        answer = answers.get(name, _on_gpu(name, gpus, build))
        events.append({"event": "check", "id": name, "detail": "", "reason": None, **answer})
    events.append({"event": "done"})
    return tuple(events)


def _answers(build: Build) -> dict[str, Event]:
    """The checks that do not depend on a card."""
    interpreter = {
        "version": build.python,
        "bits": 64,
        "executable": build.executable,
        "prefix": build.prefix,
    }
    version = {
        "version": build.torch,
        "build": build.torch.partition("+")[2] or None,
        "cuda": build.cuda,
        "hip": None,
        "file": None,
        "leak": None,
        "debug": False,
    }
    return {
        "interpreter": _passed(interpreter, 0.0),
        "torch_import": _passed(2.4, 2.4),
        "torch_version": _passed(version, 0.0),
        "cpu_matmul": _passed(0.0, 0.05),
        "cpu_convolution": _passed(0.0, 0.01),
        "cpu_training_step": _passed(2.6e-7, 0.6),
        "torchvision": {
            "state": "skipped",
            "seconds": 0.0,
            "value": None,
            "reason": "torchvision_not_installed",
        },
    }


def _on_gpu(name: str, gpus: tuple[Gpu, ...], build: Build) -> Event:
    if not gpus:
        value = False if name == "cuda_available" else None
        return {"state": "skipped", "seconds": 0.0, "value": value, "reason": "no_gpu_expected"}
    if build.cuda is None:
        if name == "cuda_available":
            return {"state": "failed", "seconds": 0.0, "value": False, "reason": "cpu_build"}
        reason = "cuda_not_available"
        return {"state": "skipped", "seconds": 0.0, "value": None, "reason": reason}
    devices = {f"cuda:{place}": gpu for place, gpu in enumerate(gpus)}
    if name == "cuda_available":
        return _passed(True, 0.3)
    if name == "devices":
        return _passed([_device(place, gpu) for place, gpu in devices.items()], 0.1)
    if name == "capability":
        return _passed({place: _capability(gpu) for place, gpu in devices.items()}, 0.0)
    if name == "gpu_half_precision":
        return _half_precision(devices)
    if name == "all_reduce":
        return _all_reduce(list(devices))
    return _passed(dict.fromkeys(devices, 3.1e-7), 0.4)


def _half_precision(devices: dict[str, Gpu]) -> Event:
    half: dict[str, object] = {"float16": dict.fromkeys(devices, 4.1e-4), "bfloat16": None}
    if all(_capability_of(gpu) >= (8, 0) for gpu in devices.values()):
        half["bfloat16"] = dict.fromkeys(devices, 3.2e-3)
        return _passed(half, 0.2)
    detail = "no bfloat16: " + ", ".join(devices)
    return {**_passed(half, 0.2), "reason": "bfloat16_not_supported", "detail": detail}


def _all_reduce(devices: list[str]) -> Event:
    if len(devices) < 2:
        return {"state": "skipped", "seconds": 0.0, "value": None, "reason": "one_gpu"}
    # No bandwidth: it does not follow from a description.
    return _passed({"backend": "nccl", "devices": devices}, 4.0)


def _passed(value: object, seconds: float) -> Event:
    return {"state": "passed", "seconds": seconds, "value": value}


def _device(place: str, gpu: Gpu) -> Event:
    memory = None if gpu.memory_gib is None else gpu.memory_gib * 0.985
    return {
        "id": place,
        "name": gpu.name,
        "memory_gib": memory,
        "capability": gpu.compute_capability,
    }


def _capability(gpu: Gpu) -> Event:
    kernel = "sm_" + "".join(str(part) for part in _capability_of(gpu))
    return {"capability": gpu.compute_capability, "kernel": kernel, "kernels": [kernel]}


def _capability_of(gpu: Gpu) -> tuple[int, ...]:
    return gpu.compute_capability.pair if gpu.compute_capability else (7, 5)


def benchmark(machine: Machine, build: Build) -> tuple[Event, ...]:
    """All events of a benchmark: CPU, and the first card where the build can use it."""
    gpu = next(iter(machine.nvidia_gpus), None) if build.cuda is not None else None
    devices: list[Event] = [{"id": "cpu", "name": machine.cpu.name or "CPU"}]
    curves = [_Curve("cpu", "float32", _cpu_speed(machine), _CPU_START, _LARGEST_ON_CPU)]
    if gpu is not None:
        devices.append({"id": "cuda:0", "name": gpu.name})
        speed = (gpu.cuda_cores or cuda_cores(gpu.name) or 2048) * _GPU_FLOP_PER_SECOND_AND_CORE
        ampere = _capability_of(gpu) >= (8, 0)
        half = "bfloat16" if ampere else "float16"
        gain = _HALF_PRECISION_GAIN if _capability_of(gpu) >= (7, 0) else 1.0
        curves.append(_Curve("cuda:0", "float32", speed, _GPU_START, SIZES[-1]))
        if ampere:
            curves.append(_Curve("cuda:0", "tf32", _TF32_GAIN * speed, _GPU_START, SIZES[-1]))
        curves.append(_Curve("cuda:0", half, gain * speed, _GPU_START, SIZES[-1]))
    threads = machine.cpu.threads or machine.cpu.cores or 4
    info: Event = {"event": "info", "torch": build.torch, "threads": threads, "devices": devices}
    return (info, *_products(curves), *_trainings(curves), {"event": "done", "complete": True})


@dataclass(frozen=True)
class _Curve:
    device: str
    dtype: str
    flop_per_second: float
    start: float
    largest: int

    def seconds(self, size: int) -> float:
        # A small product does not fill the card: it takes as long as a larger one would.
        filled = size**3 / (size**3 + 3e6 * (self.flop_per_second / 1e12))
        return 2 * size**3 / (self.flop_per_second * filled)


def _cpu_speed(machine: Machine) -> float:
    return (machine.cpu.cores or 4) * _CPU_FLOP_PER_SECOND_AND_CORE


def _products(curves: list[_Curve]) -> Iterator[Event]:
    for size in SIZES:
        for curve in curves:
            if size > curve.largest:
                continue
            place: Event = {"device": curve.device, "dtype": curve.dtype, "size": size}
            yield {"event": "status", "kind": "matmul", **place}
            seconds = curve.seconds(size) + (curve.start if curve.device == "cpu" else 0)
            gflops = 2 * size**3 / seconds / 1e9
            latency = None if curve.device == "cpu" else curve.start + seconds
            figures = {"seconds": seconds, "gflops": gflops, "repeats": 20, "latency": latency}
            yield {"event": "sample", "kind": "matmul", **place, **figures}


def _trainings(curves: list[_Curve]) -> Iterator[Event]:
    for curve in (each for each in reversed(curves) if each.dtype != "tf32"):
        place: Event = {"device": curve.device, "dtype": curve.dtype}
        yield {"event": "status", "kind": "training", **place, "size": _TOKENS}
        share = _TRAINING_SHARE / (_LAUNCH_COST if curve.dtype != "float32" else 1.0)
        speed = share * curve.flop_per_second / _FLOP_PER_TOKEN
        figures = {"tokens_per_second": speed, "seconds": _TOKENS / speed}
        yield {"event": "training", **place, **figures, "tokens": _TOKENS, "repeats": 5}
