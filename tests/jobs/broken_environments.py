"""Makes real environments that can then be broken, and runs real programs in them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from wizard.detection.machine import Machine
from wizard.jobs.verification import VerificationResult, run_verification

DEV_PACKAGES = Path(sysconfig.get_path("purelib"))
"""Where the wizard's own Python has its packages, the real CPU PyTorch among them."""

_WITHOUT_OVERRIDE = """
import ctypes, os, sys
CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24
if ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0):
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
"""
CANNOT_GIVE_UP = 77
"""The exit code of `without_root_rights` where root cannot give up its right to write anywhere."""


def make_venv(prefix: Path, *options: str) -> Path:
    """A real environment without pip; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", *options, prefix], check=True)
    return prefix / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def packages_of(python: Path) -> Path:
    """The site-packages folder of an environment."""
    prefix = python.parent.parent
    return next(prefix.glob("Lib" if os.name == "nt" else "lib/python*")) / "site-packages"


def lend_packages(packages: Path) -> None:
    """Put the wizard's own packages behind those of ``packages``: what torch needs, and pip."""
    packages.mkdir(parents=True, exist_ok=True)
    (packages / "lent.pth").write_text(f"{DEV_PACKAGES}\n", encoding="utf-8")


def mirror_torch(packages: Path) -> Path:
    """The real PyTorch in another place, whose files can be taken away; returns its folder.

    Only torch and torch/lib are real folders, so that the loader looks for libraries there.
    """
    found = importlib.util.find_spec("torch")
    assert found is not None and found.origin is not None
    real, mirror = Path(found.origin).parent, packages / "torch"
    for folder in ("", "lib"):
        (mirror / folder).mkdir(parents=True)
        for entry in (real / folder).iterdir():
            if entry.name not in ("lib", "__pycache__"):
                (mirror / folder / entry.name).symlink_to(entry)
    return mirror


def cut_short(library: Path, size: int = 10_000) -> None:
    """What an interrupted download or a full disk leaves of a file."""
    with library.open("rb") as file:
        beginning = file.read(size)
    library.unlink()
    library.write_bytes(beginning)


def verified(python: Path, machine: Machine) -> VerificationResult:
    return run_verification(python, machine, lambda _event: None, timeout=60, silence=30)


def codes(result: VerificationResult) -> list[str]:
    return [finding.code for finding in result.findings]


def said_by(argv: list[str | Path], cwd: Path, variables: Mapping[str, str] | None = None) -> str:
    """All that a program which must fail prints, as a user would paste it."""
    ran = subprocess.run(
        argv,
        cwd=cwd,
        env={**_without_pip_settings(), **(variables or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        check=False,
    )
    assert ran.returncode != 0, ran.stdout
    return "" if ran.returncode == CANNOT_GIVE_UP else ran.stdout


def without_root_rights(argv: list[str | Path]) -> list[str | Path]:
    """The same program so that read-only folders are read-only for it, also for root."""
    if os.geteuid() != 0:
        return argv
    return [sys.executable, "-c", _WITHOUT_OVERRIDE, *argv]


def _without_pip_settings() -> dict[str, str]:
    """The environment without the index, the proxy and the settings that pip has here."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PIP_") and not name.lower().endswith("_proxy")
    }
    return {**own, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
