"""What an environment's PyTorch was built for and whether it can run; C library; first drivers."""

from __future__ import annotations

import dataclasses

import pytest
from machines import COURSE, machine, nvidia

from wizard.advice import builds
from wizard.advice.builds import Hardware
from wizard.advice.downloads import megabytes_of, minutes_of
from wizard.advice.recommend import recommend
from wizard.detection.machine import Environment, Gpu, OperatingSystem


def env(torch: str, channel: str | None = "pypi", build: str | None = None) -> Environment:
    return dataclasses.replace(COURSE, torch=torch, torch_channel=channel, torch_build=build)


@pytest.mark.parametrize(
    ("environment", "platform", "built"),
    [
        (env("2.13.0+cu130"), "windows-x86_64", "cu130"),
        (env("2.13.0+cpu"), "linux-x86_64", "cpu"),
        (env("2.13.0"), "linux-x86_64", "cu130"),
        (env("2.10.0"), "linux-x86_64", "cu128"),
        (env("2.13.0"), "windows-x86_64", "cpu"),
        (env("2.13.0", "conda-forge", "cuda129_mkl_py312_h1_302"), "linux-x86_64", "cu12"),
        (env("2.13.0", "conda-forge", "cpu_mkl_py312_h1_102"), "linux-x86_64", "cpu"),
        (env("2.10.0", "pkgs/main", "gpu_cuda128_py312_h1_300"), "windows-x86_64", "cu12"),
        (env("2.99.0"), "linux-x86_64", None),
        (env("2.13.0", None), "linux-x86_64", None),
    ],
)
def test_what_it_was_built_for(environment: Environment, platform: str, built: str | None) -> None:
    assert builds.installed_build(environment, platform) == built


@pytest.mark.parametrize(
    ("card", "driver", "environment", "runs"),
    [
        ((8, 6), (581, 57), env("2.13.0+cu130"), True),
        ((6, 1), (581, 57), env("2.13.0+cu130"), False),
        ((6, 1), (581, 57), env("2.14.0+cu126"), True),
        ((12, 0), (581, 57), env("2.5.1+cu121"), False),
        ((12, 0), (581, 57), env("2.7.1+cu128"), True),
        ((12, 0), (581, 57), env("2.6.0", "conda-forge", "cuda126_mkl_py312_h1_300"), False),
        ((8, 6), (535, 183), env("2.15.0+cu132"), False),
        ((8, 6), None, env("2.13.0+cu130"), False),
        ((8, 6), (581, 57), env("2.13.0+cpu"), False),
        ((8, 6), (581, 57), env("2.9.0+rocm6.4"), False),
        ((8, 6), (581, 57), env("2.13.0", None), True),
    ],
)
def test_whether_it_can_run(
    card: tuple[int, int], driver: tuple[int, ...] | None, environment: Environment, runs: bool
) -> None:
    hardware = Hardware("windows-x86_64", "windows", (card,))
    assert builds.can_run(environment, hardware, driver) is runs


def test_what_cannot_run_is_replaced_and_said() -> None:
    got = recommend(
        machine([nvidia("RTX 3060", "8.6")], "580.95.05", environments=(env("2.13.0+cpu"),))
    )
    codes = {reason.code for reason in got.reasons}
    assert "torch_does_not_fit" in codes and "torch_already_there" not in codes
    assert "uninstall" in got.steps[0].argv
    fits = (env("2.13.0+cu130"),)
    for driver in (None, "470.256.02"):  # the driver comes first, and then it may do
        first = recommend(machine([nvidia("RTX 3060", "8.6")], driver, environments=fits))
        assert "torch_already_there" in {reason.code for reason in first.reasons}
    amd = machine([Gpu("amd", "AMD Radeon RX 7900 XTX")], environments=(env("2.13.0+cpu"),))
    assert "torch_does_not_fit" in {reason.code for reason in recommend(amd).reasons}


@pytest.mark.parametrize(
    ("glibc", "cudas"),
    [((2, 16), []), ((2, 17), [12]), ((2, 27), [12]), ((2, 28), [13, 12]), ((), [13, 12])],
)
def test_the_c_library_rules_builds_out(glibc: tuple[int, ...], cudas: list[int]) -> None:
    hardware = Hardware("linux-x86_64", "linux", ((8, 6),), glibc=glibc)
    assert [option.cuda for option in builds.conda_options(hardware)] == cudas
    wheels = {option.newest for option in builds.pip_options(hardware, (3, 12))}
    assert ("2.14.1" in wheels) is (not glibc or glibc >= (2, 28))


@pytest.mark.parametrize(
    ("version", "libc", "cuda"),
    [
        ("CentOS 7", None, "12"),
        ("CentOS 7", "glibc 2.28", "13"),
        ("Ubuntu 18.04", None, "12"),
        ("Ubuntu 24.04", None, "13"),
        ("Amazon Linux 2", None, "12"),
        ("Amazon Linux 2023", None, "13"),
        ("Debian GNU/Linux 9", None, "12"),
    ],
)
def test_a_distribution_tells_its_c_library_where_no_probe_did(
    version: str, libc: str | None, cuda: str
) -> None:
    described = machine([nvidia("RTX 3090", "8.6")], "580.95.05")
    described = dataclasses.replace(
        described, os=OperatingSystem("linux", version, "x86_64", libc=libc)
    )
    assert recommend(described).primary.argv[-1] == f"cuda-version={cuda}"


@pytest.mark.parametrize(
    ("name", "system", "reported", "first"),
    [
        ("NVIDIA GeForce RTX 5060", "linux", True, "575.57.08"),
        ("NVIDIA GeForce RTX 5060 Ti", "linux", True, "575.51.02"),
        ("NVIDIA GeForce RTX 5060 Ti 16GB", "linux", True, "575.51.02"),
        ("NVIDIA GeForce RTX 5050 Laptop GPU", "linux", True, "575.64.03"),
        ("NVIDIA GeForce RTX 5060 Ti", "windows", True, "576.02"),
        ("NVIDIA GeForce RTX 5070", "windows", True, "570.65"),
        ("NVIDIA GeForce RTX 5070", "windows", False, "580"),
        ("NVIDIA GB10", "linux", True, "580"),
    ],
)
def test_the_first_driver_of_a_card(name: str, system: str, reported: bool, first: str) -> None:
    """Facts page, 3.2: a driver that reports the card's capability knows it."""
    assert builds.first_driver(name, (12, 0), system, reported=reported) == first  # type: ignore[arg-type]


def test_downloads_are_of_the_way_that_is_taken() -> None:
    gpu = recommend(machine([nvidia("RTX 4060", "8.9")], "580.95.05"))
    cpu = recommend(machine([], None))
    amd = recommend(machine([Gpu("amd", "AMD Radeon RX 7900 XTX")], None, "windows"))
    sizes = [megabytes_of(got.primary) for got in (cpu, amd, gpu)]
    assert None not in sizes and sizes == sorted(sizes, key=lambda size: size or 0)
    assert (sizes[0] or 0) < 500 < (sizes[2] or 0)
    for command in (*gpu.alternatives, *cpu.alternatives):
        assert megabytes_of(command) is not None
    assert minutes_of(2900) == (10, 29) and minutes_of(20) == (1, 2)
