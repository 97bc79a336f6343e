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

from wizard.advice import builds, catalog, versions
from wizard.advice.catalog import read_catalog
from wizard.catalog import cards
from wizard.catalog.reading import CatalogError
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
        for row in rows if isinstance(rows[0], dict) else ():
            assert row["source"] in data["sources"], (table, row)
            assert row.get("certainty", "C") in ("C", "S", "W", "I"), (table, row)
            used.add(row["source"])
    for key, source in data["sources"].items():
        assert source["url"].startswith("https://") and len(source["date"]) == 10
        assert key in used, f"{key} is the source of no row"


def test_wheels_are_as_the_facts_say() -> None:
    """Every wheel of the catalog against the judge's own reading of the same facts."""
    seen = set()
    facts = catalog.load()
    for build in facts.pip:
        number = facts.releases[build.release].number
        system, _dash, arch = build.platform.partition("-")
        if build.cuda is None or build.variant in ("cu117", "cu129"):
            continue  # the judge does not read these
        if number[:2] == (2, 0) or (arch == "aarch64" and not build.certain):
            continue
        if arch == "aarch64" and number < (2, 9):
            continue
        text = judge.wheel_kernels(build.release, build.variant, system, arch)
        assert text is not None, build
        assert text == build.kernels, build
        seen.add((build.release, build.variant, build.platform))
    assert len(seen) > 100


def test_pythons_and_torchvision_are_as_the_facts_say() -> None:
    releases = catalog.load().releases
    for version, first, last in judge._WHEELS:  # pyright: ignore[reportPrivateUsage]
        span = versions.python_range(releases[version].python)
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
    assert build is not None and build.release == newest


def test_an_intel_mac_ends_at_2_2_2() -> None:
    build = builds.pip_cpu("macos-x86_64", (3, 12))
    assert build is not None and build.release == "2.2.2"


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
    assert versions.parse(catalog.load().minimum_driver(cuda, system).minimum) == minimum


@pytest.mark.parametrize(
    ("driver", "system", "cuda"),
    [
        ("550.54.15", "linux", "12.4"),
        ("551.78", "windows", "12.4"),
        ("470.82.01", "linux", "11.0"),
        ("581.42", "windows", "13.0"),
        ("596.36", "windows", "13.0"),
        ("595.71.05", "linux", "13.2"),
        ("384.10", "linux", None),
    ],
)
def test_the_cuda_that_a_driver_allows(driver: str, system: Any, cuda: str | None) -> None:
    assert catalog.load().cuda_of_driver(driver, system) == cuda


def test_the_last_driver_branches() -> None:
    assert catalog.last_branch(((6, 1),)) == catalog.last_branch(((7, 0), (12, 0))) == 580
    assert catalog.last_branch(((3, 5),)) == 470
    assert catalog.last_branch(((2, 1),)) == 390
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
        (
            "pytorch.json",
            lambda d: d["releases"][1].pop("torchvision"),
            "missing required field `torchvision`",
        ),
        ("pytorch.json", lambda d: d["builds"][0].update(platform="beos"), "builds[0].platform"),
        (
            "pytorch.json",
            lambda d: d["builds"][0].update(source="?"),
            "none of the sources - at `$.builds[0].source`",
        ),
        ("pytorch.json", lambda d: d.update(builds=[]), "length >= 1 - at `$.builds`"),
        ("pytorch.json", lambda d: d.update(collected="soon"), "$.collected"),
        ("conda.json", lambda d: d["conda_forge"][0].update(cuda=True), "conda_forge[0].cuda"),
        (
            "conda.json",
            lambda d: d["pytorch_channel"][0].update(platforms=["x"]),
            "pytorch_channel[0].platforms[0]",
        ),
        ("drivers.json", lambda d: d["minimums"][0].update(minimum="N/A"), "minimums[0].minimum"),
        ("drivers.json", lambda d: d["downloads"][0].update(url="http://x"), "downloads[0].url"),
        ("drivers.json", lambda d: d["generations"].insert(0, 7), "generations[0]"),
        ("routes.json", lambda d: d.update(schema=2), "$.schema"),
        ("routes.json", lambda d: d["sources"]["start"].pop("url"), "`url` - at `$.sources[...]`"),
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
    with pytest.raises(CatalogError, match=r"conda\.json.*No such file"):
        read_catalog(copy)


def test_two_names_for_one_card_are_refused(copy: Path) -> None:
    cards.load_from(copy)
    _change(copy, "gpus.json", lambda d: d["gpus"].append({**d["gpus"][0], "name": "rtx 5090"}))
    with pytest.raises(CatalogError, match="rtx 5090 and GeForce RTX 5090"):
        cards.load_from(copy)


def test_a_device_id_stands_for_one_card(copy: Path) -> None:
    ids = [device_id for device in cards.load().devices for device_id in device.names]
    assert len(ids) == len(set(ids)) > 1000

    def repeat(data: dict[str, Any]) -> None:
        data["devices"][0]["names"][next(iter(data["devices"][1]["names"]))] = "another"

    _change(copy, "gpus.json", repeat)
    with pytest.raises(CatalogError, match="devices"):
        cards.load_from(copy)


def test_a_pattern_that_is_none_is_refused_with_its_path(copy: Path) -> None:
    _change(copy, "gpus.json", lambda d: d["series"][2].update(pattern="(rtx"))
    with pytest.raises(CatalogError, match=r"regular expression.*series\[2\]"):
        cards.load_from(copy)
    _change(copy, "routes.json", lambda d: d["families"][1].update(pattern="*"))
    with pytest.raises(CatalogError, match=r"regular expression.*families\[1\]"):
        read_catalog(copy)
