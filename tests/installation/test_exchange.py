"""A PyTorch is replaced by another one: until the new one is in place, the old one works.

With real pip, real wheels and a real server on this computer; with the stand-in for conda.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conda_stand_in import StandIn
from conftest_types import MakePlan
from unpacked_pip import unpacked_pip
from wheel_folder import make_wheel, many_bytes, spoil
from wheel_server import WheelServer, serving

from wizard.detection.machine import Machine, OperatingSystem
from wizard.installation import downloads, kept
from wizard.installation.condition import read_condition
from wizard.installation.preflight import run_preflight
from wizard.installation.repair import repair_plan
from wizard.installation.run import clear_away, run_install
from wizard.installation.steps import fetched_first
from wizard.installation.values import InstallResult, Plan, Step, StepStarted
from wizard.paths import user_data_folder

LINUX = Machine("test", OperatingSystem("linux"))
OLD, NEW = "2.12.0+cpu", "2.13.0+cpu"


@pytest.fixture(autouse=True)
def pip_as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what this computer's pip is told."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WheelServer]:
    """With a newer PyTorch of two parts."""
    folder = tmp_path / "wheels"
    make_wheel(folder, "torch", NEW, {"torch/lib/libtorch.so": many_bytes(400_000)})
    make_wheel(folder, "torchvision", "0.28.0+cpu")
    with serving(folder) as running:
        yield running


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Of a virtual environment with an older PyTorch in it, in three parts, put there by pip."""
    folder = tmp_path / "Dərslər ə ğ ş" / "llm_50gun"
    venv.create(folder, with_pip=False, symlinks=True)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = folder / "lib" / version / "site-packages"
    (packages / "pip.pth").write_text(f"{unpacked_pip()}\n", "utf-8")
    old = tmp_path / "old"
    wheels = [
        make_wheel(old, "torch", OLD, {"torch/lib/libtorch.so": many_bytes(200_000)}),
        make_wheel(old, "torchvision", "0.27.0+cpu"),
        make_wheel(old, "torchaudio", OLD),
    ]
    put_in(folder / "bin" / "python", wheels)
    return folder / "bin" / "python"


def put_in(python: Path, wheels: list[Path]) -> None:
    words = ("install", "--no-index", "--no-deps", *map(str, wheels))
    subprocess.run([python, "-m", "pip", *words], check=True, capture_output=True)


def versions(python: Path) -> tuple[str, str]:
    """As the environment's own Python imports them."""
    program = "import torch, torchvision; print(torch.__version__, torchvision.__version__)"
    said = subprocess.run([python, "-c", program], check=True, capture_output=True, text=True)
    torch, torchvision = said.stdout.split()
    return torch, torchvision


def exchange(python: Path, server: WheelServer) -> Plan:
    """What the wizard plans where pip's PyTorch is to be replaced by another build of pip's."""
    pip = (str(python), "-m", "pip")
    remove = (*pip, "uninstall", "--yes", "torch", "torchvision", "torchaudio")
    install = (*pip, "install", "torch", "torchvision", "--index-url", server.url)
    prefix = str(python.parent.parent)
    steps = (Step("remove", "pip", remove, "x"), Step("install", "pip", install, "x"))
    return Plan("pip", "llm_50gun", prefix, False, fetched_first(steps, prefix), None)


def carry_out(plan: Plan, seen: list[object] | None = None) -> InstallResult:
    on_event = (lambda _event: None) if seen is None else seen.append
    return run_install(plan, None, on_event, threading.Event())


def begun(seen: list[object]) -> list[str]:
    return [event.step.kind for event in seen if isinstance(event, StepStarted)]


def nothing_is_left(plan: Plan) -> bool:
    beside = list(plan.folder.parent.glob(".gpu-setup-wizard-*"))
    noted = list((user_data_folder() / "temporary").glob("*"))
    return not beside and not noted


