"""Doing it: what is shown and nothing else, ended when it is to end, and what must never be.

The stand-in for conda is a real process that writes real files; see `conda_stand_in`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from conda_stand_in import Behaviour, Stage, StandIn, alive, make_conda
from conftest_types import MakePlan

from wizard.advice.finding import Finding
from wizard.installation import journal, ownership, removal, run
from wizard.installation.condition import read_condition
from wizard.installation.journal import unfinished
from wizard.installation.repair import repair_plan
from wizard.installation.run import run_install
from wizard.installation.values import InstallResult, Plan, Step, StepStarted
from wizard.jobs.events import LogLine

STAGES: tuple[Stage, ...] = ("solving", "downloading", "unpacking", "linking")


def carry_out(
    plan: Plan, on_event: Callable[[object], None] = lambda _event: None
) -> InstallResult:
    return run_install(plan, None, on_event, threading.Event())


def test_the_course_s_environment_is_made_and_filled(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    events: list[object] = []
    result = carry_out(plan, events.append)
    assert result.kind == "done", result.findings
    assert result.condition.state == "whole"
    assert "pytorch-gpu" in conda.installed("llm_50gun")
    assert [event.step for event in events if isinstance(event, StepStarted)] == list(plan.steps)
    assert result.log_path is not None
    log = result.log_path.read_text("utf-8")
    assert all("$ " + " ".join(step.argv) in log for step in plan.steps)
    assert any(isinstance(event, LogLine) and "Solving" in event.text for event in events)
    assert unfinished() is None


def test_exactly_the_commands_of_the_plan_ran(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    carry_out(plan)
    assert conda.calls == [list(step.argv[1:]) for step in plan.steps]


def test_what_is_there_is_kept(conda: StandIn, plan_for: MakePlan) -> None:
    conda.add_environment("llm_50gun")
    mine = conda.prefix("llm_50gun") / "mine.txt"
    mine.write_text("notes")
    assert carry_out(plan_for(conda)).kind == "done"
    assert mine.read_text() == "notes"


# Never -------------------------------------------------------------------------------------------


def test_never_create_over_an_environment(conda: StandIn, plan_for: MakePlan) -> None:
    """It came into being after the preflight: the recorded conda would empty it silently."""
    plan = plan_for(conda)
    conda.add_environment("llm_50gun")
    precious = plan.folder / "precious.txt"
    precious.write_text("x")
    result = carry_out(plan)
    assert result.kind == "failed"
    assert result.findings[0].code == "environment_exists"
    assert precious.read_text() == "x"
    assert conda.calls == []
    _is_left_alone(result, precious)


def _is_left_alone(result: InstallResult, precious: Path) -> None:
    """Nothing that is offered afterwards deletes what somebody else made."""
    assert not result.plan.creates
    assert isinstance(removal.look(result.plan), Finding)
    repair_plan(result.plan)
    assert precious.exists()
    assert unfinished() is None


def test_a_folder_that_somebody_else_made_is_never_deleted(
    conda: StandIn, plan_for: MakePlan
) -> None:
    """It came into being after the preflight, and no conda would know it."""
    plan = plan_for(conda)
    precious = plan.folder / "homework.docx"
    for cancelled in (False, True):
        precious.parent.mkdir(exist_ok=True)
        precious.touch()
        event = threading.Event()
        if cancelled:
            event.set()
        result = run_install(plan, None, lambda _event: None, event)
        assert result.kind == ("cancelled" if cancelled else "failed")
        assert result.condition.state == "half_made"
        _is_left_alone(result, precious)


def test_the_stand_in_would_have_emptied_it(conda: StandIn, plan_for: MakePlan) -> None:
    """So that the test above can fail."""
    plan = plan_for(conda)
    conda.add_environment("llm_50gun")
    precious = plan.folder / "precious.txt"
    precious.write_text("x")
    subprocess.run(plan.steps[0].argv, check=True, capture_output=True)
    assert not precious.exists()


def test_never_into_base(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    step = plan.steps[-1]
    argv = tuple("base" if word == "llm_50gun" else word for word in step.argv)
    into_base = replace(
        plan, name="base", prefix=str(conda.root), creates=False, steps=(replace(step, argv=argv),)
    )
    result = carry_out(into_base)
    assert result.findings[0].code == "base_environment"
    assert conda.calls == []


def test_never_a_variable_or_profile_changed(
    conda: StandIn, plan_for: MakePlan, odd_home: Path
) -> None:
    profiles = [odd_home / name for name in (".bashrc", ".profile", ".zshrc", ".condarc")]
    for path in profiles:
        path.write_text("# mine\n")
    before = dict(os.environ)
    assert carry_out(plan_for(conda)).kind == "done"
    assert dict(os.environ) == before
    assert [path.read_text() for path in profiles] == ["# mine\n"] * len(profiles)


def test_never_a_question(conda: StandIn, plan_for: MakePlan) -> None:
    """Input is closed, so a question for a password finds its end at once."""
    plan = plan_for(conda)
    asking = conda.root / "asks"
    asking.write_text("#!/bin/sh\nread answer || exit 7\n", "utf-8")
    asking.chmod(0o755)
    result = carry_out(replace(plan, steps=(replace(plan.steps[0], argv=(str(asking),)),)))
    assert result.kind == "failed"
    assert "7" in result.findings[0].why


def test_never_a_shell(conda: StandIn, plan_for: MakePlan, odd_home: Path) -> None:
    plan = plan_for(conda)
    trap = odd_home / "trap"
    words = (f"$(touch {trap})", f"; touch '{trap}'", "%PATH%", "`id`", "&& id")
    step = plan.steps[0]
    carry_out(replace(plan, steps=(replace(step, argv=(*step.argv, *words)),)))
    assert not trap.exists()
    assert conda.calls[0][-5:] == list(words)


def test_never_a_program_without_its_path(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    step = plan.steps[0]
    result = carry_out(replace(plan, steps=(replace(step, argv=("conda", *step.argv[1:])),)))
    assert result.kind == "failed"
    assert conda.calls == []


def test_success_without_pytorch_is_none(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    result = carry_out(replace(plan, steps=plan.steps[:1]))
    assert result.kind == "failed"
    assert result.findings[0].code == "install_incomplete"
    assert result.condition.state == "without_torch"


# Ending it ---------------------------------------------------------------------------------------


def cancel_at(conda: StandIn, plan: Plan, stage: Stage) -> InstallResult:
    """Cancel while conda hangs at a stage, for ever if nobody ends it."""
    cancelled, results = threading.Event(), list[InstallResult]()
    runner = threading.Thread(
        target=lambda: results.append(run_install(plan, None, lambda _event: None, cancelled))
    )
    runner.start()
    conda.wait_until_hanging(stage)
    cancelled.set()
    runner.join()
    return results[0]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("creates", [True, False], ids=["new", "existing"])
def test_cancel_ends_the_whole_tree_and_says_what_is_left(
    conda: StandIn,
    plan_for: MakePlan,
    monkeypatch: pytest.MonkeyPatch,
    stage: Stage,
    creates: bool,
) -> None:
    monkeypatch.setattr(run, "GENTLE_SECONDS", 0.5)  # the two children hear nothing, ever
    if not creates:
        conda.add_environment("llm_50gun")
    plan = plan_for(conda)
    conda.behave(hang_at=stage, children=True, ignore_sigterm=1)
    result = cancel_at(conda, plan, stage)
    assert result.kind == "cancelled"
    pids = [conda.full_calls[-1]["pid"], *conda.children]
    assert len(pids) == 3
    assert not [pid for pid in pids if alive(pid)]
    _is_finished_by_repair(conda, result)


def _is_finished_by_repair(conda: StandIn, result: InstallResult) -> None:
    """What the page offers after it really leads to an environment with PyTorch."""
    assert result.condition == read_condition(result.plan)
    conda.behave(Behaviour())
    plan = repair_plan(result.plan)
    if isinstance(plan, removal.Removal):
        assert removal.remove(plan) is None
        plan = repair_plan(result.plan)
    assert isinstance(plan, Plan), plan
    again = carry_out(plan)
    assert again.kind == "done", again.findings
    assert again.condition.state == "whole"
    assert unfinished() is None


def test_a_conda_that_never_listens_is_killed(conda: StandIn, plan_for: MakePlan) -> None:
    conda.behave(hang_at="downloading", ignore_sigterm=-1, children=True)
    result = cancel_at(conda, plan_for(conda), "downloading")
    assert result.kind == "cancelled"
    assert not [pid for pid in (conda.full_calls[-1]["pid"], *conda.children) if alive(pid)]


def test_what_was_half_made_can_be_removed(conda: StandIn, plan_for: MakePlan) -> None:
    conda.behave(hang_at="linking")
    result = cancel_at(conda, plan_for(conda), "linking")
    assert result.condition.state == "half_made"
    left = unfinished()
    assert left is not None
    assert left.ended == "cancelled"
    asked = removal.look(left.plan)
    assert isinstance(asked, removal.Removal)
    assert asked.files > 1
    assert left.plan.folder.is_dir()
    assert removal.remove(asked) is None
    assert not left.plan.folder.exists()
    assert unfinished() is None
    assert not journal.journal_path().exists()


WIZARD = """
import json, sys, threading
sys.path[:0] = json.loads(sys.argv[1])
from pathlib import Path
from wizard.installation import journal
from wizard.installation.run import run_install
entry = json.loads(Path(sys.argv[2]).read_text("utf-8"))
plan = journal._plan(entry["plan"])
run_install(plan, None, lambda event: None, threading.Event())
"""


@pytest.fixture
def in_another_process(tmp_path: Path) -> Iterator[Callable[[Plan], subprocess.Popen[bytes]]]:
    """Carry out a plan in a wizard of its own, which can be killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(plan: Plan) -> subprocess.Popen[bytes]:
        journal.begin(plan)
        copy = tmp_path / "plan.json"
        shutil.move(journal.journal_path(), copy)
        path = json.dumps(sys.path)
        process = subprocess.Popen([sys.executable, "-c", WIZARD, path, str(copy)])
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("stage", STAGES)
def test_kill_minus_nine_and_the_next_start(
    conda: StandIn,
    plan_for: MakePlan,
    in_another_process: Callable[[Plan], subprocess.Popen[bytes]],
    stage: Stage,
) -> None:
    plan = plan_for(conda)
    conda.behave(hang_at=stage)
    wizard = in_another_process(plan)
    conda.wait_until_hanging(stage)
    assert journal.someone_at_it()
    wizard.kill()
    wizard.wait()
    with contextlib.suppress(psutil.NoSuchProcess):  # conda may have ended with the wizard
        child = psutil.Process(conda.full_calls[-1]["pid"])
        child.kill()
        psutil.wait_procs([child], 60)
    left = unfinished()
    conda.behave(Behaviour())
    if stage == "linking":
        assert left is not None
        assert left.plan == plan
        assert (left.ended, left.still_running) == (None, False)
        assert left.condition.state == "half_made"
        asked = repair_plan(left.plan)
        assert isinstance(asked, removal.Removal)
        assert removal.remove(asked) is None
    else:  # a note ends with the folder
        assert left is None
        assert not plan.folder.exists()
        assert not journal.journal_path().exists()
    assert repair_plan(plan) == plan
    assert carry_out(plan).kind == "done"
    assert unfinished() is None
    assert not (plan.folder / ownership.MARK).exists()


