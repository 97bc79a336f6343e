"""The answer for a computer whose graphics are not NVIDIA's, or too old: every one has a way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from wizard.advice import builds, catalog, commands, environment, gpu_names, reasons
from wizard.advice.catalog_rows import PythonRange, read_document
from wizard.advice.environment import Place
from wizard.advice.nvidia import Answer, driver_system, read_cards, read_driver
from wizard.advice.recommendation import Command, DriverAdvice, Reason
from wizard.catalog.folder import catalog_folder
from wizard.detection.machine import Gpu, Machine
from wizard.text import _


@dataclass(frozen=True, slots=True)
class Family:
    """Graphics of another maker that a build or a page of its own exists for."""

    vendor: str
    pattern: re.Pattern[str]
    linux: bool
    windows: bool


@lru_cache(maxsize=1)
def _families() -> tuple[Family, ...]:
    rows = read_document(catalog_folder() / "routes.json").rows("families")
    return tuple(
        Family(
            row.choice("vendor", ("amd", "intel")),
            row.pattern("pattern"),
            row.flag("linux"),
            row.flag("windows"),
        )
        for row in rows
    )


@lru_cache(maxsize=1024)
def _has_route(vendor: str, name: str, system: str) -> bool:
    text = re.sub(r"\((?:r|tm)\)|[®™]", "", name.lower())
    return any(
        family.vendor == vendor
        and family.pattern.search(text)
        and (family.windows if system == "windows" else family.linux)
        for family in _families()
    )


def route_of(machine: Machine, gpu: Gpu) -> str | None:
    """The catalog's route for graphics that are not NVIDIA's; None where there is none."""
    system, arm = machine.os.system, machine.os.arch in ("aarch64", "arm64")
    if gpu.vendor == "apple" or (system == "macos" and arm):
        return "apple_mps" if system == "macos" and arm else None
    if arm or system == "macos" or not _has_route(gpu.vendor, gpu.name, system):
        return None
    if gpu.vendor == "intel":
        return "intel_xpu"
    return "amd_windows" if system == "windows" or machine.os.wsl else "amd_linux"


def _first(machine: Machine, vendor: str) -> Gpu | None:
    found = [
        gpu
        for gpu in machine.gpus
        if gpu.vendor == vendor and _has_route(vendor, gpu.name, machine.os.system)
    ]
    return min(found, key=lambda gpu: gpu.name, default=None)


def answer(machine: Machine, platform: str | None, wanted: str | None) -> Answer:
    """Apple's, AMD's or Intel's way where the graphics have one; else the processor."""
    if platform == "macos-arm64":
        return _apple(machine, platform, wanted)
    if platform in ("linux-x86_64", "windows-x86_64"):
        if (gpu := _first(machine, "amd")) is not None:
            return _amd(machine, platform, wanted, gpu)
        if (gpu := _first(machine, "intel")) is not None:
            return _intel(machine, platform, wanted, gpu)
    return _processor(machine, platform, wanted)


def _place(machine: Machine, wanted: str | None, platform: str, span: PythonRange | None) -> Place:
    """An environment for a CPU build, or for packages that only pip has (``span``)."""
    conda = span or builds.conda_python(platform)
    return environment.choose(
        machine,
        wanted,
        lambda python: conda is not None and python in conda,
        lambda python: python in span if span else builds.pip_cpu(platform, python) is not None,
    )


def _cpu_commands(
    machine: Machine, place: Place, platform: str
) -> tuple[Command, tuple[Command, ...]]:
    """Conda's command and pip's; outside conda pip's is the first."""
    others = commands.cpu_alternatives(place, platform)
    if place.is_conda:
        return commands.conda_cpu(place.target, platform, environment.conda_note(machine)), others
    return others[0], ()


def _apple(machine: Machine, platform: str, wanted: str | None) -> Answer:
    place = _place(machine, wanted, platform, None)
    primary, others = _cpu_commands(machine, place, platform)
    route = catalog.load().routes["apple_mps"]
    why = Reason(
        "apple_mps",
        _(
            "Apple silicon has its own GPU, without CUDA: PyTorch uses it through Metal, as the "
            "device “mps”. The ordinary Mac build has it; macOS 14 or newer is needed."
        ),
        route.page,
    )
    return Answer("other_accelerator", place, primary, others, None, (why, reasons.colab()))


def _amd(machine: Machine, platform: str, wanted: str | None, gpu: Gpu) -> Answer:
    if machine.os.system == "windows" or machine.os.wsl:
        return _amd_page(machine, platform, wanted, gpu)
    route = catalog.load().routes["amd_linux"]
    place = _place(machine, wanted, platform, route.python)
    why = Reason(
        "amd_rocm",
        _(
            "{gpu} is from AMD: CUDA does not run on it, but AMD's ROCm does, and PyTorch has a "
            "build for it on Linux. conda has none. AMD's list says which cards it supports."
        ).format(gpu=gpu_names.short_name(gpu.name)),
        route.page,
    )
    title = _("Install PyTorch for AMD (ROCm) with pip")
    return _pip_route(machine, platform, place, route.index, title, why)


def _amd_page(machine: Machine, platform: str, wanted: str | None, gpu: Gpu) -> Answer:
    page = catalog.load().routes["amd_windows"].page
    place = _place(machine, wanted, platform, None)
    primary, others = _cpu_commands(machine, place, platform)
    why = Reason(
        "amd_windows",
        _(
            "{gpu} is from AMD. PyTorch's own ROCm build is for Linux only; for Windows AMD offers "
            "its own on this page. Until then PyTorch works on the processor."
        ).format(gpu=gpu_names.short_name(gpu.name)),
        page,
    )
    return Answer("other_accelerator", place, primary, others, None, (why, reasons.colab()))


