"""The programs of `wizard.target` as processes: how they speak, and when they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from wizard.jobs.target_run import TARGET
from wizard.target.protocol import NONCE, shortened

ROOT = TARGET.parent.parent
posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows uses a job object for this")


def speak(code: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run ``code`` with a `Channel` named channel."""
    start = "from wizard.target.protocol import Channel\nchannel = Channel()\n"
    return subprocess.run(
        [sys.executable, "-c", start + code],
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        **options,  # type: ignore[call-overload]
    )


def test_nothing_else_gets_between_the_events() -> None:
    code = (
        "import os, threading\n"
        "noise = threading.Thread(target=lambda: [os.write(1, b'noise') for _ in range(2000)])\n"
        "noise.start()\n"
        "for i in range(500): channel.emit('start', id=str(i)); print('printed', flush=True)\n"
        "noise.join()"
    )
    ended = speak(code)
    lines = ended.stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(i) for i in range(500)]
    assert ended.stderr.count(b"noise") == 2000
    assert ended.stderr.count(b"printed") == 500


def test_every_value_becomes_valid_json_of_bounded_length() -> None:
    code = (
        "channel.emit('check', id='ə', value={1: float('nan'), 'b': (float('inf'), {3})},"
        " detail='x' * 10**6, path='\\udcff')"
    )
    line = speak(code).stdout
    data = json.loads(line)
    assert (data["id"], data["value"]) == ("ə", {"1": None, "b": [None, "{3}"]})
    assert data["path"].encode("utf-8")
    assert len(line) < 2**16


def test_a_reader_that_has_gone_ends_the_program() -> None:
    read, write = os.pipe()
    os.close(read)
    code = "channel.emit('start', id='x')\nprint('still here')"
    start = "from wizard.target.protocol import Channel\nchannel = Channel()\n"
    ended = subprocess.run(
        [sys.executable, "-c", start + code],
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        timeout=60,
    )
    os.close(write)
    assert ended.returncode == 1
    assert b"still here" not in ended.stderr


def test_shortening_keeps_both_ends() -> None:
    text = "".join(str(i % 10) for i in range(1000))
    assert shortened(text, 100) == text[:47] + "\n...\n" + text[-47:]
    assert shortened("short", 100) == "short"


def test_each_event_carries_the_nonce_and_nothing_else_can_read_it() -> None:
    code = f"channel.emit('start', id=os.environ.get({NONCE!r}))"
    said = speak("import os\n" + code, env=os.environ | {NONCE: "c0ffee"}).stdout
    assert json.loads(said) == {"event": "start", "nonce": "c0ffee", "id": None}


@posix_only
def test_a_verification_ends_with_the_pipe_its_parent_holds(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("import time\ntime.sleep(999)\n")
    child = subprocess.Popen(
        [sys.executable, TARGET, "verify"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        while b"torch_import" not in child.stdout.readline():
            pass
        child.stdin.close()
        assert child.wait(60) == 1


@posix_only
def test_a_verification_ends_when_the_wizard_is_killed(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("import os, time\nprint(os.getpid())\ntime.sleep(999)\n")
    code = (
        "import sys\nfrom pathlib import Path\nfrom wizard.jobs.target_run import run_target\n"
        "run_target(Path(sys.executable), ('verify',), lambda e: print(e, flush=True),"
        " timeout=60, silence=60)"
    )
    wizard = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    with wizard:
        assert wizard.stdout is not None
        line = b""
        while b"LogLine" not in line:
            line = wizard.stdout.readline()
            assert line
        (child,) = psutil.Process(wizard.pid).children()
        wizard.send_signal(signal.SIGKILL)
        wizard.wait()
        _gone, alive = psutil.wait_procs([child], timeout=60)
        assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("arguments", [[], ["dance"], ["verify", "--expect", "magic"]])
def test_a_wrong_call_is_a_line_not_a_traceback(arguments: list[str]) -> None:
    ended = subprocess.run([sys.executable, TARGET, *arguments], capture_output=True, timeout=60)
    assert ended.returncode == 2
    assert b"Traceback" not in ended.stderr
