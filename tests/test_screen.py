"""Asking for the screen before Qt does, with real sockets."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.screen import has_screen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have a screen")


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "wayland-7"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield path


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "vnc:size=9x9", "xcb;offscreen"])
def test_a_platform_without_a_desktop_is_a_screen(platform: str) -> None:
    assert has_screen({"QT_QPA_PLATFORM": platform})


def test_nothing_set_is_no_screen() -> None:
    assert not has_screen({})
    assert not has_screen({"QT_QPA_PLATFORM": "xcb"})


@pytest.mark.parametrize(
    "display",
    [":4711", ":4711.0", "unix:4711", "x", ":", "host.invalid:99999", "/no/such", "a\0:1"],
)
def test_a_display_that_nobody_answers(display: str) -> None:
    assert not has_screen({"DISPLAY": display})


def test_wayland(listening: Path) -> None:
    here = {"XDG_RUNTIME_DIR": str(listening.parent), "WAYLAND_DISPLAY": listening.name}
    assert has_screen(here)
    assert has_screen({"WAYLAND_DISPLAY": str(listening)})
    assert has_screen({**here, "QT_QPA_PLATFORM": "wayland-egl"})
    assert not has_screen({**here, "QT_QPA_PLATFORM": "xcb"})
    assert not has_screen({"WAYLAND_DISPLAY": listening.name}), "nobody knows the folder"


def test_a_socket_whose_desktop_has_gone(tmp_path: Path) -> None:
    path = tmp_path / "wayland-0"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    assert path.exists() and not has_screen({"WAYLAND_DISPLAY": str(path)})


def test_a_display_on_another_computer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1] - 6000
        assert has_screen({"DISPLAY": f"127.0.0.1:{number}.0"})
        assert has_screen({"DISPLAY": f"tcp/localhost:{number}"})


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is no X server to start")
def test_a_real_x_server() -> None:
    number = 4712
    with subprocess.Popen(
        ["Xvfb", f":{number}", "-screen", "0", "640x480x24"], stderr=subprocess.DEVNULL
    ) as server:
        try:
            until = time.monotonic() + 60
            while not has_screen({"DISPLAY": f":{number}"}) and time.monotonic() < until:
                time.sleep(0.05)
            assert has_screen({"DISPLAY": f":{number}.0"})
            assert not has_screen({"DISPLAY": f":{number + 1}"})
        finally:
            server.terminate()
