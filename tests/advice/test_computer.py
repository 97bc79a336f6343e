"""The Computer page's lines: every machine has a next step, and none a wrong one."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from machines import machine, nvidia
from test_recommend_properties import machines

from wizard.advice.computer import Line, assess, colab_steps
from wizard.advice.recommend import recommend
from wizard.detection.answers import GraphicsAnswer, NoAnswer, SystemAnswer
from wizard.detection.machine import Cpu, Gpu, Machine, OperatingSystem, Problem
from wizard.detection.merge import merge

PROBES = frozenset({"system", "nvml", "nvidia_smi", "display_adapters", "conda", "python"})


def lines(described: Machine) -> dict[str, Line]:
    return {line.id: line for line in assess(described)}


def test_a_good_machine() -> None:
    t4 = nvidia("Tesla T4", "7.5")
    described = dataclasses.replace(
        machine([dataclasses.replace(t4, memory_gib=15.0)], "580.95.05"),
        memory_gib=31.8,
        disk_free_gib=86.0,
        cpu=Cpu("AMD Ryzen 7", 8, 16),
    )
    found = lines(described)
    assert list(found) == ["gpu", "driver", "os", "cpu", "memory", "disk"]
    assert {line.state for line in found.values()} == {"good"}
    for word in ("Tesla T4", "7.5", "15.0", "2,560"):
        assert word in found["gpu"].value
    assert "13.0" in found["driver"].value
    assert "8 cores" in found["cpu"].value


def test_a_driver_that_is_new_enough_says_what_an_update_would_bring() -> None:
    driver = lines(machine([nvidia("Tesla T4", "7.5")], "550.54.15"))["driver"]
    assert driver.state == "good"
    assert "12.4" in driver.value
    assert "Nothing has to be updated" in driver.sentence and "580" in driver.sentence


@pytest.mark.parametrize(
    ("card", "driver", "words"),
    [("RTX 5070", "566.36", "driver 580 or newer"), ("Tesla T4", "472.12", "528.33")],
)
def test_a_driver_that_is_too_old(card: str, driver: str, words: str) -> None:
    line = lines(machine([nvidia(card)], driver, "windows"))["driver"]
    assert line.state == "bad"
    assert words in line.sentence and "Install" in line.next_step
    assert line.link.startswith("https://www.nvidia.com/") and line.link_text


def test_a_missing_driver_names_the_branch_of_the_card() -> None:
    assert "580" in lines(machine([nvidia("GTX 1060")], None))["driver"].next_step
    newest = lines(machine([nvidia("RTX 4060")], None))["driver"]
    assert newest.state == "bad" and "your Linux" in newest.next_step
    assert "not installed yet" in newest.sentence
    wsl = lines(machine([nvidia("RTX 4060")], None, wsl=True))["driver"]
    assert "in Windows" in wsl.next_step


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        ("nvml_mismatch", "restart"),
        ("kernel_module_not_loaded", "kernel module"),
        ("secure_boot", "Secure Boot"),
        ("wsl2_cuda", "wsl --update"),
    ],
)
def test_a_driver_that_does_not_answer(problem: str, word: str) -> None:
    line = lines(machine([nvidia("RTX 4060")], None, problems=(problem,)))["driver"]
    assert line.state == "bad" and word in line.sentence


def test_a_module_that_secure_boot_keeps_out() -> None:
    detail = Problem("kernel_module_not_loaded", "exit code 9 (Secure Boot is on)")
    described = dataclasses.replace(machine([nvidia("RTX 4060")], None), problems=(detail,))
    assert "Secure Boot" in lines(described)["driver"].sentence
    got = recommend(described)
    assert (got.verdict, got.reasons[0].code) == ("install_driver", "secure_boot")


def test_kepler_is_not_sent_to_a_driver() -> None:
    found = lines(machine([nvidia("GeForce GT 710")], None))
    assert found["gpu"].state == "warning" and "Colab" in found["gpu"].next_step
    assert found["driver"].state == "info" and not found["driver"].link


@pytest.mark.parametrize(
    ("gpu", "system", "state", "word"),
    [
        (Gpu("amd", "AMD Radeon RX 7900 XTX"), "linux", "info", "ROCm"),
        (Gpu("amd", "AMD Radeon RX 7900 XTX"), "windows", "info", "AMD has its own"),
        (Gpu("amd", "AMD Radeon(TM) Graphics"), "windows", "warning", "processor"),
        (Gpu("intel", "Intel(R) Arc(TM) A770"), "windows", "info", "Intel graphics"),
        (Gpu("intel", "Intel(R) UHD Graphics 620"), "linux", "warning", "processor"),
    ],
)
def test_graphics_of_other_makers(gpu: Gpu, system: str, state: str, word: str) -> None:
    found = lines(machine([gpu], None, system))
    assert "driver" not in found, "no NVIDIA card, no NVIDIA driver"
    assert found["gpu"].state == state
    assert word in found["gpu"].sentence and found["gpu"].link and found["gpu"].next_step


def test_the_chip_beside_a_card_with_a_build_needs_no_word() -> None:
    card, chip = Gpu("amd", "AMD Radeon RX 7800 XT"), Gpu("amd", "AMD Radeon(TM) Graphics")
    cards = [line for line in assess(machine([chip, card], None)) if line.id.startswith("gpu")]
    assert [line.value for line in cards] == ["AMD Radeon RX 7800 XT"]


@pytest.mark.parametrize(
    ("system", "version", "step", "link"),
    [
        ("windows", "11 24H2", "Install the newest driver", "https://www.nvidia.com/"),
        ("linux", "Ubuntu 24.04", "sudo ubuntu-drivers install", "ubuntu.com"),
        ("linux", "Debian 13", "the way your Linux offers it", "https://wiki.debian.org/"),
        ("linux", "Fedora Linux 43", "the way your Linux offers it", "rpmfusion.org"),
        ("linux", "Void", "the way your Linux offers it", "https://www.nvidia.com/"),
    ],
)
def test_a_card_without_any_driver(system: str, version: str, step: str, link: str) -> None:
    """What the probes of a PC report on which no driver was ever installed."""
    answers = (
        SystemAnswer(OperatingSystem(system, version)),  # type: ignore[arg-type]
        GraphicsAnswer("nvml", problems=(Problem("nvml_library_not_found", "NVML: not found"),)),
        NoAnswer("nvidia_smi", Problem("nvidia_smi_not_on_path")),
        GraphicsAnswer("display_adapters", (nvidia("NVIDIA GeForce RTX 3060"),)),
    )
    bare = merge(answers)
    assert "nvml_library_not_found" in {problem.code for problem in bare.problems}
    driver = lines(bare)["driver"]
    assert driver.state == "bad" and "not installed yet" in driver.sentence
    assert step in driver.next_step and link in driver.link
    assert "driver" in driver.link_text or version.split()[0] in driver.link_text
    assert recommend(bare).reasons[0].code == "driver_missing"


@pytest.mark.parametrize("system", ["windows", "linux"])
def test_an_old_card_is_sent_to_its_own_series(system: str) -> None:
    step = lines(machine([nvidia("GTX 1060")], None, system))["driver"].next_step
    assert "580 series" in step and "last one for this card" in step
    assert "580" in lines(machine([nvidia("GTX 1060")], None, wsl=True))["driver"].next_step


def test_a_jetson_gets_its_driver_from_jetpack() -> None:
    driver = lines(machine([nvidia("Orin", "8.7")], None, arch="aarch64"))["driver"]
    assert "JetPack" in driver.next_step and "JetPack" in driver.link_text


@pytest.mark.parametrize(
    ("version", "system", "arch", "value"),
    [
        ("11 24H2", "windows", "x86_64", "Windows 11 24H2 · 64-bit"),
        ("Windows 10 22H2", "windows", "x86_64", "Windows 10 22H2 · 64-bit"),
        ("15.6", "macos", "arm64", "macOS 15.6 · Arm 64-bit"),
        ("Ubuntu 24.04", "linux", "aarch64", "Ubuntu 24.04 · Arm 64-bit"),
        ("", "linux", "x86_64", "Linux · 64-bit"),
    ],
)
def test_the_system_in_plain_words(version: str, system: str, arch: str, value: str) -> None:
    os = OperatingSystem(system, version, arch)  # type: ignore[arg-type]
    assert lines(dataclasses.replace(machine(), os=os))["os"].value == value


def test_a_mac_uses_its_own_gpu() -> None:
    found = lines(machine([Gpu("apple", "Apple M3")], None, "macos", arch="arm64"))
    assert found["gpu"].state == "good" and "mps" in found["gpu"].sentence
    assert "driver" not in found


def test_no_graphics_at_all() -> None:
    found = lines(machine([], None))
    assert found["gpu"].state == "warning" and "Colab" in found["gpu"].next_step
    assert "driver" not in found


def test_each_of_several_cards_has_its_line() -> None:
    found = assess(machine([nvidia("RTX 3090", "8.6"), nvidia("GTX 1080", "6.1")], "550.54.15"))
    cards = [line for line in found if line.id.startswith("gpu")]
    assert [line.id for line in cards] == ["gpu", "gpu2"]
    assert "RTX 3090" in cards[0].value and "GTX 1080" in cards[1].value


def test_a_variable_that_hides_cards() -> None:
    described = machine([nvidia("T4", "7.5")], "580.95.05", problems=("cuda_visible_devices",))
    card = lines(described)["gpu"]
    assert card.state == "warning" and "CUDA_VISIBLE_DEVICES" in card.sentence
    assert "cuda_visible_devices" in {r.code for r in recommend(described).reasons}


@pytest.mark.parametrize(("free", "state"), [(7.9, "bad"), (8.0, "warning"), (15.0, "good")])
def test_disk(free: float, state: str) -> None:
    line = lines(dataclasses.replace(machine(), disk_free_gib=free))["disk"]
    assert line.state == state
    assert bool(line.next_step) == (state != "good")


def test_small_memories() -> None:
    small = dataclasses.replace(nvidia("GTX 1050", "6.1"), memory_gib=2.0)
    described = dataclasses.replace(machine([small], "580.95.05"), memory_gib=4.0)
    found = lines(described)
    assert found["gpu"].state == found["memory"].state == "warning"


def test_lines_are_busy_until_their_probes_have_answered() -> None:
    empty = machine([], None)
    assert {line.state for line in assess(empty, ())} == {"busy"}
    assert [line.id for line in assess(empty, ())] == [
        *("gpu", "driver", "os", "cpu", "memory", "disk")
    ]
    some = {line.id: line.state for line in assess(empty, {"system", "nvml"})}
    assert some["gpu"] == some["driver"] == "busy" and some["disk"] == "info"
    early = assess(machine([nvidia("T4", "7.5")], "580.95.05"), {"nvml"})
    assert {line.id: line.state for line in early}["gpu"] == "good"
    assert assess(empty, PROBES) == assess(empty)


@given(machines)
@settings(max_examples=150, deadline=None)
def test_nobody_hits_a_dead_end(any_machine: Machine) -> None:
    found = assess(any_machine)
    assert len({line.id for line in found}) == len(found)
    for line in found:
        assert line.title and line.value
        assert bool(line.link) == bool(line.link_text)
        if line.state == "bad":
            assert line.next_step
    if not any_machine.nvidia_gpus and any_machine.nvidia_driver is None:
        assert "driver" not in {line.id for line in found}


@pytest.mark.parametrize(
    "code", ["no_devices_found", "driver_not_loaded", "gpu_lost", "driver_permission"]
)
def test_a_card_that_the_driver_does_not_drive_has_no_green_tick(code: str) -> None:
    """Windows' code 43 was shown as "CUDA runs on this card"."""
    described = machine([nvidia("RTX 4070 Laptop GPU")], "566.36", "windows", problems=(code,))
    found = lines(described)
    assert found["gpu"].state == "warning" and "does not drive" in found["gpu"].sentence
    assert found["driver"].state == "bad"
    assert found["driver"].sentence == recommend(described).reasons[0].text


