"""How far a step is, measured on the disk: bytes that are there, packages that are in place."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from wizard.detection.probes.installed import read_text, site_packages
from wizard.installation.downloads import wheels_of
from wizard.installation.values import Forecast, Plan, Progress, Step

_ARCHIVES = (".conda", ".tar.bz2")
_TABLE_ROW = re.compile(
    r"    (?P<name>[^\s|]+)\s*\|\s*(?P<build>[^\s|]+)\s+(?P<size>[\d.]+) (?P<unit>[KMGT]?B)\b"
)
_UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_PLANNED = re.compile(r"  (?P<name>[\w.-]+)\s+(?P<rest>\S.*)")
_SPEED_SECONDS = 8.0
"""The time over which a speed is told: long enough to be calm, short enough to be true."""


def begun_bytes(forecast: Forecast, plan: Plan) -> int:
    """Of what is to be downloaded, the bytes that an earlier try brought: they count already."""
    total = 0
    for package in forecast.downloads:
        names = [package.file + ".partial"] if package.build else [package.file]
        folders = map(Path, forecast.caches) if package.build else wheels_of(plan.steps)
        for folder in folders if package.file else ():
            with contextlib.suppress(OSError):
                total += min((folder / names[0]).stat().st_size, package.size or 0)
                break
    return total


class Gauge(Protocol):
    """Measures one step."""

    def heed(self, line: str) -> None:
        """Take a line of the tool's output into account."""
        ...

    def read(self) -> Progress:
        """Look at the disk."""
        ...


def gauge_for(plan: Plan, step: Step, forecast: Forecast | None, temporary: Path) -> Gauge:
    """``temporary`` is the folder in which pip works; ``pip download`` has another for the end."""
    if step.kind in ("download", "install") and step.tool == "pip":
        folders = (temporary, *wheels_of((step,)))
        return PipGauge(forecast or Forecast(), folders, plan.folder)
    if step.tool == "conda" and step.kind != "remove":
        return CondaGauge(forecast or Forecast(), plan.folder)
    return _NoGauge()


class _NoGauge:
    """Making a virtual environment, taking packages out: nothing to be measured, and short."""

    def heed(self, line: str) -> None:
        """Nothing that is said changes it."""
        del line

    def read(self) -> Progress:
        return Progress("linking")


class Speed:
    """Bytes per second over the last seconds, and how long the rest takes."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def tell(self, done: int, total: int | None, now: float) -> tuple[float | None, float | None]:
        """(bytes per second, seconds left); None where it is too early to say."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()  # a download began anew
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] > _SPEED_SECONDS:
            self._seen.popleft()
        began, before = self._seen[0]
        if now - began < 1.0 or done <= before:
            return None, None
        speed = (done - before) / (now - began)
        return speed, None if total is None else max(0, total - done) / speed