def test_two_wizards_do_not_install_at_once(
    conda: StandIn,
    plan_for: MakePlan,
    in_another_process: Callable[[Plan], subprocess.Popen[bytes]],
) -> None:
    plan = plan_for(conda)
    conda.behave(hang_at="downloading")
    in_another_process(plan)
    conda.wait_until_hanging("downloading")
    result = carry_out(plan)
    assert result.findings[0].code == "already_running"
    (plan.folder / "of the other").touch()
    assert not carry_out(plan).plan.creates  # so that it is not offered to delete it
    assert journal.someone_at_it()  # the other's note is not overwritten
    psutil.Process(conda.full_calls[-1]["pid"]).kill()


def child_noted() -> psutil.Process | None:
    child = json.loads(journal.journal_path().read_text("utf-8"))["child"]
    return None if child is None else psutil.Process(child["pid"])


def test_downloads_that_a_killed_wizard_left_are_cleared_away(
    conda: StandIn,
    plan_for: MakePlan,
    in_another_process: Callable[[Plan], subprocess.Popen[bytes]],
) -> None:
    """Wheels of pip are GBs, and no later run would find them again."""
    conda.add_environment("llm_50gun")
    plan = plan_for(conda)
    script = conda.root / "pip-like"
    script.write_text('#!/bin/sh\ntouch "$TMPDIR/torch.whl"; exec sleep 60\n', "utf-8")
    script.chmod(0o755)
    step = Step("install", "pip", (str(script), "install"), "x")
    wizard = in_another_process(replace(plan, steps=(step,)))
    deadline = time.monotonic() + 60
    while not (left := list(plan.folder.parent.glob(".*/torch.whl"))) or child_noted() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    wizard.kill()
    wizard.wait()
    child = child_noted()
    assert child is not None
    child.kill()
    psutil.wait_procs([child], 60)
    assert left[0].exists()
    assert carry_out(plan).kind == "done"
    assert not left[0].parent.exists()


