"""An installation on the disk as conda lays it out: environments, records, the package cache."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

SUBDIR = "linux-64"
CHANNEL = "https://conda.anaconda.org/conda-forge"
SETTINGS = "stand-in.json"
PIP = "stand-in-pip"
"""In the installation: names the folder in which pip lies, for every environment."""
CALLS = "stand-in-calls.jsonl"

Package = dict[str, Any]
"""name, version, build, size, depends, noarch, suffix and pinned sizes: one build of a channel."""


def dist(package: Package) -> str:
    return f"{package['name']}-{package['version']}-{package['build']}"


def file_name(package: Package) -> str:
    return dist(package) + package["suffix"]


def subdir(package: Package) -> str:
    return "noarch" if package["noarch"] else SUBDIR


def matches(package: Package, spec: str) -> bool:
    """``python``, ``python=3.12``, ``pytorch=*=cuda*``, ``python 3.12.*``, ``numpy>=2`` (any)."""
    words = re.match(r"([\w.-]+)\s*(?:(==?|[ <>!~])\s*(.*))?$", spec)
    assert words, spec
    name, sign, rest = words.groups()
    if name != package["name"]:
        return False
    if not rest or sign in "<>!~":
        return True
    version, _, build = rest.strip("=").replace("=", " ").strip().partition(" ")
    exact = version.removesuffix(".*").removesuffix("*").rstrip(".")
    there = str(package["version"])
    fits = not exact or there == exact or (sign != "==" and there.startswith(exact + "."))
    return fits and (not build or fnmatchcase(package["build"], build.strip()))


def spec_name(spec: str) -> str:
    return re.split(r"[\s=<>!~]", spec)[0]


def record(package: Package) -> dict[str, Any]:
    """As in a channel's index, and in FETCH."""
    return {
        "name": package["name"],
        "version": package["version"],
        "build": package["build"],
        "build_number": 0,
        "channel": f"{CHANNEL}/{subdir(package)}",
        "subdir": subdir(package),
        "fn": file_name(package),
        "md5": hashlib.md5(dist(package).encode()).hexdigest(),
        "url": f"{CHANNEL}/{subdir(package)}/{file_name(package)}",
        "arch": None,
        "platform": None,
        "depends": list(package["depends"]),
        "constrains": [],
        "license": "X",
        "timestamp": 1760000000000,
        "size": package["size"],
    }


def linked(package: Package) -> dict[str, Any]:
    """As in LINK, UNLINK and ``conda list``."""
    return {
        "base_url": CHANNEL,
        "build_number": 0,
        "build_string": package["build"],
        "channel": "conda-forge",
        "dist_name": dist(package),
        "name": package["name"],
        "platform": subdir(package),
        "version": package["version"],
    }


def installed(prefix: Path) -> list[Package]:
    """What the records of an environment say; a damaged record is left out."""
    found: list[Package] = []
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        try:
            data = json.loads(path.read_text("utf-8"))
            package = {key: data[key] for key in ("name", "version", "build", "size", "depends")}
        except (ValueError, KeyError, TypeError):
            continue
        package |= {"noarch": data["subdir"] == "noarch", "files": data["files"]}
        package["suffix"] = data["fn"].removeprefix(dist(package))
        found.append(package)
    return found


def is_environment(prefix: Path) -> bool:
    return (prefix / "conda-meta" / "history").is_file()


