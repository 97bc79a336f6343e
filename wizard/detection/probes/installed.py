"""What is installed in an environment, read from its files; nothing is started."""

from __future__ import annotations

import codecs
import contextlib
import json
import locale
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

_CONDA_FILE = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<build>[^-]+)\.json")
_VERSION_LINE = re.compile(r"""^__version__\s*(?::[^=\n]*)?=\s*['"]([^'"\n]{1,60})['"]""", re.M)
_MAX_JSON = 16 * 2**20
_HEAD = 4096
_CHANNEL_LINE = re.compile(
    r'\A\{\n( +)"[^\n]*\n(?:\1"[^\n]*\n)*?\1"channel": ("(?:[^"\\\n]|\\.){0,1000}"),?\n'
)


@dataclass(frozen=True)
class CondaPackage:
    """One file of ``conda-meta``: name, version and build are in its file name."""

    name: str
    version: str
    build: str
    path: Path


def conda_packages(prefix: Path, names: frozenset[str]) -> dict[str, CondaPackage]:
    """Those of the named packages that conda installed into an environment, by name."""
    packages: dict[str, CondaPackage] = {}
    heads = {name.partition("-")[0] for name in names}
    folder = prefix / "conda-meta"
    with contextlib.suppress(OSError):
        for file in os.listdir(folder):  # noqa: PTH208  (hundreds of names; paths cost more)
            # A cheap look first: 50 environments with 400 packages each are 20000 names.
            if file.partition("-")[0] not in heads:
                continue
            found = _CONDA_FILE.fullmatch(file)
            if found and found["name"] in names:
                packages[found["name"]] = CondaPackage(
                    found["name"], found["version"], found["build"], folder / file
                )
    return packages


def conda_channel(package: CondaPackage) -> str | None:
    """The channel a package came from, such as ``conda-forge``; None where its file is damaged.

    PyTorch's record names 12000 files in 5 MB. conda sorts its fields, a line each, so that the
    channel stands near the beginning; the whole is read only where it does not.
    """
    found = _CHANNEL_LINE.match(read_text(package.path, _HEAD).replace("\r\n", "\n"))
    try:
        channel: object = (
            json.loads(found[2]) if found else _field(read_text(package.path, _MAX_JSON), "channel")
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(channel, str):
        return None
    # An address such as https://conda.anaconda.org/conda-forge/linux-64, or just the name.
    path = re.sub(r"^[a-z]+://[^/]+/", "", channel.strip("/"))
    path = re.sub(r"/(noarch|(?:linux|win|osx)-[\w-]+)$", "", path)
    return path or None


def _field(text: str, name: str) -> object:
    data: object = json.loads(text)
    return cast("dict[str, object]", data).get(name) if isinstance(data, dict) else None


def interpreter(prefix: Path) -> Path | None:
    """The Python of a conda environment, a virtual environment or an installation folder."""
    for place in ("python.exe", "Scripts/python.exe", "bin/python", "bin/python3"):
        with contextlib.suppress(OSError, ValueError):
            if (prefix / place).is_file():
                return prefix / place
    return None


def site_packages(prefix: Path, python: str | None) -> Path | None:
    """The folder of an environment's packages, or None."""
    candidates = [prefix / "Lib" / "site-packages"]
    if python is not None:
        version = ".".join(python.split(".")[:2])
        candidates.insert(0, prefix / "lib" / f"python{version}" / "site-packages")
    for folder in candidates:
        with contextlib.suppress(OSError, ValueError):
            if folder.is_dir():
                return folder
    with contextlib.suppress(OSError):
        return next(iter(sorted((prefix / "lib").glob("python3*/site-packages"))), None)
    return None


def torch_version(packages: Path | None) -> str | None:
    """PyTorch's version with its build suffix, such as ``2.13.0+cu130``, or None.

    torch's own ``version.py`` comes first: wheels from PyPI have no suffix in their metadata.
    """
    if packages is None:
        return None
    found = _VERSION_LINE.search(read_text(packages / "torch" / "version.py"))
    if found:
        return found[1]
    with contextlib.suppress(OSError):
        for path in sorted(packages.glob("torch-*.dist-info")):
            return path.name.removeprefix("torch-").removesuffix(".dist-info")
    return None


def venv_python(prefix: Path) -> str | None:
    """A virtual environment's Python version from ``pyvenv.cfg``; None where it is no such."""
    text = read_text(prefix / "pyvenv.cfg")
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+(?:\.\d+){1,2})", text, re.MULTILINE)
    return found[1] if found else None


def read_text(path: Path, limit: int = 65536) -> str:
    """The beginning of a text file; empty where it cannot be read."""
    with contextlib.suppress(OSError, ValueError), path.open("rb") as file:
        return file.read(limit).decode("utf-8-sig", "replace")
    return ""


def read_users_text(path: Path, limit: int = 2**20) -> str:
    """A file that conda or the user wrote: UTF-8, or lines in the system's own encoding.

    conda writes its list of environments in the latter; on Windows that is another one.
    """
    with contextlib.suppress(OSError, ValueError), path.open("rb") as file:
        data = file.read(limit).removeprefix(codecs.BOM_UTF8)
        return "\n".join(_decoded(line) for line in data.splitlines())
    return ""


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(locale.getencoding(), "replace")
