"""Pythons that could make a private environment: real ones, and what is left out."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest
from detection_fakes import exited

from wizard.detection.machine import Environment
from wizard.detection.probes.pythons import Where, find_pythons, venv_problem
from wizard.paths import user_data_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="interpreters are shell scripts")


def fake_python(folder: Path, name: str, answer: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{answer}'\n", "utf-8")
    path.chmod(0o755)
    return path


def answer(version: str, *, wide: str = "true") -> str:
    return f'["{version}", "/opt/py", "/opt/py/site", {wide}, "CPython"]'


def test_the_version_with_the_most_builds_comes_first(tmp_path: Path) -> None:
    versions = {"python3.14": "3.14.0", "python3": "3.9.2", "python3.12": "3.12.7"}
    for name, version in versions.items():
        fake_python(tmp_path / name, name, answer(version))
    found = find_pythons(Where(tuple(tmp_path / name for name in versions)))
    assert [python.python for python in found][:2] == ["3.12.7", "3.14.0"]


def test_what_cannot_be_used_is_left_out(tmp_path: Path) -> None:
    fake_python(tmp_path / "small", "python3.12", answer("3.12.1", wide="false"))
    fake_python(tmp_path / "WindowsApps", "python3", answer("3.12.1"))
    fake_python(tmp_path / "broken", "python3.11", "Segmentation fault")
    venv.create(tmp_path / "an env", with_pip=False)
    folders = ("small", "WindowsApps", "broken", "an env/bin")
    found = find_pythons(Where(tuple(tmp_path / folder for folder in folders)))
    assert all(str(tmp_path) not in (python.executable or "") for python in found)


def test_one_python_by_many_names_is_one(tmp_path: Path) -> None:
    real = fake_python(tmp_path, "python3.12", answer("3.12.7"))
    (tmp_path / "python3").symlink_to(real)
    found = find_pythons(Where((tmp_path, tmp_path), registered=(real,)))
    assert len([python for python in found if str(tmp_path) in (python.executable or "")]) == 1


def test_a_real_python_of_this_computer_is_found() -> None:
    found = find_pythons()
    assert found
    assert all(Path(python.executable or "").exists() for python in found)


def test_a_python_without_ensurepip_is_told() -> None:
    python = Environment("x", "/usr", "3.12.3", kind="python", executable="/usr/bin/python3")
    said = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'ensurepip'"
    problem = venv_problem(python, lambda _argv, timeout: exited(code=1, stderr=said))
    assert problem is not None
    assert "ensurepip" in problem.detail
    assert venv_problem(python, lambda _argv, timeout: exited()) is None


def test_a_private_environment_is_found_again_and_a_half_made_one_is_not() -> None:
    from wizard.detection.probes.python import probe_python

    folder = user_data_folder() / "llm_50gun"
    venv.create(folder, with_pip=False)
    (user_data_folder() / "half").mkdir()
    (user_data_folder() / "half" / "pyvenv.cfg").write_text("home = /usr/bin\n", "utf-8")
    (env,) = probe_python().private
    assert (env.name, env.kind, env.prefix) == ("llm_50gun", "venv", str(folder))
    assert env.python == ".".join(str(part) for part in sys.version_info[:3])
