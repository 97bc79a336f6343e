"""Everything that can be known before anything is touched: question by question, one `Item` each.

What stops the installation is ``blocked``, what is to be known is a ``warning``; every one says
what to do.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from wizard.advice.finding import Finding
from wizard.child_process import Outcome, run
from wizard.detection.condarc import read_settings
from wizard.detection.machine import Machine
from wizard.installation import obstacles, places
from wizard.installation.calling import variables
from wizard.installation.failures import from_outcome
from wizard.installation.forecast import ask_conda, ask_pip, document_in
from wizard.installation.names import name_problem
from wizard.installation.others import others_at_work
from wizard.installation.progress import begun_bytes
from wizard.installation.reach import ask_server, index_forbidden, until_stopped
from wizard.installation.steps import pip_question
from wizard.installation.told_by_conda import no_cache
from wizard.installation.values import Forecast, Item, ItemId, ItemStarted, Plan, Preflight
from wizard.jobs.events import LogLine
from wizard.paths import user_data_folder
from wizard.text import _
from wizard.text.installation import download_text, size

_PROGRAM_SECONDS = 120.0
_COMMANDS = ("create", "install", "remove")
_COMFORT = 1.3
"""Times the room that is needed: the figure is an estimate."""
CONDA_SERVER = "https://conda.anaconda.org/conda-forge/noarch/repodata.json.zst"
PIP_SERVER = "https://pypi.org/simple/torch/"

OnEvent = Callable[[ItemStarted | Item | LogLine], None]


@dataclass
class _Known:
    """What the questions so far have found out."""

    plan: Plan
    windows: bool
    cancelled: threading.Event | None
    tell: Callable[[str], None]
    caches: tuple[Path, ...] = ()
    forecast: Forecast | None = None
    disk_bytes: int | None = None

    @property
    def with_conda(self) -> bool:
        return any(step.tool == "conda" for step in self.plan.steps)


def run_preflight(
    plan: Plan,
    machine: Machine,
    on_event: OnEvent,
    cancelled: threading.Event | None = None,
) -> Preflight:
    """Ask every question in turn; ``on_event`` is called in this thread.

    After a blocked question, those that would only repeat the trouble are skipped.
    """
    plan = replace(plan, machine=machine)
    known = _Known(
        plan, machine.os.system == "windows", cancelled, lambda line: on_event(LogLine(line))
    )
    questions: tuple[tuple[ItemId, Callable[[_Known], Item]], ...] = (
        ("environment", _environment),
        ("running", _running),
        ("program", _program),
        ("permission", _permission),
        ("path", _path),
        ("connection", _connection),
        ("changes", _changes),
        ("disk", _disk),
    )
    items: list[Item] = []
    for name, question in questions:
        if cancelled is not None and cancelled.is_set():
            return Preflight(known.plan, tuple(items), None, cancelled=True)
        on_event(ItemStarted(name))
        if name in ("program", "changes") and any(each.state == "blocked" for each in items):
            item = Item(name, "skipped", _("first the obstacle above"))
        else:
            item = question(known)
        items.append(item)
        on_event(item)
    return Preflight(
        known.plan,
        tuple(items),
        known.forecast,
        known.disk_bytes,
        cancelled=cancelled is not None and cancelled.is_set(),
    )


def _environment(known: _Known) -> Item:
    plan = known.plan
    problem = None if plan.conda is None else name_problem(plan.name, windows=known.windows)
    if problem is not None and plan.creates:
        return _blocked("environment", plan.name, obstacles.name_not_allowed(problem))
    finding = obstacles.standing_in_the_way(plan)
    if finding is not None:
        return _blocked("environment", plan.prefix, finding)
    said = _("{name} is made anew in {folder}") if plan.creates else _("{name} in {folder}")
    return Item("environment", "passed", said.format(name=plan.name, folder=plan.prefix))


def _running(known: _Known) -> Item:
    other = others_at_work(known.plan)
    if other is None:
        return Item("running", "passed", _("none is running"))
    return _blocked("running", other.command, obstacles.already_running(other))


def _permission(known: _Known) -> Item:
    folder = places.not_writable(known.plan)
    if folder is not None:
        return _blocked("permission", str(folder), obstacles.no_permission(folder))
    own = user_data_folder()
    if places.first_writable((own,)) is None:
        return Item("permission", "warning", str(own), obstacles.no_journal(own))
    return Item("permission", "passed", _("the folders can be written to"))


def _path(known: _Known) -> Item:
    finding = places.path_problem(known.plan.prefix, windows=known.windows)
    if finding is None:
        return Item("path", "passed", known.plan.prefix)
    state = "blocked" if finding.code == "long_path" else "warning"
    return Item("path", state, known.plan.prefix, finding)


def _program(known: _Known) -> Item:
    """Conda itself, asked for its version and its folders."""
    plan = known.plan
    conda = plan.conda
    if conda is None or not known.with_conda:
        return Item("program", "passed", plan.steps[0].argv[0])
    step = next(step for step in plan.steps if step.tool == "conda")
    runner = step.argv[: next(at for at, word in enumerate(step.argv) if word in _COMMANDS)]
    outcome = run(
        (*runner, "info", "--json"),
        timeout=_PROGRAM_SECONDS,
        env=variables(plan, step),
        cancelled=known.cancelled,
    )
    info = document_in(outcome.stdout) if outcome.ok else None
    if info is None:
        return _failed("program", conda.executable or conda.root, outcome, known)
    # The names with spaces are micromamba's.
    known.caches = _folders(info.get("pkgs_dirs") or info.get("package cache"))
    cache = places.first_writable(known.caches)
    if known.caches and cache is None:
        of_settings = no_cache(map(str, known.caches), known.plan)
        finding = of_settings or obstacles.no_permission(known.caches[0])
        return _blocked("program", conda.root, finding)
    if plan.creates:
        _go_where_conda_can(known, _folders(info.get("envs_dirs") or info.get("envs directories")))
        finding = obstacles.standing_in_the_way(known.plan)
        if finding is not None:
            return _blocked("program", known.plan.prefix, finding)
    version = info.get("conda_version") or info.get(f"{conda.tool} version") or conda.version
    return Item("program", "passed", f"{conda.tool} {version or '?'}, {conda.root}")


def _folders(told: object) -> tuple[Path, ...]:
    every = cast("list[object]", told) if isinstance(told, list) else []
    return tuple(Path(folder) for folder in every if isinstance(folder, str))


def _go_where_conda_can(known: _Known, folders: tuple[Path, ...]) -> None:
    """A new environment comes into the first of conda's folders that can be written to.

    An installation for all users keeps its own ``envs`` for the administrator; conda makes the
    environments of others in their home folders then.
    """
    plan = known.plan
    if places.not_writable(plan) is None or plan.folder.parent not in folders:
        return
    folder = places.first_writable(folders)
    if folder is not None:
        known.plan = _moved(plan, str(folder / plan.name))


def _connection(known: _Known) -> Item:
    """Whether the usual server answers; a mirror of the user's own may still do without it."""
    pip_only = not known.with_conda
    if pip_only and index_forbidden():
        return Item("connection", "skipped", _("pip is told to ask no server (PIP_NO_INDEX)"))
    conda = known.plan.conda
    settings = None if pip_only or conda is None else read_settings(conda.root)
    url = _server(known.plan) if pip_only else CONDA_SERVER
    answer = until_stopped(lambda: ask_server(url, settings=settings), known.cancelled)
    if answer is None:
        return Item("connection", "skipped", _("stopped"))
    through = "" if not answer.proxy else " · " + _("proxy {proxy}").format(proxy=answer.proxy)
    if answer.reached:
        return Item("connection", "passed", _("{host} answers").format(host=answer.host) + through)
    return Item("connection", "warning", answer.host + through, obstacles.not_reached(answer))


