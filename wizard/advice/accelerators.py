"""The answer for a computer whose graphics are not NVIDIA's, or too old: every one has a way."""

from __future__ import annotations

import re
from dataclasses import replace

from wizard.advice import builds, catalog, commands, environment, gpu_names, reasons, versions
from wizard.advice.catalog_values import Family, OtherRoute
from wizard.advice.environment import Objection, Place
from wizard.advice.nvidia import Answer, Card, glibc_of, hardware_of, read_cards, read_driver
from wizard.advice.recommendation import Command, DriverAdvice, Reason, Verdict
from wizard.advice.systems import is_windows_arm, platform_of
from wizard.advice.troubles import trouble_of
from wizard.advice.versions import PythonRange
from wizard.detection.machine import Environment, Gpu, Machine
from wizard.text import _


def _family(vendor: str, name: str) -> Family | None:
    """The first row that fits."""
    text = re.sub(r"\((?:r|tm)\)|[®™]", "", name.lower())
    rows = (row for row in catalog.load().families if row.vendor == vendor)
    return next((row for row in rows if re.search(row.pattern, text)), None)


def _promised(machine: Machine, gpu: Gpu) -> bool:
    """Whether the maker supports this card on this system."""
    family = _family(gpu.vendor, gpu.name)
    if family is None:
        return False
    return family.windows if machine.os.system == "windows" else family.linux


def route_of(machine: Machine, gpu: Gpu) -> str | None:
    """The catalog's route for graphics that are not NVIDIA's; None where there is none."""
    platform = platform_of(machine)
    if gpu.vendor == "apple" or platform == "macos-arm64":
        return "apple_mps" if platform == "macos-arm64" else None
    if platform not in ("linux-x86_64", "windows-x86_64") or not _promised(machine, gpu):
        return None
    if gpu.vendor == "intel":
        return "intel_xpu"
    if machine.os.wsl:
        return None  # whether AMD's packages work there, nobody published
    return "amd_windows" if machine.os.system == "windows" else "amd_linux"


def _old_windows(machine: Machine, route: OtherRoute) -> bool:
    """Whether the route needs a newer Windows than the one that is there."""
    if machine.os.system != "windows" or route.needs_windows is None:
        return False
    release = versions.windows(machine.os.version)
    return release is not None and release < route.needs_windows


def answer(machine: Machine, platform: str | None, wanted: str | None) -> Answer:
    """The way of the maker's own where the graphics have one; else the processor."""
    if platform == "macos-arm64":
        return _apple(machine, platform, wanted)
    if platform is None and is_windows_arm(machine):
        return _nvidia_on_arm(machine, wanted) or _processor(machine, platform, wanted)
    for gpu in sorted(machine.gpus, key=lambda gpu: (gpu.vendor, gpu.name)):
        name = route_of(machine, gpu)
        if platform is not None and name is not None and gpu.vendor in ("amd", "intel"):
            route = catalog.load().routes[name]
            if _old_windows(machine, route):
                why = reasons.needs_windows(
                    gpu_names.short_name(gpu.name), route.needs_windows or 0
                )
                return _processor(machine, platform, wanted, (why,))
            return _other_maker(machine, platform, wanted, gpu, route)
    return _processor(machine, platform, wanted)


def without_a_build(
    machine: Machine, platform: str | None, wanted: str | None, why: Reason
) -> Answer:
    """Nothing runs here: the sentence that says so, and the command for a system where it does."""
    used = platform or f"{machine.os.system}-x86_64"
    used = used if builds.conda_python(used) is not None else "linux-x86_64"
    place = _place(machine, wanted, used, None)
    primary = commands.conda_cpu(place.target, used, why.text)
    return Answer("cpu", place, primary, (), None, (why, reasons.colab()))


def _place(
    machine: Machine,
    wanted: str | None,
    platform: str,
    span: PythonRange | None,
    objection: Objection = lambda _env: None,
) -> Place:
    """An environment for a CPU build, or for packages that only pip has (``span``)."""
    conda, glibc = span or builds.conda_python(platform), glibc_of(machine)
    usual = versions.python(catalog.load().new_python)
    return environment.choose(
        machine,
        wanted,
        lambda python: conda is not None and python in conda,
        lambda python: (
            python in span if span else builds.pip_cpu(platform, python, glibc) is not None
        ),
        objection,
        None if span is None or usual in span else versions.spelled(span.last),
    )


def _cpu_commands(
    machine: Machine, place: Place, platform: str
) -> tuple[Command, tuple[Command, ...]]:
    """Conda's command and pip's; outside conda pip's is the first."""
    others = commands.cpu_alternatives(place, platform, glibc=glibc_of(machine))
    if place.is_conda or not others:
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


