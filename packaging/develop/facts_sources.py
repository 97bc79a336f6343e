"""The published sources of the facts, each read into values or refused by its name.

An address is asked on the network, or looked up among recorded copies. A page whose form has
changed is not half understood: what cannot be read for certain is a `SourceError`.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

Read = Callable[[str], bytes]

PYPI_FILES = "https://pypi.org/simple/{name}/"
PYPI_PROJECT = "https://pypi.org/pypi/{name}/json"
PYTORCH_INDEX = "https://download.pytorch.org/whl/torch/"
CONDA_FORGE = "https://conda.anaconda.org/conda-forge/{folder}/current_repodata.json"
CUDA_NOTES = "https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html"

CONDA_FOLDERS = {
    "linux-64": "linux-x86_64",
    "linux-aarch64": "linux-aarch64",
    "win-64": "windows-x86_64",
    "osx-arm64": "macos-arm64",
}
_MOST_BYTES = 200 * 2**20
_SECONDS = 60.0
_VERSION = r"\d+\.\d+\.\d+"
_WHEEL = re.compile(
    rf"torch-({_VERSION})(?:\+(\w+))?(?:-\d+)?-cp(\d)(\d+)-(\w+)-([\w.]+)\.whl", re.ASCII
)
_PLATFORMS = (
    (re.compile(r"(many)?linux\w*_x86_64"), "linux-x86_64"),
    (re.compile(r"(many)?linux\w*_aarch64"), "linux-aarch64"),
    (re.compile(r"win_amd64"), "windows-x86_64"),
    (re.compile(r"win_arm64"), "windows-arm64"),
    (re.compile(r"macosx_\w+_arm64"), "macos-arm64"),
    (re.compile(r"macosx_\w+_x86_64"), "macos-x86_64"),
)

Version = tuple[int, ...]


class SourceError(Exception):
    """A source that cannot be read, or is not in the form that is known; names the address."""


@dataclass(frozen=True)
class Wheel:
    """A wheel of torch, as its file name tells."""

    version: str
    variant: str
    """``cu132``, ``cpu``; empty on PyPI."""
    platform: str
    python: Version
    glibc: str | None = None
    """The smallest C library that its tag names."""
    date: str = ""


@dataclass(frozen=True)
class CondaBuild:
    """A build of conda-forge's pytorch."""

    version: str
    platform: str
    cuda: int | None
    python: Version


def parsed(version: str) -> Version:
    """``2.15.0`` as numbers."""
    return tuple(int(part) for part in version.split("."))


def from_network(address: str) -> bytes:
    """What an address answers.

    Raises:
        SourceError: it does not, or with more than any of the sources has.
    """
    # PEP 691: PyPI's index as JSON; other servers do not heed the header.
    headers = {
        "User-Agent": "gpu-setup-wizard (catalog refresh)",
        "Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.9, */*;q=0.8",
    }
    request = urllib.request.Request(address, headers=headers)  # noqa: S310  (https, all above)
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            data: bytes = answer.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SourceError(f"{address}: cannot be read: {error}") from error
    if len(data) > _MOST_BYTES:
        raise SourceError(f"{address}: more than {_MOST_BYTES >> 20} MiB")
    return data


def from_recordings(folder: Path) -> Read:
    """Reads copies: ``sources.json`` in the folder says which file stands for which address."""
    files: dict[str, dict[str, str]] = json.loads((folder / "sources.json").read_bytes())

    def read(address: str) -> bytes:
        if address not in files:
            raise SourceError(f"{address}: cannot be read: there is no copy in {folder}")
        return (folder / files[address]["file"]).read_bytes()

    return read


# PyPI --------------------------------------------------------------------------------------------


def wheels_on_pypi(read: Read) -> list[Wheel]:
    """Every wheel of torch that is there and not withdrawn."""
    address = PYPI_FILES.format(name="torch")
    files = _json(read, address, "files", list)
    found: list[Wheel] = []
    for file in files:
        name, when = file.get("filename"), file.get("upload-time")
        if not isinstance(name, str) or not isinstance(when, str):
            raise SourceError(f"{address}: a file without filename or upload-time")
        wheel = _wheel(name)
        if wheel is not None and not file.get("yanked"):
            found.append(replace(wheel, date=when[:10]))
    if not found:
        raise SourceError(f"{address}: names no wheel of torch in the form that is known")
    return found


def newest_torch(read: Read) -> tuple[str, str]:
    """The newest torch, and the variant that its wheel for Linux is: ``cu132``."""
    address = PYPI_PROJECT.format(name="torch")
    version, wanted = _newest(read, address)
    for words in wanted:
        found = re.match(r"cuda-toolkit(?:\[[\w,]*\])?==(\d+)\.(\d)\b", words)
        if found is not None:
            return version, f"cu{found[1]}{found[2]}"
    raise SourceError(f"{address}: requires_dist does not name the CUDA toolkit")


def newest_torchvision(read: Read) -> tuple[str, tuple[str, ...]]:
    """The newest torchvision, and what it asks of torch's version, such as ``>=2.14.0``."""
    address = PYPI_PROJECT.format(name="torchvision")
    version, wanted = _newest(read, address)
    for words in wanted:
        found = re.fullmatch(r"torch\s*\(?([^;)]*)\)?", words)
        if found is not None:
            return version, tuple(part.strip() for part in found[1].split(",") if part.strip())
    raise SourceError(f"{address}: requires_dist does not name torch")


def _newest(read: Read, address: str) -> tuple[str, list[str]]:
    info = _json(read, address, "info", dict)
    version, wanted = info.get("version"), info.get("requires_dist")
    if not isinstance(version, str) or not isinstance(wanted, list):
        raise SourceError(f"{address}: no version or no requires_dist")
    return version, [str(words) for words in wanted]


