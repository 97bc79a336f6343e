"""Is there a screen for the window? Asked before Qt, which ends the process where there is none."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

_TIME_LIMIT = 2.0
"""Seconds for an X server on another computer; one on this computer answers at once."""

#: ``:0``, ``:0.0``, ``host:10.0``, ``tcp/host:1``, ``unix:0`` (X(7), "Display names").
_DISPLAY = re.compile(r"(?:(?P<protocol>\w+)/)?(?P<host>[^/]*):(?P<number>\d{1,5})(?:\.\d+)?")
_X_SOCKETS = "/tmp/.X11-unix/X"  # noqa: S108  (where every X server of Linux listens)
_FIRST_X_PORT = 6000


def has_screen(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether one of the desktops that Qt would use on Linux answers.

    A platform that was asked for and needs no desktop (``offscreen``, ``minimal``, ``vnc``) counts
    as a screen.
    """
    asked = [each.split(":")[0] for each in environ.get("QT_QPA_PLATFORM", "").split(";")]
    wanted = [each for each in asked if each]
    if any(each != "xcb" and not each.startswith("wayland") for each in wanted):
        return True
    x_wanted = not wanted or "xcb" in wanted
    wayland_wanted = not wanted or any(each.startswith("wayland") for each in wanted)
    return (wayland_wanted and _wayland_answers(environ)) or (
        x_wanted and _x_answers(environ.get("DISPLAY", ""))
    )


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    if environ.get("WAYLAND_SOCKET"):
        return True  # an open connection, handed over by the desktop
    name, folder = environ.get("WAYLAND_DISPLAY", ""), environ.get("XDG_RUNTIME_DIR", "")
    if not name or not (folder or name.startswith("/")):
        return False
    return _connects(str(Path(folder, name)))


def _x_answers(display: str) -> bool:
    if display.startswith("/"):
        return _connects(display)
    found = _DISPLAY.fullmatch(display)
    if found is None:
        return False
    host, number = found["host"], int(found["number"])
    if host in ("", "unix") or found["protocol"] == "unix":
        path = f"{_X_SOCKETS}{number}"
        return _connects(path) or _connects(f"\0{path}")
    return _connects((host, _FIRST_X_PORT + number))


def _connects(address: str | tuple[str, int]) -> bool:
    import socket

    try:
        if not isinstance(address, str):
            socket.create_connection(address, _TIME_LIMIT).close()
            return True
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_TIME_LIMIT)
            connection.connect(address)
    except (OSError, ValueError, OverflowError):  # an address that no socket can have
        return False
    return True
