"""The facts: which build exists for which computer, and what it needs.

Data in ``resources/catalog``, each row with its source; a new PyTorch release is a new row there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from wizard.advice import versions
from wizard.advice.catalog_values import (
    ChannelBuild,
    CondaFile,
    CondaForgeBuild,
    Download,
    DriversFile,
    DriverSystem,
    Family,
    Figure,
    FiguresFile,
    Generation,
    MinimumDriver,
    OldSystem,
    OtherRoute,
    PipBuild,
    PytorchFile,
    Release,
    RoutesFile,
    Toolkit,
    UsualLibc,
)
from wizard.advice.versions import Capability, PythonRange, Version
from wizard.catalog.cards import canonical
from wizard.catalog.folder import catalog_folder
from wizard.catalog.reading import CatalogError, read

__all__ = ["CatalogError", "DriverSystem"]

COLAB_URL = "https://colab.research.google.com/"
MINIFORGE_URL = "https://conda-forge.org/download/"
MAX_AGE_DAYS = 180


@dataclass(frozen=True, slots=True)
class Catalog:
    collected: date
    releases: dict[str, Release]
    pip: tuple[PipBuild, ...]
    """Newest release first."""
    wheels: dict[tuple[str, str], tuple[PipBuild, ...]]
    """The same by platform and variant."""
    order: tuple[str, ...]
    """Pip's variants, the preferred first."""
    indexes: dict[str, tuple[Version, Version | None]]
    """Variant to its first and last release; None: it goes on."""
    conda_forge: tuple[CondaForgeBuild, ...]
    channel: tuple[ChannelBuild, ...]
    """Newest release and newest CUDA first."""
    sizes: dict[tuple[str, int | None], Download]
    """(route, CUDA major) to the size of its download."""
    minimums: dict[tuple[int, str], MinimumDriver]
    """(CUDA major, system) to the driver it needs."""
    toolkits: tuple[Toolkit, ...]
    """Newest first."""
    generations: tuple[Generation, ...]
    pages: dict[tuple[str, int | None], str]
    """(system, branch) to the page with the driver."""
    old_systems: tuple[OldSystem, ...]
    libcs: tuple[UsualLibc, ...]
    routes: dict[str, OtherRoute]
    families: tuple[Family, ...]
    figures: tuple[Figure, ...]
    new_python: str
    tegra: tuple[Capability, ...]
    """Jetson modules whose CUDA is not the servers'."""

    def is_old(self, today: date) -> bool:
        return (today - self.collected).days > MAX_AGE_DAYS

    def minimum_driver(self, cuda: int, system: DriverSystem) -> MinimumDriver:
        """The smallest driver that runs builds of this CUDA major (minor-version compatibility)."""
        return self.minimums[cuda, system]

    def driver_for(self, cuda: Version, system: DriverSystem) -> Version:
        """The smallest driver for a CUDA of any age; () where the tables have none."""
        if cuda and (cuda[0], system) in self.minimums:
            return versions.parse(self.minimums[cuda[0], system].minimum)
        same = (row for row in self.toolkits if versions.parse(row.cuda) == cuda[:2])
        return next((row.driver(system) for row in same), ())

    def generation(self, card: Capability) -> Generation | None:
        return next((row for row in self.generations if row.holds(card)), None)

    def driver_download(self, system: str, branch: int | None = None) -> str:
        """Page with the driver for ``windows``, ``linux``, ``wsl`` or ``jetson``."""
        return self.pages.get((system, branch)) or self.pages[system, None]

    def cuda_of_driver(self, driver: str, system: DriverSystem) -> str | None:
        """The highest CUDA a driver allows, where the table says it."""
        number = versions.driver(driver)
        found = (row for row in self.toolkits if () < row.driver(system) <= number)
        return next((row.cuda for row in found), None)

    def pythons(self, build: PipBuild) -> PythonRange:
        return versions.python_range(build.python or self.releases[build.release].python)

    def glibc(self, build: PipBuild) -> str | None:
        """The smallest C library of a wheel; None outside Linux."""
        if not build.platform.startswith("linux"):
            return None
        return build.glibc or self.releases[build.release].glibc

    @property
    def widest(self) -> tuple[Capability, ...]:
        """The cards that the current build with most kernels is made for."""
        kernels = [versions.kernels(b.kernels) for b in self.conda_forge if b.cuda is not None]
        return max(kernels, key=lambda each: (len(each), each[-1]))

    def first_kernel(self, cuda: int) -> Capability | None:
        """The oldest card that any current build with this CUDA major has kernels for."""
        kernels = [
            kernel
            for build in self.conda_forge
            if build.cuda == cuda and build.arm_variant is None
            for kernel in versions.kernels(build.kernels)
        ]
        return min(kernels, default=None)

    def cudas_with(self, card: Capability) -> tuple[int, ...]:
        """CUDA majors of the current builds that have kernels for a card, the newest first."""
        found = {
            build.cuda
            for build in self.conda_forge
            if build.cuda is not None and versions.covers(versions.kernels(build.kernels), card)
        }
        return tuple(sorted(found, reverse=True))

    @property
    def oldest_cuda(self) -> int:
        """The oldest CUDA major that is still built for."""
        return min(build.cuda for build in self.conda_forge if build.cuda is not None)

    @property
    def newest_cuda(self) -> int:
        return max(build.cuda or 0 for build in self.conda_forge)

    @property
    def last_torchaudio(self) -> Version:
        """The last release that torchaudio came with."""
        return max(row.number for row in self.releases.values() if row.torchaudio)

    @property
    def oldest_kernel(self) -> Capability:
        """No published build has kernels for less."""
        return min(kernel for build in self.pip for kernel in versions.kernels(build.kernels))

    @property
    def newest_generation(self) -> Generation:
        """The newest that the first builds are known of."""
        known = [row for row in self.generations if row.first_cuda and row.first_torch]
        return max(known, key=lambda row: versions.parse(row.last))

    def usual_libc(self, distribution: str) -> str:
        """The C library of a Linux distribution of before 2021; "" where none is listed."""
        rows = (row for row in self.libcs if re.search(row.pattern, distribution.lower()))
        return next((row.libc for row in rows), "")

    def old_system(self, system: str, version: str) -> bool:
        """Whether nothing current runs on this version of a system."""
        return any(
            row.system == system and re.search(row.pattern, version.lower())
            for row in self.old_systems
        )