def test_kill_minus_nine_while_a_pytorch_is_replaced(
    conda: StandIn,
    plan_for: MakePlan,
    in_another_process: Callable[[Plan], subprocess.Popen[bytes]],
) -> None:
    """The old one is whole; that is no sign that the new one came."""
    cpu = ("libzlib", "pip", "python=3.12", "numpy", "pytorch=2.10.0=cpu*")
    conda.add_environment("llm_50gun", cpu)
    plan = plan_for(conda)
    assert not plan.creates
    conda.behave(hang_at="downloading")
    wizard = in_another_process(plan)
    conda.wait_until_hanging("downloading")
    wizard.kill()
    wizard.wait()
    child = psutil.Process(conda.full_calls[-1]["pid"])
    child.kill()
    psutil.wait_procs([child], 60)
    left = unfinished()
    assert left is not None
    assert (left.ended, left.condition.state) == (None, "whole")
    conda.behave(Behaviour())
    repaired = repair_plan(left.plan)
    assert isinstance(repaired, Plan)
    assert carry_out(repaired).kind == "done"
    assert "cuda130" in conda.installed("llm_50gun")["pytorch"]
    assert unfinished() is None


def test_a_conda_that_is_killed_from_outside(conda: StandIn, plan_for: MakePlan) -> None:
    conda.behave(hang_at="downloading")
    killer = threading.Thread(
        target=lambda: (
            conda.wait_until_hanging("downloading"),
            psutil.Process(conda.full_calls[-1]["pid"]).kill(),
        )
    )
    killer.start()
    result = carry_out(plan_for(conda))
    killer.join()
    assert result.kind == "failed"
    assert result.findings[0].code == "interrupted"
    assert "SIGKILL" in result.findings[0].why


# Failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "stage", "code"),
    [
        ("package_missing", "solving", "package_missing"),
        ("unsatisfiable", "solving", "unsatisfiable"),
        ("offline", "solving", "offline"),
        ("tos", "solving", "conda_tos"),
        ("disk_full", "downloading", "disk_full"),
        ("disk_full", "unpacking", "disk_full"),
        ("disk_full", "linking", "disk_full"),
        ("no_permission", "solving", "no_permission"),
        ("no_permission", "linking", "no_permission"),
        ("file_locked", "linking", "file_locked_antivirus"),
        ("ssl", "solving", "ssl_intercepted"),
        ("corrupt_archive", "unpacking", "download_damaged"),
        ("checksum", "downloading", "download_damaged"),
        ("lock", "solving", "conda_locked"),
    ],
)
def test_a_failure_is_a_finding_with_its_code(
    conda: StandIn, plan_for: MakePlan, cause: str, stage: Stage, code: str
) -> None:
    conda.behave(fail=cause, fail_at=stage, noise_lines=500)
    result = carry_out(plan_for(conda))
    assert result.kind == "failed"
    assert result.findings[0].code == code, result.log_tail[-5:]
    assert result.findings[0].fix
    assert result.log_path is not None
    assert "noise 0000001" in result.log_path.read_text("utf-8")


