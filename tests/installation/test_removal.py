"""Deleting: only what the wizard proves it made, as it was shown, while nobody else is at it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conda_stand_in import Behaviour, StandIn, alive, make_conda
from conftest_types import MakePlan
from half_made import leave_half_made

from wizard.advice.finding import Finding
from wizard.detection.machine import Conda
from wizard.installation import journal, ownership, removal
from wizard.installation.condition import read_condition
from wizard.installation.one_at_a_time import only_one
from wizard.installation.removal import Removal, look, remove, sweep
from wizard.installation.repair import repair_plan
from wizard.installation.run import run_install
from wizard.installation.values import InstallResult, Plan

WITH_TORCH = ("libzlib", "pip", "python=3.12", "pytorch=2.10.0=cuda130*", "numpy")


def carry_out(plan: Plan) -> InstallResult:
    return run_install(plan, None, lambda _event: None, threading.Event())


def asked_of(plan: Plan) -> Removal:
    found = look(plan)
    assert isinstance(found, Removal), found
    return found


def refused(plan: Plan, code: str = "not_ours") -> None:
    """Neither looking nor repairing offers to delete it."""
    for found in (look(plan), repair_plan(plan)):
        assert isinstance(found, Finding), found
        assert found.code == code, found
        assert found.fix


def edit_journal(**changes: object) -> None:
    """As a user's editor, or another version of the wizard, may leave it."""
    path = journal.journal_path()
    entry = json.loads(path.read_text("utf-8"))
    entry["plan"] |= changes
    path.write_text(json.dumps(entry), "utf-8")


# What it made ------------------------------------------------------------------------------------


