"""The wizard is killed while its children hold all that a child can hold; nothing is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from stuck_child import PATIENCE, alive, all_gone, end_stuck, stuck_torch, wait_until_stuck

from wizard import sweeper

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others have a job object or less")
PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def ended(tmp_path: Path) -> Iterator[None]:
    """A test that fails leaves nothing either."""
    yield
    end_stuck(tmp_path)


def start(folder: Path, code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT, env=stuck_torch(folder), start_new_session=True
    )


VERIFYING = """
import sys
from pathlib import Path
from wizard.jobs.target_run import run_target
run_target(Path(sys.executable), ("verify",), lambda event: None, timeout=600, silence=600)
"""
ANY_PROGRAM = """
import sys
from wizard.child_process import run
run([sys.executable, "-c", "import torch"], timeout=600)
"""
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from wizard.detection.machine import Machine, OperatingSystem
from wizard.jobs.threads import VerificationJob
app = QCoreApplication([])
job = VerificationJob(Path(sys.executable), Machine("x", OperatingSystem("linux")))
job.start()
app.exec()
"""


@pytest.mark.parametrize("code", [VERIFYING, ANY_PROGRAM, WINDOW], ids=["verify", "any", "window"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_killed_it_leaves_no_child_and_no_grandchild(
    tmp_path: Path, code: str, number: signal.Signals
) -> None:
    with start(tmp_path, code) as wizard:
        pids = wait_until_stuck(tmp_path)
        os.killpg(wizard.pid, number)
    assert all_gone(pids)


def test_stopped_it_leaves_no_daemon_either(tmp_path: Path) -> None:
    """Here the wizard goes on: what has to end ends with all that it has started."""
    code = ANY_PROGRAM.replace("timeout=600", "timeout=3") + "import time; time.sleep(600)"
    with start(tmp_path, code) as wizard:
        pids = wait_until_stuck(tmp_path)
        assert all_gone(pids)
        assert wizard.poll() is None
        wizard.kill()


def test_without_a_shell_the_child_itself_ends_with_its_parent(tmp_path: Path) -> None:
    code = "from wizard import child_process as c\nc._start_sweeper = lambda: None\n" + VERIFYING
    with start(tmp_path, code) as wizard:
        child, *rest = wait_until_stuck(tmp_path)
        wizard.kill()
    assert all_gone([child])
    for pid in rest:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("shell", ["dash", "bash --posix", "busybox sh", "zsh --emulate sh"])
def test_it_is_understood_by_every_shell(tmp_path: Path, shell: str) -> None:
    program, *options = shell.split()
    if shutil.which(program) is None:
        pytest.skip(f"no {program} here")
    marks = [os.urandom(16).hex() for _ in "abcd"]
    sleepers = [
        subprocess.Popen(
            ["sleep", "600"],
            env=os.environ | {sweeper.VARIABLE: mark},
            start_new_session=True,
        )
        for mark in marks
    ]
    started, watched, swept, forgotten = sleepers
    lines = [f"watch {mark} 0" for mark in marks]
    lines += [
        f"watch {mark} {each.pid}" for mark, each in zip(marks[1:], sleepers[1:], strict=True)
    ]
    lines += [f"sweep {marks[2]} {swept.pid}", f"forget {marks[3]}"]
    read, write = os.pipe()
    with os.fdopen(write, "w") as pipe:
        subprocess.run(
            [program, *options, "-c", sweeper.SCRIPT, "sweeper", sweeper.VARIABLE],
            stdin=read,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        os.close(read)
        pipe.write("".join(f"{line}\n" for line in lines))
        pipe.flush()
        assert swept.wait(PATIENCE) == -signal.SIGKILL
        assert (started.poll(), watched.poll()) == (None, None)
    assert started.wait(PATIENCE) == watched.wait(PATIENCE) == -signal.SIGKILL
    assert forgotten.poll() is None
    forgotten.kill()
    forgotten.wait()


def test_the_shell_itself_ends_with_the_last_child(tmp_path: Path) -> None:
    code = "from wizard.child_process import run\nassert run(['sleep', '0'], timeout=60).ok"
    home = tmp_path / "bin"
    home.mkdir()
    # It is known by its PATH, which nothing else has.
    wanted = f"{home}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=os.environ | {"PATH": wanted}, check=False
    )
    assert done.returncode == 0

    def left() -> list[int]:
        found: list[int] = []
        for each in psutil.process_iter():
            try:
                if each.environ().get("PATH") == wanted and alive(each.pid):
                    found.append(each.pid)
            except psutil.Error:
                continue
        return found

    until = time.monotonic() + PATIENCE
    while left() and time.monotonic() < until:
        time.sleep(0.05)
    assert left() == []
