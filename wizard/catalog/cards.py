"""NVIDIA's cards: what a PCI id and a chip are called, and their compute capabilities."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from wizard.catalog.folder import catalog_folder
from wizard.catalog.reading import (
    CapabilityText,
    CatalogError,
    Count,
    Document,
    Row,
    Text,
    VersionText,
    read,
)

DeviceId = Annotated[str, Meta(pattern=r"^[0-9a-f]{4}\Z")]
_CHIP = re.compile(r"\b(?:G[89T]\d{1,3}|G[FKMPVAHBR]\d{1,3}[A-Zx]?|TU\d{3}|AD\d{3}|C7\d|MCP\d\w)")


class GpuName(Row, frozen=True, kw_only=True):
    name: Text
    capability: CapabilityText
    cuda_cores: Count | None
    kind: Literal["geforce", "laptop", "mx", "professional", "datacentre", "jetson"]
    first_linux: VersionText | None = None
    first_windows: VersionText | None = None
    """The first driver that lists the card, where that is known and counts."""

    def first_driver(self, system: Literal["linux", "windows"]) -> str | None:
        return self.first_linux if system == "linux" else self.first_windows


class Device(Row, frozen=True, kw_only=True):
    """A chip with the PCI device ids it is sold under."""

    chip: Text
    names: dict[DeviceId, Text]


class Chip(Row, frozen=True, kw_only=True):
    chip: Text
    """The beginning of a chip's code, such as ``TU1``; the longest that fits counts."""
    capability: CapabilityText


class Series(Row, frozen=True, kw_only=True):
    pattern: Text
    """A regular expression on canonical names, for cards newer than the table."""
    capability: CapabilityText

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error


class Cards(Document, frozen=True, kw_only=True, dict=True):
    gpus: Annotated[tuple[GpuName, ...], Meta(min_length=1)]
    chips: Annotated[tuple[Chip, ...], Meta(min_length=1)]
    series: tuple[Series, ...]
    devices: tuple[Device, ...]

    @cached_property
    def by_id(self) -> dict[str, tuple[str, str]]:
        """Device id to the card's name and its chip."""
        return {
            device_id: (name, device.chip)
            for device in self.devices
            for device_id, name in device.names.items()
        }

    @cached_property
    def by_name(self) -> dict[str, GpuName]:
        """By canonical name."""
        return {canonical(card.name): card for card in self.gpus}

    @cached_property
    def listed(self) -> dict[str, tuple[str, ...]]:
        """Each name of the PCI list to the capabilities of its chips, the lowest first."""
        seen: dict[str, set[str]] = {}
        for device in self.devices:
            capability = self.of_chip(device.chip)
            for name in device.names.values() if capability is not None else ():
                seen.setdefault(canonical(name), set()).add(capability or "")
        return {name: tuple(sorted(found, key=float)) for name, found in seen.items()}

    @cached_property
    def patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(row.pattern), row.capability) for row in self.series)

    def of_chip(self, code: str) -> str | None:
        """The capability of a chip, such as ``GP106``."""
        fitting = [row for row in self.chips if code.upper().startswith(row.chip.upper())]
        return max(fitting, key=lambda row: len(row.chip)).capability if fitting else None


_SEPARATORS = re.compile(r"[\s_/,()-]+")
_NOISE = frozenset({"nvidia", "corporation", "geforce", "tesla", "gpu", "generation", "design"})
_TRADE_MARKS = re.compile(r"\((?:r|tm|c)\)|[®™©]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[([^\]]*\d[^\]]*)\]")
_TI = re.compile(r"(?<=\d)ti\b")
_SIZE = re.compile(r"\b(\d+) (gb?)\b")
_MIG = re.compile(r"\bmig\b.*|(?:-\d+)?-\d+[qcab]$")
_GLUED = re.compile(r"\b(rtx|gtx)(?=a?\d)")
_FORM = re.compile(r"\b([a-z]{0,2}\d{2,4})[a-z]{1,2}\b")


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """A card's name without maker, trade marks and filling words.

    Of lspci's ``CHIP [NAME] (rev a1)`` the marketing name in brackets counts.
    """
    text = _TRADE_MARKS.sub(" ", name.lower())
    if (bracket := _BRACKETS.search(text)) is not None:
        text = bracket.group(1).split("/")[0]
    text = _GLUED.sub(r"\1 ", _MIG.sub("", text.strip()))
    words = [w for w in _SEPARATORS.split(_TI.sub(" ti", text)) if w and w not in _NOISE]
    if "with" in words:
        words.remove("with")
    return _SIZE.sub(r"\1gb", " ".join(words))


