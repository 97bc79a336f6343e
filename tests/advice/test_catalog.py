"""The catalog's data: in its form, with sources, and as the facts page says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import judge
import pytest

from wizard.advice import accelerators, builds, catalog, gpu_names
from wizard.advice.catalog_files import read_catalog
from wizard.advice.catalog_rows import CatalogError
from wizard.paths import resource_folder

FILES = ("pytorch.json", "conda.json", "drivers.json", "routes.json", "gpus.json")


def document(name: str) -> dict[str, Any]:
    return json.loads((resource_folder("catalog") / name).read_bytes())


@pytest.mark.parametrize("name", FILES)
def test_every_row_has_a_source_with_a_date_and_a_certainty(name: str) -> None:
    data = document(name)
    used: set[str] = set()
    for table, rows in data.items():
        if not isinstance(rows, list):
            continue
        for row in rows:
            assert row["source"] in data["sources"], (table, row)
            assert row.get("certainty", "C") in ("C", "S", "W", "I"), (table, row)
            used.add(row["source"])
    for key, source in data["sources"].items():
        assert source["url"].startswith("https://") and len(source["date"]) == 10
        assert key in used, f"{key} is the source of no row"


def test_wheels_are_as_the_facts_say() -> None:
    """Every wheel of the catalog against the judge's own reading of the same facts."""
    seen = set()
    for build in catalog.load().pip:
        system, _dash, arch = build.platform.partition("-")
        if build.cuda is None or build.variant in ("cu117", "cu129"):
            continue  # the judge does not read these
        if build.release.number[:2] == (2, 0) or (arch == "aarch64" and not build.certain):
            continue
        if arch == "aarch64" and build.release.number < (2, 9):
            continue
        text = judge.wheel_kernels(build.release.version, build.variant, system, arch)
        assert text is not None, build
        assert [judge.number(k) for k in text.split()] == list(build.kernels), build
        seen.add((build.release.version, build.variant, build.platform))
    assert len(seen) > 100


def test_pythons_and_torchvision_are_as_the_facts_say() -> None:
    releases = {build.release.version: build.release for build in catalog.load().pip}
    for version, first, last in judge._WHEELS:  # pyright: ignore[reportPrivateUsage]
        span = releases[version].python
        assert (span.first, span.last) == (judge.number(first), judge.number(last))
    for version, torchvision in judge._VISION.items():  # pyright: ignore[reportPrivateUsage]
        assert releases[version].torchvision == torchvision
    assert releases["2.11.0"].torchaudio == "2.11.0"
    assert releases["2.12.0"].torchaudio is None


@pytest.mark.parametrize(
    ("python", "newest"),
    [
        ("3.8", "2.4.1"),
        ("3.9", "2.8.0"),
        ("3.10", "2.14.1"),
        ("3.11", "2.15.0"),
        ("3.15", "2.15.0"),
    ],
)
def test_the_newest_release_for_a_python(python: str, newest: str) -> None:
    build = builds.pip_cpu("linux-x86_64", judge.number(python))
    assert build is not None and build.release.version == newest


def test_an_intel_mac_ends_at_2_2_2() -> None:
    build = builds.pip_cpu("macos-x86_64", (3, 12))
    assert build is not None and build.release.version == "2.2.2"


@pytest.mark.parametrize(
    ("cuda", "system", "minimum"),
    [
        (13, "linux", (580,)),
        (13, "windows", (580,)),
        (12, "linux", (525, 60, 13)),
        (12, "windows", (528, 33)),
        (11, "linux", (450, 80, 2)),
        (11, "windows", (452, 39)),
    ],
)
def test_minimum_drivers(cuda: int, system: Any, minimum: tuple[int, ...]) -> None:
    assert catalog.load().minimum_driver(cuda, system).minimum == minimum


@pytest.mark.parametrize(
    ("driver", "system", "cuda"),
    [
        ("550.54.15", "linux", "12.4"),
        ("551.78", "windows", "12.4"),
        ("470.82.01", "linux", "11.0"),
        ("581.42", "windows", "13.0"),
        ("596.36", "windows", "13.0"),
        ("595.71.05", "linux", "13.2"),
        ("390.10", "linux", None),
    ],
)
def test_the_cuda_that_a_driver_allows(driver: str, system: Any, cuda: str | None) -> None:
    assert catalog.load().cuda_of_driver(driver, system) == cuda


def test_the_last_driver_branches() -> None:
    assert catalog.last_branch(((6, 1),)) == catalog.last_branch(((7, 0), (12, 0))) == 580
    assert catalog.last_branch(((3, 5),)) == 470
    assert catalog.last_branch(((7, 5), (9, 0))) is None
    facts = catalog.load()
    assert facts.driver_download("linux", 470) != facts.driver_download("linux")
    assert facts.driver_download("windows").startswith("https://www.nvidia.com/")


