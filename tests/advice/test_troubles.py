"""Which cards a problem keeps from being driven, and which are left."""

from __future__ import annotations

import dataclasses

import pytest
from machines import machine, nvidia

from wizard.advice.recommend import recommend
from wizard.advice.troubles import code_of, trouble_of
from wizard.detection.machine import Gpu, Machine, Problem

LOST = "Unable to determine the device handle for GPU0000:41:00.0: Unknown Error"


def four(problem: Problem, *, silent: int | None = None) -> Machine:
    places = ("0000:01:00.0", "0000:41:00.0", "0000:81:00.0", "0000:c1:00.0")
    cards = [
        Gpu("nvidia", "RTX 3090", None if at == silent else "8.6", bus_id=place)
        for at, place in enumerate(places)
    ]
    return dataclasses.replace(machine(cards, "580.95.05"), problems=(problem,))


def test_one_of_four_that_is_named_by_its_place() -> None:
    described = four(Problem("gpu_lost", LOST))
    found = trouble_of(described, described.nvidia_gpus)
    assert found is not None and [gpu.bus_id for gpu in found.gpus] == ["0000:41:00.0"]
    got = recommend(described)
    assert (got.verdict, got.reasons[0].code) == ("other_accelerator", "gpu_lost")
    assert got.primary.argv[-1] == "cuda-version=13", "the other three stay"


def test_the_silent_one_where_no_place_is_named() -> None:
    described = four(Problem("gpu_lost", "GPU is lost"), silent=2)
    found = trouble_of(described, described.nvidia_gpus)
    assert found is not None and [gpu.bus_id for gpu in found.gpus] == ["0000:81:00.0"]


def test_all_where_nothing_tells_them_apart() -> None:
    described = four(Problem("nvml_error", "Unknown Error"))
    found = trouble_of(described, described.nvidia_gpus)
    assert found is not None and found.gpus == described.nvidia_gpus
    assert recommend(described).verdict == "install_driver"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("NVML: Insufficient Permissions", "driver_permission"),
        ("GPU access blocked by the operating system", "wsl2_cuda"),
        ("Driver/library version mismatch", "nvml_mismatch"),
        ("GPU is lost", "gpu_lost"),
        ("Driver Not Loaded", "driver_not_loaded"),
        ("No devices were found", "no_devices_found"),
        ("Unknown Error", "nvml_error"),
    ],
)
def test_what_nvml_said_tells_the_code(said: str, code: str) -> None:
    assert code_of("nvml_error", said) == code
    assert code_of("mig", said) == "mig"
    described = machine([nvidia("RTX 3070")], None)
    described = dataclasses.replace(described, problems=(Problem("nvml_error", said),))
    got = recommend(described)
    assert (got.verdict, got.reasons[0].code) == ("install_driver", code)
    assert "driver_missing" not in {reason.code for reason in got.reasons}
    if code == "nvml_error":
        assert said in got.reasons[0].text


@pytest.mark.parametrize("code", ["nvml_mismatch", "gpu_lost", "driver_permission"])
def test_where_another_driver_does_not_help_none_is_advised(code: str) -> None:
    got = recommend(machine([nvidia("RTX 3070")], "550.54.15", problems=(code,)))
    assert (got.verdict, got.driver) == ("install_driver", None)


def test_a_driver_without_the_open_modules_is_told_of_them() -> None:
    for code, card, expected in (
        ("no_devices_found", "RTX 5090", True),
        ("no_devices_found", "RTX 4090", False),
    ):
        got = recommend(machine([nvidia(card)], "580.95.05", problems=(code,)))
        assert ("open_kernel_modules" in {r.code for r in got.reasons}) is expected
    windows = recommend(machine([nvidia("RTX 5090")], None, "windows"))
    assert "open_kernel_modules" not in {r.code for r in windows.reasons}
