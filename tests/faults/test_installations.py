"""Installing with a conda that dies, hangs, lies, or loses the ground under its feet."""

# ruff: noqa: E501  (a table: a row is a line)

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fault_tools import PATIENCE, RUBBISH, wait_for
from half_made import leave_half_made

if sys.platform == "win32":
    pytest.skip("the stand-in for conda is a shell script", allow_module_level=True)

from conda_stand_in import Behaviour, Cause, Stage, StandIn, alive, make_conda

from wizard import awake
from wizard.advice.recommend import recommend
from wizard.detection.machine import Driver, Gpu, Machine, OperatingSystem
from wizard.detection.probes.conda import probe_conda
from wizard.detection.probes.places import Places
from wizard.installation import connection, journal, one_at_a_time, preflight
from wizard.installation.plan import make_plan
from wizard.installation.preflight import run_preflight
from wizard.installation.run import run_install
from wizard.installation.values import InstallResult, Plan, Preflight

STAGES: tuple[Stage, ...] = ("solving", "downloading", "unpacking", "linking")


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture
def conda(home: Path) -> StandIn:
    return make_conda(home / "Dərslər ə" / "miniforge3")


def machine_of(conda: StandIn) -> Machine:
    found = probe_conda(Places({}, conda.root.parent, (), windows=False))
    return Machine(
        "test",
        OperatingSystem("linux"),
        gpus=(Gpu("nvidia", "NVIDIA GeForce RTX 3060", "8.6", 12.0),),
        nvidia_driver=Driver("581.57", "13.0"),
        conda=found.installations[0],
        conda_installations=found.installations,
        environments=found.environments,
    )


def plan_of(conda: StandIn) -> Plan:
    machine = machine_of(conda)
    plan = make_plan(machine, recommend(machine))
    assert isinstance(plan, Plan)
    return plan


class Running:
    """An installation in a thread of its own."""

    def __init__(self, plan: Plan) -> None:
        self.cancelled = threading.Event()
        self._results: list[InstallResult] = []
        self._thread = threading.Thread(
            target=lambda: self._results.append(
                run_install(plan, None, lambda _event: None, self.cancelled)
            )
        )
        self._thread.start()

    def end(self) -> InstallResult:
        self._thread.join(PATIENCE)
        return self._results[0]


def is_well_told(result: InstallResult) -> None:
    """It says why and what to do, the state is that of the disk, and a repair would be offered."""
    json.dumps(result.to_json())
    if result.kind == "failed":
        assert result.findings
        assert all(each.title and (each.fix or each.steps) for each in result.findings)
    left = journal.unfinished()
    if result.condition.state not in ("absent", "whole"):
        assert left is not None
        assert left.ended == result.kind
        assert not left.still_running
    journal.dismiss()


# It dies, sleeps, is stopped ---------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_conda_dies(conda: StandIn, stage: Stage, number: signal.Signals) -> None:
    conda.behave(hang_at=stage, children=True)
    running = Running(plan_of(conda))
    conda.wait_until_hanging(stage, PATIENCE)
    os.kill(conda.full_calls[-1]["pid"], number)
    result = running.end()
    assert result.kind == "failed"
    assert not [pid for pid in conda.children if alive(pid)]
    is_well_told(result)


@pytest.mark.parametrize("stage", ["downloading"])
def test_conda_is_put_to_sleep_and_the_user_stops_it(conda: StandIn, stage: Stage) -> None:
    conda.behave(hang_at=stage)
    running = Running(plan_of(conda))
    conda.wait_until_hanging(stage, PATIENCE)
    pid = conda.full_calls[-1]["pid"]
    os.kill(pid, signal.SIGSTOP)
    running.cancelled.set()
    result = running.end()
    assert result.kind == "cancelled"
    assert not alive(pid)
    is_well_told(result)


