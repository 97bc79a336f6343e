"""The PCI ID database as a table of chips and names."""

from __future__ import annotations

import json
import sys
from pathlib import Path

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.insert(0, str(PACKAGING))

import catalog_cards  # noqa: E402

BLOCK = """\
\t0fc5  GK107 [GeForce GT 1030]
\t1287  GK208B [GeForce GT 730]
\t\t1043 85e7  another maker's card
\t139b  GM107M [GeForce GTX 960M]
\t1c20  GP106M [GeForce GTX 1060 Mobile]
\t2504  GA106 [GeForce RTX 3060 Lite Hash Rate]
\t24e0  GA104M [Geforce RTX 3070 Ti Laptop GPU]
\t28a0  AD107M [GeForce RTX 4060 Max-Q / Mobile]
\t2900  GB100 [Reserved Dev ID A]
\t2f80  GB205 High Definition Audio Controller
\t0040  NV40 [GeForce 6800 Ultra]
\t2e12  GB20B [GB10]
"""


def test_chips_and_names_are_as_the_driver_spells_them() -> None:
    found = {row["chip"]: row["names"] for row in catalog_cards.devices(BLOCK)}
    assert found == {
        "GK107": {"0fc5": "GeForce GT 1030"},
        "GK208B": {"1287": "GeForce GT 730"},
        "GM107": {"139b": "GeForce GTX 960M"},
        "GP106": {"1c20": "GeForce GTX 1060"},
        "GA106": {"2504": "GeForce RTX 3060"},
        "GA104": {"24e0": "GeForce RTX 3070 Ti Laptop GPU"},
        "AD107": {"28a0": "GeForce RTX 4060 Laptop GPU"},
        "GB20B": {"2e12": "GB10"},
    }


def test_the_file_is_written_as_it_stands() -> None:
    """So that a newer list shows as a change of its rows alone."""
    text = catalog_cards.GPUS.read_text("utf-8")
    assert catalog_cards.written(json.loads(text)) == text