def unpacked_files(package: Package) -> Iterator[tuple[str, bytes]]:
    """What is in a package; the payload is as large as the archive."""
    name, version = package["name"], package["version"]
    python = package["python"]
    packages = f"lib/python{python}/site-packages"
    if name == "python":
        yield f"lib/python{python}/os.py", b"# the standard library\n"
    elif name == "pytorch":
        text = f"__version__ = '{version}'\ndebug = False\ncuda = None\n"
        yield f"{packages}/torch/version.py", text.encode()
        yield f"{packages}/torch/__init__.py", b"from .version import __version__\n"
        metadata = f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n"
        yield f"{packages}/torch-{version}.dist-info/METADATA", metadata.encode()
        yield f"{packages}/torch/lib/libtorch_cuda.so", bytes(package["size"])
        return
    elif package["noarch"] or not package["size"]:
        return
    yield f"share/{name}/data-1.bin", bytes(package["size"] // 2)
    yield f"share/{name}/data-2.bin", bytes(package["size"] // 2)


def write_unpacked(folder: Path, package: Package, half: bool = False) -> None:
    """Into the package cache, as after unpacking; ``half`` leaves what an interruption leaves."""
    files = list(unpacked_files(package))
    for name, data in files[: max(1, len(files) // 2)] if half else files:
        _write(folder / name, data)
    if half:
        return
    index = {key: package[key] for key in ("name", "version", "build", "depends")}
    _write(folder / "info" / "index.json", json.dumps(index).encode())
    names = [name for name, _ in files]
    _write(folder / "info" / "files", "\n".join(names).encode())
    _write(folder / "info" / "repodata_record.json", json.dumps(record(package)).encode())


def link_files(cache: Path, prefix: Path, package: Package, half: bool = False) -> list[str]:
    """Hard links from the cache where that is possible, copies where it is not."""
    names = [name for name, _ in unpacked_files(package)]
    for name in names[: max(1, len(names) // 2)] if half else names:
        target = prefix / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(cache / dist(package) / name, target)
        except OSError:
            shutil.copyfile(cache / dist(package) / name, target)
    if package["name"] == "python" and not half:
        names += make_python(prefix, package["python"])
    return names


_pip: list[Path] = []


def pip_lies_in(folder: Path) -> None:
    """For every environment that this process makes from now on."""
    _pip[:] = [folder]


def make_python(prefix: Path, version: str) -> list[str]:
    """A Python that works and keeps to this environment, with the pip of `pip_lies_in`."""
    real = Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()
    _write(
        prefix / "pyvenv.cfg",
        f"home = {real.parent}\ninclude-system-site-packages = false\n".encode(),
    )
    (prefix / "bin").mkdir(exist_ok=True)
    for name in ("python", "python3"):
        (prefix / "bin" / name).unlink(missing_ok=True)
        (prefix / "bin" / name).symlink_to(real)
    running = prefix / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if not running.exists() and not running.is_symlink():
        # Whatever version the record names, what is installed is seen by the one that runs.
        running.symlink_to(f"python{version}")
    packages = f"lib/python{version}/site-packages"
    _write(prefix / packages / "stand_in_pip.pth", f"{_pip[0]}\n".encode())
    return ["bin/python", "bin/python3", "pyvenv.cfg", f"{packages}/stand_in_pip.pth"]


def write_record(cache: Path, prefix: Path, package: Package, files: Iterable[str]) -> None:
    names = list(files)
    data = record(package) | {
        "requested_spec": "",
        "files": names,
        "extracted_package_dir": str(cache / dist(package)),
        "package_tarball_full_path": str(cache / file_name(package)),
        "link": {"source": str(cache / dist(package)), "type": 1},
        "paths_data": {"paths": [{"_path": name} for name in names], "paths_version": 1},
    }
    _write(prefix / "conda-meta" / f"{dist(package)}.json", json.dumps(data).encode())


def unlink_package(prefix: Path, package: Package) -> None:
    for name in package.get("files", ()):
        (prefix / name).unlink(missing_ok=True)
    (prefix / "conda-meta" / f"{dist(package)}.json").unlink(missing_ok=True)


def write_history(prefix: Path, lines: Iterable[str], command: str) -> None:
    path = prefix / "conda-meta" / "history"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"==> 2026-11-24 10:00:00 <==\n# cmd: {command}\n# conda version: 26.8.0\n")
        file.writelines(f"{line}\n" for line in lines)


def make_environment(cache: Path, prefix: Path, packages: Iterable[Package]) -> None:
    """A whole environment, at once."""
    made = list(packages)
    for package in made:
        if not (cache / dist(package) / "info" / "repodata_record.json").is_file():
            write_unpacked(cache / dist(package), package)
        write_record(cache, prefix, package, link_files(cache, prefix, package))
    lines = [f"+{subdir(package)}::{dist(package)}" for package in made]
    write_history(prefix, lines, "conda create")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
