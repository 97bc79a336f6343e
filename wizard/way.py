"""How far each step is, and what is known in one line: for the rail and the footer."""

from __future__ import annotations

from wizard.pages.page import environment_name
from wizard.session import Session
from wizard.state import PageId
from wizard.text import _
from wizard.widgets.step_rail import StepState


def step_state(session: Session, page: PageId) -> StepState:
    """What the rail shows of a step that the user is not at."""
    outlook = session.outlook
    if page == "finish":
        return "upcoming" if outlook.completion == "incomplete" else "done"
    if page in ("verify", "benchmark"):
        tried = session.verified if page == "verify" else session.measured
        if page in outlook.missing:
            return "upcoming" if tried is None else "problem"
        return "done"
    return _preparation_state(session, page)


def _preparation_state(session: Session, page: PageId) -> StepState:
    """The steps before the verification: done by what is there, not by being looked at."""
    advice = session.recommendation
    if page not in session.state.visited:
        return "upcoming"
    if page == "computer":
        wants = advice is not None and advice.verdict in ("install_driver", "update_driver")
        return "problem" if wants else "done"
    if page in ("environment", "install"):
        env, verified = session.environment, session.verified
        if verified is not None and verified.torch:
            return "done"
        # The wizard's own Python, which stands in for an environment, counts once it was checked.
        there = env is not None and env.kind != "wizard" and (page == "environment" or env.torch)
        return "done" if there else "upcoming"
    return "done"


def context_line(session: Session) -> str:
    """What is known, in one line: card, driver, environment; empty while nothing is."""
    machine = session.machine
    if machine is None:
        return ""
    gpu = next(iter(machine.nvidia_gpus or machine.gpus), None)
    if gpu is None and session.scanning:
        return ""
    parts = [gpu.name if gpu is not None else _("no graphics card found")]
    if machine.nvidia_driver is not None:
        parts.append(_("driver {version}").format(version=machine.nvidia_driver.version))
    if session.state.environment is not None:
        parts.append(environment_name(session.state.environment))
    return " · ".join(parts)