def test_the_mark_is_there_before_anything_else_and_gone_at_the_good_end(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    seen: list[list[str]] = []

    def note(_event: object) -> None:
        if not seen:
            seen.append([path.name for path in plan.folder.iterdir()])

    conda.behave(solve_seconds=0.2)
    result = run_install(plan, None, note, threading.Event())
    assert result.kind == "done", result.findings
    assert seen == [[ownership.MARK]]
    assert conda.calls[0][:2] == ["create", "--yes"]
    assert not (plan.folder / ownership.MARK).exists()
    assert not journal.journal_path().exists()


def test_what_was_half_made_is_shown_and_deleted(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    (plan.folder / "bin" / "link").symlink_to(conda.root)
    asked = asked_of(plan)
    assert asked.files == 3
    assert asked.bytes >= 1000
    assert plan.folder.is_dir()
    assert remove(asked) is None
    assert not plan.folder.exists()
    assert not list(plan.folder.parent.iterdir())
    assert (conda.root / "conda-meta" / "history").is_file()
    assert look(plan) is None


def test_where_conda_failed_before_its_first_file_no_folder_is_left(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    conda.behave(fail="unsatisfiable")
    assert carry_out(plan).condition.state == "absent"
    assert not plan.folder.exists()
    assert not journal.journal_path().exists()


def test_an_empty_folder_is_taken_and_one_with_an_old_mark_too(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    plan.folder.mkdir()
    assert ownership.claim(plan, ownership.new_id())
    assert read_condition(plan).state == "absent"
    assert carry_out(plan).kind == "done"


def test_conda_dies_while_it_links_and_a_repair_asks_first(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    conda.behave(fail="disk_full", fail_at="linking")
    result = carry_out(plan)
    assert result.condition.state == "half_made"
    asked = repair_plan(result.plan)
    assert isinstance(asked, Removal)
    assert plan.folder.is_dir()
    assert remove(asked) is None
    conda.behave(Behaviour())
    assert carry_out(plan).kind == "done"


def test_files_that_only_a_package_has_at_the_top_are_no_surprise(
    conda: StandIn, plan_for: MakePlan
) -> None:
    """As ``python.exe`` on Windows, or ``nvvm`` of the CUDA packages."""
    plan = plan_for(conda)
    leave_half_made(plan)
    (plan.folder / "nvvm").mkdir()
    refused(plan)
    (conda.package_cache / "cuda-nvvm-13.0-0" / "nvvm").mkdir(parents=True)
    assert remove(asked_of(plan)) is None


def test_read_only_folders_go_and_files_of_the_cache_keep_their_mode(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    inside = plan.folder / "lib" / "deep"
    inside.mkdir(parents=True)
    outside = conda.root / "precious"
    outside.write_text("x")
    outside.chmod(0o444)
    (inside / "link").symlink_to(outside)
    (inside / "the same file").hardlink_to(outside)
    inside.chmod(0o500)
    before = plan.folder.parent.stat().st_mode
    assert remove(asked_of(plan)) is None
    assert outside.read_text() == "x"
    assert outside.stat().st_mode & 0o777 == 0o444
    assert plan.folder.parent.stat().st_mode == before


def test_where_it_cannot_be_moved_nothing_is_lost(
    conda: StandIn, plan_for: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where a file in it is open."""

    def in_use(_path: Path, _target: Path) -> None:
        raise PermissionError(13, "in use")

    plan = plan_for(conda)
    leave_half_made(plan)
    asked = asked_of(plan)
    monkeypatch.setattr(Path, "rename", in_use)
    found = remove(asked)
    assert found is not None
    assert found.code == "not_removed"
    assert (plan.folder / "bin" / "half").is_file()


def test_a_deletion_that_was_cut_off_is_finished_by_the_next_installation(
    conda: StandIn, plan_for: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    monkeypatch.setattr(removal, "_delete", lambda _aside: "in use")
    found = remove(asked_of(plan))
    assert found is not None
    assert found.code == "not_removed"
    monkeypatch.undo()
    (aside,) = plan.folder.parent.iterdir()
    assert str(aside) in found.why
    strangers = [
        aside.with_name(".deleted-by-gpu-setup-wizard-" + "0" * 32),
        aside.with_name(".deleted-by-gpu-setup-wizard-notes"),
    ]
    for stranger in strangers:  # a name alone proves nothing
        stranger.mkdir()
        (stranger / "homework.ipynb").touch()
    link = aside.with_name(".deleted-by-gpu-setup-wizard-" + "1" * 32)
    link.symlink_to(strangers[0], target_is_directory=True)
    sweep(plan)
    assert not aside.exists()
    assert all((each / "homework.ipynb").is_file() for each in strangers)


# What it did not make ----------------------------------------------------------------------------


def test_a_whole_environment_with_homework_is_never_deleted(
    conda: StandIn, plan_for: MakePlan
) -> None:
    """Half made when the page was drawn; then the student finished it by hand."""
    plan = plan_for(conda)
    leave_half_made(plan)
    asked = asked_of(plan)
    mark = (plan.folder / ownership.MARK).read_bytes()
    shutil.rmtree(plan.folder)
    conda.add_environment("llm_50gun", WITH_TORCH)
    (plan.folder / "homework.ipynb").write_text("x")
    (plan.folder / ownership.MARK).write_bytes(mark)  # at worst
    found = remove(asked)
    assert found is not None
    assert found.code == "not_ours"
    assert isinstance(look(plan), Finding)
    assert (plan.folder / "homework.ipynb").read_text() == "x"


def r_environment(folder: Path) -> None:
    (folder / "conda-meta").mkdir(parents=True, exist_ok=True)
    (folder / "conda-meta" / "history").write_text("==> x <==\n")
    (folder / "conda-meta" / "r-base-4.4.1-h_0.json").write_text('{"files": []}')
    (folder / "bin").mkdir()
    (folder / "bin" / "R").touch()


def project(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "homework.ipynb").write_text("{}")


@pytest.mark.parametrize("make", [r_environment, project, Path.mkdir])
def test_a_folder_that_the_user_made_after_a_cancel_stays(
    conda: StandIn, plan_for: MakePlan, make: Callable[[Path], None]
) -> None:
    """The window still shows the result of the installation that was stopped."""
    plan = plan_for(conda)
    conda.behave(hang_at="downloading")
    cancelled = threading.Event()
    results: list[InstallResult] = []
    runner = threading.Thread(
        target=lambda: results.append(run_install(plan, None, lambda _event: None, cancelled))
    )
    runner.start()
    conda.wait_until_hanging("downloading", 30)
    cancelled.set()
    runner.join(30)
    assert results[0].condition.state == "absent"
    make(plan.folder)
    before = sorted(plan.folder.rglob("*"))
    if before:
        refused(results[0].plan)
    else:  # empty: nothing to be lost
        look(plan)
    assert plan.folder.is_dir()
    assert sorted(plan.folder.rglob("*")) == before
    assert journal.unfinished() is None


def test_a_folder_in_the_place_of_the_one_that_was_made_ends_the_note(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    assert journal.unfinished() is not None
    shutil.rmtree(plan.folder)
    r_environment(plan.folder)
    refused(plan)
    assert journal.unfinished() is None
    assert not journal.journal_path().exists()
    assert (plan.folder / "bin" / "R").is_file()


def test_an_r_environment_around_a_mark_that_was_left_stays(
    conda: StandIn, plan_for: MakePlan
) -> None:
    """The power failed in the download: conda accepts the folder with the mark, and leaves that."""
    plan = plan_for(conda)
    assert journal.begin(plan) is None
    assert ownership.claim(plan, journal.mark_of(plan))
    r_environment(plan.folder)
    (plan.folder / "lib").mkdir()
    (plan.folder / "lib" / "thesis.R").write_text("x")
    refused(plan)
    assert journal.unfinished() is None
    assert (plan.folder / "lib" / "thesis.R").read_text() == "x"
    assert not (plan.folder / ownership.MARK).exists()


@pytest.mark.parametrize("name", ["day 4", "Tools", "envs", "pkgs", ".git", "LIB"])
def test_homework_beside_what_was_half_made_is_named_and_stays(
    conda: StandIn, plan_for: MakePlan, name: str
) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    project(plan.folder / name)
    found = look(plan)
    assert isinstance(found, Finding)
    assert name in found.why
    refused(plan)
    assert (plan.folder / name / "homework.ipynb").is_file()


def test_once_it_is_complete_note_and_mark_go(conda: StandIn, plan_for: MakePlan) -> None:
    """Finished by hand in the folder that the wizard began; it is the student's from then on."""
    plan = plan_for(conda)
    leave_half_made(plan)
    conda.add_environment("llm_50gun", WITH_TORCH)
    assert (plan.folder / ownership.MARK).is_file()
    assert journal.unfinished() is None
    assert not journal.journal_path().exists()
    assert not (plan.folder / ownership.MARK).exists()
    conda_meta = plan.folder / "conda-meta" / "history"
    conda_meta.unlink()  # and not even what breaks it afterwards is the wizard's to delete
    refused(plan)


def test_what_has_changed_since_it_was_shown_stays(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    asked = asked_of(plan)
    late = plan.folder / "bin" / "homework.ipynb"
    late.write_text("x")
    found = remove(asked)
    assert found is not None
    assert found.code == "not_ours"
    assert late.read_text() == "x"
    assert remove(asked_of(plan)) is None  # it was shown this time


def test_a_folder_exchanged_between_the_look_and_the_move_comes_back(
    conda: StandIn, plan_for: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    asked = asked_of(plan)
    look_again = removal._look

    def exchanged(plan: Plan) -> Removal | Finding | None:
        found = look_again(plan)
        plan.folder.rename(plan.folder.with_name("elsewhere"))
        project(plan.folder)
        return found

    monkeypatch.setattr(removal, "_look", exchanged)
    found = remove(asked)
    assert found is not None
    assert (plan.folder / "homework.ipynb").is_file()


def edited(plan: Plan, prefix: str, **changes: object) -> Plan:
    """The plan of a journal in which somebody wrote another folder."""
    changes = {"prefix": prefix, "name": Path(prefix).name or "llm_50gun", **changes}
    edit_journal(**changes)
    return replace(plan, **changes)  # type: ignore[arg-type]


def test_no_edited_journal_leads_anywhere_else(
    conda: StandIn, plan_for: MakePlan, tmp_path: Path
) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    mark = (plan.folder / ownership.MARK).read_text("utf-8")
    work = tmp_path / "work"
    project(work / "llm_50gun")
    (tmp_path / "link").symlink_to(work, target_is_directory=True)
    (tmp_path / "llm_50gun").symlink_to(work / "llm_50gun", target_is_directory=True)
    (tmp_path / "envs").symlink_to(plan.folder.parent, target_is_directory=True)
    odd_home = Path(os.environ["HOME"])
    (work / "x").mkdir()
    copies = [work / "llm_50gun", odd_home / "llm_50gun", conda.root / "envs" / "llm_50gun" / "bin"]
    for copy in copies:  # as if somebody had copied the mark, and even put the path right
        copy.mkdir(exist_ok=True)
        (copy / ownership.MARK).write_text(json.dumps({**json.loads(mark), "prefix": str(copy)}))
    envs, parent = str(conda.root / "envs"), str(plan.folder.parent)
    prefixes = [
        *map(str, copies),
        f"{tmp_path}/link/llm_50gun",
        f"{tmp_path}/llm_50gun",
        f"{tmp_path}/envs/llm_50gun",
        f"{work}/x/../llm_50gun",
        f"{parent}/x/../llm_50gun",
        f"{plan.prefix}/../llm_50gun",
        f"{parent}/./llm_50gun",
        f"{plan.prefix}/",
        f"{plan.prefix}/.",
        f"/{plan.prefix}",
        str(conda.root),
        envs,
        str(odd_home),
        str(odd_home.parent),
        *("/home", "/", "C:\\", "C:", "llm_50gun", ".", "..", "~", "~/llm_50gun"),
    ]
    (plan.folder.parent / "x").mkdir()
    for prefix in prefixes:
        other = edited(plan, prefix)
        found = look(other)
        assert not isinstance(found, Removal), prefix
        assert isinstance(found, Finding) or not os.path.lexists(prefix), prefix
        assert not isinstance(repair_plan(other), Removal), prefix
    # With another name, too: what follows the last slash is all that a name is.
    refused(edited(plan, plan.prefix, name="other"))
    assert (work / "llm_50gun" / "homework.ipynb").is_file()
    assert (plan.folder / "bin" / "half").is_file()
    (plan.folder / "bin" / ownership.MARK).unlink()
    assert remove(asked_of(edited(plan, plan.prefix))) is None  # so that the rows can fail


@pytest.mark.parametrize(
    "place", ["home", "parent of home", "data folder", "conda", "its own root", "working folder"]
)
def test_what_holds_something_dear_stays_even_with_a_mark(
    conda: StandIn,
    plan_for: MakePlan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    folder = tmp_path / "llm_50gun"
    plan = replace(plan_for(conda), prefix=str(folder))
    leave_half_made(plan)
    assert isinstance(look(plan), Removal)
    (folder / "bin" / "x").mkdir()
    if place == "home":
        monkeypatch.setenv("HOME", str(folder))
    elif place == "parent of home":
        monkeypatch.setenv("HOME", str(folder / "bin" / "x"))
    elif place == "data folder":
        inside = folder / "bin" / "gpu-setup-wizard"
        shutil.copytree(journal.journal_path().parent, inside)
        monkeypatch.setenv("XDG_DATA_HOME", str(folder / "bin"))
    elif place == "conda":
        (folder / "condabin").mkdir()
    elif place == "its own root":
        root = Conda("26.8.0", "miniforge", str(folder / "bin"), str(folder / "bin" / "conda"))
        plan = replace(plan, conda=root)
    else:
        monkeypatch.chdir(folder / "bin" / "x")
    refused(plan)
    monkeypatch.chdir("/")
    assert (folder / "bin" / "half").is_file()


def test_without_its_note_nothing_is_deleted(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    note = journal.journal_path().read_text("utf-8")
    entry = json.loads(note)
    for mark in ("", None, 3, "0" * 32, entry["mark"].upper(), "../" + entry["mark"]):
        journal.journal_path().write_text(json.dumps({**entry, "mark": mark}), "utf-8")
        refused(plan)
    journal.journal_path().write_text(note.replace('"creates": true', '"creates": false'), "utf-8")
    refused(plan)
    journal.journal_path().unlink()
    refused(plan)
    (plan.folder / ownership.MARK).unlink()
    journal.journal_path().write_text(note, "utf-8")
    refused(plan)
    assert (plan.folder / "bin" / "half").is_file()


def test_a_folder_that_is_moved_or_copied_is_not_the_one(
    conda: StandIn, plan_for: MakePlan, tmp_path: Path
) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    for move in (shutil.copytree, shutil.move):
        place = tmp_path / move.__name__ / "llm_50gun"
        place.parent.mkdir()
        move(str(plan.folder), str(place))
        refused(edited(plan, str(place)))
        assert (place / "bin" / "half").is_file()
    # And where a link now leads there from the old place.
    plan.folder.parent.rename(tmp_path / "old")
    plan.folder.parent.symlink_to(tmp_path / "move", target_is_directory=True)
    edit_journal(prefix=plan.prefix, name=plan.name)
    assert (plan.folder / "bin" / "half").is_file()
    refused(plan)


def test_micromamba_takes_no_mark_so_what_it_made_stays(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    assert plan.conda is not None
    own = replace(plan.conda, executable=str(conda.root / "bin" / "micromamba"))
    plan = replace(plan, conda=own)
    assert journal.begin(plan) is None
    assert journal.mark_of(plan) == ""
    r_environment(plan.folder)
    refused(plan)
    assert journal.unfinished() is None


# Who is at it ------------------------------------------------------------------------------------


def test_another_wizard_that_holds_the_lock(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    asked = asked_of(plan)
    with only_one() as alone:
        assert alone
        found = remove(asked)
        assert found is not None
        assert found.code == "already_running"
        refused(plan, "already_running")
    assert remove(asked) is None


@pytest.mark.parametrize("by", ["name", "prefix", "a relative prefix"])
def test_another_conda_that_installs_into_that_folder(
    conda: StandIn, plan_for: MakePlan, home: Path, by: str
) -> None:
    """Of another installation, and its words name the folder late."""
    plan = plan_for(conda)
    leave_half_made(plan)
    asked = asked_of(plan)
    other = make_conda(home / "anaconda3")
    other.behave(hang_at="solving")
    where = {
        "name": ["-n", plan.name],
        "prefix": ["-p", plan.prefix],
        "a relative prefix": ["-p", f"envs/{plan.name}"],
    }[by]
    words = ["create", "--yes", "--override-channels", "-c", "conda-forge", "python", *where]
    env = os.environ if by == "name" else {**os.environ, "HOME": "/nowhere"}
    env = {**env, "CONDA_ENVS_DIRS": str(plan.folder.parent), "CONDA_PKGS_DIRS": str(home / "p")}
    with subprocess.Popen([str(other.executable), *words], env=env, cwd=conda.root) as process:
        try:
            other.wait_until_hanging("solving", 30)
            found = remove(asked)
            assert found is not None
            assert found.code == "already_running"
            assert str(process.pid) in found.why
            refused(plan, "already_running")
        finally:
            process.kill()
    assert (plan.folder / "bin" / "half").is_file()
    assert remove(asked) is None


def test_a_notebook_that_runs_from_there(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    leave_half_made(plan)
    python = plan.folder / "bin" / "python"
    python.symlink_to(Path(sys.executable).resolve())
    asked = asked_of(plan)
    with subprocess.Popen([str(python), "-c", "input()"], stdin=subprocess.PIPE) as process:
        found = remove(asked)
        process.communicate(b"\n")
    assert found is not None
    assert found.code == "already_running"
    assert python.is_symlink()


def test_a_record_is_not_set_aside_while_a_conda_writes(conda: StandIn, plan_for: MakePlan) -> None:
    conda.add_environment("llm_50gun", WITH_TORCH)
    plan = plan_for(conda)
    record = next((plan.folder / "conda-meta").glob("pytorch-*.json"))
    record.write_text("{", "utf-8")
    conda.behave(hang_at="solving")
    words = [str(conda.executable), "install", "--yes", "-n", "llm_50gun", "torchvision"]
    with subprocess.Popen(words, start_new_session=True) as process:
        conda.wait_until_hanging("solving", 30)
        found = repair_plan(plan)
        os.killpg(process.pid, signal.SIGKILL)
    assert not alive(process.pid)
    assert isinstance(found, Finding)
    assert found.code == "already_running"
    assert record.read_text("utf-8") == "{"


def test_leave_it_takes_no_note_of_another_window_away(conda: StandIn, plan_for: MakePlan) -> None:
    """A window that shows an old result, while another one installs."""
    import psutil

    plan = plan_for(conda)
    leave_half_made(plan)
    path = journal.journal_path()
    entry = json.loads(path.read_text("utf-8"))
    parent = psutil.Process().parent()
    assert parent is not None
    entry["wizard"] = {"pid": parent.pid, "started": parent.create_time()}
    path.write_text(json.dumps(entry), "utf-8")
    journal.dismiss()
    assert path.exists()
    assert (plan.folder / ownership.MARK).is_file()
