"""Which builds of PyTorch work on these cards, and from which driver on. Pure functions.

Each list is in order of preference; the driver is judged afterwards, so that the same list answers
"what works now" and "what would work after an update".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

from wizard.advice import catalog, versions
from wizard.advice.catalog import DriverSystem, PipBuild
from wizard.advice.versions import Capability, Version

#: CUDA 13.0 before 13.2: the smaller minor asks less of a driver. cu126 before cu128: it is the
#: one that goes on to 2.14; cu128 ended with 2.11.
_PIP_ORDER = ("cu130", "cu132", "cu126", "cu128", "cu129", "cu124", "cu121", "cu118", "cu117")

#: The generations that an unknown card may be of: a build must hold them all.
UNKNOWN_CARD: tuple[Capability, ...] = ((5, 0), (6, 0), (7, 0), (7, 5), (8, 0), (9, 0), (12, 0))

#: Jetson modules whose CUDA is not the server's: conda-forge calls them "tegra".
TEGRA: frozenset[Capability] = frozenset({(5, 3), (6, 2), (7, 2), (8, 7)})


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

    @property
    def to_cover(self) -> tuple[Capability, ...]:
        return (*self.cards, *UNKNOWN_CARD) if self.unknown else self.cards

    @property
    def tegra(self) -> bool:
        return self.platform == "linux-aarch64" and any(card in TEGRA for card in self.cards)


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


@lru_cache(maxsize=4096)
def needed_driver(hardware: Hardware, cuda: int) -> Needed:
    """The driver for this CUDA major, and for the newest card to be known at all."""
    facts = catalog.load()
    minimum = facts.minimum_driver(cuda, hardware.driver_system)
    best = Needed(minimum.minimum, minimum.text)
    for card in hardware.cards:
        generation = facts.generation(card)
        text = generation.first_driver.get(hardware.driver_system) if generation else None
        if text is not None and versions.parse(text) > best.version:
            best = Needed(versions.parse(text), text)
    return best


@lru_cache(maxsize=4096)
def conda_options(hardware: Hardware) -> tuple[CondaOption, ...]:
    """conda-forge's builds that hold kernels for every card, the newest CUDA first."""
    options = [
        CondaOption(
            build.cuda, _asked_variant(build.arm_variant), needed_driver(hardware, build.cuda)
        )
        for build in catalog.load().conda_forge
        if build.cuda is not None
        and build.platform == hardware.platform
        and versions.covers_all(build.kernels, hardware.to_cover)
        and (build.arm_variant is None or (build.arm_variant == "tegra") == hardware.tegra)
    ]
    return tuple(sorted(options, key=lambda option: -option.cuda))


def _asked_variant(arm_variant: str | None) -> str | None:
    """Conda takes the server's variant by itself; only the other must be asked for."""
    return arm_variant if arm_variant == "tegra" else None


@lru_cache(maxsize=4096)
def pip_options(hardware: Hardware, python: Version) -> tuple[PipOption, ...]:
    """Wheel indexes that hold kernels for every card: without a version first, then pinned."""
    if hardware.tegra:
        return ()  # the ordinary wheels are for servers
    free: list[PipOption] = []
    pinned: list[PipOption] = []
    for variant in _PIP_ORDER:
        builds = _builds(hardware.platform, variant, python)
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
    release = build.release
    return PipOption(build.variant, cuda, release.version, release.torchvision, pinned, needed)


@lru_cache(maxsize=1024)
def _builds(platform: str, variant: str, python: Version) -> tuple[PipBuild, ...]:
    return tuple(
        build
        for build in catalog.load().pip
        if build.platform == platform and build.variant == variant and python in build.python
    )


def _taken_by_pip(builds: tuple[PipBuild, ...], cards: tuple[Capability, ...]) -> PipBuild | None:
    """The build that pip takes by itself, where it works for sure; builds come newest first.

    An uncertain build may or may not exist: it must work too, and a certain one must follow.
    """
    for build in builds:
        if not versions.covers_all(build.kernels, cards):
            return None
        if build.certain:
            return build
    return None


def _best_to_pin(builds: tuple[PipBuild, ...], cards: tuple[Capability, ...]) -> PipBuild | None:
    return next(
        (b for b in builds if b.certain and versions.covers_all(b.kernels, cards)),
        None,
    )


@lru_cache(maxsize=1024)
def pip_cpu(platform: str, python: Version) -> PipBuild | None:
    """The newest build for the processor alone."""
    return next((b for b in _builds(platform, "cpu", python) if b.certain), None)


@lru_cache(maxsize=4096)
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
        and python in build.python
        and versions.covers_all(build.kernels, hardware.to_cover)
    )


def _channel_driver(hardware: Hardware, cuda: str) -> Needed:
    """CUDA 12 with its own driver, to be safe; CUDA 11, the last resort, with the family's."""
    minimum = needed_driver(hardware, versions.parse(cuda)[0])
    own = dict(catalog.load().toolkits).get(cuda, {}).get(hardware.driver_system)
    if own is None or versions.parse(cuda)[0] < 12 or own <= minimum.version:
        return minimum
    return Needed(own, versions.spelled(own))


@lru_cache(maxsize=256)
def conda_python(platform: str) -> catalog.PythonRange | None:
    """The Pythons that conda-forge builds PyTorch for on this platform; None: no build at all."""
    return next((b.python for b in catalog.load().conda_forge if b.platform == platform), None)
