"""Operating system, processor, memory and disk."""

from __future__ import annotations

import contextlib
import importlib
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from wizard.detection.answers import Runner, SystemAnswer, run_program
from wizard.detection.machine import Cpu, OperatingSystem, System
from wizard.detection.probes.windows_registry import Registry, WindowsRegistry

_GIB = 1024**3
_SYSCTL_TIME_LIMIT = 3.0
_LOADER_TIME_LIMIT = 2.0

SYSTEM: System = (
    "windows" if sys.platform == "win32" else "macos" if sys.platform == "darwin" else "linux"
)
"""The operating system that runs the wizard."""


def probe_system(
    environ: Mapping[str, str] | None = None,
    home: Path | None = None,
) -> SystemAnswer:
    """What this computer is; a value that cannot be read is left out."""
    environ = os.environ if environ is None else environ
    if SYSTEM == "windows":
        operating_system, cpu_name = windows_system(
            WindowsRegistry(), windows_build(), environ.get("PROCESSOR_ARCHITECTURE", "")
        )
    elif SYSTEM == "macos":
        operating_system, cpu_name = macos_system(platform.mac_ver()[0])
    else:
        operating_system, cpu_name = linux_system(Path("/"), os.uname().machine)
        operating_system = replace(operating_system, libc=c_library())
    cores, threads, memory = _counts()
    return SystemAnswer(
        os=operating_system,
        name=_host_name(),
        cpu=Cpu(cpu_name, cores, threads),
        memory_gib=memory,
        disk_free_gib=free_disk(home),
        container=SYSTEM == "linux" and in_container(Path("/"), environ),
        cuda_visible_devices=environ.get("CUDA_VISIBLE_DEVICES"),
    )


def linux_system(root: Path, machine: str) -> tuple[OperatingSystem, str]:
    """Name and release from os-release, WSL from the kernel's name, the processor from /proc.

    Args:
        root: stands for ``/`` in tests.
        machine: ``uname -m``.
    """
    release = dict(
        re.findall(r'^(\w+)=["\']?(.*?)["\']?$', _read(root / "etc/os-release"), re.MULTILINE)
    )
    name = str(release.get("NAME", "")).removesuffix(" GNU/Linux").removesuffix(" Linux")
    version = " ".join(part for part in (name, str(release.get("VERSION_ID", ""))) if part)
    kernel = _read(root / "proc/sys/kernel/osrelease").lower()
    found = re.search(r"^(?:model name|Model)\s*:\s*(.+)$", _read(root / "proc/cpuinfo"), re.M)
    os_facts = OperatingSystem(
        "linux", version, normal_arch(machine, "linux"), "microsoft" in kernel
    )
    return os_facts, _tidy(found[1]) if found else ""


def c_library(
    ask: Callable[[str], str | None] | None = None,
    root: Path = Path("/"),
    run: Runner = run_program,
) -> str | None:
    """The C library that this process runs with, such as ``glibc 2.39`` or ``musl 1.2.5``.

    glibc tells its version itself; musl only says it where its loader is started.

    Args:
        ask: ``os.confstr``, or a test's.
        root: stands for ``/`` in tests.
        run: starts musl's loader.
    """
    ask = ask or getattr(os, "confstr", None)  # not on Windows
    with contextlib.suppress(OSError, ValueError):
        if ask and re.fullmatch(r"glibc \d+(\.\d+)+", said := ask("CS_GNU_LIBC_VERSION") or ""):
            return said
    for loader in sorted((root / "lib").glob("ld-musl-*.so.1")):
        outcome = run([str(loader)], timeout=_LOADER_TIME_LIMIT)
        found = re.search(r"^Version (\d+(?:\.\d+)+)", outcome.stderr, re.MULTILINE)
        return f"musl {found[1]}" if found else "musl"
    return None


def in_container(root: Path, environ: Mapping[str, str]) -> bool:
    """Whether this is a container: the marks that Docker, Podman, LXC and Kubernetes leave."""
    marks = (root / ".dockerenv", root / "run/.containerenv")
    return (
        "container" in environ  # systemd's container interface: set by Podman, LXC, systemd-nspawn
        or "KUBERNETES_SERVICE_HOST" in environ
        or any(_is_there(mark) for mark in marks)
        or bool(re.search(r"docker|kubepods|lxc|containerd", _read(root / "proc/1/cgroup")))
    )


