"""conda's settings as its files and variables give them: which key stands where.

A reader of the few forms that settings have, not of YAML: a key at the start of a line, its value
behind it or in the lines below. It never fails, since it is asked when conda itself did.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_KEY = re.compile(r"(['\"]?)([A-Za-z_][\w-]*)\1[ \t]*:(?=[ \t]|$)[ \t]*(.*)")
_PAIR = re.compile(r"['\"]?([\w.*-]+(?:://[\w.*-]+)?)['\"]?[ \t]*:[ \t]+['\"]?([^\s,'\"}]+)")
_NAMES = (".condarc", "condarc", "condarc.d")
_MOST = 200_000
"""Bytes of a file; no settings are so long."""
_TRUE = frozenset({"true", "yes", "on", "1", "y", "t"})


@dataclass(frozen=True)
class Place:
    """Where something stands: a file and the number of its line, or a variable."""

    file: str
    line: int | None = None

    @property
    def is_variable(self) -> bool:
        return self.line is None and "/" not in self.file and "\\" not in self.file


@dataclass(frozen=True)
class Setting:
    """A key with its value as written."""

    name: str
    place: Place
    value: str
    """What stands behind the key and in the lines that belong to it, without comments."""

    @property
    def is_true(self) -> bool:
        return self.value.strip("'\" ").lower() in _TRUE

    @property
    def pairs(self) -> dict[str, str]:
        """Of a mapping, such as ``proxy_servers``."""
        return dict(_PAIR.findall(self.value))


@dataclass(frozen=True)
class Settings:
    """All that was found; what comes later outranks what comes before, as in conda."""

    all: tuple[Setting, ...] = ()
    odd: tuple[Place, ...] = ()
    """Lines that cannot be read as settings."""
    files: tuple[str, ...] = ()
    """The files that are there."""

    def of(self, *names: str) -> Setting | None:
        """The one that counts, of a key and its older names."""
        return next((each for each in reversed(self.all) if each.name in names), None)

    @cached_property
    def proxies(self) -> dict[str, tuple[str, Place]]:
        """By scheme, ``all`` or ``scheme://host``.

        conda hands ``proxy_servers`` to each request, so they outrank the environment's proxies
        and know no ``NO_PROXY`` (conda.gateways.connection.session).
        """
        return {
            name: (value, each.place)
            for each in self.all
            if each.name == "proxy_servers"
            for name, value in each.pairs.items()
        }

    def proxy_for(self, scheme: str, host: str) -> tuple[str, Place] | None:
        """In the order in which requests looks; None where the settings name none."""
        keys = (f"{scheme}://{host}", scheme, f"all://{host}", "all")
        return next((self.proxies[key] for key in keys if key in self.proxies), None)


def search_path(
    root: str, home: Path | None, environ: Mapping[str, str], *, windows: bool
) -> list[Path]:
    """Files and folders in which conda looks, the lowest in rank first.

    Source: conda's user guide, "Searching for .condarc". An active environment's own settings are
    left out: the wizard calls conda without one.
    """
    system = ["C:/ProgramData/conda"] if windows else ["/etc/conda", "/var/lib/conda"]
    folders = [Path(folder) for folder in system]
    folders += [Path(root)] if root else []
    if environ.get("XDG_CONFIG_HOME"):
        folders.append(Path(environ["XDG_CONFIG_HOME"]) / "conda")
    if home is not None:
        folders += [home / ".config" / "conda", home / ".conda"]
    found = [folder / name for folder in folders for name in _NAMES]
    found += [home / ".condarc"] if home is not None else []
    return found + ([Path(environ["CONDARC"])] if environ.get("CONDARC") else [])


def read_settings(
    root: str, environ: Mapping[str, str] | None = None, home: Path | None = None
) -> Settings:
    """The settings with which the conda in ``root`` runs for this user."""
    environ = os.environ if environ is None else environ
    if home is None:
        try:
            home = Path.home()
        except RuntimeError:
            home = None
    files = [
        file
        for place in search_path(root, home, environ, windows=sys.platform == "win32")
        for file in _files(place)
    ]
    every: list[Setting] = []
    odd: list[Place] = []
    for file in files:
        found, lines = _read(file)
        every += found
        odd += lines
    every += [
        Setting(name[6:].lower(), Place(name), value)
        for name, value in sorted(environ.items())
        if name.startswith("CONDA_") and value
    ]
    return Settings(tuple(every), tuple(odd), tuple(map(str, files)))


def _files(place: Path) -> list[Path]:
    try:
        if place.is_dir():
            names = sorted(each for each in place.iterdir() if each.suffix in (".yml", ".yaml"))
            return [each for each in names if each.is_file()]
        return [place] if place.is_file() else []
    except (OSError, ValueError):
        return []


def _read(file: Path) -> tuple[list[Setting], list[Place]]:
    try:
        data = file.read_bytes()[:_MOST].removeprefix(b"\xef\xbb\xbf")
    except OSError:
        return [], []
    found: list[Setting] = []
    odd: list[Place] = []
    name, at, parts, first = "", 0, [""], 0
    for number, raw in enumerate([*data.split(b"\n"), b"end:"], 1):
        text = re.sub(r"(?:^|\s)#.*$", "", raw.decode("utf-8", "replace")).rstrip()
        key = _KEY.fullmatch(text)
        if key is not None:
            if name:
                value = " ".join(parts).strip()
                found.append(Setting(name, Place(str(file), at), value))
                odd += [Place(str(file), at)] if _left_open(value) else []
            name, at, parts, first = key[2], number, [key[3]], 0
        elif text and text not in ("---", "..."):
            indent = len(text) - len(text.lstrip())
            first = first or indent
            wrong = not name or 0 < indent < first or (not indent and text[0] not in "-]}")
            odd += [Place(str(file), number)] if wrong or "\t" in text[:indent] else []
            parts.append(text.strip())
        if "\ufffd" in text:
            odd.append(Place(str(file), number))
    return found, odd


def _left_open(value: str) -> bool:
    closing = {"[": "]", "{": "}", "'": "'", '"': '"'}.get(value[:1])
    return closing is not None and (len(value) == 1 or not value.endswith(closing))
