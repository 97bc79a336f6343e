"""Which builds of PyTorch work on these cards, and from which driver on. Pure functions.

Each list is in order of preference; the driver is judged afterwards, so that the same list answers
"what works now" and "what would work after an update".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from wizard.advice import catalog, versions
from wizard.advice.catalog_values import DriverSystem, PipBuild
from wizard.advice.versions import Capability, PythonRange, Version
from wizard.catalog.cards import row_of
from wizard.detection.machine import Environment


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a choice depends on, without the driver."""

    platform: str
    """``linux-x86_64`` and so on."""
    driver_system: DriverSystem
    """Whose driver numbers count: inside WSL it is Windows'."""
    cards: tuple[Capability, ...]
    """Compute capabilities of the NVIDIA cards, each once, smallest first."""
    unknown: bool = False
    """True where a card is among them whose capability nobody knows."""
    glibc: Version = ()
    """The C library of a Linux; () where it is not known, and then nothing is ruled out."""
    first_driver: str | None = None
    """The first driver that knows all of these cards, where that counts."""

    @property
    def to_cover(self) -> tuple[Capability, ...]:
        """An unknown card may be of any generation: a build must hold them all."""
        return (*self.cards, *catalog.load().widest) if self.unknown else self.cards

    @property
    def tegra(self) -> bool:
        """Whether a Jetson is among them whose CUDA is not the servers'."""
        modules = catalog.load().tegra
        return self.platform == "linux-aarch64" and any(card in modules for card in self.cards)

    def has(self, glibc: str | None) -> bool:
        """Whether the system's C library is new enough for a build."""
        return not self.glibc or glibc is None or versions.parse(glibc) <= self.glibc


@dataclass(frozen=True, slots=True)
class Needed:
    """The smallest driver for a build on this hardware."""

    version: Version
    text: str


@dataclass(frozen=True, slots=True)
class CondaOption:
    cuda: int
    arm_variant: str | None
    needed: Needed


@dataclass(frozen=True, slots=True)
class PipOption:
    variant: str
    cuda: int
    newest: str
    """The PyTorch version it gives, as far as is certain."""
    torchvision: str
    pinned: bool
    """True where the index's newest release would not work, so that the version must be named."""
    needed: Needed


@dataclass(frozen=True, slots=True)
class ChannelOption:
    version: str
    torchvision: str
    torchaudio: str
    cuda: str
    needed: Needed


class _HasNeeded(Protocol):
    @property
    def needed(self) -> Needed: ...


_Option = TypeVar("_Option", bound=_HasNeeded)


def first_working(options: Iterable[_Option], driver: Version | None) -> _Option | None:
    """The best option that runs with this driver; None where none does."""
    if not driver:
        return None
    return next((option for option in options if option.needed.version <= driver), None)


def easiest(options: Iterable[_Option]) -> _Option | None:
    """The option that asks for the oldest driver; the preferred one of equals."""
    return min(options, key=lambda option: option.needed.version, default=None)


def needed_driver(hardware: Hardware, cuda: int) -> Needed:
    """The driver for this CUDA major, and for the newest card to be known at all."""
    facts = catalog.load()
    minimum = facts.minimum_driver(cuda, hardware.driver_system)
    best = Needed(versions.parse(minimum.minimum), minimum.first)
    generations = [facts.generation(card) for card in hardware.cards]
    firsts = [each.first_driver(hardware.driver_system) for each in generations if each]
    if hardware.first_driver is not None:
        firsts.append(hardware.first_driver)
    for text in firsts:
        if text is not None and versions.parse(text) > best.version:
            best = Needed(versions.parse(text), text)
    return best


def first_driver(
    name: str, capability: Capability, system: DriverSystem, *, reported: bool
) -> str | None:
    """The first driver that knows a card; None where any driver that could matter does.

    Where nobody listed the card itself, a driver that reports its capability knows it; otherwise
    only the branch is safe that knows all of its generation.
    """
    row, generation = row_of(name), catalog.load().generation(capability)
    if generation is None or generation.first_driver(system) is None:
        return None
    if row is not None and (own := row.first_driver(system)) is not None:
        return own
    if reported or generation.safe is None:
        return generation.first_driver(system)
    return str(generation.safe)


def conda_options(hardware: Hardware) -> tuple[CondaOption, ...]:
    """conda-forge's builds that hold kernels for every card, the newest CUDA first."""
    options = [
        CondaOption(
            build.cuda, _asked_variant(build.arm_variant), needed_driver(hardware, build.cuda)
        )
        for build in catalog.load().conda_forge
        if build.cuda is not None
        and build.platform == hardware.platform
        and hardware.has(build.glibc)
        and versions.covers_all(versions.kernels(build.kernels), hardware.to_cover)
        and (build.arm_variant is None or (build.arm_variant == "tegra") == hardware.tegra)
    ]
    return tuple(sorted(options, key=lambda option: -option.cuda))


def _asked_variant(arm_variant: str | None) -> str | None:
    """Conda takes the server's variant by itself; only the other must be asked for."""
    return arm_variant if arm_variant == "tegra" else None


