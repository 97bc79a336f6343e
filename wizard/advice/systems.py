"""Which system a computer has, as the catalog names it, and whether PyTorch exists for it."""

from __future__ import annotations

from wizard.advice import catalog, reasons, versions
from wizard.advice.nvidia import glibc_of, libc_of
from wizard.advice.recommendation import Reason
from wizard.detection.machine import Machine

_X86 = frozenset({"x86_64", "amd64", "x64"})
_ARM = frozenset({"aarch64", "arm64"})


def platform_of(machine: Machine) -> str | None:
    """The catalog's name for this system and processor; None where conda has no PyTorch for it."""
    system, arch = machine.os.system, machine.os.arch.lower()
    if arch in _X86:
        return f"{system}-x86_64"
    if arch not in _ARM or system == "windows":
        return None
    return "macos-arm64" if system == "macos" else "linux-aarch64"


def is_windows_arm(machine: Machine) -> bool:
    return machine.os.system == "windows" and machine.os.arch.lower() in _ARM


def nothing_runs(machine: Machine) -> Reason | None:
    """Why no build of PyTorch runs on this system; None where one does."""
    os = machine.os
    if os.arch.lower() not in _X86 | _ARM:
        return reasons.unknown_arch(os.arch)
    if os.system == "linux" and libc_of(machine).startswith("musl"):
        return reasons.musl(machine)
    if catalog.load().old_system(os.system, os.version):
        return reasons.system_too_old(os.system, os.version)
    return _old_glibc(machine)


def _old_glibc(machine: Machine) -> Reason | None:
    glibc, platform = glibc_of(machine), platform_of(machine)
    rows = [row.glibc for row in catalog.load().conda_forge if row.platform == platform]
    floors = [text for text in rows if text is not None]
    if not glibc or not floors:
        return None
    least = min(floors, key=versions.parse)
    if glibc >= versions.parse(least):
        return None
    return reasons.glibc_below_all(versions.spelled(glibc), least)
