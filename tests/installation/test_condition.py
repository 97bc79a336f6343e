"""The state of an environment, read from its files, and what is still to be done for it."""

from __future__ import annotations

import shutil
import sys
import venv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conda_stand_in import StandIn
from conftest_types import MakePlan

from wizard.advice.finding import Finding
from wizard.detection.machine import Machine, OperatingSystem
from wizard.detection.probes.installed import site_packages
from wizard.installation import journal, ownership
from wizard.installation.condition import read_condition
from wizard.installation.preflight import run_preflight
from wizard.installation.removal import Removal, remove
from wizard.installation.repair import repair_plan
from wizard.installation.values import Plan, Step

LINUX = Machine("test", OperatingSystem("linux"))
WITH_TORCH = ("libzlib", "pip", "python=3.12", "pytorch=2.10.0=cuda130*", "numpy")


def test_not_there(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    assert read_condition(plan).state == "absent"
    plan.folder.mkdir()
    assert read_condition(plan).state == "absent"


def test_with_and_without_pytorch(conda: StandIn, plan_for: MakePlan) -> None:
    conda.add_environment("llm_50gun", ("python=3.12", "libzlib", "pip"))
    found = read_condition(plan_for(conda))
    assert (found.state, found.python, found.torch) == ("without_torch", "3.12.4", None)
    shutil.rmtree(conda.prefix("llm_50gun"))
    conda.add_environment("llm_50gun", WITH_TORCH)
    found = read_condition(plan_for(conda))
    assert (found.state, found.torch) == ("whole", "2.10.0")


def test_without_its_history_conda_does_not_take_it_for_an_environment(
    conda: StandIn, plan_for: MakePlan
) -> None:
    conda.add_environment("llm_50gun", WITH_TORCH)
    plan = plan_for(conda)
    (plan.folder / "conda-meta" / "history").unlink()
    assert read_condition(plan).state == "half_made"


def test_a_virtual_environment_without_its_pip_is_half_made(tmp_path: Path) -> None:
    """Ended while it was made: its Python starts, and nothing can be installed with it."""
    folder = tmp_path / "llm_50gun"
    steps = (
        Step("make", "venv", (sys.executable, "-m", "venv", str(folder)), "x"),
        Step("install", "pip", (f"{folder}/bin/python", "-m", "pip", "install", "torch"), "x"),
    )
    plan = Plan("pip", "llm_50gun", str(folder), True, steps, None)
    venv.create(folder, with_pip=False, symlinks=True)
    assert read_condition(plan).state == "half_made"
    # One that was there before is the user's: nothing of it is made anew.
    assert read_condition(replace(plan, creates=False)).state == "without_torch"
    assert isinstance(repair_plan(plan), Finding)  # nor anything of what nobody claimed
    shutil.rmtree(folder)
    journal.begin(plan)
    assert ownership.claim(plan, journal.mark_of(plan))
    venv.create(folder, with_pip=False, symlinks=True)
    asked = repair_plan(plan)
    assert isinstance(asked, Removal)
    assert folder.exists()
    assert remove(asked) is None
    assert repair_plan(plan) == plan
    venv.create(folder, with_pip=True, symlinks=True)
    assert read_condition(plan).state == "without_torch"


def _drop_a_file(plan: Plan) -> None:
    packages = site_packages(plan.folder, "3.12")
    assert packages is not None
    (packages / "torch" / "version.py").unlink()


def _damage_a_record(plan: Plan) -> None:
    record = next((plan.folder / "conda-meta").glob("pytorch-*.json"))
    record.write_text("{", "utf-8")


def _drop_the_record(plan: Plan) -> None:
    next((plan.folder / "conda-meta").glob("pytorch-*.json")).unlink()


@pytest.mark.parametrize(
    ("damage", "names"),
    [
        (_drop_a_file, ("pytorch",)),
        (_damage_a_record, ("pytorch",)),
        (_drop_the_record, ("torch",)),
    ],
)
def test_damage_is_seen_and_named(
    conda: StandIn, plan_for: MakePlan, damage: Callable[[Plan], None], names: tuple[str, ...]
) -> None:
    conda.add_environment("llm_50gun", WITH_TORCH)
    plan = plan_for(conda)
    damage(plan)
    found = read_condition(plan)
    assert found.state == "damaged"
    assert found.missing == names


def test_damage_is_repaired_by_force_in_the_same_environment(
    conda: StandIn, plan_for: MakePlan
) -> None:
    conda.add_environment("llm_50gun", WITH_TORCH)
    plan = plan_for(conda)
    _drop_a_file(plan)
    repaired = repair_plan(plan)
    assert isinstance(repaired, Plan)
    assert [step.kind for step in repaired.steps] == ["install"]
    assert "--force-reinstall" in repaired.steps[0].argv
    asked = run_preflight(repaired, LINUX, lambda _event: None)
    assert asked.ready, asked.findings
    assert ["info", "--json"] in conda.calls
    assert all(call[0] == "info" or "--dry-run" in call for call in conda.calls)
    assert "pytorch" in repaired.steps[0].argv
    assert plan.folder.is_dir()


@pytest.mark.parametrize("by_conda", [True, False])
def test_the_old_pytorch_is_still_taken_out_before_the_new_one_comes(
    conda: StandIn, plan_for: MakePlan, by_conda: bool
) -> None:
    """Without that, pip takes another build of the same version for what was asked for."""
    conda.add_environment("llm_50gun", WITH_TORCH)
    plan = plan_for(conda, route="pip")
    assert [step.kind for step in plan.steps] == ["download", "remove", "install"]
    if not by_conda:  # it has been taken out already, and pip's is there
        _drop_the_record(plan)
        packages = site_packages(plan.folder, "3.12")
        assert packages is not None
        (packages / "torch-2.10.0.dist-info" / "RECORD").write_text("", "utf-8")
    assert read_condition(plan).state == "whole"
    repaired = repair_plan(plan)
    assert isinstance(repaired, Plan)
    kinds = [step.kind for step in repaired.steps]
    assert kinds == ["download", *(["remove"] if by_conda else []), "install"]


def test_a_record_that_was_cut_off_is_set_aside_before_the_repair(
    conda: StandIn, plan_for: MakePlan
) -> None:
    """Seen of the real conda 26.8: ended while it wrote its records, it later refuses them."""
    conda.add_environment("llm_50gun", WITH_TORCH)
    plan = plan_for(conda)
    _damage_a_record(plan)
    python = next((plan.folder / "conda-meta").glob("python-3*.json")).read_text("utf-8")
    assert isinstance(repair_plan(plan), Plan)
    assert not list((plan.folder / "conda-meta").glob("pytorch-2*.json"))
    (kept,) = (plan.folder / "conda-meta").glob("pytorch-2*.unreadable")
    assert kept.read_text("utf-8") == "{"
    assert next((plan.folder / "conda-meta").glob("python-3*.json")).read_text("utf-8") == python


def test_repair_of_what_is_gone(conda: StandIn, plan_for: MakePlan) -> None:
    made = plan_for(conda)
    assert repair_plan(made) == made
    assert isinstance(repair_plan(replace(made, creates=False)), Finding)


def test_repair_goes_on_where_the_environment_is_whole(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    conda.add_environment("llm_50gun", ("python=3.12", "libzlib", "pip"))
    repaired = repair_plan(plan)
    assert isinstance(repaired, Plan)
    assert not repaired.creates
    assert repaired.steps == plan.steps[1:]
