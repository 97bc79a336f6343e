"""What state an environment is in, read from its files alone, and removing what was half made."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterable
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
from wizard.installation import downloads
from wizard.installation.names import name_problem
from wizard.installation.values import Condition, Plan
from wizard.text import _

_MAX_RECORD = 64 * 2**20
_TRIES = 3


def read_condition(plan: Plan) -> Condition:
    """The state of the plan's environment; up to a second for one with PyTorch in it."""
    prefix = plan.folder
    if not _anything_in(prefix):
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


def remove_half_made(plan: Plan) -> str | None:
    """Delete the folder that this plan itself began; returns what went wrong, or None.

    Anything else is refused: an environment that was there before, an installation of conda, a
    folder that is only linked to.
    """
    prefix = plan.folder
    if not plan.creates or not prefix.is_absolute() or prefix.name != plan.name:
        return _("The wizard did not make this folder.")
    if name_problem(plan.name, windows=sys.platform == "win32") or prefix.is_symlink():
        return _("The wizard did not make this folder.")
    if (plan.conda is not None and prefix == Path(plan.conda.root)) or (
        prefix / "condabin"
    ).exists():
        return _("This folder is an installation of conda.")
    downloads.remove_left(plan)
    problem: str | None = None
    for attempt in range(_TRIES):
        if not os.path.lexists(prefix):
            return None
        if attempt:
            time.sleep(0.5)  # a scanner or the ended process may hold a file for a moment
        problem = _remove_tree(prefix)
    return problem


def drop_unreadable_records(plan: Plan) -> str | None:
    """Delete conda's records that hold no JSON; returns what went wrong, or None.

    A conda that was ended while it wrote them leaves such files, and refuses to work with them
    ("corrupted file"); without the record it puts the package in place again.
    """
    for path in sorted((plan.folder / "conda-meta").glob("*.json")):
        try:
            if not isinstance(_record(path), dict):
                path.unlink()
        except OSError as error:
            return str(error)
    return None


def _record(path: Path) -> object:
    """A record's content; None where it is no JSON."""
    try:
        return json.loads(path.read_bytes()[:_MAX_RECORD])
    except (ValueError, RecursionError):
        return None


def _anything_in(prefix: Path) -> bool:
    with contextlib.suppress(OSError), os.scandir(prefix) as entries:
        return next(entries, None) is not None
    return False


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


def _remove_tree(folder: Path) -> str | None:
    first: list[str] = []

    def again(function: Callable[[str], object], path: str, error: object) -> None:
        """A read-only file stops Windows from deleting it; so does a read-only folder elsewhere."""
        with contextlib.suppress(OSError):
            if folder in Path(path).parents:
                Path(path).parent.chmod(stat.S_IRWXU)
            if not Path(path).is_symlink():
                Path(path).chmod(stat.S_IRWXU)
            function(path)
            return
        first.append(f"{path}: {error}")

    if sys.version_info >= (3, 12):
        shutil.rmtree(folder, onexc=again)
    else:
        shutil.rmtree(folder, onerror=lambda f, path, info: again(f, path, info[1]))
    return first[0] if first else None
