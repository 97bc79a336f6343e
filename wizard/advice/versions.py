"""Versions as tuples of numbers, and which kernels run on which card."""

from __future__ import annotations

import re
from functools import lru_cache

from wizard.detection import values

Version = tuple[int, ...]
Capability = tuple[int, int]

_NUMBERS = re.compile(r"\d+(?:\.\d+)*", re.ASCII)


def parse(text: str) -> Version:
    """The numbers at the first digit of ``text``: ``2.13.0+cu130`` is (2, 13, 0); () if none."""
    return text.numbers if isinstance(text, values.Version) else _parsed(text)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Version:
    found = _NUMBERS.search(text)
    return () if found is None else tuple(int(n) for n in found.group().split("."))


@lru_cache(maxsize=1024)
def capability(text: str | None) -> Capability | None:
    """``7.5`` as (7, 5); None where there is none or it says nothing (``0.0``, ``N/A``)."""
    numbers = parse(text) if text else ()
    return (numbers[0], numbers[1]) if len(numbers) == 2 and numbers[0] > 0 else None


def spelled(version: Version) -> str:
    """(7, 5) as ``7.5``."""
    return ".".join(str(n) for n in version)


@lru_cache(maxsize=1024)
def python(text: str | None) -> Version:
    """Major and minor of a Python version; () where it is not known."""
    numbers = parse(text) if text else ()
    return numbers[:2] if len(numbers) >= 2 else ()


@lru_cache(maxsize=1024)
def driver(text: str) -> Version:
    """NVIDIA's driver version.

    Windows also writes it as 32.0.15.8142: the last five digits are then 581.42.
    """
    numbers = parse(text)
    if len(numbers) == 4 and numbers[0] < 100 and numbers[3] < 10000:
        digits = f"{numbers[2] % 10}{numbers[3]:04d}"
        return (int(digits[:3]), int(digits[3:]))
    return numbers


def driver_text(text: str) -> str:
    """The driver version as NVIDIA writes it."""
    numbers = driver(text)
    if numbers == parse(text) or len(numbers) != 2:
        return text
    return f"{numbers[0]}.{numbers[1]:02d}"


def covers(kernels: tuple[Capability, ...], card: Capability) -> bool:
    """Whether one of these kernels runs on a card of this compute capability.

    NVIDIA's rule of binary compatibility (and ``torch.cuda._check_capability``): code for X.y runs
    on X.z with z ≥ y, same major. PTX is not relied on.
    """
    return any(major == card[0] and minor <= card[1] for major, minor in kernels)


def covers_all(kernels: tuple[Capability, ...], cards: tuple[Capability, ...]) -> bool:
    """``covers`` for every card."""
    return all(covers(kernels, card) for card in cards)
