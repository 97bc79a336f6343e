"""NVML answers, refuses and raises, each as its real module does."""

# ruff: noqa: N802  (the functions have their names from NVML)

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from wizard.detection.machine import Driver, Gpu
from wizard.detection.probes.nvml import bus_id, pci_id, probe_nvml

#: Every return code the module knows, also those of newer drivers.
CODES = sorted(
    {
        value
        for name, value in vars(pynvml).items()
        if name.startswith("NVML_ERROR_") and isinstance(value, int)
    }
)


def test_every_code_has_been_found() -> None:
    assert {1, 9, 12, 13, 15, 18, 999}.issubset(CODES)
    assert len(CODES) > 25


class FakeNvml:
    """The module's functions for given cards; its errors are the module's own."""

    NVMLError = pynvml.NVMLError

    def __init__(self, cards: list[dict[str, Any]], fail: dict[str, int] | None = None) -> None:
        self.cards = cards
        self.fail = fail or {}
        self.shut_down = 0

    def _answer(self, name: str, value: Any) -> Any:
        if name in self.fail:
            raise pynvml.NVMLError(self.fail[name])
        return value

    def nvmlInit(self) -> None:
        self._answer("nvmlInit", None)

    def nvmlShutdown(self) -> None:
        self.shut_down += 1
        self._answer("nvmlShutdown", None)

    def nvmlSystemGetDriverVersion(self) -> str:
        return self._answer("nvmlSystemGetDriverVersion", "550.54.15")

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:
        return self._answer("nvmlSystemGetCudaDriverVersion_v2", 12040)

    def nvmlDeviceGetCount(self) -> int:
        return self._answer("nvmlDeviceGetCount", len(self.cards))

    def nvmlDeviceGetHandleByIndex(self, index: int) -> dict[str, Any]:
        return self._answer(f"nvmlDeviceGetHandleByIndex{index}", self.cards[index])

    def nvmlDeviceGetName(self, handle: dict[str, Any]) -> Any:
        return self._answer("nvmlDeviceGetName", handle["name"])

    def nvmlDeviceGetCudaComputeCapability(self, handle: dict[str, Any]) -> tuple[int, int]:
        return self._answer("nvmlDeviceGetCudaComputeCapability", handle["capability"])

    def nvmlDeviceGetMemoryInfo(self, handle: dict[str, Any]) -> Any:
        return self._answer("nvmlDeviceGetMemoryInfo", SimpleNamespace(total=handle["memory"]))

    def nvmlDeviceGetPciInfo(self, handle: dict[str, Any]) -> Any:
        info = SimpleNamespace(busId=handle["bus"], pciDeviceId=handle["device"])
        return self._answer("nvmlDeviceGetPciInfo", info)

    def nvmlDeviceGetMigMode(self, handle: dict[str, Any]) -> list[int]:
        return self._answer("nvmlDeviceGetMigMode", handle.get("mig", [0, 0]))

    def nvmlDeviceGetNumGpuCores(self, handle: dict[str, Any]) -> int:
        return self._answer("nvmlDeviceGetNumGpuCores", handle["cores"])

    def nvmlDeviceGetPowerManagementLimit(self, handle: dict[str, Any]) -> int:
        return self._answer("nvmlDeviceGetPowerManagementLimit", 70_000)

    def nvmlDeviceGetUUID(self, handle: dict[str, Any]) -> Any:
        return self._answer("nvmlDeviceGetUUID", handle["uuid"])


def t4(bus: str = "00000000:00:04.0", uuid: str = "GPU-1") -> dict[str, Any]:
    return {
        "name": "Tesla T4",
        "capability": (7, 5),
        "memory": 15 * 1024**3,
        "bus": bus,
        "device": 0x1EB810DE,
        "cores": 2560,
        "uuid": uuid,
    }


T4 = Gpu(
    "nvidia",
    "Tesla T4",
    "7.5",
    15.0,
    2560,
    "GPU-1",
    "10de:1eb8",
    bus_id="0000:00:04.0",
    power_limit_w=70.0,
)


def test_a_card_is_told_in_full() -> None:
    library = FakeNvml([t4()])
    answer = probe_nvml(library)
    assert answer.gpus == (T4,)
    assert answer.driver == Driver("550.54.15", "12.4")
    assert answer.asked_nvidia and not answer.problems
    assert library.shut_down == 1


def test_old_modules_answer_in_bytes() -> None:
    card = t4() | {"name": b"Tesla T4", "uuid": b"GPU-1", "bus": b"00000000:00:04.0"}
    assert probe_nvml(FakeNvml([card])).gpus == (T4,)


