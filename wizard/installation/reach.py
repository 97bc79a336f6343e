"""Whether a server answers, and how large a file on it is; through the proxy that is set."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from wizard.detection.condarc import Place, Settings

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
    proxy_place: Place | None = None
    """Where conda's settings name that proxy; None for one of the environment or the system."""


def ask_server(url: str, seconds: float | None = None, settings: Settings | None = None) -> Answer:
    """Ask for a page's headers; any answer of the server itself is an answer.

    With ``settings``, it is asked through the proxy that conda would use.
    """
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or url
    chosen = None if settings is None else settings.proxy_for(parts.scheme, host)
    request = urllib.request.Request(url, method="HEAD", headers=_AGENT)  # noqa: S310
    answer = Answer(host, False, "", _proxy_for(url, host))
    opener = urllib.request.build_opener()
    try:
        if chosen is not None:
            answer = Answer(host, False, "", without_password(chosen[0]), chosen[1])
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            _send_through(request, chosen[0])
        with opener.open(request, timeout=seconds or _SECONDS):
            return replace(answer, reached=True)
    except urllib.error.HTTPError as error:
        # 407: the proxy answered, not the server.
        reached = error.code != 407
        detail = "" if reached else f"HTTP {error.code} {error.reason}"
        return replace(answer, reached=reached, detail=detail)
    except urllib.error.URLError as error:
        return replace(answer, detail=str(error.reason) or type(error.reason).__name__)
    except (OSError, ssl.SSLError, socket.timeout, ValueError) as error:  # noqa: UP041
        return replace(answer, detail=str(error) or type(error).__name__)


def _send_through(request: urllib.request.Request, address: str) -> None:
    """Whatever NO_PROXY says: conda does not ask it about the proxies of its own settings.

    Raises:
        ValueError: the address has a port that is no number.
    """
    parts = _parts_of(address)
    if parts.username is not None:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        token = base64.b64encode(words.encode()).decode("ascii")
        request.add_header("Proxy-Authorization", f"Basic {token}")
    request.set_proxy(without_password(address), parts.scheme)


def _parts_of(address: str) -> urllib.parse.SplitResult:
    return urllib.parse.urlsplit(address if "://" in address else f"http://{address}")


def without_password(address: str) -> str:
    """Host and port of a proxy; its user and password are for nobody's screen.

    Raises:
        ValueError: the address has a port that is no number.
    """
    parts = _parts_of(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


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
    try:
        return without_password(proxy) if proxy else ""
    except ValueError:
        return _parts_of(proxy).hostname or ""


def index_forbidden() -> bool:
    """Whether pip is told to ask no server at all."""
    return os.environ.get("PIP_NO_INDEX", "").lower() in ("1", "true", "yes", "on")


def usual_proxy() -> tuple[str, str]:
    """The proxy of the environment or the system, and the variable that names it.

    Both are empty where there is none; the variable, where the system's settings name it.
    """
    found = urllib.request.getproxies()
    address = found.get("https") or found.get("all") or ""
    names = [name for name in os.environ if name.lower() in ("https_proxy", "all_proxy")]
    try:
        return (without_password(address) if address else ""), min(names, default="")
    except ValueError:
        return _parts_of(address).hostname or "?", min(names, default="")
