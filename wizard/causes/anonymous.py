"""A text without what is private: names of people and computers, addresses, keys, serials."""

from __future__ import annotations

import contextlib
import getpass
import re
import socket
from collections.abc import Iterable

from wizard.paths import NOWHERE, home_folder

# Every pattern begins with a literal or a bounded run: no text makes one slow.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"(?i)(\b[a-z]:[\\/]{1,4}(?:users|documents and settings)[\\/]{1,4})"
            r"[^\\/\r\n\"'<>|:*?]{1,64}"
        ),
        r"\1USER",
    ),
    (re.compile(r"(/(?:home|Users)/)[^/\s\"':]{1,64}"), r"\1USER"),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{1,15}://)[^/\s@\"']{1,200}@"), r"\1"),
    (
        re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"),
        "NAME@EXAMPLE",
    ),
    (re.compile(r"(?i)\b(GPU|MIG)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), r"\1-UUID"),
    (
        re.compile(r"\b(?:hf|ghp|gho|github_pat|sk|pk|glpat|xox[abp])[_-][A-Za-z0-9_-]{16,255}"),
        "KEY",
    ),
    (re.compile(r"(/t/)[a-z]{2}-[0-9a-f-]{36}"), r"\1TOKEN"),
    (
        re.compile(
            r"(?i)((?:api[_-]?key|token|password|passwd|secret)[\"']?\s{0,3}[=:]\s{0,3}[\"']?)[^\s\"',;]{4,200}"
        ),
        r"\1HIDDEN",
    ),
    (re.compile(r"\b(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?=:\d{2,5}\b)"), "IP"),
    (re.compile(r"\b(?:10|172|192)\.\d{1,3}\.\d{1,3}\.\d{1,3}\b"), "IP"),
    (re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"), "MAC"),
    (re.compile(r"(?i)(\bserial (?:number|no\.?)\s{0,20}:\s{0,20})\S{3,64}"), r"\1HIDDEN"),
)
_SHORTEST_NAME = 3
_OF_USERS = frozenset({"home", "users"})
"""Folders of all homes: of a path in them, a pattern takes out the name alone."""
_COMMON = frozenset(
    {"root", "user", "users", "admin", "administrator", "student", "localhost", "home"}
)


def without_private(text: str, names: Iterable[str] | None = None) -> str:
    """The text with private parts replaced; ``names`` are further words (None: user and host)."""
    # The names first: a pattern would leave the second half of a name such as O'Brien.
    for name in own_names() if names is None else names:
        if len(name) >= _SHORTEST_NAME and name.lower() not in _COMMON:
            text = re.sub(rf"(?i)(?<![\w.]){re.escape(name)}(?!\w)", "USER", text)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def own_names() -> tuple[str, ...]:
    """The user's and the computer's own name, and the home folder, wherever it is."""
    found: list[str] = []
    with contextlib.suppress(KeyError, OSError, ImportError):  # not in the system's list of users
        found.append(getpass.getuser())
    host, home = socket.gethostname(), home_folder()
    elsewhere = home.parent.name.lower() not in _OF_USERS
    if elsewhere and home.name.lower() not in _COMMON and home != NOWHERE:
        found.append(str(home))
    return tuple(name for name in (*found, host, host.partition(".")[0]) if name)
