"""Dry runs of conda and pip, recorded and real, read into what would be downloaded and changed."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conda_stand_in import StandIn
from conftest_types import MakePlan
from hypothesis import given
from hypothesis import strategies as st
from wheel_folder import make_wheel, make_wheels

from wizard.child_process import Outcome
from wizard.detection.machine import Machine, OperatingSystem
from wizard.detection.probes.pythons import find_pythons
from wizard.installation.forecast import ask_conda, ask_pip, dry_run_argv, from_conda, from_pip
from wizard.installation.plan import private_plan
from wizard.installation.values import Change, Forecast, Plan

RECORDINGS = Path(__file__).resolve().parent.parent / "recordings" / "conda"


def recorded(name: str) -> dict[str, Any]:
    return json.loads((RECORDINGS / name).read_text("utf-8"))


@pytest.fixture
def plan(conda: StandIn, plan_for: MakePlan) -> Plan:
    return plan_for(conda)


def test_the_recorded_dry_run(plan: Plan) -> None:
    document = recorded("install-dry-run.json")
    forecast = from_conda(document, plan)
    fetched = document["actions"]["FETCH"]
    assert forecast.prefix == document["actions"]["PREFIX"]
    assert len(forecast.packages) == len(document["actions"]["LINK"])
    assert forecast.download_bytes == sum(item["size"] for item in fetched)
    assert {package.file for package in forecast.downloads} == {item["fn"] for item in fetched}
    assert not forecast.changes


def test_nothing_to_do_as_recorded(plan: Plan) -> None:
    forecast = from_conda(recorded("install-nothing-to-do.json"), plan)
    assert forecast.nothing_to_do
    assert forecast.download_bytes == 0


def test_what_changes_and_what_goes(plan: Plan) -> None:
    document = {
        "success": True,
        "actions": {
            "UNLINK": [
                {"name": "numpy", "version": "1.26.4", "build_string": "py312_0"},
                {"name": "cpuonly", "version": "2.0", "build_string": "0"},
                {"name": "same", "version": "1", "build_string": "0"},
            ],
            "LINK": [
                {"name": "numpy", "version": "2.3.1", "build_string": "py312_0"},
                {"name": "same", "version": "1", "build_string": "0"},
            ],
        },
    }
    forecast = from_conda(document, plan)
    assert forecast.changes == (
        Change("numpy", "1.26.4 py312_0", "2.3.1 py312_0"),
        Change("cpuonly", "2.0 0", None),
    )


def test_a_new_environment_is_asked_about_at_once(conda: StandIn, plan: Plan) -> None:
    forecast = ask_conda(plan, None)
    assert isinstance(forecast, Forecast)
    names = {package.name for package in forecast.packages}
    assert {"python", "pip", "pytorch-gpu", "torchvision", "cuda-version"} <= names
    assert forecast.prefix == plan.prefix
    (call,) = conda.calls
    assert call[0] == "create"
    assert {"--dry-run", "--json"} <= set(call)
    assert "--yes" not in call
    assert not plan.folder.exists()


def test_an_environment_with_packages_says_what_changes(conda: StandIn, plan_for: MakePlan) -> None:
    conda.add_environment("llm_50gun", ("python=3.12", "libzlib", "pip", "cuda-version=12.9"))
    forecast = ask_conda(plan_for(conda), None)
    assert isinstance(forecast, Forecast)
    assert [change.name for change in forecast.changes] == ["cuda-version"]


def test_a_failed_dry_run_comes_as_its_outcome(conda: StandIn, plan: Plan) -> None:
    conda.behave(fail="unsatisfiable")
    outcome = ask_conda(plan, None)
    assert isinstance(outcome, Outcome)
    assert outcome.exit_code == 1


def test_the_dry_run_is_the_command_itself(plan: Plan) -> None:
    step = plan.steps[-1]
    asked = dry_run_argv(step)
    kept = [word for word in asked if word not in ("--dry-run", "--json")]
    assert kept == [word for word in step.argv if word != "--yes"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
ACTIONS = st.dictionaries(
    st.sampled_from(["FETCH", "LINK", "UNLINK", "PREFIX"]),
    JSON | st.lists(st.dictionaries(st.sampled_from(["name", "version", "size", "fn"]), JSON)),
)


@given(ACTIONS | JSON)
def test_any_json_costs_only_itself(actions: object) -> None:
    plan = Plan("conda-forge", "x", "/x", True, (), None)
    forecast = from_conda({"success": True, "actions": actions}, plan)
    assert isinstance(forecast.to_json(), dict)


def test_pips_report_against_what_is_there() -> None:
    def item(name: str, version: str) -> dict[str, Any]:
        url = f"https://download.pytorch.org/whl/{name}-{version}-py3-none-any.whl"
        return {"metadata": {"name": name, "version": version}, "download_info": {"url": url}}

    report = {"install": [item("torch", "2.13.0+cu130"), item("Numpy", "2.3.1"), {"metadata": 3}]}
    forecast = from_pip(
        report, {"numpy": "1.26.4", "torch": "2.5.1", "torchaudio": "2.5.1"}, ["torchaudio", "x"]
    )
    assert [package.name for package in forecast.packages] == ["torch", "Numpy"]
    assert forecast.changes == (
        Change("torch", "2.5.1", "2.13.0+cu130"),
        Change("Numpy", "1.26.4", "2.3.1"),
        Change("torchaudio", "2.5.1", None),
    )


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A private environment that is to be made, from a folder of wheels."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(make_wheels(tmp_path / "wheels")))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # what this computer's pip is told
    python = find_pythons()[0]
    plan = private_plan(Machine("t", OperatingSystem("linux")), python, tmp_path / "llm_50gun")
    assert isinstance(plan, Plan)
    return plan


def test_pip_tells_before_the_environment_is_there(private: Plan, tmp_path: Path) -> None:
    forecast = ask_pip(private, Forecast(), None)
    if forecast is None:
        pytest.skip("the Python that was found has no pip to ask")
    assert isinstance(forecast, Forecast)
    wheels = list((tmp_path / "wheels").glob("*.whl"))
    assert {package.name for package in forecast.packages} == {"torch", "torchvision"}
    assert forecast.download_bytes == sum(wheel.stat().st_size for wheel in wheels)
    assert not private.folder.exists()


def test_pip_that_finds_nothing_comes_as_its_outcome(
    private: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    outcome = ask_pip(private, Forecast(), None)
    if outcome is None:
        pytest.skip("the Python that was found has no pip to ask")
    assert isinstance(outcome, Outcome)
    assert "No matching distribution" in outcome.stderr


def test_without_any_pip_nothing_is_told(private: Plan, tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho No module named pip >&2; exit 1\n", "utf-8")
    bare.chmod(0o755)
    making = replace(private.steps[0], argv=(str(bare), *private.steps[0].argv[1:]))
    assert ask_pip(replace(private, steps=(making, private.steps[1])), Forecast(), None) is None


def test_a_damaged_wheel_is_no_crash(private: Plan, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", "torch", "2.14.0+cpu").write_bytes(b"no zip")
    outcome = ask_pip(private, Forecast(), None)
    assert outcome is None or isinstance(outcome, (Outcome, Forecast))
