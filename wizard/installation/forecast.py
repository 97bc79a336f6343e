"""What conda or pip says that it would do; asked in dry runs, read into a `Forecast`."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from wizard.child_process import Outcome, run
from wizard.detection.probes.installed import conda_packages, interpreter, site_packages
from wizard.installation.calling import variables
from wizard.installation.connection import Patience, again_sentence, asked_to_wait, what_broke
from wizard.installation.reach import size_of, until_stopped
from wizard.installation.steps import is_of_no_files, pip_question
from wizard.installation.values import Change, Forecast, Package, Plan, Step

_DRY_RUN_SECONDS = 900.0
"""An old solver on a full environment takes minutes."""
_SIZE_ASKERS = 8
_MOST_QUESTIONS = 4
"""Times that a dry run is tried: somebody waits for the answer."""


def ask_conda(
    plan: Plan,
    cancelled: threading.Event | None,
    tell: Callable[[str], None] = lambda _line: None,
) -> Forecast | Outcome:
    """What all of the plan's conda steps would do; an `Outcome` where conda could not tell.

    ``tell`` gets a sentence where the question is asked again after a while.
    """
    forecast = Forecast()
    for step in _asked_steps(plan):
        outcome = _answer(dry_run_argv(step), variables(plan, step), cancelled, tell)
        document = document_in(outcome.stdout)
        if not outcome.ok or document is None or document.get("success") is not True:
            return outcome
        found = from_conda(document, plan)
        if _is_elsewhere(step, plan):
            found = _against_what_is_there(found, plan)
        forecast = _joined(forecast, found)
    return forecast


def _answer(
    argv: tuple[str, ...],
    env: dict[str, str],
    cancelled: threading.Event | None,
    tell: Callable[[str], None],
    cwd: Path | None = None,
) -> Outcome:
    """Of a dry run; an index that broke off in the middle, or that asks to wait, is asked again."""
    patience = Patience()
    while True:
        outcome = run(argv, timeout=_DRY_RUN_SECONDS, env=env, cwd=cwd, cancelled=cancelled)
        said = f"{outcome.stdout}\n{outcome.stderr}"
        broken = None
        if outcome.kind == "exited" and not outcome.ok:
            broken = what_broke(said, downloading=False)
        if broken is None or patience.tries >= _MOST_QUESTIONS:
            return outcome
        pause = patience.pause(broken, wanted=asked_to_wait(said))
        if pause is None:
            return outcome
        tell(again_sentence(broken, pause))
        if (cancelled or threading.Event()).wait(pause):
            return replace(outcome, kind="cancelled")


def dry_run_argv(step: Step) -> tuple[str, ...]:
    """The command itself, told to change nothing and to answer with JSON."""
    at = step.argv.index("--yes")
    return (*step.argv[:at], "--dry-run", "--json", *step.argv[at + 1 :])


def _asked_steps(plan: Plan) -> Iterator[Step]:
    """One question where a first step makes the environment of the second: it is not there yet.

    Nor can conda be asked about an environment without the package that a first step removes from
    it: what comes is asked of a new environment with the same Python.
    """
    steps = [step for step in plan.steps if step.tool == "conda" and step.kind != "download"]
    if len(steps) == 2 and steps[0].kind == "make" and steps[1].kind == "install":
        make, install = steps
        words = [
            word
            for word in install.argv[install.argv.index("install") + 1 :]
            if word not in make.argv
        ]
        yield replace(make, argv=(*make.argv, *words))
        return
    in_the_way = False
    for step in steps:
        in_the_way = in_the_way or is_of_no_files(step)
        yield _elsewhere(step, plan) if in_the_way and step.kind == "install" else step


def _elsewhere(step: Step, plan: Plan) -> Step:
    """The question of the same packages for an environment that is not there."""
    at = step.argv.index("install")
    words: list[str] = []
    rest = iter(step.argv[at + 1 :])
    for word in rest:
        if word in ("-n", "-p"):
            next(rest, None)
        else:
            words.append(word)
    python = conda_packages(plan.folder, frozenset({"python"})).get("python")
    if python is not None:
        words.append("python=" + ".".join(python.version.split(".")[:2]))
    argv = (*step.argv[:at], "create", "-p", str(_nowhere(plan)), *words)
    return replace(step, argv=argv)


def _nowhere(plan: Plan) -> Path:
    return plan.folder.parent / f"{plan.folder.name}-not-made"


def _is_elsewhere(step: Step, plan: Plan) -> bool:
    return str(_nowhere(plan)) in step.argv


def _against_what_is_there(found: Forecast, plan: Plan) -> Forecast:
    """Of a new environment's packages, those that the one that is there has not, or otherwise.

    conda keeps more of what is there than this says: it is the most that can change.
    """
    names = frozenset(package.name for package in found.packages)
    there = conda_packages(plan.folder, names)
    spelled = {name: f"{each.version} {each.build}" for name, each in there.items()}
    coming = tuple(each for each in found.packages if spelled.get(each.name) != each.spelled)
    changes = tuple(
        Change(each.name, spelled[each.name], each.spelled)
        for each in coming
        if each.name in spelled
    )
    return Forecast("", coming, changes)


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


def document_in(text: str) -> dict[str, Any] | None:
    """The last JSON object in what was printed, whatever conda or a plugin printed around it."""
    found: dict[str, Any] | None = None
    at = 0
    decoder = json.JSONDecoder()
    for start in re.finditer(r"^\s*\{", text, re.MULTILINE):
        if start.start() < at:
            continue  # inside of the one before
        with contextlib.suppress(ValueError, RecursionError):
            data, at = decoder.raw_decode(text, start.end() - 1)
            found = cast("dict[str, Any]", data)
    return found


# pip ---------------------------------------------------------------------------------------------


def ask_pip(
    plan: Plan,
    before: Forecast,
    cancelled: threading.Event | None,
    tell: Callable[[str], None] = lambda _line: None,
) -> Forecast | Outcome | None:
    """What pip's step would do; None where no pip is there yet that could be asked.

    ``before`` is what the steps before it do; ``tell`` is as for `ask_conda`.
    """
    question = pip_question(plan.steps)
    if question is None:
        return _joined(before, _only_taken_out(plan))
    step, words = question
    argv = _pip_dry_run(plan, step, words)
    if argv is None:
        return None
    with tempfile.TemporaryDirectory(prefix="gpu-setup-wizard-") as folder:
        env = variables(plan, replace(step, argv=argv), Path(folder))
        outcome = _answer(argv, env, cancelled, tell, Path(folder))
    document = document_in(outcome.stdout)
    if not outcome.ok or document is None:
        # No pip there yet, or one from before 2022, which cannot tell.
        cannot = ("No module named pip", "no such option: --report", "no such option: --dry-run")
        return None if any(words in outcome.stderr for words in cannot) else outcome
    there, removed = _wheels_there(plan), [] if plan.creates else _taken_out(plan)
    if step.kind == "download":
        document = _needed_of(document, there, [*removed, *words])
    asked = from_pip(document, there, removed)
    asked = _with_sizes(asked, document, cancelled)
    return _joined(before, replace(asked, prefix=plan.prefix))


def _only_taken_out(plan: Plan) -> Forecast:
    """Of a pip step that makes room for conda's PyTorch."""
    removed = [] if plan.creates else _taken_out(plan)
    there = _wheels_there(plan) if removed else {}
    return replace(from_pip({}, there, removed), prefix=plan.prefix)


