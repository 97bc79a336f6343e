"""What an installation is made of, as frozen values: the plan, what it would do, how it went."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from wizard.advice.finding import Finding
from wizard.advice.recommendation import Route
from wizard.detection.machine import Conda, Machine

StepKind = Literal["make", "download", "remove", "install"]
Tool = Literal["conda", "pip", "venv"]
ItemId = Literal[
    "program", "environment", "running", "connection", "changes", "disk", "permission", "path"
]
ItemState = Literal["passed", "warning", "blocked", "skipped"]
ConditionState = Literal["absent", "half_made", "without_torch", "damaged", "whole"]
Ended = Literal["done", "failed", "cancelled"]
Phase = Literal["preparing", "downloading", "unpacking", "linking", "waiting"]


@dataclass(frozen=True)
class Step:
    """One command of the plan."""

    kind: StepKind
    """``make`` the environment, ``download`` what replaces it, ``remove`` what stands in the way,
    ``install``."""
    tool: Tool
    argv: tuple[str, ...]
    """Exactly what is shown and run, without a shell; the first word is an absolute path."""
    title: str

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "argv": list(self.argv)}


@dataclass(frozen=True)
class Plan:
    """What is going to be run, and where."""

    route: Route
    name: str
    """The environment's name; of a private virtual environment, its folder's name."""
    prefix: str
    """The environment's folder."""
    creates: bool
    """The folder is not there yet; only what this plan made may ever be removed again."""
    steps: tuple[Step, ...]
    conda: Conda | None
    """The installation whose conda runs; None where only a Python and pip do."""
    machine: Machine | None = field(default=None, compare=False, repr=False)
    """The computer, known from the preflight on: it tells which reason for a failure cannot be."""

    @property
    def folder(self) -> Path:
        return Path(self.prefix)

    def to_json(self) -> dict[str, object]:
        return {
            "route": self.route,
            "environment": {"name": self.name, "prefix": self.prefix, "creates": self.creates},
            "steps": [step.to_json() for step in self.steps],
        }


@dataclass(frozen=True)
class Package:
    """A package that a dry run would install."""

    name: str
    version: str
    build: str = ""
    channel: str = ""
    file: str = ""
    """Its file's name in the package cache; empty where it is not downloaded."""
    size: int | None = None
    """Bytes to download; None where nobody said, 0 where it is in the cache already."""

    @property
    def spelled(self) -> str:
        return " ".join(part for part in (self.version, self.build) if part)


@dataclass(frozen=True)
class Change:
    """A package that is there already and would not stay as it is."""

    name: str
    before: str
    """Version and build."""
    after: str | None
    """None: it would be removed."""


@dataclass(frozen=True)
class Forecast:
    """What a dry run said; nothing has been touched."""

    prefix: str = ""
    """Where the tool itself would install; empty where it did not say."""
    packages: tuple[Package, ...] = ()
    """All that would be installed, the changed ones among them."""
    changes: tuple[Change, ...] = ()
    """Packages that would get another version, or be removed."""
    caches: tuple[str, ...] = ()
    """conda's package caches; it downloads into the first that can be written to."""
    begun_bytes: int = 0
    """Of the downloads, what an earlier try brought already; it is not fetched again."""

    @property
    def downloads(self) -> tuple[Package, ...]:
        return tuple(package for package in self.packages if package.size != 0)

    @property
    def download_bytes(self) -> int | None:
        """None where any size is not known."""
        sizes = [package.size for package in self.downloads]
        return None if None in sizes else sum(size or 0 for size in sizes)

    @property
    def nothing_to_do(self) -> bool:
        return not self.packages and not self.changes

    def to_json(self) -> dict[str, object]:
        return {
            "prefix": self.prefix,
            "download_bytes": self.download_bytes,
            "begun_bytes": self.begun_bytes,
            "packages": [asdict(package) for package in self.packages],
            "changes": [asdict(change) for change in self.changes],
        }


@dataclass(frozen=True)
class Need:
    """Room on one drive."""

    folder: str
    bytes: int
    free: int | None
    """None where the system does not tell."""


@dataclass(frozen=True)
class Item:
    """One question of the preflight and its answer."""

    id: ItemId
    state: ItemState
    value: str
    """What was found, in a few words, such as ``86 GB free, about 9 GB needed``."""
    finding: Finding | None = None
    """Why it is a warning or stops the installation, and what to do; None where all is well."""

    def to_json(self) -> dict[str, object]:
        finding = None if self.finding is None else self.finding.to_json()
        return {"id": self.id, "state": self.state, "value": self.value, "finding": finding}


@dataclass(frozen=True)
class Preflight:
    """Everything that was looked at before anything is touched."""

    plan: Plan
    items: tuple[Item, ...]
    forecast: Forecast | None
    """None where the dry run did not answer."""
    disk_bytes: int | None = None
    """About how much the environment's drive will lose; None where that cannot be told."""
    cancelled: bool = False

    @property
    def ready(self) -> bool:
        return not self.cancelled and not any(item.state == "blocked" for item in self.items)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What stops it first, then what is only to be known."""
        blocked = [item for item in self.items if item.state == "blocked"]
        warned = [item for item in self.items if item.state == "warning"]
        return tuple(item.finding for item in (*blocked, *warned) if item.finding is not None)

    def to_json(self) -> dict[str, object]:
        return {
            "plan": self.plan.to_json(),
            "ready": self.ready,
            "items": [item.to_json() for item in self.items],
            "forecast": None if self.forecast is None else self.forecast.to_json(),
            "disk_bytes": self.disk_bytes,
        }


@dataclass(frozen=True)
class ItemStarted:
    """Event: a question of the preflight is being asked."""

    id: ItemId


@dataclass(frozen=True)
class StepStarted:
    """Event: a command of the plan begins."""

    index: int
    step: Step
    count: int
    """Of all steps of the plan."""


@dataclass(frozen=True)
class Progress:
    """Event: how far the step that runs is, measured on the disk."""

    phase: Phase
    done: int = 0
    """Bytes while downloading, else packages."""
    total: int | None = None
    """None where it is not known: then there is no bar, only what was done."""
    bytes_per_second: float | None = None
    seconds_left: float | None = None
    """Of the download, or of the wait for the next try; None until it can be told."""
    tries: int = 1
    """The how many-th time the step is tried; while ``waiting``, the one that comes."""


@dataclass(frozen=True)
class Condition:
    """The state an environment is in, read from its files."""

    state: ConditionState
    """``absent``; ``half_made``: no Python in it; ``without_torch``; ``damaged``: records name
    files that are not there, or cannot be read; ``whole``."""
    python: str | None = None
    torch: str | None = None
    missing: tuple[str, ...] = ()
    """Packages whose files are missing or whose record is damaged."""


@dataclass(frozen=True)
class InstallResult:
    """How an installation ended."""

    plan: Plan
    kind: Ended
    step: int
    """Index of the last step that was begun."""
    findings: tuple[Finding, ...]
    """Why it failed, the root cause first."""
    condition: Condition
    log_path: Path | None
    log_tail: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, object]:
        return {
            "event": "result",
            "ended": self.kind,
            "step": self.step,
            "steps": len(self.plan.steps),
            "environment": {"name": self.plan.name, "prefix": self.plan.prefix}
            | asdict(self.condition),
            "findings": [finding.to_json() for finding in self.findings],
            "log": None if self.log_path is None else str(self.log_path),
            "seconds": round(self.seconds, 1),
        }
