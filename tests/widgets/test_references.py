"""Qt's bindings give back every reference to True, False and None that they take, and no more."""

from __future__ import annotations

import subprocess
import sys

import pytest
import references


@pytest.mark.skipif(not references.COUNTED, reason="never freed since Python 3.12")
def test_nothing_takes_a_reference_away() -> None:
    """In a process of its own, where nothing else is there to be counted."""
    command = [sys.executable, references.__file__]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