def read_catalog(folder: Path) -> Catalog:
    """The catalog in ``folder``, without the table of GPU names.

    Raises:
        CatalogError: a file is damaged; the message names file and path.
    """
    pytorch = read(folder / "pytorch.json", PytorchFile)
    conda = read(folder / "conda.json", CondaFile)
    drivers = read(folder / "drivers.json", DriversFile)
    routes = read(folder / "routes.json", RoutesFile)
    releases = {row.version: row for row in pytorch.releases}
    newest_first = sorted(pytorch.builds, key=lambda b: versions.parse(b.release), reverse=True)
    wheels: dict[tuple[str, str], tuple[PipBuild, ...]] = {}
    for build in newest_first:
        key = (build.platform, build.variant)
        wheels[key] = (*wheels.get(key, ()), build)
    for index, build in enumerate(pytorch.builds):
        if build.release not in releases:
            raise CatalogError(
                f"pytorch.json: {build.release} is none of the releases"
                f" - at `$.builds[{index}].release`"
            )
    return Catalog(
        collected=min(each.collected for each in (pytorch, conda, drivers, routes)),
        releases=releases,
        pip=tuple(newest_first),
        wheels=wheels,
        order=pytorch.order,
        indexes={
            name: (versions.parse(first), versions.parse(last) if last else None)
            for name, (first, last) in pytorch.indexes.items()
        },
        conda_forge=tuple(row for row in conda.conda_forge if row.certain),
        channel=tuple(
            sorted(
                conda.pytorch_channel,
                key=lambda b: (versions.parse(b.version), versions.parse(b.cuda)),
                reverse=True,
            )
        ),
        sizes={(row.route, row.cuda): row for row in conda.downloads},
        minimums={(row.cuda, row.system): row for row in drivers.minimums},
        toolkits=tuple(
            sorted(drivers.toolkits, key=lambda row: versions.parse(row.cuda), reverse=True)
        ),
        generations=drivers.generations,
        pages={(row.system, row.branch): row.url for row in drivers.downloads},
        old_systems=drivers.old_systems,
        libcs=drivers.libcs,
        routes={row.id: row for row in routes.routes},
        families=routes.families,
        figures=read(folder / "figures.json", FiguresFile).figures,
        new_python=conda.new_python,
        tegra=versions.kernels(conda.tegra),
    )


def last_branch(cards: tuple[Capability, ...]) -> int | None:
    """The last driver branch that knows all these cards; None: the newest does."""
    facts = load()
    ends = [g.last_branch for card in cards if (g := facts.generation(card)) is not None]
    return min((end for end in ends if end is not None), default=None)


def beyond(branch: int | None, driver: Version) -> bool:
    """Whether a driver is of a newer branch: one runs on to the next ten."""
    return branch is not None and driver >= (branch - branch % 10 + 10,)


def usual_gflops(name: str) -> float | None:
    """GFLOP/s of the best float32 matrix product in this program's own benchmark.

    None for a card that nobody measured.
    """
    wanted = canonical(name)
    rows = (row for row in load().figures if row.certain and canonical(row.name) == wanted)
    return next((float(row.float32_gflops) for row in rows), None)


@lru_cache(maxsize=1)
def load() -> Catalog:
    """The program's own catalog, read once.

    Raises:
        CatalogError: a file is damaged; the message names file and path.
    """
    return read_catalog(catalog_folder())
