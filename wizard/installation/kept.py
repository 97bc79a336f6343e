"""What works is held until its replacement works: the files of the PyTorch that is taken out.

Hard links beside the environment cost neither room nor time; where the exchange fails, they are
linked back. Copies are made on drives that know no links.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from wizard.detection.probes.installed import conda_packages, read_text, site_packages
from wizard.installation.downloads import of_any_length
from wizard.installation.values import Plan, Step

_MAX_RECORD = 64 * 2**20


_FILES, _ENVIRONMENT = "kept", "environment"
"""In a folder of the wizard's own: the files, and which environment they are of."""


def keep(plan: Plan, step: Step, folder: Path) -> None:
    """Hold in ``folder`` the files of what ``step`` takes out of the plan's environment.

    Raises:
        OSError: there is no room for them.
    """
    folder = of_any_length(folder)
    (folder / _ENVIRONMENT).write_text(plan.prefix, "utf-8", "surrogatepass")
    names = {_normalized(word) for word in _named(step)}
    files = _conda_files if step.tool == "conda" else _pip_files
    for relative in files(plan.folder, names):
        source, target = plan.folder / relative, folder / _FILES / relative
        if source.is_file() or source.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(source, target)


def held_of(prefix: str, folders: Iterable[Path]) -> Path | None:
    """The folder in which files of an environment are held, among those that runs left."""
    return next((each for each in folders if _environment(each) == prefix), None)


def _environment(folder: Path) -> str:
    return read_text(folder / _ENVIRONMENT)


def put_back(folder: Path) -> bool:
    """Where no whole PyTorch is in the environment now, the one that was; whether that was done.

    Raises:
        OSError: a file could not be put back.
    """
    files, prefix = of_any_length(folder) / _FILES, Path(_environment(folder))
    kept = [path for path in files.rglob("*") if path.is_symlink() or not path.is_dir()]
    if not kept or not (prefix.is_absolute() and prefix.is_dir()) or _has_torch(prefix):
        return False
    packages = site_packages(prefix, None)
    for half in packages.glob("torch*.dist-info") if packages is not None else ():
        if not (half / "RECORD").is_file():  # pip writes it last, and has just failed
            shutil.rmtree(half)
    for path in kept:
        target = prefix / path.relative_to(files)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        _link(path, target)
    return True


def _has_torch(prefix: Path) -> bool:
    """Whether pip or conda noted one, which both do at the end."""
    packages = site_packages(prefix, None)
    by_pip = packages is not None and any(packages.glob("torch-*.dist-info/RECORD"))
    return by_pip or bool(conda_packages(prefix, frozenset({"pytorch"})))


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        if os.link in os.supports_follow_symlinks:
            os.link(source, target, follow_symlinks=False)
        else:  # Windows
            os.link(source, target)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _named(step: Step) -> Iterator[str]:
    """The packages that a command to remove names."""
    at = next(at for at, word in enumerate(step.argv) if word in ("remove", "uninstall"))
    skip = False
    for word in step.argv[at + 1 :]:
        if not word.startswith("-") and not skip:
            yield word
        skip = word in ("-n", "-p", "-c")


def _pip_files(prefix: Path, names: set[str]) -> Iterator[Path]:
    packages = site_packages(prefix, None)
    for record in packages.glob("*.dist-info/RECORD") if packages is not None else ():
        if _normalized(record.parent.name.partition("-")[0]) not in names:
            continue
        for row in csv.reader(read_text(record, _MAX_RECORD).splitlines()):
            if row and row[0]:
                yield from _inside(prefix, record.parent.parent / row[0])


def _conda_files(prefix: Path, names: set[str]) -> Iterator[Path]:
    """Also of the packages that need the named ones: conda takes them out together."""
    records: dict[str, tuple[Path, dict[str, object]]] = {}
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        with contextlib.suppress(OSError, ValueError, RecursionError):
            data: object = json.loads(path.read_bytes()[:_MAX_RECORD])
            if isinstance(data, dict):
                fields = cast("dict[str, object]", data)
                records[_normalized(str(fields.get("name")))] = (path, fields)
    gone = names & set(records)
    while True:
        more = {
            name
            for name, (_path, data) in records.items()
            if name not in gone and gone & {_normalized(need) for need in _texts(data, "depends")}
        }
        if not more:
            break
        gone |= more
    for name in gone:
        path, data = records[name]
        yield from _inside(prefix, path)
        for file in _texts(data, "files"):
            yield from _inside(prefix, prefix / file)


def _texts(data: dict[str, object], name: str) -> list[str]:
    value = data.get(name)
    every = cast("list[object]", value) if isinstance(value, list) else []
    return [each for each in every if isinstance(each, str)]


def _inside(prefix: Path, path: Path) -> Iterator[Path]:
    """Relative to the environment; a record that names a file outside it is not followed."""
    whole = Path(os.path.normpath(path))
    if prefix in whole.parents:
        yield whole.relative_to(prefix)


def _normalized(spec: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s=<>!~\[;]", spec, maxsplit=1)[0]).lower()
