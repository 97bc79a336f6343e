"""`python3 packaging/dev.py catalog …`: the facts in `resources/catalog`, refreshed and signed."""

from __future__ import annotations

import argparse
import base64
import binascii
import os
import sys
from datetime import date
from pathlib import Path

PACKAGING = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGING))  # messages

import facts_cards  # noqa: E402  (after the path)
import facts_refresh  # noqa: E402  (after the path)
import facts_sources  # noqa: E402  (after the path)
from facts_text import CatalogText, FormError  # noqa: E402  (after the path)
from messages import SetupError, say  # noqa: E402  (after the path)

from wizard.advice.catalog import read_catalog  # noqa: E402  (after the path)
from wizard.catalog import cards  # noqa: E402  (after the path)
from wizard.catalog.signed import (  # noqa: E402  (after the path)
    MOST_BYTES,
    FactsError,
    FactSet,
    open_signed,
    sequence_of,
    sign,
)

CATALOG = PACKAGING.parent / "resources" / "catalog"
_SEED_BYTES = 32


def main(arguments: list[str]) -> int:
    """0: done, and nothing is open; 1: questions are; 2: a wrong call; 3: a source was refused."""
    asked = _parser().parse_args(arguments)
    try:
        return asked.run(asked)
    except (SetupError, facts_sources.SourceError, FormError, OSError) as error:
        say(f"{error}")
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py catalog", description="The facts in resources/catalog, refreshed and signed."
    )
    parser.add_argument("--catalog", type=Path, default=CATALOG, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    refresh = commands.add_parser("refresh", help="what the published sources say that it does not")
    refresh.set_defaults(run=_refresh)
    refresh.add_argument("--write", action="store_true", help="change the files; else only show")
    refresh.add_argument(
        "--recordings", type=Path, metavar="FOLDER", help="copies, not the network"
    )
    refresh.add_argument("--summary", type=Path, metavar="FILE", help="the same as Markdown")
    refresh.add_argument(
        "--looked-at",
        nargs="+",
        default=[],
        metavar="FILE",
        help="files whose other sources somebody read today: they get today's date",
    )

    names = commands.add_parser("names", help="NVIDIA's cards and PCI ids anew, in gpus.json")
    names.set_defaults(run=_names)
    names.add_argument("--pci-ids", type=Path, metavar="FILE", help="pci.ids, not the network's")
    names.add_argument("--open-modules", type=Path, metavar="FILE", help="NVIDIA's README")
    names.add_argument("--open-modules-day", default=date.today().isoformat(), metavar="DAY")

    key = commands.add_parser("key", help="a new pair of keys; prints the public one")
    key.set_defaults(run=_key)
    key.add_argument("file", type=Path, metavar="FILE", help="where the private one goes")

    signing = commands.add_parser("sign", help="one signed file with all of the catalog")
    signing.set_defaults(run=_sign)
    signing.add_argument("--key", type=Path, metavar="FILE", help="else WIZARD_FACTS_KEY (Base64)")
    signing.add_argument("--out", type=Path, required=True, metavar="FILE")
    signing.add_argument("--turn", type=int, default=1, help="which set of this day, 1 to 99 (1)")
    return parser


# refresh and names -------------------------------------------------------------------------------


def _refresh(asked: argparse.Namespace) -> int:
    read = (
        facts_sources.from_network
        if asked.recordings is None
        else facts_sources.from_recordings(asked.recordings)
    )
    today = date.today().isoformat()
    found = facts_refresh.refresh(asked.catalog, read, today)
    for name in asked.looked_at:
        file = found.files.setdefault(name, CatalogText(asked.catalog / name))
        file.set_collected(today)
    print(found.markdown())
    if asked.summary is not None:
        asked.summary.write_text(found.markdown(), encoding="utf-8", newline="\n")
    if asked.write:
        _save(asked.catalog, list(found.files.values()))
    if found.refused:
        return 3
    return 1 if found.questions else 0


def _names(asked: argparse.Namespace) -> int:
    file = CatalogText(asked.catalog / "gpus.json")
    pci_ids, own = (
        facts_sources.from_network(address) if path is None else path.read_bytes()
        for path, address in (
            (asked.pci_ids, facts_cards.PCI_IDS),
            (asked.open_modules, facts_cards.OPEN_MODULES),
        )
    )
    left = facts_cards.update(
        file, pci_ids.decode("utf-8", "replace"), own.decode("utf-8"), asked.open_modules_day
    )
    _save(asked.catalog, [file])
    print("\n".join(left))
    return 1 if left else 0


def _save(catalog: Path, files: list[CatalogText]) -> None:
    """Write all, or none where the program could not read what would become of them."""
    before = {file.path: file.path.read_bytes() for file in files}
    for file in files:
        file.save()
    try:
        _read_all(catalog)
    except ValueError as error:
        for path, data in before.items():
            path.write_bytes(data)
        raise FormError(f"nothing was changed: {error}") from error


def _read_all(catalog: Path) -> None:
    """Read it as the program will. Raises `ValueError` where that cannot be done."""
    read_catalog(catalog)
    cards.load_from(catalog)


# key and sign ------------------------------------------------------------------------------------


def _key(asked: argparse.Namespace) -> int:
    from nacl.signing import SigningKey

    seed = os.urandom(_SEED_BYTES)
    asked.file.touch(0o600, exist_ok=False)
    asked.file.write_text(base64.b64encode(seed).decode("ascii") + "\n", encoding="ascii")
    say(f"{asked.file} has the private key: keep it out of every repository.")
    print(base64.b64encode(bytes(SigningKey(seed).verify_key)).decode("ascii"))
    return 0


def _sign(asked: argparse.Namespace) -> int:
    from nacl.signing import SigningKey

    seed, today = _seed(asked.key), date.today()
    if not 1 <= asked.turn <= 99:
        raise SetupError("--turn is a number from 1 to 99.")
    try:
        _read_all(asked.catalog)
    except ValueError as error:
        raise SetupError(f"The catalog cannot be read, so it is not signed: {error}") from error
    files = {path.name: path.read_bytes() for path in sorted(asked.catalog.glob("*.json"))}
    made = FactSet(sequence_of(today, asked.turn), today, files)
    data = sign(made, seed)
    if len(data) > MOST_BYTES:
        raise SetupError(f"{len(data)} bytes are more than the program takes, {MOST_BYTES}.")
    public = bytes(SigningKey(seed).verify_key)
    try:
        assert open_signed(data, public) == made
    except FactsError as error:
        raise SetupError(f"What was signed cannot be opened: {error}") from error
    asked.out.write_bytes(data)
    say(f"{asked.out}: {len(files)} files, {len(data)} bytes, number {made.sequence}.")
    print(base64.b64encode(public).decode("ascii"))
    return 0


def _seed(path: Path | None) -> bytes:
    text = os.environ.get("WIZARD_FACTS_KEY", "") if path is None else path.read_text("ascii")
    try:
        seed = base64.b64decode(text.strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        seed = b""
    if len(seed) != _SEED_BYTES:
        raise SetupError("There is no private key: --key FILE, or WIZARD_FACTS_KEY (Base64).")
    return seed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
