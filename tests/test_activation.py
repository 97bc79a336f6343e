from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.activation import prefix_of, target_environment


def test_nothing_of_the_wizards_own_environment_leaks_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = str(Path(sys.prefix) / "bin")
    monkeypatch.setenv("PATH", os.pathsep.join([own, "/usr/bin"]))
    for name in (
        "VIRTUAL_ENV",
        "PYTHONHOME",
        "QT_PLUGIN_PATH",
        "CONDA_PREFIX",
        "__PYVENV_LAUNCHER__",
    ):
        monkeypatch.setenv(name, "/somewhere")
    env = target_environment(tmp_path / "bin" / "python")
    assert not {
        "VIRTUAL_ENV",
        "PYTHONHOME",
        "QT_PLUGIN_PATH",
        "CONDA_PREFIX",
        "__PYVENV_LAUNCHER__",
    } & set(env)
    if sys.prefix != sys.base_prefix and os.name == "posix":
        assert env["PATH"].split(os.pathsep) == [str(tmp_path / "bin"), "/usr/bin"]


def test_a_conda_environment_counts_as_activated(tmp_path: Path) -> None:
    prefix = tmp_path / "envs" / "llm_50gun"
    (prefix / "conda-meta").mkdir(parents=True)
    env = target_environment(prefix / "bin" / "python")
    assert (env["CONDA_PREFIX"], env["CONDA_DEFAULT_ENV"]) == (str(prefix), "llm_50gun")
    assert env["PATH"].startswith(str(prefix / "bin") + os.pathsep) or os.name == "nt"


def test_a_packaged_wizard_gives_the_loaders_path_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundle")
    assert "LD_LIBRARY_PATH" not in target_environment(tmp_path / "bin" / "python")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/users")
    assert target_environment(tmp_path / "bin" / "python")["LD_LIBRARY_PATH"] == "/users"


def test_a_real_venv_finds_itself(tmp_path: Path) -> None:
    prefix = tmp_path / "Dərslər İşığı ə ğ ş"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    python = prefix / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    assert prefix_of(python) == prefix
    code = "import os, sys; print(sys.prefix); print(os.environ['VIRTUAL_ENV'])"
    said = subprocess.run(
        [python, "-c", code],
        env=target_environment(python) | {"PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout
    assert said.splitlines() == [str(prefix)] * 2