def _packages(route: OtherRoute, gfx: str | None = None) -> tuple[str, str]:
    named = (route.torch or "torch", route.torchvision or "torchvision")
    # All of AMD's chips in one: large, but for a card whose chip nobody told.
    chip = "device-all" if gfx is None else f"device-{gfx}"
    torch, torchvision = (name.replace("device-{gfx}", chip) for name in named)
    return torch, torchvision


def _other_maker(
    machine: Machine, platform: str, wanted: str | None, gpu: Gpu, route: OtherRoute
) -> Answer:
    card, family = gpu_names.short_name(gpu.name), _family(gpu.vendor, gpu.name)
    texts = {
        "amd_linux": (
            "amd_rocm",
            _(
                "{gpu} is from AMD: CUDA does not run on it, but AMD's ROCm does, and PyTorch has "
                "a build for it on Linux. conda has none. AMD's list says which cards it supports."
            ),
            _("Install PyTorch for AMD (ROCm) with pip"),
        ),
        "amd_windows": (
            "amd_windows",
            _(
                "{gpu} is from AMD: CUDA does not run on it, but AMD's ROCm does. AMD has its own "
                "PyTorch for it; conda has none. Install AMD's newest graphics driver first."
            ),
            _("Install PyTorch for AMD (ROCm) with pip"),
        ),
        "intel_xpu": (
            "intel_xpu",
            _(
                "{gpu} is from Intel: CUDA does not run on it, but PyTorch has a build for Intel "
                "graphics, as the device “xpu”. Install Intel's graphics driver first."
            ),
            _("Install PyTorch for Intel graphics with pip"),
        ),
    }
    code, text, title = texts[route.id]
    tag = "xpu" if gpu.vendor == "intel" else "rocm"

    def objection(env: Environment) -> Reason | None:
        built = builds.installed_build(env, platform)
        if built is None or built.startswith(tag):
            return None
        return reasons.torch_does_not_fit(env.torch or "", env.name, card)

    place = _place(machine, wanted, platform, route.pythons, objection)
    note = environment.conda_note(machine) if place.is_conda else ""
    packages = _packages(route, family.gfx if family else None)
    primary = commands.pip(place.target, packages, route.index, title, note)
    slow = _("Runs on the processor: slower, but it works everywhere.")
    other = (
        (commands.conda_cpu(place.target, platform, slow),)
        if place.is_conda
        else commands.cpu_alternatives(place, platform, slow, glibc_of(machine))
    )
    why = Reason(code, text.format(gpu=card), route.page)
    return Answer("other_accelerator", place, primary, other, None, (why, reasons.colab()))


def is_own_of_nvidia(machine: Machine, card: Card) -> bool:
    """Whether it is a card for which NVIDIA has its own packages for Windows on Arm."""
    own = versions.kernels(catalog.load().routes["nvidia_windows_arm"].cards)
    return is_windows_arm(machine) and card.capability in own


def _nvidia_on_arm(machine: Machine, wanted: str | None) -> Answer | None:
    """Windows on Arm with a chip of NVIDIA's: its own packages; None for another computer."""
    route = catalog.load().routes["nvidia_windows_arm"]
    cards = [card for card in read_cards(machine) if is_own_of_nvidia(machine, card)]
    if not cards:
        return None
    place = _place(machine, wanted, "windows-x86_64", route.pythons)
    title = _("Install PyTorch for CUDA with pip, from NVIDIA")
    note = environment.conda_note(machine) if place.is_conda else ""
    primary = commands.pip(
        place.target, _packages(route), route.index, title, note, "--extra-index-url"
    )
    name, needed = cards[-1].name, str(route.driver or "")
    why = Reason(
        "nvidia_windows_arm",
        _(
            "{gpu} is in a Windows computer with an Arm CPU. NVIDIA has its own PyTorch for it, "
            "for Python {python} made for Arm. The wizard's makers have not tried it: the check "
            "afterwards tells whether it works."
        ).format(gpu=name, python=versions.spelled(route.pythons.last)),
        route.page,
    )
    driver = read_driver(machine.nvidia_driver, "windows")
    if trouble_of(machine, machine.nvidia_gpus) is not None:
        said = (*reasons.problems(machine), why)
        return Answer("install_driver", place, primary, (), None, said)
    if driver is not None and driver >= (route.driver or 0,):
        return Answer("install", place, primary, (), None, (why,))
    page = catalog.load().driver_download("windows")
    installed = (
        versions.driver_text(machine.nvidia_driver.version) if machine.nvidia_driver else None
    )
    advice = DriverAdvice(installed, needed, page)
    verdict: Verdict = "install_driver" if installed is None else "update_driver"
    first = (
        reasons.driver_missing(name, needed, None, page)
        if installed is None
        else reasons.driver_too_old_for_card(name, installed, needed)
    )
    return Answer(verdict, place, primary, (), advice, (first, why))


