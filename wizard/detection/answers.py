"""What each probe answers: frozen values that ``merge`` puts together to one ``Machine``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from wizard.detection.machine import (
    Conda,
    Cpu,
    Driver,
    Environment,
    Gpu,
    OperatingSystem,
    Problem,
)
from wizard.detection.values import Version
from wizard.text import _

ProbeName = Literal["system", "nvml", "nvidia_smi", "display_adapters", "conda", "python"]
"""The names under which ``survey`` reports that a probe has answered (or run out of time).

``system``: operating system, processor, memory, disk. ``nvml``, ``nvidia_smi``,
``display_adapters``: the three sources for graphics cards, in the order in which they are believed.
``conda``: installations and their environments. ``python``: the Python that runs the wizard.
"""

PROBE_NAMES: tuple[ProbeName, ...] = get_args(ProbeName)

PROBE_TIMED_OUT = "probe_timed_out"
PROBE_FAILED = "probe_failed"


@dataclass(frozen=True)
class SystemAnswer:
    os: OperatingSystem
    name: str = ""
    """The computer's name in its network."""
    cpu: Cpu = field(default_factory=Cpu)
    memory_gib: float | None = None
    disk_free_gib: float | None = None
    cuda_visible_devices: str | None = None
    """The variable of that name; None where it is not set."""
    problems: tuple[Problem, ...] = ()
    source: ProbeName = "system"
    container: bool = False
    """True inside Docker, Podman, Kubernetes, LXC and the like."""


@dataclass(frozen=True)
class GraphicsAnswer:
    source: ProbeName
    gpus: tuple[Gpu, ...] = ()
    driver: Driver | None = None
    problems: tuple[Problem, ...] = ()
    asked_nvidia: bool = False
    """True where NVIDIA's own driver answered: its list of NVIDIA cards is then trusted."""
    bound: frozenset[str] = frozenset()
    """Bus ids of the cards that NVIDIA's kernel module holds."""
    whole_bus: bool = True
    """False where not even the list of devices could be read: then a missing card says nothing."""
    hidden: Gpu | None = None
    """A card that no bus lists, but which must be there: a Jetson's own, or WSL's."""
    kernel_module: Version | None = None
    """Version of NVIDIA's loaded kernel module (Linux)."""
    secure_boot: bool | None = None


@dataclass(frozen=True)
class CondaAnswer:
    installations: tuple[Conda, ...] = ()
    environments: tuple[Environment, ...] = ()
    problems: tuple[Problem, ...] = ()
    source: ProbeName = "conda"


@dataclass(frozen=True)
class PythonAnswer:
    environment: Environment | None = None
    private: tuple[Environment, ...] = ()
    """Virtual environments that the wizard made for those without conda."""
    problems: tuple[Problem, ...] = ()
    source: ProbeName = "python"


@dataclass(frozen=True)
class NoAnswer:
    """A probe that was late or failed; the problem says which."""

    source: ProbeName
    problem: Problem

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (self.problem,)


Answer = SystemAnswer | GraphicsAnswer | CondaAnswer | PythonAnswer | NoAnswer


class Outcome(Protocol):
    """What a probe needs of a finished child process."""

    @property
    def kind(self) -> str: ...
    @property
    def exit_code(self) -> int | None: ...
    @property
    def stdout(self) -> str: ...
    @property
    def stderr(self) -> str: ...
    @property
    def detail(self) -> str: ...


class Runner(Protocol):
    """Starts a program and waits; ``wizard.child_process.run`` or a test's recording."""

    def __call__(self, argv: list[str], *, timeout: float) -> Outcome: ...


def no_answer_in(who: str, seconds: float) -> str:
    """The detail of a problem with something that was too slow."""
    return _("{who}: no answer in {seconds} s").format(who=who, seconds=f"{seconds:g}")


def run_program(argv: list[str], *, timeout: float) -> Outcome:
    """Start a program through the one module that may; imported only when one is started."""
    from wizard.child_process import run

    return run(argv, timeout=timeout)


#: NVML's return codes that say why the driver does not answer. nvidia-smi ends with the same
#: numbers as exit codes (nvml.h, nvmlReturn_t; nvidia-smi manual, "RETURN VALUE").
_NVML_CODES = {
    4: "driver_permission",
    6: "no_devices_found",
    8: "gpu_lost",  # its power cable is missing
    9: "kernel_module_not_loaded",
    11: "gpu_lost",  # its interrupts do not arrive
    12: "nvml_library_not_found",
    13: "driver_too_old",  # the library lacks even the function that starts it
    15: "gpu_lost",
    16: "gpu_lost",  # it has to be reset
    17: "wsl2_cuda",  # "GPU access blocked by the operating system"
    18: "nvml_mismatch",
}


def nvml_problem(code: int | None, detail: str) -> Problem:
    """The problem for an NVML return code; ``nvml_error`` where it has no failure code."""
    return Problem(_NVML_CODES.get(code if code is not None else 999, "nvml_error"), detail)
