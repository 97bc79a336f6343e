"""Everything that is known before anything is touched, and that nothing is touched."""

from __future__ import annotations

import json
import os
import socket
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

from wizard.detection.machine import Machine, OperatingSystem
from wizard.installation import places, preflight, reach
from wizard.installation.others import others_at_work
from wizard.installation.places import path_problem, room_needed
from wizard.installation.preflight import _Known, run_preflight
from wizard.installation.reach import ask_server, size_of
from wizard.installation.run import run_install
from wizard.installation.values import (
    Forecast,
    Item,
    ItemStarted,
    Package,
    Plan,
    Preflight,
    Progress,
    Step,
)
from wizard.paths import user_data_folder

LINUX = Machine("test", OperatingSystem("linux"))


def looked(plan: Plan) -> Preflight:
    return run_preflight(plan, LINUX, lambda _event: None)


def item(preflight: Preflight, name: str) -> Item:
    return next(each for each in preflight.items if each.id == name)


def files_below(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with size and time; what the stand-in notes for the tests is left out."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("stand-in")
    }


def test_a_new_environment_is_ready_and_nothing_was_touched(
    conda: StandIn, plan_for: MakePlan, odd_home: Path
) -> None:
    plan = plan_for(conda)
    before = files_below(odd_home)
    events: list[object] = []
    found = run_preflight(plan, LINUX, events.append)
    assert files_below(odd_home) == before
    assert found.ready, [each for each in found.items if each.state == "blocked"]
    assert found.forecast is not None
    assert found.forecast.download_bytes
    started = [event.id for event in events if isinstance(event, ItemStarted)]
    assert started == [each.id for each in found.items]
    assert item(found, "connection").state == "warning"  # the tests have no server


def test_every_finding_says_what_to_do(conda: StandIn, plan_for: MakePlan) -> None:
    conda.behave(fail="package_missing")
    found = looked(plan_for(conda))
    assert not found.ready
    assert found.findings[0].code == "package_missing"
    assert "pytorch-cuda=99" in found.findings[0].why
    assert all(finding.fix and finding.title and finding.why for finding in found.findings)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        ("package_missing", "package_missing"),
        ("unsatisfiable", "unsatisfiable"),
        ("offline", "offline"),
        ("ssl", "ssl_intercepted"),
        ("tos", "conda_tos"),
        ("no_permission", "no_permission"),
        ("lock", "conda_locked"),
    ],
)
def test_what_stops_the_dry_run_is_a_finding(
    conda: StandIn, plan_for: MakePlan, cause: str, code: str
) -> None:
    conda.behave(fail=cause)
    found = item(looked(plan_for(conda)), "changes")
    assert found.state == "blocked"
    assert found.finding is not None
    assert found.finding.code == code


