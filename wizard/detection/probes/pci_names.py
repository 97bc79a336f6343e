"""Who made a card and what it is called, by its PCI ids.

For a card without a driver: then nothing else on the computer knows what it is called. The ids are
those of the public PCI ID database; names as NVIDIA's driver spells them.
"""

from __future__ import annotations

import re
from pathlib import Path

from wizard.detection.machine import Vendor

_NVIDIA: dict[str, str] = {
    "Tesla K80": "102d",
    "NVIDIA GeForce GTX 750 Ti": "11c7 1380 139d",
    "NVIDIA GeForce GTX 750": "1381 1407",
    "NVIDIA GeForce GTX 950M": "139a",
    "NVIDIA GeForce GTX 960M": "139b",
    "NVIDIA GeForce GTX 980": "13c0 13da 161a",
    "NVIDIA GeForce GTX 970": "13c2",
    "NVIDIA GeForce GTX 980M": "13d7 1617",
    "NVIDIA GeForce GTX 970M": "13d8 1618",
    "Tesla M60": "13f2",
    "NVIDIA GeForce GTX 960": "1401 1406",
    "NVIDIA GeForce GTX 950": "1402",
    "Tesla P100": "15f7 15f8 15f9",
    "NVIDIA GeForce MX130": "174d",
    "NVIDIA GeForce MX110": "174e",
    "NVIDIA GeForce GTX 980 Ti": "17c8",
    "Tesla M40": "17fd",
    "NVIDIA GeForce GTX 1080 Ti": "1b01 1b06",
    "Tesla P40": "1b38",
    "NVIDIA GeForce GTX 1080": "1b80 1ba0 1be0",
    "NVIDIA GeForce GTX 1070": "1b81 1ba1 1ba2 1be1",
    "NVIDIA GeForce GTX 1070 Ti": "1b82",
    "NVIDIA GeForce GTX 1060": "1b83 1b84 1c02 1c03 1c04 1c06 1c20 1c23 1c60",
    "Tesla P4": "1bb3",
    "NVIDIA GeForce GTX 1050 Ti": "1c21 1c61 1c82 1c8c 1c8f 1ccc",
    "NVIDIA GeForce GTX 1050": "1c22 1c62 1c81 1c83 1c8d 1c91 1c92 1ccd",
    "NVIDIA GeForce MX150": "1c90 1d10 1d12",
    "NVIDIA GeForce MX350": "1c94 1c96",
    "NVIDIA GeForce MX230": "1d11",
    "NVIDIA GeForce MX250": "1d13 1d52",
    "NVIDIA GeForce MX330": "1d16 1d56",
    "Tesla V100": "1db1 1db2 1db3 1db4 1db5 1db6 1db7 1db8 1df5",
    "NVIDIA GeForce RTX 2080 Ti": "1e03 1e04 1e07",
    "NVIDIA GeForce RTX 2080 SUPER": "1e81 1e93 1ed3",
    "NVIDIA GeForce RTX 2080": "1e82 1e87 1e90 1ed0",
    "NVIDIA GeForce RTX 2070 SUPER": "1e84 1e91 1ec2 1ec7 1ed1",
    "NVIDIA GeForce RTX 2060": "1e89 1f03 1f08 1f11 1f12 1f15 1f51 1f55",
    "Tesla T4": "1eb8",
    "NVIDIA GeForce RTX 2070": "1f02 1f07 1f10 1f14 1f50 1f54",
    "NVIDIA GeForce RTX 2060 SUPER": "1f06 1f42 1f47",
    "NVIDIA GeForce GTX 1660 SUPER": "1f09 21c4",
    "NVIDIA GeForce GTX 1650": "1f0a 1f82 1f91 1f92 1f94 1f96 1f9d 1fd9 1fdd 2188",
    "NVIDIA GeForce GTX 1630": "1f83",
    "NVIDIA GeForce GTX 1650 Ti": "1f95 2192",
    "NVIDIA GeForce MX450": "1f97 1f98 1f9c",
    "NVIDIA GeForce MX550": "1f9f 1fa0",
    "NVIDIA A100": "20b0 20b1 20b2 20b5 20f1",
    "NVIDIA GeForce GTX 1660 Ti": "2182 2191 21d1",
    "NVIDIA GeForce GTX 1660": "2184",
    "NVIDIA GeForce GTX 1650 SUPER": "2187",
    "NVIDIA GeForce RTX 3090 Ti": "2203",
    "NVIDIA GeForce RTX 3090": "2204",
    "NVIDIA GeForce RTX 3080 Ti": "2205 2208",
    "NVIDIA GeForce RTX 3080": "2206 220a 2216",
    "NVIDIA GeForce RTX 3070 Ti": "2207 2482",
    "NVIDIA A40": "2235",
    "NVIDIA A10": "2236",
    "NVIDIA H100": "2330 2331",
    "NVIDIA H200": "2335",
    "NVIDIA GeForce RTX 3060 Ti": "2414 2486 2489 24c9",
    "NVIDIA GeForce RTX 3080 Ti Laptop GPU": "2420 2460",
    "NVIDIA GeForce RTX 3070": "2484 2488 24c8",
    "NVIDIA GeForce RTX 3060": "2487 24c7 2501 2503 2504 2509 2544",
    "NVIDIA GeForce RTX 3080 Laptop GPU": "249c 24dc",
    "NVIDIA GeForce RTX 3070 Laptop GPU": "249d 24dd",
    "NVIDIA GeForce RTX 3050": "2508 2582 2583",
    "NVIDIA GeForce RTX 3060 Laptop GPU": "2520 2521 2560 2561",
    "NVIDIA GeForce RTX 3050 Ti Laptop GPU": "2523 2563 25a0 25e0",
    "NVIDIA GeForce RTX 3050 Laptop GPU": "25a2 25a5 25ab 25ac 25e2 25e5 25ec",
    "NVIDIA GeForce MX570": "25a6 25a7",
    "NVIDIA GeForce RTX 2050": "25a9 25ad 25ed",
    "NVIDIA GeForce MX570 A": "25aa",
    "NVIDIA A2": "25b6",
    "NVIDIA GeForce RTX 4090": "2684",
    "NVIDIA L40": "26b5",
    "NVIDIA GeForce RTX 4080": "2704",
    "NVIDIA GeForce RTX 4080 SUPER": "2702",
    "NVIDIA GeForce RTX 4070 Ti SUPER": "2705",
    "NVIDIA GeForce RTX 4090 Laptop GPU": "2717",
    "NVIDIA GeForce RTX 4070 Ti": "2782",
    "NVIDIA GeForce RTX 4070": "2786",
    "NVIDIA GeForce RTX 4080 Laptop GPU": "27a0 27e0",
    "NVIDIA GeForce RTX 4070 SUPER": "2783",
    "NVIDIA L4": "27b8",
    "NVIDIA GeForce RTX 4060 Ti": "2803 2805",
    "NVIDIA GeForce RTX 4060": "2882",
    "NVIDIA GeForce RTX 4070 Laptop GPU": "2820 2860",
    "NVIDIA GeForce RTX 4060 Laptop GPU": "28a0 28e0",
    "NVIDIA GeForce RTX 4050 Laptop GPU": "28a1 28e1",
    "NVIDIA GeForce RTX 5090": "2b85",
    "NVIDIA GeForce RTX 5080": "2c02",
    "NVIDIA GeForce RTX 5070 Ti": "2c05",
    "NVIDIA GeForce RTX 5090 Laptop GPU": "2c18 2c58",
    "NVIDIA GeForce RTX 5080 Laptop GPU": "2c19 2c59",
    "NVIDIA GeForce RTX 5060 Ti": "2d04",
    "NVIDIA GeForce RTX 5060": "2d05 2f06",
    "NVIDIA GeForce RTX 5070 Laptop GPU": "2d18 2d58",
    "NVIDIA GeForce RTX 5060 Laptop GPU": "2d19 2d59",
    "NVIDIA GeForce RTX 5050": "2d83",
    "NVIDIA GeForce RTX 5050 Laptop GPU": "2d98 2dd8",
    "NVIDIA GeForce RTX 5070": "2f04",
    "NVIDIA GeForce RTX 5070 Ti Laptop GPU": "2f18 2f58",
}
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
    """What the card is called: from the table here, the system's PCI list, or maker and ids."""
    vendor_id, _, device_id = pci_id.lower().partition(":")
    if vendor_id == "10de":
        for name, ids in _NVIDIA.items():
            if device_id in ids.split():
                return name
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
