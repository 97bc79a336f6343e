"""What is known and done so far, and its file: written atomically, a damaged one set aside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar, cast

from wizard.files import read_bounded, write_whole

if TYPE_CHECKING:
    from wizard.detection.machine import Machine

SCHEMA = 1
FILE_NAME = "state.json"
_MOST_BYTES = 4 * 2**20
_MOST = 3e10
"""More than any figure or time that is ever kept; for Windows, time ends with the year 3000."""

PageId = Literal["welcome", "computer", "environment", "install", "verify", "benchmark", "finish"]
PAGE_IDS: tuple[PageId, ...] = (
    "welcome",
    "computer",
    "environment",
    "install",
    "verify",
    "benchmark",
    "finish",
)
Ready = Literal["gpu", "cpu"]
_T = TypeVar("_T")


class ChosenEnvironment(NamedTuple):
    """The environment the user chose; ``executable`` is its interpreter, None before it exists."""

    name: str
    prefix: str = ""
    executable: str | None = None
    kind: str = "conda"


class VerificationRecord(NamedTuple):
    """The last verification that ran to its end."""

    python: str
    ready: Ready | None
    torch: str | None = None
    devices: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    """Codes of the findings, the root cause first."""
    cuda_available: bool | None = None
    finished: float = 0.0
    """Seconds since the epoch."""


class BenchmarkRecord(NamedTuple):
    """The last benchmark that ran to its end; speeds in GFLOP/s, float32 matrix product."""

    python: str
    cpu_gflops: float | None = None
    gpu_gflops: float | None = None
    speedup: float | None = None
    """GPU over CPU at the largest size that both ran."""
    training_speedup: float | None = None
    complete: bool = False
    finished: float = 0.0


class WindowPlace(NamedTuple):
    """Where the window was, in the screen's own pixels."""

    x: int
    y: int
    width: int
    height: int
    maximized: bool = False


class SetupState(NamedTuple):
    language: str | None = None
    """None: the system's."""
    theme: Literal["system", "light", "dark"] = "system"
    page: PageId = "welcome"
    visited: tuple[PageId, ...] = ()
    environment: ChosenEnvironment | None = None
    pythons: tuple[str, ...] = ()
    """Interpreters the user pointed to."""
    command_copied: bool = False
    verification: VerificationRecord | None = None
    benchmark: BenchmarkRecord | None = None
    window: WindowPlace | None = None

    def visit(self, page: PageId) -> SetupState:
        visited = self.visited if page in self.visited else (*self.visited, page)
        return self._replace(page=page, visited=visited)


_RECORDS = (ChosenEnvironment, VerificationRecord, BenchmarkRecord, WindowPlace)


class Loaded(NamedTuple):
    """What a state file held; ``set_aside`` is where a damaged one was kept."""

    state: SetupState
    problem: str = ""
    set_aside: Path | None = None


def load_state(folder: Path) -> Loaded:
    """Read the state; never raises. A damaged file is renamed and reported."""
    path = folder / FILE_NAME
    try:
        text = read_bounded(path, _MOST_BYTES).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Loaded(SetupState())
    except (OSError, UnicodeError) as error:
        return Loaded(SetupState(), str(error), _set_aside(path))
    try:
        return Loaded(_state_from_json(json.loads(text)))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        return Loaded(SetupState(), str(error), _set_aside(path))


def save_state(folder: Path, state: SetupState) -> str | None:
    """Write the state through a temporary file and a rename; an error comes back as its text."""
    text = json.dumps({"schema": SCHEMA, **_as_object(state)}, ensure_ascii=False, indent=1)
    return write_whole(folder / FILE_NAME, text)


def _as_object(state: SetupState) -> dict[str, object]:
    """By names: `json` would write the records as lists."""
    return {
        name: value._asdict() if isinstance(value, _RECORDS) else value
        for name, value in state._asdict().items()
    }


def with_others(ours: SetupState, before: SetupState, folder: Path) -> SetupState:
    """What to write: what was changed here, and the rest as another wizard has saved it meanwhile.

    ``before`` is ours when it was last read or written: what has not changed since then is not ours
    to write. Pages visited and Pythons pointed to come together from both.
    """
    try:
        data = read_bounded(folder / FILE_NAME, _MOST_BYTES)
        theirs = _state_from_json(json.loads(data.decode("utf-8")))
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return ours
    changed = {
        name: value
        for name, value in ours._asdict().items()
        if value != getattr(before, name) and name not in ("visited", "pythons")
    }
    kept = (each for each in ours.pythons if each in theirs.pythons or each not in before.pythons)
    more = (each for each in theirs.pythons if each not in before.pythons)
    return theirs._replace(
        **changed,
        visited=tuple(page for page in PAGE_IDS if page in (*ours.visited, *theirs.visited)),
        pythons=tuple(dict.fromkeys((*kept, *more))),
    )


def with_results(ours: SetupState, saved: SetupState) -> SetupState:
    """Ours, with what another wizard has found out; what is chosen and shown here stays."""
    return ours._replace(
        visited=saved.visited,
        pythons=saved.pythons,
        verification=saved.verification,
        benchmark=saved.benchmark,
    )


def _set_aside(path: Path) -> Path | None:
    import time

    stamp = f"state-damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    kept = path.with_name(f"{stamp}.json")
    while kept.exists():  # another one of the same second
        kept = path.with_name(f"{stamp}-{time.time_ns() % 10**9:09d}.json")
    try:
        path.replace(kept)
    except OSError:
        return None
    return kept


