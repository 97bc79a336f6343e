"""Ask nvidia-smi, wherever it lies, and read what its many releases print."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from wizard.detection.answers import (
    GraphicsAnswer,
    Outcome,
    Runner,
    no_answer_in,
    nvml_problem,
    run_program,
)
from wizard.detection.machine import Driver, Gpu, Problem
from wizard.detection.probes.nvml import bus_id, pci_id
from wizard.detection.values import Capability, Version

TIME_LIMIT = 8.0
"""Seconds for one call: waking a laptop card or starting an idle driver takes a few."""

_MOST_CARDS = 256
"""More are rubbish."""

_FIELDS = (
    "name",
    "uuid",
    "pci.bus_id",
    "pci.device_id",
    "memory.total",
    "driver_version",
    "compute_cap",  # unknown to 470 and older
    "mig.mode.current",  # unknown to 440 and older
)
_UNKNOWN_FIELD = re.compile(r'Field "([^"]{1,60})" is not a valid field')
# 610 and newer print "CUDA UMD Version" and "KMD Version"; WSL prints "CUDA Version: ERR!".
_CUDA = re.compile(r"CUDA (?:UMD )?Version\s*:\s*(\d{1,3}\.\d{1,3})")
_DRIVER = re.compile(r"(?:Driver|KMD) Version\s*:\s*(\d{2,4}(?:\.\d{1,4}){1,3})")

#: What each field of a card looks like where nvidia-smi knows it (its manual, "GPU ATTRIBUTES").
_SHAPES = {
    "name": re.compile(
        r"(?=.*[A-Za-z])[ -~]{2,95}"
    ),  # NVML's longest name, with its final zero: 96
    "uuid": re.compile(r"(GPU-)?[0-9A-Fa-f]{1,8}(-[0-9A-Fa-f]{1,12}){0,4}"),  # Tegra: no "GPU-"
    "pci.bus_id": re.compile(r"[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]"),
    "pci.device_id": re.compile(r"0x[0-9A-Fa-f]{4}10[Dd][Ee]"),  # 10DE is NVIDIA
    "memory.total": re.compile(r"\d{1,8}"),  # MiB
    "driver_version": re.compile(r"\d{2,4}(\.\d{1,4}){1,3}"),
    "compute_cap": re.compile(r"\d{1,2}\.\d"),
    "mig.mode.current": re.compile(r"Enabled|Disabled"),
}
#: Beside cards that are listed these speak of cards that another container has.
_OF_OTHERS = ("no_devices_found", "driver_permission")
#: What it prints where it has no value: [N/A], [Not Supported], [Unknown Error], ERR! …
_NO_VALUE = re.compile(r"N/A|ERR!|\[[A-Za-z/ ]{2,60}\]")

#: What nvidia-smi says in words, for releases and wrappers whose exit code says nothing; the
#: surest first.
_SENTENCES = tuple(
    (re.compile(words, re.IGNORECASE), code)
    for words, code in (
        (r"Driver/library version mismatch|LIB_RM_VERSION_MISMATCH", "nvml_mismatch"),
        (r"GPU access (is )?blocked by the operating system", "wsl2_cuda"),
        (r"couldn.{1,3}t find (libnvidia-ml|nvml\.dll)", "nvml_library_not_found"),
        (r"couldn.{1,3}t communicate with the NVIDIA driver", "kernel_module_not_loaded"),
        (r"Driver Not Loaded", "kernel_module_not_loaded"),
        # One card among others: the rest of the answer still counts.
        (r"Unable to determine the device handle for GPU.*Insufficient Perm", "driver_permission"),
        (r"Unable to determine the device handle for GPU(?!.*Insufficient Perm)", "gpu_lost"),
        (r"GPU is lost|GPU requires reset|Insufficient External Power", "gpu_lost"),
        (r"(\[Unknown Error\].*){3}", "gpu_lost"),  # one unknown field happens to healthy cards
        (r"Failed to initialize NVML: Insufficient Permissions", "driver_permission"),
        (r"No devices were found", "no_devices_found"),
    )
)


def find_nvidia_smi(
    environ: Mapping[str, str], system: str = sys.platform, root: Path | None = None
) -> tuple[Path | None, bool]:
    """The tool's path, and whether a shell would find it through PATH.

    ``root`` stands for ``/`` in tests.
    """
    name = "nvidia-smi.exe" if system == "win32" else "nvidia-smi"
    for folder in environ.get("PATH", "").split(";" if system == "win32" else os.pathsep):
        path = Path(folder.strip('"')) / name
        if folder and _is_file(path):
            return path, True
    for place in _usual_folders(environ, system, root):
        if _is_file(place / name):
            return place / name, False
    return None, False


def _usual_folders(environ: Mapping[str, str], system: str, root: Path | None) -> list[Path]:
    if system == "win32":
        windows = Path(environ.get("SystemRoot") or environ.get("WINDIR") or r"C:\Windows")
        programs = Path(environ.get("ProgramW6432") or environ.get("ProgramFiles") or "C:/")
        return [windows / "System32", programs / "NVIDIA Corporation" / "NVSMI"]
    top = root or Path("/")
    return [top / place for place in ("usr/bin", "usr/lib/wsl/lib", "usr/local/nvidia/bin")]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def probe_nvidia_smi(
    environ: Mapping[str, str] | None = None,
    run: Runner = run_program,
    system: str = sys.platform,
    root: Path | None = None,
) -> GraphicsAnswer:
    """The NVIDIA cards and the driver as nvidia-smi tells them.

    A missing tool is no problem of its own: NVML says what is wrong.
    """
    path, on_path = find_nvidia_smi(os.environ if environ is None else environ, system, root)
    if path is None:
        return GraphicsAnswer("nvidia_smi")
    notes = () if on_path else (Problem("nvidia_smi_not_on_path", str(path)),)
    fields = list(_FIELDS)
    outcome = run([str(path), *_query(fields)], timeout=TIME_LIMIT)
    while (unknown := _unknown_field(outcome)) in fields:
        fields.remove(unknown)
        outcome = run([str(path), *_query(fields)], timeout=TIME_LIMIT)
    rows = _rows(outcome.stdout, fields) if outcome.kind == "exited" else []
    problem = _failure(outcome, bool(rows))
    problems = notes if problem is None else (*notes, problem)
    if problem is not None and not rows:
        return GraphicsAnswer("nvidia_smi", problems=problems)
    header = run([str(path)], timeout=TIME_LIMIT)
    driver = _driver(rows, header.stdout if header.kind == "exited" else "")
    return GraphicsAnswer(
        "nvidia_smi",
        gpus=tuple(_gpu(row) for row in rows if row["name"]),
        driver=driver,
        problems=problems,
        asked_nvidia=driver is not None and problem is None,
    )


def _query(fields: Sequence[str]) -> list[str]:
    return [f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]


def _unknown_field(outcome: Outcome) -> str:
    found = _UNKNOWN_FIELD.search(outcome.stdout + outcome.stderr)
    return found[1] if found else ""


def _failure(outcome: Outcome, listed: bool) -> Problem | None:
    """Why there is no list of cards, or a card is missing in it; None where all is well.

    Cards that were ``listed`` outrank the exit code: 14, for one, only warns of an infoROM.
    """
    if outcome.kind == "timed_out":
        return Problem("probe_timed_out", no_answer_in("nvidia-smi", TIME_LIMIT))
    if outcome.kind != "exited":
        return Problem("probe_failed", f"nvidia-smi: {outcome.detail}")
    lines = [line.strip() for line in (outcome.stdout + "\n" + outcome.stderr).splitlines()]
    for pattern, code in _SENTENCES:
        for line in lines:
            if pattern.search(line) and not (listed and code in _OF_OTHERS):
                return Problem(code, f"nvidia-smi: {_short(line)}")
    if outcome.exit_code == 0 or listed:
        return None
    first = next((_short(line) for line in lines if line), "")
    detail = f"nvidia-smi: {first or outcome.detail or f'exit {outcome.exit_code}'}"
    return nvml_problem(outcome.exit_code, detail)


def _short(line: str) -> str:
    return line if len(line) <= 200 else line[:197] + "..."


def _rows(text: str, fields: Sequence[str]) -> list[dict[str, str]]:
    """One mapping a card; a line with anything in it that nvidia-smi never prints is no card."""
    rows: list[dict[str, str]] = []
    for line in text.splitlines():
        row = _row(line, fields)
        if row is not None and len(rows) < _MOST_CARDS:
            rows.append(row)
    return rows


def _row(line: str, fields: Sequence[str]) -> dict[str, str] | None:
    """The fields of a card, empty where nvidia-smi has no value; None for a line of another kind.

    One wrong field is enough: what is not nvidia-smi's is not believed in part either. On Tegra
    only the name has a value; a lost card has its place at most.
    """
    cells = [cell.strip(" ") for cell in line.split(",")]
    if len(cells) != len(fields):
        return None
    row: dict[str, str] = {}
    for field, cell in zip(fields, cells, strict=True):
        known = not _NO_VALUE.fullmatch(cell)
        if known and not _SHAPES[field].fullmatch(cell):
            return None
        row[field] = cell if known else ""
    return row if any(row.values()) else None


def _gpu(row: Mapping[str, str]) -> Gpu:
    memory, device = row.get("memory.total"), row.get("pci.device_id")
    capability = row.get("compute_cap")
    return Gpu(
        vendor="nvidia",
        name=row["name"],
        compute_capability=Capability(capability) if capability else None,
        memory_gib=round(float(memory) / 1024, 2) if memory else None,
        uuid=row.get("uuid") or None,
        pci_id=pci_id(int(device, 16)) if device else None,
        mig=row.get("mig.mode.current") == "Enabled",
        bus_id=bus_id(row.get("pci.bus_id", "")),
    )


def _driver(rows: Sequence[Mapping[str, str]], header: str) -> Driver | None:
    found = _DRIVER.search(header)
    versions = [row["driver_version"] for row in rows if row.get("driver_version")]
    version = versions[0] if versions else found[1] if found else None
    cuda = _CUDA.search(header)
    if not version:
        return None
    return Driver(Version(version), Capability(cuda[1]) if cuda else None)