def test_an_environment_that_went_away_meanwhile(conda: StandIn, plan_for: MakePlan) -> None:
    conda.add_environment("llm_50gun")
    plan = plan_for(conda)
    shutil.rmtree(plan.folder)
    result = carry_out(plan)
    assert result.findings[0].code == "no_such_environment"
    assert result.condition.state == "absent"


def test_a_failure_that_nobody_knows_shows_its_last_line(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    odd = conda.root / "odd"
    odd.write_text("#!/bin/sh\necho zorp; exit 42\n", "utf-8")
    odd.chmod(0o755)
    result = carry_out(replace(plan, steps=(replace(plan.steps[0], argv=(str(odd),)),)))
    assert result.findings[0].code == "install_failed"
    assert "zorp" in result.findings[0].why
    assert "42" in result.findings[0].why


def test_a_program_that_is_not_there(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    conda.executable.unlink()
    result = carry_out(plan)
    assert result.findings[0].code == "program_not_started"


def test_a_hundred_thousand_lines_stay_bounded(conda: StandIn, plan_for: MakePlan) -> None:
    conda.behave(noise_lines=100_000)
    count = [0]

    def on_event(event: object) -> None:
        count[0] += isinstance(event, LogLine)

    plan = plan_for(conda)
    result = carry_out(replace(plan, steps=plan.steps[:1]), on_event)
    assert count[0] > 100_000
    assert len(result.log_tail) <= 200
    assert result.log_path is not None
    assert result.log_path.read_text("utf-8").count("noise") == 100_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_really_full(odd_home: Path, plan_for: MakePlan, small_disk: Path) -> None:
    conda = make_conda(odd_home / "miniforge3", package_cache=small_disk)
    result = carry_out(plan_for(conda))
    assert result.kind == "failed"
    assert result.findings[0].code == "disk_full"


def test_a_disk_on_which_no_virtual_environment_has_room(small_disk: Path) -> None:
    """The module venv says that a command failed, and not why."""
    folder = small_disk / "Dərslər" / "llm_50gun"
    step = Step("make", "venv", (sys.executable, "-m", "venv", str(folder)), "x")
    result = carry_out(Plan("pip", folder.name, str(folder), True, (step,), None))
    assert result.kind == "failed"
    assert result.findings[0].code == "disk_full", result.findings
    assert str(folder) in result.findings[0].why


def test_a_step_for_pip_downloads_beside_the_environment(
    conda: StandIn, plan_for: MakePlan
) -> None:
    conda.add_environment("llm_50gun")
    plan = plan_for(conda)
    told = conda.root / "told"
    script = conda.root / "pip-like"
    script.write_text(f'#!/bin/sh\necho "$TMPDIR" > "{told}"; pwd >> "{told}"\n', "utf-8")
    script.chmod(0o755)
    step = Step("install", "pip", (str(script), "install"), "x")
    carry_out(replace(plan, steps=(step,)))
    folder, cwd = told.read_text("utf-8").splitlines()
    assert folder == cwd
    assert Path(folder).parent == plan.folder.parent
    assert not Path(folder).exists()
