"""`dev.py catalog refresh`: what the published sources say, against what the catalog says.

Rows that a source states wholly are changed. What it states in part, such as a new CUDA build
whose kernels only the wheel tells, is a question for a person: nothing is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import facts_sources as sources
from facts_sources import Read, SourceError, parsed
from facts_text import CatalogText

_FIRST_TORCH = (2, 0, 0)
#: The last with a torchaudio of its own.
_LAST_TORCHAUDIO = (2, 11)


@dataclass
class Difference:
    """What was found; a line each, in Markdown."""

    changes: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    files: dict[str, CatalogText] = field(default_factory=dict)
    """Those that changed or whose source was read, by name."""

    def markdown(self) -> str:
        """The whole of it, for a person who decides."""
        parts = [
            ("Changes", self.changes, "The catalog says what the sources say."),
            ("Questions: stated in part, so nothing was changed", self.questions, ""),
            ("Sources that were not read", self.refused, ""),
        ]
        lines: list[str] = []
        for title, found, none in parts:
            if found or none:
                lines += [f"## {title}", "", *([f"- {line}" for line in found] or [none]), ""]
        return "\n".join(lines)


def refresh(catalog: Path, read: Read, today: str) -> Difference:
    """Compare every source; one that cannot be read is named and the others go on."""
    found = Difference()
    whole = {"pytorch.json": True, "conda.json": True}
    for name, compare in (
        ("pytorch.json", _compare_pypi),
        ("pytorch.json", _compare_index),
        ("conda.json", _compare_conda_forge),
        ("drivers.json", _compare_toolkits),
    ):
        questions = len(found.questions)
        try:
            compare(catalog, read, today, found)
        except SourceError as error:
            found.refused.append(str(error))
            whole[name] = False
        if len(found.questions) > questions:
            whole[name] = False
    # The day of a file is that on which all of it was looked at. Other files have rows from pages
    # that no program reads: whoever looked at those says so, with --looked-at.
    for name, was_whole in whole.items():
        if was_whole and name != "drivers.json":
            found.files[name].set_collected(today)
    return found


def _open(found: Difference, catalog: Path, name: str) -> CatalogText:
    if name not in found.files:
        found.files[name] = CatalogText(catalog / name)
    return found.files[name]


# torch and torchvision ---------------------------------------------------------------------------


def _compare_pypi(catalog: Path, read: Read, today: str, found: Difference) -> None:
    wheels = sources.wheels_on_pypi(read)
    vision, clauses = sources.newest_torchvision(read)
    newest, default = sources.newest_torch(read)
    address = sources.PYPI_FILES.format(name="torch")
    file = _open(found, catalog, "pytorch.json")
    rows = {row["version"]: row for row in file.rows("releases")}
    for version in sorted({wheel.version for wheel in wheels}, key=parsed):
        if parsed(version) < _FIRST_TORCH:
            continue
        stated = _release(version, [wheel for wheel in wheels if wheel.version == version])
        if stated is None:
            found.questions.append(f"torch {version}: no Python has it on every system ({address})")
        elif version in rows:
            _correct(file, rows[version], stated, address, found)
        elif version != newest:
            found.questions.append(
                f"torch {version} is missing, and which torchvision belongs to it is not stated "
                f"any more ({address})"
            )
        else:
            _add_release(file, {**stated, "default": default}, vision, clauses, found)
    for version in sorted(rows.keys() - {wheel.version for wheel in wheels}, key=parsed):
        found.questions.append(f"torch {version} is not offered any more ({address})")
    file.set_source(
        "pypi",
        "PyPI: files, metadata and torch/version.py of the wheels",
        "https://pypi.org/project/torch/",
        today,
    )


def _release(version: str, wheels: list[sources.Wheel]) -> dict[str, Any] | None:
    """Its day, the Pythons that have it on every system, and the smallest C library."""
    by_system: dict[str, set[sources.Version]] = {}
    for wheel in wheels:
        by_system.setdefault(wheel.platform, set()).add(wheel.python)
    # Intel Macs and Windows on Arm are left out where they have fewer: they have rows of their own.
    main = [by_system[name] for name in ("linux-x86_64", "windows-x86_64") if name in by_system]
    if len(main) < 2:
        return None
    first, last = max(min(pythons) for pythons in main), min(max(pythons) for pythons in main)
    if first > last:
        return None
    libraries = {wheel.glibc for wheel in wheels if wheel.platform == "linux-x86_64"}
    stated = {
        "version": version,
        "date": min(wheel.date for wheel in wheels),
        "python": f"{first[0]}.{first[1]}-{last[0]}.{last[1]}",
    }
    # Older tags, such as manylinux1, promise less than what the wheels really need.
    if len(libraries) == 1 and None not in libraries:
        stated["glibc"] = str(libraries.pop())
    return stated


def _correct(
    file: CatalogText, row: dict[str, Any], stated: dict[str, Any], address: str, found: Difference
) -> None:
    for name in stated:
        if row[name] != stated[name]:
            found.changes.append(
                f"torch {row['version']}: {name} {row[name]} → {stated[name]} ({address})"
            )
    if any(row[name] != value for name, value in stated.items()):
        file.put("releases", {**row, **stated}, _has("version", row["version"]))


def _add_release(
    file: CatalogText,
    stated: dict[str, Any],
    vision: str,
    clauses: tuple[str, ...],
    found: Difference,
) -> None:
    version, address = stated["version"], sources.PYPI_PROJECT.format(name="torchvision")
    try:
        fits = sources.admits(clauses, version)
    except ValueError as error:
        raise SourceError(f"{address}: what torchvision asks for is {error}") from error
    if not fits:
        found.questions.append(
            f"torch {version} is new; the newest torchvision, {vision}, asks for "
            f"torch {', '.join(clauses)} ({address})"
        )
        return
    if parsed(version)[:2] <= _LAST_TORCHAUDIO:
        found.questions.append(f"torch {version} is new; its torchaudio is not stated ({address})")
        return
    if "glibc" not in stated:
        found.questions.append(f"torch {version} is new; its wheels do not name a C library")
        return
    row = {
        **{name: stated[name] for name in ("version", "date", "python")},
        "torchvision": vision,
        "torchaudio": None,
        "certainty": "C",
        "source": "pypi",
        **{name: stated[name] for name in ("glibc", "default")},
    }
    file.put("releases", row, _has("version", version))
    found.changes.append(
        f"torch {version} of {stated['date']} is new: Python {stated['python']}, "
        f"torchvision {vision}, glibc {stated['glibc']}, {stated['default']} on Linux "
        f"({sources.PYPI_FILES.format(name='torch')}, {address})"
    )


# Builds ------------------------------------------------------------------------------------------


def _compare_index(catalog: Path, read: Read, today: str, found: Difference) -> None:
    wheels = sources.wheels_of_index(read)
    file = _open(found, catalog, "pytorch.json")
    releases = {row["version"] for row in file.rows("releases")}
    known = {(row["release"], row["platform"], row["variant"]) for row in file.rows("builds")}
    offered = {(wheel.version, wheel.platform, wheel.variant) for wheel in wheels}
    wanted = {row["variant"] for row in file.rows("builds")}
    for version, platform, variant in sorted(offered - known, reverse=True):
        if version not in releases or platform == "windows-arm64":
            continue
        what = f"torch {version}+{variant} for {platform}"
        if variant == "cpu":
            row = {
                "release": version,
                "platform": platform,
                "variant": "cpu",
                "kernels": "",
                "certainty": "C",
                "source": "pytorch-index",
            }
            file.put("builds", row, lambda _row: False)
            found.changes.append(f"{what} is new ({sources.PYTORCH_INDEX})")
        elif variant in wanted or variant.startswith("cu"):
            found.questions.append(
                f"{what} is offered and missing here; its kernels have to be read from the wheel "
                f"({sources.PYTORCH_INDEX})"
            )
    shown = {version for version, _platform, _variant in offered}
    for version, platform, variant in sorted(known - offered, reverse=True):
        if version in shown:
            found.questions.append(
                f"torch {version}+{variant} for {platform} is not offered ({sources.PYTORCH_INDEX})"
            )
    file.set_source("pytorch-index", "PyTorch: index of its wheels", sources.PYTORCH_INDEX, today)


def _compare_conda_forge(catalog: Path, read: Read, today: str, found: Difference) -> None:
    builds = sources.conda_forge_builds(read)
    file = _open(found, catalog, "conda.json")
    rows = file.rows("conda_forge")
    address = sources.CONDA_FORGE.format(folder="…")
    for platform in sources.CONDA_FOLDERS.values():
        here = [row for row in rows if row["platform"] == platform]
        there = [build for build in builds if build.platform == platform]
        for cuda in {build.cuda for build in there} - {row["cuda"] for row in here}:
            found.questions.append(
                f"conda-forge has a build with {_named(cuda)} for {platform}; its kernels have to "
                f"be read from the recipe ({address})"
            )
        for cuda in {row["cuda"] for row in here} - {build.cuda for build in there}:
            found.questions.append(
                f"conda-forge's newest pytorch has no build with {_named(cuda)} for {platform} "
                f"({address})"
            )
        for row in here:
            same = [build for build in there if build.cuda == row["cuda"]]
            newer = {build.version for build in same} - {row["release"]}
            if newer:
                found.questions.append(
                    f"conda-forge has pytorch {', '.join(newer)} with {_named(row['cuda'])} for "
                    f"{platform}, here it is {row['release']}; its kernels have to be read "
                    f"from the recipe ({address})"
                )
            elif same and row.get("arm_variant") is None:
                pythons = [build.python for build in same]
                _correct_pythons(file, row, min(pythons), max(pythons), address, found)
    file.set_source(
        "conda-forge-index",
        "conda-forge: packages that it offers",
        "https://conda.anaconda.org/conda-forge/linux-64/current_repodata.json",
        today,
    )


def _correct_pythons(
    file: CatalogText,
    row: dict[str, Any],
    first: sources.Version,
    last: sources.Version,
    address: str,
    found: Difference,
) -> None:
    stated = f"{first[0]}.{first[1]}-{last[0]}.{last[1]}"
    if row["python"] == stated:
        return
    file.put("conda_forge", {**row, "python": stated}, lambda other: other == row)
    found.changes.append(
        f"conda-forge, {_named(row['cuda'])} for {row['platform']}: python {row['python']} → "
        f"{stated} ({address})"
    )


def _named(cuda: int | None) -> str:
    return "the CPU alone" if cuda is None else f"CUDA {cuda}"


# Drivers -----------------------------------------------------------------------------------------


def _compare_toolkits(catalog: Path, read: Read, today: str, found: Difference) -> None:
    stated = sources.toolkit_drivers(read)
    file = _open(found, catalog, "drivers.json")
    rows = {row["cuda"]: row for row in file.rows("toolkits")}
    newest_here = max(map(parsed, rows))
    for cuda in sorted(stated, key=parsed):
        drivers = stated[cuda]
        if cuda not in rows and parsed(cuda) > newest_here:
            row = {"cuda": cuda, **drivers, "certainty": "C", "source": "toolkit"}
            file.put("toolkits", row, _has("cuda", cuda))
            found.changes.append(f"CUDA {cuda} is new: {_spelled(drivers)} ({sources.CUDA_NOTES})")
            if str(parsed(cuda)[0]) not in {str(row["cuda"]) for row in file.rows("minimums")}:
                found.questions.append(
                    f"CUDA {parsed(cuda)[0]} is a new major version: the smallest driver that "
                    "runs its builds is not in this table "
                    "(https://docs.nvidia.com/deploy/cuda-compatibility/)"
                )
        elif cuda in rows:
            _correct_drivers(file, rows[cuda], drivers, found)
    title = "NVIDIA: CUDA toolkit release notes, driver versions"
    file.set_source("toolkit", title, sources.CUDA_NOTES, today)


def _correct_drivers(
    file: CatalogText, row: dict[str, Any], drivers: dict[str, str | None], found: Difference
) -> None:
    """A driver that the table does not name is no reason to forget one that another source has."""
    said = {system: driver for system, driver in drivers.items() if driver is not None}
    changed = {system: driver for system, driver in said.items() if row[system] != driver}
    if not changed or row["source"] != "toolkit":
        return
    file.put("toolkits", {**row, **changed}, _has("cuda", row["cuda"]))
    before = {system: row[system] for system in changed}
    found.changes.append(
        f"CUDA {row['cuda']}: {_spelled(before)} → {_spelled(changed)} ({sources.CUDA_NOTES})"
    )


def _spelled(drivers: Mapping[str, str | None]) -> str:
    return ", ".join(f"{system} {driver or 'none'}" for system, driver in drivers.items())


def _has(name: str, value: str) -> Callable[[Any], bool]:
    return lambda row: row[name] == value
