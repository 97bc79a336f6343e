"""The answer to "what should be typed, and why?", as frozen values."""

from __future__ import annotations

import json
from dataclasses import dataclass
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

    def to_json(self) -> dict[str, object]:
        return {
            "route": self.route,
            "argv": list(self.argv),
            "text": {
                "cmd": self.text.cmd,
                "powershell": self.text.powershell,
                "bash": self.text.bash,
            },
            "words": [{"word": word.word, "meaning": word.meaning} for word in self.words],
            "title": self.title,
            "note": self.note,
        }


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

    def to_json(self) -> dict[str, object]:
        return {
            "installed": self.installed,
            "needed": self.needed,
            "download": self.download,
            "branch": self.branch,
        }


@dataclass(frozen=True)
class Reason:
    code: str
    text: str
    source: str

    def to_json(self) -> dict[str, object]:
        return {"code": self.code, "text": self.text, "source": self.source}


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
        return {
            "schema": SCHEMA,
            "machine": self.machine,
            "verdict": self.verdict,
            "environment": {
                "action": self.environment.action,
                "name": self.environment.name,
                "python": self.environment.python,
            },
            "primary": self.primary.to_json(),
            "alternatives": [command.to_json() for command in self.alternatives],
            "steps": [command.to_json() for command in self.steps],
            "driver": None if self.driver is None else self.driver.to_json(),
            "reasons": [reason.to_json() for reason in self.reasons],
            "simulated": self.simulated,
        }

    def to_line(self) -> str:
        """``to_json`` as one line."""
        return json.dumps(self.to_json())
