"""``install`` on the command line: real processes, the stand-in conda, real pip, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "installation"))

from conda_stand_in import Behaviour, Stage, StandIn, alive, make_conda
from wheel_folder import make_wheels

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")

PROJECT = Path(__file__).resolve().parent.parent
ODD = "Dərslər İşığı ə ğ ş"


@pytest.fixture
def odd_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = home / ODD
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / ".local" / "share"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    for name in ("CONDA_EXE", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def conda(odd_home: Path) -> StandIn:
    return make_conda(odd_home / "miniforge3")


IMPATIENT = (
    "import sys\n"
    "from wizard.installation import connection\n"
    "connection.PAUSES = connection.BUSY_PAUSES = (0.1, 0.1)\n"
    "from wizard.cli import main\n"
    "sys.exit(main())"
)
"""The command line, with short waits between the tries of what broke off."""


def call(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", IMPATIENT, "install", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        cwd=PROJECT,
    )


def events(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def changing(conda: StandIn) -> list[list[str]]:
    return [words for words in conda.calls if words[0] != "info" and "--dry-run" not in words]


def test_a_dry_run_changes_nothing(conda: StandIn) -> None:
    done = call("--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "to download" in done.stdout
    assert "Nothing has been changed yet." in done.stdout
    assert f"'{conda.executable}' create --yes" in done.stdout
    assert not changing(conda)
    assert not conda.prefix("llm_50gun").exists()


def test_a_dry_run_in_json_is_what_it_found_and_its_result(conda: StandIn) -> None:
    done = call("--dry-run", "--json")
    assert done.returncode == 0
    event, result = events(done)
    assert (result["event"], result["ended"]) == ("result", "dry_run")
    assert result["environment"]["state"] == "absent"
    assert event["event"] == "preflight"
    assert event["ready"] is True
    assert event["plan"]["environment"]["creates"] is True
    assert event["forecast"]["download_bytes"] > 0


def test_it_asks_and_no_answer_is_no(conda: StandIn) -> None:
    for answer in ("", "\n", "n\n", "maybe\n"):
        done = call(stdin=answer)
        assert done.returncode == 1
        assert "Nothing was changed." in done.stdout
    assert not changing(conda)


@pytest.mark.parametrize("answer", ["y", "Bəli", "да"])
def test_yes_in_several_languages_installs(conda: StandIn, answer: str) -> None:
    done = call(stdin=answer + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PyTorch is installed." in done.stdout
    assert "cpu" in conda.installed("llm_50gun")["pytorch"]


def test_in_json_every_line_is_an_event(conda: StandIn) -> None:
    conda.behave(bytes_per_second=1.5e6)
    done = call("--yes", "--json", "--env", "dərs_2")
    assert done.returncode == 0, done.stdout + done.stderr
    seen = events(done)
    assert [event["event"] for event in seen][:2] == ["preflight", "step"]
    assert {"progress", "log"} <= {event["event"] for event in seen}
    result = seen[-1]
    assert (result["event"], result["ended"]) == ("result", "done")
    assert result["environment"]["torch"] == "2.10.0"
    assert conda.prefix("dərs_2").is_dir()
    assert done.stderr == ""


def test_nothing_to_do_ends_with_its_result(conda: StandIn) -> None:
    there = ("libzlib", "pip", "python=3.12", "numpy", "pytorch=2.10.0=cpu*", "torchvision")
    conda.add_environment("llm_50gun", there)
    done = call("--yes", "--json")
    assert done.returncode == 0
    seen = events(done)
    assert [event["event"] for event in seen] == ["preflight", "result"]
    assert seen[-1]["ended"] == "done"
    assert seen[-1]["environment"]["torch"] == "2.10.0"
    assert not changing(conda)


@pytest.mark.parametrize(
    ("arguments", "code", "ended"),
    [
        (("install", "--json"), 1, "not_allowed"),
        (("install", "--json", "--yes"), 0, "done"),
        (("install", "--json", "--env", "base"), 2, "wrong_call"),
        (("install", "--json", "--nonsense"), 2, "wrong_call"),
        (("verify", "--json", "--env", "nowhere"), None, None),
        (("verify", "--json", "--python", "/nowhere/python"), None, None),
        (("check", "--json", "--env", "nowhere"), None, None),
        (("check", "--json", "--nonsense"), 2, "wrong_call"),
    ],
)
def test_whatever_happens_json_ends_with_one_result(
    conda: StandIn, arguments: tuple[str, ...], code: int | None, ended: str | None
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        cwd=PROJECT,
    )
    seen = events(done)
    assert [event["event"] for event in seen].count("result") == 1
    assert seen[-1]["event"] == "result"
    assert done.returncode == code or code is None
    assert seen[-1]["ended"] == ended or ended is None


def test_a_program_that_is_ended_in_the_preflight_still_has_its_result(conda: StandIn) -> None:
    conda.behave(hang_at="solving")
    process = subprocess.Popen(
        [sys.executable, "-m", "wizard", "install", "--yes", "--json"],
        stdout=subprocess.PIPE,
        cwd=PROJECT,
        start_new_session=True,
    )
    conda.wait_until_hanging("solving", seconds=60)
    process.terminate()
    out, _err = process.communicate(timeout=60)
    assert process.returncode == 130
    last = json.loads(out.decode().splitlines()[-1])
    assert (last["event"], last["ended"]) == ("result", "cancelled")


def test_steps_are_counted_and_a_new_environment_is_offered(conda: StandIn) -> None:
    done = call("--yes")
    assert "Step 1 of 2: Make the environment" in done.stdout
    assert "Step 2 of 2: " in done.stdout
    conda.behave(fail="unsatisfiable")
    refused = call("--yes", "--env", "llm_50gun")
    assert refused.returncode == 1
    assert "install --env llm_50gun_2" in refused.stdout


def test_without_yes_json_changes_nothing(conda: StandIn) -> None:
    done = call("--json")
    assert done.returncode == 1
    assert not changing(conda)
    assert "--yes" in done.stderr


@pytest.mark.parametrize("name", ["base", "a b", "-x", "a:b", "", "x;id", "$(id)", "a/b"])
def test_a_name_that_is_none_is_a_wrong_call(conda: StandIn, name: str) -> None:
    done = call(f"--env={name}", "--yes")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not conda.calls


def test_condas_own_folder_is_a_wrong_call(conda: StandIn) -> None:
    """Not one that an environment of the folder's name is made for."""
    for folder in (conda.root, f"{conda.root}/", f"{conda.root}/envs/.."):
        done = call("--env", str(folder), "--yes")
        assert done.returncode == 2
        assert "conda's own environment" in done.stderr
    assert not conda.calls


