"""Every page in every state that a student meets, each with its caption."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from wizard.course.played import PlayedSession
from wizard.course.played_installation import show_installation
from wizard.detection.machine import Machine
from wizard.state import PAGE_IDS, PageId
from wizard.text import _

Prepare = Callable[[PlayedSession], None]
Kind = Literal["any", "nvidia", "usable", "no_driver", "old_driver", "no_nvidia", "conda"]
"""Which machines meet a state: ``usable`` has a card and a driver that is new enough."""


@dataclass(frozen=True)
class Scene:
    """One picture: a page, and how far the student has come."""

    id: str
    """Such as ``verify-true``: the page, and the state it is in."""
    page: PageId
    prepare: Prepare = field(repr=False)
    caption: Callable[[], str] = field(repr=False)
    kind: Kind = "any"
    machine: str = ""
    """The sample machine that shows it best; empty: the one that is asked for."""
    look_at: str = ""
    """The attribute of the page that has to be seen; the page is scrolled to it."""

    @property
    def file_name(self) -> str:
        """The page's number comes first, so that pictures stand in the order of the wizard."""
        return f"{PAGE_IDS.index(self.page) + 1:02d}-{self.id}.png"


def fits(scene: Scene, machine: Machine, verdict: str) -> bool:
    """Whether a student with that machine meets this state; ``verdict`` is the advice's."""
    nvidia = bool(machine.nvidia_gpus)
    return {
        "any": True,
        "nvidia": nvidia,
        "usable": nvidia and verdict == "install",
        "no_driver": nvidia and verdict == "install_driver",
        "old_driver": nvidia and verdict == "update_driver",
        "no_nvidia": not nvidia,
        "conda": machine.conda is not None and verdict in ("install", "cpu"),
    }[scene.kind]


def _nothing(_session: PlayedSession) -> None:
    """The page as it is when one comes to it."""


def _looking(session: PlayedSession) -> None:
    assert session.machine is not None
    session.scanning = True
    session.answered = frozenset({"system"})
    session.machine = replace(session.machine, gpus=(), nvidia_driver=None)


def _no_environment(session: PlayedSession) -> None:
    session.without_environment()


def _no_conda(session: PlayedSession) -> None:
    session.without_environment()
    assert session.machine is not None
    session.machine = replace(session.machine, conda=None, conda_installations=(), environments=())
    session.choose_course_environment()


def _route(name: str) -> Prepare:
    def prepare(session: PlayedSession) -> None:
        session.route = name

    return prepare


def _installing(stage: str) -> Prepare:
    return lambda session: show_installation(session, stage)  # type: ignore[arg-type]


def _installed(session: PlayedSession) -> None:
    show_installation(session, "done")
    result = session.installing.result
    session.with_pytorch()
    session.installing.stage, session.installing.result = "ended", result


def _with_pytorch(session: PlayedSession) -> None:
    session.with_pytorch()


def _verifying(session: PlayedSession) -> None:
    session.with_pytorch()
    session.show_verification(until="gpu_convolution")


def _verified(session: PlayedSession) -> None:
    session.with_pytorch()
    session.show_verification()


def _cpu_only(session: PlayedSession) -> None:
    session.with_pytorch(cpu_only=True)
    session.show_verification(cpu_only=True)


def _stopped(session: PlayedSession) -> None:
    _verified(session)
    result = session.verification.result
    if result is not None:
        reached = tuple(
            each if at < 4 else replace(each, state="skipped", reason="cancelled", value=None)
            for at, each in enumerate(result.checks)
        )
        session.verification.events = list(reached)
        session.verification.result = replace(
            result, checks=reached, ready=None, kind="cancelled", findings=()
        )
        session.state = session.state._replace(verification=None)


def _measuring(session: PlayedSession) -> None:
    _verified(session)
    session.show_benchmark(until_size=1024)


def _measured(session: PlayedSession) -> None:
    _verified(session)
    session.show_benchmark()


