"""What state an environment is in, read from its files alone."""

from __future__ import annotations

import contextlib
import csv
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from wizard.detection.probes.installed import (
    conda_packages,
    interpreter,
    read_text,
    site_packages,
    torch_version,
    venv_python,
)
from wizard.detection.values import Version
from wizard.installation.ownership import holds_anything
from wizard.installation.values import Condition, Plan

_MAX_RECORD = 64 * 2**20
_UNREADABLE = ".unreadable"


def read_condition(plan: Plan) -> Condition:
    """The state of the plan's environment; up to a second for one with PyTorch in it."""
    prefix = plan.folder
    if not holds_anything(prefix):
        return Condition("absent")
    python = _python(prefix, is_conda=plan.conda is not None)
    if python is None:
        return Condition("half_made")
    missing = set(_damaged_conda_packages(prefix))
    packages = site_packages(prefix, python)
    if plan.creates and plan.conda is None and not _has_pip(packages):
        return Condition("half_made")
    torch = torch_version(packages)
    if packages is not None:
        missing.update(_damaged_wheels(packages))
        if torch is not None and not _is_recorded(prefix, packages):
            missing.add("torch")
    state = "damaged" if missing else "whole" if torch else "without_torch"
    return Condition(state, Version.at_start(python), torch, tuple(sorted(missing)))


def set_unreadable_records_aside(plan: Plan) -> str | None:
    """Rename conda's records that hold no JSON; returns what went wrong, or None.

    A conda that was ended while it wrote them leaves such files, and refuses to work with them
    ("corrupted file"); without the record it puts the package in place again. Only while no conda
    is at work: one that writes a record right now leaves the same for a moment.
    """
    for path in sorted((plan.folder / "conda-meta").glob("*.json")):
        try:
            if not isinstance(_record(path), dict):
                path.rename(_free_name(path))
        except OSError as error:
            return str(error)
    return None


def _free_name(path: Path) -> Path:
    """Beside it; conda reads only what ends with ``.json``."""
    numbers = ("", *(f"-{number}" for number in range(2, 1000)))
    names = (path.with_name(path.name + _UNREADABLE + number) for number in numbers)
    return next((name for name in names if not os.path.lexists(name)), path)


def _record(path: Path) -> object:
    """A record's content; None where it is no JSON."""
    try:
        return json.loads(path.read_bytes()[:_MAX_RECORD])
    except (ValueError, RecursionError):
        return None


def _python(prefix: Path, *, is_conda: bool) -> str | None:
    """Its version, where the environment has a Python that could be started."""
    if interpreter(prefix) is None:
        return None
    if not is_conda:
        return venv_python(prefix)
    record = conda_packages(prefix, frozenset({"python"})).get("python")
    # conda writes the history last: without it, it does not take the folder for an environment.
    if record is None or not (prefix / "conda-meta" / "history").is_file():
        return None
    return record.version


def _has_pip(packages: Path | None) -> bool:
    """Making a virtual environment ends with pip, and pip with its record."""
    return packages is not None and any(packages.glob("pip-*.dist-info/RECORD"))


def _damaged_conda_packages(prefix: Path) -> Iterable[str]:
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        name = path.stem.rsplit("-", 2)[0]
        data: object = None
        with contextlib.suppress(OSError):
            data = _record(path)
        files = cast("dict[str, object]", data).get("files") if isinstance(data, dict) else None
        if not isinstance(files, list) or _any_missing(prefix, cast("list[object]", files)):
            yield name


def _damaged_wheels(packages: Path) -> Iterable[str]:
    """What pip installed and whose files are not all there."""
    for record in sorted(packages.glob("*.dist-info/RECORD")):
        if read_text(record.with_name("INSTALLER")).strip() != "pip":
            continue
        text = read_text(record, _MAX_RECORD)
        try:
            files = [row[0] for row in csv.reader(text.splitlines()) if row]
        except csv.Error:
            files = [""]
        if _any_missing(packages, files):
            yield record.parent.name.partition("-")[0]
    # pip moves what it takes out to names such as ~orch; they stay when it is killed.
    for leftover in sorted(packages.glob("~*")):
        yield leftover.name


def _any_missing(folder: Path, files: Iterable[object]) -> bool:
    for file in files:
        if not isinstance(file, str) or not file:
            return True
        # Bytecode is made again as needed.
        if not file.endswith(".pyc") and not os.path.lexists(folder / file):
            return True
    return False


def _is_recorded(prefix: Path, packages: Path) -> bool:
    """Whether conda or pip knows that PyTorch is there: its files alone may be half of them."""
    if conda_packages(prefix, frozenset({"pytorch"})):
        return True
    return any(
        (folder / "RECORD").is_file() and read_text(folder / "INSTALLER").strip() != "conda"
        for folder in packages.glob("torch-*.dist-info")
    )
