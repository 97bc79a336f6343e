"""The wheel carries everything the program reads, and works away from the checkout."""

from __future__ import annotations

import contextlib
import faulthandler
import getpass
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from wizard.text import COMPLETE, FIRST, LANGUAGES

CHECKOUT = Path(__file__).resolve().parents[2]
#: Not the tests' own, for Pythons and for what pip has loaded before.
USERS_HOME = Path(f"~{getpass.getuser()}").expanduser()
PIP_CACHE = {} if os.name == "nt" else {"PIP_CACHE_DIR": str(USERS_HOME / ".cache" / "pip")}
NO_INDEX = ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ProxyError")


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
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


# With the newest versions ------------------------------------------------------------------------


def pythons() -> dict[str, str]:
    """A Python of each version that the wheel is for, as far as this computer has them.

    Those of pyenv and uv are found although their commands may start another version.
    """
    found = {f"3.{sys.version_info.minor}": sys.executable}
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2], sys.executable)"
    for minor in range(11, 15):
        for command in _commands(f"3.{minor}"):
            with contextlib.suppress(OSError):
                said = subprocess.run([*command, "-c", code], capture_output=True, text=True)
                version, _, path = said.stdout.strip().partition(" ")
                if path and version == f"3.{minor}":
                    found.setdefault(version, path)
    return found


def _commands(version: str) -> list[list[str]]:
    if os.name == "nt":
        return [["py", f"-{version}"]]
    kept = (
        *USERS_HOME.glob(f".pyenv/versions/{version}.*/bin/python"),
        *USERS_HOME.glob(f".local/share/uv/python/cpython-{version}.*/bin/python3"),
    )
    return [[f"python{version}"], *([str(path)] for path in sorted(kept))]


@pytest.mark.timeout(900)  # a hundred megabytes, on a line that may be slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_newest_versions_that_the_wheel_allows(
    wheel: Path, tmp_path: Path, version: str
) -> None:
    """As pip and pipx install it: what came out since the lock was made must do as well."""
    faulthandler.cancel_dump_traceback_later()  # pytest's own limit, which is the same for all
    python = pythons().get(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    made = run(python, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    bin_folder = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    own = bin_folder / "python"
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", own)
    done = run(*pip, "install", "--retries=1", "--no-compile", wheel, cwd=tmp_path, **PIP_CACHE)
    if any(words in done.stderr for words in NO_INDEX):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    # As at a user's, what one start compiled is there for the next one.
    kept = {"PYTHONDONTWRITEBYTECODE": ""}
    counted = run(own, CHECKOUT / "tests" / "references.py", cwd=tmp_path, **kept)
    assert counted.returncode == 0, counted.stderr
    wizard = bin_folder / "gpu-setup-wizard"
    shown = run(wizard, "--selftest", tmp_path / "said.txt", cwd=tmp_path, **kept)
    assert shown.returncode == 0, (shown.stderr, (tmp_path / "said.txt").read_text("utf-8"))
    words = ("--out", tmp_path / "pictures", "--lang", "az", "--theme", "light")
    drawn = run(wizard, "screenshots", *words, cwd=tmp_path, **kept)
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "pictures" / "index.html").is_file()
