"""The real window on real X screens, below a window manager and above a bar: nothing is outside."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLibraryInfo

LOOK = Path(__file__).parent / "screens" / "look.py"


def qt_speaks_x11() -> bool:
    """Whether the libraries are there that Qt's plugin for X11 needs."""
    plugins = QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)
    try:
        ctypes.CDLL(str(Path(plugins, "platforms", "libqxcb.so")))
    except OSError:
        return False
    return True


pytestmark = [
    pytest.mark.skipif(
        any(shutil.which(name) is None for name in ("Xvfb", "openbox")),
        reason="no Xvfb and openbox here",
    ),
    pytest.mark.skipif(not qt_speaks_x11(), reason="no X11 libraries for Qt here"),
]
with_xrandr = pytest.mark.skipif(shutil.which("xrandr") is None, reason="no xrandr here")

BAR = 48
"""Pixels at the bottom that the desktop's bar takes."""
OPENBOX = f"""<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <margins><top>0</top><bottom>{BAR}</bottom><left>0</left><right>0</right></margins>
</openbox_config>
"""
PREFERRED = (900, 540)
ESTIMATE = 24
"""By how many pixels a frame may be thinner than the one that the first size leaves room for."""
ROUNDED = 1
"""A window manager counts whole pixels, and the window 1.75 of them as one."""
PATIENCE_SECONDS = 240


class Desktop:
    """An X server with a window manager."""

    def __init__(self, folder: Path, display: str) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "XDG_SESSION_TYPE": "x11",
        }

    def command(self, *argv: str) -> None:
        subprocess.run(argv, env=self._environment, check=True, timeout=PATIENCE_SECONDS)

    def shrink(self, width: int, height: int) -> None:
        """To that size; it cannot grow beyond the size that it began with."""
        across, down = [str(width)] * 4, [str(height)] * 4
        self.command("xrandr", "--newmode", "small", "60", *across, *down)
        self.command("xrandr", "--addmode", "screen", "small")
        self.command("xrandr", "--output", "screen", "--mode", "small")

    @contextmanager
    def started(self, task: str, scale: float) -> Iterator[subprocess.Popen[str]]:
        """`look.py` at its task; ended with the block."""
        window = subprocess.Popen(
            [sys.executable, str(LOOK), str(self._folder), task],
            env={**self._environment, "QT_SCALE_FACTOR": str(scale)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield window
        finally:
            ended(window)
            for pipe in (window.stdin, window.stdout):
                assert pipe is not None
                pipe.close()


@contextmanager
def desktop(folder: Path, width: int, height: int) -> Iterator[Desktop]:
    read, write = os.pipe()
    with ExitStack() as stack:
        server = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(write), "-nolisten", "tcp"),
                *("-screen", "0", f"{width}x{height}x24"),
            ],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        stack.callback(ended, server)
        os.close(write)
        with os.fdopen(read) as numbers:
            display = ":" + numbers.readline().strip()
        assert display != ":", "Xvfb did not start"
        settings = folder / "openbox.xml"
        settings.write_text(OPENBOX, "utf-8")
        manager = subprocess.Popen(
            ["openbox", "--config-file", str(settings)],
            env={**os.environ, "DISPLAY": display},
            stderr=subprocess.DEVNULL,
        )
        stack.callback(ended, manager)
        yield Desktop(folder, display)


def ended(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def inside(inner: list[int], outer: list[int]) -> bool:
    (x, y, width, height), (left, top, across, down) = inner, outer
    return left <= x and top <= y and x + width <= left + across and y + height <= top + down


def grown(rect: list[int], by: int) -> list[int]:
    return [rect[0] - by, rect[1] - by, rect[2] + 2 * by, rect[3] + 2 * by]


def check(told: dict[str, Any]) -> None:
    what = told["what"]
    assert told["messages"] == [], what
    assert told["title"] > 0 and told["room"][3] < told["screen"][3], "no frame or no bar"
    if told["maximized"]:  # some borders are hidden then: what is inside of them counts
        assert inside(told["inner"], grown(told["room"], ROUNDED)), told
    else:
        assert inside(told["frame"], told["room"]), told
    for name, part in told["parts"].items():
        assert inside(part, told["room"]), (what, name, told)
    assert told["seen"] == list(told["parts"]), told


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [
        *((1366, 768, 1.0), (1366, 768, 1.25), (1366, 768, 1.5), (1366, 768, 1.75)),
        *((1920, 1080, 1.25), (1920, 1080, 1.5), (1920, 1080, 1.75)),
        (3840, 2160, 3.0),
    ],
)
def test_all_of_it_is_on_the_screen(tmp_path: Path, width: int, height: int, scale: float) -> None:
    with desktop(tmp_path, width, height) as screen, screen.started("every-page", scale) as window:
        out, _ = window.communicate(timeout=PATIENCE_SECONDS)
    assert window.returncode == 0
    told = [json.loads(line) for line in out.splitlines()]
    assert len(told) == 1 + 4 * 7 + 2 + 2 * 5
    for each in told:
        check(each)
    first = told[0]
    for side in (2, 3):
        frame = first["frame"][side] - first["inner"][side]
        wanted = min(PREFERRED[side - 2], first["room"][side] - frame - ESTIMATE)
        assert wanted - 1 <= first["inner"][side] <= PREFERRED[side - 2], told


def told_by(window: subprocess.Popen[str], word: str) -> dict[str, Any]:
    """What is said after that word; where it never comes, the process has ended."""
    assert window.stdin is not None and window.stdout is not None
    window.stdin.write(word + "\n")
    window.stdin.flush()
    return json.loads(window.stdout.readline())  # type: ignore[no-any-return]


@with_xrandr
def test_it_follows_a_screen_that_shrinks(tmp_path: Path) -> None:
    with desktop(tmp_path, 1366, 768) as screen, screen.started("changes", 1.25) as window:
        before = told_by(window, "open 150 20 950 560")
        check(before)
        screen.shrink(1024, 600)
        after = told_by(window, "the screen is small")
        assert after["screen"][2:] == [819, 480]
        check(after)
        assert told_by(window, "still")["frame"] == after["frame"]


@with_xrandr
def test_it_comes_back_from_a_screen_that_is_unplugged(tmp_path: Path) -> None:
    with desktop(tmp_path, 2732, 768) as screen:
        screen.command("xrandr", "--setmonitor", "left", "1366/361x768/203+0+0", "screen")
        screen.command("xrandr", "--setmonitor", "right", "1366/361x768/203+1366+0", "none")
        with screen.started("changes", 1.0) as window:
            before = told_by(window, "open 1500 100 1200 760")
            # With two screens, Qt does not tell where the bar is: some room is left for one.
            assert before["screen"] == before["room"] == [1366, 0, 1366, 768]
            assert inside(before["frame"], [1366, 0, 1366, 768 - BAR])
            assert before["seen"] == list(before["parts"])
            screen.command("xrandr", "--delmonitor", "right")
            screen.shrink(1366, 768)
            after = told_by(window, "unplugged")
            assert after["screen"] == [0, 0, 1366, 768]
            check(after)
