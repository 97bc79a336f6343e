"""A computer with the stand-in conda, and plans for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":  # the stand-in is a shell script
    collect_ignore_glob = ["test_*.py"]

from conda_stand_in import StandIn, make_conda
from conftest_types import MakePlan

from wizard.advice.recommend import recommend
from wizard.detection.machine import Driver, Gpu, Machine, OperatingSystem
from wizard.detection.probes.conda import probe_conda
from wizard.detection.probes.places import Places
from wizard.installation import connection
from wizard.installation.plan import make_plan
from wizard.installation.values import Plan

ODD_NAME = "Dərslər İşığı ə ğ ş"
GPU = (Gpu("nvidia", "NVIDIA GeForce RTX 3060", "8.6", 12.0),)


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection is refused at once, also where there is an internet."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the tries of what broke off; as many tries as ever."""
    for name in ("PAUSES", "BUSY_PAUSES"):
        pauses = tuple(0.01 for _each in getattr(connection, name))
        monkeypatch.setattr(connection, name, pauses)


@pytest.fixture
def odd_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder whose name has spaces and letters of Azerbaijani."""
    folder = home / ODD_NAME
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / ".local" / "share"))
    return folder


@pytest.fixture
def conda(odd_home: Path) -> StandIn:
    """An installation without environments besides its own."""
    return make_conda(odd_home / "miniforge3")


def machine_with(conda: StandIn, *, gpu: bool = True) -> Machine:
    """What the survey finds, on a computer with or without a card."""
    found = probe_conda(Places({}, conda.root.parent, (), windows=False))
    return Machine(
        "test",
        OperatingSystem("linux"),
        gpus=GPU if gpu else (),
        nvidia_driver=Driver("581.57", "13.0") if gpu else None,
        conda=found.installations[0],
        conda_installations=found.installations,
        environments=found.environments,
    )


@pytest.fixture
def plan_for() -> MakePlan:
    """``plan_for(conda, env=None, gpu=True, route=None)``."""

    def make(
        conda: StandIn, env: str | None = None, *, gpu: bool = True, route: str | None = None
    ) -> Plan:
        machine = machine_with(conda, gpu=gpu)
        advised = recommend(machine, env)
        commands = (advised.primary, *advised.alternatives)
        command = next((each for each in commands if each.route == route), None)
        plan = make_plan(machine, advised, command)
        assert isinstance(plan, Plan), plan
        return plan

    return make
