"""How much a command downloads, from the catalog."""

from __future__ import annotations

from wizard.advice import catalog
from wizard.advice.recommendation import Command

#: Megabytes a minute on a quick and on a slow line (40 and 13 Mbit/s).
_QUICK, _SLOW = 300, 100


def megabytes_of(command: Command) -> int | None:
    """About how many; None for a way whose size nobody measured."""
    facts = catalog.load()
    for route in facts.routes.values():
        if route.index is not None and route.index in command.argv:
            return route.megabytes
    row = facts.sizes.get((command.route, _cuda(command.argv)))
    return None if row is None else row.megabytes


def minutes_of(megabytes: int) -> tuple[int, int]:
    """On a quick and on a slow line, each at least 1."""
    return max(1, round(megabytes / _QUICK)), max(2, round(megabytes / _SLOW))


def _cuda(argv: tuple[str, ...]) -> int | None:
    """CUDA's major version in a command; None for a CPU build."""
    for word in argv:
        name, _equals, value = word.partition("=")
        if name in ("cuda-version", "pytorch-cuda"):
            return int(value.partition(".")[0])
        tag = word.rpartition("/")[2]
        if "/whl/cu" in word and tag[2:].isdigit():
            return int(tag[2:4])
    return None
