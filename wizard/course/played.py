"""A session on which everything is as it is told: nothing is run, nothing saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from wizard.course import simulated
from wizard.course.simulated import Build
from wizard.detection.machine import Environment, Machine
from wizard.detection.values import Version
from wizard.jobs.benchmark import run_benchmark
from wizard.jobs.recording import Lines, events_of, lines_of, playing, read_lines
from wizard.jobs.verification import run_verification
from wizard.runs import Run, benchmark_record, verification_record
from wizard.session import Session
from wizard.state import PAGE_IDS, ChosenEnvironment, PageId, SetupState
from wizard.text import _
from wizard.the_course import COURSE_ENVIRONMENT

_PYTHON = "3.12.11"
_TORCH = "2.13.0"
_CPU_ONLY = Build(_PYTHON, "", "", f"{_TORCH}+cpu", None)


@dataclass(frozen=True)
class Show:
    """A machine and what is played on it."""

    machine: Machine
    recorded: bool = False
    """The streams were measured on that machine; otherwise they are made up."""
    verification: Lines = ()
    benchmark: Lines = ()


def load_show(machine: Machine, folder: Path | None) -> Show:
    """The recorded streams beside a machine file, where there are both; else made-up ones.

    Raises:
        OSError: a stream is there and cannot be read.
    """
    if folder is not None:
        files = (folder / "verify.jsonl", folder / "benchmark.jsonl")
        if all(file.is_file() for file in files):
            verification, benchmark = (read_lines(file) for file in files)
            return Show(machine, True, verification, benchmark)
    return Show(machine)


class PlayedSession(Session):
    """Shows a machine that is not there as if it were; the ribbon says so on every page."""

    def __init__(self, show: Show, state: SetupState) -> None:
        super().__init__(state, None, show.machine)
        self._show = show
        self.machine = show.machine
        self.choose_course_environment()

    @property
    def simulated(self) -> bool:
        """False: pages show what a student sees, and not that nothing can be run here."""
        return False

    @property
    def ribbon(self) -> str:
        words = (
            _("Recorded on {name}; checks and figures were measured there.")
            if self._show.recorded
            else _("Simulated machine: {name}; checks and figures are simulated.")
        )
        return words.format(name=self._show.machine.name)

    def scan(self) -> None:
        """Nothing is looked at: the machine is told."""

    def verify(self) -> None:
        """Nothing is run."""

    def measure(self, seconds: float = 30.0) -> None:
        """Nothing is run."""

    # Telling what happened

    def visit_up_to(self, page: PageId) -> None:
        """The student has come so far."""
        visited = PAGE_IDS[: PAGE_IDS.index(page) + 1]
        self.state = self.state._replace(page=page, visited=visited)

    def choose_course_environment(self) -> None:
        """Choose the course's environment where the machine has it."""
        assert self.machine is not None
        env = self.machine.environment(COURSE_ENVIRONMENT)
        chosen = None if env is None else ChosenEnvironment(env.name, env.prefix, env.executable)
        self.state = self.state._replace(environment=chosen)
        self._recommendation = None

    def without_environment(self) -> None:
        """The course's environment is not there yet."""
        self._set_environments(
            tuple(env for env in self._environments() if env.name != COURSE_ENVIRONMENT)
        )

    def with_pytorch(self, *, cpu_only: bool = False) -> None:
        """The command has run: the course's environment is there, with the right build."""
        build = self._build(cpu_only=cpu_only)
        there = Environment(
            COURSE_ENVIRONMENT,
            build.prefix,
            Version.at_start(build.python),
            build.torch,
            executable=build.executable,
        )
        others = tuple(env for env in self._environments() if env.name != COURSE_ENVIRONMENT)
        self._set_environments((*others, there))

    def show_verification(self, *, cpu_only: bool = False, until: str | None = None) -> None:
        """The verification has run, or has come to the check ``until`` and is still running."""
        assert self.machine is not None
        build = self._build(cpu_only=cpu_only)
        lines = self._show.verification
        if not lines or cpu_only:
            lines = lines_of(simulated.verification(self.machine, build))
        if until is not None:
            self.verification = Run(running=True)
            for event in events_of(_until(lines, f'"start", "id": "{until}"')):
                self.verification.keep(event)
            return
        self.verification = Run()
        result = run_verification(
            Path(build.executable), self.machine, self.verification.keep, run_child=playing(lines)
        )
        result = replace(result, python=build.executable)  # a path of the machine's own system
        self.verification.result = result
        self.state = self.state._replace(verification=verification_record(result))

    def show_benchmark(self, *, until_size: int | None = None) -> None:
        """The benchmark has run, or has come to that size and is still running."""
        assert self.machine is not None
        build = self._build()
        lines = self._show.benchmark or lines_of(simulated.benchmark(self.machine, build))
        if until_size is not None:
            self.benchmark = Run(running=True)
            for event in events_of(_until(lines, f'"size": {until_size}')):
                self.benchmark.keep(event)
            return
        self.benchmark = Run()
        result = run_benchmark(
            Path(build.executable), self.benchmark.keep, run_child=playing(lines)
        )
        result = replace(result, python=build.executable)
        self.benchmark.result = result
        self.state = self.state._replace(benchmark=benchmark_record(result))

    def _environments(self) -> tuple[Environment, ...]:
        assert self.machine is not None
        return self.machine.environments

    def _set_environments(self, environments: tuple[Environment, ...]) -> None:
        assert self.machine is not None
        self.machine = replace(self.machine, environments=environments)
        self.choose_course_environment()

    def _build(self, *, cpu_only: bool = False) -> Build:
        """The PyTorch of the course's environment, as the recommended command installs it."""
        machine = self.machine
        assert machine is not None
        there = machine.environment(COURSE_ENVIRONMENT)
        windows = machine.os.system == "windows"
        root = machine.conda.root if machine.conda is not None else "/home/student/miniforge3"
        prefix = (
            f"{root}\\envs\\{COURSE_ENVIRONMENT}"
            if windows
            else f"{root}/envs/{COURSE_ENVIRONMENT}"
        )
        python = _PYTHON
        if there is not None and there.executable:
            prefix, python = there.prefix, there.python or _PYTHON
        executable = f"{prefix}\\python.exe" if windows else f"{prefix}/bin/python"
        build = replace(_CPU_ONLY, python=python, executable=executable, prefix=prefix)
        advised = self.recommendation
        if cpu_only or advised is None or not machine.nvidia_gpus or advised.verdict == "cpu":
            return build
        older = any(word.startswith("cuda-version=12") for word in advised.primary.argv)
        return replace(build, torch=_TORCH, cuda="12.9" if older else "13.0")


def _until(lines: Lines, mark: str) -> Lines:
    """The lines up to the first that has the mark, it among them; all where none has it."""
    place = next((at for at, line in enumerate(lines) if mark in line), len(lines))
    return lines[: place + 1]
