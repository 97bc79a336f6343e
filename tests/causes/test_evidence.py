"""Evidence in the forms that people and programs give it leads to the cause without a text."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.causes.diagnosis import diagnose
from wizard.causes.gathering import gather
from wizard.causes.pasted import Pasted

CARD: dict[str, Any] = {
    "gpus": [{"vendor": "nvidia", "name": "NVIDIA GeForce RTX 3060", "compute_capability": "8.6"}],
    "nvidia_driver": {"version": "581.57", "cuda": "13.0"},
}
STORE = "C:\\Users\\a\\AppData\\Local\\Microsoft\\WindowsApps\\PythonSoftwareFoundation.Python.3.11"


def first(evidence: dict[str, Any], system: str = "windows", text: str = "") -> str | None:
    return next((found.code for found in diagnose(text, system, evidence).findings), None)


@pytest.mark.parametrize(
    "evidence",
    [
        {"torch": "2.9.0+cpu"},
        {"torch": {"version": "2.9.0+cpu", "cuda": None}},
        {"torch": {"version": "2.9.0", "cuda": None}},
        {"torch_version": "2.9.0", "torch_cuda": None},
        {"torch_version": "2.9.0", "torch.cuda.version": None, "torch_cuda_version": None},
    ],
)
def test_a_build_for_the_processor(evidence: dict[str, Any]) -> None:
    assert first({**CARD, **evidence}) == "cpu_only_build"


@pytest.mark.parametrize(
    "evidence",
    [
        {"torch": "2.9.0", "torch_build": "cpu_mkl_py312_h1"},
        {"packages": [{"name": "pytorch", "version": "2.9.0", "build": "cpu_generic_py312_1"}]},
        {"conda_packages": [{"name": "pytorch", "build_string": "cpu_generic_py312_1"}]},
        {"packages": ["numpy=2.1.0=py312_0", "pytorch=2.9.0=cpu_mkl_py312_h1"]},
        {"packages": ["conda-forge/win-64::pytorch-2.9.0-cpu_mkl_py312_h1"]},
        {"conda_list": ["pytorch  2.9.0  cpu_mkl_py312_h1  conda-forge"]},
        {"packages": {"pytorch": "2.9.0 cpu_generic_py312_1"}},
    ],
)
def test_a_build_for_the_processor_from_conda(evidence: dict[str, Any]) -> None:
    assert first({**CARD, **evidence}) == "cpu_only_build_conda"


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        ({"gpu": "NVIDIA RTX 3060", "driver": "472.12", "torch": "2.9.0+cu130"}, "driver_too_old"),
        ({"gpu": "NVIDIA RTX 5070", "capability": [12, 0], "torch": "2.6.0+cu124"}, "arch_too_new"),
        ({"capability": "sm_120", "arch_list": "sm_70 sm_80 sm_90"}, "arch_too_new"),
        ({"compute_capability": 6.1, "arch_list": ["sm_75", "sm_90"]}, "arch_too_old_for_build"),
        ({"compute_capability": 3.5, "torch": "2.6.0+cu124"}, "gpu_too_old"),
        ({"gpus": [], "torch": "2.6.0+cpu"}, "no_nvidia_gpu"),
        ({**CARD, "CUDA_VISIBLE_DEVICES": "7"}, "cuda_visible_devices"),
        ({**CARD, "variables": {"CUDA_VISIBLE_DEVICES": "-1"}}, "cuda_visible_devices"),
        ({"python": "3.10.4 (32-bit)"}, "python_32bit"),
        ({"interpreter": STORE + "\\python.exe"}, "ms_store_python"),
        ({"python": STORE + "\\python.exe"}, "ms_store_python"),
        ({"exit_code": "0xC0000135"}, "vc_redist_missing"),
        ({"exit_code": -1073741515}, "vc_redist_missing"),
        ({"winerror": 126, "dll": "fbgemm.dll"}, "fbgemm_libomp140"),
        ({"winerror": 1455}, "paging_file_too_small"),
        ({"winerror": 206}, "long_path"),
        ({"disk_free_gib": 0.2}, "disk_full"),
    ],
)  # fmt: skip
def test_one_fact_is_enough(evidence: dict[str, Any], code: str) -> None:
    assert first(evidence) == code


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        ({"kernel_module_loaded": False}, "kernel_module_not_loaded"),
        ({"kernel_module_loaded": False, "secure_boot": True}, "secure_boot"),
        ({"problems": ["nvml_mismatch"]}, "nvml_mismatch"),
        ({"cuda_error": 804}, "forward_compat_804"),
    ],
)
def test_one_fact_is_enough_on_linux(evidence: dict[str, Any], code: str) -> None:
    assert first({**CARD, **evidence}, "linux") == code


@pytest.mark.parametrize(
    "evidence",
    [
        {"torch": "2.9.0+cu130", "python": "3.12.4", "cuda_available": True},
        {"torch": "2.9.0+cu130", "CUDA_VISIBLE_DEVICES": "0"},
        {"torch": "2.9.0+cu130", "env": {"CUDA_VISIBLE_DEVICES": "GPU-5d5ba0d6"}},
        {"torch": "2.9.0", "packages": ["pytorch=2.9.0=cuda126_mkl_py312_h1", "cpuinfo=1=cpu"]},
        {"secure_boot": True, "exit_code": 0, "bits": 64, "disk_free_gib": 80},
        {"interpreter": "C:\\Users\\Əli\\miniforge3\\envs\\llm\\python.exe"},
    ],
)
def test_nothing_is_wrong(evidence: dict[str, Any]) -> None:
    assert first({**CARD, **evidence}) is None


@pytest.mark.parametrize(
    "evidence",
    [
        {"torch": {}, "gpus": {}, "nvidia_driver": [], "arch_list": 7, "exit_code": "x"},
        {"torch": [1], "gpus": [None, 3, {"name": None}], "packages": [None, 4, {}], "env": "x"},
        {"packages": {"pytorch": None}, "capability": {"a": 1}, "problems": 3, "winerror": [1]},
        {"": 1, "CUDA_VISIBLE_DEVICES": [], "python": True, "bits": True, "os": 4},
    ],
)
def test_what_cannot_be_read_is_left_out(evidence: dict[str, Any]) -> None:
    diagnose("", "windows", evidence)


def test_a_card_is_believed_what_it_says_of_itself() -> None:
    evidence = {"gpus": [{"vendor": "nvidia", "name": "NVIDIA X", "compute_capability": "12.0"}]}
    assert gather(Pasted(""), None, evidence).capability == (12, 0)


def test_a_driver_as_windows_writes_it() -> None:
    evidence = {"gpus": ["NVIDIA GeForce RTX 3060"], "driver": "32.0.15.8157"}
    assert gather(Pasted(""), "windows", evidence).driver == (581, 57)
