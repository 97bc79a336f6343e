"""An installation of conda for tests: its files, and a program that behaves like conda.

stand_in = make_conda(tmp_path / "miniforge3", environments=["course"])
stand_in.behave(bytes_per_second=2e6, hang_at="linking")
outcome = run([stand_in.executable, "install", "-n", "course", "--yes", "pytorch-gpu"], timeout=9)
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

_PROGRAM = Path(__file__).resolve().parent.parent / "stand_ins" / "conda"
sys.path.insert(0, str(_PROGRAM))

import conda_layout as layout  # noqa: E402  (it lies beside the program)
from unpacked_pip import unpacked_pip  # noqa: E402  (so does it)

Stage = Literal["solving", "downloading", "unpacking", "linking"]
Cause = Literal[
    "package_missing", "unsatisfiable", "no_cuda_driver", "offline", "tos", "disk_full",
    "no_permission", "file_locked", "ssl", "corrupt_archive", "checksum", "connection_lost", "lock",
    "cut", "too_many_requests",
]  # fmt: skip


@dataclass(frozen=True)
class Package:
    """One build in the channel; ``size`` is in bytes, of the archive."""

    name: str
    version: str
    build: str = "h_0"
    size: int = 20_000
    depends: tuple[str, ...] = ()
    noarch: bool = False
    suffix: str = ".conda"
    python: str = "3.12"


PYTHON = (
    Package("libzlib", "1.3"),
    Package("pip", "24.0", "py_0", 50_000, noarch=True),
    Package("python", "3.11.9", "h_0", 300_000, ("libzlib", "pip"), python="3.11"),
    Package("python", "3.12.4", "h_0", 300_000, ("libzlib", "pip")),
)
COURSE = (
    *PYTHON,
    Package("cuda-version", "12.9", "h_3", 463, noarch=True),
    Package("cuda-version", "13.0", "h_3", 470, noarch=True),
    Package("cuda-cudart", "12.9.1", "h_0", 150_000, ("cuda-version 12.9.*",)),
    Package("cuda-cudart", "13.0.1", "h_0", 150_000, ("cuda-version 13.0.*",)),
    Package("numpy", "2.3.1", "py312_0", 100_000, ("python",)),
    Package("pytorch", "2.10.0", "cpu_py312_h_0", 400_000, ("python", "numpy")),
    Package(
        "pytorch", "2.10.0", "cuda129_py312_h_300", 1_500_000, ("python", "numpy", "cuda-cudart")
    ),
    Package(
        "pytorch", "2.10.0", "cuda130_py312_h_300", 1_500_000, ("python", "numpy", "cuda-cudart")
    ),
    Package("pytorch-cpu", "2.10.0", "cpu_h_0", 497, ("pytorch=2.10.0=cpu*",)),
    Package("pytorch-gpu", "2.10.0", "cuda130_h_300", 497, ("pytorch=2.10.0=cuda*",)),
    Package("torchvision", "0.25.0", "py312_0", 100_000, ("python", "pytorch")),
    Package("torchaudio", "2.10.0", "py312_0", 100_000, ("python", "pytorch")),
)  # fmt: skip
"""What the stand-in's conda-forge offers; of several that fit, the last is taken."""


@dataclass(frozen=True)
class Behaviour:
    """How the program behaves from its next start on."""

    version: str = "26.8.0"
    packages: tuple[Package, ...] = COURSE
    cuda: str | None = "13.0"
    """What ``info`` says of the driver."""
    bytes_per_second: float | None = None
    """Of a download; None: at once."""
    solve_seconds: float = 0.0
    unpack_seconds: float = 0.0
    """Per package."""
    link_seconds: float = 0.0
    """Per package."""
    fail: Cause | None = None
    fail_times: int | None = None
    """So often; None: always."""
    fail_at: Stage = "solving"
    """In the middle of the largest package; of linking, of the packages."""
    cut_after: int | None = None
    """Bytes that one call can download before the connection breaks."""
    says_first: str = ""
    """A line before everything else, also before JSON."""
    hang_at: Stage | None = None
    ignore_sigterm: int = 0
    """So many are ignored; -1: all."""
    children: bool = False
    """It has a child with a child; neither ends at SIGTERM."""
    noise_lines: int = 0
    """Lines that an installation prints first, as fast as it can."""
    terms_of_service: bool = False
    """Without ``--override-channels`` Anaconda's terms stop it."""
    busy_lock: float = 0.3
    """Seconds that ``fail="lock"`` waits for the other conda."""


