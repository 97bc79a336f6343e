"""Drives the verification: the child's events in, one result with its findings out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wizard.checks import CHECK_IDS, GPU_CHECK_IDS, GPU_KERNEL_CHECK_IDS, Check
from wizard.child_process import Kind
from wizard.detection.machine import Machine
from wizard.jobs.events import CheckStarted, Event
from wizard.jobs.target_run import RunTarget, TargetRun, run_target

if TYPE_CHECKING:
    from wizard.advice.finding import Finding
    from wizard.causes.evidence import Ending

Accelerator = Literal["auto", "cuda", "rocm", "xpu", "mps", "cpu"]
Ready = Literal["gpu", "cpu"]

TIMEOUT = 900.0
SILENCE = 240.0
"""Seconds: a cold disk, a virus scanner and the first start of CUDA can each take a minute."""


_NEEDED = frozenset(
    {"torch_import", "torch_version", "cpu_matmul", "cpu_convolution", "cpu_training_step"}
)
"""The checks without which nothing is proven, whatever device computes."""


@dataclass(frozen=True)
class VerificationResult:
    checks: tuple[Check, ...]
    """Every check, in order, also those that were not reached."""
    ready: Ready | None
    """What PyTorch is proven to compute on; None where a check that applies did not pass."""
    findings: tuple[Finding, ...]
    """Why it is not ready, the root cause first."""
    kind: Kind
    exit_name: str
    detail: str
    log_path: Path | None
    log_tail: tuple[str, ...]
    python: str
    expected: Accelerator
    simulated: bool
    torch_version: str | None
    device_names: tuple[str, ...]
    ending: Ending
    """How the child ended; with the checks, the evidence of the findings."""

    def told_again(self, machine: Machine) -> VerificationResult:
        """The same result, its findings in the language of now."""
        from wizard.causes.verified import from_verification

        told = from_verification(machine, self.python, self.checks, self.ending)
        return replace(self, findings=told)

    def to_json(self) -> dict[str, object]:
        return {
            "event": "result",
            "ready": self.ready,
            "findings": [finding.to_json() for finding in self.findings],
            "python": self.python,
            "torch": self.torch_version,
            "devices": list(self.device_names),
            "expected": self.expected,
            "simulated": self.simulated,
            "ended": self.kind,
            "exit": self.exit_name,
            "log": None if self.log_path is None else str(self.log_path),
        }


def expected_accelerator(machine: Machine) -> Accelerator:
    """What the verification must find on this machine.

    An NVIDIA GPU means CUDA, also where its driver is missing; the processor, where it is older
    than every build. Otherwise, and where old builds alone can use it, ``auto``: what PyTorch
    finds is checked, and a CPU build is no fault.
    """
    # Late: the window starts without them.
    from wizard.advice import catalog
    from wizard.advice.nvidia import read_cards

    capabilities = [card.capability for card in read_cards(machine)]
    if not capabilities:
        return "auto"
    best = max((each for each in capabilities if each is not None), default=None)
    facts = catalog.load()
    if best is None or None in capabilities or best >= facts.widest[0]:
        return "cuda"
    return "auto" if best >= facts.oldest_kernel else "cpu"


def run_verification(
    python: Path,
    machine: Machine,
    on_event: Callable[[Event], None],
    cancelled: threading.Event | None = None,
    timeout: float = TIMEOUT,
    silence: float = SILENCE,
    run_child: RunTarget = run_target,
) -> VerificationResult:
    """Make every check with that interpreter; never raises for what it does.

    ``on_event`` is called in this thread with each event as it comes, and with a `Check` for what
    the child left open where it did not come to its end. Times are in seconds. ``run_child`` is
    another source of events than a child, such as a recording.
    """
    # Imported late: the window starts without it.
    from wizard.causes.verified import from_verification

    expected = expected_accelerator(machine)
    checks: dict[str, Check] = {}
    started: list[str] = []

    def collect(event: Event) -> None:
        if isinstance(event, Check):
            checks[event.id] = event
        elif isinstance(event, CheckStarted):
            started.append(event.id)
        on_event(event)

    run = run_child(
        python,
        ("verify", "--expect", expected),
        collect,
        timeout=timeout,
        silence=silence,
        cancelled=cancelled,
    )
    open_check = started[-1] if started and started[-1] not in checks and not run.done else None
    for check in _left_open(run, open_check, checks):
        checks[check.id] = check
        on_event(check)
    ordered = tuple(checks[each] for each in CHECK_IDS)
    ready, ending = _ready(ordered, run), run.ending(open_check)
    if ready is None and not any(check.state == "failed" for check in ordered):
        ending = replace(ending, done=False)  # it said so, but left out what counts
    return VerificationResult(
        checks=ordered,
        ready=ready,
        findings=from_verification(machine, str(python), ordered, ending),
        kind=run.outcome.kind,
        exit_name=run.outcome.exit_name,
        detail=run.outcome.detail,
        log_path=run.log_path,
        log_tail=run.log_tail,
        python=str(python),
        expected=expected,
        simulated=machine.simulated,
        torch_version=_torch_version(checks["torch_version"]),
        device_names=_device_names(checks["devices"]),
        ending=ending,
    )


def _left_open(run: TargetRun, open_check: str | None, known: dict[str, Check]) -> list[Check]:
    """An answer for each check that gave none: the one that was running, and those never begun."""
    reasons: dict[Kind, str] = {"timed_out": "child_hung", "cancelled": "cancelled"}
    reason = reasons.get(run.outcome.kind, "child_died")
    left: list[Check] = []
    for name in CHECK_IDS:
        if name in known:
            continue
        check = Check(name, "skipped", reason="not_reached")
        if name == open_check:
            said = " ".join((run.outcome.exit_name, run.outcome.detail)).strip()
            state = "skipped" if reason == "cancelled" else "failed"
            check = replace(check, state=state, reason=reason, detail=said)
        left.append(check)
    return left


def _ready(checks: tuple[Check, ...], run: TargetRun) -> Ready | None:
    """Proven by figures alone: a PyTorch that says its version, and for "gpu" names a device."""
    if not run.done or any(check.state == "failed" for check in checks):
        return None
    passed = {check.id: check for check in checks if check.state == "passed"}
    if not passed.keys() >= _NEEDED or _torch_version(passed["torch_version"]) is None:
        return None
    if passed.keys() >= {"devices", *GPU_KERNEL_CHECK_IDS}:
        return "gpu" if _device_names(passed["devices"]) else None
    no_gpu = all(
        check.state == "skipped" and check.reason == "no_gpu_expected"
        for check in checks
        if check.id in GPU_CHECK_IDS
    )
    return "cpu" if no_gpu else None


def _torch_version(check: Check) -> str | None:
    version = check.fields.get("version")
    return version if isinstance(version, str) else None


def _device_names(check: Check) -> tuple[str, ...]:
    names: list[str] = []
    for device in check.items:
        match device:
            case {"name": str(name)}:
                names.append(name)
            case _:
                continue
    return tuple(names)
