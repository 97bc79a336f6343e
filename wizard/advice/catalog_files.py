"""Reads the catalog's files, row by row, and refuses what is not in their form."""

from __future__ import annotations

from pathlib import Path

from wizard.advice import versions
from wizard.advice.catalog import (
    Catalog,
    ChannelBuild,
    CondaForgeBuild,
    Generation,
    MinimumDriver,
    OtherRoute,
    PipBuild,
    Release,
)
from wizard.advice.catalog_rows import PLATFORMS, Document, Row, read_document
from wizard.advice.versions import Version

_SYSTEMS = ("linux", "windows")


def read_catalog(folder: Path) -> Catalog:
    """The catalog in ``folder``, without the table of GPU names.

    Raises:
        CatalogError: a file is damaged; the message names file, row and field.
    """
    pytorch = read_document(folder / "pytorch.json")
    conda = read_document(folder / "conda.json")
    drivers = read_document(folder / "drivers.json")
    routes = read_document(folder / "routes.json")
    return Catalog(
        collected=min(d.collected for d in (pytorch, conda, drivers, routes)),
        pip=_pip_builds(pytorch),
        conda_forge=tuple(
            _conda_forge_build(row) for row in conda.rows("conda_forge") if row.certain()
        ),
        channel=_channel_builds(conda),
        minimums={_minimum_key(row): _minimum(row) for row in drivers.rows("minimums")},
        toolkits=_toolkits(drivers),
        generations=tuple(_generation(row) for row in drivers.rows("generations")),
        downloads={
            (row.text("system"), row.optional_count("branch")): row.link("url")
            for row in drivers.rows("downloads")
        },
        routes={row.text("id"): _route(row) for row in routes.rows("routes")},
    )


def _pip_builds(document: Document) -> tuple[PipBuild, ...]:
    releases = {row.version("version"): _release(row) for row in document.rows("releases")}
    builds = [_pip_build(row, releases) for row in document.rows("builds")]
    return tuple(sorted(builds, key=lambda build: build.release.number, reverse=True))


def _release(row: Row) -> Release:
    row.source()
    version = row.version("version")
    return Release(
        version,
        versions.parse(version),
        row.version("torchvision"),
        row.optional_version("torchaudio"),
        row.pythons("python"),
    )


def _pip_build(row: Row, releases: dict[str, Release]) -> PipBuild:
    release = releases.get(row.version("release"))
    if release is None:
        raise row.wrong("release", "a version of the table releases")
    variant = row.text("variant")
    is_cuda = variant[:2] == "cu" and variant[2:].isdigit()
    return PipBuild(
        release,
        row.choice("platform", PLATFORMS),
        variant,
        int(variant[2:4]) if is_cuda else None,
        row.kernels("kernels"),
        row.pythons("python") if row.has("python") else release.python,
        row.certain(),
        row.source(),
    )


def _conda_forge_build(row: Row) -> CondaForgeBuild:
    return CondaForgeBuild(
        row.choice("platform", PLATFORMS),
        row.optional_count("cuda"),
        row.kernels("kernels"),
        row.pythons("python"),
        row.optional_text("arm_variant"),
        row.source(),
    )


def _channel_builds(document: Document) -> tuple[ChannelBuild, ...]:
    builds = [
        ChannelBuild(
            row.version("version"),
            row.version("torchvision"),
            row.version("torchaudio"),
            row.version("cuda"),
            row.kernels("kernels"),
            row.pythons("python"),
            row.choices("platforms", PLATFORMS),
            row.source(),
        )
        for row in document.rows("pytorch_channel")
    ]
    builds.sort(key=lambda b: (versions.parse(b.version), versions.parse(b.cuda)), reverse=True)
    return tuple(builds)


def _minimum_key(row: Row) -> tuple[int, str]:
    return row.count("cuda"), row.choice("system", _SYSTEMS)


def _minimum(row: Row) -> MinimumDriver:
    minimum = versions.parse(row.version("minimum"))
    return MinimumDriver(minimum, row.version("first"), row.source())


def _toolkits(document: Document) -> tuple[tuple[str, dict[str, Version]], ...]:
    found: list[tuple[str, dict[str, Version]]] = []
    for row in document.rows("toolkits"):
        row.source()
        drivers = {system: row.optional_version(system) for system in _SYSTEMS}
        parsed = {system: versions.parse(text) for system, text in drivers.items() if text}
        found.append((row.version("cuda"), parsed))
    found.sort(key=lambda item: versions.parse(item[0]), reverse=True)
    return tuple(found)


def _generation(row: Row) -> Generation:
    first = {system: row.optional_version(f"first_{system}") for system in _SYSTEMS}
    return Generation(
        row.text("name"),
        row.capability("from"),
        row.capability("to"),
        row.optional_count("last_branch"),
        {system: text for system, text in first.items() if text},
        row.source(),
    )


def _route(row: Row) -> OtherRoute:
    return OtherRoute(
        row.text("id"),
        row.optional_text("index"),
        row.link("page"),
        row.pythons("python"),
        row.source(),
    )