def _needed_of(
    document: dict[str, Any], there: dict[str, str], removed: Iterable[str]
) -> dict[str, Any]:
    """Of a dry run that left aside what is there, what is really installed.

    Whatever is asked for, taken out before or missing, and what another package needs in just one
    version; what else is there suits, so pip leaves it.
    """
    asked = _items(document, "install")
    pinned: dict[str, str] = {}
    for item in asked:
        for need in _metadata(item).get("requires_dist") or []:
            found = re.match(r"([\w.-]+)\s*\(?==([^*,;\s)]+)\)?\s*(?:;|$)", str(need))
            if found:
                pinned[_normalized(found[1])] = found[2]
    gone = {_normalized(re.split(r"[=<>!~\[]", name)[0]) for name in removed}

    def needed(item: dict[str, Any]) -> bool:
        name = _normalized(str(_metadata(item).get("name")))
        version = there.get(name)
        return name in gone or version is None or pinned.get(name, version) != version

    return {**document, "install": [item for item in asked if needed(item)]}


def _metadata(item: dict[str, Any]) -> dict[str, Any]:
    described = item.get("metadata")
    return cast("dict[str, Any]", described) if isinstance(described, dict) else {}


def _pip_dry_run(plan: Plan, step: Step, words: tuple[str, ...]) -> tuple[str, ...] | None:
    """Pip's own dry run; before the environment is there, that of the Python that makes it."""
    asking = ("--dry-run", "--quiet", "--report", "-")
    if not plan.creates:
        # What is taken out later would be "already satisfied" now.
        ignoring = ("--ignore-installed",) if step.kind == "download" else ()
        return (*step.argv[:3], "install", *asking, *ignoring, *words)
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
        metadata = _metadata(item)
        if not metadata:
            continue
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

    pool = ThreadPoolExecutor(_SIZE_ASKERS)
    sizes = until_stopped(lambda: list(pool.map(size, urls)), cancelled) or []
    pool.shutdown(wait=False, cancel_futures=True)
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
