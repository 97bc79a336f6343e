"""Which libraries a program needs: read from the files themselves, as Windows' loader does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

WINDOWS = Path(__file__).resolve().parent
SYSTEM_LIST = WINDOWS / "system-libraries.txt"


def imports(path: Path) -> list[str]:
    """Names of the DLLs that a file imports, lower case; those loaded on first use included."""
    import pefile  # type: ignore[import-not-found]  # the build installs it for itself

    directories = ["IMAGE_DIRECTORY_ENTRY_IMPORT", "IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT"]
    with pefile.PE(str(path), fast_load=True) as pe:
        pe.parse_data_directories(
            [pefile.DIRECTORY_ENTRY[name] for name in directories], import_dllnames_only=True
        )
        found = [
            entry.dll.decode("ascii").lower()
            for name in ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT")
            for entry in getattr(pe, name, [])
        ]
    return sorted(set(found))


def exports(path: Path) -> list[str]:
    """Names that a DLL exports."""
    import pefile  # type: ignore[import-not-found]  # the build installs it for itself

    with pefile.PE(str(path), fast_load=True) as pe:
        pe.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_EXPORT"]])
        symbols = pe.DIRECTORY_ENTRY_EXPORT.symbols
    return sorted(symbol.name.decode("ascii") for symbol in symbols if symbol.name)


def needed(roots: Iterable[Path], libraries: dict[str, Path]) -> set[Path]:
    """The roots and every library of ``libraries`` (lower-case name to file) they lead to."""
    waiting = list(roots)
    kept: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in kept:
            continue
        kept.add(path)
        waiting += [libraries[name] for name in imports(path) if name in libraries]
    return kept


def system_libraries() -> frozenset[str]:
    """DLLs that are part of Windows 10 1903 and newer."""
    lines = SYSTEM_LIST.read_text(encoding="ascii").splitlines()
    return frozenset(line.split("#")[0].strip().lower() for line in lines) - {""}


def missing(tree: Path) -> dict[str, list[str]]:
    """What a tree imports and neither carries nor finds in Windows: name to those who want it."""
    files = [path for path in sorted(tree.rglob("*")) if is_program(path)]
    known = {path.name.lower() for path in files} | system_libraries()
    wanted: dict[str, list[str]] = {}
    for path in files:
        for name in imports(path):
            if name not in known and not name.startswith("api-ms-win-crt-"):
                wanted.setdefault(name, []).append(path.relative_to(tree).as_posix())
    return wanted


def is_program(path: Path) -> bool:
    return path.suffix.lower() in {".dll", ".pyd", ".exe"}
