"""A command is ended by a signal or a closed terminal while its child hangs, deaf, in a driver."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from stuck_child import PATIENCE, alive, all_gone, end_stuck, stuck_torch, wait_until_stuck

if sys.platform == "win32":
    pytest.skip("signals and terminals are POSIX's", allow_module_level=True)

import fcntl
import pty
import termios

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def ended(tmp_path: Path) -> Iterator[None]:
    yield
    end_stuck(tmp_path)


def heed_all() -> None:
    """A shell's background, and ``nohup``, start a program deaf to some signals."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(
    folder: Path,
    command: str,
    *words: str,
    first: Callable[[], None] = heed_all,
    stdout: int | IO[Any] = subprocess.PIPE,
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "wizard", command, "--python", sys.executable, *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=PROJECT,
        env=stuck_torch(folder),
        start_new_session=True,
        preexec_fn=first,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("command", ["verify", "check", "benchmark"])
def test_a_signal_ends_all_and_leaves_one_result(
    tmp_path: Path, command: str, number: signal.Signals
) -> None:
    with start(tmp_path, command, "--json") as wizard:
        pids = wait_until_stuck(tmp_path)
        wizard.send_signal(number)
        out, err = wizard.communicate(timeout=PATIENCE)
    assert all_gone(pids)
    assert (wizard.returncode, err) == (130, "")
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events].count("result") == 1
    assert (events[-1]["event"], events[-1]["ready"]) == ("result", None)
    assert (events[-1]["ended"], events[-1]["findings"]) == ("cancelled", [])


@pytest.mark.parametrize("command", ["verify", "check", "benchmark"])
def test_a_closed_terminal_ends_all(tmp_path: Path, command: str) -> None:
    ours, theirs = pty.openpty()

    def in_the_terminal() -> None:
        heed_all()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    with start(tmp_path, command, first=in_the_terminal, stdout=theirs) as wizard:
        os.close(theirs)
        pids = wait_until_stuck(tmp_path)
        os.close(ours)
        assert wizard.wait(PATIENCE) == 130
        assert wizard.stderr is not None and wizard.stderr.read() == ""
    assert all_gone(pids)


def test_under_nohup_it_goes_on_and_still_can_be_ended(tmp_path: Path) -> None:
    def as_nohup_does() -> None:
        heed_all()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with start(tmp_path, "verify", "--json", first=as_nohup_does) as wizard:
        pids = wait_until_stuck(tmp_path)
        wizard.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            wizard.wait(1)
        assert all(map(alive, pids))
        wizard.terminate()
        out, _err = wizard.communicate(timeout=PATIENCE)
    assert all_gone(pids)
    assert wizard.returncode == 130
    assert json.loads(out.splitlines()[-1])["event"] == "result"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no drive that is always full")
@pytest.mark.parametrize(
    "words", ["detect", "detect --json", "recommend", "verify --json", "verify", "--help"]
)
def test_a_full_standard_output_is_3_and_a_sentence(words: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "wizard", *words.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert "standard output is full" in line
