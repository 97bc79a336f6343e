"""A text without what is private: names of people and computers, addresses, keys, serials."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
import socket
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

from wizard.causes.places import PLACES, SEPARATOR
from wizard.causes.secret_forms import SECRETS
from wizard.paths import NOWHERE, home_folder

_SHORTEST_NAME, _SHORTEST_PART = 3, 5
"""Letters of a name that is looked for as a word, and within other words (``xaysely``)."""
_WORD = r"[\w.\u0300-\u036f-]"
"""What belongs to the word that a name stands in: a surname, a file's ending, NFD's accents."""
_OF_USERS = frozenset({"home", "users"})
"""Folders of all homes: of a path in them, a pattern takes out the name alone."""
_COMMON = frozenset(
    {
        *("root", "user", "users", "admin", "administrator", "student", "guest", "home", "public"),
        *("localhost", "workgroup", "ubuntu", "debian", "fedora", "linux", "windows", "nvidia"),
        *("jovyan", "colab", "runner", "vagrant", "python", "conda", "torch", "pytorch", "cuda"),
        *(
            "pip",
            "gpu",
            "cpu",
            "amd",
            "intel",
            "rtx",
            "geforce",
            "driver",
            "install",
            "envs",
            "llm",
        ),
        *("desktop", "laptop", "server", "workstation", "computer", "error", "test", "data"),
    }
)
"""Names that images and installers give, and words of every command: they name nobody."""
#: How a terminal with a wrong code page shows UTF-8.
_WRONG_PAGES = ("latin-1", "cp1251", "cp1252", "cp1254", "cp866", "cp857", "cp437")


def without_private(text: str, names: Iterable[str] | None = None) -> str:
    """The text with private parts replaced; ``names`` are further words (None: `own_names`)."""
    # Keys first: a name can be a part of one, or of the word that marks one.
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    for pattern in _patterns_of(tuple(own_names() if names is None else names)):
        text = pattern.sub("USER", text)
    for pattern, instead in PLACES:
        text = pattern.sub(instead, text)
    return text


def own_names() -> tuple[str, ...]:
    """What the user and this computer are called, and the home folder, wherever it is."""
    found: list[str] = []
    with contextlib.suppress(KeyError, OSError, ImportError):  # not in the system's list of users
        found.append(getpass.getuser())
    found += _full_name()
    found += [os.environ.get(name, "") for name in ("USERDOMAIN", "COMPUTERNAME")]
    host, home = socket.gethostname(), home_folder()
    if home != NOWHERE and not _is_common(home.name):
        own = home.parent.name.lower() in _OF_USERS  # else the name can be any word: /mnt/data
        found.append(home.name if own else str(home))
    found += [host, host.partition(".")[0]]
    # A folder or an environment is often called by the first name alone.
    found += [part for name in found if not re.search(r"[\\/]", name) for part in _parts(name)]
    return tuple(dict.fromkeys(name for name in found if name))


def _parts(name: str) -> list[str]:
    """The words of a name, where it has several."""
    parts = name.split()
    return [part for part in parts if len(part) >= _SHORTEST_PART] if len(parts) > 1 else []


def _full_name() -> list[str]:
    """What the system calls the user beside the short name."""
    if sys.platform == "win32":
        return []
    import pwd

    try:
        whole = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0]
    except (KeyError, OSError):
        return []
    return [whole] if any(len(part) >= _SHORTEST_PART for part in whole.split()) else []


def _is_common(name: str) -> bool:
    return len(name) < _SHORTEST_NAME or name.lower() in _COMMON


@lru_cache(maxsize=8)
def _patterns_of(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """The longest first: a home before the name in it."""
    known = sorted({name for name in names if not _is_common(name)}, key=lambda name: -len(name))
    return tuple(_pattern(name) for name in known)


def _pattern(name: str) -> re.Pattern[str]:
    if re.search(r"[\\/]", name):  # a folder: with any separators, and whatever its parts became
        parts = [part for part in re.split(r"[\\/]+", name) if part]
        spelled = SEPARATOR.join("(?:" + "|".join(_spellings(part)) + ")" for part in parts)
        return re.compile(rf"(?i)(?:\b[a-z](?::|%3A))?{SEPARATOR}{spelled}")
    spelled = "(?:" + "|".join(_spellings(name)) + ")"
    if len(name) < _SHORTEST_PART:
        spelled = rf"(?<![^\W\d_]){spelled}(?![^\W\d_])"
    return re.compile(rf"(?i){_WORD}{{0,64}}?{spelled}{_WORD}{{0,64}}")


def _spellings(name: str) -> list[str]:
    """As patterns: composed and decomposed, escaped for an address, JSON or Python, misread."""
    found: set[str] = set()
    composed = unicodedata.normalize("NFC", name)
    for cased in {name, composed, composed.upper(), composed.lower(), composed.casefold()}:
        for form in ("NFC", "NFD"):
            word = unicodedata.normalize(form, cased)
            data = word.encode("utf-8", "surrogatepass")
            found |= {word, quote(data), quote(data, safe=" "), quote(quote(data))}
            found |= {json.dumps(word)[1:-1], word.encode("ascii", "backslashreplace").decode()}
            found.add("".join(_byte(byte) for byte in data))
            found |= {data.decode(page, "replace") for page in _WRONG_PAGES if not word.isascii()}
    return sorted((re.escape(word) for word in found), key=lambda word: (-len(word), word))


def _byte(byte: int) -> str:
    return chr(byte) if byte < 0x80 else f"\\x{byte:02x}"
