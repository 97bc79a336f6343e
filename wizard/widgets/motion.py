"""Whether the system asks for less motion; then nothing turns or slides, states only change."""

from __future__ import annotations

import configparser
import plistlib
import sys
from functools import lru_cache
from pathlib import Path

from wizard.paths import home_folder

_GET_CLIENT_AREA_ANIMATION = 0x1042
"""SPI_GETCLIENTAREAANIMATION (Windows: *Animation effects* in the settings of accessibility)."""


@lru_cache(maxsize=1)
def reduced() -> bool:
    """Asked once: a change counts from the next start on."""
    if sys.platform == "win32":
        return _reduced_on_windows()
    if sys.platform == "darwin":
        return _reduced_on_macos(home_folder())
    return _reduced_on_linux(home_folder())


class _Motion:
    still = False


def stand_still(*, still: bool = True) -> None:
    """From now on nothing moves: a picture has to be the same every time."""
    _Motion.still = still


def moves() -> bool:
    """Whether what is busy may turn."""
    return not (_Motion.still or reduced())


def _reduced_on_windows() -> bool:
    import ctypes

    animated = ctypes.c_int(1)
    windll = getattr(ctypes, "windll")  # noqa: B009  (absent on other systems' type stubs)
    asked = windll.user32.SystemParametersInfoW(
        _GET_CLIENT_AREA_ANIMATION, 0, ctypes.byref(animated), 0
    )
    return bool(asked) and not animated.value


def _reduced_on_macos(home: Path) -> bool:
    file = home / "Library" / "Preferences" / "com.apple.universalaccess.plist"
    try:
        return plistlib.loads(file.read_bytes()).get("reduceMotion") in (True, 1)
    except (OSError, ValueError, AttributeError, plistlib.InvalidFileException):
        return False


def _reduced_on_linux(home: Path) -> bool:
    """GNOME and KDE both write the choice for GTK programs into this file."""
    for version in ("gtk-4.0", "gtk-3.0"):
        settings = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            settings.read(home / ".config" / version / "settings.ini", "utf-8")
            told = settings.get("Settings", "gtk-enable-animations", fallback="1")
        except (configparser.Error, UnicodeError):
            continue
        if told.strip().lower() in ("0", "false"):
            return True
    return False
