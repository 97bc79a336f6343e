"""Whether others use the processor: by figures, and beside programs that really do."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from wizard.target.load import Times, is_used_by_others, read_times, usable_processors


@pytest.mark.parametrize(
    ("busy", "own", "processors", "used"),
    [
        (20.0, 20.0, 2, False),  # all of both by this process itself
        (20.0, 13.0, 2, True),  # one of three threads is another's
        (10.0, 8.0, 8, False),  # a fifth of a processor: a desktop by itself
        (80.0, 74.0, 8, True),
        (0.0, 0.1, 4, False),  # the two are not counted at the same moment
        (640.0, 620.0, 64, False),  # two of sixty-four
        (640.0, 600.0, 64, True),
    ],
)
def test_what_this_process_did_not_use_was_used_by_others(
    busy: float, own: float, processors: int, used: bool
) -> None:
    before, after = Times(100.0, 50.0, 3.0), Times(110.0, 50.0 + busy, 3.0 + own)
    assert is_used_by_others(before, after, processors) is used


def test_without_time_between_nothing_is_claimed() -> None:
    assert not is_used_by_others(Times(1.0, 0.0, 0.0), Times(1.0, 9.0, 0.0), 2)


@pytest.mark.skipif(sys.platform not in ("linux", "win32"), reason="no count that can be read")
def test_programs_that_do_nothing_else_are_seen() -> None:
    code = "print(flush=True)\nwhile True: pass"
    loops = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        for _ in usable_processors()
    ]
    try:
        for loop in loops:
            assert loop.stdout is not None
            loop.stdout.readline()
        before = read_times()
        time.sleep(1.5)
        after = read_times()
    finally:
        for loop in loops:
            loop.kill()
            loop.communicate()
    assert before is not None and after is not None
    assert is_used_by_others(before, after, len(loops))
