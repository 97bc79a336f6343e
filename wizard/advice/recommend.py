"""From a computer to the command that makes PyTorch run on it, with the reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from wizard import text
from wizard.advice import accelerators, catalog, command, commands, environment, nvidia, reasons
from wizard.advice.nvidia import Answer
from wizard.advice.recommendation import Command, Reason, Recommendation
from wizard.detection.machine import Machine


def recommend(
    machine: Machine, env_name: str | None = None, *, today: date | None = None
) -> Recommendation:
    """What to type on this computer, and why.

    ``env_name`` is the environment the user chose, by name or folder; without it the course's
    ``llm_50gun``. ``today`` is for judging the catalog's age.

    Verdict ``install`` is given only where the primary command works on this computer as it is, on
    every NVIDIA card of it. ``other_accelerator`` is a way of its own: AMD, Intel, Apple, an old
    Jetson, or NVIDIA cards that no build covers together (the primary is for the strongest).

    Raises:
        CatalogError: the program's own catalog is damaged.
    """
    known = _known(machine, env_name, today or date.today())
    return replace(known, machine=machine.name, simulated=machine.simulated)


def recommend_line(machine: Machine, env_name: str | None = None) -> str:
    """``recommend`` as one line of JSON.

    Raises:
        CatalogError: the program's own catalog is damaged.
    """
    return _known(machine, env_name, date.today()).to_line(
        machine.name, simulated=machine.simulated
    )


def _known(machine: Machine, env_name: str | None, today: date) -> Recommendation:
    """The answer but for the machine's name."""
    is_old = catalog.load().is_old(today)
    question = (text.language(), is_old, env_name, *_what_counts(machine, env_name))
    known = _answers.get(question)
    if known is None:
        if len(_answers) >= _MAX_ANSWERS:
            _answers.clear()
        known = _answers[question] = _recommend(machine, env_name, is_old=is_old)
    return known


#: The computers of a lab are few kinds: the same question has the same answer.
_answers: dict[tuple[object, ...], Recommendation] = {}
_MAX_ANSWERS = 4096


def _what_counts(machine: Machine, env_name: str | None) -> tuple[object, ...]:
    """All of a machine that an answer depends on; the order of its cards is not of it."""
    cards = [(g.vendor, g.name, g.compute_capability or "", g.mig) for g in machine.gpus]
    return (
        *(machine.os.system, machine.os.arch, machine.os.wsl),
        *(tuple(sorted(cards)), machine.nvidia_driver, machine.problems),
        environment.what_counts(machine.environments, env_name),
        machine.conda is not None or bool(machine.conda_installations),
        _tool(machine),
    )


def _tool(machine: Machine) -> str:
    """The program that conda's commands are given to."""
    return "conda" if machine.conda is None else machine.conda.tool


def _recommend(machine: Machine, env_name: str | None, *, is_old: bool) -> Recommendation:
    platform = platform_of(machine)
    answer = None
    if platform is not None and machine.os.system != "macos":
        answer = nvidia.answer(machine, platform, env_name)
    if answer is None:
        answer = accelerators.answer(machine, platform, env_name)
    tool = _tool(machine)
    return Recommendation(
        machine=machine.name,
        verdict=answer.verdict,
        environment=answer.place.choice,
        primary=command.called(answer.primary, tool),
        alternatives=tuple(command.called(each, tool) for each in answer.alternatives),
        steps=tuple(command.called(each, tool) for each in _steps(machine, answer)),
        driver=answer.driver,
        reasons=_reasons(machine, answer, is_old=is_old),
    )


def platform_of(machine: Machine) -> str | None:
    """The catalog's name for this system and processor; None for Windows on Arm."""
    system, arch = machine.os.system, machine.os.arch
    arm = arch in ("aarch64", "arm64")
    if system == "windows":
        return None if arm else "windows-x86_64"
    if system == "macos":
        return "macos-arm64" if arm else "macos-x86_64"
    return "linux-aarch64" if arm else "linux-x86_64"


def _steps(machine: Machine, answer: Answer) -> tuple[Command, ...]:
    place, primary = answer.place, answer.primary
    steps: list[Command] = []
    if place.choice.action == "create":
        steps.append(environment.create_command(place, environment.conda_note(machine)))
    if primary.route == "pip":
        steps += commands.activate(place.target)
    steps += environment.cleaning_commands(place, primary)
    return (*steps, primary)


def _reasons(machine: Machine, answer: Answer, *, is_old: bool) -> tuple[Reason, ...]:
    found = [*answer.reasons]
    if answer.primary.route == "conda-forge":
        found.append(reasons.conda_forge(answer.primary.argv))
    found.append(reasons.torchaudio())
    found += answer.place.reasons
    if answer.place.is_conda:
        found += environment.conda_reason(machine)
    if is_old:
        found.append(reasons.catalog_old())
    return tuple(found)
