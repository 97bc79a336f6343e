from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pynvml
import pytest

from wizard.jobs.telemetry import Meter, Telemetry

FUNCTIONS = (
    "nvmlInit",
    "nvmlDeviceGetHandleByIndex",
    "nvmlDeviceGetUtilizationRates",
    "nvmlDeviceGetTemperature",
    "nvmlDeviceGetPowerUsage",
    "nvmlDeviceGetEnforcedPowerLimit",
    "nvmlDeviceGetCurrentClocksThrottleReasons",
    "nvmlDeviceGetMemoryInfo",
    "nvmlShutdown",
)
ERRORS = sorted(
    value
    for name, value in vars(pynvml).items()
    if name.startswith("NVML_ERROR_") and isinstance(value, int)
)


def library(**replaced: Callable[..., object]) -> types.ModuleType:
    """A stand-in for NVML with one card; ``replaced`` functions behave otherwise."""
    module: Any = types.ModuleType("stand_in_nvml")
    module.NVML_TEMPERATURE_GPU = 0
    module.nvmlInit = lambda: None
    module.nvmlShutdown = lambda: None
    module.nvmlDeviceGetHandleByIndex = lambda _index: "handle"
    module.nvmlDeviceGetUtilizationRates = lambda _handle: types.SimpleNamespace(gpu=97)
    module.nvmlDeviceGetTemperature = lambda _handle, _sensor: 63
    module.nvmlDeviceGetPowerUsage = lambda _handle: 70_500
    module.nvmlDeviceGetEnforcedPowerLimit = lambda _handle: 115_000
    module.nvmlDeviceGetCurrentClocksThrottleReasons = lambda _handle: 0
    module.nvmlDeviceGetMemoryInfo = lambda _handle: types.SimpleNamespace(
        used=3 * 2**30, total=15 * 2**30
    )
    vars(module).update(replaced)
    return module


def read(nvml: types.ModuleType | None) -> Telemetry:
    with Meter(nvml) as meter:
        return meter.read()


def test_every_figure_has_its_unit() -> None:
    seen = read(library())
    assert (seen.gpu_percent, seen.temperature_c, seen.power_w) == (97.0, 63.0, 70.5)
    assert seen.power_limit_w == 115.0
    assert (seen.memory_used_gib, seen.memory_total_gib) == (3.0, 15.0)
    assert seen.cpu_percent is not None
    assert 0 <= seen.cpu_percent <= 100


@pytest.mark.parametrize(
    ("bits", "reasons"),
    [
        (0x1, ()),  # idle
        (0x2 | 0x10 | 0x100, ()),  # set by somebody
        (0x4, ("power",)),
        (0x8, ("hardware",)),
        (0x8 | 0x40, ("heat",)),
        (0x4 | 0x20 | 0x80, ("power", "heat")),
    ],
)
def test_what_slows_the_card_down_is_named(bits: int, reasons: tuple[str, ...]) -> None:
    nvml = library(nvmlDeviceGetCurrentClocksThrottleReasons=lambda _handle: bits)
    assert read(nvml).slowed_by == reasons


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_error_of_nvml_is_only_a_missing_figure(function: str) -> None:
    assert len(ERRORS) > 25
    for code in [*ERRORS, 4711]:

        def fail(*_: object, code: int = code) -> object:
            raise pynvml.NVMLError(code)

        seen = read(library(**{function: fail}))
        assert seen.cpu_percent is not None
        if function in ("nvmlInit", "nvmlDeviceGetHandleByIndex"):
            assert seen.gpu_percent is None
        if function == "nvmlDeviceGetPowerUsage":
            assert (seen.power_w, seen.temperature_c) == (None, 63.0)
        if function == "nvmlDeviceGetMemoryInfo":
            assert (seen.memory_used_gib, seen.memory_total_gib) == (None, None)


def test_a_library_that_is_no_nvml_at_all_is_survived() -> None:
    assert read(types.ModuleType("empty")).gpu_percent is None


def test_the_real_library_or_its_absence_is_survived() -> None:
    seen = read(None)
    assert seen.cpu_percent is not None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        assert seen.gpu_percent is None
    else:
        pynvml.nvmlShutdown()


def test_what_was_started_is_ended() -> None:
    calls: list[str] = []
    nvml = library(
        nvmlInit=lambda: calls.append("init"), nvmlShutdown=lambda: calls.append("shutdown")
    )
    read(nvml)
    assert calls == ["init", "shutdown"]
