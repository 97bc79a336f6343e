"""How `.venv` is made: real environments in folders of the tests' own, without a network."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

environment = importlib.import_module("environment")
messages = importlib.import_module("messages")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `python -m venv` makes takes seconds, and is the same every time."""
    folder = tmp_path_factory.mktemp("made") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder


@pytest.fixture
def copied(checkout: Path, made_once: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout; its environment is a copy of the one made once."""

    def copy() -> bool:
        shutil.copytree(made_once, environment.VENV, symlinks=True, dirs_exist_ok=True)
        return True

    monkeypatch.setattr(environment, "_venv_made", copy)
    return checkout


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project with a lock that asks for nothing, in a folder with letters and spaces."""
    folder = tmp_path / "Dərslər İşığı ə ğ ş" / "gpu wizard"
    packaging = folder / "packaging"
    packaging.mkdir(parents=True)
    for name, constant in {
        "requirements.txt": "RUN_LOCK",
        "requirements-hashed.txt": "HASHED_LOCK",
        "requirements-dev.txt": "DEV_LOCK",
        "constraints-cuda.txt": "CUDA_LOCK",
    }.items():
        (packaging / name).write_text("# nothing\n")
        monkeypatch.setattr(environment, constant, packaging / name)
    (folder / "wizard").mkdir()
    (folder / "wizard" / "__init__.py").touch()
    (folder / "wizard" / "__main__.py").write_text("import sys; print('here', *sys.argv[1:])\n")
    venv = folder / ".venv"
    scripts = venv / environment.SCRIPTS.name
    for constant, value in {
        "CHECKOUT": folder,
        "VENV": venv,
        "SCRIPTS": scripts,
        "PYTHON": scripts / environment.PYTHON.name,
        "_STAMP": venv / "wizard-stamp",
        "_UNFINISHED": venv / "wizard-unfinished",
        "_PIP_LOG": venv / "pip.log",
    }.items():
        monkeypatch.setattr(environment, constant, value)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "0")
    return folder


def forbid_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: object) -> None:
        raise AssertionError(f"started {command}")

    monkeypatch.setattr(environment.subprocess, "run", run)


def test_made_once_then_nothing_is_started(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.ensure(dev=True)
    elsewhere = tmp_path / "elsewhere" / "wizard"  # a folder of that name must not get in the way
    elsewhere.mkdir(parents=True)
    script = next(environment.SCRIPTS.glob("gpu-setup-wizard*"))
    for command in ([str(script)], [str(environment.PYTHON), "-P", "-m", "wizard"]):
        done = subprocess.run(
            [*command, "detect", "a b"], cwd=elsewhere.parent, capture_output=True, text=True
        )
        assert done.stdout.split("\n")[0] == "here detect a b", done.stderr
    forbid_processes(monkeypatch)
    environment.ensure(dev=True)
    environment.ensure(dev=False)


def test_a_moved_checkout_still_works(copied: Path) -> None:
    environment.ensure(dev=False)
    moved = copied.with_name("moved")
    copied.rename(moved)
    python = moved / environment.PYTHON.relative_to(copied)
    done = subprocess.run([str(python), "-P", "-m", "wizard"], capture_output=True, text=True)
    assert done.stdout.strip() == "here", done.stderr


def test_a_changed_lock_is_installed_into_the_same_environment(copied: Path) -> None:
    environment.ensure(dev=False)
    kept = environment.VENV / "kept"
    kept.touch()
    environment.RUN_LOCK.write_text("# nothing, in other words\n")
    environment._PIP_LOG.unlink()
    environment.ensure(dev=False)
    assert kept.exists()
    assert environment._PIP_LOG.exists()


def test_a_half_made_one_and_a_broken_one_are_made_again(
    copied: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    environment.ensure(dev=False)
    leftover = environment.VENV / "leftover"
    for how, spoil in {
        "left half-made": environment._UNFINISHED.touch,
        "its Python is gone": environment.PYTHON.unlink,
    }.items():
        leftover.touch()
        environment._STAMP.unlink()
        spoil()
        environment.ensure(dev=False)
        assert how in capfd.readouterr().err
        assert not leftover.exists()
        assert not environment._UNFINISHED.exists()


def test_a_deleted_interpreter_is_noticed_despite_the_stamp(copied: Path) -> None:
    environment.ensure(dev=False)
    environment.PYTHON.unlink()
    environment.ensure(dev=False)
    assert environment.PYTHON.exists()


def test_a_folder_that_is_no_environment_is_left_alone(checkout: Path) -> None:
    environment.VENV.mkdir()
    mine = environment.VENV / "my notes.txt"
    mine.write_text("important")
    with pytest.raises(messages.SetupError, match="in the way"):
        environment.ensure(dev=False)
    assert mine.read_text() == "important"


def test_a_place_that_cannot_be_written_is_named(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "file").touch()
    monkeypatch.setattr(environment, "VENV", checkout / "file" / ".venv")
    with pytest.raises(messages.SetupError, match="could not be written") as caught:
        environment.ensure(dev=False)
    assert "home folder" in str(caught.value)


def test_a_full_disk_is_told_before_anything_is_made(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = type("Usage", (), {"free": 300 * 2**20})
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: full)
    with pytest.raises(messages.SetupError, match=r"has 0\.3 GB free"):
        environment.ensure(dev=False)
    assert not environment.VENV.exists()


def test_without_a_network_the_connection_is_named_and_the_next_try_starts_clean(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.RUN_LOCK.write_text("platformdirs==4.14.7\n")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody listens there
    with pytest.raises(messages.SetupError, match="internet connection"):
        environment.ensure(dev=False)
    assert not environment._STAMP.exists()
    environment.RUN_LOCK.write_text("# nothing\n")
    environment.ensure(dev=False)
    assert environment._STAMP.exists()


def test_a_package_that_is_not_offered_is_named(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.RUN_LOCK.write_text("torch==2.13.0\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(messages.SetupError, match=r"torch==2\.13\.0 is not offered ready-made"):
        environment.ensure(dev=False)


def test_a_missing_venv_module_is_named(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_venv_made", lambda: False)
    monkeypatch.setattr(environment, "_venv_module_installed", lambda: False)
    with pytest.raises(messages.SetupError, match=r"sudo apt install python3\.\d+-venv"):
        environment.ensure(dev=False)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left", "full"),
        ("OSError: [WinError 112] There is not enough space on the disk", "full"),
        ("OSError: [Errno 2] … HINT: This error might have occurred since this system does not "
         "have Windows Long Path support enabled.", "260 characters"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] …", "date"),
        ("Failed to establish a new connection: [Errno 11001] getaddrinfo failed", "internet"),
        ("PermissionError: [WinError 32] The process cannot access the file", "Close the wizard"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "damaged"),
        ("something nobody foresaw", "its own words are above"),
    ],
)  # fmt: skip
def test_each_failure_of_pip_has_its_sentence(line: str, words: str) -> None:
    assert words in environment.explain_pip_failure(f"2026-01-01 Collecting x\n{line}\n")
