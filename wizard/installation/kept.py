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
    environment = json.dumps([plan.prefix, _beginning(plan.folder)])
    (folder / _ENVIRONMENT).write_text(environment, "utf-8")
    names = {_normalized(word) for word in _named(step)}
    files = _conda_files if step.tool == "conda" else _pip_files
    for relative in files(plan.folder, names):
        source, target = plan.folder / relative, folder / _FILES / relative
        if source.is_file() or source.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(source, target)


def held_of(prefix: str, folders: Iterable[Path]) -> Path | None:
    """The folder in which files of an environment are held, among those that runs left."""
    return next((each for each in folders if _environment(each) == Path(prefix)), None)


def _environment(folder: Path) -> Path | None:
    """The environment of whose files they are; None where it is gone, or another in its place."""
    said: object = None
    with contextlib.suppress(ValueError, RecursionError):
        said = json.loads(read_text(folder / _ENVIRONMENT))
    match said:
        case [str(text), str(beginning)] if text and "\0" not in text:
            prefix = Path(text)
            same = prefix.is_absolute() and prefix.is_dir() and _beginning(prefix) == beginning
            return prefix if same else None
        case _:
            return None


def _beginning(prefix: Path) -> str:
    """How an environment began: what conda wrote first in its history, or when venv made it."""
    history = read_text(prefix / "conda-meta" / "history", 4096)
    if history:
        return history.split("\n==> ")[0].strip()
    note = prefix / "pyvenv.cfg"
    with contextlib.suppress(OSError):
        return f"{note.stat().st_mtime_ns} {read_text(note, 4096)}"
    return ""


def put_back(folder: Path) -> bool:
    """Where no new PyTorch is in the environment now, the one that was; whether that was done.

    Also where it is still noted: pip and conda end at a note that tells of files already gone.

    Raises:
        OSError: a file could not be put back.
    """
    files, prefix = of_any_length(folder) / _FILES, _environment(folder)
    kept = [path for path in files.rglob("*") if path.is_symlink() or not path.is_dir()]
    if prefix is None or _has_another_torch(prefix, files):
        return False
    if all(os.path.lexists(prefix / path.relative_to(files)) for path in kept):
        return False  # nothing was taken out
    packages = site_packages(prefix, None)
    for half in packages.glob("torch*.dist-info") if packages is not None else ():
        if not (half / "RECORD").is_file():  # pip writes it last, and has just failed
            shutil.rmtree(half)
    for path in kept:
        target = prefix / path.relative_to(files)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        _link(path, target)
    for left in packages.glob("~*") if packages is not None else ():
        if _holds_nothing_else(left, kept):
            shutil.rmtree(left, ignore_errors=True)
    return True


def _has_another_torch(prefix: Path, files: Path) -> bool:
    """Whether pip or conda noted one that is not held, which both do at the end."""
    packages = site_packages(prefix, None)
    noted = list(packages.glob("torch-*.dist-info/RECORD")) if packages is not None else []
    noted += [each.path for each in conda_packages(prefix, frozenset({"pytorch"})).values()]
    return any(not _is_same(note, files / note.relative_to(prefix)) for note in noted)


def _is_same(one: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):
        return one.samefile(other) or one.read_bytes() == other.read_bytes()
    return False


def _holds_nothing_else(left: Path, kept: list[Path]) -> bool:
    """Whether what pip moved aside is what is held, under other names, and what it makes itself."""
    if left.is_symlink() or not left.is_dir():
        return False
    held = {(each.lstat().st_dev, each.lstat().st_ino) for each in kept}
    found = [path for path in left.rglob("*") if path.is_symlink() or not path.is_dir()]
    return all(
        path.suffix == ".pyc" or (path.lstat().st_dev, path.lstat().st_ino) in held
        for path in found
    )


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
