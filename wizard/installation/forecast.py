"""What conda or pip says that it would do; asked in dry runs, read into a `Forecast`."""

from __future__ import annotations

import json
import re
import tempfile
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from wizard.child_process import Outcome, run
from wizard.detection.probes.installed import conda_packages, interpreter, site_packages
from wizard.installation.calling import variables
from wizard.installation.reach import size_of
from wizard.installation.values import Change, Forecast, Package, Plan, Step

_DRY_RUN_SECONDS = 900.0
"""An old solver on a full environment takes minutes."""
_SIZE_ASKERS = 8


def ask_conda(plan: Plan, cancelled: threading.Event | None) -> Forecast | Outcome:
    """What all of the plan's conda steps would do; an `Outcome` where conda could not tell."""
    forecast = Forecast()
    for step in _asked_steps(plan):
        outcome = run(
            dry_run_argv(step),
            timeout=_DRY_RUN_SECONDS,
            env=variables(plan, step),
            cancelled=cancelled,
        )
        document = _document(outcome.stdout)
        if not outcome.ok or document is None or document.get("success") is not True:
            return outcome
        forecast = _joined(forecast, from_conda(document, plan))
    return forecast


def dry_run_argv(step: Step) -> tuple[str, ...]:
    """The command itself, told to change nothing and to answer with JSON."""
    at = step.argv.index("--yes")
    return (*step.argv[:at], "--dry-run", "--json", *step.argv[at + 1 :])


def _asked_steps(plan: Plan) -> Iterator[Step]:
    """One question where a first step makes the environment of the second: it is not there yet."""
    steps = [step for step in plan.steps if step.tool == "conda"]
    if len(steps) == 2 and steps[0].kind == "make" and steps[1].kind == "install":
        make, install = steps
        words = [
            word
            for word in install.argv[install.argv.index("install") + 1 :]
            if word not in make.argv
        ]
        yield replace(make, argv=(*make.argv, *words))
    else:
        yield from steps


def from_conda(document: dict[str, Any], plan: Plan) -> Forecast:
    """Of conda's own JSON; fields that are missing cost only themselves."""
    actions = document.get("actions")
    # A list of actions, one for each environment, in old versions.
    if isinstance(actions, list):
        actions = cast("list[Any]", actions)[0] if actions else {}
    if not isinstance(actions, dict):
        return Forecast(plan.prefix)
    given = cast("dict[str, Any]", actions)
    fetch = {_dist(item): item for item in _items(given, "FETCH")}
    before = {str(item.get("name")): item for item in _items(given, "UNLINK")}
    packages: list[Package] = []
    for item in _items(given, "LINK"):
        download = fetch.pop(_dist(item), None)
        packages.append(_conda_package(item, download))
    packages += [_conda_package(item, item) for item in fetch.values()]
    after = {package.name: package for package in packages}
    changes = [
        Change(name, _spelled(item), after[name].spelled if name in after else None)
        for name, item in before.items()
        if name not in after or after[name].spelled != _spelled(item)
    ]
    prefix = str(given.get("PREFIX") or document.get("prefix") or "")
    return Forecast(prefix, tuple(packages), tuple(changes))


