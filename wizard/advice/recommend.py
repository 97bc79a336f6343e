"""From a computer to the command that makes PyTorch run on it, with the reasons."""

from __future__ import annotations

from datetime import date

from wizard.advice import accelerators, catalog, command, commands, environment, nvidia, reasons
from wizard.advice.nvidia import Answer
from wizard.advice.recommendation import Command, Reason, Recommendation
from wizard.advice.systems import nothing_runs, platform_of
from wizard.detection.machine import Machine

__all__ = ["platform_of", "recommend"]


def recommend(
    machine: Machine, env_name: str | None = None, *, today: date | None = None
) -> Recommendation:
    """What to type on this computer, and why.

    ``env_name`` is the environment the user chose, by name or folder; without it the course's
    ``llm_50gun``. ``today`` is for judging the catalog's age.

    Verdict ``install`` is given only where the primary command works on this computer as it is, on
    every NVIDIA card of it. ``other_accelerator`` is a way of its own: AMD, Intel, Apple, an old
    Jetson, or NVIDIA cards that no build or no driver covers together (the primary is for those
    that work).

    Raises:
        CatalogError: the program's own catalog is damaged.
    """
    is_old = catalog.load().is_old(today or date.today())
    answer = _answer(machine, env_name)
    tool = "conda" if machine.conda is None else machine.conda.tool
    return Recommendation(
        machine=machine.name,
        verdict=answer.verdict,
        environment=answer.place.choice,
        primary=command.called(answer.primary, tool),
        alternatives=tuple(command.called(each, tool) for each in answer.alternatives),
        steps=tuple(command.called(each, tool) for each in _steps(machine, answer)),
        driver=answer.driver,
        reasons=_reasons(machine, answer, is_old=is_old),
        simulated=machine.simulated,
    )


def _answer(machine: Machine, env_name: str | None) -> Answer:
    platform = platform_of(machine)
    if (why := nothing_runs(machine)) is not None:
        return accelerators.without_a_build(machine, platform, env_name, why)
    answer = None
    if platform is not None and machine.os.system != "macos":
        answer = nvidia.answer(machine, platform, env_name)
    return answer or accelerators.answer(machine, platform, env_name)


def _steps(machine: Machine, answer: Answer) -> tuple[Command, ...]:
    place, primary = answer.place, answer.primary
    steps: list[Command] = []
    if place.choice.action == "create":
        # NVIDIA's packages for Windows on Arm need a Python for Arm, whatever conda itself is.
        other = "win-arm64" if "--extra-index-url" in primary.argv else None
        steps.append(environment.create_command(place, environment.conda_note(machine), other))
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
