"""What a graphics card's name tells: compute capability and CUDA cores."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wizard.advice import versions
from wizard.advice.catalog_rows import Row, Source, read_document
from wizard.catalog.folder import catalog_folder

KINDS = ("geforce", "laptop", "mx", "professional", "datacentre", "jetson")

_SEPARATORS = re.compile(r"[\s_/,()-]+")
_NOISE = frozenset({"nvidia", "corporation", "geforce", "tesla", "gpu", "generation", "design"})
_TRADE_MARKS = re.compile(r"\((?:r|tm|c)\)|[®™©]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[([^\]]*\d[^\]]*)\]")
_TI = re.compile(r"(?<=\d)ti\b")
_SIZE = re.compile(r"\b(\d+) (gb?)\b")
_MIG = re.compile(r"\bmig\b.*|-\d+[qcab]$")
_CHIP = re.compile(r"\b(g[fkmpvahb]|tu|ad)(\d{1,3}[a-z]{0,3})\b")


@dataclass(frozen=True, slots=True)
class GpuName:
    name: str
    capability: str
    cuda_cores: int | None
    kind: str
    source: Source


@dataclass(frozen=True, slots=True)
class GpuTable:
    names: dict[str, GpuName]
    """By canonical name."""
    chips: dict[str, str]
    """Beginning of a chip's code, such as ``tu1``, to compute capability."""
    series: tuple[tuple[re.Pattern[str], str], ...]
    """Patterns of canonical names for cards newer than the table."""


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """A card's name without maker, trade marks and filling words.

    ``NVIDIA GeForce GTX 1060 with Max-Q Design`` is ``gtx 1060 max q``; of lspci's
    ``TU104GL [Tesla T4] (rev a1)`` the marketing name in brackets counts.
    """
    text = _TRADE_MARKS.sub(" ", name.lower())
    if (bracket := _BRACKETS.search(text)) is not None:
        text = bracket.group(1).split("/")[0]
    text = _MIG.sub("", text.strip())
    words = [w for w in _SEPARATORS.split(_TI.sub(" ti", text)) if w and w not in _NOISE]
    if "with" in words:
        words.remove("with")
    return _SIZE.sub(r"\1gb", " ".join(words))


@lru_cache(maxsize=1)
def load() -> GpuTable:
    """The program's own table.

    Raises:
        CatalogError: the file is damaged; the message names row and field.
    """
    return load_from(catalog_folder())


def load_from(folder: Path) -> GpuTable:
    """Read and check ``gpus.json`` in ``folder``.

    Raises:
        CatalogError: the file is damaged; the message names row and field.
    """
    document = read_document(folder / "gpus.json")
    names: dict[str, GpuName] = {}
    for row in document.rows("gpus"):
        card = _gpu_name(row)
        key = canonical(card.name)
        if key in names:
            raise row.wrong("name", f"a name other than {names[key].name}")
        names[key] = card
    chips = {r.text("chip").lower(): r.version("capability") for r in document.rows("chips")}
    series = tuple((r.pattern("pattern"), r.version("capability")) for r in document.rows("series"))
    return GpuTable(names, chips, series)


def _gpu_name(row: Row) -> GpuName:
    row.capability("capability")
    row.certain()
    return GpuName(
        row.text("name"),
        row.version("capability"),
        row.optional_count("cuda_cores"),
        row.choice("kind", KINDS),
        row.source(),
    )


@lru_cache(maxsize=4096)
def capability_of(name: str) -> str | None:
    """Compute capability from a card's name, such as ``7.5``; None for a card nobody knows."""
    table = load()
    key = canonical(name)
    # A virtual GPU carries its card's name: GRID T4-16Q.
    for words in (key.split(), key.removeprefix("grid ").split()):
        # From the right: memory size, form factor and "laptop" do not change the capability.
        for end in range(len(words), 0, -1):
            card = table.names.get(" ".join(words[:end]))
            if card is not None:
                return card.capability
    for pattern, capability in table.series:
        if pattern.match(key):
            return capability
    return _capability_of_chip(name.lower(), table)


def _capability_of_chip(text: str, table: GpuTable) -> str | None:
    chip = _CHIP.search(text)
    if chip is None:
        return None
    code = chip.group()
    matches = [start for start in table.chips if code.startswith(start)]
    return table.chips[max(matches, key=len)] if matches else None


@lru_cache(maxsize=1024)
def cuda_cores(name: str) -> int | None:
    """The number of CUDA cores of a card; None where the name does not say it surely."""
    if _MIG.search(name.lower()):
        return None  # a slice has a part of them
    names = load().names
    key = canonical(name)
    for candidate in (key, re.sub(r" \d+gb\b", "", key)):
        card = names.get(candidate)
        if card is not None and card.cuda_cores is not None:
            return card.cuda_cores
    return None


@lru_cache(maxsize=4096)
def short_name(name: str) -> str:
    """A name for a sentence: ``T4``, ``GTX 1060``; the maker's words are left out."""
    text = _TRADE_MARKS.sub(" ", name)
    if (bracket := _BRACKETS.search(text)) is not None:
        text = bracket.group(1).split("/")[0]
    left_out = {"nvidia", "corporation", "geforce", "tesla"}
    return " ".join(w for w in text.split() if w.lower() not in left_out) or name.strip() or "GPU"


def pre_turing(capability: versions.Capability) -> bool:
    """Whether the card is older than Turing: no build with CUDA 13 knows it."""
    return capability < (7, 5)
