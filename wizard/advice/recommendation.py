"""The answer to "what should be typed, and why?", as frozen values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

SCHEMA = 1

Verdict = Literal["install", "update_driver", "install_driver", "cpu", "other_accelerator"]
Route = Literal["conda-forge", "pip", "pytorch-channel"]


@dataclass(frozen=True)
class Word:
    """A word (or an option with its value) of a command, and what it means."""

    word: str
    meaning: str


@dataclass(frozen=True)
class Spelling:
    """One command as it is typed in each shell; quoting differs."""

    cmd: str
    powershell: str
    bash: str


@dataclass(frozen=True)
class Command:
    route: Route
    argv: tuple[str, ...]
    text: Spelling
    words: tuple[Word, ...]
    title: str = ""
    """What the command does, in a few words."""
    note: str = ""
    """What the reader must know before using it (such as: frozen at 2.5.1)."""


@dataclass(frozen=True)
class EnvironmentChoice:
    action: Literal["use", "create"]
    name: str
    python: str


@dataclass(frozen=True)
class DriverAdvice:
    installed: str | None
    needed: str
    """The smallest version that helps on this operating system."""
    download: str
    branch: int | None = None
    """The last driver branch that knows the oldest card; None where the newest driver does."""


@dataclass(frozen=True)
class Reason:
    code: str
    text: str
    source: str


@dataclass(frozen=True)
class Recommendation:
    machine: str
    verdict: Verdict
    environment: EnvironmentChoice
    primary: Command
    alternatives: tuple[Command, ...]
    steps: tuple[Command, ...]
    """Every command in order, the primary among them."""
    driver: DriverAdvice | None
    reasons: tuple[Reason, ...]
    simulated: bool = False

    def to_json(self) -> dict[str, object]:
        return {"schema": SCHEMA, **asdict(self)}
