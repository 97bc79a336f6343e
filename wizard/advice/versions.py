"""Versions as tuples of numbers, and which kernels run on which card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from wizard.detection import values

Version = tuple[int, ...]
Capability = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PythonRange:
    """The first and the last Python (major, minor) with a build, both included."""

    first: Version
    last: Version

    def __contains__(self, version: Version) -> bool:
        return self.first <= version <= self.last


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


@lru_cache(maxsize=256)
def kernels(text: str) -> tuple[Capability, ...]:
    """Compute capabilities with spaces between, such as ``7.5 8.0``."""
    return tuple(found for word in text.split() if (found := capability(word)) is not None)


@lru_cache(maxsize=64)
def python_range(text: str) -> PythonRange:
    """``3.10-3.14`` as a range."""
    first, _dash, last = text.partition("-")
    return PythonRange(python(first), python(last))


def variant_cuda(variant: str) -> Version:
    """The CUDA of a build's tag: ``cu126`` is (12, 6); () for another tag."""
    digits = variant.removeprefix("cu")
    return (int(digits[:-1]), int(digits[-1])) if digits.isdigit() and len(digits) > 1 else ()


def spelled(version: Version) -> str:
    """(7, 5) as ``7.5``."""
    return ".".join(str(n) for n in version)


@lru_cache(maxsize=1024)
def python(text: str | None) -> Version:
    """Major and minor of a Python version; () where it is not known."""
    numbers = parse(text) if text else ()
    return numbers[:2] if len(numbers) >= 2 else ()


_WINDOWS_11_BUILD = 22000


def windows(text: str) -> int | None:
    """10 or 11 of a Windows version in any spelling; None for a server and for others."""
    if text.lower().startswith("server"):
        return None
    numbers = parse(text)
    if numbers[:2] == (10, 0) and len(numbers) > 2:
        return 11 if numbers[2] >= _WINDOWS_11_BUILD else 10
    return next((number for number in numbers[:1] if number in (10, 11)), None)


@lru_cache(maxsize=1024)
def driver(text: str) -> Version:
    """NVIDIA's driver version.

    Windows also writes it as four numbers: the last five digits are then NVIDIA's own.
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