@pytest.mark.parametrize("code", CODES)
def test_every_error_at_the_start_is_one_problem(code: int) -> None:
    answer = probe_nvml(FakeNvml([t4()], {"nvmlInit": code}))
    assert answer.gpus == () and answer.driver is None
    assert len(answer.problems) == 1
    expected = {
        4: "driver_permission",
        6: "no_devices_found",
        8: "gpu_lost",
        11: "gpu_lost",
        15: "gpu_lost",
        16: "gpu_lost",
        17: "wsl2_cuda",
        9: "kernel_module_not_loaded",
        12: "nvml_library_not_found",
        13: "driver_too_old",
        18: "nvml_mismatch",
    }
    assert answer.problems[0].code == expected.get(code, "nvml_error")
    assert answer.problems[0].detail.startswith("NVML: ")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("function", "field"),
    [
        ("nvmlDeviceGetCudaComputeCapability", "compute_capability"),
        ("nvmlDeviceGetMemoryInfo", "memory_gib"),
        ("nvmlDeviceGetNumGpuCores", "cuda_cores"),
        ("nvmlDeviceGetUUID", "uuid"),
        ("nvmlDeviceGetPciInfo", "bus_id"),
        ("nvmlDeviceGetPowerManagementLimit", "power_limit_w"),
    ],
)
def test_an_unanswered_question_costs_its_field_only(code: int, function: str, field: str) -> None:
    answer = probe_nvml(FakeNvml([t4()], {function: code}))
    # A card whose memory cannot be asked for any more has fallen off the bus.
    lost = function == "nvmlDeviceGetMemoryInfo" and code in (15, 16, 999)
    assert [problem.code for problem in answer.problems] == ["gpu_lost"] * lost
    (gpu,) = answer.gpus
    assert getattr(gpu, field) is None
    assert gpu.name == "Tesla T4"


@pytest.mark.parametrize("code", CODES)
def test_errors_after_the_start_are_problems_and_nvml_is_shut_down(code: int) -> None:
    library = FakeNvml([t4()], {"nvmlDeviceGetCount": code})
    answer = probe_nvml(library)
    assert len(answer.problems) == 1 and answer.gpus == () and not answer.asked_nvidia
    assert library.shut_down == 1


def test_a_lost_card_does_not_hide_the_others() -> None:
    cards = [t4(), t4("00000000:00:05.0", "GPU-2")]
    answer = probe_nvml(FakeNvml(cards, {"nvmlDeviceGetHandleByIndex0": 15}))
    assert [gpu.uuid for gpu in answer.gpus] == ["GPU-2"]
    assert [problem.code for problem in answer.problems] == ["gpu_lost"]
    assert "GPU 0" in answer.problems[0].detail and not answer.asked_nvidia


def test_cards_of_others_are_counted_and_refuse() -> None:
    """nvml.h, nvmlDeviceGetCount_v2: the count is of all cards, also those without permission."""
    cards = [t4(), t4("00000000:00:05.0", "GPU-2")]
    some = probe_nvml(FakeNvml(cards, {"nvmlDeviceGetHandleByIndex0": 4}))
    assert len(some.gpus) == 1 and some.problems == () and some.asked_nvidia
    both = {f"nvmlDeviceGetHandleByIndex{number}": 4 for number in (0, 1)}
    assert {p.code for p in probe_nvml(FakeNvml(cards, both)).problems} == {"driver_permission"}


def test_a_driver_without_a_card_is_a_problem_that_names_its_version() -> None:
    answer = probe_nvml(FakeNvml([]))
    assert [problem.code for problem in answer.problems] == ["no_devices_found"]
    assert answer.driver == Driver("550.54.15", "12.4") and not answer.asked_nvidia


def test_a_function_that_the_library_lacks_leaves_its_field_out() -> None:
    class OldNvml(FakeNvml):
        def __getattribute__(self, name: str) -> Any:
            if name in ("nvmlDeviceGetNumGpuCores", "nvmlSystemGetCudaDriverVersion_v2"):
                raise AttributeError(name)
            return super().__getattribute__(name)

    answer = probe_nvml(OldNvml([t4()]))
    assert answer.gpus[0].cuda_cores is None and answer.driver == Driver("550.54.15", None)


def test_mig_is_seen() -> None:
    assert probe_nvml(FakeNvml([t4() | {"mig": [1, 1]}])).gpus[0].mig


def test_a_failing_shutdown_keeps_the_answer() -> None:
    assert probe_nvml(FakeNvml([t4()], {"nvmlShutdown": 999})).gpus == (T4,)


def test_an_error_that_is_no_code_is_a_problem() -> None:
    class Broken(FakeNvml):
        def nvmlInit(self) -> None:
            raise OSError("libnvidia-ml.so.1: file too short")

    (problem,) = probe_nvml(Broken([])).problems
    assert problem.code == "nvml_error" and "file too short" in problem.detail


def test_ids_in_the_forms_of_linux() -> None:
    assert pci_id(0x28E010DE) == "10de:28e0"
    assert bus_id("00000000:0A:00.0") == "0000:0a:00.0"
    assert bus_id("00010000:41:00.0") == "10000:41:00.0"  # as /sys/bus/pci/devices has it
    assert bus_id("000052CE:00:00.0") == "52ce:00:00.0"
    assert bus_id("N/A") is None
