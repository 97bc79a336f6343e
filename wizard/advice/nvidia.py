"""The answer for a computer with NVIDIA cards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from wizard.advice import builds, catalog, commands, environment, gpu_names, reasons, versions
from wizard.advice.builds import CondaOption, Hardware, Needed, PipOption
from wizard.advice.catalog import DriverSystem
from wizard.advice.environment import Place
from wizard.advice.recommendation import Command, DriverAdvice, Reason, Verdict
from wizard.advice.versions import Capability, Version
from wizard.detection.machine import Driver, Gpu, Machine
from wizard.text import _


@dataclass(frozen=True)
class Card:
    """An NVIDIA card with what is known of it."""

    gpu: Gpu
    capability: Capability | None
    from_name: bool

    @property
    def name(self) -> str:
        return gpu_names.short_name(self.gpu.name)


@dataclass(frozen=True)
class Answer:
    """The parts of a recommendation that a branch decides."""

    verdict: Verdict
    place: Place
    primary: Command
    alternatives: tuple[Command, ...]
    driver: DriverAdvice | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class _Situation:
    machine: Machine
    cards: tuple[Card, ...]
    """Those a build exists for, weakest first."""
    left_out: tuple[Card, ...]
    hardware: Hardware
    driver: Version | None
    driver_text: str | None

    @property
    def weakest(self) -> Card:
        return self.cards[0]

    @property
    def strongest(self) -> Card:
        return self.cards[-1]


def read_cards(machine: Machine) -> tuple[Card, ...]:
    """The NVIDIA cards, weakest first, unknown ones before all; the order of the file is lost."""
    cards = [_card(gpu) for gpu in machine.nvidia_gpus]
    return tuple(sorted(cards, key=lambda card: (card.capability or (0, 0), card.gpu.name)))


def _card(gpu: Gpu) -> Card:
    reported = versions.capability(gpu.compute_capability)
    if reported is not None:
        return Card(gpu, reported, from_name=False)
    named = versions.capability(gpu_names.capability_of(gpu.name))
    return Card(gpu, named, from_name=named is not None)


def driver_system(machine: Machine) -> DriverSystem:
    """Whose driver numbers count: inside WSL the Windows driver does the work."""
    return "windows" if machine.os.system == "windows" or machine.os.wsl else "linux"


def read_driver(driver: Driver | None, system: DriverSystem) -> Version | None:
    """The driver's version; from its CUDA where it cannot be read, () where nothing helps."""
    if driver is None:
        return None
    number = versions.driver(driver.version)
    if number or driver.cuda is None:
        return number
    cuda = versions.parse(driver.cuda)
    facts = catalog.load()
    return (
        facts.minimums[cuda[0], system].minimum
        if cuda and (cuda[0], system) in facts.minimums
        else ()
    )


@lru_cache(maxsize=4096)
def usable_cards(platform: str, known: tuple[Capability, ...]) -> tuple[Capability, ...]:
    """The cards that one current build covers together: all where possible, else the strongest."""
    system: DriverSystem = "windows" if platform.startswith("windows") else "linux"

    def covered(cards: tuple[Capability, ...]) -> bool:
        return bool(builds.conda_options(Hardware(platform, system, cards)))

    if covered(known):
        return known
    single = tuple(card for card in known if covered((card,)))
    return single if covered(single) else single[-1:]


def answer(machine: Machine, platform: str, wanted: str | None) -> Answer | None:
    """The answer where a current build exists for an NVIDIA card; None where there is none."""
    cards = read_cards(machine)
    known = tuple(sorted({card.capability for card in cards if card.capability is not None}))
    if not cards or builds.conda_python(platform) is None:
        return None
    usable = usable_cards(platform, known) if known else ()
    kept = tuple(card for card in cards if card.capability is None or card.capability in usable)
    if not kept:
        return None
    system = driver_system(machine)
    situation = _Situation(
        machine,
        kept,
        tuple(card for card in cards if card not in kept),
        Hardware(platform, system, usable, unknown=any(c.capability is None for c in kept)),
        read_driver(machine.nvidia_driver, system),
        versions.driver_text(machine.nvidia_driver.version) if machine.nvidia_driver else None,
    )
    conda = builds.conda_options(situation.hardware)
    if not conda:
        return None
    span = builds.conda_python(platform)
    place = environment.choose(
        machine,
        wanted,
        lambda python: span is not None and python in span,
        lambda python: bool(builds.pip_options(situation.hardware, python)),
    )
    if place.is_conda:
        return _decide(situation, place, conda)
    return _decide(situation, place, builds.pip_options(situation.hardware, place.python))


def _decide(
    situation: _Situation, place: Place, options: tuple[CondaOption, ...] | tuple[PipOption, ...]
) -> Answer:
    working = builds.first_working(options, situation.driver)
    if working is not None:
        return _install(situation, place, working, options[0].needed)
    easiest = builds.easiest(options)
    assert easiest is not None
    return _driver_first(situation, place, easiest)


def _command(situation: _Situation, place: Place, option: CondaOption | PipOption) -> Command:
    if isinstance(option, CondaOption):
        return commands.conda_gpu(place.target, option, environment.conda_note(situation.machine))
    return commands.pip_gpu(place.target, option)


