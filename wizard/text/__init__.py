"""The one translation mechanism: gettext catalogs, with the English sentence as the key.

Everything a user reads goes through ``_`` (or ``ngettext``) at the moment it is shown, so that a
change of language needs no restart. No Qt here: the command line uses the same catalogs.
"""

from __future__ import annotations

import gettext as _gettext
import os
import sys
from functools import cache
from pathlib import Path

from wizard.paths import resource_folder

COMPLETE = "wizard.mo"
FIRST = "first.mo"
"""What the first page says, taken out of the complete catalog: that takes 2 ms to be read."""

#: Code to the language's own name, the course's language first.
LANGUAGES: dict[str, str] = {
    "az": "Azərbaycanca",
    "en": "English",
    "tr": "Türkçe",
    "ru": "Русский",
}

_COMMA_DECIMALS = frozenset({"az", "ru", "tr"})


class _Current:
    """What this process speaks."""

    def __init__(self) -> None:
        self.language = "en"
        self.translations = _gettext.NullTranslations()


_current = _Current()


def set_language(code: str) -> None:
    """Use this language from now on; an unknown code means English."""
    _current.language = code if code in LANGUAGES else "en"
    if _current.language == "en":
        _current.translations = _gettext.NullTranslations()
    else:
        folder = resource_folder("translations") / _current.language / "LC_MESSAGES"
        _current.translations = _catalogs(folder)


class _Later(_gettext.NullTranslations):
    """A catalog that is read when the first message is looked for in it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def gettext(self, message: str) -> str:
        return _catalog(self._file).gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _catalog(self._file).ngettext(msgid1, msgid2, n)


@cache
def _catalogs(folder: Path) -> _gettext.NullTranslations:
    first = _catalog(folder / FIRST)
    first.add_fallback(_Later(folder / COMPLETE))
    return first


@cache
def _catalog(file: Path) -> _gettext.NullTranslations:
    """By its path: gettext's own search loads `locale`, which the first page does not need."""
    try:
        with file.open("rb") as opened:
            return _gettext.GNUTranslations(opened)
    except Exception:
        # A damaged catalog fails in ways of its own; English is better than no wizard.
        return _gettext.NullTranslations()


def language() -> str:
    """The code of the language in use."""
    return _current.language


def system_language() -> str:
    """The language the operating system asks for, where the wizard has it; otherwise English.

    ``GPU_WIZARD_LANGUAGE`` outranks the system (for labs and scripts).
    """
    names = ("GPU_WIZARD_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    candidates = [os.environ.get(name, "") for name in names]
    if sys.platform == "win32":
        candidates.insert(1, _windows_language())
    # LANGUAGE may be a list, the best first: ``az_AZ:tr:en``.
    for candidate in ":".join(candidates).split(":"):
        code = candidate.replace("-", "_").split("_")[0].split(".")[0].lower()
        if code in LANGUAGES:
            return code
    return "en"


def _windows_language() -> str:
    """Windows' display language, such as ``az_Latn_AZ``: the C runtime's locale is only "C"."""
    import ctypes
    import locale

    windll = getattr(ctypes, "windll")  # noqa: B009  (absent on other systems' type stubs)
    return locale.windows_locale.get(windll.kernel32.GetUserDefaultUILanguage(), "")


def _(message: str) -> str:
    """The message in the language in use."""
    return _current.translations.gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The right plural form for ``count`` in the language in use."""
    return _current.translations.ngettext(singular, plural, count)


def from_data(message: str) -> str:
    """The translation of a message that stands in the program's data, not in its code."""
    return _(message)


def number(value: float, digits: int = 0) -> str:
    """A figure with the language's decimal sign and ``digits`` places."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if _current.language in _COMMA_DECIMALS else text


def grouped(value: int) -> str:
    """A whole number in groups of three, with a space as most of these languages write it."""
    return f"{value:,}" if _current.language == "en" else f"{value:,}".replace(",", "\u00a0")


def significant(value: float) -> str:
    """A figure with two significant digits at least and no false precision: 41, 4.1, 0.10."""
    magnitude = abs(value)
    return number(value, 0 if magnitude >= 10 else 1 if magnitude >= 1 else 2)


def speed(gflops: float) -> str:
    """A speed in GFLOP/s, or in TFLOP/s from a thousand on."""
    words, value = _("{value} GFLOP/s"), gflops
    if gflops >= 1000:
        words, value = _("{value} TFLOP/s"), gflops / 1000
    return words.format(value=significant(value))


def gib(value: float) -> str:
    """A size in GB, as a shop would write it."""
    return _("{size} GB").format(size=number(value, 0 if value >= 100 else 1))


def disk(value: float) -> str:
    """GiB of room in GB of a thousand MB each, as downloads and what they need are told."""
    return gib(value * 2**30 / 10**9)