def _intel(machine: Machine, platform: str, wanted: str | None, gpu: Gpu) -> Answer:
    route = catalog.load().routes["intel_xpu"]
    place = _place(machine, wanted, platform, route.python)
    why = Reason(
        "intel_xpu",
        _(
            "{gpu} is from Intel: CUDA does not run on it, but PyTorch has a build for Intel "
            "graphics, as the device “xpu”. Install Intel's graphics driver first."
        ).format(gpu=gpu_names.short_name(gpu.name)),
        route.page,
    )
    title = _("Install PyTorch for Intel graphics with pip")
    return _pip_route(machine, platform, place, route.index, title, why)


def _pip_route(
    machine: Machine, platform: str, place: Place, index: str | None, title: str, why: Reason
) -> Answer:
    note = environment.conda_note(machine) if place.is_conda else ""
    primary = commands.pip(place.target, ("torch", "torchvision"), index, title, note)
    slow = _("Runs on the processor: slower, but it works everywhere.")
    other = (
        (commands.conda_cpu(place.target, platform, slow),)
        if place.is_conda
        else commands.cpu_alternatives(place, platform, slow)
    )
    return Answer("other_accelerator", place, primary, other, None, (why, reasons.colab()))


def _processor(machine: Machine, platform: str | None, wanted: str | None) -> Answer:
    """The CPU build; where the NVIDIA card is too old, with what an old build can still do."""
    # Windows on Arm runs the x86-64 build through Windows' own emulation.
    used = platform or "windows-x86_64"
    place = _place(machine, wanted, used, None)
    primary, others = _cpu_commands(machine, place, used)
    why: list[Reason] = []
    driver: DriverAdvice | None = None
    cards = read_cards(machine) if machine.os.system != "macos" else ()
    tegra = used == "linux-aarch64" and any(c.capability in builds.TEGRA for c in cards)
    if platform is None:
        why.append(reasons.windows_arm())
    elif tegra:
        why.append(_old_jetson(reasons.card_names(machine.nvidia_gpus)))
    elif cards:
        why += [reasons.gpu_too_old(c.name, c.capability) for c in cards if c.capability]
        others = (*_old_builds(machine, used, place), *others)
        driver = _old_driver(machine, used)
    elif used == "macos-x86_64":
        why.append(_intel_mac())
    else:
        why.append(reasons.no_gpu(machine))
        why += _left_aside(machine)
    verdict = "other_accelerator" if tegra else "cpu"
    return Answer(verdict, place, primary, others, driver, (*why, reasons.colab()))


def _hardware(machine: Machine, platform: str) -> builds.Hardware:
    known = {card.capability for card in read_cards(machine) if card.capability is not None}
    return builds.Hardware(platform, driver_system(machine), tuple(sorted(known)))


def _old_builds(machine: Machine, platform: str, place: Place) -> tuple[Command, ...]:
    """A Kepler card of capability 3.7 still runs the CUDA 11.8 wheels of PyTorch 2.7.1."""
    hardware = _hardware(machine, platform)
    driver = read_driver(machine.nvidia_driver, hardware.driver_system)
    note = _("An old build that still has kernels for this card; it gets no updates.")
    return commands.cuda_alternatives(place, hardware, driver, note)


def _old_driver(machine: Machine, platform: str) -> DriverAdvice | None:
    """Where the card has no driver: its last branch, so that the old build could be used."""
    if machine.nvidia_driver is not None:
        return None
    hardware = _hardware(machine, platform)
    options = builds.pip_options(hardware, (3, 12))
    easiest = builds.easiest(options)
    if easiest is None:
        return None
    facts = catalog.load()
    branch = catalog.last_branch(hardware.cards)
    system = "wsl" if machine.os.wsl else hardware.driver_system
    return DriverAdvice(None, easiest.needed.text, facts.driver_download(system, branch), branch)


def _left_aside(machine: Machine) -> list[Reason]:
    """AMD and Intel graphics without a build of their own."""
    pages = {"amd": "amd_windows", "intel": "intel_xpu"}
    if machine.os.system == "linux" and not machine.os.wsl:
        pages["amd"] = "amd_linux"
    vendors = sorted({gpu.vendor for gpu in machine.gpus} & set(pages))
    return [
        Reason(
            f"{vendor}_gpu",
            _(
                "The wizard cannot promise that PyTorch runs on {gpus}; this page says on which "
                "graphics it does."
            ).format(gpus=reasons.card_names(tuple(g for g in machine.gpus if g.vendor == vendor))),
            catalog.load().routes[pages[vendor]].page,
        )
        for vendor in vendors
    ]


def _intel_mac() -> Reason:
    return Reason(
        "intel_mac",
        _(
            "On a Mac with an Intel processor PyTorch works on the processor only; its own wheels "
            "ended with 2.2.2, conda-forge builds newer ones."
        ),
        reasons.CONDA_FORGE,
    )


def _old_jetson(card: str) -> Reason:
    return Reason(
        "jetson",
        _(
            "{gpu} is an older Jetson module: only NVIDIA's own PyTorch for its JetPack uses its "
            "GPU; see this page. The command here is for the processor."
        ).format(gpu=card),
        catalog.load().routes["jetson"].page,
    )