def pip_options(hardware: Hardware, python: Version) -> tuple[PipOption, ...]:
    """Wheel indexes that hold kernels for every card: without a version first, then pinned."""
    if hardware.tegra:
        return ()  # the ordinary wheels are for servers
    free: list[PipOption] = []
    pinned: list[PipOption] = []
    for variant in catalog.load().order:
        builds = _builds(hardware, variant, python)
        cuda = builds[0].cuda if builds else None
        if cuda is None:
            continue
        needed = needed_driver(hardware, cuda)
        if (taken := _taken_by_pip(builds, hardware.to_cover)) is not None:
            free.append(_pip_option(taken, cuda, needed, pinned=False))
        elif (best := _best_to_pin(builds, hardware.to_cover)) is not None:
            pinned.append(_pip_option(best, cuda, needed, pinned=True))
    pinned.sort(key=lambda option: versions.parse(option.newest), reverse=True)
    return (*free, *pinned)


def _pip_option(build: PipBuild, cuda: int, needed: Needed, *, pinned: bool) -> PipOption:
    release = catalog.load().releases[build.release]
    return PipOption(build.variant, cuda, release.version, release.torchvision, pinned, needed)


def _builds(hardware: Hardware, variant: str, python: Version) -> tuple[PipBuild, ...]:
    """What pip finds in an index on this system, newest first."""
    facts = catalog.load()
    return tuple(
        build
        for build in facts.wheels.get((hardware.platform, variant), ())
        if python in facts.pythons(build) and hardware.has(facts.glibc(build))
    )


def _taken_by_pip(builds: tuple[PipBuild, ...], cards: tuple[Capability, ...]) -> PipBuild | None:
    """The build that pip takes by itself, where it works for sure; builds come newest first.

    An uncertain build may or may not exist: it must work too, and a certain one must follow.
    """
    for build in builds:
        if not versions.covers_all(versions.kernels(build.kernels), cards):
            return None
        if build.certain:
            return build
    return None


def _best_to_pin(builds: tuple[PipBuild, ...], cards: tuple[Capability, ...]) -> PipBuild | None:
    return next(
        (
            b
            for b in builds
            if b.certain and versions.covers_all(versions.kernels(b.kernels), cards)
        ),
        None,
    )


def pip_cpu(platform: str, python: Version, glibc: Version = ()) -> PipBuild | None:
    """The newest build for the processor alone."""
    hardware = Hardware(platform, "linux", (), glibc=glibc)
    return next((b for b in _builds(hardware, "cpu", python) if b.certain), None)


def channel_options(hardware: Hardware, python: Version) -> tuple[ChannelOption, ...]:
    """The last release of the old ``pytorch`` channel, the newest CUDA first."""
    facts = catalog.load()
    last = facts.channel[0].version
    return tuple(
        ChannelOption(
            build.version,
            build.torchvision,
            build.torchaudio,
            build.cuda,
            _channel_driver(hardware, build.cuda),
        )
        for build in facts.channel
        if build.version == last
        and hardware.platform in build.platforms
        and python in versions.python_range(build.python)
        and versions.covers_all(versions.kernels(build.kernels), hardware.to_cover)
    )


def _channel_driver(hardware: Hardware, cuda: str) -> Needed:
    """CUDA 12 and newer with its own driver, to be safe; older, the last resort, the family's."""
    facts, number = catalog.load(), versions.parse(cuda)
    minimum = needed_driver(hardware, number[0])
    rows = (row for row in facts.toolkits if row.cuda == cuda)
    own = next((row.driver(hardware.driver_system) for row in rows), ())
    if number[0] == min(major for major, _system in facts.minimums) or own <= minimum.version:
        return minimum
    return Needed(own, versions.spelled(own))


def conda_python(platform: str) -> PythonRange | None:
    """The Pythons that conda-forge builds PyTorch for on this platform; None: no build at all."""
    return next(
        (build.pythons for build in catalog.load().conda_forge if build.platform == platform), None
    )


def installed_build(env: Environment, platform: str) -> str | None:
    """What an environment's PyTorch was built for: ``cpu``, ``cu130``, ``cu12``, ``rocm7.2``…

    None where nothing tells. A wheel of PyPI does not name its variant: it is the release's own.
    """
    version, _plus, tag = (env.torch or "").partition("+")
    if tag:
        return tag
    if env.torch_build:
        word = env.torch_build.removeprefix("gpu_").partition("_")[0]
        return "cpu" if "cpu" in env.torch_build else word.replace("cuda", "cu")[:4]
    release = catalog.load().releases.get(version)
    if env.torch_channel != "pypi" or release is None:
        return None
    return release.default if platform == "linux-x86_64" else "cpu"


def can_run(env: Environment, hardware: Hardware, driver: Version | None) -> bool:
    """Whether the PyTorch of an environment may run on every card; False where it cannot."""
    facts, built = catalog.load(), installed_build(env, hardware.platform)
    if built is None:
        return True
    if not built.startswith("cu") or not built[2:].isdigit():
        return False
    cuda = int(built[2:4])
    if (cuda, hardware.driver_system) in facts.minimums and (
        driver is None or driver < needed_driver(hardware, cuda).version
    ):
        return False
    version = versions.parse(env.torch or "")
    for generation in map(facts.generation, hardware.cards):
        if generation is not None and (
            version < versions.parse(generation.first_torch or "")
            or () < versions.variant_cuda(built) < versions.parse(generation.first_cuda or "")
        ):
            return False
    kernels = [
        versions.kernels(build.kernels)
        for build in facts.wheels.get((hardware.platform, built), ())
        if facts.releases[build.release].number == version
    ] or [
        versions.kernels(build.kernels)
        for build in facts.conda_forge
        if build.platform == hardware.platform and build.cuda == cuda
    ]
    return not kernels or any(versions.covers_all(each, hardware.cards) for each in kernels)