class _Reader:
    """Typed access to one JSON object; a wrong type is a TypeError naming the field."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict):
            raise TypeError(f"{where}: not an object")
        self._data = cast(dict[str, object], data)

    def value(self, name: str, kind: type[_T] | tuple[type[_T], ...], default: _T) -> _T:
        value = self._data.get(name, default)
        if value is not default and not isinstance(value, kind):
            raise TypeError(f"{name}: {type(value).__name__}")
        return cast(_T, value)

    def text(self, name: str) -> str:
        return self.value(name, str, "")

    def optional_text(self, name: str) -> str | None:
        return None if self._data.get(name) is None else self.text(name)

    def number(self, name: str) -> float | None:
        if self._data.get(name) is None:
            return None
        number = float(self.value(name, (int, float), 0))
        if not 0 <= number < _MOST:
            raise ValueError(f"{name}: {number}")
        return number

    def texts(self, name: str) -> tuple[str, ...]:
        items: list[object] = self.value(name, list, [])
        if not all(isinstance(item, str) for item in items):
            raise TypeError(f"{name}: not a list of texts")
        return tuple(cast(list[str], items))

    def inner(self, name: str) -> _Reader | None:
        return None if self._data.get(name) is None else _Reader(self._data[name], name)


def _state_from_json(data: object) -> SetupState:
    top = _Reader(data, "state")
    if top.value("schema", int, 0) != SCHEMA:
        raise ValueError("schema: not known")
    page, theme = top.text("page"), top.text("theme")
    environment = top.inner("environment")
    verification = top.inner("verification")
    benchmark, window = top.inner("benchmark"), top.inner("window")
    return SetupState(
        language=top.optional_text("language"),
        theme=theme if theme in ("system", "light", "dark") else "system",
        page=page if page in PAGE_IDS else "welcome",
        visited=tuple(p for p in PAGE_IDS if p in top.texts("visited")),
        environment=None if environment is None else _environment(environment),
        pythons=top.texts("pythons"),
        command_copied=top.value("command_copied", bool, default=False),
        verification=None if verification is None else _verification(verification),
        benchmark=None if benchmark is None else _benchmark(benchmark),
        window=None if window is None else _window(window),
    )


def _window(fields: _Reader) -> WindowPlace:
    numbers = [fields.value(name, int, 0) for name in ("x", "y", "width", "height")]
    # Far beyond any screen: not to be trusted, and more than Qt can take.
    x, y, width, height = (max(-(2**15), min(2**15, number)) for number in numbers)
    return WindowPlace(x, y, width, height, fields.value("maximized", bool, default=False))


def _environment(fields: _Reader) -> ChosenEnvironment:
    return ChosenEnvironment(
        name=fields.text("name"),
        prefix=fields.text("prefix"),
        executable=fields.optional_text("executable"),
        kind=fields.text("kind"),
    )


def _verification(fields: _Reader) -> VerificationRecord:
    ready = fields.optional_text("ready")
    if ready not in (None, "gpu", "cpu"):
        raise ValueError("verification.ready: not known")
    return VerificationRecord(
        python=fields.text("python"),
        ready=ready,
        torch=fields.optional_text("torch"),
        devices=fields.texts("devices"),
        findings=fields.texts("findings"),
        cuda_available=fields.value("cuda_available", (bool, type(None)), None),
        finished=fields.number("finished") or 0.0,
    )


def _benchmark(fields: _Reader) -> BenchmarkRecord:
    return BenchmarkRecord(
        python=fields.text("python"),
        cpu_gflops=fields.number("cpu_gflops"),
        gpu_gflops=fields.number("gpu_gflops"),
        speedup=fields.number("speedup"),
        training_speedup=fields.number("training_speedup"),
        complete=fields.value("complete", bool, default=False),
        finished=fields.number("finished") or 0.0,
    )


Completion = Literal["complete", "ready_cpu", "incomplete"]


class Outlook(NamedTuple):
    """How far the setup is; ``missing`` are the pages that still have to be done."""

    completion: Completion
    missing: tuple[PageId, ...]


def outlook(state: SetupState, machine: Machine | None, *, wants_gpu: bool) -> Outlook:
    """*Complete* only if the GPU passed the verification and the benchmark ran on it.

    A record counts only for the interpreter that is chosen now; ``wants_gpu`` says that on this
    machine a CPU result is not enough.
    """
    python = state.environment.executable if state.environment else None
    verified = state.verification
    measured = state.benchmark
    missing: list[PageId] = []
    if python is None:
        missing.append("environment")
    ready = verified.ready if verified is not None and verified.python == python else None
    if ready is None or (wants_gpu and ready != "gpu"):
        missing.append("verify")
    if measured is None or measured.python != python or not _measured(measured, ready):
        missing.append("benchmark")
    if missing or machine is None:
        return Outlook("incomplete", tuple(missing))
    return Outlook("complete" if ready == "gpu" else "ready_cpu", ())


def _measured(record: BenchmarkRecord, ready: Ready | None) -> bool:
    """The benchmark ran, and on the GPU where the setup is to be on the GPU."""
    return record.complete and (ready != "gpu" or record.gpu_gflops is not None)
