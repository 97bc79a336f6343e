"""Environments that are broken in a known way, and machines that expect something of them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.detection.machine import Driver, Gpu, Machine, OperatingSystem

ODD_NAME = "Dərslər İşığı ə ğ ş"
STAND_INS = Path(__file__).resolve().parent.parent / "stand_ins"

MakeEnvironment = Callable[..., Path]


@pytest.fixture
def cpu_machine() -> Machine:
    return Machine("no GPU", OperatingSystem("linux"))


@pytest.fixture
def nvidia_machine() -> Machine:
    return Machine(
        "RTX 3060",
        OperatingSystem("linux"),
        gpus=(Gpu("nvidia", "NVIDIA GeForce RTX 3060", "8.6", 12.0),),
        nvidia_driver=Driver("581.57", "13.0"),
    )


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """The wizard's Python with the stand-in for a graphics card; see `tests/stand_ins/torch`."""

    def choose(mode: str) -> Path:
        monkeypatch.setenv("PYTHONPATH", str(STAND_INS))
        monkeypatch.setenv("STAND_IN_GPU", mode)
        return Path(sys.executable)

    return choose


@pytest.fixture
def environment(tmp_path: Path) -> MakeEnvironment:
    """A real virtual environment in a folder with odd letters; ``torch`` is its torch's source."""

    def make(torch: str | None = None) -> Path:
        prefix = tmp_path / ODD_NAME
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
        windows = os.name == "nt"
        if torch is not None:
            packages = next(prefix.glob("Lib" if windows else "lib/python*")) / "site-packages"
            (packages / "torch").mkdir()
            (packages / "torch" / "__init__.py").write_text(torch, encoding="utf-8")
        return prefix / ("Scripts/python.exe" if windows else "bin/python")

    return make


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """A file that can be started like an interpreter and does what ``code`` says."""

    def make(code: str) -> Path:
        if os.name == "nt":
            pytest.skip("a script cannot pass for an interpreter on Windows")
        path = tmp_path / "python"
        path.write_text(f"#!{sys.executable}\n{code}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make
