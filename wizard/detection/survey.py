"""Run the probes side by side, each with a time limit, and merge what they answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wizard.awake import AwakeClock
from wizard.detection.answers import (
    PROBE_FAILED,
    PROBE_TIMED_OUT,
    Answer,
    NoAnswer,
    ProbeName,
    no_answer_in,
)
from wizard.detection.machine import Machine, Problem
from wizard.detection.merge import merge


@dataclass(frozen=True)
class Probe:
    ask: Callable[[], Answer]
    time_limit: float
    """Seconds from the start of the survey; an answer that comes later is dropped."""


def _system() -> Answer:
    from wizard.detection.probes.system import probe_system

    return probe_system()


def _nvml() -> Answer:
    from wizard.detection.probes.nvml import probe_nvml

    return probe_nvml()


def _nvidia_smi() -> Answer:
    from wizard.detection.probes.nvidia_smi import probe_nvidia_smi

    return probe_nvidia_smi()


def _display_adapters() -> Answer:
    from wizard.detection.probes.display_adapters import probe_display_adapters

    return probe_display_adapters()


def _conda() -> Answer:
    from wizard.detection.probes.conda import probe_conda

    return probe_conda()


def _python() -> Answer:
    from wizard.detection.probes.python import probe_python

    return probe_python()


PROBES: Mapping[ProbeName, Probe] = {
    "system": Probe(_system, 8.0),
    "nvml": Probe(_nvml, 10.0),
    "nvidia_smi": Probe(_nvidia_smi, 20.0),
    "display_adapters": Probe(_display_adapters, 16.0),
    "conda": Probe(_conda, 8.0),
    "python": Probe(_python, 4.0),
}


_TICK = 0.1
"""Seconds between looks at ``cancelled``."""


def survey(
    on_answer: Callable[[Machine, frozenset[ProbeName]], None] | None = None,
    probes: Mapping[ProbeName, Probe] = PROBES,
    cancelled: threading.Event | None = None,
) -> Machine:
    """What this computer is, as far as the probes could tell in time.

    Args:
        on_answer: called in this thread after each answer (or expired time limit), with the
            machine as known so far and the names of the probes that are through.
        probes: other probes, for tests.
        cancelled: when set, the answers until then are all there will be.
    """
    clock = AwakeClock()
    began = clock.now()
    arrived: queue.Queue[tuple[ProbeName, Answer]] = queue.Queue()
    for name, probe in probes.items():
        # Daemons: a driver that never comes back must not keep the program from ending.
        threading.Thread(
            target=_ask, args=(name, probe, arrived), name=f"probe {name}", daemon=True
        ).start()
    answers: dict[ProbeName, Answer] = {}
    while len(answers) < len(probes) and not (cancelled is not None and cancelled.is_set()):
        waiting = set(probes).difference(answers)
        first = min(probes[name].time_limit for name in waiting)
        left = began + first - clock.now()
        try:
            name, answer = arrived.get(timeout=min(max(0.0, left), _TICK))
        except queue.Empty:
            if left > _TICK:
                continue
            for late in waiting:
                if probes[late].time_limit <= first:
                    answers[late] = _late(late, probes[late])
        else:
            answers.setdefault(name, answer)
        if on_answer is not None:
            on_answer(merge(answers.values()), frozenset(answers))
    return merge(answers.values())


def _ask(name: ProbeName, probe: Probe, arrived: queue.Queue[tuple[ProbeName, Answer]]) -> None:
    try:
        answer = probe.ask()
    except Exception as error:
        # A probe must not raise; one that does costs its own answer only.
        detail = f"{name}: {type(error).__name__}: {error}"
        answer = NoAnswer(name, Problem(PROBE_FAILED, detail[:300]))
    arrived.put((name, answer))


def _late(name: ProbeName, probe: Probe) -> NoAnswer:
    return NoAnswer(name, Problem(PROBE_TIMED_OUT, no_answer_in(name, probe.time_limit)))
