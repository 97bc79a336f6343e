"""Day 4 as a page: section by section as the course has it, with today's commands and pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wizard.advice import catalog
from wizard.advice.catalog import COLAB_URL
from wizard.advice.recommend import recommend
from wizard.causes.diagnosis import finding_of
from wizard.causes.facts import Facts
from wizard.causes.knowledge import load
from wizard.course.blocks import (
    Block,
    Code,
    Heading,
    Illustration,
    Items,
    Link,
    Paragraph,
    Table,
)
from wizard.detection.description import load_machine
from wizard.paths import resource_folder
from wizard.text import _
from wizard.the_course import COURSE_ENVIRONMENT, COURSE_LINES

if TYPE_CHECKING:
    from wizard.detection.machine import Machine

#: Scenes whose pictures the page shows.
PICTURES = (
    "welcome",
    "computer-ready",
    "computer-no-driver",
    "environment-there",
    "install-command",
    "install-running",
    "verify-true",
    "verify-cpu-only-build",
    "benchmark-done",
    "finish-complete",
)
#: The usual machines, by sample; what is said of each is its card and system.
_MACHINES = (
    "t4-windows",
    "t4-colab",
    "rtx4060-laptop",
    "rtx5070-desktop",
    "rtx5070-desktop-linux",
    "gtx1060-laptop-windows",
    "intel-laptop",
    "apple-m2",
)
#: What most students meet, the most frequent first.
_CAUSES = (
    "cpu_only_build",
    "driver_missing",
    "driver_too_old",
    "arch_too_new",
    "wrong_env",
    "conda_not_found",
    "conda_tos",
    "offline",
    "disk_full",
)
_SYSTEMS = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}

FindPicture = Callable[[str], Illustration]


def handout(picture: FindPicture) -> tuple[Block, ...]:
    """The page in the language in use; ``picture`` gives the illustration of a scene."""
    return (
        Heading(1, _("Day 4: GPU acceleration with CUDA and PyTorch")),
        Paragraph(
            _(
                "On day 3 you made your virtual environment. Today PyTorch gets to know your "
                "graphics card. The wizard goes the same way as this page, step by step, and says "
                "why; everything can be done by hand, too."
            )
        ),
        picture("welcome"),
        *_why(),
        *_cuda(picture),
        *_installing(picture),
        *_verifying(picture),
        *_troubles(picture),
        *_task(picture),
    )


def _why() -> tuple[Block, ...]:
    return (
        Heading(2, "1. " + _("CPU and GPU: why a GPU?")),
        Paragraph(
            _(
                "The CPU is the brain of the computer: it solves complex tasks, one after another. "
                "The GPU was made for pictures: it does thousands of simple computations at the "
                "same time, and that is what deep learning needs."
            )
        ),
        Table(
            ("", "CPU", "GPU"),
            (
                (_("Number of cores"), _("Few (4–16)"), _("Many (thousands)")),
                (
                    _("How it works"),
                    _("One after another, complex tasks"),
                    _("Side by side, simple tasks"),
                ),
                (_("Training an LLM"), _("Very slow (weeks)"), _("Very fast (hours or days)")),
            ),
        ),
    )


def _cuda(picture: FindPicture) -> tuple[Block, ...]:
    return (
        Heading(2, "2. " + _("CUDA: the language of the GPU")),
        Paragraph(
            _(
                "CUDA is NVIDIA's platform through which programs compute on the graphics card. "
                "PyTorch brings the CUDA libraries it needs; what your computer needs is a driver "
                "that is new enough."
            )
        ),
        Heading(3, _("Step 1: check the NVIDIA driver")),
        Paragraph(_("This command shows the card, the driver and the newest CUDA it can serve:")),
        Code("nvidia-smi"),
        picture("computer-ready"),
        Paragraph(
            _("Where the driver is missing or too old, the wizard says which one is needed.")
        ),
        picture("computer-no-driver"),
        Heading(3, _("Step 2: the CUDA Toolkit")),
        Paragraph(
            _(
                "You do not have to install it: conda and pip put the CUDA libraries into the "
                "environment, together with PyTorch."
            )
        ),
    )


def _installing(picture: FindPicture) -> tuple[Block, ...]:
    rows: list[tuple[str, ...]] = []
    for name in _MACHINES:
        machine = load_machine(resource_folder("machines") / f"{name}.json")
        advised = recommend(machine)
        rows.append((_named(machine), f"`{_typed(advised.primary.text.bash)}`"))
    return (
        Heading(2, "3. " + _("Installing PyTorch")),
        Heading(3, _("Step 1: activate the virtual environment")),
        Code("conda activate llm_50gun"),
        picture("environment-there"),
        Heading(3, _("Step 2: install PyTorch")),
        Paragraph(
            _(
                "The command depends on the card, the driver and the system. These are the "
                "commands for the usual machines; the wizard shows the one for yours, explains "
                "every word of it, and can run it for you."
            )
        ),
        Table((_("Computer"), _("Command")), tuple(rows)),
        Paragraph(
            _(
                "The command of earlier editions (pytorch-cuda=12.1 -c pytorch -c nvidia) still "
                "installs something, but that channel ended with PyTorch {last}: the newest cards "
                "do not run with it."
            ).format(last=catalog.load().channel[0].version),
            note=True,
        ),
        picture("install-command"),
        Paragraph(_("The download is a few GB; on a slow line it takes half an hour or more.")),
        picture("install-running"),
    )


def _verifying(picture: FindPicture) -> tuple[Block, ...]:
    return (
        Heading(2, "4. " + _("Checking the installation")),
        Items(
            (
                _("Start Python in the activated environment: type python."),
                _("Type these lines one by one, with Enter after each:"),
            )
        ),
        Code(COURSE_LINES, "python"),
        Table(
            (_("Line of code"), _("What it does"), _("Result")),
            (
                ("`import torch`", _("loads the PyTorch library into the program"), ""),
                (
                    "`print(torch.__version__)`",
                    _("shows which version of PyTorch is installed"),
                    _("for example {version}").format(version="2.13.0"),
                ),
                (
                    "`print(torch.cuda.is_available())`",
                    _("the most important line: does PyTorch find a GPU that it can use?"),
                    "`True`",
                ),
            ),
        ),
        Paragraph(
            _(
                "True alone is not a proof: a build that is too old for the card says True as "
                "well, and fails at the first computation. The wizard therefore computes on the "
                "GPU and compares the results with the CPU's."
            )
        ),
        picture("verify-true"),
        picture("benchmark-done"),
    )


def _troubles(picture: FindPicture) -> tuple[Block, ...]:
    known = load()
    findings = [finding_of(known[code], Facts()) for code in _CAUSES]
    rows = tuple((each.title, " ".join(each.steps) or each.fix) for each in findings)
    return (
        Heading(2, _("When it does not work")),
        Paragraph(
            _(
                "The wizard names the cause on its page “Verify”, from what it sees and from any "
                "error that you paste. These are the most frequent ones:"
            )
        ),
        Table((_("What is wrong"), _("What helps")), rows),
        picture("verify-cpu-only-build"),
        Paragraph(_("No NVIDIA card? Google Colab lends a T4, free of charge.")),
        Link(_("Open Google Colab"), COLAB_URL),
    )


def _task(picture: FindPicture) -> tuple[Block, ...]:
    return (
        Heading(2, _("The task of the day")),
        Items(
            (
                _("Activate the environment {name}").format(name=COURSE_ENVIRONMENT) + ".",
                _("Install PyTorch with the command for your computer."),
                _("Make sure that torch.cuda.is_available() answers True."),
            )
        ),
        picture("finish-complete"),
    )


def _named(machine: Machine) -> str:
    gpu = next(iter(machine.nvidia_gpus or machine.gpus), None)
    card = gpu.name if gpu is not None else "CPU"
    parts = [card, _SYSTEMS[machine.os.system]]
    if machine.nvidia_driver is not None:
        parts.append(_("driver {version}").format(version=machine.nvidia_driver.version))
    return " · ".join(parts)


def _typed(command: str) -> str:
    """On one line, whatever the terminal: a table's cell has no line breaks."""
    return " ".join(command.split())
