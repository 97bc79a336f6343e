"""Stand-ins for what takes time or needs the outside: the survey, both runs, the installation.

They say what the real ones say, by the real values, and end in every way that the real ones end in.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.advice.finding import Finding
from wizard.child_process import Outcome
from wizard.course import simulated
from wizard.detection.machine import Conda, Environment, Machine
from wizard.installation.removal import Removal
from wizard.installation.values import (
    Condition,
    Forecast,
    InstallResult,
    Item,
    ItemStarted,
    Package,
    Plan,
    Preflight,
    Progress,
    StepStarted,
)
from wizard.jobs import installation, threads
from wizard.jobs.benchmark import run_benchmark
from wizard.jobs.events import LogLine, parse_line
from wizard.jobs.recording import Lines, lines_of
from wizard.jobs.target_run import TargetRun
from wizard.jobs.verification import run_verification

_LONGEST = 0.004
"""Seconds between two events."""
_FINDING = Finding("offline", "No server", "It does not answer.", "Try again.", (), "")


class QuickJobs:
    """Answers for a machine; how a job ends is drawn by chance."""

    def __init__(self, machine: Machine, chance: random.Random) -> None:
        self.machine = machine
        self._chance = chance

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from wizard.detection import survey
        from wizard.installation import journal, prompt, removal, repair, ways

        monkeypatch.setattr(survey, "survey", self._survey)
        monkeypatch.setattr(threads, "run_verification", self._verify)
        monkeypatch.setattr(threads, "run_benchmark", self._measure)
        monkeypatch.setattr(installation, "run_preflight", self._look)
        monkeypatch.setattr(installation, "run_install", self._install)
        monkeypatch.setattr(ways, "way_to_install", lambda *_words: self._plan())
        monkeypatch.setattr(repair, "repair_plan", self._repaired)
        monkeypatch.setattr(journal, "unfinished", lambda: None)
        monkeypatch.setattr(removal, "look", self._look_at_what_goes)
        monkeypatch.setattr(
            removal, "remove", lambda _agreed: self._chance.choice((None, _FINDING))
        )
        monkeypatch.setattr(prompt, "start_detached", lambda *_a, **_k: self._maybe("no terminal"))
        monkeypatch.setattr(prompt, "_script", lambda *_words: "/nowhere/start.sh")

    def _maybe(self, problem: str) -> str | None:
        return self._chance.choice((None, problem))

    def _pause(self, cancelled: threading.Event | None) -> bool:
        """A moment; whether it is to end."""
        time.sleep(self._chance.random() * _LONGEST)
        return cancelled is not None and cancelled.is_set()

    def _survey(self, tell: Any, cancelled: threading.Event | None = None) -> Machine:
        names = ("system", "nvml", "nvidia_smi", "display_adapters", "conda", "python")
        known: list[str] = []
        for name in names:
            if self._pause(cancelled):
                break
            known.append(name)
            tell(self.machine, frozenset(known))
        return self.machine

    def _look_at_what_goes(self, plan: Plan) -> Removal | Finding | None:
        return self._chance.choice((None, _FINDING, Removal(plan, 3, 1000, "0" * 32, (1, 2))))

    def _repaired(self, plan: Plan) -> Plan | Removal | Finding | None:
        return self._look_at_what_goes(plan) or self._plan()

    # The two runs

    def _lines(self, kind: str) -> Lines:
        env = self.machine.environments[0]
        gpu = bool(self.machine.nvidia_gpus) and self._chance.random() < 0.7
        version = "2.13.0+cu130" if gpu else "2.13.0+cpu"
        build = simulated.Build(
            "3.12.4", env.executable or "", env.prefix, version, "13.0" if gpu else None
        )
        lines = list(lines_of(getattr(simulated, kind)(self.machine, build)))
        for _turn in range(self._chance.randrange(4)):
            lines.insert(self._chance.randrange(len(lines)), self._chance.choice(ODD_LINES))
        return tuple(lines[: self._chance.choice((len(lines), self._chance.randrange(len(lines))))])

    def _playing(self, kind: str) -> Callable[..., TargetRun]:
        def play(
            _python: Path,
            _arguments: tuple[str, ...],
            on_event: Callable[[object], None],
            *,
            cancelled: threading.Event | None = None,
            **_options: object,
        ) -> TargetRun:
            said: list[str] = []
            done = False
            for line in self._lines(kind):
                event = parse_line(line)
                done = done or '"done"' in line
                if isinstance(event, LogLine):
                    said.append(line)
                on_event(event)
                if self._pause(cancelled):
                    outcome = Outcome("cancelled", None, "", "", "", 0.1)
                    return TargetRun(outcome, False, True, None, tuple(said))
            code = 0 if done else self._chance.choice((1, -9, -11, 0xC0000135, 0))
            outcome = Outcome("exited", code, "", "", "", 0.1)
            if not done and self._chance.random() < 0.3:
                outcome = Outcome("timed_out", None, "", "", "no end after 900 s", 900.0)
            return TargetRun(outcome, done, True, None, tuple(said))

        return play

    def _verify(self, python: Path, machine: Machine, tell: Any, cancelled: Any) -> object:
        play = self._playing("verification")
        return run_verification(python, machine, tell, cancelled, run_child=play)

    def _measure(self, python: Path, tell: Any, cancelled: Any, seconds: float) -> object:
        play = self._playing("benchmark")
        return run_benchmark(python, tell, cancelled, seconds, run_child=play)

    # The installation

    def _plan(self) -> Plan | Finding:
        from wizard.advice.recommend import recommend
        from wizard.installation.plan import make_plan

        time.sleep(self._chance.random() * _LONGEST)
        return make_plan(self.machine, recommend(self.machine))

    def _look(self, plan: Plan, _machine: Machine, tell: Any, cancelled: Any) -> Preflight:
        items: list[Item] = []
        for name in ("environment", "running", "permission", "path", "program", "changes", "disk"):
            tell(ItemStarted(name))
            if self._pause(cancelled):
                return Preflight(plan, tuple(items), None, cancelled=True)
            state = self._chance.choices(
                ("passed", "warning", "blocked", "skipped"), (30, 3, 1, 3)
            )[0]
            finding = _FINDING if state in ("warning", "blocked") else None
            items.append(Item(name, state, f"{name} <b>&amp;</b>", finding))
            tell(items[-1])
        packages = (Package("pytorch", "2.13.0", size=10**9),) * self._chance.randrange(3)
        forecast = self._chance.choice((None, Forecast(packages=packages)))
        return Preflight(plan, tuple(items), forecast, 10**9)

    def _install(self, plan: Plan, _forecast: Any, tell: Any, cancelled: Any) -> InstallResult:
        kind = self._chance.choice(("done", "failed"))
        for at, step in enumerate(plan.steps):
            tell(StepStarted(at, step, len(plan.steps)))
            for done in range(5):
                tell(Progress("downloading", done * 10**8, self._chance.choice((None, 5 * 10**8))))
                tell(LogLine(self._chance.choice(ODD_LINES)))
                if self._pause(cancelled):
                    kind = "cancelled"
                    break
            if kind == "cancelled":
                break
        states = {"done": ("whole",), "failed": ("absent", "half_made", "damaged", "without_torch")}
        state = self._chance.choice(states.get(kind, ("absent", "half_made", "without_torch")))
        condition = Condition(state, "3.12.4" if state in ("whole", "damaged") else None)
        findings = (_FINDING,) if kind == "failed" else ()
        return InstallResult(plan, kind, 0, findings, condition, None, (), 1.0)


ODD_TEXTS = (
    "",
    " ",
    "\0",
    "Torch not compiled with CUDA enabled",
    "CUDA error: no kernel image is available for execution on the device\n" * 20,
    "<b>bold</b><script>alert(1)</script>",
    "\x1b[2J\x1b]0;title\x07\x9b31m",
    "\u202eabc\u2066def\u2069",
    "\U0001f600" * 50 + "e\u0301" * 50,
    "%s %d {0} {name} \\",
    "ə" * 3000,
    "a\r\nb\rc\u2028d\u2029e\x0cf",
    "\ufffe\uffff\ufeff",
    "x" * 300_000,
    '{"event": "done"}',
)
ODD_LINES = (
    *(text[:2000] for text in ODD_TEXTS if "\n" not in text),
    '{"event": "check", "id": "unheard of", "state": "passed"}',
    '{"event": "check", "id": "devices", "state": "passed", "value": {"a": [null]}}',
    '{"event": "check", "id": "cuda_available", "state": "failed", "value": "True"}',
    '{"event": "sample", "device": "cuda:7", "dtype": "int3", "size": 999999999, "seconds": 1,'
    ' "gflops": 1e15}',
    '{"event": "sample", "device": "cpu", "dtype": "float32", "size": 1, "seconds": 1,'
    ' "gflops": 1e-15}',
    '{"event": "note", "code": "x", "device": "cpu", "size": 4096}',
    '{"event": "training", "device": "", "dtype": "", "tokens_per_second": 1e15, "seconds": 1,'
    ' "tokens": 1, "repeats": 1}',
)


def a_computer(machine: Machine) -> Machine:
    """The described machine as if the survey of this computer had found it."""
    from dataclasses import replace

    own = Environment("wizard", sys.prefix, "3.12.4", None, "wizard", sys.executable)
    course = Environment("llm_50gun", "/opt/conda/envs/llm_50gun", "3.12.4", "2.13.0+cpu")
    course = replace(course, executable="/opt/conda/envs/llm_50gun/bin/python")
    odd = Environment("<i>odd</i> & \u202ename", "/opt/x y/\udc80", None, None)
    conda = Conda("26.8.0", "miniforge", "/opt/conda", "/opt/conda/bin/conda")
    return replace(
        machine,
        simulated=False,
        conda=conda,
        conda_installations=(conda,),
        environments=(course, own, odd),
    )
