"""The folders of an installation: room, the right to write, and paths that Windows cannot take."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from wizard.advice.finding import Finding
from wizard.detection.probes.installed import read_text
from wizard.installation import obstacles
from wizard.installation.values import Forecast, Need, Plan
from wizard.paths import user_data_folder

_UNPACKED = 3.0
"""What packages weigh unpacked, against their download: conda-forge's CUDA build of PyTorch, 2.9 GB
to download, came to 7 to 9 GB."""
_WHEEL_UNPACKED = 1.8
_GUESS_GPU, _GUESS_CPU = 9 * 10**9, 2 * 10**9
"""Where no dry run could tell."""
_DEEPEST = 170
"""Characters of the longest path inside an environment with PyTorch 2.13, whose headers nest
deeply, ``Lib\\site-packages\\`` included."""
_WINDOWS_LIMIT = 259


def room_needed(plan: Plan, forecast: Forecast | None, caches: Sequence[Path]) -> tuple[Need, ...]:
    """What each drive will lose, the environment's first.

    conda keeps archives and unpacked packages in its cache and links them from there, which costs
    nothing on the same drive; on another, all files are copied, also of what is in the cache
    already. pip has each wheel twice while it works: beside the environment and in its own cache.
    """
    download = None if forecast is None else forecast.download_bytes
    by_pip = any(step.tool == "pip" and step.kind == "install" for step in plan.steps)
    if download is None:
        wants_gpu = any("cu" in word for word in plan.steps[-1].argv[-6:])
        download = round((_GUESS_GPU if wants_gpu else _GUESS_CPU) / (1 + _UNPACKED))
    cache = first_writable(caches) if not by_pip else user_data_folder()
    if by_pip:
        in_env, in_cache = round(download * (1 + _WHEEL_UNPACKED)), download
    else:
        in_env, in_cache = 0, round(download * (1 + _UNPACKED))
    if cache is None or _same_drive(plan.folder, cache):
        return (Need(plan.prefix, in_env + in_cache, free_bytes(plan.folder)),)
    if not by_pip:
        in_env = round((download + _kept_bytes(forecast, caches)) * _UNPACKED)
    return (
        Need(plan.prefix, in_env, free_bytes(plan.folder)),
        Need(str(cache), in_cache, free_bytes(cache)),
    )


def _kept_bytes(forecast: Forecast | None, caches: Sequence[Path]) -> int:
    """Of the archives that need no download any more, as far as a cache tells."""
    total = 0
    for package in () if forecast is None else forecast.packages:
        if package.size == 0:
            dist = f"{package.name}-{package.version}-{package.build}"
            total += next(filter(None, (_kept_in(cache, dist) for cache in caches)), 0)
    return total


def _kept_in(cache: Path, dist: str) -> int:
    for ending in (".conda", ".tar.bz2"):
        with contextlib.suppress(OSError):
            return (cache / (dist + ending)).stat().st_size
    # conda keeps what it unpacked also where the archive was cleaned away.
    with contextlib.suppress(ValueError, RecursionError):
        text = read_text(cache / dist / "info" / "repodata_record.json")
        data: object = json.loads(text) if text else None
        told = cast("dict[str, object]", data).get("size") if isinstance(data, dict) else None
        return told if isinstance(told, int) else 0
    return 0


def free_bytes(folder: Path) -> int | None:
    """Free on the drive of a folder that may not be there yet."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(_nearest(folder)).free
    return None


def _same_drive(first: Path, second: Path) -> bool:
    with contextlib.suppress(OSError):
        return _nearest(first).stat().st_dev == _nearest(second).stat().st_dev
    return True


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    return next((each for each in (folder, *folder.parents) if each.exists()), folder)


def first_writable(folders: Sequence[Path]) -> Path | None:
    """Of conda's package caches, that is the one it will use."""
    return next((folder for folder in folders if writable(_nearest(folder))), None)


def not_writable(plan: Plan) -> Path | None:
    """A folder that would have to be written to and cannot be; None where all can."""
    prefix = plan.folder
    if plan.creates:
        folders = [prefix.parent]
    else:
        folders = [
            prefix,
            prefix / "conda-meta",
            *sorted(prefix.glob("lib/python3*/site-packages")),
        ]
        folders.append(prefix / "Lib" / "site-packages")
        folders = [folder for folder in folders if folder.exists()] or [prefix]
    return next((folder for folder in folders if not writable(_nearest(folder))), None)


def writable(folder: Path) -> bool:
    """Whether something can be made in a folder.

    Windows tells the truth only to those who try; the trial file is gone at once.
    """
    if sys.platform != "win32":
        return os.access(folder, os.W_OK | os.X_OK)
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def path_problem(prefix: str, *, windows: bool, long_paths: bool | None = None) -> Finding | None:
    """What is to be said of the environment's path; only Windows has trouble with some.

    ``long_paths`` is for tests; None means that the system is asked.
    """
    if not windows:
        return None
    if len(prefix) + _DEEPEST > _WINDOWS_LIMIT:
        allowed = long_paths_allowed() if long_paths is None else long_paths
        if not allowed:
            return obstacles.long_path(prefix, _WINDOWS_LIMIT - _DEEPEST)
    if "onedrive" in prefix.lower():
        return obstacles.in_onedrive(prefix)
    if not prefix.isascii():
        return obstacles.not_ascii(prefix)
    return None


def long_paths_allowed() -> bool:
    """Windows' setting ``LongPathsEnabled``; True on other systems."""
    if sys.platform != "win32":
        return True
    import winreg

    with contextlib.suppress(OSError):
        key = r"SYSTEM\CurrentControlSet\Control\FileSystem"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return winreg.QueryValueEx(opened, "LongPathsEnabled")[0] == 1
    return False
