"""What the GPU and the processor are doing right now, as far as the machine says.

Each figure is None where it is not known: laptops hide power, a machine without an NVIDIA driver
has no NVML at all, and any NVML call can fail at any time.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

_GIB = 2**30


@dataclass(frozen=True)
class Telemetry:
    gpu_percent: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    memory_used_gib: float | None = None
    memory_total_gib: float | None = None
    cpu_percent: float | None = None


class Meter:
    """Reads both; use as a context manager, in one thread."""

    def __init__(self, nvml: ModuleType | None = None, index: int = 0) -> None:
        """``nvml`` is for tests; None means `pynvml`, imported at the first use."""
        self._nvml: Any = nvml
        self._index = index
        self._handle: Any = None
        self._started = False
        self._psutil: Any = None

    def __enter__(self) -> Meter:
        with contextlib.suppress(Exception):
            self._psutil = importlib.import_module("psutil")
            self._psutil.cpu_percent(interval=None)  # the first answer only starts the count
        # pynvml raises its own errors, and others where the library itself is broken.
        with contextlib.suppress(Exception):
            if self._nvml is None:
                self._nvml = importlib.import_module("pynvml")
            self._nvml.nvmlInit()
            self._started = True
            self._handle = self._nvml.nvmlDeviceGetHandleByIndex(self._index)
        return self

    def __exit__(self, *_: object) -> None:
        if self._started:
            with contextlib.suppress(Exception):
                self._nvml.nvmlShutdown()

    def read(self) -> Telemetry:
        """The figures of this moment; the CPU's is the mean since the last reading."""
        memory = self._asked(self._memory)
        return Telemetry(
            gpu_percent=self._figure(
                lambda: self._nvml.nvmlDeviceGetUtilizationRates(self._handle).gpu
            ),
            temperature_c=self._figure(
                lambda: self._nvml.nvmlDeviceGetTemperature(
                    self._handle, self._nvml.NVML_TEMPERATURE_GPU
                )
            ),
            power_w=self._figure(lambda: self._nvml.nvmlDeviceGetPowerUsage(self._handle) / 1000),
            memory_used_gib=None if memory is None else memory[0],
            memory_total_gib=None if memory is None else memory[1],
            cpu_percent=self._cpu_percent(),
        )

    def _memory(self) -> tuple[float, float]:
        memory = self._nvml.nvmlDeviceGetMemoryInfo(self._handle)
        return float(memory.used / _GIB), float(memory.total / _GIB)

    def _asked(self, question: Callable[[], Any]) -> Any:
        if self._handle is None:
            return None
        with contextlib.suppress(Exception):
            return question()
        return None

    def _figure(self, question: Callable[[], float]) -> float | None:
        return self._asked(lambda: float(question()))

    def _cpu_percent(self) -> float | None:
        with contextlib.suppress(Exception):
            return float(self._psutil.cpu_percent(interval=None))
        return None
