"""Runs a program of `wizard.target` with the user's interpreter and turns its lines into events."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.activation import target_environment
from wizard.child_process import Outcome, Stream, stream
from wizard.jobs.events import Done, Event, LogLine, parse_line
from wizard.jobs.run_log import RunLog
from wizard.target.protocol import NONCE

if TYPE_CHECKING:
    from wizard.causes.evidence import Ending

RunTarget = Callable[..., "TargetRun"]
"""`run_target`, or what stands for it: the same arguments, the same answer."""

MAX_EVENTS = 2000
"""Several times what a benchmark of eight cards has to say."""
TARGET = Path(__file__).resolve().parent.parent / "target"


@dataclass(frozen=True)
class TargetRun:
    outcome: Outcome
    done: bool
    """It said that it came to its end, and its exit code says so, too."""
    spoke: bool
    """It said anything at all in events."""
    log_path: Path | None
    log_tail: tuple[str, ...]

    def ending(self, during: str | None) -> Ending:
        """The same for the diagnosis; ``during`` is the check that was running."""
        from wizard.causes.evidence import Ending

        return Ending(
            kind=self.outcome.kind,
            exit_code=self.outcome.exit_code,
            exit_name=self.outcome.exit_name,
            detail=self.outcome.detail,
            done=self.done,
            spoke=self.spoke,
            during=during,
            log_tail=self.log_tail,
        )


def run_target(
    python: Path,
    arguments: tuple[str, ...],
    on_event: Callable[[Event], None],
    *,
    timeout: float,
    silence: float,
    cancelled: threading.Event | None = None,
) -> TargetRun:
    """Run ``python wizard/target arguments…``; ``on_event`` is called in this thread.

    Times are in seconds. All that is no event of this run's goes to the log, and to ``on_event`` as
    `LogLine`.
    """
    done = spoke = False
    told = 0
    nonce = os.urandom(16).hex()
    with RunLog(arguments[0]) as log:

        def on_line(name: Stream, line: str) -> None:
            nonlocal done, spoke, told
            # After the end, and beyond any number of events that ours say, it is only printing.
            heard = name == "stdout" and not done and told < MAX_EVENTS
            event = parse_line(line, nonce) if heard else LogLine(line)
            if isinstance(event, LogLine):
                log.write(event.text)
            else:
                spoke, told = True, told + 1
                done = done or isinstance(event, Done)
            on_event(event)

        outcome = stream(
            [python, TARGET, *arguments],
            on_line,
            timeout=timeout,
            silence=silence,
            env=target_environment(python) | {NONCE: nonce},
            cancelled=cancelled,
        )
        if outcome.kind != "exited" or outcome.exit_code:
            log.write(f"[{outcome.kind} {outcome.exit_name} {outcome.detail}]")
    return TargetRun(outcome, done and outcome.ok, spoke, log.path, log.tail)
