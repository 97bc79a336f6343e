"""What is installed in an environment, read from its files; nothing is started."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

_CONDA_FILE = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<build>[^-]+)\.json")
_VERSION_LINE = re.compile(r"""^__version__\s*(?::[^=\n]*)?=\s*['"]([^'"\n]{1,60})['"]""", re.M)
_MAX_JSON = 16 * 2**20


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
    folder = prefix / "conda-meta"
    with contextlib.suppress(OSError):
        for file in os.listdir(folder):  # noqa: PTH208  (hundreds of names; paths cost more)
            # A cheap look first: 50 environments with 400 packages each are 20000 names.
            if file.partition("-")[0] not in names:
                continue
            found = _CONDA_FILE.fullmatch(file)
            if found and found["name"] in names:
                packages[found["name"]] = CondaPackage(
                    found["name"], found["version"], found["build"], folder / file
                )
    return packages


def conda_channel(package: CondaPackage) -> str | None:
    """The channel a package came from, such as ``conda-forge``; None where its file is damaged."""
    text = read_text(package.path, _MAX_JSON)
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    channel = cast("dict[str, object]", data).get("channel") if isinstance(data, dict) else None
    if not isinstance(channel, str):
        return None
    # An address such as https://conda.anaconda.org/conda-forge/linux-64, or just the name.
    path = re.sub(r"^[a-z]+://[^/]+/", "", channel.strip("/"))
    path = re.sub(r"/(noarch|(?:linux|win|osx)-[\w-]+)$", "", path)
    return path or None


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


def numbers(version: str) -> str | None:
    """``3.14.0`` from ``3.14.0rc1``: a machine description takes numbers and dots."""
    found = re.match(r"\d{1,6}(?:\.\d{1,6})*", version)
    return found[0] if found else None


def venv_python(prefix: Path) -> str | None:
    """A virtual environment's Python version from ``pyvenv.cfg``; None where it is no such."""
    text = read_text(prefix / "pyvenv.cfg")
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+(?:\.\d+){1,2})", text, re.MULTILINE)
    return found[1] if found else None


def read_text(path: Path, limit: int = 65536) -> str:
    """The beginning of a text file; empty where it cannot be read."""
    with contextlib.suppress(OSError, ValueError), path.open("rb") as file:
        return file.read(limit).decode("utf-8", "replace")
    return ""
