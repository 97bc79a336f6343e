"""What the programs of `wizard.target` say about a check, in the language in use.

They run in the user's environment, where there are no catalogs: their few sentences are English.
What PyTorch or the system says stays as it is: people search for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from wizard.text import _

#: A sentence of the target programs, and the same as a message; the names are the values.
_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[], str]], ...] = (
    (re.compile(r"no PyTorch in (?P<folder>.+)"), lambda: _("there is no PyTorch in {folder}")),
    (
        re.compile(r"(?:(?P<device>\S+): )?error (?P<error>\S+), at most (?P<most>\S+) allowed"),
        lambda: _("the error is {error}; at most {most} is allowed"),
    ),
    (
        re.compile(r"(?P<device>\S+): kept (?P<kept>\[.*\])"),
        lambda: _("boxes {kept} were kept, not [0, 2]"),
    ),
    (
        re.compile(r"(?P<device>\S+): out of memory above size (?P<size>\d+)"),
        lambda: _("not enough memory above size {size}"),
    ),
)


def detail_text(line: str) -> str:
    """A line of a check's detail; what is not the target programs' own is returned unchanged."""
    for pattern, message in _SENTENCES:
        if (found := pattern.fullmatch(line)) is not None:
            values = found.groupdict()
            device = values.pop("device", None)
            said = message().format(**values)
            return f"{device}: {said}" if device else said
    return line
