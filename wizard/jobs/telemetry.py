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
_SLOWED_BY = {0x04: "power", 0x80: "power", 0x20: "heat", 0x40: "heat", 0x08: "hardware"}
"""NVML's nvmlClocksEventReasons; idling, or clocks that somebody set, slow nothing down."""


@dataclass(frozen=True)
class Telemetry:
    gpu_percent: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    memory_used_gib: float | None = None
    memory_total_gib: float | None = None
    cpu_percent: float | None = None
    slowed_by: tuple[str, ...] = ()
    """Why the card's clock is below what it could be: ``power``, ``heat`` or ``hardware``."""


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
            power_limit_w=self._figure(
                lambda: self._nvml.nvmlDeviceGetEnforcedPowerLimit(self._handle) / 1000
            ),
            memory_used_gib=None if memory is None else memory[0],
            memory_total_gib=None if memory is None else memory[1],
            cpu_percent=self._cpu_percent(),
            slowed_by=self._asked(self._slowed_by) or (),
        )

    def _slowed_by(self) -> tuple[str, ...]:
        bits = self._nvml.nvmlDeviceGetCurrentClocksThrottleReasons(self._handle)
        # "hardware" is set along with its causes, and says something only where they are silent.
        reasons = dict.fromkeys(word for bit, word in _SLOWED_BY.items() if bits & bit)
        return tuple(word for word in reasons if word != "hardware" or len(reasons) == 1)

    def _memory(self) -> tuple[float, float]:
        try:
            # The first form counts what the driver keeps for itself as used; nvidia-smi does not.
            memory = self._nvml.nvmlDeviceGetMemoryInfo(self._handle, self._nvml.nvmlMemory_v2)
        except Exception:  # drivers before 510 know the first form alone
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
