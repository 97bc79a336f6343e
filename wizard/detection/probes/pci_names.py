"""Who made a card and what it is called, by its PCI ids.

For a card without a driver: then nothing else on the computer knows what it is called. NVIDIA's
cards stand in the catalog.
"""

from __future__ import annotations

import re
from pathlib import Path

from wizard.catalog.cards import name_of
from wizard.detection.machine import Vendor

_VENDORS: dict[str, Vendor] = {
    "10de": "nvidia",
    "1002": "amd",
    "8086": "intel",
    "106b": "apple",
}

BARE_NAMES: dict[Vendor, str] = {
    "nvidia": "NVIDIA graphics card",
    "amd": "AMD graphics",
    "intel": "Intel graphics",
    "apple": "Apple graphics",
    "other": "Display adapter",
}

_BRANDS: dict[Vendor, str] = {"nvidia": "NVIDIA ", "amd": "AMD ", "intel": "Intel "}

_SYSTEM_LISTS = ("usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids")


def vendor_of(pci_id: str) -> Vendor:
    """The maker of ``vendor:device``; virtual and server consoles' adapters are ``other``."""
    return _VENDORS.get(pci_id.partition(":")[0].lower(), "other")


def card_name(pci_id: str, root: Path = Path("/")) -> str:
    """What the card is called: from the catalog, the system's PCI list, or maker and ids."""
    if (known := name_of(pci_id)) is not None:
        return known
    vendor_id, _, device_id = pci_id.lower().partition(":")
    vendor = vendor_of(pci_id)
    listed = _listed_name(vendor_id, device_id, root)
    if listed is None:
        return f"{BARE_NAMES[vendor]} ({pci_id.lower()})"
    brand = _BRANDS.get(vendor, "")
    return listed if listed.startswith(brand.strip()) else brand + listed


def _listed_name(vendor_id: str, device_id: str, root: Path) -> str | None:
    """The marketing name in the system's own ``pci.ids``, where there is such a file."""
    for place in _SYSTEM_LISTS:
        try:
            text = (root / place).read_text("utf-8", "replace")
        except OSError:
            continue
        block = re.search(rf"^{re.escape(vendor_id)} .*\n((?:[\t#].*\n|\n)*)", text, re.MULTILINE)
        line = block and re.search(rf"^\t{re.escape(device_id)} +(.+)$", block[1], re.MULTILINE)
        if line:
            # "TU104GL [Tesla T4]": the chip first, in brackets what the shop says.
            shop = re.search(r"\[(.+)\]", line[1])
            return (shop[1] if shop else line[1]).strip()
    return None
