"""What the nvidia-smi of real owners printed, told to the probes by NVML and without it.

``recordings/nvidia_smi_real`` holds outputs that were published, each with the right answer
(``want``); ``recordings/nvidia_smi_written.json`` holds more, put together from reports.
"""

# ruff: noqa: N802  (the functions have their names from NVML)

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest
from detection_fakes import RECORDINGS, FakeRegistry, exited, pci_device, recorded, write

from wizard.child_process import Outcome
from wizard.detection.answers import GraphicsAnswer, SystemAnswer
from wizard.detection.machine import Machine, OperatingSystem
from wizard.detection.merge import merge
from wizard.detection.probes.linux_adapters import linux_adapters
from wizard.detection.probes.nvidia_smi import probe_nvidia_smi
from wizard.detection.probes.nvml import bus_id, probe_nvml
from wizard.detection.probes.windows_adapters import _CLASS as CLASS
from wizard.detection.probes.windows_adapters import _DISPLAY_CLASS as DISPLAY
from wizard.detection.probes.windows_adapters import _ENUM as ENUM
from wizard.detection.probes.windows_adapters import windows_adapters

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="colons in file names, links")

Case = dict[str, Any]
FIELDS = (
    *("name", "uuid", "pci.bus_id", "pci.device_id", "memory.total", "driver_version"),
    *("compute_cap", "mig.mode.current"),
)

REAL: list[Case] = [
    json.loads(path.read_text("utf-8"))
    for path in sorted((RECORDINGS / "nvidia_smi_real").iterdir())
]


def written() -> list[Case]:
    """The cases of the second file, in which a card is one line as nvidia-smi prints it."""
    cases: list[Case] = json.loads(recorded("nvidia_smi_written.json"))
    for case in cases:
        for name in ("gpus", "nvml_rows"):
            if name in case:
                rows = (row.split(", ") for row in case[name])
                case[name] = [dict(zip(FIELDS, row, strict=True)) for row in rows]
        if "nvml_cards" in case:  # a number: that row of "gpus"; more than it has: NVML's error
            rows = case["gpus"]
            numbers = case["nvml_cards"]
            case["nvml_gpus"] = [rows[n] if n < len(rows) else [n, ""] for n in numbers]
    return cases


def value_of(cell: str) -> str | None:
    return None if not cell or re.fullmatch(r"N/A|ERR!|\[.*\]", cell) else cell


class RecordedTool:
    """nvidia-smi as it answered that owner: an error, or the queried fields and the table."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def __call__(self, argv: list[str], *, timeout: float) -> Outcome:
        case, query = self.case, [word for word in argv if word.startswith("--query-gpu=")]
        fields = query[0].partition("=")[2].split(",") if query else []
        for field in fields:
            if field in case.get("unknown_fields", ()):
                return exited(f'Field "{field}" is not a valid field to query.\n', 2)
        said = case.get("error", "")
        if not query:
            return exited(f"{said}\n" + case.get("header", ""), case.get("code", 0))
        rows = [
            ", ".join(
                (row[field] or "[N/A]").replace("[N/A]", case.get("na", "[N/A]"))
                for field in fields
            )
            for row in case.get("gpus", ())
        ]
        return exited("\n".join([*rows, said, ""]), case.get("code", 0))


class RecordedNvml:
    """NVML on the same computer; what nvidia-smi could not print, it does not know either."""

    NVMLError = pynvml.NVMLError

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rows: list[Case] = case.get("nvml_rows", case.get("gpus", []))
        self.cards: list[Any] = case.get("nvml_gpus", self.rows)

    def _known(self, value: Any) -> Any:
        if value is None:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        return value

    def _cell(self, card: Case, field: str) -> str:
        return self._known(value_of(card[field]))

    def nvmlInit(self) -> None:
        if (code := self.case.get("nvml_init")) is not None:
            raise pynvml.NVMLError(code)

    def nvmlShutdown(self) -> None:
        pass

    def nvmlSystemGetDriverVersion(self) -> str:
        said = self.case.get("nvml_empty") or self.case.get("nvml_drv")
        rows = [value_of(row["driver_version"]) for row in self.rows]
        return self._known(said or next((row for row in rows if row), None))

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:
        found = re.search(r"CUDA (?:UMD )?Version\s*:\s*(\d+)\.(\d+)", self.case.get("header", ""))
        return self._known(int(found[1]) * 1000 + int(found[2]) * 10 if found else None)

    def nvmlDeviceGetCount(self) -> int:
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Case:
        card = self.cards[index]
        if isinstance(card, list):
            raise pynvml.NVMLError(card[0])
        return card

    def nvmlDeviceGetName(self, card: Case) -> str:
        return self._cell(card, "name")

    def nvmlDeviceGetCudaComputeCapability(self, card: Case) -> tuple[int, ...]:
        return tuple(int(part) for part in self._cell(card, "compute_cap").split("."))

    def nvmlDeviceGetMemoryInfo(self, card: Case) -> Any:
        return SimpleNamespace(total=int(self._cell(card, "memory.total")) * 2**20)

    def nvmlDeviceGetPciInfo(self, card: Case) -> Any:
        device = int(self._cell(card, "pci.device_id"), 16)
        return SimpleNamespace(busId=card["pci.bus_id"], pciDeviceId=device)

    def nvmlDeviceGetMigMode(self, card: Case) -> list[int]:
        return [int(self._cell(card, "mig.mode.current") == "Enabled")] * 2

    def nvmlDeviceGetUUID(self, card: Case) -> str:
        return self._cell(card, "uuid")


def on_the_bus(case: Case, root: Path, bound: bool) -> GraphicsAnswer:
    """What Linux shows of the case's computer, its cards held by NVIDIA's module or not."""
    driver = "nvidia" if bound else None
    listed = {
        place: "10de:" + row["pci.device_id"][2:6].lower()
        for row in case.get("gpus", ())
        if (place := bus_id(row["pci.bus_id"]))
    }
    for number, ids in enumerate(case.get("pci", ())):
        listed[f"0000:{number + 0xA0:02x}:00.0"] = ids
    if not case.get("wsl"):
        for place, ids in {**listed, **case.get("pci_at", {})}.items():
            pci_device(root, place, ids, driver=driver)
    for place, ids, kind in case.get("bus", ()):
        pci_device(root, place, ids, kind)
    say_more(case, root)
    return linux_adapters(root)


def say_more(case: Case, root: Path) -> None:
    """What else Linux' files tell of the computer."""
    if not case.get("tree"):
        pci_device(root, "0000:00:00.0", "8086:1237", "0x060000")  # a host bridge is everywhere
    if "module" in case:
        text = f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {case['module']}  Release Build\n"
        write(root / "proc/driver/nvidia/version", text)
    if "tree" in case:
        for name, text in zip(("model", "compatible"), case["tree"], strict=True):
            write(root / "proc/device-tree" / name, text + "\0")
    if case.get("lent"):
        write(root / "usr/lib/wsl/lib/libnvidia-ml.so.1")
    if case.get("secure_boot"):
        path = write(root / "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca")
        path.write_bytes(b"\6\0\0\0\1")


