"""The rows of the catalog, as they stand in its files."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from wizard.advice import versions
from wizard.advice.versions import Capability, PythonRange, Version
from wizard.catalog.reading import (
    CapabilityText,
    Count,
    Document,
    KernelsText,
    Link,
    Megabytes,
    Platform,
    PythonsText,
    Row,
    Text,
    VersionText,
)

DriverSystem = Literal["linux", "windows"]
AtLeastOne = Meta(min_length=1)


class Release(Row, frozen=True, kw_only=True):
    version: VersionText
    date: str
    torchvision: VersionText
    torchaudio: VersionText | None
    python: PythonsText
    glibc: VersionText
    """The smallest C library of its Linux wheels."""
    default: Annotated[str, Meta(pattern=r"^cu\d{3}\Z")]
    """What PyPI's own wheel for Linux on x86-64 is built for."""

    @property
    def number(self) -> Version:
        return versions.parse(self.version)


class PipBuild(Row, frozen=True, kw_only=True):
    """The wheels of one release for one platform and variant."""

    release: VersionText
    platform: Platform
    variant: Annotated[str, Meta(pattern=r"^(cu\d{3}|cpu)\Z")]
    kernels: KernelsText
    python: PythonsText | None = None
    """None: as the release's."""
    glibc: VersionText | None = None

    @property
    def cuda(self) -> int | None:
        """CUDA's major version."""
        return None if self.variant == "cpu" else int(self.variant[2:4])


class CondaForgeBuild(Row, frozen=True, kw_only=True):
    platform: Platform
    cuda: Count | None
    build: VersionText | None
    release: VersionText
    python: PythonsText
    kernels: KernelsText
    glibc: VersionText | None
    """The smallest C library; None outside Linux."""
    arm_variant: Literal["sbsa", "tegra"] | None

    @property
    def pythons(self) -> PythonRange:
        return versions.python_range(self.python)


class ChannelBuild(Row, frozen=True, kw_only=True):
    """A build of the old ``pytorch`` channel."""

    version: VersionText
    torchvision: VersionText
    torchaudio: VersionText
    cuda: VersionText
    python: PythonsText
    platforms: Annotated[tuple[Platform, ...], AtLeastOne]
    kernels: KernelsText


class Download(Row, frozen=True, kw_only=True):
    """How much a way downloads, packages it needs included."""

    route: Literal["conda-forge", "pip", "pytorch-channel"]
    cuda: Count | None
    """None: the CPU build."""
    megabytes: Megabytes


class MinimumDriver(Row, frozen=True, kw_only=True):
    """What minor-version compatibility asks for."""

    cuda: Count
    system: DriverSystem
    minimum: VersionText
    first: VersionText
    """The first released driver that meets it, to show."""


class Toolkit(Row, frozen=True, kw_only=True):
    """A CUDA version and the driver that came with it."""

    cuda: VersionText
    linux: VersionText | None
    windows: VersionText | None

    def driver(self, system: DriverSystem) -> Version:
        """() where there is none."""
        text = self.linux if system == "linux" else self.windows
        return versions.parse(text) if text else ()


class Generation(Row, frozen=True, kw_only=True):
    name: Text
    first: CapabilityText
    last: CapabilityText
    last_branch: Count | None
    """The last driver branch that knows these cards; None while they are current."""
    first_linux: VersionText | None = None
    first_windows: VersionText | None = None
    """The first driver that knows any of these cards, where that counts."""
    first_cuda: VersionText | None = None
    first_torch: VersionText | None = None
    """What the first builds with kernels for these cards were; None: any that is still met."""
    safe: Count | None = None
    """The branch that knows all of them: for a card whose own first driver nobody listed."""
    open_modules: bool = False
    """Linux needs the open kernel modules."""

    def first_driver(self, system: DriverSystem) -> str | None:
        return self.first_linux if system == "linux" else self.first_windows

    def holds(self, card: Capability) -> bool:
        first, last = versions.capability(self.first), versions.capability(self.last)
        return first is not None and last is not None and first <= card <= last


