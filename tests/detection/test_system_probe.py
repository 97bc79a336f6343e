"""Operating system, processor, memory and disk, from fake trees and from this computer."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import psutil
import pytest
from detection_fakes import FakeRegistry, FakeRunner, exited, write

from wizard.child_process import Outcome
from wizard.detection.machine import OperatingSystem
from wizard.detection.probes import system
from wizard.detection.probes.system import (
    c_library,
    free_disk,
    in_container,
    linux_system,
    macos_system,
    normal_arch,
    probe_system,
    windows_system,
)


def test_this_computer() -> None:
    answer = probe_system({"CUDA_VISIBLE_DEVICES": "0"})
    assert answer.os.system == system.SYSTEM and answer.os.version
    assert answer.cpu.threads == psutil.cpu_count()
    assert answer.memory_gib == pytest.approx(psutil.virtual_memory().total / 2**30, abs=0.1)
    assert answer.disk_free_gib is not None and answer.disk_free_gib > 0
    assert answer.cuda_visible_devices == "0"


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ('NAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\n', "Debian 12"),
        ('NAME="Ubuntu"\nVERSION_ID="24.04"\n', "Ubuntu 24.04"),
        ("NAME='Arch Linux'\n", "Arch"),
        ("NAME=Fedora Linux\nVERSION_ID=43\n", "Fedora 43"),
        ("", ""),
    ],
)
def test_linux_versions(tmp_path: Path, release: str, version: str) -> None:
    write(tmp_path / "etc/os-release", release)
    assert linux_system(tmp_path, "x86_64")[0] == OperatingSystem("linux", version)


def test_linux_processor_and_wsl(tmp_path: Path) -> None:
    write(
        tmp_path / "proc/cpuinfo",
        "processor\t: 0\nmodel\t\t: 140\n"
        "model name\t: 11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz\n",
    )
    write(tmp_path / "proc/sys/kernel/osrelease", "6.6.87.2-microsoft-standard-WSL2\n")
    os_facts, name = linux_system(tmp_path, "aarch64")
    assert name == "11th Gen Intel Core i5-1135G7 @ 2.40GHz"
    assert os_facts.wsl and os_facts.arch == "aarch64"


def test_linux_with_nothing_readable(tmp_path: Path) -> None:
    assert linux_system(tmp_path, "") == (OperatingSystem("linux"), "")


NT = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
CPU = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
SESSION = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"


@pytest.mark.parametrize(
    ("build", "values", "version"),
    [
        (26100, {"ProductName": "Windows 10 Pro", "DisplayVersion": "24H2"}, "11 24H2"),
        (19045, {"ProductName": "Windows 10 Home", "DisplayVersion": "22H2"}, "10 22H2"),
        (18363, {"ProductName": "Windows 10 Home", "ReleaseId": "1909"}, "10 1909"),
        (
            20348,
            {"ProductName": "Windows Server 2022 Datacenter", "DisplayVersion": "21H2"},
            "Server 2022 21H2",
        ),
        (26100, {}, "11"),
    ],
)
def test_windows_versions(build: int, values: dict[str, object], version: str) -> None:
    os_facts, name = windows_system(FakeRegistry({NT: values}), build, "AMD64")
    assert (os_facts.version, os_facts.arch, name) == (version, "x86_64", "")


def test_windows_processor_and_emulation() -> None:
    registry = FakeRegistry(
        {
            CPU: {"ProcessorNameString": "Snapdragon(R) X Elite  -  X1E78100   "},
            SESSION: {"PROCESSOR_ARCHITECTURE": "ARM64"},
        }
    )
    os_facts, name = windows_system(registry, 26100, "AMD64")
    assert os_facts.arch == "arm64" and name == "Snapdragon X Elite - X1E78100"


@pytest.mark.parametrize(
    ("outcome", "arch", "name"),
    [
        (exited("Apple M2\n1\n"), "arm64", "Apple M2"),
        (exited("VirtualApple @ 2.50GHz\n1\n"), "arm64", "VirtualApple @ 2.50GHz"),
        (exited("Intel(R) Core(TM) i7-9750H CPU\n", 1), "x86_64", "Intel Core i7-9750H CPU"),
    ],
)
def test_macos(outcome: Outcome, arch: str, name: str) -> None:
    os_facts, cpu = macos_system("15.6", FakeRunner(outcome))
    assert (os_facts.system, os_facts.version, os_facts.arch) == ("macos", "15.6", arch)
    assert cpu == name


def test_macos_without_sysctl() -> None:
    outcome = Outcome("not_started", None, "", "", "no such file", 0.0)
    os_facts, cpu = macos_system("15.6", FakeRunner(outcome))
    assert os_facts.system == "macos" and cpu == ""


def test_architectures() -> None:
    assert normal_arch("aarch64", "linux") == "aarch64"
    assert normal_arch("ARM64", "windows") == "arm64"
    assert normal_arch("arm64", "macos") == "arm64"
    assert normal_arch("AMD64", "windows") == "x86_64"


@pytest.mark.parametrize("machine", ["i686", "armv7l", "riscv64", "ppc64le", "s390x"])
def test_other_architectures_are_what_the_system_says(tmp_path: Path, machine: str) -> None:
    assert linux_system(tmp_path, machine)[0].arch == machine


def test_32_bit_windows() -> None:
    registry = FakeRegistry({SESSION: {"PROCESSOR_ARCHITECTURE": "x86"}})
    assert windows_system(registry, 19045, "x86")[0].arch == "x86"


@pytest.mark.skipif(not hasattr(os, "confstr"), reason="Linux' C libraries")
def test_this_computers_c_library() -> None:
    name, version = platform.libc_ver()
    if name == "glibc":
        assert c_library() == f"glibc {version}"
        assert probe_system({}).os.libc == f"glibc {version}"


MUSL = """musl libc (x86_64)
Version 1.2.3
Dynamic Program Loader
Usage: /lib/ld-musl-x86_64.so.1 [options] [--] pathname [args]
"""


def test_musl_is_told_by_its_loader(tmp_path: Path) -> None:
    def unknown(name: str) -> str:
        raise ValueError("unrecognized configuration name")

    assert c_library(unknown, tmp_path) is None
    write(tmp_path / "lib/ld-musl-x86_64.so.1")
    runner = FakeRunner(exited("", 1, MUSL))
    assert c_library(unknown, tmp_path, runner) == "musl 1.2.3"
    assert runner.calls == [[str(tmp_path / "lib/ld-musl-x86_64.so.1")]]
    silent = FakeRunner(Outcome("timed_out", None, "", "", "no end", 2.0))
    assert c_library(unknown, tmp_path, silent) == "musl"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".dockerenv", ""),
        ("run/.containerenv", 'engine="podman-5.4"\n'),
        ("proc/1/cgroup", "12:devices:/docker/0a1b2c\n"),
        ("proc/1/cgroup", "0::/kubepods.slice/kubepods-burstable.slice\n"),
    ],
)
def test_containers(tmp_path: Path, file: str, text: str) -> None:
    assert not in_container(tmp_path, {})
    write(tmp_path / file, text)
    assert in_container(tmp_path, {})


def test_containers_by_their_environment(tmp_path: Path) -> None:
    write(tmp_path / "proc/1/cgroup", "0::/init.scope\n")
    assert in_container(tmp_path, {"container": "lxc"})
    assert in_container(tmp_path, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    assert not in_container(tmp_path, {"HOME": "/root"})


def test_a_drive_that_is_gone(tmp_path: Path) -> None:
    assert free_disk(tmp_path / "gone") is None
    here = free_disk(tmp_path)
    assert here is not None and here > 0


def test_values_that_psutil_cannot_read_are_left_out() -> None:
    class Broken:
        def cpu_count(self, logical: bool) -> Any:
            raise OSError("no /proc")

        def virtual_memory(self) -> Any:
            raise RuntimeError("no /proc")

    assert system._counts(Broken()) == (None, None, None)