def in_the_registry(case: Case) -> GraphicsAnswer:
    """The case's cards as Windows lists them, with Device Manager's codes."""
    keys: dict[str, dict[str, object]] = {}
    codes: dict[str, int] = {}
    for number, card in enumerate(case["windows"]):
        vendor, device = card["ids"].upper().split(":")
        instance = f"PCI\\VEN_{vendor}&DEV_{device}&SUBSYS_0&REV_A1\\4&{number}&0&0008"
        place = f"{DISPLAY}\\{number:04d}"
        keys[f"{ENUM}\\{instance}"] = {"ClassGUID": DISPLAY, "Driver": place}
        keys[f"{CLASS}\\{place}"] = {
            "DriverDesc": card["name"],
            "MatchingDeviceId": card.get("matching", f"pci\\ven_{vendor}&dev_{device}".lower()),
            "DriverVersion": card["version"],
        }
        if card.get("present", True):
            codes[instance] = card.get("problem", 0)
    return windows_adapters(FakeRegistry(keys), list(codes), codes.__getitem__)


def machines(case: Case, folder: Path) -> dict[str, Machine]:
    """The computer of the case: with NVML and without, and its cards held by the module or not."""
    tool = folder / "bin"
    windows = case.get("os") == "windows"
    if not case.get("no_tool"):
        write(tool / ("nvidia-smi.exe" if windows else "nvidia-smi"))
    smi = probe_nvidia_smi(
        {"PATH": str(tool)}, RecordedTool(case), "win32" if windows else "linux", folder
    )
    system = SystemAnswer(
        OperatingSystem("windows" if windows else "linux", wsl=case.get("wsl", False)),
        container=case.get("container", False),
    )
    found: dict[str, Machine] = {}
    held = (None,) if windows else (case["bound"],) if "bound" in case else (True, False)
    for bound in held:
        bus = on_the_bus(case, folder / f"root-{bound}", bound) if bound is not None else None
        for way, library in {
            "by NVML": RecordedNvml(case),
            "without NVML": RecordedNvml({"nvml_init": pynvml.NVML_ERROR_LIBRARY_NOT_FOUND}),
        }.items():
            if case.get("way", way) == way:
                adapters = bus or in_the_registry(case)
                found[f"{way}, bound: {bound}"] = merge(
                    [system, probe_nvml(library), smi, adapters]
                )
    return found


def wrong(case: Case, machine: Machine) -> list[str]:
    """What is not as wanted, one line each."""
    cards, driver = machine.nvidia_gpus, machine.nvidia_driver
    first = cards[0] if cards else None
    got = {
        "n": len(cards),
        "n_gpu": len(cards),
        "drv": driver and driver.version,
        "cuda": driver and driver.cuda,
        "cc": first and first.compute_capability,
        "name": first and first.name,
        "mem": first and first.memory_gib,
        "vendors": [gpu.vendor for gpu in machine.gpus],
    }
    missed = [
        f"{key}: wanted {want}, got {got[key]}"
        for key, want in case["want"].items()
        if key in got and want != got[key] and not str(want).endswith("?")
    ]
    codes = [problem.code for problem in machine.problems]
    if (code := case["want"].get("problem")) and code not in codes:
        missed.append(f"problem: wanted {code}, got {codes}")
    if (wanted := case["want"].get("problems")) is not None and wanted != codes:
        missed.append(f"problems: wanted {wanted}, got {codes}")
    details = " | ".join(problem.detail for problem in machine.problems)
    if (text := case["want"].get("mention")) and not re.search(text, details):
        missed.append(f"mention: wanted {text}, got {details or codes}")
    if case.get("pci") and not cards:
        missed.append("no card, though the bus shows one")
    return missed


@pytest.mark.parametrize("case", REAL, ids=lambda case: case["id"])
def test_published_outputs(tmp_path: Path, case: Case) -> None:
    found = machines(case, tmp_path)
    assert {way: missed for way, each in found.items() if (missed := wrong(case, each))} == {}


@pytest.mark.parametrize("case", written(), ids=lambda case: case["id"])
def test_outputs_put_together_from_reports(tmp_path: Path, case: Case) -> None:
    found = machines(case, tmp_path)
    assert {way: missed for way, each in found.items() if (missed := wrong(case, each))} == {}