def _processor(
    machine: Machine, platform: str | None, wanted: str | None, before: tuple[Reason, ...] = ()
) -> Answer:
    """The CPU build; where the NVIDIA card is too old, with what an old build can still do."""
    # Windows on Arm runs the x86-64 build through Windows' own emulation.
    used = platform or "windows-x86_64"
    place = _place(machine, wanted, used, None)
    primary, others = _cpu_commands(machine, place, used)
    why = list(before)
    driver: DriverAdvice | None = None
    cards = read_cards(machine) if machine.os.system != "macos" else ()
    modules = catalog.load().tegra
    tegra = used == "linux-aarch64" and any(c.capability in modules for c in cards)
    if platform is None:
        why.append(reasons.windows_arm())
    elif tegra:
        why.append(_old_jetson(reasons.card_names(machine.nvidia_gpus)))
    elif cards:
        different = {card.name: card for card in cards}.values()
        why += [reasons.no_kernels(c.name, c.capability) for c in different if c.capability]
        others = (*_old_builds(machine, used, place), *others)
        driver = _old_driver(machine, used)
    elif used == "macos-x86_64":
        why.append(_intel_mac())
    elif not before:
        why.append(reasons.no_gpu(machine))
        untried = _untried(machine, place) if place.is_conda else ()
        others = (*untried, *others)
        why += _left_aside(machine) if not untried else []
    others = _one_for_each_route(others)
    verdict: Verdict = "other_accelerator" if tegra else "cpu"
    return Answer(verdict, place, primary, others, driver, (*why, reasons.colab()))


def _one_for_each_route(found: tuple[Command, ...]) -> tuple[Command, ...]:
    """The first of each: the others differ in what they are for, not in how they are typed."""
    return tuple({command.route: command for command in reversed(found)}.values())[::-1]


def _hardware(machine: Machine, platform: str) -> builds.Hardware:
    return replace(hardware_of(machine, platform, read_cards(machine)), unknown=False)


def _old_builds(machine: Machine, platform: str, place: Place) -> tuple[Command, ...]:
    """What the last builds with kernels for these cards were, where the driver runs them."""
    hardware = _hardware(machine, platform)
    driver = read_driver(machine.nvidia_driver, hardware.driver_system)
    if driver is not None and catalog.beyond(catalog.last_branch(hardware.cards), driver):
        return ()  # it no longer knows the card
    note = _("An old build that still has kernels for this card; it gets no updates.")
    return commands.cuda_alternatives(place, hardware, driver, note)


def _old_driver(machine: Machine, platform: str) -> DriverAdvice | None:
    """Where the card has no driver: its last branch, so that the old build could be used."""
    if machine.nvidia_driver is not None:
        return None
    hardware = _hardware(machine, platform)
    options = builds.pip_options(hardware, versions.python(catalog.load().new_python))
    easiest = builds.easiest(options)
    if easiest is None:
        return None
    facts = catalog.load()
    branch = catalog.last_branch(hardware.cards)
    system = "wsl" if machine.os.wsl else hardware.driver_system
    return DriverAdvice(None, easiest.needed.text, facts.driver_download(system, branch), branch)


def _untried(machine: Machine, place: Place) -> tuple[Command, ...]:
    """AMD's packages for a card that they have a part for, but that AMD does not name."""
    route = catalog.load().routes["amd_windows"]
    if _old_windows(machine, route) or place.python not in route.pythons or machine.os.wsl:
        return ()
    for gpu in sorted(machine.gpus, key=lambda gpu: gpu.name):
        family = _family("amd", gpu.name) if gpu.vendor == "amd" else None
        if family is not None and family.gfx is not None:
            note = _(
                "AMD's packages have a part for {gpu}, but AMD does not promise that it works."
            ).format(gpu=gpu_names.short_name(gpu.name))
            title = _("Install PyTorch for AMD (ROCm) with pip")
            packages = _packages(route, family.gfx)
            return (commands.pip(place.target, packages, route.index, title, note),)
    return ()


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
    last = next(
        build.release for build in catalog.load().wheels["macos-x86_64", "cpu"] if build.certain
    )
    return Reason(
        "intel_mac",
        _(
            "On a Mac with an Intel processor PyTorch works on the CPU only; its own packages "
            "ended with {last}, conda-forge builds newer ones."
        ).format(last=last),
        reasons.CONDA_FORGE,
    )


def _old_jetson(card: str) -> Reason:
    return Reason(
        "jetson",
        _(
            "{gpu} is a Jetson module with an older JetPack: only NVIDIA's own PyTorch for its "
            "JetPack uses its GPU; see this page. The command here is for the CPU."
        ).format(gpu=card),
        catalog.load().routes["jetson"].page,
    )