class CondaGauge:
    """Archives (and what there is of them) in the package cache, unpacked folders, linked files.

    conda's own plan says which packages this step is about; before it is printed, it is solving.
    """

    def __init__(self, forecast: Forecast, prefix: Path) -> None:
        self._caches = tuple(Path(cache) for cache in forecast.caches)
        self._prefix = prefix
        self._known = {
            f"{package.name}-{package.version}-{package.build}": package.size
            for package in forecast.packages
        }
        self._downloads: dict[str, int] = {}
        self._planned: list[str] = []
        self._part = ""
        self._speed = Speed()
        self._in_place: set[str] = set()
        self._last_files: dict[str, str | None] = {}
        self._executing = False

    def heed(self, line: str) -> None:
        if line.startswith("The following"):
            self._part = "downloads" if "downloaded" in line else "planned"
            if "REMOVED" in line:
                self._part = ""
        elif line.startswith(("Downloading and Extracting", "Preparing transaction")):
            self._part = ""
            self._executing = self._executing or line.startswith("Preparing")
        elif self._part == "downloads" and (row := _TABLE_ROW.match(line)):
            dist = f"{row['name']}-{row['build']}"
            about = int(float(row["size"]) * _UNITS[row["unit"]])
            self._downloads[dist] = self._known.get(dist) or about
        elif self._part == "planned" and (planned := _PLANNED.match(line)):
            self._planned.append(_planned_dist(planned["name"], planned["rest"]))

    def read(self) -> Progress:
        if not self._planned and not self._downloads and not self._executing:
            return Progress("preparing")
        total = sum(self._downloads.values())
        done = sum(min(size, self._bytes_of(dist)) for dist, size in self._downloads.items())
        if done < total and not self._executing:
            speed, left = self._speed.tell(done, total, time.monotonic())
            return Progress("downloading", done, total, speed, left)
        unpacked = sum(self._unpacked(dist) is not None for dist in self._downloads)
        if unpacked < len(self._downloads) and not self._executing:
            return Progress("unpacking", unpacked, len(self._downloads))
        self._in_place.update(dist for dist in self._planned if self._is_linked(dist))
        return Progress("linking", len(self._in_place), len(self._planned) or None)

    def _bytes_of(self, dist: str) -> int:
        """Of the whole archive, or of the part that is there."""
        for cache in self._caches:
            for ending in _ARCHIVES:
                for name in (dist + ending, dist + ending + ".partial"):
                    with contextlib.suppress(OSError):
                        return (cache / name).stat().st_size
        return 0

    def _unpacked(self, dist: str) -> Path | None:
        for cache in self._caches:
            # conda writes this file last.
            if (cache / dist / "info" / "repodata_record.json").is_file():
                return cache / dist
        return None

    def _is_linked(self, dist: str) -> bool:
        """Whether the package's last file is in place: records come after all files of all."""
        if dist in self._in_place:
            return True
        if dist not in self._last_files:
            folder = self._unpacked(dist)
            if folder is None:
                return False
            names = read_text(folder / "info" / "files", 64 * 2**20).split("\n")
            self._last_files[dist] = next((name for name in reversed(names) if name), None)
        name = self._last_files[dist]
        if name is None:
            return self._executing  # a package without files
        path = self._prefix / name
        if name.startswith("site-packages/"):
            packages = site_packages(self._prefix, None)
            path = (packages or path.parent) / name.removeprefix("site-packages/")
        return os.path.lexists(path)


def _planned_dist(name: str, rest: str) -> str:
    """The package that will be there, of a line such as ``numpy  1.26-py312_0 --> 2.3-py312_0``."""
    after = rest.rpartition("-->")[2].split()
    word = after[0].rpartition("::")[2] if after else ""
    return word if word.startswith(f"{name}-") else f"{name}-{word}"


class PipGauge:
    """Bytes in pip's own temporary folders; then which of the packages are in the environment."""

    def __init__(self, forecast: Forecast, folders: tuple[Path, ...], prefix: Path) -> None:
        self._names = [package.name for package in forecast.packages]
        self._versions = [package.version for package in forecast.packages]
        self._total = forecast.download_bytes if forecast.packages else None
        self._folders = folders
        self._prefix = prefix
        self._installing = self._asked = False
        self._speed = Speed()

    def heed(self, line: str) -> None:
        self._asked = self._asked or line.lstrip().startswith(("Downloading", "Using cached"))
        self._installing = self._installing or line.startswith("Installing collected packages")

    def read(self) -> Progress:
        if self._installing:
            return Progress("linking", self._in_place(), len(self._names) or None)
        done = sum(_bytes_in(folder) for folder in self._folders)
        if not done and not self._asked:
            return Progress("preparing")
        total = None if not self._total else self._total
        speed, left = self._speed.tell(done, total, time.monotonic())
        return Progress(
            "downloading", done if total is None else min(done, total), total, speed, left
        )

    def _in_place(self) -> int:
        packages = site_packages(self._prefix, None)
        if packages is None:
            return 0
        # pip writes the record of a package last.
        there = {
            path.parent.name.replace("_", "-").lower()
            for path in packages.glob("*.dist-info/RECORD")
        }
        wanted = zip(self._names, self._versions, strict=True)
        return sum(f"{n}-{v}.dist-info".replace("_", "-").lower() in there for n, v in wanted)


def _bytes_in(folder: Path) -> int:
    """Of the wheels that pip is fetching; it gives each download a folder of its own."""
    total = 0
    pending: Sequence[str] = [str(folder)]
    while pending:
        following: list[str] = []
        for each in pending:
            with contextlib.suppress(OSError), os.scandir(each) as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        if entry.is_dir(follow_symlinks=False):
                            following.append(entry.path)
                        elif entry.name.endswith((".whl", ".metadata", ".tar.gz", ".zip")):
                            total += entry.stat().st_size
        pending = following
    return total
