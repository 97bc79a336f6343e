"""Named machines: those of the course's students, and each trap of the facts page."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from datetime import date

import judge
import pytest
from judge import Computer
from machines import COURSE, machine, nvidia

from wizard import text
from wizard.advice import builds, catalog
from wizard.advice.builds import Hardware
from wizard.advice.driver_ways import driver_sentence
from wizard.advice.recommend import recommend
from wizard.advice.recommendation import Recommendation
from wizard.detection.machine import Environment, Gpu, Machine

FORGE = "conda install -n llm_50gun --override-channels -c conda-forge"
WHEELS = "https://download.pytorch.org/whl"


def codes(got: Recommendation) -> set[str]:
    return {reason.code for reason in got.reasons}


def reason(got: Recommendation, code: str) -> str:
    return next(r.text for r in got.reasons if r.code == code)


def lines(got: Recommendation) -> list[str]:
    return [command.text.bash for command in got.alternatives]


# The machines that the course's students have


@pytest.mark.parametrize("system", ["windows", "linux"])
def test_no_nvidia_gpu(system: str) -> None:
    got = recommend(machine([], None, system))
    assert got.verdict == "cpu"
    assert got.primary.text.bash == f"{FORGE} 'pytorch=*=cpu*' torchvision"
    pip = "python -m pip install torch torchvision"
    assert lines(got) == [pip if system == "windows" else f"{pip} --index-url {WHEELS}/cpu"]
    assert got.driver is None
    assert {"no_nvidia_gpu", "colab"} <= codes(got)
    assert "driver" not in json.dumps(got.to_json()["reasons"])


@pytest.mark.parametrize(("system", "driver"), [("linux", "550.54.15"), ("windows", "551.78")])
def test_t4_with_driver_550(system: str, driver: str) -> None:
    got = recommend(machine([nvidia("Tesla T4", "7.5")], driver, system))
    assert got.verdict == "install"
    assert got.primary.text.bash == f"{FORGE} pytorch-gpu torchvision cuda-version=12"
    assert lines(got) == [
        f"python -m pip install torch torchvision --index-url {WHEELS}/cu126",
        "conda install -n llm_50gun pytorch==2.5.1 torchvision==0.20.1 torchaudio==2.5.1 "
        "pytorch-cuda=12.4 -c pytorch -c nvidia",
    ]
    assert "2.5.1" in got.alternatives[1].note
    assert reason(got, "driver_too_old_for_cuda13") == (
        f"T4 has compute capability 7.5; CUDA 13 needs driver 580, yours is {driver}: so CUDA 12."
    )
    assert got.driver is not None
    assert got.driver.needed == ("580.65.06" if system == "linux" else "580")


@pytest.mark.parametrize("system", ["windows", "linux"])
def test_gtx_1060_with_driver_581(system: str) -> None:
    got = recommend(machine([nvidia("NVIDIA GeForce GTX 1060")], "581.42", system))
    assert got.verdict == "install"
    assert got.primary.text.bash == f"{FORGE} pytorch-gpu torchvision cuda-version=12"
    assert lines(got)[0].endswith("/cu126")
    assert got.driver is None, "580 is the last branch: nothing to update"
    assert "although driver 581.42 would allow CUDA 13" in reason(
        got, "capability_too_old_for_cuda13"
    )
    assert {"last_driver_branch", "capability_from_name"} <= codes(got)


@pytest.mark.parametrize("system", ["windows", "linux"])
def test_rtx_5070_with_driver_581(system: str) -> None:
    got = recommend(machine([nvidia("NVIDIA GeForce RTX 5070")], "581.42", system))
    assert got.verdict == "install"
    assert got.primary.text.bash == f"{FORGE} pytorch-gpu torchvision cuda-version=13"
    assert lines(got) == [f"python -m pip install torch torchvision --index-url {WHEELS}/cu130"]


@pytest.mark.parametrize(
    ("system", "driver", "needed"),
    [("windows", "566.36", "580"), ("linux", "560.35.03", "570.133.07")],
)
def test_rtx_5070_with_a_driver_that_is_too_old(system: str, driver: str, needed: str) -> None:
    """``needed`` is the first driver that surely knows the card; the command is for the newest."""
    got = recommend(machine([nvidia("NVIDIA GeForce RTX 5070")], driver, system))
    assert got.verdict == "update_driver"
    assert got.driver is not None
    assert got.driver.installed == driver
    assert got.primary.argv[-1] == "cuda-version=13"
    assert got.driver.download.startswith("https://www.nvidia.com/")
    updated = Computer(system, ("12.0",), got.driver.needed, "3.12")
    assert not judge.judge(got.primary.argv, updated)
    assert needed in reason(got, "driver_too_old_for_card")


# Traps


def test_blackwell_below_580_gets_the_build_with_its_kernels() -> None:
    got = recommend(machine([nvidia("RTX 5090", "12.0")], "572.16", "windows"))
    assert got.verdict == "install"
    assert got.primary.argv[-1] == "cuda-version=12"
    assert lines(got) == [f"python -m pip install torch torchvision --index-url {WHEELS}/cu128"]
    assert "blackwell_needs_cuda128" in codes(got)


def test_the_old_channel_is_never_offered_to_blackwell_nor_to_a_newer_python() -> None:
    blackwell = recommend(machine([nvidia("RTX 5090", "12.0")], "580.95.05"))
    newer = Environment("llm_50gun", "/c/envs/llm_50gun", "3.13.1")
    turing = recommend(machine([nvidia("T4", "7.5")], "580.95.05", environments=(newer,)))
    for got in (blackwell, turing):
        assert "pytorch-channel" not in {c.route for c in got.alternatives}


def test_no_command_but_the_course_channel_names_torchaudio() -> None:
    for card, driver in (("7.5", "550.54.15"), ("6.1", "580.95.05"), ("12.0", "595.71.05")):
        got = recommend(machine([nvidia("card", card)], driver))
        for command in (got.primary, *got.alternatives):
            has = any("torchaudio" in word for word in command.argv)
            assert has == (command.route == "pytorch-channel")


def test_volta_is_not_sent_to_cu128_or_cu130() -> None:
    got = recommend(machine([nvidia("Tesla V100-SXM2-16GB", "7.0")], "580.95.05"))
    assert got.primary.argv[-1] == "cuda-version=12"
    assert lines(got)[0].endswith("/cu126")


def test_maxwell_on_windows_with_python_39_is_kept_from_2_8_0() -> None:
    python = Environment("own", "C:\\own", "3.9.13", kind="venv", executable="C:\\own\\python.exe")
    maxwell = machine([nvidia("GTX 970", "5.2")], "581.42", "windows", environments=(python,))
    got = recommend(maxwell, "own")
    assert got.verdict == "install"
    assert not got.primary.argv[-1].endswith("cu126"), "pip would take 2.8.0+cu126"
    assert not judge.judge(got.primary.argv, Computer("windows", ("5.2",), "581.42", "3.9"))
    pascal = machine([nvidia("GTX 1060", "6.1")], "581.42", "windows", environments=(python,))
    assert "torch" in recommend(pascal, "own").primary.argv, "2.8.0+cu126 has 6.1"


def test_pip_on_windows_always_names_an_index_for_cuda() -> None:
    for card, driver in (("7.5", "551.78"), ("8.9", "581.42"), ("6.1", "581.42")):
        got = recommend(machine([nvidia("card", card)], driver, "windows"))
        pips = [c for c in got.alternatives if c.route == "pip"]
        assert pips and all("--index-url" in c.argv for c in pips)


def test_pre_turing_is_never_told_to_go_beyond_580() -> None:
    for driver in (None, "470.256.02", "535.104.05", "580.95.05"):
        got = recommend(machine([nvidia("GTX 1080 Ti", "6.1")], driver))
        if got.driver is not None:
            assert judge.number(got.driver.needed) < (581,)
            assert got.driver.branch == 580


def test_a_driver_below_525_must_be_updated_and_the_old_build_works_until_then() -> None:
    got = recommend(machine([nvidia("Tesla T4", "7.5")], "470.82.01"))
    assert got.verdict == "update_driver"
    assert got.driver is not None and got.driver.needed == "580.65.06"
    assert got.primary.argv[-1] == "cuda-version=13", "the command is for after the update"
    assert "525.60.13" in reason(got, "driver_too_old")
    today = Computer("linux", ("7.5",), "470.82.01", "3.12")
    assert lines(got) and not any(judge.judge(c.argv, today) for c in got.alternatives)


@pytest.mark.parametrize(
    ("card", "branch"), [("GeForce RTX 4060", None), ("GTX 1060", 580), ("Tesla V100", 580)]
)
def test_a_missing_driver(card: str, branch: int | None) -> None:
    got = recommend(machine([nvidia(card)], None, "windows"))
    assert got.verdict == "install_driver"
    assert got.driver is not None
    assert (got.driver.installed, got.driver.branch) == (None, branch)
    assert "driver_missing" in codes(got)
    assert "runs on the processor" in got.alternatives[0].note.lower()


def test_kepler_runs_on_the_processor_and_its_driver_ends_at_470() -> None:
    k80 = recommend(machine([nvidia("Tesla K80", "3.7")], "470.256.02"))
    assert (k80.verdict, k80.driver) == ("cpu", None)
    assert "pytorch=*=cpu*" in k80.primary.argv
    assert {"gpu_too_old", "colab"} <= codes(k80)
    today = Computer("linux", ("3.7",), "470.256.02", "3.12")
    old = [c for c in k80.alternatives if "cu118" in c.argv[-1]]
    assert old and not judge.judge(old[0].argv, today)
    newer = recommend(machine([nvidia("Tesla K80")], "550.54.15"))
    assert not any("cu118" in line for line in lines(newer)), "this driver no longer knows it"
    bare = recommend(machine([nvidia("Tesla K80", "3.7")], None))
    assert bare.verdict == "cpu"
    assert bare.driver is not None and bare.driver.branch == 470
    gt710 = recommend(machine([nvidia("NVIDIA GeForce GT 710")], "475.14", "windows"))
    assert (gt710.verdict, gt710.driver) == ("cpu", None)
    assert not any("whl/cu" in line for line in lines(gt710))


# Several cards, parts of cards, unknown cards


def test_pascal_beside_blackwell_needs_the_one_build_that_has_both() -> None:
    got = recommend(machine([nvidia("RTX 5090", "12.0"), nvidia("GTX 1080", "6.1")], "580.95.05"))
    assert got.verdict == "install"
    assert not judge.judge(
        got.primary.argv, Computer("linux", ("6.1", "12.0"), "580.95.05", "3.12")
    )
    assert {"several_gpus", "last_driver_branch"} <= codes(got)
    assert lines(got) == [], "no wheel on Linux has kernels for both"


def test_pascal_beside_blackwell_on_windows_pins_the_only_wheel_for_both() -> None:
    cards = [nvidia("RTX 5090", "12.0"), nvidia("GTX 1080", "6.1")]
    got = recommend(machine(cards, "581.42", "windows"))
    computer = Computer("windows", ("6.1", "12.0"), "581.42", "3.12")
    assert "torch==2.8.0" in got.alternatives[0].argv
    assert not judge.judge(got.alternatives[0].argv, computer)


def test_a_card_without_any_build_is_left_out_and_said() -> None:
    got = recommend(machine([nvidia("Tesla K80", "3.7"), nvidia("RTX 3090", "8.6")], "550.54.15"))
    assert got.verdict == "other_accelerator", "install would promise every card"
    assert not judge.judge(got.primary.argv, Computer("linux", ("8.6",), "550.54.15", "3.12"))
    said = reason(got, "not_all_gpus_covered")
    assert "RTX 3090" in said and "K80" in said


def test_mig_slices_and_virtual_gpus_count_as_their_card() -> None:
    got = recommend(machine([nvidia("NVIDIA A100-SXM4-40GB MIG 1g.5gb")], "550.54.15"))
    assert got.verdict == "install" and "mig" in codes(got)
    got = recommend(machine([nvidia("GRID T4-16Q")], "550.54.15"))
    assert "7.5" in reason(got, "capability_from_name")


def test_an_unknown_card_gets_the_widest_build_and_a_sentence() -> None:
    got = recommend(machine([nvidia("NVIDIA Something 9000")], "580.95.05"))
    assert got.verdict == "install"
    assert got.primary.argv[-1] == "cuda-version=12"
    assert "unknown_gpu" in codes(got)


def test_an_unknown_card_beside_kepler_is_kept() -> None:
    cards = [nvidia("NVIDIA Something 9000"), nvidia("Tesla K80", "3.7")]
    got = recommend(machine(cards, "550.54.15"))
    assert got.verdict == "other_accelerator"
    assert {"unknown_gpu", "not_all_gpus_covered"} <= codes(got)


def test_a_driver_without_a_readable_version_is_judged_by_its_cuda() -> None:
    t4 = [nvidia("Tesla T4", "7.5")]
    assert recommend(machine(t4, "unknown", cuda="12.4")).primary.argv[-1] == "cuda-version=12"
    assert recommend(machine(t4, "unknown", cuda="13.0")).primary.argv[-1] == "cuda-version=13"
    assert recommend(machine(t4, "unknown")).verdict == "update_driver"


def test_windows_own_way_of_writing_the_driver_is_understood() -> None:
    got = recommend(machine([nvidia("RTX 4060", "8.9")], "32.0.15.8142", "windows"))
    assert got.primary.argv[-1] == "cuda-version=13"
    assert "581.42" in reason(got, "cuda13_works")


# Other systems


def test_wsl_is_judged_by_the_windows_driver() -> None:
    card = [nvidia("RTX 3060", "8.6")]
    assert recommend(machine(card, "527.41", wsl=True)).verdict == "update_driver"
    assert recommend(machine(card, "527.41", wsl=False)).verdict == "install"
    got = recommend(machine(card, None, wsl=True))
    assert got.verdict == "install_driver"
    assert got.driver is not None and "wsl" in got.driver.download
    assert "never install" in reason(got, "wsl")


def test_arm_servers() -> None:
    got = recommend(machine([nvidia("NVIDIA GH200 480GB", "9.0")], "580.95.05", arch="aarch64"))
    computer = Computer("linux", ("9.0",), "580.95.05", "3.12", "aarch64")
    assert got.verdict == "install" and "arm_server" in codes(got)
    assert not any(judge.judge(c.argv, computer) for c in (got.primary, *got.alternatives))
    t4g = recommend(machine([nvidia("NVIDIA T4G", "7.5")], "550.54.15", arch="aarch64"))
    assert t4g.verdict == "install" and not t4g.alternatives, "no Arm wheel has kernels for 7.5"


def test_jetson_modules() -> None:
    orin = recommend(machine([nvidia("Orin (nvgpu)", "8.7")], "540.4.0", arch="aarch64"))
    assert orin.verdict == "install"
    assert {"cuda-version=12", "arm-variant=*=tegra"} <= set(orin.primary.argv)
    assert "'arm-variant=*=tegra'" in orin.primary.text.bash
    assert not orin.alternatives and orin.driver is None
    jetpack7 = recommend(machine([nvidia("Orin (nvgpu)", "8.7")], "580.00", arch="aarch64"))
    assert jetpack7.primary.argv[-1] == "cuda-version=13"
    thor = recommend(machine([nvidia("NVIDIA Thor", "11.0")], "580.00", arch="aarch64"))
    assert (thor.verdict, thor.primary.argv[-1]) == ("install", "cuda-version=13")
    nano = recommend(machine([nvidia("NVIDIA Tegra X1")], None, arch="aarch64"))
    assert nano.verdict == "other_accelerator" and nano.driver is None
    assert "pytorch=*=cpu*" in nano.primary.argv


def test_windows_on_arm() -> None:
    got = recommend(machine([nvidia("NVIDIA RTX")], None, "windows", arch="arm64"))
    assert (got.verdict, got.driver) == ("cpu", None)
    assert "not tested" in reason(got, "windows_arm")


@pytest.mark.parametrize(
    ("name", "system", "verdict", "words"),
    [
        ("AMD Radeon RX 7900 XTX", "linux", "other_accelerator", "whl/rocm7.2"),
        ("AMD Radeon RX 7900 XTX", "windows", "other_accelerator", "torch[device-gfx1100]=="),
        ("AMD Radeon(TM) Graphics", "windows", "cpu", "pytorch=*=cpu*"),
        ("AMD Radeon RX 580", "linux", "cpu", "pytorch=*=cpu*"),
        ("AMD Navi 31 [Radeon RX 7900 XT/7900 XTX/7900M]", "linux", "other_accelerator", "rocm7.2"),
        (
            "AMD Strix Halo [Radeon Graphics / Radeon 8050S Graphics / Radeon 8060S Graphics]",
            "windows",
            "other_accelerator",
            "torch[device-gfx1151]==",
        ),
        ("AMD Radeon RX 6700/6700 XT / 6800M/6850M XT", "linux", "cpu", "pytorch=*=cpu*"),
        ("AMD Vega 10 [Radeon Instinct MI25]", "linux", "cpu", "pytorch=*=cpu*"),
        ("AMD Aldebaran/MI200 [Instinct MI250X/MI250]", "linux", "other_accelerator", "rocm7.2"),
    ],
)
def test_amd(name: str, system: str, verdict: str, words: str) -> None:
    got = recommend(machine([Gpu("amd", name)], None, system))
    assert (got.verdict, got.driver) == (verdict, None)
    assert words in got.primary.text.bash
    assert "whl/rocm" not in got.primary.text.bash or system == "linux"
    if system == "windows" and verdict == "other_accelerator":
        assert any(r.source.startswith("https://rocm.docs.amd.com/") for r in got.reasons)


@pytest.mark.parametrize(
    ("name", "verdict", "words"),
    [
        ("Intel(R) Arc(TM) A770 Graphics", "other_accelerator", "whl/xpu"),
        ("Intel(R) UHD Graphics 620", "cpu", "pytorch=*=cpu*"),
    ],
)
def test_intel(name: str, verdict: str, words: str) -> None:
    got = recommend(machine([Gpu("intel", name)], None, "windows"))
    assert (got.verdict, got.driver) == (verdict, None)
    assert words in got.primary.text.bash


def test_macs() -> None:
    silicon = recommend(machine([Gpu("apple", "Apple M3")], None, "macos", arch="arm64"))
    assert silicon.verdict == "other_accelerator"
    assert silicon.primary.text.bash == f"{FORGE} pytorch torchvision"
    assert "mps" in reason(silicon, "apple_mps")
    intel = recommend(machine([Gpu("amd", "Radeon Pro 5300M")], None, "macos"))
    assert (intel.verdict, intel.driver) == ("cpu", None)
    assert "cu" not in {word[:2] for word in intel.primary.argv}


def test_an_amd_or_intel_chip_beside_an_nvidia_card_changes_nothing() -> None:
    alone = recommend(machine([nvidia("RTX 4060", "8.9")], "581.42", "windows"))
    chip = Gpu("intel", "Intel(R) Arc(TM) Graphics")
    both = recommend(machine([chip, nvidia("RTX 4060", "8.9")], "581.42", "windows"))
    assert both == alone


# Environments


def test_pip_for_other_accelerators_goes_into_the_environment_and_not_into_base() -> None:
    got = recommend(machine([Gpu("amd", "AMD Radeon RX 7900 XTX")], environments=()))
    spelled = [step.text.bash for step in got.steps]
    assert spelled[0].startswith("conda create -n llm_50gun")
    assert spelled[1] == "conda activate llm_50gun"
    assert spelled[2].startswith("python -m pip install torch torchvision --index-url")


@pytest.mark.parametrize("asked", ["base", "root", "BASE"])
def test_base_is_left_alone(asked: str) -> None:
    base = Environment("base", "/home/u/miniforge3", "3.12.4")
    got = recommend(machine([nvidia("T4", "7.5")], "550.54.15", environments=(base,)), asked)
    assert (got.environment.action, got.environment.name) == ("create", "llm_50gun")
    assert "base" not in got.primary.argv


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    def env(name: str, python: str | None) -> Environment:
        return Environment(name, f"/c/envs/{name}", python)

    old = (env("llm_50gun", "3.9.1"), env("LLM_50gun_py312", None))
    got = recommend(machine([nvidia("T4", "7.5")], "550.54.15", environments=old))
    assert got.environment.name == "llm_50gun_py312_2"
    made = (*old, env("llm_50gun_py312_2", "3.12.1"))
    got = recommend(machine([nvidia("T4", "7.5")], "550.54.15", environments=made))
    assert (got.environment.action, got.environment.name) == ("use", "llm_50gun_py312_2")


def test_a_new_name_is_made_fit_for_conda() -> None:
    t4 = machine([nvidia("T4", "7.5")], "550.54.15", environments=())
    assert recommend(t4, "my env#1").environment.name == "my_env_1"
    assert recommend(t4, "--yes").environment.name == "yes"
    assert recommend(t4, "../..").environment.name == "llm_50gun"
    assert recommend(t4, "mühit").environment.name == "mühit"


def test_an_environment_outside_envs_is_named_by_its_folder() -> None:
    env = Environment("dərs", "C:\\Dərslər İşığı\\dərs", "3.12.1")
    got = recommend(
        machine([nvidia("T4", "7.5")], "551.78", "windows", environments=(env,)), "dərs"
    )
    assert got.primary.argv[2:4] == ("-p", env.prefix)
    assert f'"{env.prefix}"' in got.primary.text.cmd


@pytest.mark.parametrize("kind", ["venv", "python", "wizard"])
@pytest.mark.parametrize("torch", ["2.13.0+cpu", "2.13.0"])
def test_pip_replaces_no_build_by_itself(kind: str, torch: str) -> None:
    """All that pip would say is "Requirement already satisfied"."""
    python = "C:\\Users\\Əli Şən\\v\\Scripts\\python.exe"
    env = Environment("v", "C:\\Users\\Əli Şən\\v", "3.12.4", torch, kind, python)  # type: ignore[arg-type]
    described = machine([nvidia("T4", "7.5")], "581.42", "windows", environments=(env,))
    got = recommend(described, env.prefix)
    removal, install = got.steps
    assert removal.argv == (
        python,
        "-m",
        "pip",
        "uninstall",
        "--yes",
        "torch",
        "torchvision",
        "torchaudio",
    )
    assert install == got.primary
    assert install.text.cmd.startswith(f'"{python}" -m pip install torch ')
    assert install.text.powershell.startswith(f"& '{python}' -m pip install torch ")


def test_the_same_build_is_not_removed() -> None:
    env = Environment("v", "/v", "3.12.4", "2.12.0+cu130", "venv", "/v/bin/python")
    got = recommend(machine([nvidia("T4", "7.5")], "580.95.05", environments=(env,)), "/v")
    assert got.steps == (got.primary,)


@pytest.mark.parametrize(
    ("torch", "channel", "program"),
    [("2.13.0+cpu", None, "run"), ("2.13.0", "pypi", "run"), ("2.13.0", "conda-forge", "remove")],
)
def test_what_stands_in_the_way_of_a_pip_route_in_conda(
    torch: str, channel: str | None, program: str
) -> None:
    """PyTorch for Intel graphics comes with pip alone."""
    env = dataclasses.replace(COURSE, torch=torch, torch_channel=channel)
    got = recommend(machine([Gpu("intel", "Intel Arc A770")], None, environments=(env,)))
    assert got.primary.route == "pip"
    activate, removal, install = (step.argv for step in got.steps)
    assert (activate[1], removal[1]) == ("activate", program)
    assert install == got.primary.argv


def test_a_pytorch_that_pip_installed_is_removed_before_conda_installs_its_own() -> None:
    env = dataclasses.replace(COURSE, torch="2.8.0+cpu")
    got = recommend(machine([nvidia("T4", "7.5")], "550.54.15", environments=(env,)))
    assert "uninstall" in got.steps[0].argv and "torch" in got.steps[0].argv
    assert got.steps[1] == got.primary
    env = dataclasses.replace(
        COURSE, torch="2.13.0", torch_build="cpu_mkl_py312", torch_channel="conda-forge"
    )
    got = recommend(machine([nvidia("T4", "7.5")], "550.54.15", environments=(env,)))
    assert got.steps == (got.primary,)


@pytest.mark.parametrize("system", ["windows", "linux"])
def test_without_conda_the_way_to_miniforge_is_shown(system: str) -> None:
    got = recommend(
        machine([nvidia("T4", "7.5")], "550.54.15", system, environments=(), conda=None)
    )
    assert got.primary.route == "conda-forge"
    assert "Miniforge" in got.primary.note
    assert "conda_missing" in codes(got)
    assert ("winget" in got.primary.note) == (system == "windows")


# The answer's form


def test_the_line_is_the_json() -> None:
    for got in _all_kinds():
        assert json.loads(got.to_line()) == got.to_json() == json.loads(json.dumps(got.to_json()))


def test_every_reason_has_words_and_an_https_source() -> None:
    for got in _all_kinds():
        assert got.reasons
        for item in got.reasons:
            assert item.code and item.text and item.source.startswith("https://")
            assert "{" not in item.text and "None" not in item.text


def _all_kinds() -> list[Recommendation]:
    machines: list[Machine] = [
        machine([nvidia("T4", "7.5")], "550.54.15"),
        machine([nvidia("GTX 1060")], "581.42", "windows", environments=()),
        machine([nvidia("RTX 5070")], "566.36", "windows"),
        machine([nvidia("Tesla K80")], None),
        machine([nvidia("what"), nvidia("RTX 3090")], None, problems=("nvml_mismatch",)),
        machine([Gpu("amd", "RX 7900 XTX")]),
        machine([Gpu("apple", "M1")], system="macos", arch="arm64"),
        machine([], system="windows", conda=None, arch="arm64"),
    ]
    return [recommend(m) for m in machines]


def test_an_old_catalog_says_so() -> None:
    t4 = machine([nvidia("T4", "7.5")], "550.54.15")
    collected = catalog.load().collected
    assert "catalog_old" not in codes(recommend(t4, today=collected))
    assert "catalog_old" in codes(recommend(t4, today=date(collected.year + 1, 6, 1)))


def test_a_change_of_language_changes_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    t4 = machine([nvidia("T4", "7.5")], "550.54.15")
    english = recommend(t4)
    monkeypatch.setattr(text, "language", lambda: "xx")
    monkeypatch.setattr("wizard.advice.reasons._", "<{}>".format)
    assert recommend(t4).reasons[0].text.startswith("<T4")
    monkeypatch.undo()
    assert recommend(t4) == english


def test_an_uncertain_wheel_is_not_promised() -> None:
    hardware = Hardware("windows-x86_64", "windows", ((8, 9),))
    assert builds.pip_options(hardware, (3, 15)) == (), "2.15 on Windows is only inferred"
    option = builds.pip_options(hardware, (3, 12))[0]
    assert (option.variant, option.newest) == ("cu130", "2.14.1")


def test_the_first_answer_needs_nothing_heavy() -> None:
    """What a fresh process imports for an answer: the command line has 150 ms for it."""
    program = (
        "import sys\n"
        "from wizard.advice.recommend import recommend\n"
        "from wizard.detection.machine import machine_from_json\n"
        "recommend(machine_from_json({'os': {'system': 'linux'}})).to_line()\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    heavy = {"PySide6", "torch", "numpy", "pydantic", "psutil", "asyncio", "subprocess", "pynvml"}
    assert not loaded & heavy


def test_two_equal_cards_are_told_once() -> None:
    old = nvidia("GeForce GTX TITAN Z", "3.5")
    got = recommend(machine([old, old], "470.256.02"))
    assert [reason.code for reason in got.reasons].count("gpu_too_old") == 1


def test_a_driver_that_is_new_enough_and_drives_nothing_is_not_called_too_old() -> None:
    card = nvidia("NVIDIA GeForce RTX 5080")
    got = recommend(machine([card], "580.95.05", problems=("no_devices_found",)))
    assert got.driver is not None
    said = driver_sentence(got.driver)
    assert "580.95.05 is new enough" in said and "needed" not in said


def test_a_card_that_cannot_be_asked_is_not_called_unknown() -> None:
    card = Gpu("nvidia", "NVIDIA graphics card")
    got = recommend(machine([card], problems=("wsl2_cuda",)))
    assert "unknown_gpu" not in codes(got)
