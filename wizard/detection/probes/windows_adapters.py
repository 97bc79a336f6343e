"""Graphics devices on Windows, from the registry."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from wizard.detection.answers import GraphicsAnswer
from wizard.detection.machine import Driver, Gpu, Problem
from wizard.detection.probes.pci_names import card_name, vendor_of
from wizard.detection.probes.windows_registry import Registry
from wizard.detection.values import Version

_GIB = 1024**3
_ENUM = r"SYSTEM\CurrentControlSet\Enum"
_CLASS = r"SYSTEM\CurrentControlSet\Control\Class"
_DISPLAY_CLASS = "{4d36e968-e325-11ce-bfc1-08002be10318}"


_NO_DRIVER = frozenset({0, 1, 18, 28, 45})
"""Device Manager's codes of a card that works, has no driver or is not there (cfg.h, CM_PROB_…)."""


def windows_adapters(
    registry: Registry,
    present: Sequence[str] | None,
    problem_of: Callable[[str], int] = lambda _: 0,
) -> GraphicsAnswer:
    """PCI display devices from the registry; with no driver they have ids, but no name.

    Args:
        registry: this computer's, or a test's.
        present: instance ids of the PCI devices in the computer; None means all that the
            registry knows.
        problem_of: Device Manager's code for an instance id; 0 where it has none.
    """
    instances = _known_instances(registry) if present is None else present
    gpus: list[Gpu] = []
    problems: list[Problem] = []
    driver: Driver | None = None
    for instance in sorted(instances):
        ids = re.search(r"VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})", instance, re.IGNORECASE)
        device = registry.values(f"{_ENUM}\\{instance}")
        if ids is None or not _is_display(device):
            continue
        pci_id = f"{ids[1]}:{ids[2]}".lower()
        details = registry.values(f"{_CLASS}\\{device.get('Driver', _DISPLAY_CLASS)}")
        name = str(details.get("DriverDesc") or "").strip()
        has_driver = _has_own_driver(details)
        gpus.append(
            Gpu(
                vendor=vendor_of(pci_id),
                name=name if has_driver else card_name(pci_id),
                memory_gib=_registry_memory(details) if has_driver else None,
                pci_id=pci_id,
            )
        )
        if has_driver and vendor_of(pci_id) == "nvidia":
            driver = driver or _nvidia_driver(details)
            code = problem_of(instance)
            if code not in _NO_DRIVER:
                problems.append(Problem("driver_not_loaded", f"{name}: Windows: code {code}"))
    if not any(gpu.vendor == "nvidia" for gpu in gpus):
        driver = _left_driver(registry)
    return GraphicsAnswer(
        "display_adapters",
        gpus=tuple(gpus),
        driver=driver,
        problems=tuple(problems),
        whole_bus=bool(instances),
    )


def _has_own_driver(details: Mapping[str, object]) -> bool:
    """False for Windows' own stand-in driver, which fits every card and knows none."""
    name = str(details.get("DriverDesc") or "").strip()
    stand_in = str(details.get("MatchingDeviceId", "")).lower().startswith("pci\\cc_")
    return bool(name) and not stand_in and "Microsoft Basic" not in name


def _nvidia_driver(details: Mapping[str, object]) -> Driver | None:
    version = nvidia_version(str(details.get("DriverVersion", "")))
    return Driver(version) if version else None


def _left_driver(registry: Registry) -> Driver | None:
    """NVIDIA's driver for a card that is not on the bus: a laptop's, switched off."""
    for number in registry.subkeys(f"{_CLASS}\\{_DISPLAY_CLASS}"):
        details = registry.values(f"{_CLASS}\\{_DISPLAY_CLASS}\\{number}")
        fits = str(details.get("MatchingDeviceId", "")).lower()
        if "ven_10de" in fits and _has_own_driver(details):
            return _nvidia_driver(details)
    return None


def _known_instances(registry: Registry) -> list[str]:
    return [
        f"PCI\\{device}\\{instance}"
        for device in registry.subkeys(f"{_ENUM}\\PCI")
        if re.match(r"VEN_(10DE|1002|8086)", device, re.IGNORECASE)
        for instance in registry.subkeys(f"{_ENUM}\\PCI\\{device}")
    ]


def _is_display(device: Mapping[str, object]) -> bool:
    """Whether it is a display controller; a laptop's second card without a driver has no class."""
    if str(device.get("ClassGUID", "")).lower() == _DISPLAY_CLASS:
        return True
    compatible = device.get("CompatibleIDs")
    names = cast("list[object]", compatible) if isinstance(compatible, list) else []
    return any(re.search(r"CC_03[0-9A-F]{2}", str(name), re.IGNORECASE) for name in names)


def _registry_memory(details: Mapping[str, object]) -> float | None:
    size = details.get("HardwareInformation.qwMemorySize")
    if isinstance(size, bytes):
        size = int.from_bytes(size, "little")
    return round(size / _GIB, 2) if isinstance(size, int) and 0 < size < 2**50 else None


def nvidia_version(windows_version: str) -> Version | None:
    """NVIDIA's public number: the last five digits of Windows' own four numbers."""
    parts = windows_version.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    digits = parts[2][-1:] + parts[3].rjust(4, "0")
    if not re.fullmatch(r"[1-9]\d{4}", digits):
        return None
    return Version(f"{digits[:-2]}.{digits[-2:]}")