class DriverPage(Row, frozen=True, kw_only=True):
    system: Literal["windows", "linux", "wsl", "jetson"]
    branch: Count | None
    url: Link


class OldSystem(Row, frozen=True, kw_only=True):
    """A version of a system that nothing current runs on."""

    system: Literal["windows", "linux", "macos"]
    pattern: Text
    """A regular expression on the lower-case version."""

    def __post_init__(self) -> None:
        _compiled(self.pattern)


class UsualLibc(Row, frozen=True, kw_only=True):
    """The C library that a Linux distribution came with."""

    pattern: Text
    """A regular expression on the lower-case name and version."""
    libc: Annotated[str, Meta(pattern=r"^(glibc|musl)( \d+\.\d+)?\Z")]

    def __post_init__(self) -> None:
        _compiled(self.pattern)


class OtherRoute(Row, frozen=True, kw_only=True):
    """A way that is not NVIDIA's usual one: where its packages or its page are."""

    id: Text
    index: Link | None
    page: Link
    python: PythonsText
    torch: str | None = None
    torchvision: str | None = None
    """What pip is asked for; None: the plain names."""
    needs_windows: Count | None = None
    driver: Count | None = None
    """The driver branch it needs."""
    cards: KernelsText = ""
    """NVIDIA's cards that it is for."""
    megabytes: Megabytes | None = None

    @property
    def pythons(self) -> PythonRange:
        return versions.python_range(self.python)


class Family(Row, frozen=True, kw_only=True):
    """Graphics of another maker that a build exists for."""

    vendor: Literal["amd", "intel"]
    pattern: Text
    """A regular expression on the lower-case name."""
    linux: bool
    windows: bool
    """The maker supports them there; a build alone promises nothing."""
    gfx: str | None = None
    """AMD's name of the chip, which its own wheels are chosen by."""

    def __post_init__(self) -> None:
        _compiled(self.pattern)


def _compiled(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error


class Figure(Row, frozen=True, kw_only=True):
    name: Text
    float32_gflops: Count


class PytorchFile(Document, frozen=True, kw_only=True):
    releases: Annotated[tuple[Release, ...], AtLeastOne]
    builds: Annotated[tuple[PipBuild, ...], AtLeastOne]
    order: Annotated[tuple[str, ...], AtLeastOne]
    """Variants, the preferred first."""
    indexes: dict[str, tuple[VersionText, VersionText | None]]
    """Variant to its first and last release, also of those that ended; None: it goes on."""


class CondaFile(Document, frozen=True, kw_only=True):
    conda_forge: Annotated[tuple[CondaForgeBuild, ...], AtLeastOne]
    pytorch_channel: Annotated[tuple[ChannelBuild, ...], AtLeastOne]
    downloads: Annotated[tuple[Download, ...], AtLeastOne]
    tegra: KernelsText
    """Jetson modules whose CUDA is not the servers'; conda-forge calls their builds so."""
    new_python: VersionText
    """What new environments get: every current build takes it."""


class DriversFile(Document, frozen=True, kw_only=True):
    minimums: Annotated[tuple[MinimumDriver, ...], AtLeastOne]
    toolkits: Annotated[tuple[Toolkit, ...], AtLeastOne]
    generations: Annotated[tuple[Generation, ...], AtLeastOne]
    downloads: Annotated[tuple[DriverPage, ...], AtLeastOne]
    old_systems: tuple[OldSystem, ...]
    libcs: tuple[UsualLibc, ...]


class RoutesFile(Document, frozen=True, kw_only=True):
    routes: Annotated[tuple[OtherRoute, ...], AtLeastOne]
    families: Annotated[tuple[Family, ...], AtLeastOne]


class FiguresFile(Document, frozen=True, kw_only=True):
    figures: tuple[Figure, ...]


class Files(Struct, frozen=True):
    pytorch: PytorchFile
    conda: CondaFile
    drivers: DriversFile
    routes: RoutesFile