def _install(
    situation: _Situation, place: Place, option: CondaOption | PipOption, best: Needed
) -> Answer:
    assert situation.driver is not None
    driver_text = situation.driver_text or ""
    advice = None
    why = [*_build_reasons(situation, option)]
    # NVIDIA's JetPack decides a Jetson's driver; what a newer one brings is not known.
    if best.version > situation.driver and not situation.hardware.tegra:
        why.append(reasons.driver_update_brings(driver_text, best.text))
        advice = _driver_advice(situation, best)
    if place.is_conda:
        alternatives = commands.cuda_alternatives(place, situation.hardware, situation.driver)
    else:
        alternatives = ()
    return Answer(
        # The contract: "install" promises every NVIDIA card of the computer.
        "other_accelerator" if situation.left_out else "install",
        place,
        _command(situation, place, option),
        alternatives,
        advice,
        (*why, *_common_reasons(situation)),
    )


def _driver_first(situation: _Situation, place: Place, option: CondaOption | PipOption) -> Answer:
    needed = option.needed
    advice = _driver_advice(situation, needed)
    if situation.driver is None:
        verdict: Verdict = "install_driver"
        names = _names(situation.cards)
        first = reasons.driver_missing(names, needed.text, advice.branch, advice.download)
    else:
        verdict = "update_driver"
        minimum = catalog.load().minimum_driver(option.cuda, situation.hardware.driver_system)
        first = reasons.driver_too_old(
            situation.strongest.name,
            situation.driver_text or "?",
            needed.text,
            option.cuda,
            card_sets=needed.version > minimum.minimum,
        )
    until_then = _("Works with your present driver, until you have installed the new one.")
    alternatives = commands.cuda_alternatives(
        place, situation.hardware, situation.driver, until_then
    )
    if not alternatives:
        until_then = _(
            "Runs on the processor. Once the driver is there, install again as shown then."
        )
        alternatives = commands.cpu_alternatives(place, situation.hardware.platform, until_then)
    return Answer(
        verdict,
        place,
        _command(situation, place, option),
        alternatives,
        advice,
        (*reasons.problems(situation.machine), first, *_common_reasons(situation)),
    )


def _driver_advice(situation: _Situation, needed: Needed) -> DriverAdvice:
    branch = catalog.last_branch(situation.hardware.cards)
    system = "jetson" if situation.hardware.tegra else situation.hardware.driver_system
    if situation.machine.os.wsl:
        system = "wsl"
    return DriverAdvice(
        situation.driver_text,
        needed.text,
        catalog.load().driver_download(system, branch),
        branch,
    )


def _build_reasons(situation: _Situation, option: CondaOption | PipOption) -> list[Reason]:
    """Why this CUDA: the weakest card, the strongest and the driver decide it."""
    weakest, driver = situation.weakest, situation.driver_text or ""
    capability = weakest.capability
    if capability is None:
        return []
    if option.cuda >= 13:
        return [reasons.cuda13_works(weakest.name, capability, driver)]
    if gpu_names.pre_turing(capability):
        found = [reasons.capability_too_old_for_cuda13(weakest.name, capability, driver)]
    else:
        found = [reasons.driver_too_old_for_cuda13(weakest.name, capability, driver)]
    strongest = situation.strongest
    if strongest.capability is not None and strongest.capability >= (10, 0):
        found.append(reasons.blackwell_needs_new_cuda(strongest.name))
    return found


def _common_reasons(situation: _Situation) -> list[Reason]:
    """What is to be said of these cards whatever the driver."""
    return [*_card_reasons(situation), *_system_reasons(situation)]


def _card_reasons(situation: _Situation) -> list[Reason]:
    found: list[Reason] = []
    cards = situation.cards
    for card in {card.name: card for card in cards}.values():
        if card.capability is None:
            found.append(reasons.unknown_card(card.name))
        elif card.from_name:
            spelled = versions.spelled(card.capability)
            found.append(reasons.capability_from_name(card.name, spelled))
    branch = catalog.last_branch(situation.hardware.cards)
    if branch is not None and situation.driver_text is not None:
        old = [c for c in cards if c.capability and gpu_names.pre_turing(c.capability)]
        found.append(reasons.last_driver_branch(_names(tuple(old)), branch, situation.driver_text))
    if situation.left_out:
        found.append(reasons.not_all_covered(_names(cards), _names(situation.left_out)))
    elif len(cards) > 1:
        found.append(reasons.several_gpus(_names(cards)))
    if any(card.gpu.mig or " MIG " in card.gpu.name for card in cards):
        found.append(reasons.mig())
    hidden = [p for p in situation.machine.problems if p.code == "cuda_visible_devices"]
    found += [reasons.cuda_visible_devices(problem.detail) for problem in hidden]
    return found


def _system_reasons(situation: _Situation) -> list[Reason]:
    if situation.hardware.tegra:
        return [reasons.jetson(situation.strongest.name)]
    if situation.hardware.platform == "linux-aarch64":
        return [reasons.arm_server()]
    return [reasons.wsl()] if situation.machine.os.wsl else []


def _names(cards: tuple[Card, ...]) -> str:
    return reasons.card_names(tuple(card.gpu for card in cards))
