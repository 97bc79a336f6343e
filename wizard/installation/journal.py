"""What is under way, in a file: after a crash or a power cut the next start knows of it.

It also tells another wizard who is at it; that two begin at once is kept by `one_at_a_time`.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, get_args

from wizard.detection.machine import Conda
from wizard.detection.probes.installed import site_packages, torch_version
from wizard.files import read_bounded, write_whole
from wizard.installation import ownership
from wizard.installation.condition import read_condition
from wizard.installation.values import Condition, Ended, Plan, Step, StepKind, Tool
from wizard.paths import user_data_folder

SCHEMA = 1
FILE_NAME = "installation.json"
_MOST_BYTES = 4 * 2**20
_LATEST = 1e11
"""Seconds since 1970; a later time is damage."""
_SAME_START = 2.0
"""Seconds by which a process's start time may differ between two readings."""


@dataclass(frozen=True)
class Unfinished:
    """An installation that did not come to its good end."""

    plan: Plan
    step: int
    began: float
    """Seconds since 1970."""
    ended: Ended | None
    """None: cut off, with the wizard or the computer."""
    still_running: bool
    """Another wizard, or what an ended one had started, is still at it."""
    condition: Condition


def journal_path() -> Path:
    return user_data_folder() / FILE_NAME


def begin(plan: Plan) -> str | None:
    """Note that a plan is being carried out; a file that cannot be written comes as its error."""
    entry = {
        "schema": SCHEMA,
        "plan": asdict(plan),
        "mark": _mark_for(plan),
        "step": 0,
        "began": time.time(),
        # An environment that is whole at the next start says nothing where it was so before.
        "had_torch": not plan.creates and torch_version(_packages(plan)) is not None,
        "wizard": _identity(os.getpid()),
        "child": None,
        "ended": None,
    }
    return _write(entry)


def _packages(plan: Plan) -> Path | None:
    return site_packages(plan.folder, None)


def note_child(step: int, pid: int) -> None:
    """Note which process now carries out which step."""
    _change(step=step, child=_identity(pid))


def note_step(step: int) -> None:
    _change(step=step, child=None)


def mark_of(plan: Plan) -> str:
    """The id in the mark of the folder that a plan makes; empty where none is noted for it."""
    entry = _read()
    noted = None if entry is None else _plan(entry["plan"])
    if entry is None or noted is None or not (plan.creates and noted.creates):
        return ""
    return entry["mark"] if noted.prefix == plan.prefix else ""


def _mark_for(plan: Plan) -> str:
    if plan.creates:
        return ownership.new_id() if ownership.can_be_marked(plan) else ""
    # What an earlier run made and this one goes on with is to be unmarked at a good end.
    entry = _read()
    noted = None if entry is None else _plan(entry["plan"])
    same = noted is not None and noted.prefix == plan.prefix
    return entry["mark"] if entry is not None and same else ""


def end(how: Ended) -> None:
    """Note the end; nothing is left to be said of one that went well, or left no folder."""
    entry = _read()
    plan = None if entry is None else _plan(entry["plan"])
    if entry is not None and plan is not None:
        ownership.release_if_empty(plan, entry["mark"])
    gone = plan is not None and plan.creates and not os.path.lexists(plan.prefix)
    if how == "done" or gone:
        dismiss()
    else:
        _change(ended=how, child=None)


def dismiss() -> None:
    """Forget what is noted, unless that is what another wizard is doing right now.

    What the folder holds is the user's from now on: the mark in it goes, too.
    """
    entry = _read()
    if entry is not None and _is_running(entry):
        return
    plan = None if entry is None else _plan(entry["plan"])
    if entry is not None and plan is not None:
        ownership.release(plan, entry["mark"])
    with contextlib.suppress(OSError):
        journal_path().unlink(missing_ok=True)


def someone_at_it() -> bool:
    """Whether another wizard, or something that it started, is installing right now."""
    entry = _read()
    return entry is not None and _is_running(entry)


def unfinished() -> Unfinished | None:
    """What an earlier run left; None where there is nothing to be said."""
    entry = _read()
    if entry is None:
        return None
    plan = _plan(entry["plan"])
    running = _is_running(entry)
    if plan is None:
        return None
    condition = read_condition(plan)
    done = condition.state == "whole" and (entry["ended"] or entry.get("had_torch") is not True)
    if not running and (done or _is_gone(plan, entry["mark"], condition)):
        dismiss()
        return None
    return Unfinished(
        plan=plan,
        step=min(max(entry["step"], 0), len(plan.steps) - 1),
        began=float(entry["began"]),
        ended=entry["ended"],
        still_running=running,
        condition=condition,
    )


