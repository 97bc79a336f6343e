"""What every test gets: a home folder and fonts of its own, Qt without a screen, English texts.

And what no test depends on: the computer's load, the signals that were ignored when the suite was
started, chance, or what another test left.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import leftovers
import plain_font
import pytest
from pytestqt.qtbot import QtBot

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
if sys.platform == "linux":
    os.environ["FONTCONFIG_FILE"] = str(plain_font.install(_session_home / "fonts"))

# The same examples in every run, and no limit of time for one of them.
hypothesis.settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")

PATIENCE_MS = 60_000
"""For what takes a moment on an idle computer."""


class PatientBot(QtBot):
    """Waits as long as it must: how soon something happens is for the bench."""

    def waitUntil(self, callback: Callable[[], Any], *, timeout: int = 0) -> None:  # noqa: N802
        super().waitUntil(callback, timeout=max(timeout, PATIENCE_MS))

    def waitSignal(self, signal: Any, *, timeout: int = 0, **options: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=max(timeout, PATIENCE_MS), **options)

    def waitSignals(self, signals: Any, *, timeout: int = 0, **options: Any) -> Any:  # noqa: N802
        return super().waitSignals(signals, timeout=max(timeout, PATIENCE_MS), **options)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's, with more patience."""
    return PatientBot(request)


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard() -> None:
    """Under ``nohup``, or behind an ``&``, children would inherit that a signal is ignored.

    A handler is not inherited: this process stays deaf, and those that it starts are not.
    """
    for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


_reports = pytest.StashKey[dict[str, pytest.TestReport]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Kept for the fixtures, which end after the test."""
    report = yield
    item.stash.setdefault(_reports, {})[report.when or ""] = report
    return report


@pytest.fixture(autouse=True)
def nothing_goes_on(request: pytest.FixtureRequest, home: Path) -> Iterator[None]:
    """A test ends what it started. What it did not end is ended here, and then the test fails."""
    before = leftovers.own_children()
    yield
    left = leftovers.still_running(leftovers.own_children() - before)
    called = request.node.stash.get(_reports, {}).get("call")
    if left or (called is not None and called.failed):
        # Also what was given to another parent: whatever a test starts knows its home folder.
        runtime = _home_variables(home)["XDG_RUNTIME_DIR"]
        left += leftovers.with_variable(lambda known: known.get("XDG_RUNTIME_DIR") == runtime)
    said = leftovers.end(left)
    assert not said or (called is not None and called.failed), f"left running: {said}"


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker that hung was ended by the clock, without its fixtures: see pyproject.toml."""
    if error:
        run = {
            "PYTEST_XDIST_WORKER": str(node.gateway.id),
            "PYTEST_XDIST_TESTRUNUID": str(node.workerinput["testrunuid"]),
        }
        leftovers.end(leftovers.with_variable(lambda known: run.items() <= known.items()))


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