def windows_build() -> int:
    """Windows' build number; 22000 and above are Windows 11, which still calls itself 10."""
    return sys.getwindowsversion().build if sys.platform == "win32" else 0


def windows_system(registry: Registry, build: int, machine: str) -> tuple[OperatingSystem, str]:
    """Name and release such as ``11 24H2``, from the registry (``platform`` starts WMI: slow)."""
    about = registry.values(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion")
    product = str(about.get("ProductName", ""))
    server = re.search(r"Server (\d{4})", product)
    name = f"Server {server[1]}" if server else "11" if build >= 22000 else "10"
    release = str(about.get("DisplayVersion") or about.get("ReleaseId") or "")
    processor = registry.values(r"HARDWARE\DESCRIPTION\System\CentralProcessor\0")
    # The process may be emulated; the session manager knows the computer.
    session = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
    machine = str(registry.values(session).get("PROCESSOR_ARCHITECTURE") or machine)
    os_facts = OperatingSystem(
        "windows", f"{name} {release}".strip(), normal_arch(machine, "windows")
    )
    return os_facts, _tidy(str(processor.get("ProcessorNameString", "")))


def macos_system(version: str, run: Runner = run_program) -> tuple[OperatingSystem, str]:
    """The release and the chip; an x86 process on Apple silicon is told apart by ``sysctl``."""
    names = ["machdep.cpu.brand_string", "hw.optional.arm64"]
    outcome = run(["/usr/sbin/sysctl", "-n", *names], timeout=_SYSCTL_TIME_LIMIT)
    # On Intel the second name is unknown: an error, with the first line printed all the same.
    lines = outcome.stdout.splitlines() if outcome.kind == "exited" else []
    cpu_name = _tidy(lines[0]) if lines else ""
    arm = (len(lines) > 1 and lines[1].strip() == "1") or cpu_name.startswith("Apple")
    machine = "arm64" if arm or (not lines and platform.machine() == "arm64") else "x86_64"
    return OperatingSystem("macos", version, normal_arch(machine, "macos")), cpu_name


def normal_arch(machine: str, system: System) -> str:
    """The contract's word: Linux says aarch64 where Windows and macOS say arm64.

    Any other stays as the system says it, such as i686, armv7l or riscv64.
    """
    machine = machine.strip().lower()
    if machine in {"arm64", "aarch64"}:
        return "aarch64" if system == "linux" else "arm64"
    return "x86_64" if machine in {"amd64", "x64", ""} else machine


def free_disk(folder: Path | None = None) -> float | None:
    """GiB free on the drive of a folder (the home folder by default), or None."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        return round(shutil.disk_usage(folder or Path.home()).free / _GIB, 1)
    return None


def _counts(library: Any = None) -> tuple[int | None, int | None, float | None]:
    """Physical cores, logical processors and memory in GiB; each None where unknown."""
    try:
        # Imported late: only detection needs it.
        psutil = library if library is not None else importlib.import_module("psutil")
    except ImportError:
        return None, os.cpu_count(), None
    cores = threads = memory = None
    with contextlib.suppress(Exception):  # psutil raises what the system call raised
        threads = psutil.cpu_count(logical=True) or None
        cores = psutil.cpu_count(logical=False) or None
    with contextlib.suppress(Exception):
        memory = round(psutil.virtual_memory().total / _GIB, 1)
    return cores, threads, memory


def _host_name() -> str:
    with contextlib.suppress(OSError, UnicodeError):
        return socket.gethostname().split(".")[0]
    return ""


def _tidy(name: str) -> str:
    """A processor's name without marks and padding."""
    return re.sub(r"\s+", " ", re.sub(r"\((?:R|TM|r|tm)\)", "", name)).strip()


def _is_there(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.exists()
    return False


def _read(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        return path.read_bytes()[:65536].decode("utf-8", "replace")
    return ""
