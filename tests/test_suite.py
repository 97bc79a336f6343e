"""What the suite promises of every test, tried with tests that break the promise."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

TESTS = Path(__file__).resolve().parent
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sleep, setsid and /proc")


def run_suite(folder: Path, code: str, *options: str) -> tuple[set[str], str]:
    """How each test of a file ended, and all that was said; SIGHUP is ignored."""
    for name in ("conftest.py", "leftovers.py", "plain_font.py"):
        shutil.copy(TESTS / name, folder)
    (folder / "test_it.py").write_text("import subprocess, time\n" + code, encoding="utf-8")
    words = ("-rA", "-p", "no:cacheprovider", "-c", TESTS.parent / "pyproject.toml")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, f"--rootdir={folder}", *options, "test_it.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    summary = re.findall(r"^(PASSED|FAILED|ERROR) test_it\.py::(\w+)", done.stdout, re.MULTILINE)
    return {f"{word} {name}" for word, name in summary}, done.stdout + done.stderr


def processes(argument: str) -> list[psutil.Process]:
    found = psutil.process_iter(["cmdline"])
    return [each for each in found if argument in (each.info["cmdline"] or [])]


def test_what_a_failed_test_started_ends_with_it(tmp_path: Path) -> None:
    code = (
        "def test_fails():\n"
        "    subprocess.run(['sh', '-c', 'setsid sleep 86401.5 & sleep 86401.5 &'])\n"
        "    raise ZeroDivisionError\n"
    )
    ends, said = run_suite(tmp_path, code)
    assert ends == {"FAILED test_fails"}, said
    assert processes("86401.5") == []


def test_a_test_that_leaves_something_running_fails(tmp_path: Path) -> None:
    code = (
        "children = []\n"
        "def test_leaves():\n    children.append(subprocess.Popen(['sleep', '86402.5']))\n"
        "def test_leaves_nothing():\n    subprocess.run(['sleep', '0'])\n"
    )
    ends, said = run_suite(tmp_path, code)
    assert ends == {"PASSED test_leaves", "ERROR test_leaves", "PASSED test_leaves_nothing"}, said
    assert "sleep 86402.5" in said
    assert processes("86402.5") == []


def test_a_hang_ends_with_the_stacks_and_the_next_test_runs(tmp_path: Path) -> None:
    code = (
        "import threading\n"
        "def wait_for_ever():\n    threading.Event().wait()\n"
        "def test_hangs():\n"
        "    threading.Thread(target=wait_for_ever, daemon=True).start()\n"
        "    wait_for_ever()\n"
        "def test_next():\n    pass\n"
    )
    ends, said = run_suite(tmp_path, code, "-o", "timeout=2")
    assert ends == {"FAILED test_hangs", "PASSED test_next"}, said
    assert said.count("in wait_for_ever") >= 1


def test_a_hang_of_which_python_hears_nothing_ends_the_worker_alone(tmp_path: Path) -> None:
    code = (
        "import ctypes, signal\n"
        "def test_hangs():\n"
        "    subprocess.run(['sh', '-c', 'sleep 86403.5 &'])\n"
        "    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})\n"
        "    while True: ctypes.PyDLL(None).sleep(9)\n"
        "def test_next():\n    pass\n"
    )
    limits = ("-n", "1", "-o", "timeout=1", "-o", "faulthandler_timeout=2")
    ends, said = run_suite(tmp_path, code, *limits)
    assert ends == {"FAILED test_hangs", "PASSED test_next"}, said
    assert "most recent call first" in said
    assert processes("86403.5") == []


def test_children_hear_a_signal_that_the_suite_was_told_to_ignore(tmp_path: Path) -> None:
    code = (
        "def test_hears():\n"
        "    child = subprocess.Popen(['sleep', '60'])\n"
        "    child.send_signal(1)\n"
        "    assert child.wait() == -1\n"
    )
    ends, said = run_suite(tmp_path, code)
    assert ends == {"PASSED test_hears"}, said
