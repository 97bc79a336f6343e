"""Each cause by the checks it leaves; the same with real children is in `tests/jobs`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wizard.advice.finding import Finding
from wizard.causes.evidence import Ending
from wizard.causes.verified import from_benchmark, from_verification
from wizard.checks import CHECK_IDS, Check
from wizard.detection.machine import Conda, Driver, Environment, Gpu, Machine, OperatingSystem

CONDA = "/home/u/miniforge3/envs/llm_50gun"
PYTHON = f"{CONDA}/bin/python"
MACHINE = Machine(
    "a PC",
    OperatingSystem("linux"),
    gpus=(Gpu("nvidia", "NVIDIA GeForce RTX 3060", "8.6", 12.0),),
    nvidia_driver=Driver("581.57", "13.0"),
    conda=Conda("25.9.1", "miniforge", "/home/u/miniforge3"),
    environments=(Environment("llm_50gun", CONDA, "3.12.4", "2.13.0", executable=PYTHON),),
)
WINDOWS = replace(MACHINE, os=OperatingSystem("windows"))
ENDED = Ending("exited", 0, "0", "", done=True, spoke=True, during=None)
VERSION = Check("torch_version", "passed", {"version": "2.13.0+cu130", "cuda": "13.0"})


def diagnose(
    *checks: Check, machine: Machine = MACHINE, ending: Ending = ENDED, python: str = PYTHON
) -> tuple[Finding, ...]:
    known = {check.id: check for check in checks}
    every = [known.get(name, Check(name, "passed")) for name in CHECK_IDS]
    findings = from_verification(machine, python, every, ending)
    for finding in findings:
        assert finding.title
        assert finding.why
        assert finding.fix
        assert "{" not in finding.title + finding.why + finding.fix
    return findings


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def failed(name: str, reason: str, detail: str = "", value: object = None) -> Check:
    return Check(name, "failed", value, 0.1, reason, detail)


def test_nothing_is_found_where_all_is_well_or_the_user_stopped() -> None:
    assert diagnose() == ()
    assert diagnose(ending=replace(ENDED, kind="cancelled", done=False)) == ()


NO_CUDA = failed("cuda_available", "cuda_not_available", "No CUDA GPUs are available", False)


@pytest.mark.parametrize(
    ("checks", "code", "says"),
    [
        (
            [failed("interpreter", "python_32bit", value={"bits": 32})],
            "python_32bit",
            "32-bit",
        ),
        ([failed("torch_import", "torch_missing")], "torch_missing", PYTHON),
        (
            [failed("torch_import", "torch_broken", "OSError: [WinError 127] c10_cuda.dll")],
            "dll_procedure_missing",
            "127",
        ),
        (
            [failed("torch_import", "torch_broken", "OSError: [WinError 1455] Fayl kiçikdir")],
            "paging_file_too_small",
            "1455",
        ),
        (
            [
                failed(
                    "torch_import",
                    "torch_broken",
                    'OSError: [WinError 126] Error loading "C:\\torch\\lib\\fbgemm.dll"',
                )
            ],
            "fbgemm_libomp140",
            "fbgemm",
        ),
        (
            [failed("torch_import", "torch_broken", "ImportError: VCRUNTIME140_1.dll")],
            "vc_redist_missing",
            "VCRUNTIME",
        ),
        (
            [failed("torch_import", "torch_broken", "AttributeError: _ARRAY_API not found")],
            "numpy2_abi",
            "_ARRAY_API",
        ),
        ([VERSION, NO_CUDA], "cuda_not_available", "No CUDA GPUs"),
        (
            [VERSION, replace(NO_CUDA, detail="CUDA_VISIBLE_DEVICES=-1")],
            "cuda_visible_devices",
            "-1",
        ),
        (
            [VERSION, replace(NO_CUDA, detail="CUDA unknown error - this may be due")],
            "cuda_unknown_error_uvm",
            "unknown",
        ),
        (
            [VERSION, replace(NO_CUDA, detail="Error 804: forward compatibility was attempted")],
            "forward_compat_804",
            "804",
        ),
        (
            [failed("gpu_matmul", "out_of_memory", "cuda:0: OutOfMemoryError")],
            "oom",
            "OutOfMemory",
        ),
        (
            [failed("gpu_convolution", "results_disagree", "cuda:0: error 0.3")],
            "gpu_results_disagree",
            "0.3",
        ),
        ([failed("cpu_matmul", "results_disagree", "error 4")], "cpu_results_disagree", "error 4"),
        ([failed("cpu_training_step", "unexpected_error", "boom")], "unexpected_error", "boom"),
        (
            [
                VERSION,
                failed(
                    "torchvision",
                    "torchvision_mismatch",
                    "RuntimeError: operator torchvision::nms does not exist",
                ),
            ],
            "torchvision_mismatch",
            "nms",
        ),
        ([failed("devices", "unexpected_error", "odd")], "unexpected_error", "odd"),
        ([failed("cuda_available", "accelerator_not_available")], "accelerator_not_available", ""),
    ],
)
def test_a_cause_by_its_checks(checks: list[Check], code: str, says: str) -> None:
    windows = any(word in repr(checks) for word in ("WinError", "VCRUNTIME"))
    findings = diagnose(*checks, machine=WINDOWS if windows else MACHINE)
    assert codes(findings) == [code]
    assert says in findings[0].why


@pytest.mark.parametrize(
    ("system", "driver", "cuda", "too_old"),
    [
        ("linux", "550.54.15", "13.0", True),
        ("linux", "580.65.06", "13.0", False),
        ("linux", "525.60.13", "12.6", False),
        ("linux", "470.86", "12.6", True),
        ("windows", "528.33", "12.8", False),
        ("windows", "527.41", "12.8", True),
        ("windows", "461.72", "11.8", False),
    ],
)
def test_the_driver_a_build_needs(system: str, driver: str, cuda: str, too_old: bool) -> None:
    machine = replace(
        MACHINE,
        os=OperatingSystem(system),  # type: ignore[arg-type]
        nvidia_driver=Driver(driver),
    )
    version = Check("torch_version", "passed", {"version": "2.13.0", "cuda": cuda})
    findings = diagnose(version, NO_CUDA, machine=machine)
    assert codes(findings) == ["driver_too_old" if too_old else "cuda_not_available"]
    if too_old:
        assert driver in findings[0].why


def test_torchs_own_word_about_the_driver_is_enough() -> None:
    told = replace(NO_CUDA, detail="The NVIDIA driver ... (found version 12080)")
    assert codes(diagnose(VERSION, told)) == ["driver_too_old"]


def test_a_conda_build_for_the_cpu_has_its_own_way_out() -> None:
    env = replace(MACHINE.environments[0], torch_build="cpu_mkl_py312_h123_102")
    machine = replace(MACHINE, environments=(env,))
    version = Check("torch_version", "passed", {"version": "2.13.0", "cuda": None})
    cpu = failed("cuda_available", "cpu_build", value=False)
    (finding,) = diagnose(version, cpu, machine=machine)
    assert finding.code == "cpu_only_build_conda"
    assert "cpu_mkl" in finding.why
    assert any("pytorch-gpu" in command.bash for command in finding.commands)
    assert codes(diagnose(version, cpu)) == ["cpu_only_build"]


def test_a_pip_build_is_removed_before_another_of_its_version_is_installed() -> None:
    env = Environment("v", "/home/u/v", "3.12.4", "2.13.0+cpu", "venv", "/home/u/v/bin/python")
    machine = replace(MACHINE, environments=(env,))
    version = Check("torch_version", "passed", {"version": "2.13.0+cpu", "cuda": None})
    cpu = failed("cuda_available", "cpu_build", value=False)
    (finding,) = diagnose(version, cpu, machine=machine, python="/home/u/v/bin/python")
    typed = [command.bash for command in finding.commands]
    removal = next(i for i, line in enumerate(typed) if "pip uninstall" in line)
    install = next(i for i, line in enumerate(typed) if "pip install" in line)
    assert removal < install


CPU_BUILD = failed("cuda_available", "cpu_build", value=False)
CPU_VERSION = Check("torch_version", "passed", {"version": "2.13.0+cpu", "cuda": None})
WINDOWS = Machine(
    "a PC",
    OperatingSystem("windows", "11 24H2"),
    gpus=MACHINE.gpus,
    nvidia_driver=Driver("581.57", "13.0"),
)


@pytest.mark.parametrize("kind", ["venv", "python", "wizard", "unknown"])
@pytest.mark.parametrize("checks", [(CPU_VERSION, CPU_BUILD), ("missing",)])
def test_the_command_runs_the_very_python_that_was_checked(
    kind: str, checks: tuple[object, ...]
) -> None:
    """Also one that the survey does not know: it says itself what it is."""
    prefix = "C:\\Dərslər İşığı\\v"
    python = prefix + "\\Scripts\\python.exe"
    env = Environment("v", prefix.lower(), "3.12.4", "2.13.0+cpu", kind, python)  # type: ignore[arg-type]
    machine = WINDOWS if kind == "unknown" else replace(WINDOWS, environments=(env,))
    told = Check("interpreter", "passed", {"version": "3.12.4", "prefix": prefix})
    missing = checks == ("missing",)
    seen = [failed("torch_import", "torch_missing")] if missing else [CPU_VERSION, CPU_BUILD]
    (finding,) = diagnose(told, *seen, machine=machine, python=python)
    assert finding.code == ("torch_missing" if missing else "cpu_only_build")
    install = finding.commands[-1]
    index = "https://download.pytorch.org/whl/cu130"
    packages = f"-m pip install torch torchvision --index-url {index}"
    assert install.cmd == f'"{python}" {packages}'
    assert install.powershell == f"& '{python}' {packages}"
    assert install.bash == f"'{python}' {packages}"
    removals = [one.cmd for one in finding.commands[:-1]]
    assert all(line.startswith(f'"{python}" -m pip uninstall') for line in removals)
    assert len(removals) == (0 if missing else 1), "nothing there, nothing to remove"


def test_a_torch_of_the_right_kind_that_fails_is_removed_too() -> None:
    env = Environment("v", "/home/u/v", "3.12.4", "2.13.0+cu130", "venv", "/home/u/v/bin/python")
    machine = replace(MACHINE, environments=(env,))
    mixed = failed("torchvision", "torchvision_mismatch", "operator torchvision::nms")
    (finding,) = diagnose(VERSION, mixed, machine=machine, python="/home/u/v/bin/python")
    assert ["uninstall" in line.bash for line in finding.commands] == [True, False]


def test_a_broken_environment_is_left_and_another_made() -> None:
    broken = failed("torch_import", "torch_broken", "ImportError: no")
    (finding,) = diagnose(broken)
    assert "new environment" in finding.fix
    made, install = (command.bash for command in finding.commands)
    assert made.startswith("conda create -n llm_50gun_py312 ")
    assert "-n llm_50gun_py312 " in install


def test_a_build_for_cuda_comes_after_the_driver_it_needs() -> None:
    machine = replace(MACHINE, nvidia_driver=Driver("470.256.02", "11.4"))
    found = diagnose(CPU_VERSION, CPU_BUILD, machine=machine)
    assert codes(found) == ["driver_too_old", "cpu_only_build"]
    assert "470.256.02" in found[0].why


def test_every_announced_command_is_there() -> None:
    """Where installing again helps, the commands are there."""
    assert diagnose(failed("torch_import", "torch_missing"))[0].commands
    for version in ("6.1", "12.0"):
        gpu = Gpu("nvidia", "a card", version)
        value = {"cuda:0": {"capability": version, "kernel": None, "kernels": ["sm_80"]}}
        (finding,) = diagnose(
            VERSION,
            failed("capability", "capability_not_in_build", value=value),
            machine=replace(MACHINE, gpus=(gpu,)),
        )
        assert finding.installs and finding.commands


def test_torch_in_another_environment_is_named() -> None:
    bare = Environment("bare", "/home/u/bare", "3.12.4", None)
    machine = replace(MACHINE, environments=(bare, *MACHINE.environments))
    missing = failed("torch_import", "torch_missing")
    (finding,) = diagnose(missing, machine=machine, python="/home/u/bare/bin/python")
    assert finding.code == "wrong_env"
    assert "llm_50gun" in finding.why
    assert "-p /home/u/bare " in finding.commands[-1].bash


def test_without_a_driver_that_comes_first() -> None:
    machine = replace(MACHINE, nvidia_driver=None)
    cpu = failed("cuda_available", "cpu_build", value=False)
    assert codes(diagnose(VERSION, cpu, machine=machine)) == ["driver_missing", "cpu_only_build"]
    assert codes(diagnose(VERSION, NO_CUDA, machine=machine)) == ["driver_missing"]


@pytest.mark.parametrize(
    ("has", "kernels", "code"),
    [
        ("12.0", ["sm_75", "sm_80", "sm_86", "sm_90"], "arch_too_new"),
        ("6.1", ["sm_75", "sm_120"], "arch_too_old_for_build"),
        ("10.0", ["sm_90"], "arch_too_new"),
        ("8.6", [], "arch_too_new"),
    ],
)
def test_a_build_without_the_cards_kernels(has: str, kernels: list[str], code: str) -> None:
    value = {"cuda:0": {"capability": has, "kernel": None, "kernels": kernels}}
    findings = diagnose(
        failed("capability", "capability_not_in_build", value=value),
        failed("gpu_matmul", "no_kernel_image", "CUDA error"),
    )
    assert codes(findings) == [code]
    assert has in findings[0].why


@pytest.mark.parametrize(
    ("ending", "code", "says"),
    [
        (
            Ending("not_started", None, "", "No such file", False, False, None),
            "interpreter_missing",
            "No such",
        ),
        (
            Ending("exited", 103, "103", "", False, False, None, ("No Python at 'C:\\P'",)),
            "interpreter_missing",
            "No Python",
        ),
        (
            Ending("timed_out", None, "", "nothing printed for 9 s", False, True, "gpu_matmul"),
            "child_hung",
            "GPU",
        ),
        (Ending("exited", -9, "SIGKILL", "", False, True, "torch_import"), "child_died", "memory"),
        (
            Ending("exited", -4, "SIGILL", "", False, True, "torch_import"),
            "child_died",
            "processor",
        ),
        (
            Ending("exited", 0xC0000135, "0xC0000135 STATUS_DLL_NOT_FOUND", "", False, False, None),
            "vc_redist_missing",
            "0xC0000135",
        ),
        (
            Ending("exited", 3, "3", "", False, True, "torch_import", ("OMP: Error #15: x", "[x]")),
            "omp_duplicate",
            "Error #15",
        ),
        (Ending("exited", 0, "0", "", False, False, None), "child_garbage", PYTHON),
    ],
)
def test_a_cause_by_how_the_process_ended(ending: Ending, code: str, says: str) -> None:
    machine = WINDOWS if ending.exit_name.startswith("0x") else MACHINE
    findings = diagnose(failed("torch_import", "child_died"), ending=ending, machine=machine)
    assert codes(findings) == [code]
    assert says in findings[0].why


def test_a_benchmark_that_ended_early() -> None:
    assert from_benchmark(PYTHON, ENDED) == ()
    died = Ending("exited", -11, "SIGSEGV", "", False, True, None, ("[exited]",))
    assert codes(from_benchmark(PYTHON, died)) == ["child_died"]
    text = ("ModuleNotFoundError: No module named 'torch'", "[exited]")
    missing = Ending("exited", 1, "1", "", False, False, None, text)
    (finding,) = from_benchmark(PYTHON, missing)
    assert finding.code == "torch_missing"
    assert "Verify" in finding.fix, "no command here, so none is announced"
