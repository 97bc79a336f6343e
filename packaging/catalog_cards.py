"""Brings the PCI ids in `resources/catalog/gpus.json` up to date.

`python3 packaging/catalog_cards.py PCI_IDS`, where PCI_IDS is the public database's file
(https://pci-ids.ucw.cz/). What becomes of it is the table `devices`: chip, device ids and names as
NVIDIA's driver spells them; the rest of the file stays.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

GPUS = Path(__file__).resolve().parents[1] / "resources" / "catalog" / "gpus.json"

#: Chips that CUDA runs on, from the GeForce 8 to today, with their display names in brackets.
_LINE = re.compile(
    r"^\t([0-9a-f]{4})  ((?:G[89]\d|GT2|G[FKMPVAHB]\d|TU|AD|C7[789]|MCP7[789A]|MCP89)[0-9A-Za-z]*)"
    r"[^\[]*\[([^\]]+)\]"
)
#: Memory, packaging and finish of a chip, which do not change what it computes.
_SUFFIX = re.compile(r"(?<=\d)(?:C|BM|[BC]?GLM|[BC]?GL|CM|M|b)$|(?<=\d[A-Z])(?:GLM|GL|M)$")


def main(arguments: list[str]) -> int:
    text = Path(arguments[0]).read_text("utf-8", "replace")
    dated = re.search(r"^#\s+Date:\s+(\d{4}-\d\d-\d\d)", text, re.MULTILINE)
    block = re.search(r"^10de  .*\n((?:[\t#].*\n|\n)*)", text, re.MULTILINE)
    if dated is None or block is None:
        print(f"{arguments[0]}: not the PCI ID database", file=sys.stderr)
        return 2
    data = json.loads(GPUS.read_bytes())
    data["devices"] = devices(block[1])
    data["sources"]["pci-ids"] = {
        "title": "The PCI ID Repository: pci.ids",
        "url": "https://pci-ids.ucw.cz/",
        "date": dated[1],
    }
    GPUS.write_text(written(data), encoding="utf-8", newline="\n")
    return 0


def devices(nvidia: str) -> list[dict[str, object]]:
    """A row for each chip, from NVIDIA's block of the database."""
    chips: dict[str, dict[str, str]] = {}
    for line in nvidia.splitlines():
        found = _LINE.match(line)
        if found is None or re.search("Reserved|Audio|USB|Bridge", line):
            continue
        chips.setdefault(_SUFFIX.sub("", found[2]), {})[found[1]] = _name(found[3])
    return [
        {"chip": chip, "names": names, "certainty": "S", "source": "pci-ids"}
        for chip, names in sorted(chips.items())
    ]


def _name(listed: str) -> str:
    """A name as the driver spells it: ``GeForce RTX 3060 Mobile / Max-Q`` is a laptop's."""
    name = listed.split(" / ")[0].split(" (")[0].replace("Geforce", "GeForce")
    name = name.replace(" Lite Hash Rate", "")
    name = re.sub(r"(GeForce RTX [345]\d{3}\b.*?) (?:Max-Q|Mobile)$", r"\1 Laptop GPU", name)
    return re.sub(r" (?:Max-Q|Mobile)$", "", name).strip()


def written(data: dict[str, object]) -> str:
    """The file as it is kept: a row a line."""
    parts: list[str] = []
    for key, value in data.items():
        if isinstance(value, list):
            rows = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in value)
            parts.append(f'  "{key}": [\n{rows}\n  ]')
        elif isinstance(value, dict):
            rows = ",\n".join(
                f'    "{name}": ' + json.dumps(row, ensure_ascii=False)
                for name, row in value.items()
            )
            parts.append(f'  "{key}": {{\n{rows}\n  }}')
        else:
            parts.append(f'  "{key}": {json.dumps(value)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
