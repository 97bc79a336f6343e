"""Newer facts, on consent: fetched, checked, and laid into the user data folder."""

from __future__ import annotations

import http.client
import os
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from wizard import __version__
from wizard.catalog.folder import (
    SIGNED_FILE,
    facts_address,
    facts_in_use,
    facts_key,
    facts_place,
    newest_facts,
)
from wizard.catalog.signed import MOST_BYTES, FactsError, FactSet, open_signed, unusable
from wizard.files import read_bounded
from wizard.paths import resource_folder
from wizard.text import _

_ANSWER_SECONDS = 15.0
_WHOLE_SECONDS = 120.0
_PIECE = 64 * 1024
_THIS_COMPUTER = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Update:
    """How asking for newer facts ended."""

    date: date
    sequence: int
    changed: bool
    """False: those that are here are as new."""


def update(source: str | None = None, cancelled: Callable[[], bool] = lambda: False) -> Update:
    """Take newer facts from a file or an address, or from the address that was built in.

    They count from the next start on: what was read in this process stays as it is.

    Raises:
        FactsError: they were not taken; what is here stays.
    """
    key, address = facts_key(), source or facts_address()
    if key is None or address is None:
        raise FactsError(_("This copy of the wizard has no address for newer facts."), "call")
    facts_in_use()  # settled before there are others
    data = _fetched(address, cancelled) if "://" in address else _read(Path(address))
    found = open_signed(data, key)
    here = newest_facts().sequence
    if found.sequence < here:
        raise FactsError(
            _("These facts of {date} are older than those that the wizard has.").format(
                date=found.date.isoformat()
            ),
            "refused",
        )
    if found.sequence == here:
        return Update(found.date, found.sequence, changed=False)
    if cancelled():
        raise _stopped()
    _lay_down(found, data)
    return Update(found.date, found.sequence, changed=True)


# Getting the file --------------------------------------------------------------------------------


def _read(path: Path) -> bytes:
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise _too_large()
        return read_bounded(path, MOST_BYTES)
    except OSError as error:
        raise FactsError(f"{path}: {error.strerror or error}", "call") from error


class _SameServer(urllib.request.HTTPRedirectHandler):
    """Follows a server to another page of its own, never to another server."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = (urllib.parse.urlsplit(url) for url in (req.full_url, newurl))
        fp.close()
        if (old.scheme, old.netloc) != (new.scheme, new.netloc):
            raise FactsError(
                _("{host} sends the wizard on to {other}. It does not go there.").format(
                    host=old.netloc, other=new.netloc
                ),
                "refused",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetched(address: str, cancelled: Callable[[], bool]) -> bytes:
    """The bytes at an address: through the proxy that is set, within bounds of size and time."""
    try:
        parts = urllib.parse.urlsplit(address)
    except ValueError:
        parts = urllib.parse.urlsplit("")
    own = parts.scheme == "http" and parts.hostname in _THIS_COMPUTER  # a test's or a lab's
    if not parts.hostname or not (own or parts.scheme == "https"):
        raise FactsError(
            _("{address}: an address for facts begins with https://").format(address=address),
            "call",
        )
    agent = {"User-Agent": f"gpu-setup-wizard/{__version__}"}
    request = urllib.request.Request(address, headers=agent)  # noqa: S310  (see above)
    opener = urllib.request.build_opener(_SameServer)
    host = parts.netloc.rpartition("@")[2]
    try:
        with opener.open(request, timeout=_ANSWER_SECONDS) as answer:
            return _body(answer, host, cancelled)
    except urllib.error.HTTPError as error:
        error.close()
        said = f"HTTP {error.code} {error.reason}"
    except urllib.error.URLError as error:
        said = str(error.reason) or type(error.reason).__name__
    except (OSError, ValueError, http.client.HTTPException) as error:
        said = str(error) or type(error).__name__
    raise FactsError(
        _("No facts came from {host}: {reason}").format(host=host, reason=said), "failed"
    )


def _body(answer: http.client.HTTPResponse, host: str, cancelled: Callable[[], bool]) -> bytes:
    length = answer.headers.get("Content-Length", "")
    announced = int(length) if length.isdecimal() else None
    if announced is not None and announced > MOST_BYTES:
        raise _too_large()
    end = time.monotonic() + _WHOLE_SECONDS
    data = bytearray()
    while piece := answer.read1(_PIECE):
        data += piece
        if len(data) > MOST_BYTES:
            raise _too_large()
        if cancelled():
            raise _stopped()
        if time.monotonic() > end:
            raise TimeoutError(_("it takes too long"))
    if announced is not None and len(data) < announced:
        raise FactsError(_("The download from {host} broke off.").format(host=host), "failed")
    return bytes(data)


def _too_large() -> FactsError:
    return FactsError(_("The file is too large to be one with facts for the wizard."), "refused")


def _stopped() -> FactsError:
    return FactsError(_("Stopped."), "failed")


# Laying it down ----------------------------------------------------------------------------------


def _lay_down(found: FactSet, data: bytes) -> None:
    """Unpack a set beside its signed file; a power cut leaves a whole set or none."""
    own = {path.name for path in resource_folder("catalog").glob("*.json")}
    if set(found.files) != own:  # also: no name in it can lead out of the folder
        raise unusable(", ".join(sorted(set(found.files) ^ own)))
    place = facts_place()
    target = place / str(found.sequence)
    fresh = place / f".{found.sequence}-{os.urandom(4).hex()}"
    try:
        fresh.mkdir(parents=True)
        try:
            for name, content in {**found.files, SIGNED_FILE: data}.items():
                _write(fresh / name, content)
            _check(fresh)
            if target.exists():  # one that was found damaged
                shutil.rmtree(target)
            fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        path = error.filename or place
        raise FactsError(f"{path}: {error.strerror or error}", "failed") from error
    # A program that is running may read the set it began with.
    for path in place.iterdir():
        if path not in (target, facts_in_use().folder):
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _check(folder: Path) -> None:
    """Read all of it as the program will: its form, its bounds, and what refers to what."""
    from wizard.advice.catalog import read_catalog
    from wizard.catalog.cards import load_from

    try:
        read_catalog(folder)
        load_from(folder)
    except ValueError as error:
        raise unusable(str(error)) from error
