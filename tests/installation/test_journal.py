"""The journal: what was under way when the wizard or the computer ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from conda_stand_in import StandIn
from conftest_types import MakePlan
from half_made import leave_half_made

from wizard.installation import journal
from wizard.installation.journal import journal_path, unfinished


def _as_of_another(path: Path, pid: int, started: float) -> None:
    entry = json.loads(path.read_text("utf-8"))
    entry["wizard"] = {"pid": pid, "started": started}
    path.write_text(json.dumps(entry), "utf-8")


def test_nothing_is_noted_at_first() -> None:
    assert unfinished() is None
    assert not journal.someone_at_it()


def test_what_was_cut_off_is_known_with_its_whole_plan(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    journal.note_step(1)
    _as_of_another(journal_path(), 2**22, 1.0)
    left = unfinished()
    assert left is not None
    assert left.plan == plan
    assert (left.step, left.ended, left.still_running) == (1, None, False)
    assert left.condition.state == "half_made"


def test_after_a_good_end_nothing_is_left_to_say(conda: StandIn, plan_for: MakePlan) -> None:
    journal.begin(plan_for(conda))
    journal.end("done")
    assert not journal_path().exists()


def test_a_cancelled_one_is_mentioned_until_it_is_dismissed(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    journal.end("cancelled")
    left = unfinished()
    assert left is not None
    assert left.ended == "cancelled"
    journal.dismiss()
    assert unfinished() is None


def test_where_nothing_was_left_behind_nothing_is_said(conda: StandIn, plan_for: MakePlan) -> None:
    journal.begin(plan_for(conda))
    journal.end("cancelled")
    assert unfinished() is None
    assert not journal_path().exists()


def test_another_wizard_that_installs_is_seen(conda: StandIn, plan_for: MakePlan) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        journal.begin(plan_for(conda))
        assert not journal.someone_at_it()  # that is this one
        _as_of_another(journal_path(), other.pid, psutil.Process(other.pid).create_time())
        assert journal.someone_at_it()
        # The number alone is not enough: it is given again after a restart.
        _as_of_another(journal_path(), other.pid, 1.0)
        assert not journal.someone_at_it()
        other.communicate(b"\n")


def test_a_child_that_outlived_its_wizard_is_still_running(
    conda: StandIn, plan_for: MakePlan
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        journal.begin(plan_for(conda))
        journal.note_child(0, child.pid)
        _as_of_another(journal_path(), 2**22, 1.0)
        left = unfinished()
        assert left is not None
        assert left.still_running
        child.communicate(b"\n")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"schema": 1}', '{"schema": 2, "plan": {}}', "[" * 100_000, "\x00"],
)
def test_a_damaged_journal_is_nothing_to_act_upon(text: str) -> None:
    journal_path().parent.mkdir(parents=True, exist_ok=True)
    journal_path().write_text(text, "utf-8")
    assert unfinished() is None
    assert not journal.someone_at_it()


def test_any_damaged_field_is_nothing_to_act_upon(conda: StandIn, plan_for: MakePlan) -> None:
    journal.begin(plan_for(conda))
    entry = json.loads(journal_path().read_text("utf-8"))
    for field in entry:
        for value in (None, 3.5, "x", [], {"pid": "x"}, {"steps": [[]]}):
            journal_path().write_text(json.dumps({**entry, field: value}), "utf-8")
            unfinished()
            journal.someone_at_it()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_journal_that_cannot_be_written_is_told(conda: StandIn, plan_for: MakePlan) -> None:
    journal_path().parent.mkdir(parents=True, exist_ok=True)
    journal_path().parent.chmod(0o500)
    assert journal.begin(plan_for(conda))
