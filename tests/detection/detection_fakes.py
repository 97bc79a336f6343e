"""Stand-ins for what a test machine does not have: tools, a registry, file trees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from wizard.child_process import Outcome

RECORDINGS = Path(__file__).resolve().parent.parent / "recordings"


def recorded(name: str) -> str:
    return (RECORDINGS / name).read_text("utf-8")


def exited(stdout: str = "", code: int = 0, stderr: str = "") -> Outcome:
    return Outcome("exited", code, stdout, stderr, "", 0.01)


class FakeRunner:
    """Answers like the tool of a recording; remembers how it was called."""

    def __init__(self, *answers: Outcome) -> None:
        self.answers = list(answers)
        self.calls: list[list[str]] = []

    def __call__(self, argv: list[str], *, timeout: float) -> Outcome:
        self.calls.append(argv)
        return self.answers[min(len(self.calls), len(self.answers)) - 1]


class FakeRegistry:
    """Keys below HKEY_LOCAL_MACHINE; names are compared as Windows does."""

    def __init__(self, keys: Mapping[str, Mapping[str, object]]) -> None:
        self.keys = {name.lower(): values for name, values in keys.items()}
        self.names = list(keys)

    def values(self, key: str) -> Mapping[str, object]:
        return self.keys.get(key.lower(), {})

    def subkeys(self, key: str) -> tuple[str, ...]:
        start = key.lower() + "\\"
        inside = [name[len(start) :] for name in self.names if name.lower().startswith(start)]
        return tuple(dict.fromkeys(name.partition("\\")[0] for name in inside))


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def pci_device(
    root: Path, bus_id: str, ids: str, kind: str = "0x030000", driver: str | None = None
) -> Path:
    """One device below /sys, as the kernel shows it."""
    device = root / "sys/bus/pci/devices" / bus_id
    vendor_id, device_id = ids.split(":")
    write(device / "class", kind + "\n")
    write(device / "vendor", f"0x{vendor_id}\n")
    write(device / "device", f"0x{device_id}\n")
    if driver is not None:
        (root / "sys/bus/pci/drivers" / driver).mkdir(parents=True, exist_ok=True)
        (device / "driver").symlink_to(root / "sys/bus/pci/drivers" / driver)
    return device


def conda_package(prefix: Path, name: str, version: str, build: str, channel: str) -> None:
    data = {"name": name, "version": version, "build": build, "channel": channel}
    write(prefix / "conda-meta" / f"{name}-{version}-{build}.json", json.dumps(data))


def conda_environment(
    prefix: Path,
    python: str | None = "3.12.11",
    torch: str | None = None,
    torch_build: str | None = None,
    windows: bool = False,
) -> Path:
    """An environment as conda leaves it; ``torch`` alone means that pip installed it."""
    write(prefix / "conda-meta" / "history")
    packages = prefix / "Lib/site-packages"
    if python is not None:
        conda_package(prefix, "python", python, "h9e4cc4f_0_cpython", "conda-forge")
        write(prefix / ("python.exe" if windows else "bin/python"))
        if not windows:
            packages = prefix / f"lib/python{'.'.join(python.split('.')[:2])}/site-packages"
        packages.mkdir(parents=True, exist_ok=True)
    if torch_build is not None:
        assert torch is not None
        channel = "https://conda.anaconda.org/conda-forge/linux-64"
        conda_package(prefix, "pytorch", torch.partition("+")[0], torch_build, channel)
    if torch is not None:
        write(packages / f"torch-{torch.partition('+')[0]}.dist-info/METADATA")
        write(packages / "torch/version.py", f"__version__ = '{torch}'\ndebug = False\n")
    return prefix


def conda_root(root: Path, version: str = "25.9.1", windows: bool = False) -> Path:
    """An installation: an environment with conda in it."""
    conda_environment(root, windows=windows)
    conda_package(root, "conda", version, "py312h7900ff3_0", "conda-forge")
    write(root / "condabin" / ("conda.bat" if windows else "conda"))
    write(root / ("Scripts/conda.exe" if windows else "bin/conda"))
    return root
