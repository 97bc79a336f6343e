"""From a recommendation to the commands that run: nothing hidden, nothing through a shell."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wizard.advice.finding import Finding
from wizard.advice.recommend import recommend
from wizard.detection.machine import Conda, Environment, Machine, machine_from_json
from wizard.installation.plan import make_plan, private_plan
from wizard.installation.values import Plan
from wizard.paths import resource_folder, user_data_folder

MACHINES = sorted(path.stem for path in resource_folder("machines").glob("*.json"))


def described(name: str) -> Machine:
    path = resource_folder("machines") / f"{name}.json"
    return machine_from_json(json.loads(path.read_text("utf-8")))


def planned(machine: Machine, env: str | None = None, route: str | None = None) -> Plan:
    advised = recommend(machine, env)
    commands = (advised.primary, *advised.alternatives)
    command = next((c for c in commands if c.route == route), None)
    plan = make_plan(machine, advised, command)
    assert isinstance(plan, Plan), plan
    return plan


def linux(*environments: Environment, root: str = "/home/aysel/miniforge3") -> Machine:
    conda = Conda("26.8.0", "miniforge", root, f"{root}/bin/conda")
    machine = described("rtx5070-desktop-linux")
    return replace(machine, conda=conda, conda_installations=(conda,), environments=environments)


COURSE = Environment(
    "llm_50gun",
    "/home/aysel/miniforge3/envs/llm_50gun",
    "3.12.4",
    executable="/home/aysel/miniforge3/envs/llm_50gun/bin/python",
)


@pytest.mark.parametrize("name", MACHINES)
def test_what_runs_is_the_command_that_is_shown(name: str) -> None:
    machine = described(name)
    advised = recommend(machine)
    plan = make_plan(machine, advised)
    if isinstance(plan, Finding):
        assert plan.code == "conda_not_found"
        assert machine.conda is None
        return
    shown = [step.argv for step in advised.steps if step.argv[1] != "activate"]
    changing = [step for step in plan.steps if step.kind != "download"]
    for step, argv in zip(changing, shown, strict=True):
        if "--find-links" in step.argv:  # what it installs was downloaded with the very words
            fetch = next(each for each in plan.steps if each.kind == "download")
            at = argv.index("install") + 1
            assert fetch.argv[-len(argv[at:]) :] == argv[at:]
            continue
        # By its whole path, and conda does not ask back; every other word is as shown.
        words = list(argv[argv.index("-m") :] if step.tool == "pip" else argv[1:])
        assert [word for word in step.argv[1:] if word != "--yes" or word in words] == words
        assert "/" in step.argv[0] or "\\" in step.argv[0]


def test_an_environment_that_is_there_is_used() -> None:
    plan = planned(linux(COURSE))
    assert not plan.creates
    assert plan.prefix == COURSE.prefix
    assert [step.kind for step in plan.steps] == ["install"]
    assert plan.steps[0].argv[:5] == (
        "/home/aysel/miniforge3/bin/conda",
        "install",
        "--yes",
        "-n",
        "llm_50gun",
    )


def test_a_missing_environment_is_made_first_with_pip_named() -> None:
    plan = planned(linux())
    assert plan.creates
    assert plan.prefix == "/home/aysel/miniforge3/envs/llm_50gun"
    making, install = plan.steps
    assert (making.kind, making.argv[1:3]) == ("make", ("create", "--yes"))
    assert "pip" in making.argv
    assert install.argv[1] == "install"


def test_never_into_base() -> None:
    base = Environment("base", "/home/aysel/miniforge3", "3.12.4", executable="x")
    plan = planned(linux(base), "base")
    assert plan.name == "llm_50gun"
    assert all("base" not in step.argv for step in plan.steps)


def test_pip_runs_in_the_environments_own_python() -> None:
    plan = planned(linux(COURSE), route="pip")
    (step,) = plan.steps
    assert step.tool == "pip"
    assert step.argv[:4] == (COURSE.executable, "-m", "pip", "install")


def test_an_old_pytorch_is_taken_out_first_also_for_the_other_way() -> None:
    there = replace(COURSE, torch="2.5.1", torch_build="py3.12_cuda12.4", torch_channel="pytorch")
    plan = planned(linux(there), route="pip")
    assert [(step.kind, step.tool) for step in plan.steps] == [
        ("download", "pip"),
        ("remove", "conda"),
        ("install", "pip"),
    ]
    from_pip = replace(COURSE, torch="2.13.0+cpu")
    plan = planned(linux(from_pip))
    assert [(step.kind, step.tool) for step in plan.steps] == [
        ("download", "conda"),
        ("remove", "pip"),
        ("install", "conda"),
    ]
    fetch, removal, install = plan.steps
    assert removal.argv[0] == COURSE.executable
    assert [word for word in fetch.argv if word != "--download-only"] == list(install.argv)


def test_what_replaces_a_pytorch_is_downloaded_into_the_wizards_own_folder_first() -> None:
    """And put in from there: after the removal no server is asked any more."""
    venv = replace(COURSE, torch="2.13.0+cpu", kind="venv", prefix="/home/aysel/env")
    machine = replace(linux(venv), conda=None, conda_installations=())
    plan = planned(machine, "/home/aysel/env")
    fetch, removal, install = plan.steps
    assert [step.kind for step in plan.steps] == ["download", "remove", "install"]
    folder = Path(fetch.argv[fetch.argv.index("--dest") + 1])
    assert user_data_folder() in folder.parents
    assert install.argv[4:] == ("--no-index", "--find-links", str(folder), "torch", "torchvision")
    assert "uninstall" in removal.argv
    assert "--index-url" in fetch.argv


@pytest.mark.parametrize(
    ("metapackage", "gpu", "removed"),
    [
        ("pytorch-cpu", True, True),
        ("cpuonly", True, True),
        ("pytorch-gpu", False, True),
        ("pytorch-cpu", False, False),
        ("pytorch-gpu", True, False),
        (None, True, False),
    ],
)
def test_a_metapackage_of_the_other_kind_is_taken_out_first(
    metapackage: str | None, gpu: bool, removed: bool
) -> None:
    """It holds no files, so nothing has to be downloaded before (facts: measured of conda)."""
    there = replace(
        COURSE, torch="2.10.0", torch_channel="conda-forge", torch_metapackage=metapackage
    )
    machine = linux(there)
    plan = planned(machine if gpu else replace(machine, gpus=(), nvidia_driver=None))
    assert [step.kind for step in plan.steps] == ["remove"] * removed + ["install"]
    if removed:
        assert plan.steps[0].argv[-2:] == ("--force", metapackage)
    assert ("pytorch=*=cpu*" in plan.steps[-1].argv) is not gpu


def test_the_installation_that_holds_the_environment_runs() -> None:
    other = Conda("25.9.1", "miniconda", "/opt/miniconda3", "/opt/miniconda3/bin/conda")
    machine = linux(COURSE)
    machine = replace(
        machine, conda=other, conda_installations=(other, *machine.conda_installations)
    )
    assert planned(machine).steps[0].argv[0] == "/home/aysel/miniforge3/bin/conda"


def test_a_batch_file_is_never_called() -> None:
    root = r"C:\Users\Orxan\miniforge3"
    conda = Conda("26.8.0", "miniforge", root, root + r"\condabin\conda.bat")
    machine = replace(described("rtx5070-desktop"), conda=conda, conda_installations=(conda,))
    plan = planned(machine)
    assert plan.steps[0].argv[:3] == (root + r"\python.exe", "-m", "conda")


def test_no_conda_says_how_to_get_one() -> None:
    machine = described("no-gpu")
    finding = make_plan(machine, recommend(machine))
    assert isinstance(finding, Finding)
    assert finding.code == "conda_not_found"
    assert finding.commands[0].cmd == "winget install CondaForge.Miniforge3"
    assert finding.source.startswith("https://")


def test_without_conda_a_private_environment(tmp_path: Path) -> None:
    python = Environment("3.12", "/usr", "3.12.4", kind="python", executable="/usr/bin/python3.12")
    folder = tmp_path / "Dərslər İşığı ə ğ ş" / "llm_50gun"
    plan = private_plan(replace(linux(), conda=None), python, folder)
    assert isinstance(plan, Plan)
    assert plan.creates
    assert plan.steps[0].argv == ("/usr/bin/python3.12", "-m", "venv", str(folder))
    assert plan.steps[1].argv[1:4] == ("-m", "pip", "install")
    assert Path(plan.steps[1].argv[0]).parent.parent == folder


def test_a_python_without_builds_makes_no_environment(tmp_path: Path) -> None:
    python = Environment("3.7", "/usr", "3.7.9", kind="python", executable="/usr/bin/python3.7")
    finding = private_plan(linux(), python, tmp_path / "env")
    assert isinstance(finding, Finding)
    assert finding.code == "python_unsupported"
