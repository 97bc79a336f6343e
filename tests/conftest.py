"""Fixtures that every test gets: a home folder of its own, Qt without a screen, English texts."""

from __future__ import annotations

import atexit
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before anything imports Qt: its platform is chosen once in a process.
# The screen that it makes up by itself, 800 pixels wide, has no room for the window's usual size.
_screen = Path(__file__).parent / "screens" / "usual.json"
os.environ["QT_QPA_PLATFORM"] = (
    "offscreen" if ":" in str(_screen) else f"offscreen:configfile={_screen}"
)
os.environ.setdefault("PYTHONUTF8", "1")  # for the children that tests start


def _home_variables(home: Path) -> dict[str, str]:
    """What tells this process and its children where the user's files lie, on every system."""
    roaming, local = home / "AppData" / "Roaming", home / "AppData" / "Local"
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "APPDATA": str(roaming),
        "LOCALAPPDATA": str(local),
        "WIN_PD_OVERRIDE_APPDATA": str(roaming),  # platformdirs asks Windows, not the environment
        "WIN_PD_OVERRIDE_LOCAL_APPDATA": str(local),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_RUNTIME_DIR": str(home / "runtime"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
    }


def _make_home(home: Path) -> dict[str, str]:
    (home / "runtime").mkdir(parents=True, exist_ok=True)
    (home / "runtime").chmod(0o700)  # Qt warns about a folder that others may read
    return _home_variables(home)


# Also for what runs before the first test, such as fixtures of a whole session.
_session_home = Path(tempfile.mkdtemp(prefix="wizard-tests-"))
atexit.register(shutil.rmtree, _session_home, ignore_errors=True)
os.environ.update(_make_home(_session_home))


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder; the user data folder and every child's home lie in it."""
    folder = tmp_path_factory.mktemp("home")
    for name, value in _make_home(folder).items():
        monkeypatch.setenv(name, value)
    for name in ("GPU_WIZARD_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    return folder


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """English at the start, and again after a test that changed the language."""
    from wizard.text import set_language

    set_language("en")
    yield
    set_language("en")


@pytest.fixture(scope="session", autouse=True)
def empty_clipboard_at_the_end() -> Iterator[None]:
    """The offscreen clipboard outlives Python; what Python made must not be in it then."""
    yield
    gui = sys.modules.get("PySide6.QtGui")
    if gui is not None and gui.QGuiApplication.instance() is not None:
        gui.QGuiApplication.clipboard().clear()


@pytest.fixture
def cpu_build() -> None:
    """The PyTorch here is a build for the CPU; PyPI's for Linux is one for CUDA."""
    spec = importlib.util.find_spec("torch")
    assert spec is not None and spec.origin is not None
    said = (Path(spec.origin).parent / "version.py").read_text("utf-8")
    if not re.search(r"^cuda\b.*= None$", said, re.MULTILINE):
        pytest.skip("the PyTorch here is a build for CUDA")
