"""What a run of the verification left to judge by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from wizard.checks import Check
from wizard.detection.machine import Environment, Machine


@dataclass(frozen=True)
class Ending:
    """How the child ended."""

    kind: str
    """``exited``, ``timed_out``, ``cancelled`` or ``not_started``."""
    exit_code: int | None
    exit_name: str
    detail: str
    done: bool
    """It said that it came to its end."""
    spoke: bool
    """It said anything that could be understood."""
    during: str | None
    """The check that was running."""
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    machine: Machine
    python: str
    checks: dict[str, Check]
    ending: Ending

    def reason(self, name: str) -> str | None:
        check = self.checks.get(name)
        return check.reason if check is not None and check.state == "failed" else None

    def detail(self, name: str) -> str:
        check = self.checks.get(name)
        return "" if check is None else check.detail

    def value(self, name: str) -> dict[str, object]:
        check = self.checks.get(name)
        return {} if check is None else check.fields

    @property
    def environment(self) -> Environment | None:
        """The environment the interpreter belongs to, where the survey found it."""
        # On Windows, upper and lower case are the same folder.
        path = PureWindowsPath if self.machine.os.system == "windows" else PurePosixPath
        folders = set(path(self.python).parents)
        owners = [
            env for env in self.machine.environments if env.prefix and path(env.prefix) in folders
        ]
        return max(owners, key=lambda env: len(env.prefix), default=None)


def first_line(text: str) -> str:
    return next((line.strip()[:300] for line in text.splitlines() if line.strip()), "")


def last_line(text: str) -> str:
    return first_line("\n".join(reversed(text.splitlines())))


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