def test_nothing_is_installed_into_the_python_of_the_wizard(conda: StandIn) -> None:
    for name in ("wizard", sys.prefix):
        done = call("--env", name, "--dry-run")
        assert done.returncode == 2
        assert "is the Python that runs this wizard" in done.stderr


def test_an_environment_by_its_folder(conda: StandIn, odd_home: Path) -> None:
    prefix = conda.add_environment(odd_home / "my course")
    (odd_home / ".conda").mkdir()
    (odd_home / ".conda" / "environments.txt").write_text(f"{prefix}\n", "utf-8")
    for folder in (f"{prefix}/", "~/my course"):
        event, _result = events(call("--env", folder, "--dry-run", "--json"))
        assert event["plan"]["environment"]["prefix"] == str(prefix)
        assert event["plan"]["environment"]["creates"] is False


def cut_off(conda: StandIn, stage: Stage) -> None:
    """As a power cut: the wizard and conda end at once."""
    conda.behave(hang_at=stage)
    process = subprocess.Popen(
        [sys.executable, "-m", "wizard", "install", "--yes"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
    )
    conda.wait_until_hanging(stage)
    process.kill()
    process.wait()
    child = psutil.Process(conda.full_calls[-1]["pid"])
    child.kill()
    psutil.wait_procs([child], 60)
    conda.behave(Behaviour())


def test_what_was_cut_off_is_told_and_finished(conda: StandIn) -> None:
    cut_off(conda, "linking")
    half = conda.prefix("llm_50gun")
    before = sorted(half.rglob("*"))
    assert before
    before_calls = len(changing(conda))
    told, preflight, _result = events(call("--dry-run", "--json"))
    assert (told["event"], told["ended"]) == ("unfinished", None)
    assert told["environment"]["state"] == "half_made"
    assert preflight["ready"] is False
    assert call("--json").returncode == 1  # nobody can be asked
    refused = call(stdin="n\n")
    assert refused.returncode == 1
    assert "was cut off" in refused.stdout
    assert "This will be deleted" in refused.stdout
    assert f"{half}: " in refused.stdout
    assert " files, " in refused.stdout
    assert sorted(half.rglob("*")) == before
    assert len(changing(conda)) == before_calls
    done = call("--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cpu" in conda.installed("llm_50gun")["pytorch"]
    assert "cut off" not in call("--dry-run").stdout


def test_half_made_is_deleted_and_made_anew_after_two_answers(conda: StandIn) -> None:
    cut_off(conda, "linking")
    done = call(stdin="y\ny\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Delete it now? [y/N]" in done.stdout
    assert "pytorch" in conda.installed("llm_50gun")


@pytest.mark.parametrize("what", ["whole", "R", "project", "beside it"])
def test_yes_never_deletes_what_is_not_proved(conda: StandIn, what: str) -> None:
    """Cut off; then the student helped himself, in the same folder."""
    cut_off(conda, "linking")
    folder = conda.prefix("llm_50gun")
    if what != "beside it":
        shutil.rmtree(folder)
    if what == "whole":
        conda.add_environment("llm_50gun", ("libzlib", "pip", "python=3.12"))
    elif what == "R":
        (folder / "conda-meta").mkdir(parents=True)
        (folder / "conda-meta" / "history").touch()
    else:
        folder.mkdir(exist_ok=True)
    (folder / "homework.ipynb").write_text("x")
    before = sorted(folder.rglob("*"))
    done = call("--yes", "--json")
    assert (folder / "homework.ipynb").read_text() == "x"
    assert set(before) <= set(folder.rglob("*"))
    if what == "whole":
        assert done.returncode == 0, done.stdout
        assert "pytorch" in conda.installed("llm_50gun")
    elif what == "R":  # an environment of conda's, so another name is taken
        assert done.returncode == 0, done.stdout
        assert sorted(folder.rglob("*")) == before
        assert "pytorch" in conda.installed("llm_50gun_py312")
    else:
        assert done.returncode == 1
        assert "create" not in {words[0] for words in changing(conda)[1:]}
        assert sorted(folder.rglob("*")) == before
    if what == "beside it":
        (told, result) = events(done)
        assert told["event"] == "unfinished"
        assert (result["event"], result["findings"][0]["code"]) == ("result", "not_ours")
        assert "homework.ipynb" in result["findings"][0]["why"]


def test_yes_deletes_nothing_while_another_conda_works(conda: StandIn, odd_home: Path) -> None:
    cut_off(conda, "linking")
    other = make_conda(odd_home / "anaconda3")
    other.behave(hang_at="solving")
    before = sorted(conda.prefix("llm_50gun").rglob("*"))
    with subprocess.Popen([other.executable, "create", "--yes", "-n", "x", "python"]) as process:
        other.wait_until_hanging("solving", 20)
        done = call("--yes", "--json")
        process.kill()
    assert done.returncode == 1
    assert events(done)[-1]["findings"][0]["code"] == "already_running"
    assert sorted(conda.prefix("llm_50gun").rglob("*")) == before


@pytest.mark.parametrize("stage", ["solving", "downloading", "unpacking"])
def test_where_nothing_was_half_made_it_simply_begins_again(conda: StandIn, stage: Stage) -> None:
    cut_off(conda, stage)
    done = call("--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cpu" in conda.installed("llm_50gun")["pytorch"]


def test_a_described_computer_is_a_wrong_call(conda: StandIn) -> None:
    machine = PROJECT / "resources" / "machines" / "t4-colab.json"
    done = call("--machine", str(machine), "--yes")
    assert done.returncode == 2
    assert "simulated" in done.stderr


def test_a_failure_is_told_with_what_to_do(conda: StandIn) -> None:
    conda.behave(fail="connection_lost", fail_at="downloading")
    done = call("--yes")
    assert done.returncode == 1
    assert "The installation did not succeed." in done.stdout
    assert "The connection broke at" in done.stdout
    assert "try 2 in" in done.stderr
    assert "What to do:" in done.stdout
    assert "The whole log:" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_kill_and_a_closed_terminal_end_everything(
    conda: StandIn, number: signal.Signals
) -> None:
    conda.behave(hang_at="downloading", children=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "wizard", "install", "--yes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    conda.wait_until_hanging("downloading")
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in out + err
    assert not [pid for pid in (conda.full_calls[-1]["pid"], *conda.children) if alive(pid)]
    assert "You stopped the installation" in out.decode()


def test_who_reads_may_go_and_it_is_installed(conda: StandIn) -> None:
    """``install --yes | head``: what was agreed to goes on, and 0 means that it is there."""
    conda.behave(link_seconds=0.5)
    with subprocess.Popen(
        [sys.executable, "-m", "wizard", "install", "--yes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while "▶".encode() not in process.stdout.readline():
            pass
        process.stdout.close()
        process.stderr.close()
        assert process.wait(60) == 0
    assert "pytorch" in conda.installed("llm_50gun")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no drive that is always full")
def test_a_log_on_a_full_drive_stops_no_installation(conda: StandIn) -> None:
    conda.behave(link_seconds=0.2)
    program = (
        "import os, sys\n"
        "from wizard.installation import run\n"
        "real = run.run_install\n"
        "def on_a_full_drive(*words):\n"
        "    os.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n"
        "    return real(*words)\n"
        "run.run_install = on_a_full_drive\n"
        "from wizard.cli import main\n"
        "sys.exit(main(['install', '--yes']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=120, cwd=PROJECT
    )
    assert b"Traceback" not in done.stderr
    assert "pytorch" in conda.installed("llm_50gun")


def test_nobody_can_be_asked_where_standard_input_is_closed(conda: StandIn) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m wizard install <&-', sys.executable],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=PROJECT,
    )
    assert done.returncode == 1, done.stderr
    assert "Nothing was changed." in done.stdout
    assert not changing(conda)


def test_without_conda_a_private_environment_end_to_end(
    odd_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real virtual environment, filled by real pip, found by the next call."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(make_wheels(tmp_path / "wheels")))
    done = call("--yes")
    if "python3-venv" in done.stdout or "venv_missing" in done.stdout:
        pytest.skip("no Python here can make environments")
    assert done.returncode == 0, done.stdout + done.stderr
    prefix = odd_home / ".local" / "share" / "gpu-setup-wizard" / "llm_50gun"
    said = subprocess.run(
        [prefix / "bin" / "python", "-c", "import torch; print(torch.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "2.13.0+cpu"
    again = call("--dry-run")
    assert "is there already" in again.stdout
    assert again.returncode == 0


def test_without_conda_and_without_any_python(
    odd_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wizard.detection.probes.pythons as pythons
    from wizard.detection.machine import Machine, OperatingSystem
    from wizard.installation.values import Plan
    from wizard.installation.ways import way_without_conda

    monkeypatch.setattr(pythons, "find_pythons", list)
    found = way_without_conda(Machine("t", OperatingSystem("windows")))
    assert not isinstance(found, Plan)
    assert found.code == "conda_not_found"
    assert found.commands[0].cmd == "winget install CondaForge.Miniforge3"


def test_what_another_conda_left_half_made_is_not_gone_on_with(
    conda: StandIn, odd_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two installations with one name: the one that leads now is where it goes."""
    other = make_conda(odd_home / "anaconda3")
    conda.behave(hang_at="linking")
    monkeypatch.setenv("CONDA_EXE", str(conda.executable))
    words = [sys.executable, "-m", "wizard", "install", "--yes", "--json"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, cwd=PROJECT) as process:
        conda.wait_until_hanging("linking")
        process.kill()
    conda.behave(hang_at=None)
    left = sorted(conda.prefix("llm_50gun").rglob("*"))
    assert left
    monkeypatch.setenv("CONDA_EXE", str(other.executable))
    done = call("--yes", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert events(done)[-1]["environment"]["prefix"] == str(other.prefix("llm_50gun"))
    assert sorted(conda.prefix("llm_50gun").rglob("*")) == left
