"""Versions and compute capabilities: parsed once, kept with the text they came from."""

from __future__ import annotations

import re
from typing import ClassVar, Self


class Version(str):
    """Numbers with dots, such as ``3.12.4``.

    It is its own text (``3.10.00`` stays so) and is ordered by its numbers: 9.0 comes before 12.0.
    """

    __slots__ = ("numbers",)
    numbers: tuple[int, ...]

    form: ClassVar = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})*")
    example: ClassVar[str] = "3.12.4"

    def __new__(cls, text: str) -> Self:
        """The version that a text is.

        Raises:
            ValueError: the text is none.
        """
        if not cls.form.fullmatch(text):
            raise ValueError(f"a version such as {cls.example}")
        made = super().__new__(cls, text)
        made.numbers = tuple(int(number) for number in text.split("."))
        return made

    @classmethod
    def at_start(cls, text: str) -> Self | None:
        """``3.14.0`` of ``3.14.0rc1``; None where the text begins with none."""
        found = cls.form.match(text)
        return cls(found[0]) if found else None

    def __lt__(self, other: str) -> bool:
        return self.numbers < _numbers(other)

    def __le__(self, other: str) -> bool:
        return self.numbers <= _numbers(other)

    def __gt__(self, other: str) -> bool:
        return self.numbers > _numbers(other)

    def __ge__(self, other: str) -> bool:
        return self.numbers >= _numbers(other)


def _numbers(other: str) -> tuple[int, ...]:
    return (other if isinstance(other, Version) else Version(other)).numbers


class Capability(Version):
    """NVIDIA's compute capability, or a release of CUDA: a pair, such as ``7.5``."""

    __slots__ = ()
    form: ClassVar = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}")
    example: ClassVar[str] = "7.5"

    @property
    def pair(self) -> tuple[int, int]:
        return (self.numbers[0], self.numbers[1])