def test_a_driver_that_dropped_the_card_is_sent_back_to_its_branch() -> None:
    found = lines(machine([nvidia("GTX 1060")], "591.44", "windows"))
    assert found["gpu"].state == "warning" and "too new" in found["gpu"].sentence
    assert found["driver"].state == "bad" and "580" in found["driver"].next_step


def test_a_display_card_beside_the_real_one_frightens_nobody() -> None:
    cards = [nvidia("RTX 3060", "8.6"), nvidia("NVIDIA GeForce GT 710")]
    found = lines(machine(cards, "581.57", "windows"))
    assert (found["gpu"].state, found["gpu2"].state) == ("good", "info")
    assert "other card" in found["gpu2"].sentence and not found["gpu2"].next_step
    assert found["driver"].state == "good"


def test_a_card_that_nothing_shows_is_said_to_be_there() -> None:
    chip = Gpu("amd", "AMD Radeon 780M Graphics")
    for gpus, code in (([chip], "nvidia_card_switched_off"), ([], "wsl2_cuda")):
        found = assess(machine(gpus, None, wsl=code == "wsl2_cuda", problems=(code,)))
        cards = [line for line in found if line.id.startswith("gpu")]
        assert cards[0].state == "bad" and cards[0].next_step
        assert not any("No graphics card" in line.sentence for line in cards)
        assert len(cards) == 1 + len(gpus)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"arch": "riscv64"}, "riscv64"),
        ({"libc": "musl 1.2", "version": "Alpine 3.22"}, "musl"),
        ({"system": "windows", "version": "8.1"}, "Windows 8.1"),
        ({"libc": "glibc 2.12"}, "2.17"),
        ({"system": "macos", "version": "11.7", "arch": "x86_64"}, "macOS 11.7"),
    ],
)
def test_a_system_that_nothing_runs_on_is_told_so(changes: dict[str, str], words: str) -> None:
    described = machine([nvidia("RTX 4060", "8.9")], "580.95.05")
    described = dataclasses.replace(described, os=dataclasses.replace(described.os, **changes))  # type: ignore[arg-type]
    found = lines(described)
    assert found["os"].state == "bad" and words in found["os"].sentence
    assert found["gpu"].state == "warning"
    assert recommend(described).verdict == "cpu"


def test_the_way_to_colab() -> None:
    steps = colab_steps()
    assert len(steps) == 4 and "T4 GPU" in steps[2]


def test_beside_a_hidden_card_nobody_is_sent_on_to_another_build() -> None:
    amd = Gpu("amd", "AMD Radeon RX 7800 XT")
    lines = assess(machine([amd], "566.36", "windows", problems=("nvidia_card_switched_off",)))
    shown = {line.value: line for line in lines if line.id.startswith("gpu")}
    assert shown["AMD Radeon RX 7800 XT"].next_step == ""
    assert not [line for line in lines if line.next_step.startswith("Go on")]


def test_a_card_that_nobody_could_ask_waits_for_its_driver() -> None:
    lines = assess(machine([Gpu("nvidia", "NVIDIA graphics card")], problems=("wsl2_cuda",)))
    assert "does not drive it now" in lines[0].sentence
