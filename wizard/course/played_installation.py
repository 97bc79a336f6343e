"""*Install it for me* at each of its stages, on a machine that is told."""

from __future__ import annotations

from typing import Literal

from wizard.course.played import PlayedSession
from wizard.installation import obstacles
from wizard.installation.failures import from_output
from wizard.installation.plan import make_plan
from wizard.installation.reach import Answer
from wizard.installation.values import (
    Condition,
    Ended,
    Forecast,
    InstallResult,
    Item,
    ItemId,
    Package,
    Plan,
    Preflight,
    Progress,
    StepStarted,
)
from wizard.text import _
from wizard.text.installation import download_text, size

Stage = Literal["asking", "asked", "offline", "running", "stopped", "failed", "done"]

_MIB = 2**20
#: Names and sizes as conda-forge has them for a CUDA build; rounded, since nothing is downloaded.
_PACKAGES = (
    ("libtorch", 860),
    ("libcublas", 440),
    ("cudnn", 420),
    ("libcufft", 150),
    ("libcusparse", 160),
    ("libcusolver", 150),
    ("nccl", 130),
    ("libmagma", 220),
    ("triton", 160),
    ("mkl", 125),
    ("pytorch", 25),
    ("pytorch-gpu", 1),
    ("torchvision", 2),
    ("numpy", 8),
)
_ON_CPU = ("libtorch", "mkl", "pytorch", "torchvision", "numpy")
_UNPACKED = 2.6
"""Times its archive's size that a package takes on the disk."""
_OFFLINE_LOG = """CondaHTTPError: HTTP 000 CONNECTION FAILED for url <https://conda.anaconda.org/conda-forge>
Elapsed: -"""


def show_installation(session: PlayedSession, stage: Stage) -> None:
    """Bring the card to that stage."""
    advised, machine = session.recommendation, session.machine
    if advised is None or machine is None:
        return
    plan = make_plan(machine, advised)
    if not isinstance(plan, Plan):
        return
    installing = session.installing
    preflight = _preflight(session, plan, offline=stage == "offline")
    installing.plan = plan
    if stage == "asking":
        installing.stage = "asking"
        installing.items = {item.id: item for item in preflight.items[:6]}
        installing.asking = "changes"
    elif stage in ("asked", "offline"):
        installing.stage, installing.preflight = "asked", preflight
    elif stage == "running":
        installing.stage, installing.preflight = "running", preflight
        installing.step = StepStarted(len(plan.steps) - 1, plan.steps[-1], len(plan.steps))
        total = preflight.forecast.download_bytes if preflight.forecast else None
        installing.progress = Progress(
            "downloading",
            int(0.62 * (total or 0)),
            total,
            12.4 * _MIB,
            0.38 * (total or 0) / (12.4 * _MIB),
        )
    else:
        installing.stage, installing.preflight = "ended", preflight
        installing.result = _result(plan, {"stopped": "cancelled"}.get(stage, stage))  # type: ignore[arg-type]


def _result(plan: Plan, ended: Ended) -> InstallResult:
    condition = Condition("without_torch" if not plan.creates else "half_made", "3.12.11", None)
    if ended == "done":
        condition = Condition("whole", "3.12.11", "2.13.0")
    findings = from_output(_OFFLINE_LOG, plan) if ended == "failed" else ()
    return InstallResult(plan, ended, len(plan.steps) - 1, findings, condition, None, (), 312.0)


def _preflight(session: PlayedSession, plan: Plan, *, offline: bool) -> Preflight:
    machine = session.machine
    assert machine is not None
    forecast = _forecast(with_gpu=bool(machine.nvidia_gpus))
    needed = int((forecast.download_bytes or 0) * (1 + _UNPACKED))
    conda = plan.conda
    answer = Answer("conda.anaconda.org", reached=False, detail="[Errno 11001] getaddrinfo failed")
    where = _("{name} is made anew in {folder}") if plan.creates else _("{name} in {folder}")
    values: dict[ItemId, str] = {
        "environment": where.format(name=plan.name, folder=plan.prefix),
        "running": _("none is running"),
        "permission": _("the folders can be written to"),
        "path": plan.prefix,
        "program": f"conda {conda.version or '?'}, {conda.root}" if conda is not None else "",
        "connection": answer.host if offline else _("{host} answers").format(host=answer.host),
        "changes": download_text(forecast),
        "disk": _("{free} free, about {needed} needed").format(
            free=size(int((machine.disk_free_gib or 80.0) * 2**30)), needed=size(needed)
        ),
    }
    items = tuple(
        Item(name, "warning", value, obstacles.not_reached(answer))
        if offline and name == "connection"
        else Item(name, "passed", value)
        for name, value in values.items()
    )
    return Preflight(plan, items, forecast, needed)


def _forecast(*, with_gpu: bool) -> Forecast:
    return Forecast(
        packages=tuple(
            Package(name, "1", size=mebibytes * _MIB)
            for name, mebibytes in _PACKAGES
            if with_gpu or name in _ON_CPU
        )
    )