@dataclass(frozen=True)
class StandIn:
    """An installation that `make_conda` made."""

    root: Path
    executable: Path
    package_cache: Path
    behaviour: dict[str, Any] = field(default_factory=dict[str, Any], compare=False)

    def prefix(self, name: str) -> Path:
        return self.root / "envs" / name

    def behave(self, behaviour: Behaviour | None = None, **changes: Any) -> None:
        """From the next start on; without a `Behaviour`, the one before with changes."""
        before = behaviour or self.behaviour.get("now") or Behaviour()
        self.behaviour["now"] = now = replace(before, **changes)
        (self.root / "stand-in-failed").unlink(missing_ok=True)
        (self.root / layout.SETTINGS).write_text(json.dumps(asdict(now)), "utf-8")

    def add_environment(
        self, name: str | Path, packages: Iterable[str | Package] = ("python=3.12",)
    ) -> Path:
        """A whole environment, with the named packages alone; returns its folder."""
        prefix = self.root / "envs" / name
        offered = [asdict(package) for package in self.behaviour["now"].packages]
        chosen = [
            [each for each in offered if layout.matches(each, package)][-1]
            if isinstance(package, str)
            else asdict(package)
            for package in packages
        ]
        layout.make_environment(self.package_cache, prefix, chosen)
        return prefix

    def installed(self, name: str | Path) -> dict[str, str]:
        """Version and build by name, from the records."""
        found = layout.installed(self.root / "envs" / name)
        return {each["name"]: f"{each['version']} {each['build']}" for each in found}

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of every call so far, the program's own name left out."""
        return [call["argv"] for call in self.full_calls]

    @property
    def full_calls(self) -> list[dict[str, Any]]:
        """With ``argv``, ``pid``, ``at`` (time.time) and ``env``."""
        path = self.root / layout.CALLS
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        return [json.loads(line) for line in lines]

    @property
    def children(self) -> list[int]:
        """Process ids of the child and its child, of the last call that had them."""
        path = self.root / "stand-in-children"
        return [int(pid) for pid in path.read_text().split()] if path.is_file() else []

    def wait_until_hanging(self, stage: Stage, seconds: float = 60) -> None:
        path = self.root / "stand-in-hangs"
        deadline = time.monotonic() + seconds
        while not (path.is_file() and path.read_text() == stage):
            assert time.monotonic() < deadline, f"conda did not reach {stage}"
            time.sleep(0.01)
        path.unlink()


def make_conda(
    root: Path,
    *,
    environments: Iterable[str] | Mapping[str, Iterable[str | Package]] = (),
    behaviour: Behaviour | None = None,
    package_cache: Path | None = None,
) -> StandIn:
    """Lay out an installation as Miniforge does.

    ``environments`` are names (each with a Python), or names with the packages that are in them.
    ``package_cache`` lies elsewhere than in the installation; its ``.condarc`` says so.
    """
    stand_in = StandIn(root, root / "bin" / "conda", package_cache or root / "pkgs")
    conda = Package("conda", "26.8.0", "py312h7900ff3_0", python="3.12")
    stand_in.package_cache.mkdir(parents=True, exist_ok=True)
    (stand_in.package_cache / "urls.txt").touch()
    root.mkdir(parents=True, exist_ok=True)
    (root / layout.PIP).write_text(str(unpacked_pip()), "utf-8")
    layout.pip_lies_in(unpacked_pip())
    base = [asdict(package) for package in (PYTHON[-1], conda)]
    layout.make_environment(stand_in.package_cache, root, base)
    if package_cache is not None:
        (root / ".condarc").write_text(f'pkgs_dirs:\n  - "{package_cache}"\n', "utf-8")
    (root / "envs").mkdir()
    (root / "condabin").mkdir()
    # Not a shebang with Python in it: such a line can hold no space.
    words = [sys.executable, "-X", "utf8", "-B", "-I", "-S", str(_PROGRAM), str(root)]
    for place in (stand_in.executable, root / "condabin" / "conda"):
        place.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', "utf-8")
        place.chmod(0o755)
    stand_in.behave(behaviour or Behaviour())
    given = environments if isinstance(environments, Mapping) else dict.fromkeys(environments)
    for name, packages in given.items():
        stand_in.add_environment(name, packages or ("libzlib", "pip", "python=3.12"))
    return stand_in


def alive(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be buried."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"
