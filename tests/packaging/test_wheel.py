"""The wheel carries everything the program reads, and works away from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from wizard.text import COMPLETE, FIRST, LANGUAGES

CHECKOUT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the hatchling of the lock, so that no network is needed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder)
    built = run(*pip, "wheel", *options, CHECKOUT, cwd=folder)
    assert built.returncode == 0, built.stderr
    (made,) = folder.glob("*.whl")
    return made


def test_every_resource_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    resources = {
        "wizard/" + path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "resources").rglob("*")
        if path.is_file() and "pictures" not in path.parts  # those are the README's
    }
    assert resources <= carried
    for room in ("catalog", "machines", "styles", "icons"):
        assert any(name.startswith(f"wizard/resources/{room}/") for name in carried), room
    for code in set(LANGUAGES) - {"en"}:
        for name in (COMPLETE, FIRST):
            assert f"wizard/resources/translations/{code}/LC_MESSAGES/{name}" in carried


def test_the_wheel_holds_the_program_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"wizard", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"}
    modules = {path.relative_to(CHECKOUT).as_posix() for path in CHECKOUT.glob("wizard/**/*.py")}
    assert modules <= set(names)


def test_the_installed_wheel_answers_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    done = run(*pip, "install", "--no-deps", "--no-index", "--target", site, wheel, cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    where = run(
        *(sys.executable, "-c", "import wizard; print(wizard.__file__)"),
        cwd=elsewhere,
        PYTHONPATH=str(site),
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
    (script,) = (site / ("Scripts" if os.name == "nt" else "bin")).glob("gpu-setup-wizard*")
    answer = run(script, "detect", "--json", cwd=elsewhere, PYTHONPATH=str(site))
    assert answer.returncode == 0, answer.stderr
    machine = json.loads(answer.stdout)
    assert machine["schema"] == 1
    assert machine["os"]["system"] in ("windows", "linux", "macos")
