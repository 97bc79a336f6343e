"""The look: colour tokens, the stylesheet made from them, light and dark."""

from __future__ import annotations

import sys
from typing import Literal, NamedTuple

from PySide6 import QtCore
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication

from wizard.paths import resource_folder
from wizard.widgets.tokens import fill_stylesheet, read_tokens

Scheme = Literal["light", "dark", "contrast"]
Preference = Literal["system", "light", "dark"]

# One spacing scale for every layout, in device-independent pixels.
XS, S, M, L, XL, XXL = 4, 8, 12, 16, 24, 36


class Theme(NamedTuple):
    scheme: Scheme
    colors: dict[str, str]
    radius: int

    def color(self, role: str) -> QColor:
        """The colour of a role of ``tokens.json``; a KeyError for a role that is not there."""
        return QColor(self.colors[role])


def load_theme(scheme: Literal["light", "dark"]) -> Theme:
    tokens = read_tokens()
    return Theme(scheme, tokens[scheme], tokens["radius"])


def contrast_theme(system: QPalette) -> Theme:
    """The high-contrast colours that the user chose in the system, and no others.

    Signs and words carry the states: there is one colour for text, one for what is chosen.
    """
    roles = QPalette.ColorRole
    ground, ink, chosen, on_chosen, link, grey = (
        system.color(group, role).name()
        for group, role in (
            (QPalette.ColorGroup.Active, roles.Window),
            (QPalette.ColorGroup.Active, roles.WindowText),
            (QPalette.ColorGroup.Active, roles.Highlight),
            (QPalette.ColorGroup.Active, roles.HighlightedText),
            (QPalette.ColorGroup.Active, roles.Link),
            (QPalette.ColorGroup.Disabled, roles.WindowText),
        )
    )
    light = load_theme("light")
    colors = dict.fromkeys(light.colors, ink)
    grounds = ("window", "card", "rail", "code", "code_button", "hover", "rail_hover")
    grounds += ("accent_soft", "good_soft", "warning_soft", "bad_soft", "rail_done")
    colors |= dict.fromkeys(grounds, ground)
    colors |= dict.fromkeys(("accent", "accent_hover", "rail_accent", "half_curve"), chosen)
    colors |= dict.fromkeys(("gpu_curve", "tf32_curve"), link)
    colors |= {"accent_text": on_chosen, "disabled": grey}
    return Theme("contrast", colors, light.radius)


class _Kept:
    """What is asked for once. Not `functools.cache`: to name it after Qt costs the start 0.3 ms."""

    hints: QStyleHints | None = None
    families: tuple[str, str] | None = None


def style_hints() -> QStyleHints:
    """The system's; kept, because its parts become unusable with the last name of it."""
    if _Kept.hints is None:
        _Kept.hints = QGuiApplication.styleHints()
    return _Kept.hints


def wants_contrast() -> bool:
    """Whether the system's high-contrast mode is on."""
    hints = style_hints().accessibility()
    return hints.contrastPreference() == QtCore.Qt.ContrastPreference.HighContrast


def system_scheme() -> Scheme:
    """What the system asks for."""
    if _current is None:
        # Before ours is set, the palette is the system's; asking for the scheme itself would make
        # all enums of the namespace `Qt` before the first page (15 ms).
        window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
        return "dark" if window.lightness() < 128 else "light"
    if wants_contrast():
        return "contrast"
    return "dark" if style_hints().colorScheme() == QtCore.Qt.ColorScheme.Dark else "light"


def resolve(preference: Preference) -> Scheme:
    return system_scheme() if preference == "system" else preference


_current: Theme | None = None


def current_theme() -> Theme:
    """The theme last applied; light before that."""
    return _current or load_theme("light")


def apply_theme(app: QApplication, scheme: Scheme) -> Theme:
    """Give the whole application this scheme."""
    theme = choose_theme(app, scheme)
    dress(app)
    return theme


def choose_theme(app: QApplication, scheme: Scheme) -> Theme:
    """Colours and font, for all that is made from here on; `dress` gives it the stylesheet."""
    global _current
    if scheme == "contrast":
        app.setPalette(QPalette())  # the system's own again, to be read
        theme = contrast_theme(app.palette())
    else:
        theme = load_theme(scheme)
    _current = theme
    app.setFont(text_font())
    app.setPalette(_palette(theme))
    return theme


def dress(app: QApplication) -> None:
    """Apply the stylesheet. A window that was made before is styled as a whole, which is faster."""
    app.setStyleSheet(_stylesheet(current_theme()))


def font_families() -> tuple[str, str]:
    """The system's own family for text, and its fixed-pitch one."""
    if _Kept.families is None:
        _Kept.families = _find_families()
    return _Kept.families


def _find_families() -> tuple[str, str]:
    text = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    if sys.platform.startswith("linux") and text.lower() in {
        "",
        "sans serif",
        "sans",
        "dejavu sans",
    }:
        # No desktop has chosen a font: take the best of what is installed.
        good = ("Inter", "Noto Sans", "Ubuntu", "Cantarell")
        text = next((family for family in good if QFontDatabase.hasFamily(family)), text)
    if sys.platform == "win32":
        mono = "Consolas"  # in every Windows; to ask for it makes Qt read all fonts (0.2 s)
    return text, mono


def mono_font(pixels: int = 13) -> QFont:
    font = QFont(font_families()[1])
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(pixels)
    return font


def text_font(pixels: int = 14, *, strong: bool = False) -> QFont:
    font = QFont(font_families()[0])
    font.setPixelSize(pixels)
    if strong:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def _stylesheet(theme: Theme) -> str:
    mono = font_families()[1]
    values = theme.colors | {
        "mono": f'"{mono}", "monospace"',
        "radius": f"{theme.radius}px",
        "icons": resource_folder("icons").as_posix(),
    }
    return fill_stylesheet(values)


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: "window",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "card",
        QPalette.ColorRole.AlternateBase: "window",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.Button: "card",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "accent_text",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.LinkVisited: "accent",
        QPalette.ColorRole.PlaceholderText: "muted",
        QPalette.ColorRole.ToolTipBase: "text",
        QPalette.ColorRole.ToolTipText: "window",
    }
    for role, token in roles.items():
        palette.setColor(role, theme.color(token))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, theme.color("disabled"))
    return palette
