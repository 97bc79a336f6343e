"""The kinds of text that a report may hold; what is of no such kind does not get in.

A path keeps the folders that every computer has, a version its numbers, a product its name. Only
the program's own sentences stay sentences; of the values that stand in them, those of this computer
are exchanged for what the same value is elsewhere in the report, and the rest is cleaned.
"""

from __future__ import annotations

import re

from wizard.causes.anonymous import without_private
from wizard.links import known_hosts
from wizard.the_course import COURSE_ENVIRONMENT

_LONGEST_PRODUCT, _LONGEST_SENTENCE = 120, 2000
UNNAMED = "X"
"""In the place of a folder or a name that not every computer has."""
_FOLDERS = frozenset(
    {
        *(
            "miniforge3",
            "miniconda3",
            "anaconda3",
            "mambaforge",
            "micromamba",
            "conda",
            "conda.exe",
        ),
        *(
            "conda.bat",
            "condabin",
            "micromamba.exe",
            "envs",
            "pkgs",
            "bin",
            "scripts",
            "lib",
            "lib64",
        ),
        *(
            "python",
            "python.exe",
            "python3",
            "pythonw.exe",
            "site-packages",
            "torch",
            "torchvision",
        ),
        *(
            "__init__.py",
            "opt",
            "usr",
            "local",
            "share",
            "home",
            "users",
            "root",
            "mnt",
            "var",
            "tmp",
        ),
        *(
            "program files",
            "programdata",
            "appdata",
            "roaming",
            "programs",
            "windowsapps",
            "library",
        ),
        *(
            "frameworks",
            "python.framework",
            "versions",
            "homebrew",
            "cellar",
            ".venv",
            "venv",
            "env",
        ),
        *(
            ".conda",
            ".local",
            ".pyenv",
            "onedrive",
            "documents",
            "desktop",
            "c",
            COURSE_ENVIRONMENT,
        ),
    }
)
_DRIVE_OR_VERSION = re.compile(
    r"[A-Za-z]:|python\d{0,2}(?:\.\d{1,2})?(?:\.exe)?|\d(?:\.\d{1,2}){1,2}", re.I
)
_OF_USERS = frozenset({"home", "users"})
_CHANNELS = frozenset({"conda-forge", "defaults", "main", "pkgs/main", "pytorch", "nvidia", "pypi"})
_VERSION = re.compile(
    r"\d{1,8}(?:\.\d{1,8}){0,5}(?:\.?(?:a|b|rc|dev|post)\d{0,9})?"
    r"(?:\+(?:cpu|cu\d{2,4}|rocm[\d.]{1,8}|xpu|(?:git)?[0-9a-f]{7,40}(?:\.nv[\d.]{1,8})?)(?!\w))?"
)
_ERROR = re.compile(
    r"\b([A-Z][A-Za-z]{1,40}(?:Error|Exception|Interrupt))\b"
    r"(?::? (\[(?:WinError|Errno) \d{1,5}\]))?"
)
_MEASUREMENTS = frozenset({"matmul", "training", "out_of_memory", "measurement_failed"})
_EXIT = r"(?:0x)?[A-Z0-9_ -]{0,60}|signal \d{1,3}|0x[0-9A-F]{8} delay-loaded \w{3,8} not found"


class Allowed:
    """The kinds of text; ``names`` are words that may never stand in any."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._exchanged: dict[str, str] = {}

    def exchange(self, value: str | None, instead: str | None) -> None:
        """In sentences, say ``instead`` where this value of the computer stands."""
        if value and len(value) > 1 and instead is not None and value != instead:
            self._exchanged[value] = instead

    def sentence(self, text: str) -> str:
        """A sentence of the program's own."""
        if self._exchanged:  # all at once: what was put in is not looked at again
            longest_first = sorted(self._exchanged, key=len, reverse=True)
            values = "|".join(re.escape(value) for value in longest_first)
            text = re.sub(rf"(?<!\w)(?:{values})(?!\w)", lambda f: self._exchanged[f[0]], text)
        return without_private(text[:_LONGEST_SENTENCE], self._names)

    def product(self, text: str) -> str:
        """What a maker calls a part, or a system: letters, digits and few signs."""
        # Cleaned first: without its signs, no form would be recognised.
        kept = re.sub(
            r"[^\w ()®™@.,/+&'-]", "", without_private(text[:_LONGEST_PRODUCT], self._names)
        )
        return " ".join(kept.split())

    def version(self, text: str) -> str | None:
        """Numbers with dots, and where a build says it, what for: ``2.13.0+cu130``."""
        found = _VERSION.match(text)
        return found[0] if found else None

    def name(self, text: str) -> str:
        """What an environment is called, where that is one plain word and nobody's name."""
        plain = re.fullmatch(r"\.?[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", text)
        return text if plain and self._is_clean(text) else UNNAMED

    def path(self, text: str) -> str:
        """A path by the folders that every computer has; the others are `UNNAMED`."""
        parts = re.split(r"([\\/]+)", text)
        before = ""
        for place in range(0, len(parts), 2):
            part = parts[place].lower()
            known = part in _FOLDERS or _DRIVE_OR_VERSION.fullmatch(part)
            if part and before in _OF_USERS:
                parts[place] = "USER"
            elif part and not known:
                parts[place] = UNNAMED
            before = part
        return "".join(parts)

    def channel(self, text: str) -> str:
        """A public channel; a private one can hold a token."""
        return text if text in _CHANNELS else UNNAMED

    def _is_clean(self, text: str) -> bool:
        return without_private(text, self._names) == text


def code(text: str) -> str:
    """A word of the program's own."""
    plain = re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", text)
    return text if plain and without_private(text, ()) == text else "other"


def device(text: str) -> str:
    """``cpu``, ``cuda:0``."""
    return text if re.fullmatch(r"(?:cpu|cuda|mps|xpu|hip)(?::\d{1,3})?", text) else "other"


def number_format(text: str) -> str:
    """``float32``, ``bfloat16``, ``tf32``."""
    return text if re.fullmatch(r"(?:b?float|tf|u?int)\d{1,3}", text) else "other"


def measurement(text: str) -> str:
    """What a benchmark measured, or why it did not."""
    return text if text in _MEASUREMENTS else "other"


def kernel(text: str) -> str:
    """What a build was compiled for: ``sm_90``, ``compute_120``, ``gfx1100``."""
    return text if re.fullmatch(r"(?:sm|compute)_\d{2,3}[af]?|gfx[0-9a-f]{3,5}", text) else "other"


def exit_name(text: str) -> str:
    """How a process ended: ``SIGSEGV``, ``0xC0000005 ACCESS_VIOLATION``."""
    return text if re.fullmatch(_EXIT, text) else ""


def link(text: str) -> str:
    """A page of a host that the program itself names."""
    found = re.fullmatch(r"https://([a-z0-9.-]{1,100})(?:[/#][\w./#%~?=&+-]{0,200})?", text)
    return text if found and found[1] in known_hosts() else ""


def kind_of_error(text: str) -> str:
    """Of what another program said: the name of the error and its number."""
    found = _ERROR.search(text)
    return " ".join(filter(None, found.groups())) if found else ""