def scenes() -> tuple[Scene, ...]:
    """All of them, in the order of the wizard."""
    return (
        Scene(
            "welcome",
            "welcome",
            _nothing,
            lambda: _("The first page: what will happen, and why a GPU."),
        ),
        Scene(
            "computer-looking",
            "computer",
            _looking,
            lambda: _("The wizard looks at the computer; nothing is changed."),
        ),
        Scene(
            "computer-ready",
            "computer",
            _nothing,
            lambda: _("Card and driver are there, and new enough."),
            "usable",
        ),
        Scene(
            "computer-no-driver",
            "computer",
            _nothing,
            lambda: _("A card without a driver: the line says what to do."),
            "no_driver",
            "nvidia-no-driver",
        ),
        Scene(
            "computer-old-driver",
            "computer",
            _nothing,
            lambda: _("The driver is too old for this card."),
            "old_driver",
            "rtx5070-desktop-old-driver",
        ),
        Scene(
            "computer-no-nvidia",
            "computer",
            _nothing,
            lambda: _("No NVIDIA card: the way on with the processor and Colab."),
            "no_nvidia",
            "intel-laptop",
        ),
        Scene(
            "environment-there",
            "environment",
            _nothing,
            lambda: _("The course's environment is there and chosen."),
            "conda",
        ),
        Scene(
            "environment-missing",
            "environment",
            _no_environment,
            lambda: _("The environment is not there yet: the command that makes it."),
            "conda",
        ),
        Scene(
            "environment-no-conda",
            "environment",
            _no_conda,
            lambda: _("conda is missing: how to get it, and a way without it."),
        ),
        Scene(
            "install-command",
            "install",
            _nothing,
            lambda: _("The command for this computer, and what each word means."),
        ),
        Scene("install-pip", "install", _route("pip"), lambda: _("The same with pip."), "usable"),
        Scene(
            "install-course",
            "install",
            _route("pytorch-channel"),
            lambda: _("The command of the course: it ended with PyTorch 2.5.1."),
            "usable",
        ),
        Scene(
            "install-driver-first",
            "install",
            _nothing,
            lambda: _("First the driver, then the command."),
            "old_driver",
            "rtx5070-desktop-old-driver",
        ),
        Scene(
            "install-looking",
            "install",
            _installing("asking"),
            lambda: _("Before anything is touched: what would happen."),
            "conda",
            look_at="install_card",
        ),
        Scene(
            "install-asked",
            "install",
            _installing("asked"),
            lambda: _("What would be downloaded, and exactly what runs."),
            "conda",
            look_at="install_card",
        ),
        Scene(
            "install-offline",
            "install",
            _installing("offline"),
            lambda: _("The server does not answer: why, and what to do."),
            "conda",
            look_at="install_card",
        ),
        Scene(
            "install-running",
            "install",
            _installing("running"),
            lambda: _("The download, with the time left."),
            "conda",
            look_at="install_card",
        ),
        Scene(
            "install-stopped",
            "install",
            _installing("stopped"),
            lambda: _("Stopped: what state the environment is in, and repair."),
            "conda",
            look_at="install_card",
        ),
        Scene(
            "install-failed",
            "install",
            _installing("failed"),
            lambda: _("It did not succeed: why, and what to do."),
            "conda",
            look_at="install_card",
        ),
        Scene(
            "install-done",
            "install",
            _installed,
            lambda: _("PyTorch is installed."),
            "conda",
            look_at="install_card",
        ),
        Scene("verify-waiting", "verify", _with_pytorch, lambda: _("Before the check.")),
        Scene(
            "verify-running",
            "verify",
            _verifying,
            lambda: _("The check is running: one result after the other."),
            "usable",
        ),
        Scene(
            "verify-true",
            "verify",
            _verified,
            lambda: _("True, and proven: the GPU's results agree with the CPU's."),
            "usable",
        ),
        Scene(
            "verify-cpu-only-build",
            "verify",
            _cpu_only,
            lambda: _("False: a build for the CPU alone. The finding names the fix."),
            "usable",
        ),
        Scene("verify-stopped", "verify", _stopped, lambda: _("Stopped by the user."), "usable"),
        Scene(
            "verify-on-cpu",
            "verify",
            _verified,
            lambda: _("No NVIDIA card: PyTorch works on the processor."),
            "no_nvidia",
            "intel-laptop",
        ),
        Scene(
            "benchmark-waiting",
            "benchmark",
            _verified,
            lambda: _("Before the benchmark."),
            "usable",
        ),
        Scene(
            "benchmark-half-way",
            "benchmark",
            _measuring,
            lambda: _("The benchmark, half way."),
            "usable",
        ),
        Scene(
            "benchmark-done",
            "benchmark",
            _measured,
            lambda: _("CPU and GPU compared: the curves and what they mean."),
            "usable",
        ),
        Scene(
            "benchmark-on-cpu",
            "benchmark",
            _measured,
            lambda: _("Without a GPU: the processor's curve."),
            "no_nvidia",
            "intel-laptop",
        ),
        Scene(
            "finish-not-complete",
            "finish",
            _with_pytorch,
            lambda: _("What is still missing, and the way there."),
            "usable",
        ),
        Scene(
            "finish-complete",
            "finish",
            _measured,
            lambda: _("Complete: the GPU computed correctly and was measured."),
            "usable",
        ),
        Scene(
            "finish-on-cpu",
            "finish",
            _measured,
            lambda: _("Ready, on the processor."),
            "no_nvidia",
            "intel-laptop",
        ),
    )
