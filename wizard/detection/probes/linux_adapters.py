"""Graphics devices on Linux, from /sys and /proc; no program is started."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from wizard.catalog import cards
from wizard.detection.answers import GraphicsAnswer
from wizard.detection.machine import Gpu
from wizard.detection.probes.pci_names import BARE_NAMES, card_name, vendor_of
from wizard.detection.values import Capability, Version

_GIB = 1024**3


#: PCI classes 03 (display controller) and 12 (processing accelerator: AMD's Instinct MI300X).
_DISPLAY, _ACCELERATOR = "0x03", "0x12"

#: The chips of NVIDIA's Jetson boards, of which the newest alone shows its card on the PCI bus.
_TEGRA = re.compile(r"nvidia,(tegra\d{3})\b")


def linux_adapters(root: Path = Path("/")) -> GraphicsAnswer:
    """The graphics devices on the PCI bus, named without starting a program.

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
        kind = _read(device / "class")
        if not kind.startswith((_DISPLAY, _ACCELERATOR)):
            continue
        vendor_id, device_id = _read(device / "vendor"), _read(device / "device")
        if not vendor_id or not device_id:
            continue
        pci_id = f"{vendor_id[2:]}:{device_id[2:]}".lower()
        if kind.startswith(_ACCELERATOR) and vendor_of(pci_id) not in ("amd", "nvidia"):
            continue  # others' are no graphics cards: Intel's NPU, Google's TPU
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
        whole_bus=bool(devices),
        hidden=_jetson(root) or _windows_card(root),
        kernel_module=_kernel_module(root),
        secure_boot=_secure_boot(root),
    )


def _jetson(root: Path) -> Gpu | None:
    """The card of a Jetson, from the device tree: no driver lists it up to JetPack 5."""
    tree = root / "proc/device-tree"
    model = _read(tree / "model").strip("\0 ")
    chip = _TEGRA.search(_read(tree / "compatible"))
    if chip is None and "jetson" not in model.lower():
        return None
    name = model.removesuffix(" Developer Kit") or f"NVIDIA Jetson ({chip[1] if chip else ''})"
    capability = cards.load().of_chip(chip[1]) if chip else None
    return Gpu("nvidia", name, compute_capability=Capability(capability) if capability else None)


def _windows_card(root: Path) -> Gpu | None:
    """WSL's card: Windows lends NVIDIA's libraries to WSL only where its driver is installed."""
    with contextlib.suppress(OSError):
        lent = {file.name for file in (root / "usr/lib/wsl/lib").iterdir()}
        if lent & {"libcuda.so.1", "libnvidia-ml.so.1"}:
            return Gpu("nvidia", BARE_NAMES["nvidia"])
    return None


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


def _kernel_module(root: Path) -> Version | None:
    """Version of NVIDIA's loaded kernel module; "nouveau" and no module have none."""
    text = _read(root / "proc/driver/nvidia/version") or _read(root / "sys/module/nvidia/version")
    found = re.search(r"\b(\d{2,4}(?:\.\d{1,4}){1,2})\b", text)
    return Version(found[1]) if found else None


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
