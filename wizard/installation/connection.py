"""A connection that breaks in the middle of a file, or a server that asks to wait: try again.

What is on the disk stays: conda keeps ``.partial`` files and goes on from where they end, pip
keeps whole wheels. Measured with conda 26.7.1, 23.11 and 4.14, pip 23.2 and 26.
"""

from __future__ import annotations

import re
from typing import Literal

from wizard.advice.finding import Finding
from wizard.text import _, ngettext
from wizard.text.installation import duration, size

Broken = Literal["cut", "busy"]
"""``cut`` in mid-file, or by the server; ``busy``: the server answered 429, which means wait."""

PAUSES = (2.0, 5.0, 15.0, 30.0, 60.0)
"""Seconds before each try that follows one without anything new; then it is given up."""
BUSY_PAUSES = (15.0, 30.0, 60.0, 120.0)
_GAIN = 2**16
"""Bytes that count as getting on: while each try brings so many, there is always another."""
_MOST_TRIES = 200
_LONGEST_WAIT = 300.0

_TROUBLE = "https://docs.conda.io/projects/conda/en/stable/user-guide/troubleshooting.html"
_END = 20_000
"""Characters at the end of the output: the error, not what conda printed before it."""
_BUSY = re.compile(r"HTTP (?:error )?429\b|\b429 (?:Client Error|Too Many Requests)")
_MID_FILE = re.compile(
    r"Connection broken: |IncompleteRead\(|Connection(?:Reset|Aborted)Error|"
    r"Connection reset by peer|Downloaded bytes did not match Content-Length|"
    r"not enough bytes were received|incomplete-download|RemoteDisconnected"
)
_AILING = re.compile(r"HTTP (?:error )?50[0234]\b|\b50[0234] Server Error")
"""The server's own trouble, often gone a moment later."""
#: Before any file came they mean that there is no connection, which waiting does not mend.
_WHILE_DOWNLOADING = re.compile(
    r"HTTP 000 CONNECTION FAILED|Read timed out|ReadTimeoutError|Max retries exceeded"
)
#: What pip makes of a file that ended too early, which before 25.1 it does not notice itself.
_TOO_SHORT = re.compile(
    r"located at .{1,500} is invalid|THESE PACKAGES DO NOT MATCH THE HASHES|BadZipFile"
)
_FOR_GOOD = re.compile(
    r"No space left on device|errno:? 28\b|Errno 28\b|(?i:certificate.verif)"
    r"|Proxy Authentication Required"
)
"""What no waiting mends, whatever else is said beside it."""
_RETRY_AFTER = re.compile(r"^\W*retry-after: (\d{1,5})\s*$", re.IGNORECASE | re.MULTILINE)


def what_broke(said: str, *, downloading: bool, whole: bool = False) -> Broken | None:
    """Why a failed run is worth trying again, from the end of what it printed.

    ``downloading`` is whether any file was being fetched already; ``whole`` is whether as many
    bytes came as were announced, so that a damaged file is damaged on the server too.
    """
    end = said[-_END:].replace("\\n", "\n")
    if _FOR_GOOD.search(end):
        return None
    if _BUSY.search(end):
        return "busy"
    if _MID_FILE.search(end) or _AILING.search(end):
        return "cut"
    if downloading and _WHILE_DOWNLOADING.search(end):
        return "cut"
    return "cut" if downloading and not whole and _TOO_SHORT.search(end) else None


def asked_to_wait(said: str) -> float:
    """Seconds that the server itself named (``Retry-After``), within reason; 0 where it did not."""
    found = _RETRY_AFTER.search(said[-_END:].replace("\\n", "\n"))
    return min(float(found[1]), _LONGEST_WAIT) if found else 0.0


class Patience:
    """How often something is tried again: without end while it gets on, else a few times."""

    def __init__(self) -> None:
        self.tries = 1
        """The one that runs."""
        self._barren = 0
        self._furthest = 0

    def pause(self, broken: Broken, done: int = 0, wanted: float = 0.0) -> float | None:
        """Seconds until the next try; None: it is given up. ``done`` is in bytes so far."""
        if done >= self._furthest + _GAIN:
            self._furthest, self._barren = done, 0
        pauses = PAUSES if broken == "cut" else BUSY_PAUSES
        if self._barren >= len(pauses) or self.tries >= _MOST_TRIES:
            return None
        seconds = max(pauses[self._barren], wanted)
        self._barren += 1
        self.tries += 1
        return seconds


def again_sentence(broken: Broken, seconds: float) -> str:
    """For the log, while nothing else is to be seen."""
    said = _("The connection broke. Next try in {time}.")
    if broken == "busy":
        said = _("The server asks to wait. Next try in {time}.")
    return said.format(time=duration(seconds))


def broken_off(done: int, total: int | None, tries: int) -> Finding:
    """Given up: how far it came, and that it goes on from there."""
    why = _("The connection broke at {done}.").format(done=size(done))
    if total:
        why = _("The connection broke at {done} of {total}.").format(
            done=size(done), total=size(total)
        )
    return Finding(
        "download_broken",
        _("The connection keeps breaking"),
        why
        + " "
        + ngettext(
            "The wizard tried {count} time.", "The wizard tried {count} times.", tries
        ).format(count=tries),
        _("Go on when the connection is better. What is downloaded is kept."),
        (),
        _TROUBLE,
    )


def too_busy(host: str, tries: int) -> Finding:
    """The server still asks to wait (HTTP 429)."""
    return Finding(
        "rate_limited",
        _("The server asks to wait"),
        _("{host} gets too many requests from this network (HTTP 429).").format(
            host=host or _("The server")
        )
        + " "
        + ngettext(
            "The wizard tried {count} time.", "The wizard tried {count} times.", tries
        ).format(count=tries),
        _("Wait 15 minutes, then go on. What is downloaded is kept."),
        (),
        _TROUBLE,
    )


def host_in(said: str) -> str:
    """The server that an error names last; empty where it names none."""
    found = re.findall(r"https?://(?:[^\s/@<>'\"]*@)?([\w.-]+)", said[-_END:])
    return found[-1] if found else ""