def test_its_age() -> None:
    facts = catalog.load()
    assert not facts.is_old(facts.collected + timedelta(days=180))
    assert facts.is_old(facts.collected + timedelta(days=181))


# Damaged files


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog"
    shutil.copytree(resource_folder("catalog"), folder)
    return folder


def _change(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads((folder / name).read_bytes())
    change(data)
    (folder / name).write_text(json.dumps(data), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("pytorch.json", lambda d: d["builds"][3].update(kernels="7.5 x"), "builds[3].kernels"),
        ("pytorch.json", lambda d: d["builds"][0].update(release="9.9"), "builds[0].release"),
        ("pytorch.json", lambda d: d["releases"][1].update(python="3.10"), "releases[1].python"),
        ("pytorch.json", lambda d: d["releases"][1].pop("torchvision"), "got missing"),
        ("pytorch.json", lambda d: d["builds"][0].update(platform="beos"), "one of linux-x86_64"),
        ("pytorch.json", lambda d: d["builds"][0].update(source="?"), "one of the file's sources"),
        ("pytorch.json", lambda d: d.update(builds=[]), "a list with rows"),
        ("pytorch.json", lambda d: d.update(collected="soon"), "a date"),
        ("conda.json", lambda d: d["conda_forge"][0].update(cuda=True), "a whole number"),
        ("conda.json", lambda d: d["pytorch_channel"][0].update(platforms=["x"]), "a list of"),
        ("drivers.json", lambda d: d["minimums"][0].update(minimum="N/A"), "a version"),
        ("drivers.json", lambda d: d["downloads"][0].update(url="http://x"), "https"),
        ("drivers.json", lambda d: d["generations"].insert(0, 7), "expected an object"),
        ("routes.json", lambda d: d.update(schema=2), "schema: expected 1"),
        ("routes.json", lambda d: d["sources"]["start"].pop("url"), "sources.start.url"),
    ],
)
def test_a_damaged_file_is_named_with_row_and_field(
    copy: Path, name: str, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    read_catalog(copy)
    _change(copy, name, change)
    with pytest.raises(CatalogError) as error:
        read_catalog(copy)
    assert name in str(error.value) and message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_json_or_not_there(copy: Path) -> None:
    (copy / "conda.json").write_bytes(b"\xff{")
    with pytest.raises(CatalogError, match=r"conda\.json"):
        read_catalog(copy)
    (copy / "conda.json").unlink()
    with pytest.raises(CatalogError, match="cannot be read"):
        read_catalog(copy)


def test_two_names_for_one_card_are_refused(copy: Path) -> None:
    gpu_names.load_from(copy)
    _change(copy, "gpus.json", lambda d: d["gpus"].append({**d["gpus"][0], "name": "rtx 5090"}))
    with pytest.raises(CatalogError, match="RTX 5090"):
        gpu_names.load_from(copy)


def test_a_new_release_is_an_edit_of_data(
    copy: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """PyTorch 2.16 with CUDA 14: a row each for release, wheel, driver and conda build."""

    def clear() -> None:
        catalog.load.cache_clear()
        for cached in (builds.needed_driver, builds.conda_options, builds.pip_options):
            cached.cache_clear()
        builds._builds.cache_clear()  # pyright: ignore[reportPrivateUsage]

    def edit(data: dict[str, Any]) -> None:
        release = {**data["releases"][0], "version": "2.16.0", "torchvision": "0.30.0"}
        wheel = {**data["builds"][0], "release": "2.16.0", "certainty": "C", "variant": "cu130"}
        data["releases"].append(release)
        data["builds"].append({**wheel, "platform": "linux-x86_64"})

    _change(copy, "pytorch.json", edit)
    facts = read_catalog(copy)
    request.addfinalizer(clear)
    clear()
    monkeypatch.setattr(catalog, "load", _same(facts))
    hardware = builds.Hardware("linux-x86_64", "linux", ((8, 9),))
    assert builds.pip_options(hardware, (3, 12))[0].newest == "2.16.0"
    monkeypatch.undo()


def _same(facts: catalog.Catalog) -> Callable[[], catalog.Catalog]:
    def load() -> catalog.Catalog:
        return facts

    load.cache_clear = lambda: None  # type: ignore[attr-defined]
    return load


def test_families_of_other_makers_are_read() -> None:
    assert {f.vendor for f in accelerators._families()} == {"amd", "intel"}  # pyright: ignore[reportPrivateUsage]
