"""Ask NVIDIA's driver through its management library, NVML."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

from wizard.detection.answers import GraphicsAnswer, nvml_problem
from wizard.detection.machine import Driver, Gpu, Problem
from wizard.detection.values import Capability, Version

_GIB = 1024**3
_MOST_CARDS = 256
"""A driver that counts more is broken."""
_OF_A_LOST_CARD = frozenset({15, 16, 999})
"""GPU is lost, GPU requires reset, and what older drivers say of both (nvml.h)."""
T = TypeVar("T")


def probe_nvml(library: Any = None) -> GraphicsAnswer:
    """The NVIDIA cards and the driver; every NVML error becomes a problem.

    Args:
        library: the module ``pynvml`` or something with its functions.
    """
    try:
        # Imported late: 50 ms that a computer's other answers need not wait for.
        nvml = library if library is not None else importlib.import_module("pynvml")
    except ImportError as error:
        return GraphicsAnswer("nvml", problems=(Problem("probe_failed", f"nvml: {error}"),))
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return GraphicsAnswer("nvml", problems=(_problem(error),))
    except Exception as error:
        # A damaged library fails in ways that NVML has no code for.
        return GraphicsAnswer("nvml", problems=(nvml_problem(None, f"NVML: {error}"),))
    try:
        return _ask(nvml)
    finally:
        _optional(nvml, nvml.nvmlShutdown)


def _ask(nvml: Any) -> GraphicsAnswer:
    problems: list[Problem] = []
    gpus: list[Gpu] = []
    driver = None
    try:
        version = Version.at_start(_text(_optional(nvml, nvml.nvmlSystemGetDriverVersion)))
        driver = Driver(version, _cuda(nvml)) if version else None
        count = nvml.nvmlDeviceGetCount()
        if count < 1:
            problems.append(Problem("no_devices_found", "NVML: No devices were found"))
        for index in range(min(count, _MOST_CARDS)):
            # One lost card must not hide the others.
            try:
                gpu = _gpu(nvml, nvml.nvmlDeviceGetHandleByIndex(index))
            except nvml.NVMLError as error:
                problems.append(_card_problem(error, index))
            else:
                gpus.append(gpu)
                if gpu.memory_gib is None and (error := _lost(nvml, index)) is not None:
                    problems.append(_card_problem(error, index))
    except nvml.NVMLError as error:
        problems.append(_problem(error))
    if gpus:
        # The count is of all cards; those of another container refuse (nvmlDeviceGetCount_v2).
        problems = [problem for problem in problems if problem.code != "driver_permission"]
    return GraphicsAnswer(
        "nvml",
        gpus=tuple(gpus),
        driver=driver,
        problems=tuple(problems),
        asked_nvidia=driver is not None and not problems,
    )


def _lost(nvml: Any, index: int) -> Any:
    """The error of a card that has a name still, but fell off the bus; None where it did not."""
    try:
        nvml.nvmlDeviceGetMemoryInfo(nvml.nvmlDeviceGetHandleByIndex(index))
    except nvml.NVMLError as error:
        return error if getattr(error, "value", None) in _OF_A_LOST_CARD else None
    return None


def _gpu(nvml: Any, handle: Any) -> Gpu:
    name = _text(nvml.nvmlDeviceGetName(handle))
    capability = _optional(nvml, lambda: nvml.nvmlDeviceGetCudaComputeCapability(handle))
    memory = _optional(nvml, lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
    pci = _optional(nvml, lambda: nvml.nvmlDeviceGetPciInfo(handle))
    mig = _optional(nvml, lambda: nvml.nvmlDeviceGetMigMode(handle))
    limit = _optional(nvml, lambda: nvml.nvmlDeviceGetPowerManagementLimit(handle))
    return Gpu(
        vendor="nvidia",
        name=name or "NVIDIA GPU",
        compute_capability=_pair(capability) if capability is not None else None,
        memory_gib=None if memory is None else round(memory.total / _GIB, 2),
        cuda_cores=_optional(nvml, lambda: nvml.nvmlDeviceGetNumGpuCores(handle)) or None,
        uuid=_text(_optional(nvml, lambda: nvml.nvmlDeviceGetUUID(handle))) or None,
        pci_id=None if pci is None else pci_id(pci.pciDeviceId),
        mig=bool(mig and mig[0] == 1),
        bus_id=None if pci is None else bus_id(_text(pci.busId)),
        power_limit_w=None if limit is None else limit / 1000,
    )


def _pair(numbers: Any) -> Capability | None:
    return Capability.at_start(f"{numbers[0]}.{numbers[1]}")


def _cuda(nvml: Any) -> Capability | None:
    """The highest CUDA the driver allows; NVML's 12040 means 12.4."""
    value = _optional(nvml, lambda: nvml.nvmlSystemGetCudaDriverVersion_v2())
    return Capability.at_start(f"{value // 1000}.{value % 1000 // 10}") if value else None


def pci_id(value: int) -> str:
    """``vendor:device`` from NVML's number, in which the device is the upper half."""
    return f"{value & 0xFFFF:04x}:{value >> 16 & 0xFFFF:04x}"


def bus_id(text: str) -> str | None:
    """NVIDIA's ``00000000:65:00.0`` in the form of Linux, ``0000:65:00.0``."""
    domain, _, rest = text.strip().lower().partition(":")
    return f"{domain.lstrip('0').rjust(4, '0')}:{rest}" if rest else None


def _optional(nvml: Any, ask: Callable[[], T]) -> T | None:
    """The answer, or None where this card, driver or library does not know the question."""
    try:
        return ask()
    except (nvml.NVMLError, AttributeError):
        return None


def _text(value: Any) -> str:
    """NVML's text; older releases of the module answer with bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def _problem(error: Any, where: str = "") -> Problem:
    code = getattr(error, "value", None)
    return nvml_problem(code, f"NVML: {error}{where}")


def _card_problem(error: Any, index: int) -> Problem:
    """Why one card does not answer though the driver does: lost, where NVML has no better word."""
    problem = _problem(error, f" (GPU {index})")
    of_the_card = problem.code in ("nvml_error", "no_devices_found")
    return Problem("gpu_lost", problem.detail) if of_the_card else problem
