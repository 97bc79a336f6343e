"""The wizard's own Python, and any other: from files, or started for real."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from detection_fakes import FakeRunner, conda_environment, exited, write

from wizard.child_process import Outcome
from wizard.detection.machine import Environment, Problem
from wizard.detection.probes.installed import torch_version
from wizard.detection.probes.python import inspect_python, probe_python

SPECIAL = "Dərslər İşığı ə ğ ş"
never = FakeRunner()


def test_the_wizards_own_python() -> None:
    env = probe_python().environment
    assert env is not None
    assert (env.kind, env.name, env.executable) == ("wizard", "wizard", sys.executable)
    assert env.python == ".".join(str(part) for part in sys.version_info[:3])
    import importlib.metadata

    try:
        installed: str | None = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        installed = None
    assert (env.torch is None) == (installed is None)
    if installed is not None:
        assert env.torch is not None and env.torch.startswith(installed.partition("+")[0])


def test_a_packaged_wizard_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert probe_python().environment is None


@pytest.fixture(scope="module")
def real_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("envs") / SPECIAL
    venv.create(folder, with_pip=False)
    return folder


def test_a_virtual_environment_is_not_started(real_venv: Path) -> None:
    env = inspect_python(real_venv, never)
    assert isinstance(env, Environment), env
    assert (env.kind, env.prefix, env.torch) == ("venv", str(real_venv), None)
    assert env.python == ".".join(str(part) for part in sys.version_info[:3])
    assert env.executable is not None
    said = subprocess.run(
        [env.executable, "-c", "import sys; print(sys.prefix)"],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert Path(said.stdout.strip()).name == SPECIAL
    assert inspect_python(Path(env.executable), never) == env
    assert never.calls == []


def test_an_interpreter_of_an_installation_is_started() -> None:
    base = Path(sys.base_prefix)
    executable = Path(getattr(sys, "_base_executable", sys.executable))
    env = inspect_python(executable)
    assert isinstance(env, Environment), env
    assert env.executable == str(executable)
    if not (base / "conda-meta").is_dir():
        assert env.kind == "python" and env.name == f"Python {env.python}"
    assert Path(env.prefix).resolve() == base.resolve()


def test_a_conda_environment(tmp_path: Path) -> None:
    prefix = conda_environment(tmp_path / SPECIAL, "3.12.4", "2.10.0", "cuda129_h1_302")
    for path in (prefix, prefix / "bin/python"):
        env = inspect_python(path, never)
        assert isinstance(env, Environment)
        assert (env.kind, env.name, env.python) == ("conda", SPECIAL, "3.12.4")
        assert (env.torch_build, env.torch_channel) == ("cuda129_h1_302", "conda-forge")


@pytest.mark.parametrize("name", ["gone", "empty", "a\0b"])
def test_no_python_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    answer = inspect_python(tmp_path / name, never)
    assert isinstance(answer, Problem) and answer.code == "no_python_there"


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_deleted_interpreter(tmp_path: Path) -> None:
    write(tmp_path / "pyvenv.cfg", "home = /gone\nversion = 3.12.1\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(tmp_path / "gone/python")
    assert inspect_python(tmp_path, never) == Problem("no_python_there", str(tmp_path))


def test_the_stores_stand_in_is_never_started(tmp_path: Path) -> None:
    path = write(tmp_path / "Microsoft/WindowsApps/python.exe")
    assert inspect_python(path, never) == Problem("ms_store_python", str(path))
    assert never.calls == []


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome("timed_out", None, "", "", "no end after 15 s", 15.0), "probe_timed_out"),
        (Outcome("not_started", None, "", "", "Exec format error", 0.0), "probe_failed"),
        (exited("", 1, "Fatal Python error\n"), "probe_failed"),
        (exited("hello\n"), "probe_failed"),
        (exited("[1, 2]\n"), "probe_failed"),
        (exited("[" * 100_000), "probe_failed"),
        (exited('["3.12.1", "/p", "/p/lib", false, "CPython"]\n'), "python_32bit"),
    ],
)
def test_trouble_with_a_start(tmp_path: Path, outcome: Outcome, code: str) -> None:
    path = write(tmp_path / "python")
    answer = inspect_python(path, FakeRunner(outcome))
    assert isinstance(answer, Problem) and answer.code == code
    assert str(path) in answer.detail and len(answer.detail) <= 300


def test_chatter_before_the_answer_is_skipped(tmp_path: Path) -> None:
    path = write(tmp_path / "python")
    text = 'sitecustomize says hello\n["3.14.0rc1", "/p", "/p/lib", true, "CPython"]\n'
    env = inspect_python(path, FakeRunner(exited(text)))
    assert isinstance(env, Environment) and env.python == "3.14.0"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for a program")
def test_a_program_that_is_no_python(tmp_path: Path) -> None:
    path = write(tmp_path / "python3", "#!/bin/sh\nexit 0\n")
    path.chmod(0o755)
    answer = inspect_python(path)
    assert isinstance(answer, Problem) and answer.code == "probe_failed"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("__version__ = '2.13.0+cu130'\ncuda: Optional[str] = '13.0'\n", "2.13.0+cu130"),
        ('__all__ = ["__version__"]\n__version__: str = "2.5.1.post303"\n', "2.5.1.post303"),
        ("from x import y\n", None),
        ("", None),
    ],
)
def test_torchs_version_file(tmp_path: Path, text: str, version: str | None) -> None:
    write(tmp_path / "torch/version.py", text)
    assert torch_version(tmp_path) == version
