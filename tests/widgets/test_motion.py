"""Less motion where the system asks for it, and the system's own high contrast."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from wizard.widgets import motion, theme
from wizard.widgets.sign import Sign


@pytest.mark.parametrize(
    ("words", "reduced"),
    [
        ("[Settings]\ngtk-enable-animations=0\n", True),
        ("[Settings]\ngtk-enable-animations=false\n", True),
        ("[Settings]\ngtk-enable-animations=1\n", False),
        ("[Settings]\ngtk-theme-name=%(broken\n", False),
        ("no ini file at all", False),
        ("", False),
    ],
)
def test_linux_is_asked_through_gtks_settings(tmp_path: Path, words: str, reduced: bool) -> None:
    file = tmp_path / ".config" / "gtk-3.0" / "settings.ini"
    file.parent.mkdir(parents=True)
    file.write_text(words, "utf-8")
    assert motion._reduced_on_linux(tmp_path) is reduced  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("reduced", [True, False])
def test_macos_is_asked_through_its_file(tmp_path: Path, reduced: bool) -> None:
    file = tmp_path / "Library" / "Preferences" / "com.apple.universalaccess.plist"
    file.parent.mkdir(parents=True)
    file.write_bytes(plistlib.dumps({"reduceMotion": reduced}))
    assert motion._reduced_on_macos(tmp_path) is reduced  # pyright: ignore[reportPrivateUsage]
    file.write_bytes(b"bplist00 cut")
    assert not motion._reduced_on_macos(tmp_path)  # pyright: ignore[reportPrivateUsage]


def test_a_busy_sign_stands_still_where_less_motion_is_asked_for(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motion, "reduced", lambda: True)
    assert Sign("busy")._timer is None  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(motion, "reduced", lambda: False)
    sign = Sign("busy")
    assert sign._timer is not None  # pyright: ignore[reportPrivateUsage]
    sign.set_kind("good")


def test_high_contrast_has_the_systems_colours_and_no_others() -> None:
    system = QPalette()
    wanted = {
        QPalette.ColorRole.Window: "#000000",
        QPalette.ColorRole.WindowText: "#ffffff",
        QPalette.ColorRole.Highlight: "#1aebff",
        QPalette.ColorRole.HighlightedText: "#000000",
        QPalette.ColorRole.Link: "#ffff00",
    }
    for role, color in wanted.items():
        system.setColor(QPalette.ColorGroup.All, role, QColor(color))
    system.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, QColor("#3ff23f"))
    made = theme.contrast_theme(system)
    assert set(made.colors.values()) <= {*wanted.values(), "#3ff23f"}
    assert made.colors.keys() == theme.load_theme("light").colors.keys()
    assert made.colors["card"] == "#000000" and made.colors["bad"] == "#ffffff"


def test_the_systems_high_contrast_is_followed(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme.apply_theme(qapp, "light")
    monkeypatch.setattr(theme, "wants_contrast", lambda: True)
    assert theme.resolve("system") == "contrast"
    assert theme.resolve("dark") == "dark", "what the user chose in the wizard counts"
    made = theme.apply_theme(qapp, "contrast")
    assert made.colors["card"] in qapp.styleSheet()
    monkeypatch.undo()
    theme.apply_theme(qapp, "light")
