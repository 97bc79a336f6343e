"""What a graphics card's name and PCI id tell: compute capability and CUDA cores."""

from __future__ import annotations

import re
from functools import lru_cache

from wizard.advice import catalog, versions
from wizard.catalog import cards
from wizard.detection.machine import Gpu

_BARE = re.compile(r"10de:[0-9a-f]{4}|\bDevice [0-9a-f]{4}\b", re.IGNORECASE)


def capability_of(name: str) -> str | None:
    """Compute capability from a card's name, such as ``7.5``; None where it says too little.

    Of a name that stands for several chips the lowest counts, where no current build has any of
    them.
    """
    found = cards.capabilities_of_name(name)
    if len(found) > 1 and any(_has_a_build(each) for each in found):
        return None
    return found[0] if found else None


def _has_a_build(text: str) -> bool:
    capability = versions.capability(text)
    return capability is not None and bool(catalog.load().cudas_with(capability))


def capability_of_card(gpu: Gpu) -> str | None:
    """From the PCI id, which names the chip, before the name, which can stand for several."""
    return cards.capability_of_id(gpu.pci_id) or capability_of(gpu.name)


def name_of_card(gpu: Gpu) -> str:
    """A card's name; from its PCI id where the system knew nothing better than that."""
    says_nothing = not gpu.name.strip() or _BARE.search(gpu.name)
    listed = cards.name_of(gpu.pci_id) if gpu.pci_id and says_nothing else None
    return listed or gpu.name


@lru_cache(maxsize=1024)
def cuda_cores(name: str) -> int | None:
    """The number of CUDA cores of a card; None where the name does not say it surely."""
    if cards.is_slice(name):
        return None  # a slice has a part of them
    names = cards.load().by_name
    key = cards.canonical(name)
    for candidate in (key, re.sub(r" \d+gb\b", "", key)):
        card = names.get(candidate)
        if card is not None and card.cuda_cores is not None:
            return card.cuda_cores
    return None


@lru_cache(maxsize=4096)
def short_name(name: str) -> str:
    """A name for a sentence: the words of its maker are left out."""
    left_out = {"nvidia", "corporation", "geforce", "tesla"}
    words = cards.plain(name).split()
    kept = " ".join(w for w in words if w.lower() not in left_out)
    # "NVIDIA graphics card" is a name that only the maker is known of.
    return kept if kept and not kept.startswith("graphics") else name.strip() or "GPU"