def test_the_preflight_lists_what_pip_takes_out(python: Path, server: WheelServer) -> None:
    found = run_preflight(exchange(python, server), LINUX, lambda _event: None)
    assert found.ready, found.findings
    assert found.forecast is not None
    changes = {change.name: (change.before, change.after) for change in found.forecast.changes}
    assert changes["torch"] == (OLD, NEW)
    assert changes["torchaudio"] == (OLD, None)
    assert found.forecast.download_bytes
    assert found.forecast.download_bytes > 400_000
    assert versions(python) == (OLD, "0.27.0+cpu")


def test_the_new_one_comes_over_a_line_that_breaks_twice(python: Path, server: WheelServer) -> None:
    plan = exchange(python, server)
    server.cuts = 2
    seen: list[object] = []
    result = carry_out(plan, seen)
    assert result.kind == "done", result.log_tail
    assert begun(seen) == ["download", "remove", "install"]
    assert versions(python) == (NEW, "0.28.0+cpu")
    assert not downloads.wheels_of(plan.steps)[0].exists()
    assert nothing_is_left(plan)


def test_where_the_line_breaks_for_good_nothing_was_taken_out(
    python: Path, server: WheelServer
) -> None:
    plan = exchange(python, server)
    server.cuts = 10**6
    seen: list[object] = []
    result = carry_out(plan, seen)
    assert result.kind == "failed"
    assert result.findings[0].code == "download_broken"
    assert begun(seen) == ["download"]
    assert versions(python) == (OLD, "0.27.0+cpu")
    assert result.condition.state == "whole"
    # Later it goes on, and what had come whole is not fetched again.
    server.cuts = 0
    again = repair_plan(result.plan)
    assert isinstance(again, Plan)
    assert carry_out(again).kind == "done"
    assert versions(python)[0] == NEW


def test_after_the_download_no_server_is_needed(python: Path, server: WheelServer) -> None:
    plan = exchange(python, server)
    subprocess.run(plan.steps[0].argv, check=True, capture_output=True)
    server.shutdown()
    server.server_close()
    for step in plan.steps[1:]:
        subprocess.run(step.argv, check=True, capture_output=True)
    assert versions(python) == (NEW, "0.28.0+cpu")


