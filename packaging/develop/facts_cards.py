"""`dev.py catalog names`: the PCI ids and names of NVIDIA's cards, from two published lists.

The PCI ID database names the chip behind a device id; NVIDIA's own list, in the README of its open
kernel modules, names the card as its driver does. A row of the table `devices` is a chip with the
ids that one list names; where both name an id, NVIDIA's word counts. What neither says is left
out: a device whose chip is not named has no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facts_sources import SourceError
from facts_text import CatalogText

PCI_IDS = "https://raw.githubusercontent.com/pciutils/pciids/master/pci.ids"
OPEN_MODULES = "https://raw.githubusercontent.com/NVIDIA/open-gpu-kernel-modules/main/README.md"

#: Chips that CUDA runs on: from the GeForce 8 to today.
_DEVICE = re.compile(
    r"\t([0-9a-f]{4})  "
    r"((?:G[89]\d|GT2\d|G[FKMPVAHBR]\d|TU\d|AD\d|C7[789]|MCP7[789A]|MCP89)\w*)(?: .*)?"
)
#: Memory, packaging and finish of a chip, which do not change what it computes.
_SUFFIX = re.compile(r"(?<=\d)(?:C|BM|[BC]?GLM|[BC]?GL|CM|M|b)$|(?<=\d[A-Z])(?:GLM|GL|M)$")
_NO_CARD = re.compile(r"\b(?:Audio|USB|Bridge|bridge|Switch|Reserved|Controller|host|GPIO)\b")
_OPEN_ROW = re.compile(r"\|\s*(\S.*?)\s*\|\s*([0-9A-Fa-f]{4})((?: [0-9A-Fa-f]{4}){2})?\s*\|")
_LAPTOP = re.compile(r"(GeForce RTX [345]\d{3}\b.*?) (?:Max-Q|Mobile)$")


@dataclass(frozen=True)
class Listed:
    """A device of the PCI ID database."""

    chip: str
    name: str


def listed_devices(text: str) -> tuple[str, dict[str, Listed]]:
    """The day of the database, and NVIDIA's devices with a chip, by id.

    Raises:
        SourceError: it is another file.
    """
    day = re.search(r"^#\s+Date:\s+(\d{4}-\d\d-\d\d)", text, re.MULTILINE)
    block = re.search(r"^10de  .*\n((?:[\t#].*\n|\n)*)", text, re.MULTILINE)
    if day is None or block is None:
        raise SourceError(f"{PCI_IDS}: is not the PCI ID database in the form that is known")
    found: dict[str, Listed] = {}
    for line in block[1].splitlines():
        device = _DEVICE.fullmatch(line)
        if device is None or _NO_CARD.search(line):
            continue
        chip, name = _SUFFIX.sub("", device[2]), re.search(r"\[(.+)\]", line)
        # A device that nobody gave a name is called by its chip, which is all that is known of it.
        found[device[1]] = Listed(chip, chip if name is None else as_the_driver(name[1]))
    return day[1], found


def nvidias_names(text: str) -> dict[str, str]:
    """NVIDIA's own names, by device id; those of single makers of computers are left out.

    Raises:
        SourceError: it is another file.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        row = _OPEN_ROW.fullmatch(line)
        if row is not None and not row[3]:
            found.setdefault(row[2].lower(), re.sub(r"^NVIDIA (?=\S)", "", row[1]))
    if len(found) < 100:
        raise SourceError(f"{OPEN_MODULES}: has no table of cards in the form that is known")
    return found


def all_of_nvidias_names(text: str) -> list[tuple[str, str]]:
    """Every row of NVIDIA's own list, those of single makers too: name and device id."""
    rows = (_OPEN_ROW.fullmatch(line) for line in text.splitlines())
    return [(row[1], row[2].lower()) for row in rows if row is not None]


def as_the_driver(name: str) -> str:
    """A name of the database as NVIDIA's driver spells it."""
    name = name.split(" / ")[0].split(" (")[0].replace("Geforce", "GeForce")
    name = name.replace(" Lite Hash Rate", "")
    name = re.sub(r" (?:Rev\. A|Refresh)$", "", name)
    return re.sub(r" (?:Max-Q|Mobile)$", "", _LAPTOP.sub(r"\1 Laptop GPU", name)).strip()


def device_rows(listed: dict[str, Listed], names: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of the table `devices`: a chip, and the ids that one of the lists names."""
    by_row: dict[tuple[str, str], dict[str, str]] = {}
    for device, entry in sorted(listed.items()):
        own = names.get(device)
        source = "pci-ids" if own is None else "nvidia-open"
        by_row.setdefault((entry.chip, source), {})[device] = own or entry.name
    return [
        # The chip is the database's word in both.
        {"chip": chip, "names": found, "certainty": "S", "source": source}
        for (chip, source), found in sorted(by_row.items())
    ]


def update(file: CatalogText, pci_ids: str, open_modules: str, version_day: str) -> list[str]:
    """Lay both lists into ``gpus.json``; returns what they leave open, a line each.

    Raises:
        SourceError: one of them is another file.
    """
    day, listed = listed_devices(pci_ids)
    names = nvidias_names(open_modules)
    file.replace("devices", device_rows(listed, names))
    file.set_source("pci-ids", "The PCI ID Repository: pci.ids", "https://pci-ids.ucw.cz/", day)
    file.set_source(
        "nvidia-open",
        "NVIDIA: open kernel modules, compatible GPUs",
        "https://github.com/NVIDIA/open-gpu-kernel-modules",
        version_day,
    )
    chips = [row["chip"].upper() for row in file.rows("chips")]
    unknown = {each.chip for each in listed.values() if not _begins(each.chip, chips)}
    missing = sorted(f"{names[device]} ({device})" for device in names.keys() - listed.keys())
    return [
        *(f"{chip}: no capability is known for this chip" for chip in sorted(unknown)),
        *(f"{name}: NVIDIA lists it, and the database has no chip for it" for name in missing),
    ]


def _begins(chip: str, beginnings: Iterable[str]) -> bool:
    return any(chip.upper().startswith(beginning) for beginning in beginnings)


def text_of(path: Path) -> str:
    return path.read_text("utf-8", "replace")
