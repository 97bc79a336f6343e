"""Whether a server answers, and how large a file on it is; through the proxy that is set."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_SECONDS = 8.0
_TICK = 0.05
_AGENT = {"User-Agent": "gpu-setup-wizard"}

_T = TypeVar("_T")


def until_stopped(question: Callable[[], _T], cancelled: threading.Event | None) -> _T | None:
    """The answer to a question, or None as soon as somebody stops; its thread ends by itself.

    Looking up a name or opening a connection cannot be broken off.
    """
    answers: list[_T] = []
    thread = threading.Thread(
        target=lambda: answers.append(question()), name="question", daemon=True
    )
    thread.start()
    while thread.is_alive() and not (cancelled is not None and cancelled.is_set()):
        thread.join(_TICK)
    return answers[0] if answers else None


@dataclass(frozen=True)
class Answer:
    """How a server answered."""

    host: str
    reached: bool
    detail: str = ""
    """The system's words where it did not."""
    proxy: str = ""
    """The proxy that was asked, without its user and password."""


def ask_server(url: str, seconds: float | None = None) -> Answer:
    """Ask for a page's headers; any answer of the server itself is an answer."""
    host = urllib.parse.urlsplit(url).hostname or url
    proxy = _proxy_for(url, host)
    request = urllib.request.Request(url, method="HEAD", headers=_AGENT)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=seconds or _SECONDS):  # noqa: S310  (https or the user's)
            return Answer(host, True, "", proxy)
    except urllib.error.HTTPError as error:
        # 407: the proxy answered, not the server.
        reached = error.code != 407
        return Answer(host, reached, "" if reached else f"HTTP {error.code} {error.reason}", proxy)
    except urllib.error.URLError as error:
        reason = error.reason
        return Answer(host, False, str(reason) or type(reason).__name__, proxy)
    except (OSError, ssl.SSLError, socket.timeout, ValueError) as error:  # noqa: UP041
        return Answer(host, False, str(error) or type(error).__name__, proxy)


def size_of(url: str, seconds: float = _SECONDS) -> int | None:
    """Bytes of a file on a server or on this computer; None where that is not told."""
    parts = urllib.parse.urlsplit(url)
    try:
        if parts.scheme == "file":
            return Path(urllib.request.url2pathname(parts.path)).stat().st_size
        if parts.scheme not in ("http", "https"):
            return None
        request = urllib.request.Request(url, method="HEAD", headers=_AGENT)  # noqa: S310
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
            return int(answer.headers["Content-Length"])
    except (OSError, ValueError, TypeError):
        return None


def _proxy_for(url: str, host: str) -> str:
    if urllib.request.proxy_bypass(host):
        return ""
    proxy = urllib.request.getproxies().get(urllib.parse.urlsplit(url).scheme, "")
    parts = urllib.parse.urlsplit(proxy)
    # A proxy's address may hold a password; that is for nobody's screen.
    return proxy if not parts.hostname else f"{parts.hostname}:{parts.port or 80}"


def index_forbidden() -> bool:
    """Whether pip is told to ask no server at all."""
    return os.environ.get("PIP_NO_INDEX", "").lower() in ("1", "true", "yes", "on")