def test_an_environment_that_came_in_between_is_not_made_anew(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    conda.add_environment("llm_50gun")
    found = looked(plan)
    assert found.findings[0].code == "environment_exists"
    assert item(found, "changes").state == "skipped"
    assert not conda.calls or all("create" not in call for call in conda.calls)


def test_a_folder_with_anything_in_it_is_left_alone(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    plan.folder.mkdir()
    (plan.folder / "homework.docx").touch()
    assert looked(plan).findings[0].code == "environment_exists"


def test_base_and_frozen_environments_are_left_alone(conda: StandIn, plan_for: MakePlan) -> None:
    conda.add_environment("llm_50gun")
    plan = plan_for(conda)
    base = replace(plan, name="base", prefix=str(conda.root))
    assert looked(base).findings[0].code == "base_environment"
    (plan.folder / "conda-meta" / "frozen").touch()
    assert looked(plan).findings[0].code == "environment_frozen"


def test_an_environment_that_has_gone_is_told(conda: StandIn, plan_for: MakePlan) -> None:
    conda.add_environment("llm_50gun")
    plan = plan_for(conda)
    (plan.folder / "conda-meta" / "history").unlink()
    assert looked(plan).findings[0].code == "no_such_environment"


def test_what_would_change_is_a_warning_with_the_packages(
    conda: StandIn, plan_for: MakePlan
) -> None:
    conda.add_environment("llm_50gun", ("python=3.12", "libzlib", "pip", "cuda-version=12.9"))
    found = looked(plan_for(conda))
    assert found.ready
    changes = item(found, "changes")
    assert changes.state == "warning"
    assert changes.finding is not None
    assert "cuda-version" in changes.finding.why


def test_conda_that_means_another_folder_stops_it(
    conda: StandIn, plan_for: MakePlan, tmp_path: Path
) -> None:
    conda.add_environment("llm_50gun")
    plan = plan_for(conda)
    other = tmp_path / "envs"
    conda.add_environment(other / "llm_50gun")
    (conda.root / ".condarc").write_text(f'envs_dirs:\n  - "{other}"\n', "utf-8")
    found = looked(plan)
    assert item(found, "changes").state == "blocked"
    assert str(other) in found.findings[0].why


def test_a_new_environment_goes_where_conda_puts_it(
    conda: StandIn, plan_for: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # pip would try again for a while
    plan = plan_for(conda, route="pip")
    (conda.root / ".condarc").write_text(f'envs_dirs:\n  - "{tmp_path}/e"\n', "utf-8")
    found = looked(plan)
    assert found.plan.prefix == f"{tmp_path}/e/llm_50gun"
    assert found.plan.steps[-1].argv[0].startswith(found.plan.prefix)


def test_a_conda_that_does_not_start_is_told(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    conda.executable.write_text("#!/bin/sh\necho broken >&2; exit 1\n", "utf-8")
    found = item(looked(plan), "program")
    assert found.state == "blocked"
    conda.executable.unlink()
    found = item(looked(plan), "program")
    assert found.finding is not None
    assert found.finding.code == "program_not_started"


def test_micromamba_names_its_cache_in_its_own_words(
    conda: StandIn, plan_for: MakePlan, odd_home: Path
) -> None:
    conda.add_environment("llm_50gun")
    program = odd_home / "micromamba"
    cache = odd_home / "micromamba pkgs"
    said = json.dumps({"micromamba version": "2.3.1", "package cache": [str(cache)]})
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\n", "utf-8")
    program.chmod(0o755)
    plan = plan_for(conda)
    assert plan.conda is not None
    step = replace(plan.steps[0], argv=(str(program), *plan.steps[0].argv[1:]))
    micromamba = replace(plan.conda, executable=str(program), version=None)
    known = _Known(replace(plan, steps=(step,), conda=micromamba), False, None, print)
    found = preflight._program(known)
    assert found.state == "passed"
    assert found.value == f"micromamba 2.3.1, {conda.root}"
    assert known.caches == (cache,)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_to(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    (conda.root / "envs").chmod(0o500)
    try:
        assert looked(plan).findings[0].code == "no_permission"
    finally:
        (conda.root / "envs").chmod(0o700)


def test_without_a_journal_it_goes_on_and_says_so(conda: StandIn, plan_for: MakePlan) -> None:
    own = user_data_folder()
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("a file in the place of the folder")
    found = looked(plan_for(conda))
    told = item(found, "permission")
    assert told.state == "warning" and told.finding is not None
    assert (told.finding.code, found.ready) == ("no_journal", True)
    assert str(own) in told.finding.why


def test_a_folder_that_cannot_be_written_to_stops_it(
    conda: StandIn, plan_for: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As above, for those who run the tests as root."""
    plan = plan_for(conda)
    monkeypatch.setattr(places, "writable", lambda folder: folder == conda.package_cache)
    found = looked(plan)
    assert found.findings[0].code == "no_permission"
    assert str(conda.root / "envs") in found.findings[0].why


@pytest.fixture
def other_conda(conda: StandIn) -> Iterator[int]:
    """Somebody's conda in a terminal, at work in the same installation."""
    conda.behave(hang_at="solving")
    with subprocess.Popen(
        [conda.executable, "install", "-n", "x", "--yes", "numpy"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        conda.add_environment("x")
        yield process.pid
        process.kill()


def test_a_conda_that_is_at_work_stops_it(
    conda: StandIn, plan_for: MakePlan, other_conda: int
) -> None:
    plan = plan_for(conda)
    other = others_at_work(plan)
    assert other is not None
    assert other.pid == other_conda
    found = looked(plan)
    assert found.findings[0].code == "already_running"
    assert str(other_conda) in found.findings[0].why
    elsewhere = replace(plan, prefix="/nowhere/envs/x", conda=None)
    assert others_at_work(elsewhere) is None


def test_a_pip_of_an_activated_environment_stops_it(tmp_path: Path) -> None:
    """It is called by its bare name, and its program is a link to another Python."""
    folder = tmp_path / "Dərslər İşığı" / "llm_50gun"
    venv.create(folder, with_pip=False, symlinks=True)
    script = tmp_path / "pip" / "__main__.py"
    script.parent.mkdir()
    (script.parent / "__init__.py").touch()
    script.write_text("print('begun', flush=True)\ninput()\n", "utf-8")
    plan = Plan("pip", "llm_50gun", str(folder), False, (), None)
    for active, stops in ((str(folder), True), (str(tmp_path), False)):
        with subprocess.Popen(
            ["python", "-m", "pip", "install", "torch"],
            executable=folder / "bin" / "python",
            env={**os.environ, "VIRTUAL_ENV": active, "PYTHONPATH": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            other = others_at_work(plan)
            process.communicate(b"\n")
        assert (other is not None and other.pid == process.pid) is stops


def test_it_can_be_stopped(conda: StandIn, plan_for: MakePlan) -> None:
    conda.behave(hang_at="solving")
    cancelled = threading.Event()
    threading.Timer(0.6, cancelled.set).start()
    found = run_preflight(plan_for(conda), LINUX, lambda _event: None, cancelled)
    assert found.cancelled
    assert not found.ready


def test_room_is_asked_for_on_each_drive(
    conda: StandIn, plan_for: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(conda)
    forecast = Forecast(packages=(Package("pytorch", "2.13", size=10**9),))
    (here,) = room_needed(plan, forecast, (conda.package_cache,))
    assert here.bytes == 4 * 10**9  # the archive, and what is in it
    monkeypatch.setattr(places, "_same_drive", lambda _one, _other: False)
    env, cache = room_needed(plan, forecast, (tmp_path / "pkgs",))
    assert env.bytes == 3 * 10**9  # no links from one drive to another: the files twice
    assert cache.bytes == 4 * 10**9


def test_on_another_drive_the_files_of_the_cache_are_copied(
    conda: StandIn, plan_for: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing is left to download."""
    conda.add_environment("other", ("python=3.12", "pytorch=2.10.0=cuda130*"))
    # That of Python was cleaned away; what is unpacked stays and knows its size.
    (conda.package_cache / "pytorch-2.10.0-cuda130_py312_h_300.conda").write_bytes(bytes(1_400_000))
    packages = (
        Package("pytorch", "2.10.0", "cuda130_py312_h_300", size=0),
        Package("python", "3.12.4", "h_0", size=0),
        Package("gone", "1", "0", size=0),
    )
    plan, forecast = plan_for(conda), Forecast(packages=packages)
    (here,) = room_needed(plan, forecast, (conda.package_cache,))
    assert here.bytes == 0
    monkeypatch.setattr(places, "_same_drive", lambda _one, _other: False)
    env, cache = room_needed(plan, forecast, (conda.package_cache,))
    assert env.bytes == 3 * (1_400_000 + 300_000)
    assert cache.bytes == 0
    monkeypatch.setattr(
        places, "free_bytes", lambda folder: 10**7 if folder == conda.package_cache else 10**8
    )
    known = _Known(plan, False, None, print, (conda.package_cache,), forecast)
    assert preflight._disk(known).value == "100 MB free, about 5.1 MB needed"


def test_pip_has_each_wheel_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen of pip 26: beside the environment, in its own cache, and then what is in it."""
    step = Step("install", "pip", ("/python", "-m", "pip", "install", "torch"), "x")
    plan = Plan("pip", "x", str(tmp_path / "x"), True, (step,), None)
    forecast = Forecast(packages=(Package("torch", "2.13", size=10**9),))
    (here,) = room_needed(plan, forecast, ())
    assert here.bytes == 3.8 * 10**9
    monkeypatch.setattr(places, "_same_drive", lambda _one, _other: False)
    env, cache = room_needed(plan, forecast, ())
    assert (env.bytes, cache.bytes) == (2.8 * 10**9, 10**9)


def test_a_full_disk_stops_it_before_anything_is_begun(
    conda: StandIn, plan_for: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(conda)
    monkeypatch.setattr(places, "free_bytes", lambda _folder: 1_000_000)
    found = looked(plan)
    assert found.findings[0].code == "disk_full"
    assert "1.0 MB" in item(found, "disk").value
    monkeypatch.setattr(places, "free_bytes", lambda _folder: None)
    assert item(looked(plan), "disk").state == "passed"


LONG = "C:\\" + "a" * 100 + "\\envs\\llm_50gun"


@pytest.mark.parametrize(
    ("prefix", "windows", "long_paths", "code"),
    [
        (LONG, True, False, "long_path"),
        (LONG, True, True, None),
        (LONG, False, False, None),
        (r"C:\Users\Əli\miniforge3\envs\llm_50gun", True, True, "non_ascii_user"),
        (r"C:\Users\A\OneDrive\envs\llm_50gun", True, True, "onedrive"),
        (r"C:\Users\A\miniforge3\envs\llm_50gun", True, False, None),
        ("/home/Əli/miniforge3/envs/llm_50gun", False, False, None),
    ],
)
def test_paths_that_windows_has_trouble_with(
    prefix: str, windows: bool, long_paths: bool, code: str | None
) -> None:
    finding = path_problem(prefix, windows=windows, long_paths=long_paths)
    assert (finding.code if finding else None) == code


def test_a_server_that_refuses_and_a_proxy_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ask_server("https://conda.anaconda.org/conda-forge/", seconds=3)
    assert not answer.reached
    assert answer.proxy == "127.0.0.1:9"
    monkeypatch.setenv("https_proxy", "http://aysel:secret@127.0.0.1:9")
    assert "secret" not in repr(ask_server("https://conda.anaconda.org/", seconds=3))


def test_a_server_that_answers_even_with_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import http.server

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            return

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "a.whl").write_bytes(b"x" * 321)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: Quiet(*args, directory=str(tmp_path))
    )
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            assert ask_server(f"{base}/").reached
            assert ask_server(f"{base}/missing").reached
            assert size_of(f"{base}/a.whl") == 321
            assert size_of(f"{base}/missing") is None
        finally:
            server.shutdown()
            thread.join()
    assert size_of((tmp_path / "a.whl").as_uri()) == 321
    assert size_of("ftp://x/y") is None
    assert size_of("nonsense") is None


def test_with_conda_the_first_question_of_the_server_is_condas() -> None:
    assert preflight.CONDA_SERVER.startswith("https://conda.anaconda.org/")
    assert sys.platform == "win32" or places.long_paths_allowed() is not False


def test_the_plan_goes_on_with_the_computer_it_was_asked_on(
    conda: StandIn, plan_for: MakePlan
) -> None:
    """Also one of the journal, which does not know it: it tells which failure cannot be."""
    plan = replace(plan_for(conda), machine=None)
    assert looked(plan).plan.machine == LINUX


def test_a_package_folder_of_the_settings_that_cannot_be_written_to(
    conda: StandIn, plan_for: MakePlan, odd_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No question of rights in the environment: the setting is named with its line."""
    locked = odd_home / "locked"
    locked.mkdir()
    asked = places.writable
    # Said instead of made: root writes everywhere.
    monkeypatch.setattr(places, "writable", lambda folder: folder != locked and asked(folder))
    file = odd_home / ".condarc"
    file.write_text(f"# of the school\npkgs_dirs:\n  - {locked}\n", "utf-8")
    found = item(looked(plan_for(conda)), "program")
    assert found.state == "blocked"
    assert found.finding is not None
    assert found.finding.code == "conda_settings"
    assert f"{file}, line 2" in found.finding.why


# conda as it is set up elsewhere -----------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["WARNING: a plugin says hello", 'note {"a": [1', '{"hint": "none"}', "{}"]
)
def test_a_line_before_condas_json(conda: StandIn, plan_for: MakePlan, line: str) -> None:
    plan = plan_for(conda)
    conda.behave(says_first=line)
    found = looked(plan)
    assert found.ready, found.findings
    assert found.forecast is not None
    assert found.forecast.download_bytes


@pytest.mark.parametrize("setting", ["json", "quiet"])
def test_a_condarc_that_changes_the_output_takes_nothing_from_the_progress(
    conda: StandIn, plan_for: MakePlan, odd_home: Path, setting: str
) -> None:
    (odd_home / ".condarc").write_text(f"{setting}: true\n", "utf-8")
    conda.behave(bytes_per_second=2e6)
    found = looked(plan_for(conda))
    assert found.ready, found.findings
    seen: list[Progress] = []
    result = run_install(
        found.plan,
        found.forecast,
        lambda event: seen.append(event) if isinstance(event, Progress) else None,
        threading.Event(),
    )
    assert result.kind == "done", result.findings
    downloading = [each.done for each in seen if each.phase == "downloading"]
    assert max(downloading) > 10**6
    assert (odd_home / ".condarc").read_text("utf-8") == f"{setting}: true\n"


def test_a_root_of_all_users_and_environments_of_ones_own(
    conda: StandIn, plan_for: MakePlan, odd_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conda makes it in ``~/.conda/envs`` then, and so it does for the wizard."""
    plan = plan_for(conda)
    (conda.root / "envs" / "not-writable").touch()
    monkeypatch.setattr(places, "writable", lambda folder: folder != conda.root / "envs")
    found = looked(plan)
    assert found.ready, found.findings
    assert found.plan.prefix == str(odd_home / ".conda" / "envs" / "llm_50gun")
    result = run_install(found.plan, found.forecast, lambda _event: None, threading.Event())
    assert result.kind == "done", result.findings
    assert result.condition.state == "whole"


def test_what_an_earlier_try_brought_is_not_to_be_downloaded(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    before = looked(plan)
    partial = "pytorch-2.10.0-cuda130_py312_h_300.conda.partial"
    (conda.package_cache / partial).write_bytes(bytes(700_000))
    after = looked(plan)
    assert before.forecast is not None
    assert after.forecast is not None
    assert after.forecast.begun_bytes == 700_000
    assert after.forecast.download_bytes == before.forecast.download_bytes
    assert "0.7 MB already downloaded" in item(after, "changes").value


@pytest.fixture
def dead_end() -> Iterator[str]:
    """The address of a server that takes a connection and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_stop_during_the_question_of_the_connection_acts_at_once(
    conda: StandIn, plan_for: MakePlan, monkeypatch: pytest.MonkeyPatch, dead_end: str
) -> None:
    monkeypatch.setenv("https_proxy", dead_end)
    monkeypatch.setattr(reach, "_SECONDS", 600.0)
    cancelled = threading.Event()

    def on_event(event: object) -> None:
        if isinstance(event, ItemStarted) and event.id == "connection":
            cancelled.set()

    # Without the stop this would take ten minutes.
    found = run_preflight(plan_for(conda), LINUX, on_event, cancelled)
    assert found.cancelled
    assert [each.id for each in found.items][-1] == "connection"


def test_a_server_that_hangs_is_waited_for_once(conda: StandIn, plan_for: MakePlan) -> None:
    """Conda waits 60 s for each of its four tries; the wizard has its own, and shows them."""
    looked(plan_for(conda))
    assert all(call["env"]["CONDA_REMOTE_MAX_RETRIES"] == "0" for call in conda.full_calls)


def test_what_the_user_set_for_retries_stays(
    conda: StandIn, plan_for: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDA_REMOTE_MAX_RETRIES", "7")
    looked(plan_for(conda))
    assert all(call["env"]["CONDA_REMOTE_MAX_RETRIES"] == "7" for call in conda.full_calls)
