"""The facts: which build exists for which computer, and what it needs.

Data in ``resources/catalog``, each row with its source; a new PyTorch release is a new row there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from wizard.advice import versions
from wizard.advice.catalog_rows import PythonRange, Source
from wizard.advice.versions import Capability, Version
from wizard.catalog.folder import catalog_folder

COLAB_URL = "https://colab.research.google.com/"
MINIFORGE_URL = "https://conda-forge.org/download/"
MAX_AGE_DAYS = 180

DriverSystem = Literal["linux", "windows"]


@dataclass(frozen=True, slots=True)
class Release:
    version: str
    number: Version
    torchvision: str
    torchaudio: str | None
    python: PythonRange


@dataclass(frozen=True, slots=True)
class PipBuild:
    """A wheel index of one release on one platform."""

    release: Release
    platform: str
    variant: str
    """``cu126``, ``cpu``: the last part of the index address."""
    cuda: int | None
    kernels: tuple[Capability, ...]
    python: PythonRange
    certain: bool
    source: Source


@dataclass(frozen=True, slots=True)
class CondaForgeBuild:
    platform: str
    cuda: int | None
    kernels: tuple[Capability, ...]
    python: PythonRange
    arm_variant: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class ChannelBuild:
    """A build of the old ``pytorch`` channel, which ended with 2.5.1."""

    version: str
    torchvision: str
    torchaudio: str
    cuda: str
    kernels: tuple[Capability, ...]
    python: PythonRange
    platforms: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class MinimumDriver:
    minimum: Version
    text: str
    """The first released driver that meets it, to show."""
    source: Source


@dataclass(frozen=True, slots=True)
class Generation:
    name: str
    first: Capability
    last: Capability
    last_branch: int | None
    """The last driver branch that knows these cards; None while they are current."""
    first_driver: dict[str, str]
    """System to the first driver that knows these cards, where that matters."""
    source: Source


@dataclass(frozen=True, slots=True)
class OtherRoute:
    """A way that is not NVIDIA's, or not a build of ours: where its packages or its page are."""

    id: str
    index: str | None
    page: str
    python: PythonRange
    source: Source


@dataclass(frozen=True, slots=True)
class Catalog:
    collected: date
    pip: tuple[PipBuild, ...]
    """Newest release first."""
    conda_forge: tuple[CondaForgeBuild, ...]
    channel: tuple[ChannelBuild, ...]
    """Newest release and newest CUDA first."""
    minimums: dict[tuple[int, str], MinimumDriver]
    """(CUDA major, system) to the driver it needs."""
    toolkits: tuple[tuple[str, dict[str, Version]], ...]
    """CUDA version and, for each system, its own driver; newest first."""
    generations: tuple[Generation, ...]
    downloads: dict[tuple[str, int | None], str]
    routes: dict[str, OtherRoute]

    def is_old(self, today: date) -> bool:
        return (today - self.collected).days > MAX_AGE_DAYS

    def minimum_driver(self, cuda: int, system: DriverSystem) -> MinimumDriver:
        """The smallest driver that runs builds of this CUDA major (minor-version compatibility)."""
        return self.minimums[cuda, system]

    def generation(self, card: Capability) -> Generation | None:
        return next((g for g in self.generations if g.first <= card <= g.last), None)

    def driver_download(self, system: str, branch: int | None = None) -> str:
        """Page with the driver for ``windows``, ``linux``, ``wsl`` or ``jetson``."""
        return self.downloads.get((system, branch)) or self.downloads[system, None]

    def cuda_of_driver(self, driver: str, system: DriverSystem) -> str | None:
        """The highest CUDA a driver allows, where the table says it."""
        number = versions.driver(driver)
        for cuda, drivers in self.toolkits:
            if system in drivers and drivers[system] <= number:
                return cuda
        return None


@lru_cache(maxsize=1024)
def last_branch(cards: tuple[Capability, ...]) -> int | None:
    """The last driver branch that knows all these cards; None: the newest does."""
    facts = load()
    ends = [g.last_branch for card in cards if (g := facts.generation(card)) is not None]
    return min((end for end in ends if end is not None), default=None)


@lru_cache(maxsize=1)
def load() -> Catalog:
    """The program's own catalog, read once.

    Raises:
        CatalogError: a file is damaged; the message names file, row and field.
    """
    from wizard.advice.catalog_files import read_catalog

    return read_catalog(catalog_folder())