def _is_gone(plan: Plan, mark: str, condition: Condition) -> bool:
    """Whether the folder that was begun is not there any more, also where another one now is."""
    if condition.state == "absent":
        return True
    unknown = plan.creates and ownership.problem(plan, mark) is not None
    return unknown and (bool(mark) or condition.state == "half_made")


def _is_running(entry: dict[str, Any]) -> bool:
    if _is_there(entry["child"]):
        return True
    wizard = entry["wizard"]
    return entry["ended"] is None and wizard["pid"] != os.getpid() and _is_there(wizard)


def _identity(pid: int) -> dict[str, float] | None:
    """A process by number and start: the number alone is given again after a restart."""
    import psutil

    try:
        return {"pid": pid, "started": psutil.Process(pid).create_time()}
    except psutil.Error:
        return None


def _is_there(identity: dict[str, float] | None) -> bool:
    if identity is None:
        return False
    import psutil

    try:
        process = psutil.Process(int(identity["pid"]))
        return (
            abs(process.create_time() - identity["started"]) < _SAME_START
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except (psutil.Error, OverflowError, ValueError):
        return False


def _write(entry: dict[str, Any]) -> str | None:
    return write_whole(journal_path(), json.dumps(entry, ensure_ascii=False, indent=1))


def _change(**changes: object) -> None:
    entry = _read()
    if entry is not None:
        _write({**entry, **changes})


def _read() -> dict[str, Any] | None:
    """The entry with fields of the right kind; a damaged file is nothing to act upon."""
    try:
        data: object = json.loads(read_bounded(journal_path(), _MOST_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    entry = {"child": None, "ended": None, **cast("dict[str, Any]", data)}
    if not ownership.is_id(entry.get("mark")):
        entry["mark"] = ""
    identities = (entry.get("wizard"), entry["child"])
    sound = (
        entry.get("schema") == SCHEMA
        and isinstance(entry.get("step"), int)
        and _is_time(entry.get("began"))
        and (entry["ended"] is None or entry["ended"] in get_args(Ended))
        and all(each is None or _is_identity(each) for each in identities)
        and _plan(entry.get("plan")) is not None
    )
    if not sound:
        return None
    entry["wizard"] = entry.get("wizard") or {"pid": 0, "started": 0.0}
    return entry


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and abs(value) < _LATEST


def _is_identity(data: object) -> bool:
    if not isinstance(data, dict):
        return False
    fields = cast("dict[str, object]", data)
    return isinstance(fields.get("pid"), int) and isinstance(fields.get("started"), (int, float))


def _plan(data: object) -> Plan | None:
    if not isinstance(data, dict):
        return None
    fields = cast("dict[str, Any]", data)
    try:
        conda = fields["conda"]
        steps = tuple(_step(step) for step in fields["steps"])
        texts = (fields["name"], fields["prefix"])
        if not steps or not all(_is_name(text) for text in texts):
            return None
        return Plan(
            route=fields["route"],
            name=fields["name"],
            prefix=fields["prefix"],
            creates=fields["creates"] is True,
            steps=steps,
            conda=None if conda is None else _conda(conda),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _is_name(text: object) -> bool:
    """Whether it can be the name of a file."""
    if not isinstance(text, str) or not text or "\0" in text:
        return False
    with contextlib.suppress(UnicodeError):
        return bool(os.fsencode(text))
    return False


def _conda(data: dict[str, Any]) -> Conda:
    conda = Conda(**data)
    texts = (conda.version, conda.distribution, conda.root, conda.executable)
    if not all(text is None or _is_name(text) for text in texts):
        raise ValueError("not a conda")
    return conda


def _step(data: dict[str, Any]) -> Step:
    argv = tuple(data["argv"])
    known = data["kind"] in get_args(StepKind) and data["tool"] in get_args(Tool)
    if not known or not argv or not all(isinstance(word, str) for word in argv):
        raise ValueError("not a step")
    return Step(data["kind"], data["tool"], argv, str(data["title"]))
