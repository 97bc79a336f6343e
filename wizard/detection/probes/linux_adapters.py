"""Graphics devices on Linux, from /sys and /proc; no program is started."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from wizard.detection.answers import GraphicsAnswer
from wizard.detection.machine import Gpu
from wizard.detection.probes.pci_names import card_name, vendor_of

_GIB = 1024**3


def linux_adapters(root: Path = Path("/")) -> GraphicsAnswer:
    """PCI devices of class 03 (display controller), named without starting a program.

    Args:
        root: stands for ``/`` in tests.
    """
    gpus: list[Gpu] = []
    bound: set[str] = set()
    try:
        devices = sorted((root / "sys/bus/pci/devices").iterdir())
    except OSError:
        devices = []
    for device in devices:
        if not _read(device / "class").startswith("0x03"):
            continue
        vendor_id, device_id = _read(device / "vendor"), _read(device / "device")
        if not vendor_id or not device_id:
            continue
        pci_id = f"{vendor_id[2:]}:{device_id[2:]}".lower()
        bus_id = device.name.lower()
        facts = _kernel_facts(root, bus_id)
        with contextlib.suppress(OSError):
            if (device / "driver").resolve().name == "nvidia":
                bound.add(bus_id)
        gpus.append(
            Gpu(
                vendor=vendor_of(pci_id),
                name=facts.get("Model") or card_name(pci_id, root),
                memory_gib=_amd_memory(device),
                uuid=facts.get("GPU UUID"),
                pci_id=pci_id,
                bus_id=bus_id,
            )
        )
    return GraphicsAnswer(
        "display_adapters",
        gpus=tuple(gpus),
        bound=frozenset(bound),
        kernel_module=_kernel_module(root),
        secure_boot=_secure_boot(root),
    )


def _kernel_facts(root: Path, bus_id: str) -> dict[str, str]:
    """What NVIDIA's kernel module says of a card: its model and UUID."""
    text = _read(root / "proc/driver/nvidia/gpus" / bus_id / "information")
    pairs = (line.partition(":") for line in text.splitlines())
    facts = {name.strip(): value.strip() for name, _, value in pairs}
    # A card that was never started has "Unknown" and question marks.
    return {k: v for k, v in facts.items() if v and v != "Unknown" and "??" not in v}


def _amd_memory(device: Path) -> float | None:
    text = _read(device / "mem_info_vram_total")
    return round(int(text) / _GIB, 2) if text.isascii() and text.isdigit() and int(text) else None


def _kernel_module(root: Path) -> str | None:
    """Version of NVIDIA's loaded kernel module; "nouveau" and no module have none."""
    text = _read(root / "proc/driver/nvidia/version") or _read(root / "sys/module/nvidia/version")
    found = re.search(r"\b(\d{2,4}(?:\.\d{1,4}){1,2})\b", text)
    return found[1] if found else None


def _secure_boot(root: Path) -> bool | None:
    """Whether Secure Boot is on; None without UEFI. The variable's last byte is 1 where it is."""
    with contextlib.suppress(OSError):
        for path in (root / "sys/firmware/efi/efivars").glob("SecureBoot-*"):
            return path.read_bytes()[-1:] == b"\x01"
    return None


def _read(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        return path.read_bytes()[:65536].decode("utf-8", "replace").strip()
    return ""