def test_where_the_exchange_fails_the_old_one_is_put_back(
    python: Path, server: WheelServer
) -> None:
    """The new one is on the disk, and cannot be unpacked."""
    spoil(next(server.folder.glob("torch-*.whl")))
    plan = exchange(python, server)
    seen: list[object] = []
    result = carry_out(plan, seen)
    assert result.kind == "failed"
    assert begun(seen) == ["download", "remove", "install"]
    assert versions(python) == (OLD, "0.27.0+cpu")
    assert result.condition.state == "whole"
    assert result.condition.torch == OLD
    assert nothing_is_left(plan)
    # pip takes what was put back for its own work.
    listed = subprocess.run(
        [python, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert listed.returncode == 0, listed.stdout


def test_who_stops_in_the_exchange_has_the_old_one_again(python: Path, server: WheelServer) -> None:
    plan = exchange(python, server)
    cancelled = threading.Event()

    def stop(event: object) -> None:
        if isinstance(event, StepStarted) and event.step.kind == "install":
            cancelled.set()

    assert run_install(plan, None, stop, cancelled).kind == "cancelled"
    assert versions(python) == (OLD, "0.27.0+cpu")


def hold(plan: Plan) -> None:
    """What a run does before it takes the old PyTorch out."""
    kept.keep(plan, plan.steps[1], downloads.make_folder(plan))


def test_after_a_power_cut_in_the_exchange_the_old_one_comes_back(
    python: Path, server: WheelServer
) -> None:
    """The wizard and pip end between taking out and putting in; its next start finds that."""
    plan = exchange(python, server)
    hold(plan)
    subprocess.run(plan.steps[1].argv, check=True, capture_output=True)
    with pytest.raises(subprocess.CalledProcessError):
        versions(python)
    clear_away()
    assert versions(python) == (OLD, "0.27.0+cpu")
    assert nothing_is_left(plan)


def test_a_run_after_a_power_cut_holds_on_to_what_was_taken_out(
    python: Path, server: WheelServer
) -> None:
    plan = exchange(python, server)
    hold(plan)
    subprocess.run(plan.steps[1].argv, check=True, capture_output=True)
    spoil(next(server.folder.glob("torch-*.whl")))
    rest = replace(plan, steps=(plan.steps[0], plan.steps[2]))  # as a repair plans it
    assert carry_out(rest).kind == "failed"
    assert versions(python) == (OLD, "0.27.0+cpu")
    assert nothing_is_left(plan)


def test_a_power_cut_while_pip_takes_out_loses_nothing(python: Path, server: WheelServer) -> None:
    """It moves folders aside, one after the other; the note of the package is still there."""
    plan = exchange(python, server)
    hold(plan)
    packages = next(plan.folder.glob("lib/python*/site-packages"))
    (packages / "torch").rename(packages / "~orch")
    clear_away()
    assert versions(python) == (OLD, "0.27.0+cpu")
    assert read_condition(plan).state == "whole"
    assert nothing_is_left(plan)


def test_what_pip_moved_aside_stays_where_anything_else_is_in_it(
    python: Path, server: WheelServer
) -> None:
    plan = exchange(python, server)
    hold(plan)
    packages = next(plan.folder.glob("lib/python*/site-packages"))
    (packages / "torch" / "homework.py").write_text("x")
    (packages / "torch").rename(packages / "~orch")
    clear_away()
    assert versions(python) == (OLD, "0.27.0+cpu")
    assert (packages / "~orch" / "homework.py").is_file()


# conda -------------------------------------------------------------------------------------------

WITH_TORCH = ("libzlib", "pip", "python=3.12", "numpy", "pytorch=2.10.0=cpu*", "torchvision")


@pytest.fixture
def pips_torch(conda: StandIn, tmp_path: Path) -> Path:
    """The Python of a conda environment into which pip put PyTorch."""
    python = conda.add_environment("llm_50gun") / "bin" / "python"
    old = tmp_path / "old"
    put_in(
        python,
        [make_wheel(old, "torch", OLD), make_wheel(old, "torchvision", "0.27.0+cpu")],
    )
    return python


@pytest.mark.parametrize(("fails", "at"), [("disk_full", "linking"), ("file_locked", "linking")])
def test_pips_pytorch_stays_where_condas_cannot_be_put_in(
    conda: StandIn, plan_for: MakePlan, pips_torch: Path, fails: str, at: str
) -> None:
    plan = plan_for(conda)
    assert [step.kind for step in plan.steps] == ["download", "remove", "install"]
    conda.behave(fail=fails, fail_at=at)
    seen: list[object] = []
    result = carry_out(plan, seen)
    assert result.kind == "failed"
    assert begun(seen) == ["download", "remove", "install"]
    assert versions(pips_torch) == (OLD, "0.27.0+cpu")
    assert nothing_is_left(plan)


def test_pips_pytorch_stays_where_condas_does_not_come(
    conda: StandIn, plan_for: MakePlan, pips_torch: Path
) -> None:
    plan = plan_for(conda)
    preflight = run_preflight(plan, LINUX, lambda _event: None)
    assert preflight.forecast is not None
    gone = {change.name: change.after for change in preflight.forecast.changes}
    assert "torch" in gone
    assert gone["torch"] is None
    conda.behave(fail="cut", fail_at="downloading")
    seen: list[object] = []
    result = carry_out(plan, seen)
    assert result.findings[0].code == "download_broken"
    assert begun(seen) == ["download"]
    assert versions(pips_torch) == (OLD, "0.27.0+cpu")
    conda.behave(fail=None)
    assert carry_out(plan).kind == "done"
    assert "cuda130" in conda.installed("llm_50gun")["pytorch"]


def test_condas_pytorch_comes_back_where_pips_cannot_be_put_in(
    conda: StandIn, plan_for: MakePlan, server: WheelServer
) -> None:
    """Conda takes out with it what needs it; all of that is there again, with its records."""
    conda.add_environment("llm_50gun", WITH_TORCH)
    before = conda.installed("llm_50gun")
    advised = plan_for(conda, route="pip")
    (remove,) = [step for step in advised.steps if step.kind == "remove"]
    python = str(advised.folder / "bin" / "python")
    words = ("install", "torch", "torchvision", "--index-url", server.url)
    install = Step("install", "pip", (python, "-m", "pip", *words), "x")
    steps = fetched_first((remove, install), advised.prefix)
    plan = Plan("pip", advised.name, advised.prefix, False, steps, advised.conda)
    spoil(next(server.folder.glob("torch-*.whl")))
    result = carry_out(plan)
    assert result.kind == "failed"
    assert conda.installed("llm_50gun") == before
    assert (result.condition.state, result.condition.torch) == ("whole", "2.10.0")


@pytest.fixture
def conda_to_pip(conda: StandIn, plan_for: MakePlan, server: WheelServer) -> Plan:
    """Conda's PyTorch is to be replaced by one of pip's, and is held."""
    conda.add_environment("llm_50gun", WITH_TORCH)
    advised = plan_for(conda, route="pip")
    (remove,) = [step for step in advised.steps if step.kind == "remove"]
    python = str(advised.folder / "bin" / "python")
    words = ("install", "torch", "torchvision", "--index-url", server.url)
    steps = fetched_first(
        (remove, Step("install", "pip", (python, "-m", "pip", *words), "x")), advised.prefix
    )
    plan = Plan("pip", advised.name, advised.prefix, False, steps, advised.conda)
    kept.keep(plan, remove, downloads.make_folder(plan))
    return plan


def test_a_power_cut_while_conda_takes_out_loses_nothing(
    conda: StandIn, conda_to_pip: Plan
) -> None:
    """It deletes the record of a package after its files."""
    before = conda.installed("llm_50gun")
    files = [path for path in conda_to_pip.folder.rglob("*/torch/*") if path.is_file()]
    for path in files:
        path.unlink()
    assert files
    assert read_condition(conda_to_pip).state == "damaged"
    clear_away()
    assert conda.installed("llm_50gun") == before
    assert read_condition(conda_to_pip).state == "whole"
    assert nothing_is_left(conda_to_pip)


def test_what_was_taken_out_never_comes_into_another_environment(
    conda: StandIn, conda_to_pip: Plan
) -> None:
    """It was deleted after the power cut, and one with another Python has its name."""
    shutil.rmtree(conda_to_pip.folder)
    conda.add_environment("llm_50gun", ("libzlib", "pip", "python=3.11"))
    before = sorted(conda_to_pip.folder.rglob("*"))
    clear_away()
    assert sorted(conda_to_pip.folder.rglob("*")) == before
    assert nothing_is_left(conda_to_pip)


def test_from_the_processor_to_the_card_and_back_in_one_environment(
    conda: StandIn, plan_for: MakePlan
) -> None:
    """Also where an earlier command asked for ``pytorch-cpu``, which conda never gives up."""
    conda.add_environment("llm_50gun", (*WITH_TORCH, "pytorch-cpu"))
    plan = plan_for(conda)
    refused = subprocess.run(plan.steps[-1].argv, capture_output=True, check=False)
    assert refused.returncode == 1  # without the step before it
    preflight = run_preflight(plan, LINUX, lambda _event: None)
    assert preflight.ready, preflight.findings
    assert preflight.forecast is not None
    changes = {change.name: change.after for change in preflight.forecast.changes}
    assert "cuda130" in str(changes["pytorch"])
    assert changes["pytorch-cpu"] is None
    assert carry_out(preflight.plan).kind == "done"
    assert "cuda130" in conda.installed("llm_50gun")["pytorch"]
    back = plan_for(conda, gpu=False)
    assert run_preflight(back, LINUX, lambda _event: None).ready
    assert carry_out(back).kind == "done"
    assert "cpu" in conda.installed("llm_50gun")["pytorch"]
    again = plan_for(conda)
    assert [step.kind for step in again.steps] == ["install"]  # nothing stands in the way now
    assert carry_out(again).kind == "done"
    assert "cuda130" in conda.installed("llm_50gun")["pytorch"]


def test_a_broken_line_after_the_metapackage_went_leaves_a_pytorch_that_works(
    conda: StandIn, plan_for: MakePlan
) -> None:
    conda.add_environment("llm_50gun", (*WITH_TORCH, "pytorch-cpu"))
    plan = plan_for(conda)
    conda.behave(fail="cut", fail_at="downloading")
    result = carry_out(plan)
    assert result.findings[0].code == "download_broken"
    assert (result.condition.state, result.condition.torch) == ("whole", "2.10.0")
    conda.behave(fail=None)
    repaired = repair_plan(result.plan)
    assert isinstance(repaired, Plan)
    assert [step.kind for step in repaired.steps] == ["install"]
    assert carry_out(repaired).kind == "done"


# Folders of the wizard's own ---------------------------------------------------------------------


def test_only_folders_that_are_proved_to_be_the_wizards_are_cleared_away(
    conda: StandIn, plan_for: MakePlan, tmp_path: Path
) -> None:
    plan = plan_for(conda)
    left = downloads.make_folder(plan)
    (left / "torch.whl").write_bytes(b"x")
    somebodys = plan.folder.parent / ".gpu-setup-wizard-notes"
    somebodys.mkdir()
    (somebodys / "homework.txt").touch()
    copied = downloads.make_folder(plan)
    (copied / ".made-by-gpu-setup-wizard").write_text("0" * 32, "utf-8")
    linked = downloads.make_folder(plan)
    linked.rename(tmp_path / "elsewhere")
    linked.symlink_to(tmp_path / "elsewhere")
    downloads.remove_left(plan)
    assert not left.exists()
    assert (somebodys / "homework.txt").exists()
    assert copied.exists()
    assert (tmp_path / "elsewhere").exists()


def test_the_wheels_of_a_plan_stay_for_it_and_those_of_others_go(tmp_path: Path) -> None:
    def with_wheels(name: str) -> tuple[Plan, Path]:
        pip = (f"/{name}/bin/python", "-m", "pip")
        steps = (
            Step("remove", "pip", (*pip, "uninstall", "--yes", "torch"), "x"),
            Step("install", "pip", (*pip, "install", "torch"), "x"),
        )
        plan = Plan("pip", name, str(tmp_path / name), False, fetched_first(steps, name), None)
        (folder,) = downloads.wheels_of(plan.steps)
        folder.mkdir(parents=True)
        return plan, folder

    mine, my_wheels = with_wheels("mine")
    _other, other_wheels = with_wheels("other")
    downloads.remove_left(None)
    assert my_wheels.exists() and other_wheels.exists()
    own = other_wheels.with_name("my wheels")
    own.mkdir()
    downloads.remove_left(mine)
    assert my_wheels.exists() and not other_wheels.exists()
    assert own.exists()  # no name of the wizard's
    downloads.drop_wheels(mine)
    assert not my_wheels.exists()


def test_a_plan_of_a_file_names_no_other_folder_to_be_deleted(tmp_path: Path) -> None:
    """A journal that somebody edited."""
    precious = tmp_path / "precious"
    precious.mkdir()
    step = Step("download", "pip", ("/p", "-m", "pip", "download", "--dest", str(precious)), "x")
    plan = Plan("pip", "x", str(tmp_path / "x"), False, (step,), None)
    downloads.drop_wheels(plan)
    assert precious.exists()
