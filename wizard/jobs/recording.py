"""Event streams that were recorded, or made up for a described machine, played as if a child spoke.

The lines are those that `wizard.target` prints. What is played goes through the same reading as
what a real child says, so that a picture of a state cannot show what the program could not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from wizard.child_process import Outcome
from wizard.jobs.events import Done, Event, LogLine, parse_line
from wizard.jobs.target_run import RunTarget, TargetRun

Lines = tuple[str, ...]


def lines_of(events: Iterable[Mapping[str, object]]) -> Lines:
    """The lines a child would print for these events."""
    return tuple(json.dumps(event) for event in events)


def read_lines(path: Path) -> Lines:
    """The lines of a recorded stream.

    Raises:
        OSError: the file cannot be read.
    """
    return tuple(path.read_text("utf-8").splitlines())


def events_of(lines: Iterable[str]) -> tuple[Event, ...]:
    return tuple(parse_line(line) for line in lines)


def playing(lines: Lines) -> RunTarget:
    """What stands for `run_target`: gives the events of these lines at once."""

    def run(
        _python: Path,
        _arguments: tuple[str, ...],
        on_event: Callable[[Event], None],
        **_options: object,
    ) -> TargetRun:
        events = events_of(lines)
        for event in events:
            on_event(event)
        done = any(isinstance(event, Done) for event in events)
        said = tuple(event.text for event in events if isinstance(event, LogLine))
        outcome = Outcome("exited", 0 if done else 1, "", "", "", 0.0)
        return TargetRun(outcome, done, bool(events), None, said)

    return run
