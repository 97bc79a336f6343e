"""The packages that the installer is made of: fetched by pip, each known by its SHA-256."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from messages import SetupError

WINDOWS = Path(__file__).resolve().parent
LOCK = WINDOWS / "requirements.txt"
TOOLS_LOCK = WINDOWS / "requirements-build.txt"

_MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
_FOR_WINDOWS = ["--platform", "win_amd64", "--python-version", _MINOR, "--implementation", "cp"]


class NotHereError(SetupError):
    """Nothing is wrong with the program: this computer lacks what the build needs."""


class Wheel(NamedTuple):
    """A wheel on the disk, and what its file name says."""

    path: Path
    name: str
    version: str
    sha256: str


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch_wheels(folder: Path) -> list[Wheel]:
    """Every wheel of the lock, for 64-bit Windows and this Python's version."""
    stamp = folder / "complete"
    wanted = hashlib.sha256(LOCK.read_bytes() + _MINOR.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.whl"):
            old.unlink()
        _pip("download", "--require-hashes", "-r", str(LOCK), "-d", str(folder), *_FOR_WINDOWS)
        stamp.write_text(wanted, encoding="ascii")
    return [wheel_at(path) for path in sorted(folder.glob("*.whl"))]


def wheel_at(path: Path) -> Wheel:
    name, version, *_tags = path.stem.split("-")
    return Wheel(path, name.lower().replace("_", "-"), version, sha256(path))


def fetch_one(requirement: str, digest: str, folder: Path) -> Path:
    """One wheel for Windows, by its name, version and SHA-256."""
    lock = folder / "one.txt"
    name = requirement.replace("==", "-")
    found = next(folder.glob(f"{name}-*.whl"), None)
    if found is None or sha256(found) != digest:
        folder.mkdir(parents=True, exist_ok=True)
        lock.write_text(f"{requirement} --hash=sha256:{digest}\n", encoding="ascii")
        _pip("download", "--require-hashes", "-r", str(lock), "-d", str(folder), *_FOR_WINDOWS)
        lock.unlink()
        found = next(folder.glob(f"{name}-*.whl"))
    return found


def add_tools(folder: Path) -> None:
    """Make what the build itself needs importable."""
    stamp = folder / "complete"
    wanted = sha256(TOOLS_LOCK)
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        _pip("install", "--require-hashes", "--upgrade", "-r", str(TOOLS_LOCK), "-t", str(folder))
        stamp.write_text(wanted, encoding="ascii")
    sys.path.insert(0, str(folder))


def build_project_wheel(folder: Path) -> Wheel:
    """The wizard's own wheel, with its resources."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.whl"):
        old.unlink()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(
        command,
        cwd=WINDOWS.parents[1],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONUTF8="1"),
        check=False,
    )
    if done.returncode != 0:
        raise SetupError(f"The wizard's wheel could not be built:\n{done.stderr}")
    return wheel_at(next(folder.glob("*.whl")))


def unpack(wheel: Wheel, folder: Path) -> None:
    """What a wheel puts into site-packages; scripts and data of other places stay out."""
    with zipfile.ZipFile(wheel.path) as archive:
        for entry in archive.infolist():
            if not entry.is_dir() and ".data/" not in entry.filename:
                archive.extract(entry, folder)


def _pip(verb: str, *words: str) -> None:
    command = [sys.executable, "-m", "pip", verb, "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise NotHereError(
            "pip could not get the packages of the installer; its own words:\n"
            + done.stderr[-4000:]
        )
