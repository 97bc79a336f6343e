"""The libraries of a Linux system that Qt's wheels expect; other systems bring them along."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from messages import SetupError, say

# What `objdump -p` names as needed by Qt's own libraries and plugins, and Debian's package of it.
_ALWAYS = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libzstd.so.1": "libzstd1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfreetype.so.6": "libfreetype6",
    "libfontconfig.so.1": "libfontconfig1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
}
_X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
# Programs of an X screen that nobody sees, its window manager, and what changes its size.
_DESKTOP = {"Xvfb": "xvfb", "openbox": "openbox", "xrandr": "x11-xserver-utils"}
_FONT_PACKAGE = "fonts-dejavu-core"


def ensure(*, screen: bool) -> None:
    """See that Qt can start here; as root on Debian or Ubuntu, install what is missing.

    Args:
        screen: a window will be shown; otherwise Qt draws into memory.

    Raises:
        SetupError: something is missing; the message names it and the command that installs it.
    """
    if not sys.platform.startswith("linux"):
        return
    missing, font = _missing(screen)
    if (missing or font) and apt_install([*missing.values(), *([_FONT_PACKAGE] if font else [])]):
        missing, font = _missing(screen)
    if missing or font:
        raise SetupError(_advice(missing, font))


def ensure_test_programs() -> None:
    """A Chromium for the tests that look at pages, and a desktop for those that look at the window.

    They are skipped where there is none.
    """
    if not sys.platform.startswith("linux"):
        return
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser")):
        apt_install(["chromium"])
    wanted = {name: package for name, package in _DESKTOP.items() if not shutil.which(name)}
    wanted |= {name: package for name, package in _X11.items() if not _loads(name)}
    if wanted:
        apt_install(list(wanted.values()))


def check_display() -> None:
    """See that there is a screen.

    Raises:
        SetupError: there is no screen on which a window could be shown.
    """
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in names):
        raise SetupError(
            "The wizard is a window, and here is no screen to show it on (neither DISPLAY nor "
            "WAYLAND_DISPLAY is set).\n"
            "Start it on a desktop, or over SSH with `ssh -X`. Without a screen, these answer in "
            "the terminal:\n"
            "    python3 packaging/dev.py run detect\n"
            "    python3 packaging/dev.py run check"
        )


def _missing(screen: bool) -> tuple[dict[str, str], bool]:
    """Libraries that do not load with their packages, and whether there is no font at all."""
    wanted = dict(_ALWAYS)
    if screen and not os.environ.get("WAYLAND_DISPLAY") and not os.environ.get("QT_QPA_PLATFORM"):
        wanted.update(_X11)
    libraries = {name: package for name, package in wanted.items() if not _loads(name)}
    return libraries, not _has_font()


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_font() -> bool:
    home = Path.home()
    folders = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/run/current-system/sw/share/X11/fonts",
    ]
    for folder in (*map(Path, folders), home / ".local/share/fonts", home / ".fonts"):
        for _, _, files in os.walk(folder):
            if any(name.lower().endswith((".ttf", ".otf", ".ttc", ".pfb")) for name in files):
                return True
    return False


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages where that can be done without asking: as root, with apt-get."""
    if not _is_root() or shutil.which("apt-get") is None:
        return False
    say("Installing system packages: " + " ".join(packages))
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install):
        done = subprocess.run(command, stdout=sys.stderr, env=environment, check=False)
    return done.returncode == 0


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _advice(missing: dict[str, str], font: bool) -> str:
    lines = []
    if missing:
        lines.append("Qt, which draws the window, needs libraries that this system lacks:")
        lines.append("    " + " ".join(missing))
    if font:
        lines.append("There is no font to write with.")
    command = _install_command(missing, font)
    lines.append("Install them" + (f":\n    {command}" if command else " and start again."))
    return "\n".join(lines)


def _install_command(missing: dict[str, str], font: bool) -> str | None:
    sudo = [] if _is_root() else ["sudo"]
    if shutil.which("apt-get"):
        packages = [*missing.values(), *([_FONT_PACKAGE] if font else [])]
        return _spell([*sudo, "apt-get", "install", *packages])
    for manager in ("dnf", "zypper"):
        if shutil.which(manager):  # RPM finds a package by the library it carries
            libraries = [f"{name}()(64bit)" for name in missing]
            fonts = ["dejavu-sans-fonts" if manager == "dnf" else "dejavu-fonts"] if font else []
            return _spell([*sudo, manager, "install", *libraries, *fonts])
    return None


def _spell(command: Iterable[str]) -> str:
    return shlex.join(command)
