"""`dev.py catalog names`: NVIDIA's cards from two published lists, and how many are known."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from wizard.catalog import cards
from wizard.paths import resource_folder

DEVELOP = Path(__file__).resolve().parents[2] / "packaging" / "develop"
sys.path.insert(0, str(DEVELOP))

command = importlib.import_module("facts_command")
lists = importlib.import_module("facts_cards")
sources = importlib.import_module("facts_sources")

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings" / "catalog"
PCI_IDS, README = RECORDINGS / "pci.ids", RECORDINGS / "open-kernel-modules.md"
OWN = ("--pci-ids", PCI_IDS, "--open-modules", README, "--open-modules-day", "2026-03-05")

#: Chips from Kepler on; what is no card is told by its words.
_KEPLER_AND_NEWER = re.compile(r"\t([0-9a-f]{4})  (?:G[KMPVAHBR]\d|TU\d|AD\d)\w*(?:.*\[(.+)\])?.*")
_NO_CARD = re.compile(r"Audio|USB|[Bb]ridge|Switch|Reserved|Controller|host")


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog"
    shutil.copytree(resource_folder("catalog"), folder)
    return folder


def run(catalog: Path, *arguments: str | Path) -> int:
    return command.main(["--catalog", str(catalog), "names", *map(str, arguments)])


def listed() -> list[tuple[str, str | None]]:
    """Device id and name of every card of the database from Kepler on, read without the tool."""
    lines = PCI_IDS.read_text("utf-8").splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("10de "))
    found = [
        match
        for line in lines[start:]
        if (match := _KEPLER_AND_NEWER.fullmatch(line)) and not _NO_CARD.search(line)
    ]
    assert len(found) > 750
    return [(match[1], match[2]) for match in found]


def share(known: list[bool]) -> float:
    return sum(known) / len(known)


def test_nvidias_own_names_are_known() -> None:
    """Every row of its list: names that a maker of computers has of its own count, too."""
    rows = lists.all_of_nvidias_names(README.read_text("utf-8"))
    assert len(rows) > 800
    assert share([bool(cards.capabilities_of_name(name)) for name, _id in rows]) >= 0.99
    assert (
        share([cards.capability_of_id(f"10de:{device}") is not None for _, device in rows]) >= 0.99
    )


def test_the_names_of_the_pci_database_are_known() -> None:
    names = [name for _id, name in listed() if name is not None]
    assert share([bool(cards.capabilities_of_name(name)) for name in names]) >= 0.99


def test_a_pci_id_alone_is_enough() -> None:
    known = [cards.capability_of_id(f"10de:{device}") is not None for device, _name in listed()]
    assert share(known) >= 0.95


def test_a_name_of_nvidias_means_the_chip_behind_its_id() -> None:
    for name, device in lists.all_of_nvidias_names(README.read_text("utf-8")):
        meant = cards.capabilities_of_name(name)
        assert not meant or cards.capability_of_id(f"10de:{device}") in meant, (name, device)


def test_the_table_is_what_the_tool_makes_of_the_lists(catalog: Path) -> None:
    """`gpus.json` is never edited by hand: the same lists give the same bytes."""
    before = (catalog / "gpus.json").read_bytes()
    run(catalog, *OWN)
    assert (catalog / "gpus.json").read_bytes() == before


def test_what_the_lists_leave_open_is_said(
    catalog: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(catalog, *OWN) == 1
    told = capsys.readouterr().out
    assert "GR102: no capability is known for this chip" in told
    assert "AD102" not in told


def test_nvidias_word_counts_and_each_row_names_its_source(catalog: Path) -> None:
    run(catalog, *OWN)
    rows = json.loads((catalog / "gpus.json").read_bytes())["devices"]
    by_id = {device: (row, name) for row in rows for device, name in row["names"].items()}
    row, name = by_id["24b6"]  # the database: RTX A5000 Mobile
    assert (name, row["source"], row["chip"]) == ("RTX A5000 Laptop GPU", "nvidia-open", "GA104")
    row, name = by_id["13c2"]  # older than NVIDIA's list
    assert (name, row["source"]) == ("GeForce GTX 970", "pci-ids")
    row, name = by_id["1b04"]  # nobody has named it
    assert (name, row["source"]) == ("GP102", "pci-ids")
    assert "0bed" not in by_id, "the sound of a card is none"


@pytest.mark.parametrize(
    ("listed_name", "spelled"),
    [
        ("GeForce RTX 3060 Mobile / Max-Q", "GeForce RTX 3060 Laptop GPU"),
        ("GeForce RTX 5070 Ti Mobile", "GeForce RTX 5070 Ti Laptop GPU"),
        ("GeForce GTX 1060 Mobile", "GeForce GTX 1060"),
        ("GeForce RTX 2080 Ti Rev. A", "GeForce RTX 2080 Ti"),
        ("GeForce RTX 3060 Lite Hash Rate", "GeForce RTX 3060"),
        ("Geforce GTX 650", "GeForce GTX 650"),
        ("A100 PCIe 40GB", "A100 PCIe 40GB"),
    ],
)
def test_names_are_spelled_as_the_driver_does(listed_name: str, spelled: str) -> None:
    assert lists.as_the_driver(listed_name) == spelled


@pytest.mark.parametrize("text", ["", "<html>Sign in</html>", "10de  NVIDIA Corporation\n"])
def test_another_file_is_refused_and_nothing_is_written(
    catalog: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (catalog / "gpus.json").read_bytes()
    other = tmp_path / "other"
    other.write_text(text)
    assert run(catalog, "--pci-ids", other, "--open-modules", README) == 3
    assert lists.PCI_IDS in capsys.readouterr().err
    assert run(catalog, "--pci-ids", PCI_IDS, "--open-modules", other) == 3
    assert lists.OPEN_MODULES in capsys.readouterr().err
    assert (catalog / "gpus.json").read_bytes() == before


def test_chips_and_names_are_as_the_driver_spells_them() -> None:
    block = """\
#	Date:    2026-08-22 03:15:01
10de  NVIDIA Corporation
\t0fc5  GK107 [GeForce GT 1030]
\t1287  GK208B [GeForce GT 730]
\t\t1043 85e7  another maker's card
\t139b  GM107M [GeForce GTX 960M]
\t1b04  GP102
\t1c20  GP106M [GeForce GTX 1060 Mobile]
\t2504  GA106 [GeForce RTX 3060 Lite Hash Rate]
\t28a0  AD107M [GeForce RTX 4060 Max-Q / Mobile]
\t2900  GB100 [Reserved Dev ID A]
\t22d1  GB20B PCI bridge
\t2f80  GB205 High Definition Audio Controller
\t0040  NV40 [GeForce 6800 Ultra]
\t2e12  GB20B [GB10]
10df  Another maker
\t2684  AD102 [no card of NVIDIA's]
"""
    day, found = lists.listed_devices(block)
    assert day == "2026-08-22"
    assert {device: (each.chip, each.name) for device, each in found.items()} == {
        "0fc5": ("GK107", "GeForce GT 1030"),
        "1287": ("GK208B", "GeForce GT 730"),
        "139b": ("GM107", "GeForce GTX 960M"),
        "1b04": ("GP102", "GP102"),
        "1c20": ("GP106", "GeForce GTX 1060"),
        "2504": ("GA106", "GeForce RTX 3060"),
        "28a0": ("AD107", "GeForce RTX 4060 Laptop GPU"),
        "2e12": ("GB20B", "GB10"),
    }