def admits(clauses: Iterable[str], version: str) -> bool:
    """Whether a version fits every clause (``==``, ``>=``, ``<``, …).

    Raises:
        ValueError: a clause is of a kind that is not known.
    """
    number = parsed(version)
    for clause in clauses:
        found = re.fullmatch(r"(==|>=|<=|!=|<|>)\s*(\d+(?:\.\d+)*)", clause)
        if found is None:
            raise ValueError(f"not known: {clause}")
        other = parsed(found[2])
        width = max(len(number), len(other))
        ours, theirs = ((*each, *(width - len(each)) * (0,)) for each in (number, other))
        fits = {
            "==": ours == theirs,
            ">=": ours >= theirs,
            "<=": ours <= theirs,
            "!=": ours != theirs,
            "<": ours < theirs,
            ">": ours > theirs,
        }
        if not fits[found[1]]:
            return False
    return True


# PyTorch's index ---------------------------------------------------------------------------------


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def wheels_of_index(read: Read) -> list[Wheel]:
    """Every wheel of torch in PyTorch's own index, with its variant."""
    page = _Links()
    page.feed(read(PYTORCH_INDEX).decode("utf-8", "replace"))
    names = [urllib.parse.unquote(link.split("#")[0]).rpartition("/")[2] for link in page.found]
    wheels = [wheel for name in names if (wheel := _wheel(name)) is not None]
    if not any(wheel.variant for wheel in wheels):
        raise SourceError(f"{PYTORCH_INDEX}: names no wheel of torch in the form that is known")
    # A Mac's wheels do not name their variant: there is one.
    return [
        replace(wheel, variant=wheel.variant or "cpu")
        for wheel in wheels
        if wheel.variant or wheel.platform.startswith("macos")
    ]


def _wheel(name: str) -> Wheel | None:
    """What a file's name says; None for an old form and for builds without a lock."""
    found = _WHEEL.fullmatch(name)
    if found is None or found[5].endswith("t"):
        return None
    platform = next((ours for theirs, ours in _PLATFORMS if theirs.fullmatch(found[6])), None)
    if platform is None:
        return None
    library = re.match(r"manylinux_(\d+)_(\d+)_", found[6])
    return Wheel(
        found[1],
        found[2] or "",
        platform,
        (int(found[3]), int(found[4])),
        f"{library[1]}.{library[2]}" if library is not None else None,
    )


# conda-forge -------------------------------------------------------------------------------------


def conda_forge_builds(read: Read) -> list[CondaBuild]:
    """The builds of pytorch's newest version on each platform.

    Raises:
        SourceError: a build's own name does not say what it is.
    """
    return [build for folder in CONDA_FOLDERS for build in _conda_folder(read, folder)]


def _conda_folder(read: Read, folder: str) -> list[CondaBuild]:
    address = CONDA_FORGE.format(folder=folder)
    document = _document(read, address)
    records = [
        record
        for part in ("packages", "packages.conda")
        for record in (document.get(part) or {}).values()
        if record.get("name") == "pytorch"
    ]
    if not records:
        raise SourceError(f"{address}: has no pytorch")
    newest = max(parsed(record["version"]) for record in records)
    found: list[CondaBuild] = []
    for record in records:
        if parsed(record["version"]) != newest:
            continue
        words = re.match(r"(?:cuda(\d+)\d_|cpu_).*py(3)(\d+)_", str(record.get("build")))
        if words is None:
            raise SourceError(f"{address}: a build's name is not known: {record.get('build')}")
        cuda = int(words[1]) if words[1] else None
        python = (int(words[2]), int(words[3]))
        found.append(CondaBuild(record["version"], CONDA_FOLDERS[folder], cuda, python))
    return found


# NVIDIA ------------------------------------------------------------------------------------------


class _Cells(HTMLParser):
    """The tables of a page as rows of texts."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] += data


def toolkit_drivers(read: Read) -> dict[str, dict[str, str | None]]:
    """CUDA version to the first driver it came with, on ``linux`` and ``windows``.

    Of a version with updates the first release counts.
    """
    page = _Cells()
    page.feed(read(CUDA_NOTES).decode("utf-8", "replace"))
    found: dict[str, dict[str, str | None]] = {}
    for row in page.rows:
        cells = [" ".join(cell.split()) for cell in row]
        name = re.fullmatch(
            r"CUDA (\d+\.\d+)(?:\.\d+)?( GA| Update \d+)?.*", cells[0] if cells else ""
        )
        if name is None or len(cells) != 3:
            continue
        drivers = {"linux": _driver(cells[1]), "windows": _driver(cells[2])}
        if name[2] in (None, " GA"):
            found[name[1]] = drivers
    if not found or all(not row["linux"] for row in found.values()):
        raise SourceError(f"{CUDA_NOTES}: has no table of drivers in the form that is known")
    return found


def _driver(cell: str) -> str | None:
    words = re.fullmatch(r">=\s*(\d+(?:\.\d+)+)", cell)
    if words is not None:
        return words[1]
    if cell.upper() in ("N/A", ""):
        return None
    raise SourceError(f"{CUDA_NOTES}: not a driver: {cell[:60]}")


# Reading -----------------------------------------------------------------------------------------


def _document(read: Read, address: str) -> dict[str, Any]:
    try:
        document = json.loads(read(address))
    except ValueError as error:
        raise SourceError(f"{address}: is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise SourceError(f"{address}: is no JSON object")
    return document


def _json(read: Read, address: str, field: str, kind: type) -> Any:
    value = _document(read, address).get(field)
    if not isinstance(value, kind):
        raise SourceError(f"{address}: has no {field}")
    return value
