"""Why pip found no PyTorch: the version that was asked for, the index, and what it offered."""

from __future__ import annotations

import re

from wizard.advice import catalog
from wizard.advice.versions import parse

# Every pattern begins with a literal and repeats within bounds: no text makes one slow.
_OFFERED = re.compile(r"\(from versions:[ \t]{0,4}([^)]{0,4000})")
_ASKED = re.compile(
    r"(?:requirement|found for|install)[ \t]{1,4}torch[ \t]{0,2}[=~]{2,3}[ \t]{0,2}"
    r"(\d{1,2}(?:\.\d{1,3}){1,2})(?:\+(cu\d{2,3}|cpu))?"
)
_INDEX = re.compile(r"download\.pytorch\.org/whl/(?:nightly/)?(cu\d{2,3})\b")
_BUILD = re.compile(r"(\d{1,2}(?:\.\d{1,3}){1,2})(?:\.post\d{1,2})?(?:\+([a-z]{2,4}[\d.]{0,5}))?")
_STAND_IN = (0, 1, 2)
"""All that PyPI has for a Python without a wheel is the source of 2017."""


def fault_in(text: str) -> str | None:
    """``index`` or ``python``: which of the two has to be another one; None where nothing tells.

    An index that never had what was asked for is the wrong one. Where it has it, the wheel of
    this Python is what is missing: other releases are offered, or none at all.
    """
    offered = _OFFERED.search(text)
    asked = _ASKED.search(text)
    if offered is None or asked is None:
        return None
    version, suffix = parse(asked[1]), asked[2] or ""
    named = _INDEX.search(text)
    index = named[1] if named else suffix
    builds = [(parse(found[1]), found[2] or "") for found in _BUILD.finditer(offered[1])]
    if index.startswith("cu"):
        known = catalog.load().indexes.get(index)
        if known is None or not known[0] <= version <= (known[1] or version):
            return "index"
    if not builds or builds[-1][0] <= _STAND_IN:
        return "python"
    if version in [build[0] for build in builds]:
        return "index"  # the release is there, but not the build that the suffix asks for
    plain = suffix.startswith("cu") and not any(build[1].startswith("cu") for build in builds)
    return "index" if plain and version > builds[0][0] else "python"
