"""micromamba: a lone program, its root folder, and commands that are called by its name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from wizard.advice.recommend import recommend
from wizard.detection.machine import Driver, Gpu, Machine, OperatingSystem
from wizard.detection.probes.conda import probe_conda
from wizard.detection.probes.places import Places
from wizard.installation.plan import make_plan
from wizard.installation.values import Plan

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths of Linux")


@pytest.fixture
def micromamba(home: Path) -> Path:
    program = home / ".local" / "bin" / "micromamba"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    env = home / "micromamba" / "envs" / "llm_50gun"
    (env / "conda-meta").mkdir(parents=True)
    (env / "conda-meta" / "history").touch()
    (env / "conda-meta" / "python-3.12.4-h_0.json").write_text("{}", "utf-8")
    (env / "bin").mkdir()
    (env / "bin" / "python").touch(mode=0o755)
    return program


def test_it_is_found_with_its_environments(home: Path, micromamba: Path) -> None:
    found = probe_conda(Places({}, home, (), windows=False))
    (conda,) = found.installations
    assert conda.executable == str(micromamba)
    assert conda.root == str(home / "micromamba")
    assert conda.tool == "micromamba"
    assert [env.name for env in found.environments] == ["llm_50gun"]


def test_its_root_by_the_variable(home: Path, micromamba: Path, tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    found = probe_conda(
        Places({"MAMBA_ROOT_PREFIX": str(tmp_path / "mm")}, home, (), windows=False)
    )
    assert found.installations[0].root == str(tmp_path / "mm")


def test_its_commands_are_called_by_its_name(home: Path, micromamba: Path) -> None:
    found = probe_conda(Places({}, home, (), windows=False))
    machine = Machine(
        "t",
        OperatingSystem("linux"),
        gpus=(Gpu("nvidia", "NVIDIA GeForce RTX 3060", "8.6", 12.0),),
        nvidia_driver=Driver("581.57", "13.0"),
        conda=found.installations[0],
        conda_installations=found.installations,
        environments=found.environments,
    )
    advised = recommend(machine)
    assert advised.primary.argv[0] == "micromamba"
    assert advised.primary.text.bash.startswith("micromamba install -n llm_50gun")
    plan = make_plan(machine, advised)
    assert isinstance(plan, Plan)
    assert plan.steps[0].argv[:5] == (
        str(micromamba),
        "--root-prefix",
        str(home / "micromamba"),
        "install",
        "--yes",
    )


def test_beside_a_conda_it_is_not_used(home: Path, micromamba: Path) -> None:
    root = home / "miniforge3"
    (root / "conda-meta").mkdir(parents=True)
    (root / "conda-meta" / "history").touch()
    (root / "condabin").mkdir()
    found = probe_conda(Places({}, home, (), windows=False))
    assert found.installations[0].root == str(root)
    assert found.installations[0].tool == "conda"