def is_slice(name: str) -> bool:
    """Whether the name is that of a part of a card: a MIG slice or a virtual GPU."""
    return _MIG.search(name.lower()) is not None


def plain(name: str) -> str:
    """The marketing name alone, in the maker's own letters."""
    text = _TRADE_MARKS.sub(" ", name)
    if (bracket := _BRACKETS.search(text)) is not None:
        text = bracket.group(1).split("/")[0]
    return text


@lru_cache(maxsize=1)
def load() -> Cards:
    """The program's own table.

    Raises:
        CatalogError: the file is damaged; the message names file and path.
    """
    return load_from(catalog_folder())


def load_from(folder: Path) -> Cards:
    """Read and check ``gpus.json`` in ``folder``.

    Raises:
        CatalogError: the file is damaged; the message names file and path.
    """
    cards = read(folder / "gpus.json", Cards)
    _refuse_twice("gpus", [(canonical(card.name), card.name) for card in cards.gpus])
    ids = [(device_id, device_id) for device in cards.devices for device_id in device.names]
    _refuse_twice("devices", ids)
    return cards


def _refuse_twice(table: str, keys: list[tuple[str, str]]) -> None:
    known: dict[str, str] = {}
    for key, shown in keys:
        if key in known:
            raise CatalogError(f"gpus.json: {table}: {shown} and {known[key]} are one card")
        known[key] = shown


def name_of(pci_id: str) -> str | None:
    """The name of ``10de:DEVICE`` as NVIDIA's driver spells it; None for one nobody listed."""
    vendor, _colon, device = pci_id.lower().partition(":")
    found = load().by_id.get(device) if vendor == "10de" else None
    if found is None:
        return None
    name = found[0]
    return name if name.startswith(("Tesla", "NVIDIA")) else f"NVIDIA {name}"


def capability_of_id(pci_id: str | None) -> str | None:
    """The compute capability of the chip behind ``10de:DEVICE``."""
    vendor, _colon, device = (pci_id or "").lower().partition(":")
    found = load().by_id.get(device) if vendor == "10de" else None
    return None if found is None else load().of_chip(found[1])


@lru_cache(maxsize=4096)
def capabilities_of_name(name: str) -> tuple[str, ...]:
    """The compute capabilities that a name can stand for; none for a card nobody knows."""
    table = load()
    chip = _CHIP.search(name.upper().split("[")[0])
    if "[" in name and chip is not None and (known := table.of_chip(chip.group())) is not None:
        return (known,)  # a list that names the chip is surer than the name in its brackets
    key = canonical(name)
    names = [key, key.removeprefix("grid ")]
    if is_slice(name):
        # A virtual GPU carries its card's name behind GRID, with letters for the card's form at
        # its end: V100DX, RTX6000P.
        card = _FORM.sub(r"\1", names[1])
        names += [card, f"quadro {card}"]
    for words in (each.split() for each in names):
        # From the right: memory size, form factor and "laptop" do not change the capability.
        for end in range(len(words), 0, -1):
            part = " ".join(words[:end])
            if (card := table.by_name.get(part)) is not None:
                return (card.capability,)
            if part in table.listed:
                return table.listed[part]
    for pattern, capability in table.patterns:
        if pattern.match(key):
            return (capability,)
    code = table.of_chip(chip.group()) if chip is not None else None
    return () if code is None else (code,)


@lru_cache(maxsize=4096)
def row_of(name: str) -> GpuName | None:
    """The table's own row of a name, memory size and "laptop" included where it has them."""
    table, words = load().by_name, canonical(name).split()
    return next(
        (table[key] for end in range(len(words), 0, -1) if (key := " ".join(words[:end])) in table),
        None,
    )