def _items(actions: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = actions.get(name)
    if not isinstance(items, list):
        return []
    every = cast("list[object]", items)
    return [cast("dict[str, Any]", item) for item in every if isinstance(item, dict)]


def _dist(item: dict[str, Any]) -> str:
    return str(item.get("dist_name") or f"{item.get('name')}-{item.get('version')}-{_build(item)}")


def _build(item: dict[str, Any]) -> str:
    return str(item.get("build_string") or item.get("build") or "")


def _spelled(item: dict[str, Any]) -> str:
    return f"{item.get('version')} {_build(item)}".strip()


def _conda_package(item: dict[str, Any], download: dict[str, Any] | None) -> Package:
    size: int | None = 0
    if download is not None:
        told = download.get("size")
        size = told if isinstance(told, int) and told >= 0 else None
    return Package(
        name=str(item.get("name")),
        version=str(item.get("version")),
        build=_build(item),
        channel=str(item.get("channel") or ""),
        file="" if download is None else str(download.get("fn") or ""),
        size=size,
    )


def _joined(first: Forecast, second: Forecast) -> Forecast:
    """Of two steps: what the first takes out and the second puts in again is one change."""
    packages = {package.name: package for package in (*first.packages, *second.packages)}
    changes: dict[str, Change] = {}
    for change in (*first.changes, *second.changes):
        coming = packages.get(change.name)
        changes[change.name] = replace(
            change, after=change.after if coming is None else coming.spelled
        )
    kept = tuple(change for change in changes.values() if change.before != change.after)
    return Forecast(second.prefix or first.prefix, tuple(packages.values()), kept)


def _document(text: str) -> dict[str, Any] | None:
    """The JSON object in what was printed, whatever a plugin printed before it."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        data, _end = json.JSONDecoder().raw_decode(text[start:])
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", data) if isinstance(data, dict) else None


# pip ---------------------------------------------------------------------------------------------


def ask_pip(
    plan: Plan, before: Forecast, cancelled: threading.Event | None
) -> Forecast | Outcome | None:
    """What pip's step would do; None where no pip is there yet that could be asked.

    ``before`` is what the steps before it do.
    """
    step = next(
        (each for each in plan.steps if each.tool == "pip" and each.kind == "install"), None
    )
    if step is None:
        return before
    argv = _pip_dry_run(plan, step)
    if argv is None:
        return None
    with tempfile.TemporaryDirectory(prefix="gpu-setup-wizard-") as folder:
        outcome = run(
            argv,
            timeout=_DRY_RUN_SECONDS,
            env=variables(plan, replace(step, argv=argv), Path(folder)),
            cwd=Path(folder),
            cancelled=cancelled,
        )
    document = _document(outcome.stdout)
    if not outcome.ok or document is None:
        # No pip there yet, or one from before 2022, which cannot tell.
        cannot = ("No module named pip", "no such option: --report", "no such option: --dry-run")
        return None if any(words in outcome.stderr for words in cannot) else outcome
    removed = [] if plan.creates else _taken_out(plan)
    asked = from_pip(document, _wheels_there(plan), removed)
    return _joined(before, replace(_with_sizes(asked, document, cancelled), prefix=plan.prefix))


def _pip_dry_run(plan: Plan, step: Step) -> tuple[str, ...] | None:
    """Pip's own dry run; before the environment is there, that of the Python that makes it."""
    words = step.argv[step.argv.index("install") + 1 :]
    asking = ("--dry-run", "--quiet", "--report", "-")
    if not plan.creates:
        return (*step.argv[: -len(words)], *asking, *words)
    making = plan.steps[0]
    if making.tool == "venv":
        return (making.argv[0], "-m", "pip", "install", *asking, "--ignore-installed", *words)
    wanted = next((word for word in making.argv if word.startswith("python=")), None)
    python = interpreter(Path(plan.conda.root)) if plan.conda is not None else None
    if wanted is None or python is None:
        return None
    elsewhere = ("--python-version", wanted.partition("=")[2], "--only-binary=:all:")
    target = ("--target", str(plan.folder / "not-made"), "--ignore-installed")
    return (str(python), "-m", "pip", "install", *asking, *elsewhere, *target, *words)


def from_pip(
    document: dict[str, Any], there: dict[str, str], removed: Iterable[str] = ()
) -> Forecast:
    """Of ``pip install --report``; ``there`` has the versions by normalized name."""
    packages: list[Package] = []
    changes: list[Change] = []
    for item in _items(document, "install"):
        described = item.get("metadata")
        if not isinstance(described, dict):
            continue
        metadata = cast("dict[str, Any]", described)
        name, version = str(metadata.get("name")), str(metadata.get("version"))
        packages.append(Package(name, version, file=_url(item).rpartition("/")[2]))
        before = there.get(_normalized(name))
        if before is not None and before != version:
            changes.append(Change(name, before, version))
    coming = {_normalized(package.name) for package in packages}
    changes += [
        Change(name, there[_normalized(name)], None)
        for name in removed
        if _normalized(name) in there and _normalized(name) not in coming
    ]
    return Forecast("", tuple(packages), tuple(changes))


def _url(item: dict[str, Any]) -> str:
    info = item.get("download_info")
    url = cast("dict[str, Any]", info).get("url") if isinstance(info, dict) else None
    return url if isinstance(url, str) else ""


def _with_sizes(
    forecast: Forecast, document: dict[str, Any], cancelled: threading.Event | None
) -> Forecast:
    """Pip does not say sizes; the servers do, when they are asked for the headers alone."""
    urls = [_url(item) for item in _items(document, "install")]

    def size(url: str) -> int | None:
        return None if cancelled is not None and cancelled.is_set() else size_of(url)

    with ThreadPoolExecutor(_SIZE_ASKERS) as pool:
        sizes = list(pool.map(size, urls))
    pairs = zip(forecast.packages, sizes, strict=False)
    return replace(forecast, packages=tuple(replace(each, size=size) for each, size in pairs))


def _wheels_there(plan: Plan) -> dict[str, str]:
    """Versions by normalized name of what is in the environment."""
    if plan.creates:
        return {}
    python = conda_packages(plan.folder, frozenset({"python"})).get("python")
    folder = site_packages(plan.folder, python.version if python else None)
    found: dict[str, str] = {}
    for path in folder.glob("*.dist-info") if folder is not None else ():
        name, _dash, version = path.name.removesuffix(".dist-info").partition("-")
        found[_normalized(name)] = version
    return found


def _taken_out(plan: Plan) -> list[str]:
    """What a pip step before it uninstalls."""
    names: list[str] = []
    for step in plan.steps:
        if step.tool == "pip" and step.kind == "remove":
            words = step.argv[step.argv.index("uninstall") + 1 :]
            names += [word for word in words if not word.startswith("-")]
    return names


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