def test_conda_sleeps_with_the_computer_and_goes_on(
    conda: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night between two lines is no silence: on Windows, the clock goes on in it."""

    class Clock:
        jumped = 0.0

        def monotonic(self) -> float:
            return time.monotonic() + self.jumped

    clock = Clock()
    monkeypatch.setattr(awake, "time", clock)
    conda.behave(link_seconds=0.1)
    running = Running(plan_of(conda))
    wait_for(lambda: bool(conda.calls), "conda was not started")
    pid = conda.full_calls[-1]["pid"]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.1)
    clock.jumped = 36_000.0
    time.sleep(0.4)
    os.kill(pid, signal.SIGCONT)
    result = running.end()
    assert result.kind == "done", result.findings
    is_well_told(result)


CAUSES: tuple[tuple[Cause, Stage], ...] = (
    ("package_missing", "solving"),
    ("unsatisfiable", "solving"),
    ("offline", "downloading"),
    ("ssl", "downloading"),
    ("connection_lost", "downloading"),
    ("checksum", "downloading"),
    ("corrupt_archive", "unpacking"),
    ("disk_full", "downloading"),
    ("disk_full", "unpacking"),
    ("disk_full", "linking"),
    ("no_permission", "solving"),
    ("no_permission", "linking"),
    ("file_locked", "linking"),
    ("lock", "solving"),
)


@pytest.mark.parametrize(("cause", "stage"), CAUSES)
def test_conda_fails(
    conda: StandIn, cause: Cause, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PAUSES", (0.01,))
    conda.behave(fail=cause, fail_at=stage)
    result = Running(plan_of(conda)).end()
    assert result.kind == "failed"
    assert result.findings[0].code not in ("install_failed", "install_incomplete")
    is_well_told(result)


# What it stands on vanishes ----------------------------------------------------------------------

GROUND: dict[str, Callable[[StandIn, Plan], object]] = {
    "the environment": lambda _conda, plan: shutil.rmtree(plan.folder, ignore_errors=True),
    "the package cache": lambda conda, _plan: shutil.rmtree(conda.package_cache),
    "conda itself": lambda conda, _plan: conda.executable.unlink(),
    "the whole installation": lambda conda, _plan: shutil.rmtree(conda.root, ignore_errors=True),
    "the environment, for a file": lambda _conda, plan: _file_instead(plan.folder),
    "the folder of logs": lambda _conda, _plan: shutil.rmtree(journal.journal_path().parent),
    "the journal, for rubbish": lambda _conda, _plan: journal.journal_path().write_bytes(b"\xff{"),
}


def _file_instead(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("somebody else's")


@pytest.mark.parametrize("what", list(GROUND))
def test_the_ground_vanishes_meanwhile(conda: StandIn, what: str) -> None:
    plan = plan_of(conda)
    conda.behave(hang_at="linking")
    running = Running(plan)
    conda.wait_until_hanging("linking", PATIENCE)
    pid = conda.full_calls[-1]["pid"]
    GROUND[what](conda, plan)
    os.kill(pid, signal.SIGKILL)
    result = running.end()
    assert result.kind == "failed"
    assert result.findings[0].fix
    if what == "the environment, for a file":
        assert plan.folder.read_text() == "somebody else's"
    journal.dismiss()


@pytest.mark.parametrize("what", ["a file", "read-only", "full of others"])
def test_a_place_for_the_journal_that_is_none(conda: StandIn, what: str) -> None:
    folder = journal.journal_path().parent
    if what == "a file":
        folder.parent.mkdir(parents=True)
        folder.write_text("x")
    elif what == "read-only":
        folder.mkdir(parents=True)
        folder.chmod(0o500)
    else:
        journal.journal_path().mkdir(parents=True)
    result = Running(plan_of(conda)).end()
    assert result.kind == "done", result.findings
    if folder.is_dir():
        folder.chmod(0o700)


def test_another_wizard_holds_the_lock(conda: StandIn) -> None:
    """The journal names a process that lives and is not this one."""
    import psutil

    plan = plan_of(conda)
    journal.begin(plan)
    path = journal.journal_path()
    entry = json.loads(path.read_text("utf-8"))
    parent = psutil.Process().parent()
    assert parent is not None
    entry["wizard"] = {"pid": parent.pid, "started": parent.create_time()}
    path.write_text(json.dumps(entry), "utf-8")
    result = Running(plan).end()
    assert result.findings[0].code == "already_running"
    assert conda.calls == []
    assert json.loads(path.read_text("utf-8")) == entry  # the other's stays
    path.unlink()


def test_two_wizards_that_begin_at_the_same_moment(
    conda: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked for others before either has noted that it installs; one is let in."""
    from wizard.installation import run

    both_looked = threading.Barrier(2)

    def look(_plan: Plan) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            both_looked.wait(1.0)

    monkeypatch.setattr(run, "others_at_work", look)
    plan = plan_of(conda)
    results = [each.end() for each in (Running(plan), Running(plan))]
    assert sorted(result.kind for result in results) == ["done", "failed"]
    (refused,) = [result for result in results if result.kind == "failed"]
    assert refused.findings[0].code == "already_running"
    made = [words for words in conda.calls if words[0] == "create"]
    assert len(made) == 1
    assert not one_at_a_time.lock_path().exists()


def test_the_lock_of_a_wizard_that_was_killed_is_none(conda: StandIn) -> None:
    program = (
        "import os, time\n"
        "from wizard.installation.one_at_a_time import only_one\n"
        "with only_one() as alone:\n"
        "    print(alone, flush=True)\n"
        "    time.sleep(600)"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=env, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        refused = Running(plan_of(conda)).end()
        other.kill()
    assert refused.findings[0].code == "already_running"
    assert one_at_a_time.lock_path().exists()
    assert Running(plan_of(conda)).end().kind == "done"
    assert not one_at_a_time.lock_path().exists()


INSTALLING_WINDOW = """
import sys
from PySide6.QtCore import QTimer
from wizard import app
settle = app._settle
def begin(application, window):
    settle(application, window)
    installing = window.session.installing
    def go_on():
        if window.session.machine is None or window.session.busy or window.session.scanning:
            return
        step = {"idle": installing.ask, "asked": installing.install}.get(installing.stage)
        if step is not None:
            step()
    timer = QTimer(window)
    timer.timeout.connect(go_on)
    timer.start(50)
app._settle = begin
sys.exit(app.run_window())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_system_ends_a_window_that_installs(
    home: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """Nobody is there to be asked; conda ends with it, and the next start knows what is left."""
    conda = make_conda(home / "miniforge3")
    conda.behave(hang_at="linking", children=True)
    for name in ("CONDA_EXE", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    with subprocess.Popen([sys.executable, "-c", INSTALLING_WINDOW]) as window:
        conda.wait_until_hanging("linking", PATIENCE)
        window.send_signal(number)
        assert window.wait(PATIENCE) == 0
    assert not [pid for pid in (conda.full_calls[-1]["pid"], *conda.children) if alive(pid)]
    left = journal.unfinished()
    assert left is not None
    assert left.ended == "cancelled"
    journal.dismiss()


DELETING = """
import json, os, time
from wizard.installation import journal
unlink = os.unlink
def slow(*words, **more):
    time.sleep(0.5)
    unlink(*words, **more)
os.unlink = slow
from wizard.installation.removal import look, remove
plan = journal._plan(json.loads(journal.journal_path().read_text("utf-8"))["plan"])
print(remove(look(plan)))
"""


def test_the_power_is_cut_while_it_deletes(conda: StandIn) -> None:
    """What was moved aside goes with the next installation, and only that."""
    plan = plan_of(conda)
    leave_half_made(plan)
    journal.end("cancelled")
    for number in range(1000):
        (plan.folder / "bin" / f"{number}").touch()
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", DELETING], env=env) as process:
        wait_for(lambda: not plan.folder.exists(), "nothing was moved aside")
        process.kill()
    aside = list(plan.folder.parent.iterdir())
    assert len(aside) == 1
    assert not aside[0].is_symlink()
    beside = plan.folder.parent / "another"
    beside.mkdir()
    (beside / "homework.ipynb").touch()
    assert journal.unfinished() is None
    assert Running(plan).end().kind == "done"
    assert {path.name for path in plan.folder.parent.iterdir()} == {plan.name, "another"}
    assert (beside / "homework.ipynb").is_file()


# It lies -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Liar:
    name: str
    info: str
    """What it answers to ``info --json``: a line of shell."""
    dry_run: str = "exit 0"
    doing: str = "exit 0"


INFO = """echo '{"conda_version": "26.8.0", "pkgs_dirs": []}'"""
LIARS = (
    Liar("says nothing", "exit 0"),
    Liar("half a document", """printf '{"conda_version": "26'"""),
    Liar("rubbish", f"head -c 99999 {RUBBISH}"),
    Liar("a list", "echo '[]'"),
    Liar("deep", "printf '[%.0s' $(seq 100000)"),
    Liar("folders that are none", """echo '{"pkgs_dirs": [1, null, {}, "\\u0000"]}'"""),
    Liar("folders of another kind", """echo '{"pkgs_dirs": "x", "conda_version": {}}'"""),
    Liar("ends with 3", "exit 3"),
    Liar("is killed", "kill -9 $$"),
    Liar("no plan", INFO, "echo '{\"success\": true}'"),
    Liar("no success", INFO, "echo '{\"success\": \"yes\"}'"),
    Liar("half a plan", INFO, "printf '{\"success\": true, \"actions\": {\"LINK\": [{'"),
    Liar("a plan of rubbish", INFO, f"head -c 99999 {RUBBISH}"),
    Liar("a plan of another kind", INFO, "echo '{\"success\": true, \"actions\": [1], \"prefix\": 3}'"),
    Liar(
        "packages of another kind",
        INFO,
        "echo '{\"success\": true, \"actions\": {\"FETCH\": [1, {}, {\"name\": 2}], \"LINK\": {}}}'",
    ),
    Liar(
        "sizes beyond all bounds",
        INFO,
        "echo '{\"success\": true, \"actions\": {\"FETCH\": [{\"name\": \"x\", \"version\": \"1\","
        " \"size\": -5, \"fn\": \"../../x\"}, {\"name\": \"y\", \"version\": \"1\", \"size\": 1e400}]}}'",
    ),
    Liar(
        "names that steer",
        INFO,
        "echo '{\"success\": true, \"actions\": {\"LINK\": [{\"name\": \"\\u001b[2J<b>\","
        " \"version\": \"\\ud800\"}]}}'",
    ),
    Liar("another place", INFO, "echo '{\"success\": true, \"prefix\": \"/etc\", \"actions\": {}}'"),
    Liar("an error and success", INFO, "echo '{\"success\": true, \"error\": \"x\"}'; exit 1"),
    Liar("does nothing", INFO, doing="echo done; exit 0"),
    Liar("talks rubbish", INFO, doing=f"head -c 99999 {RUBBISH}; exit 1"),
    Liar("says success and fails", INFO, doing="echo 'all is well'; exit 1"),
)  # fmt: skip


@pytest.mark.parametrize("row", LIARS, ids=lambda row: row.name)
def test_conda_lies(conda: StandIn, row: Liar) -> None:
    machine, plan = machine_of(conda), plan_of(conda)
    conda.executable.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *info*) {row.info};; *--dry-run*) {row.dry_run};; *) {row.doing};; esac\n'
    )
    looked: list[Preflight] = []
    asker = threading.Thread(
        target=lambda: looked.append(run_preflight(plan, machine, lambda _event: None))
    )
    asker.start()
    asker.join(PATIENCE)
    json.dumps(looked[0].to_json())
    assert all(each.fix or each.steps for each in looked[0].findings)
    result = Running(plan).end()
    assert result.kind == "failed"
    assert result.condition.state == "absent"
    is_well_told(result)


def test_conda_hangs_when_it_is_asked(conda: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "_PROGRAM_SECONDS", 0.3)
    plan, machine = plan_of(conda), machine_of(conda)
    conda.executable.write_text("#!/bin/sh\nexec sleep 600\n")
    looked = run_preflight(plan, machine, lambda _event: None)
    assert not looked.ready
    assert looked.findings[0].fix


def test_conda_answers_after_the_user_stopped(conda: StandIn) -> None:
    cancelled, asked = threading.Event(), conda.root / "asked"
    plan, machine = plan_of(conda), machine_of(conda)
    conda.executable.write_text(
        f"#!/bin/sh\ntrap '{INFO.replace(chr(39), '')}; exit 0' TERM\n: > '{asked}'\n"
        "while :; do sleep 0.05; done\n"
    )
    looked: list[Preflight] = []
    asker = threading.Thread(
        target=lambda: looked.append(run_preflight(plan, machine, lambda _event: None, cancelled))
    )
    asker.start()
    wait_for(asked.exists, "conda was not asked")
    cancelled.set()
    asker.join(PATIENCE)
    assert looked[0].cancelled
    assert not looked[0].ready


def test_the_good_way_is_still_there(conda: StandIn) -> None:
    """So that the rows above can fail."""
    conda.behave(Behaviour())
    result = Running(replace(plan_of(conda))).end()
    assert result.kind == "done", result.findings
    assert journal.unfinished() is None
