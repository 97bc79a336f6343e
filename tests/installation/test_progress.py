"""How far it is: from what conda and pip leave on the disk, never from a guess."""

from __future__ import annotations

import threading
from pathlib import Path

from conda_stand_in import StandIn
from conftest_types import MakePlan

from wizard.detection.machine import Machine, OperatingSystem
from wizard.installation.forecast import ask_conda
from wizard.installation.preflight import run_preflight
from wizard.installation.progress import CondaGauge, PipGauge, Speed, gauge_for
from wizard.installation.run import run_install
from wizard.installation.values import Forecast, Package, Progress, Step

RECORDINGS = Path(__file__).resolve().parent.parent / "recordings" / "conda"


def test_the_plan_that_conda_printed_is_what_is_measured(tmp_path: Path) -> None:
    cache = tmp_path / "pkgs"
    cache.mkdir()
    gauge = CondaGauge(Forecast(caches=(str(cache),)), tmp_path / "env")
    assert gauge.read() == Progress("preparing")
    for line in (RECORDINGS / "create-ok.txt").read_text("utf-8").splitlines():
        if line.startswith("Downloading"):
            break
        gauge.heed(line)
    progress = gauge.read()
    assert progress.phase == "downloading"
    assert progress.done == 0
    # 1.4 MB, 470 B and 11.5 MB as conda counts them
    assert progress.total == int(1.4 * 2**20) + 470 + int(11.5 * 2**20)
    (cache / "cuda-version-13.0-h_3.conda").write_bytes(b"x" * 470)
    (cache / "pytorch-2.10.0-cuda130_py312_h_300.conda.partial").write_bytes(b"x" * 10_000)
    assert gauge.read().done == 10_470


def test_sizes_of_the_dry_run_are_exact(tmp_path: Path) -> None:
    package = Package("pytorch", "2.10.0", "cuda130_py312_h_300", size=12_000_123)
    gauge = CondaGauge(Forecast(packages=(package,)), tmp_path)
    gauge.heed("The following packages will be downloaded:")
    gauge.heed("    pytorch-2.10.0             |cuda130_py312_h_300        11.5 MB  conda-forge")
    assert gauge.read().total == 12_000_123


def test_an_update_is_counted_by_what_comes(tmp_path: Path) -> None:
    gauge = CondaGauge(Forecast(), tmp_path)
    gauge.heed("The following packages will be UPDATED:")
    gauge.heed("  numpy              1.26.4-py312_0 --> 2.3.1-py312_0 ")
    gauge.heed("The following packages will be REMOVED:")
    gauge.heed("  cpuonly-2.0-0")
    gauge.heed("Preparing transaction: ...working... done")
    assert gauge.read() == Progress("linking", 0, 1)


def test_a_whole_installation_is_measured_on_the_disk(conda: StandIn, plan_for: MakePlan) -> None:
    conda.behave(bytes_per_second=2e6, link_seconds=0.12, unpack_seconds=0.1)
    plan = plan_for(conda)
    seen: list[Progress] = []
    forecast = ask_conda(plan, None)
    assert isinstance(forecast, Forecast)
    forecast = Forecast(forecast.prefix, forecast.packages, (), (str(conda.package_cache),))
    result = run_install(
        plan,
        forecast,
        lambda event: seen.append(event) if isinstance(event, Progress) else None,
        threading.Event(),
    )
    assert result.kind == "done", result
    phases = [progress.phase for progress in seen]
    assert {"downloading", "linking"} <= set(phases)
    for step in (
        [each for each in seen if each.phase == "downloading" and each.total == total]
        for total in {each.total for each in seen if each.phase == "downloading"}
    ):
        done = [each.done for each in step]
        assert done == sorted(done)
        assert all(each.total is not None and each.done <= each.total for each in step)
    linked = [(each.done, each.total) for each in seen if each.phase == "linking"]
    assert all(total is None or done <= total for done, total in linked)
    assert any(done for done, _total in linked)


def test_a_cache_elsewhere_is_measured_there(
    conda: StandIn, plan_for: MakePlan, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "D drive" / "pkgs"
    (conda.root / ".condarc").write_text(f'pkgs_dirs:\n  - "{elsewhere}"\n', "utf-8")
    conda.behave(bytes_per_second=3e6)
    plan = plan_for(conda)
    preflight = run_preflight(plan, Machine("t", OperatingSystem("linux")), lambda _event: None)
    assert preflight.forecast is not None
    assert preflight.forecast.caches[0] == str(elsewhere)
    seen: list[int] = []

    def on_event(event: object) -> None:
        if isinstance(event, Progress) and event.phase == "downloading":
            seen.append(event.done)

    assert run_install(plan, preflight.forecast, on_event, threading.Event()).kind == "done"
    assert max(seen) > 0


def test_pip_is_measured_in_its_own_folder(tmp_path: Path) -> None:
    packages = (Package("torch", "2.13.0+cpu", size=1000), Package("numpy", "2.3.1", size=500))
    env = tmp_path / "env"
    site = env / "lib" / "python3.12" / "site-packages"
    site.mkdir(parents=True)
    gauge = PipGauge(Forecast(packages=packages), (tmp_path / "tmp",), env)
    assert gauge.read() == Progress("preparing")
    unpack = tmp_path / "tmp" / "pip-unpack-abc"
    unpack.mkdir(parents=True)
    (unpack / "torch-2.13.0+cpu-py3-none-any.whl").write_bytes(b"x" * 700)
    progress = gauge.read()
    assert (progress.phase, progress.done, progress.total) == ("downloading", 700, 1500)
    gauge.heed("Installing collected packages: numpy, torch")
    assert gauge.read() == Progress("linking", 0, 2)
    (site / "numpy-2.3.1.dist-info").mkdir()
    (site / "numpy-2.3.1.dist-info" / "RECORD").touch()
    assert gauge.read() == Progress("linking", 1, 2)


def test_where_no_size_is_known_there_is_no_total(tmp_path: Path) -> None:
    gauge = PipGauge(Forecast(packages=(Package("torch", "2.13.0"),)), (tmp_path,), tmp_path)
    (tmp_path / "torch.whl").write_bytes(b"x" * 10)
    progress = gauge.read()
    assert (progress.done, progress.total, progress.seconds_left) == (10, None, None)


def test_making_an_environment_has_no_figures(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    step = Step("make", "venv", ("/usr/bin/python3", "-m", "venv", "x"), "t")
    assert gauge_for(plan, step, None, Path("/nowhere")).read() == Progress("linking")


def test_speed_and_time_left() -> None:
    speed = Speed()
    assert speed.tell(0, 1000, 0.0) == (None, None)
    assert speed.tell(10, 1000, 0.5) == (None, None)  # too early to say
    assert speed.tell(200, 1000, 2.0) == (100.0, 8.0)
    assert speed.tell(200, None, 4.0) == (50.0, None)
    # A download that begins anew is not a negative speed.
    assert speed.tell(5, 1000, 5.0) == (None, None)
