"""Graphics devices from fake /sys trees, a fake registry and recorded System Information."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from detection_fakes import FakeRegistry, FakeRunner, exited, pci_device, recorded, write

from wizard.child_process import Outcome
from wizard.detection.machine import Driver, Gpu
from wizard.detection.probes.display_adapters import probe_display_adapters
from wizard.detection.probes.linux_adapters import linux_adapters
from wizard.detection.probes.macos_adapters import macos_adapters
from wizard.detection.probes.pci_names import card_name, vendor_of
from wizard.detection.probes.windows_adapters import nvidia_version, windows_adapters

posix = pytest.mark.skipif(sys.platform == "win32", reason="colons in file names, links")


@posix
def test_linux_hybrid_laptop_without_a_driver(tmp_path: Path) -> None:
    pci_device(tmp_path, "0000:00:02.0", "8086:a7a8", driver="i915")
    pci_device(tmp_path, "0000:01:00.0", "10de:28e0", "0x030200", driver="nouveau")
    pci_device(tmp_path, "0000:01:00.1", "10de:22be", "0x040300")  # its sound
    answer = linux_adapters(tmp_path)
    assert [(g.vendor, g.name, g.pci_id, g.bus_id) for g in answer.gpus] == [
        ("intel", "Intel graphics (8086:a7a8)", "8086:a7a8", "0000:00:02.0"),
        ("nvidia", "NVIDIA GeForce RTX 4060 Laptop GPU", "10de:28e0", "0000:01:00.0"),
    ]
    assert answer.bound == frozenset() and answer.kernel_module is None
    assert answer.driver is None


@posix
def test_linux_with_the_kernel_module(tmp_path: Path) -> None:
    pci_device(tmp_path, "0000:65:00.0", "10de:1eb8", "0x030200", driver="nvidia")
    write(
        tmp_path / "proc/driver/nvidia/gpus/0000:65:00.0/information",
        "Model: \t\t Tesla T4\nIRQ:   \t\t 42\nGPU UUID: \t GPU-2c6f7c1e\nVideo BIOS: \t ??.??\n",
    )
    write(
        tmp_path / "proc/driver/nvidia/version",
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\n"
        "GCC version:  gcc version 13.3.0\n",
    )
    answer = linux_adapters(tmp_path)
    assert answer.gpus == (
        Gpu(
            "nvidia",
            "Tesla T4",
            uuid="GPU-2c6f7c1e",
            pci_id="10de:1eb8",
            bus_id="0000:65:00.0",
        ),
    )
    assert answer.bound == {"0000:65:00.0"}
    assert answer.kernel_module == "580.65.06"


@posix
def test_linux_names_from_the_system_list_and_memory_of_amd(tmp_path: Path) -> None:
    device = pci_device(tmp_path, "0000:03:00.0", "1002:747e", driver="amdgpu")
    write(device / "mem_info_vram_total", f"{16 * 1024**3}\n")
    pci_device(tmp_path, "0000:04:00.0", "10de:1fff")
    write(
        tmp_path / "usr/share/misc/pci.ids",
        "# list\n1002  AMD/ATI\n\t747e  Navi 32 [Radeon RX 7700 XT / 7800 XT]\n"
        "\t\t1da2 d475  Pulse\n10de  NVIDIA Corporation\n\t1ffe  Other\n\t1fff  TU117 [Quadro X]\n",
    )
    names = [(gpu.name, gpu.memory_gib) for gpu in linux_adapters(tmp_path).gpus]
    assert names == [("AMD Radeon RX 7700 XT / 7800 XT", 16.0), ("NVIDIA Quadro X", None)]


@posix
def test_linux_accelerators(tmp_path: Path) -> None:
    """AMD's data centre cards are of class 12; so are other makers' chips for neural networks."""
    pci_device(tmp_path, "0000:05:00.0", "1002:74a1", "0x120000", driver="amdgpu")
    pci_device(tmp_path, "0000:06:00.0", "8086:7d1d", "0x120000", driver="intel_vpu")
    pci_device(tmp_path, "0000:07:00.0", "1da3:1060", "0x120000")
    assert [(gpu.vendor, gpu.pci_id) for gpu in linux_adapters(tmp_path).gpus] == [
        ("amd", "1002:74a1")
    ]


@pytest.mark.parametrize(
    ("model", "compatible", "name", "capability"),
    [
        ("NVIDIA Jetson AGX Orin Developer Kit", "nvidia,p3737\0nvidia,tegra234", "", "8.7"),
        ("Jetson-AGX", "nvidia,p2972-0000\0nvidia,tegra194", "Jetson-AGX", "7.2"),
        ("quill", "nvidia,p2597-0000\0nvidia,tegra186", "quill", "6.2"),
        ("NVIDIA Jetson Nano Developer Kit", "nvidia,jetson-nano\0nvidia,tegra210", "", "5.3"),
        ("NVIDIA Jetson of tomorrow", "nvidia,tegra999", "NVIDIA Jetson of tomorrow", None),
        ("NVIDIA Jetson Nano Developer Kit", "", "", None),
    ],
)
def test_a_jetson_by_its_device_tree(
    tmp_path: Path, model: str, compatible: str, name: str, capability: str | None
) -> None:
    write(tmp_path / "proc/device-tree/model", model + "\0")
    write(tmp_path / "proc/device-tree/compatible", compatible + "\0")
    answer = linux_adapters(tmp_path)
    named = name or model.removesuffix(" Developer Kit")
    assert answer.hidden == Gpu("nvidia", named, compute_capability=capability)
    assert answer.gpus == () and not answer.whole_bus


def test_other_boards_are_no_jetson(tmp_path: Path) -> None:
    write(tmp_path / "proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    write(tmp_path / "proc/device-tree/compatible", "raspberrypi,5-model-b\0brcm,bcm2712\0")
    assert linux_adapters(tmp_path).hidden is None


def test_wsl_is_lent_a_library_where_windows_has_a_card(tmp_path: Path) -> None:
    write(tmp_path / "usr/lib/wsl/lib/libd3d12.so")
    assert linux_adapters(tmp_path).hidden is None
    write(tmp_path / "usr/lib/wsl/lib/libcuda.so.1")
    assert linux_adapters(tmp_path).hidden == Gpu("nvidia", "NVIDIA graphics card")


@posix
@pytest.mark.parametrize("ids", ["1af4:1050", "1234:1111", "15ad:0405", "1a03:2000", "1414:5353"])
def test_linux_virtual_adapters_are_other(tmp_path: Path, ids: str) -> None:
    pci_device(tmp_path, "0000:00:01.0", ids)
    assert [gpu.vendor for gpu in linux_adapters(tmp_path).gpus] == ["other"]


def test_linux_without_a_pci_bus(tmp_path: Path) -> None:
    answer = linux_adapters(tmp_path)
    assert answer.gpus == () and answer.problems == () and answer.secure_boot is None


@posix
@pytest.mark.parametrize(("data", "on"), [(b"\6\0\0\0\1", True), (b"\6\0\0\0\0", False)])
def test_secure_boot(tmp_path: Path, data: bytes, on: bool) -> None:
    path = write(tmp_path / "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca")
    path.write_bytes(data)
    assert linux_adapters(tmp_path).secure_boot is on


@posix
def test_linux_unreadable_files_cost_that_device_only(tmp_path: Path) -> None:
    broken = pci_device(tmp_path, "0000:01:00.0", "10de:2504")
    (broken / "vendor").unlink()
    pci_device(tmp_path, "0000:02:00.0", "10de:2504")
    assert [gpu.bus_id for gpu in linux_adapters(tmp_path).gpus] == ["0000:02:00.0"]


# Windows -----------------------------------------------------------------------------------------

ENUM = r"SYSTEM\CurrentControlSet\Enum"
CLASS = r"SYSTEM\CurrentControlSet\Control\Class"
DISPLAY = "{4d36e968-e325-11ce-bfc1-08002be10318}"
DGPU = r"PCI\VEN_10DE&DEV_28E0&SUBSYS_12345678&REV_A1\4&1A2B3C4D&0&0008"
IGPU = r"PCI\VEN_8086&DEV_A7A8&SUBSYS_12345678&REV_04\3&11583659&0&10"
SOUND = r"PCI\VEN_10DE&DEV_22BE&SUBSYS_12345678&REV_A1\4&1A2B3C4D&0&0108"


def display_device(number: str) -> dict[str, object]:
    return {"ClassGUID": DISPLAY, "Driver": f"{DISPLAY}\\{number}"}


NVIDIA_CLASS: dict[str, object] = {
    "DriverDesc": "NVIDIA GeForce RTX 4060 Laptop GPU",
    "MatchingDeviceId": "pci\\ven_10de&dev_28e0",
    "ProviderName": "NVIDIA",
    "DriverVersion": "32.0.15.8129",
    "HardwareInformation.qwMemorySize": 8585740288,
}
INTEL_CLASS: dict[str, object] = {
    "DriverDesc": "Intel(R) UHD Graphics",
    "MatchingDeviceId": "PCI\\VEN_8086&DEV_A7A8",
    "DriverVersion": "32.0.101.6737",
    "HardwareInformation.qwMemorySize": (2**30).to_bytes(8, "little"),
}


def test_windows_laptop() -> None:
    registry = FakeRegistry(
        {
            f"{ENUM}\\{DGPU}": display_device("0001"),
            f"{ENUM}\\{IGPU}": display_device("0000"),
            f"{ENUM}\\{SOUND}": {"ClassGUID": "{4d36e96c-e325-11ce-bfc1-08002be10318}"},
            f"{CLASS}\\{DISPLAY}\\0000": INTEL_CLASS,
            f"{CLASS}\\{DISPLAY}\\0001": NVIDIA_CLASS,
        }
    )
    answer = windows_adapters(registry, [DGPU, IGPU, SOUND])
    assert answer.gpus == (
        Gpu("nvidia", "NVIDIA GeForce RTX 4060 Laptop GPU", memory_gib=8.0, pci_id="10de:28e0"),
        Gpu("intel", "Intel(R) UHD Graphics", memory_gib=1.0, pci_id="8086:a7a8"),
    )
    assert answer.driver == Driver("581.29", None)


def test_windows_card_that_was_taken_out_is_not_there() -> None:
    registry = FakeRegistry(
        {
            f"{ENUM}\\{DGPU}": display_device("0001"),
            f"{ENUM}\\{IGPU}": display_device("0000"),
            f"{CLASS}\\{DISPLAY}\\0000": INTEL_CLASS,
            f"{CLASS}\\{DISPLAY}\\0001": NVIDIA_CLASS,
        }
    )
    assert [gpu.vendor for gpu in windows_adapters(registry, [IGPU]).gpus] == ["intel"]
    # Where Windows does not say what is present, what the registry knows has to do.
    known = windows_adapters(registry, None).gpus
    assert {gpu.vendor for gpu in known} == {"nvidia", "intel"}


@pytest.mark.parametrize(
    ("code", "told"),
    [(0, []), (43, ["code 43"]), (22, ["code 22"]), (28, []), (14, ["code 14"])],
)
def test_windows_device_managers_codes(code: int, told: list[str]) -> None:
    registry = FakeRegistry(
        {
            f"{ENUM}\\{DGPU}": display_device("0001"),
            f"{ENUM}\\{IGPU}": display_device("0000"),
            f"{CLASS}\\{DISPLAY}\\0000": INTEL_CLASS,
            f"{CLASS}\\{DISPLAY}\\0001": NVIDIA_CLASS,
        }
    )
    answer = windows_adapters(registry, [DGPU, IGPU], lambda name: code if name == DGPU else 43)
    assert [p.detail.partition("Windows: ")[2] for p in answer.problems] == told
    assert {problem.code for problem in answer.problems} <= {"driver_not_loaded"}
    assert [gpu.vendor for gpu in answer.gpus] == ["nvidia", "intel"]


def test_windows_driver_of_a_card_that_is_switched_off() -> None:
    registry = FakeRegistry(
        {
            f"{ENUM}\\{IGPU}": display_device("0000"),
            f"{CLASS}\\{DISPLAY}\\0000": INTEL_CLASS,
            f"{CLASS}\\{DISPLAY}\\0001": NVIDIA_CLASS,
        }
    )
    answer = windows_adapters(registry, [IGPU])
    assert [gpu.vendor for gpu in answer.gpus] == ["intel"]
    assert answer.driver == Driver("581.29")


@pytest.mark.skipif(sys.platform != "win32", reason="asks Windows")
def test_windows_says_what_is_wrong_with_a_device() -> None:
    from wizard.detection.probes.windows_registry import device_problem, present_pci_devices

    assert device_problem("PCI\\NO_SUCH_DEVICE") == 0
    assert all(0 <= device_problem(name) < 100 for name in present_pci_devices() or ())


@pytest.mark.parametrize(
    "device",
    [
        # A desktop's only card: Windows' stand-in driver shows a picture.
        display_device("0000"),
        # A laptop's second card: no class at all, "3D Video Controller".
        {"CompatibleIDs": ["PCI\\VEN_10DE&DEV_28E0", "PCI\\VEN_10DE&CC_0302", "PCI\\CC_0302"]},
    ],
)
def test_windows_card_without_a_driver(device: dict[str, object]) -> None:
    registry = FakeRegistry(
        {
            f"{ENUM}\\{DGPU}": device,
            f"{CLASS}\\{DISPLAY}\\0000": {
                "DriverDesc": "Microsoft Temel Görüntü Bağdaştırıcısı",
                "MatchingDeviceId": "PCI\\CC_0300",
                "DriverVersion": "10.0.26100.1",
                "HardwareInformation.qwMemorySize": 0,
            },
        }
    )
    answer = windows_adapters(registry, [DGPU])
    assert answer.gpus == (Gpu("nvidia", "NVIDIA GeForce RTX 4060 Laptop GPU", pci_id="10de:28e0"),)
    assert answer.driver is None


def test_windows_virtual_machine() -> None:
    vmware = r"PCI\VEN_15AD&DEV_0405&SUBSYS_040515AD&REV_00\3&18D45AA6&0&78"
    registry = FakeRegistry(
        {
            f"{ENUM}\\{vmware}": display_device("0000"),
            f"{CLASS}\\{DISPLAY}\\0000": {
                "DriverDesc": "VMware SVGA 3D",
                "MatchingDeviceId": "PCI\\VEN_15AD&DEV_0405&SUBSYS_040515AD&REV_00",
            },
        }
    )
    assert windows_adapters(registry, [vmware]).gpus == (
        Gpu("other", "VMware SVGA 3D", pci_id="15ad:0405"),
    )


def test_windows_empty_registry() -> None:
    assert windows_adapters(FakeRegistry({}), None).gpus == ()
    assert windows_adapters(FakeRegistry({}), [DGPU]).gpus == ()


@pytest.mark.parametrize(
    ("windows", "public"),
    [
        ("32.0.15.8129", "581.29"),
        ("31.0.15.3623", "536.23"),
        ("27.21.14.5671", "456.71"),
        ("32.0.15.6636", "566.36"),
        ("32.0.16.1057", "610.57"),
        ("10.0.26100.1", None),
        ("", None),
        ("1.2.3", None),
        ("a.b.c.d", None),
    ],
)
def test_nvidias_number_from_windows_own(windows: str, public: str | None) -> None:
    assert nvidia_version(windows) == public


# macOS -------------------------------------------------------------------------------------------


def test_apple_silicon() -> None:
    answer = macos_adapters(FakeRunner(exited(recorded("display_adapters/macos-m2.json"))))
    assert answer.gpus == (Gpu("apple", "Apple M2"),)


def test_old_macs() -> None:
    answer = macos_adapters(FakeRunner(exited(recorded("display_adapters/macos-intel.json"))))
    assert [(gpu.vendor, gpu.name, gpu.memory_gib) for gpu in answer.gpus] == [
        ("intel", "Intel UHD Graphics 630", None),
        ("amd", "AMD Radeon Pro 5300M", 4.0),
        ("nvidia", "GeForce GT 750M", 2.0),
    ]


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("timed_out", None, "", "", "no end after 15 s", 15.0),
        Outcome("not_started", None, "", "", "No such file", 0.0),
        exited("", 1),
        exited("{"),
        exited("[]"),
        exited('{"SPDisplaysDataType": 3}'),
    ],
)
def test_macos_trouble_is_a_problem(outcome: Outcome) -> None:
    answer = macos_adapters(FakeRunner(outcome))
    assert answer.gpus == () and [p.code for p in answer.problems] == ["probe_failed"]


@pytest.mark.parametrize("item", ["1", "[]", '{"_name": 4}', "{}"])
def test_macos_odd_items_are_left_out(item: str) -> None:
    answer = macos_adapters(FakeRunner(exited(f'{{"SPDisplaysDataType": [{item}]}}')))
    assert answer.gpus == () and answer.problems == ()


# Names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "name"),
    [
        ("10de:1eb8", "Tesla T4"),
        ("10de:1c20", "NVIDIA GeForce GTX 1060"),
        ("10de:2504", "NVIDIA GeForce RTX 3060"),
        ("10DE:2F04", "NVIDIA GeForce RTX 5070"),
        ("10de:2882", "NVIDIA GeForce RTX 4060"),
        ("10de:ffff", "NVIDIA graphics card (10de:ffff)"),
    ],
)
def test_names_without_any_list(ids: str, name: str, tmp_path: Path) -> None:
    assert card_name(ids, tmp_path) == name


def test_vendors() -> None:
    assert [vendor_of(f"{v}:0001") for v in ("10de", "1002", "8086", "106b", "1af4")] == [
        "nvidia",
        "amd",
        "intel",
        "apple",
        "other",
    ]


def test_this_computer_answers() -> None:
    answer = probe_display_adapters()
    assert answer.source == "display_adapters"
    assert all(problem.code for problem in answer.problems)