def _server(plan: Plan) -> str:
    """The index that pip's command names."""
    question = pip_question(plan.steps)
    words = () if question is None else question[1]
    if "--index-url" in words[:-1]:
        return words[words.index("--index-url") + 1].rstrip("/") + "/torch/"
    return PIP_SERVER


def _changes(known: _Known) -> Item:
    plan = known.plan
    asked: Forecast | Outcome | None = Forecast()
    if known.with_conda:
        asked = ask_conda(plan, known.cancelled, known.tell)
    if isinstance(asked, Outcome):
        return _failed("changes", _("the dry run did not succeed"), asked, known)
    if known.with_conda and not _same_folder(asked.prefix, plan.prefix):
        if not plan.creates:
            return _blocked("changes", asked.prefix, obstacles.other_place(plan, asked.prefix))
        # conda chooses the folder of a new environment by its own settings.
        known.plan = plan = _moved(plan, asked.prefix)
        finding = obstacles.standing_in_the_way(plan)
        if finding is not None:
            return _blocked("changes", plan.prefix, finding)
    asked = ask_pip(plan, asked, known.cancelled, known.tell)
    if isinstance(asked, Outcome):
        return _failed("changes", _("the dry run did not succeed"), asked, known)
    if asked is None:
        return Item("changes", "skipped", _("can be told once the environment is there"))
    caches = tuple(str(folder) for folder in known.caches)
    asked = replace(asked, caches=caches)
    known.forecast = asked = replace(asked, begun_bytes=begun_bytes(asked, plan))
    if asked.changes:
        return Item("changes", "warning", download_text(asked), obstacles.would_change(asked))
    return Item("changes", "passed", download_text(asked))


def _same_folder(first: str, second: str) -> bool:
    return not first or os.path.realpath(first) == os.path.realpath(second)


def _moved(plan: Plan, prefix: str) -> Plan:
    """The same plan for another folder; pip's steps name it in their first word."""
    steps = tuple(
        replace(step, argv=(step.argv[0].replace(plan.prefix, prefix, 1), *step.argv[1:]))
        if step.tool == "pip"
        else step
        for step in plan.steps
    )
    return replace(plan, prefix=prefix, steps=steps)


def _disk(known: _Known) -> Item:
    needs = places.room_needed(known.plan, known.forecast, known.caches)
    known.disk_bytes = sum(need.bytes for need in needs)
    # Of those that lose anything, the drive with the least to spare is the one to be told of.
    tightest = min(
        [need for need in needs if need.bytes] or needs,
        key=lambda need: math.inf if need.free is None else need.free - need.bytes,
    )
    words = _("{free} free, about {needed} needed").format(
        free=_("unknown") if tightest.free is None else size(tightest.free),
        needed=size(tightest.bytes),
    )
    if not tightest.bytes:
        return Item("disk", "passed", _("nothing more is needed"))
    if tightest.free is not None and tightest.free < tightest.bytes:
        return _blocked("disk", words, obstacles.no_room(tightest))
    if tightest.free is not None and tightest.free < tightest.bytes * _COMFORT:
        return Item("disk", "warning", words, obstacles.little_room(tightest))
    return Item("disk", "passed", words)


def _failed(name: ItemId, value: str, outcome: Outcome, known: _Known) -> Item:
    if outcome.kind == "cancelled":
        return Item(name, "skipped", _("stopped"))
    return _blocked(name, value, from_outcome(outcome, known.plan, None)[0])


def _blocked(name: ItemId, value: str, finding: Finding) -> Item:
    return Item(name, "blocked", value, finding)
