"""The answer for a computer with NVIDIA cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from wizard.advice import builds, catalog, commands, environment, gpu_names, reasons, versions
from wizard.advice.builds import CondaOption, Hardware, Needed, PipOption
from wizard.advice.catalog_values import DriverSystem
from wizard.advice.environment import Place
from wizard.advice.recommendation import Command, DriverAdvice, Reason, Verdict
from wizard.advice.troubles import Trouble, hides_the_card, trouble_of
from wizard.advice.versions import Capability, Version
from wizard.detection.machine import Driver, Environment, Gpu, Machine
from wizard.text import _


@dataclass(frozen=True)
class Card:
    """An NVIDIA card with what is known of it."""

    gpu: Gpu
    capability: Capability | None
    from_name: bool

    @property
    def name(self) -> str:
        return gpu_names.short_name(gpu_names.name_of_card(self.gpu))


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
    """Those that the answer is for, weakest first."""
    left_out: tuple[Card, ...]
    """Those that no current build has kernels for beside the others."""
    undriven: tuple[Card, ...]
    """Those that the driver there does not drive, while it drives others."""
    trouble: Trouble | None
    """Why the driver does not drive all of ``cards``, or ``undriven``."""
    hardware: Hardware
    driver: Version | None
    driver_text: str | None

    @property
    def weakest(self) -> Card:
        return self.cards[0]

    @property
    def strongest(self) -> Card:
        return self.cards[-1]

    @property
    def branch(self) -> int | None:
        return catalog.last_branch(self.hardware.cards)

    @property
    def blocked(self) -> bool:
        """The driver is there, or should be, but drives none of the cards."""
        return self.trouble is not None and not self.undriven

    @property
    def too_new(self) -> bool:
        """The driver no longer knows any of the cards."""
        return self.driver is not None and catalog.beyond(self.branch, self.driver)


def read_cards(machine: Machine) -> tuple[Card, ...]:
    """The NVIDIA cards, weakest first, unknown ones before all; the order of the file is lost."""
    cards = [_card(gpu) for gpu in machine.nvidia_gpus]
    return tuple(sorted(cards, key=lambda card: (card.capability or (0, 0), card.gpu.name)))


def _card(gpu: Gpu) -> Card:
    reported = versions.capability(gpu.compute_capability)
    if reported is not None:
        return Card(gpu, reported, from_name=False)
    named = versions.capability(gpu_names.capability_of_card(gpu))
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
    return catalog.load().driver_for(versions.parse(driver.cuda)[:1], system)


def hardware_of(machine: Machine, platform: str, cards: tuple[Card, ...]) -> Hardware:
    """What a choice of a build for these cards depends on."""
    system = driver_system(machine)
    known = sorted({card.capability for card in cards if card.capability is not None})
    firsts = [
        first
        for card in cards
        if card.capability is not None
        and (
            first := builds.first_driver(
                card.gpu.name, card.capability, system, reported=not card.from_name
            )
        )
    ]
    return Hardware(
        platform,
        system,
        tuple(known),
        unknown=any(card.capability is None for card in cards),
        glibc=glibc_of(machine),
        first_driver=max(firsts, key=versions.parse, default=None),
    )


def glibc_of(machine: Machine) -> Version:
    """The version of a Linux's glibc; () where it is not known, or another C library."""
    name, _space, version = libc_of(machine).partition(" ")
    return versions.parse(version) if name == "glibc" else ()


def libc_of(machine: Machine) -> str:
    """The C library; where no probe told, that of the distribution; "" where nothing tells."""
    if machine.os.system != "linux":
        return ""
    return machine.os.libc or catalog.load().usual_libc(machine.os.version)


def usable_cards(hardware: Hardware, known: tuple[Capability, ...]) -> tuple[Capability, ...]:
    """The cards that one current build covers together: all where possible, else the strongest."""

    def covered(cards: tuple[Capability, ...]) -> bool:
        return bool(builds.conda_options(replace(hardware, cards=cards, unknown=False)))

    if covered(known):
        return known
    single = tuple(card for card in known if covered((card,)))
    return single if covered(single) else single[-1:]


def answer(machine: Machine, platform: str, wanted: str | None) -> Answer | None:
    """The answer where a current build exists for an NVIDIA card; None where there is none."""
    if builds.conda_python(platform) is None:
        return None
    cards = read_cards(machine)
    if not cards and hides_the_card(machine):
        cards = (Card(Gpu("nvidia", _("an NVIDIA card")), None, from_name=False),)
    situation = _situation(machine, platform, cards)
    if situation is None:
        return None
    conda = builds.conda_options(situation.hardware)
    if situation.hardware.tegra and situation.driver is None:
        # JetPack brings driver and CUDA together, and JetPack 6 does not name its driver.
        conda = tuple(option for option in conda if option.arm_variant == "tegra")
    if not conda:
        return None
    span = builds.conda_python(platform)
    place = environment.choose(
        machine,
        wanted,
        lambda python: span is not None and python in span,
        lambda python: bool(builds.pip_options(situation.hardware, python)),
        _objection(situation, conda),
    )
    if place.is_conda:
        return _decide(situation, place, conda)
    return _decide(situation, place, builds.pip_options(situation.hardware, place.python))


def _objection(
    situation: _Situation, options: tuple[CondaOption, ...]
) -> Callable[[Environment], Reason | None]:
    """Whether a PyTorch can do; where the driver comes first, with the one that is advised."""
    driver = situation.driver
    if situation.blocked or situation.too_new or not _reaches(situation, options):
        driver = options[0].needed.version

    def objection(env: Environment) -> Reason | None:
        if builds.can_run(env, situation.hardware, driver):
            return None
        return reasons.torch_does_not_fit(env.torch or "", env.name, _names(situation.cards))

    return objection


def _situation(machine: Machine, platform: str, cards: tuple[Card, ...]) -> _Situation | None:
    """Which of the cards the answer is for; None where no current build has kernels for any."""
    known = tuple(sorted({card.capability for card in cards if card.capability is not None}))
    usable = usable_cards(hardware_of(machine, platform, cards), known) if known else ()
    kept = tuple(card for card in cards if card.capability is None or card.capability in usable)
    if not kept:
        return None
    system = driver_system(machine)
    driver = read_driver(machine.nvidia_driver, system)
    trouble = trouble_of(machine, tuple(card.gpu for card in kept))
    undriven = tuple(
        card
        for card in kept
        if (trouble is not None and card.gpu in trouble.gpus)
        or (driver is not None and card.capability is not None and _forgotten(card, driver))
    )
    driven = tuple(card for card in kept if card not in undriven)
    if not driven:
        undriven = ()
    return _Situation(
        machine,
        driven or kept,
        tuple(card for card in cards if card not in kept),
        undriven,
        trouble,
        hardware_of(machine, platform, driven or kept),
        driver,
        versions.driver_text(machine.nvidia_driver.version) if machine.nvidia_driver else None,
    )


def _forgotten(card: Card, driver: Version) -> bool:
    """Whether the driver is of a branch that no longer knows the card."""
    return card.capability is not None and catalog.beyond(
        catalog.last_branch((card.capability,)), driver
    )


def is_forgotten(machine: Machine, card: Card) -> bool:
    """Whether the driver that is there no longer knows a card."""
    driver = read_driver(machine.nvidia_driver, driver_system(machine))
    return driver is not None and _forgotten(card, driver)


def _decide(
    situation: _Situation, place: Place, options: tuple[CondaOption, ...] | tuple[PipOption, ...]
) -> Answer:
    best = options[0]
    if situation.hardware.tegra and situation.driver is None and not situation.blocked:
        return _install(situation, place, best, None)
    working = builds.first_working(options, situation.driver)
    if situation.blocked or situation.too_new or working is None:
        return _driver_first(situation, place, options)
    return _install(situation, place, working, best.needed)


def _command(situation: _Situation, place: Place, option: CondaOption | PipOption) -> Command:
    if isinstance(option, CondaOption):
        return commands.conda_gpu(place.target, option, environment.conda_note(situation.machine))
    return commands.pip_gpu(place.target, option)


def _install(
    situation: _Situation, place: Place, option: CondaOption | PipOption, best: Needed | None
) -> Answer:
    advice = None
    why = [*_undriven_reasons(situation), *_build_reasons(situation, option)]
    driver = situation.driver
    both = catalog.last_branch(_capabilities((*situation.cards, *situation.undriven)))
    if situation.undriven and situation.trouble is None:
        advice = _driver_advice(situation, str(both), both)
    # NVIDIA's JetPack decides a Jetson's driver; what a newer one brings is not known.
    elif best and driver is not None and best.version > driver and not situation.hardware.tegra:
        why.append(
            reasons.driver_update_brings(
                situation.driver_text or "", best.text, _newest(place, situation)
            )
        )
        advice = _driver_advice(situation, best.text)
    if place.is_conda:
        alternatives = commands.cuda_alternatives(place, situation.hardware, driver)
    else:
        alternatives = ()
    return Answer(
        # The contract: "install" promises every NVIDIA card of the computer.
        "other_accelerator" if situation.left_out or situation.undriven else "install",
        place,
        _command(situation, place, option),
        alternatives,
        advice,
        (*why, *_common_reasons(situation)),
    )


def _newest(place: Place, situation: _Situation) -> int:
    """The CUDA that the newest driver brings to these cards."""
    options = builds.conda_options(situation.hardware) if place.is_conda else ()
    return max((option.cuda for option in options), default=catalog.load().newest_cuda)


def _undriven_reasons(situation: _Situation) -> list[Reason]:
    if not situation.undriven:
        return []
    names = _names(situation.undriven)
    if situation.trouble is not None:
        return [
            *reasons.problems(situation.machine),
            reasons.some_cards_left_out(_names(situation.cards), names),
        ]
    branch = catalog.last_branch(_capabilities(situation.undriven))
    assert branch is not None
    return [
        reasons.driver_too_new_for_some(
            _names(situation.cards), names, branch, situation.driver_text or "?"
        )
    ]


def _driver_first(
    situation: _Situation, place: Place, options: tuple[CondaOption, ...] | tuple[PipOption, ...]
) -> Answer:
    """The driver comes first; the command is the one for afterwards."""
    best = options[0]
    verdict: Verdict = "install_driver" if situation.driver is None else "update_driver"
    if situation.blocked and not situation.too_new:
        verdict = "install_driver"
    advice = _needed_advice(situation, best.needed)
    until_then = _("Works with your present driver, until you have installed the new one.")
    usable = None if situation.blocked or situation.too_new else situation.driver
    alternatives = commands.cuda_alternatives(place, situation.hardware, usable, until_then)
    if not alternatives:
        until_then = _(
            "Runs on the processor. Once the driver is there, install again as shown then."
        )
        alternatives = commands.cpu_alternatives(
            place, situation.hardware.platform, until_then, situation.hardware.glibc
        )
    return Answer(
        verdict,
        place,
        _command(situation, place, best),
        alternatives,
        advice,
        (*_why_driver_first(situation, options, advice), *_common_reasons(situation)),
    )


def _why_driver_first(
    situation: _Situation,
    options: tuple[CondaOption, ...] | tuple[PipOption, ...],
    advice: DriverAdvice | None,
) -> list[Reason]:
    found = list(reasons.problems(situation.machine))
    names, driver = _names(situation.cards), situation.driver_text or "?"
    if situation.too_new and situation.branch is not None:
        found.insert(0, reasons.driver_too_new(names, situation.branch, driver))
    elif situation.driver is not None and not _reaches(situation, options):
        found.append(_too_old(situation, options))
    elif situation.driver is None and not found and advice is not None:
        found.append(reasons.driver_missing(names, advice.needed, advice.branch, advice.download))
    if (
        advice is not None
        and situation.hardware.driver_system == "linux"
        and any(_needs_open_modules(card) for card in situation.cards)
    ):
        found.append(reasons.open_modules(situation.strongest.name))
    if advice is not None and advice.branch is None and _is_windows_10(situation.machine):
        found.append(reasons.windows_10_drivers(advice.needed))
    return found


def _reaches(
    situation: _Situation, options: tuple[CondaOption, ...] | tuple[PipOption, ...]
) -> bool:
    return builds.first_working(options, situation.driver) is not None


def _too_old(
    situation: _Situation, options: tuple[CondaOption, ...] | tuple[PipOption, ...]
) -> Reason:
    easiest = builds.easiest(options)
    assert easiest is not None
    driver, first = situation.driver_text or "?", situation.hardware.first_driver
    if first is not None and (situation.driver or ()) < versions.parse(first):
        return reasons.driver_too_old_for_card(situation.strongest.name, driver, first)
    if easiest.cuda > catalog.load().oldest_cuda:  # builds for older CUDAs do not know the card
        name, needed = situation.strongest.name, easiest.needed.text
        return reasons.driver_too_old_for_card(name, driver, needed)
    return reasons.driver_too_old(
        driver, easiest.needed.text, options[0].needed.text, options[0].cuda
    )


def _needs_open_modules(card: Card) -> bool:
    generation = catalog.load().generation(card.capability) if card.capability else None
    return generation is not None and generation.open_modules


def _is_windows_10(machine: Machine) -> bool:
    return machine.os.system == "windows" and versions.windows(machine.os.version) == 10


def _needed_advice(situation: _Situation, needed: Needed) -> DriverAdvice | None:
    """Which driver to install; None where another one would not help, or no card shows."""
    if not situation.machine.nvidia_gpus:
        return None
    trouble = situation.trouble
    if situation.too_new:
        return _driver_advice(situation, str(situation.branch))
    if trouble is not None and situation.blocked and not trouble.driver_helps:
        return None
    return _driver_advice(situation, needed.text)


def _driver_advice(situation: _Situation, needed: str, branch: int | None = None) -> DriverAdvice:
    branch = branch or situation.branch
    system = "jetson" if situation.hardware.tegra else situation.hardware.driver_system
    if situation.machine.os.wsl:
        system = "wsl"
    page = catalog.load().driver_download(system, branch)
    return DriverAdvice(situation.driver_text, needed, page, branch)


def _build_reasons(situation: _Situation, option: CondaOption | PipOption) -> list[Reason]:
    """Why this CUDA: the weakest card, the strongest, the C library and the driver decide it."""
    weakest, driver = situation.weakest, situation.driver_text or ""
    capability = weakest.capability
    if capability is None or situation.driver is None:
        return []
    facts, system = catalog.load(), situation.hardware.driver_system
    newest = facts.newest_cuda
    needed = facts.minimum_driver(newest, system).minimum
    first = facts.first_kernel(newest) or capability
    if option.cuda == newest:
        return [reasons.newest_cuda_works(weakest.name, capability, driver, newest, first, needed)]
    enough = situation.driver >= versions.parse(needed)
    if newest not in facts.cudas_with(capability):
        found = [
            reasons.capability_too_old(
                weakest.name, capability, driver, newest, first, option.cuda, enough=enough
            )
        ]
    elif enough:
        glibc = versions.spelled(situation.hardware.glibc)
        found = [reasons.glibc_too_old(glibc, newest, option.cuda)] if glibc else []
    else:
        found = [
            reasons.driver_too_old_for_newest(
                weakest.name, capability, driver, newest, needed, option.cuda
            )
        ]
    strongest = situation.strongest.capability
    generation = facts.generation(strongest) if strongest else None
    cuda = versions.parse(generation.first_cuda or "") if generation is not None else ()
    if generation is not None and cuda > (option.cuda, 0):
        name = situation.strongest.name
        found.append(reasons.new_card_needs_new_cuda(name, generation.name, cuda))
    return found


def _common_reasons(situation: _Situation) -> list[Reason]:
    """What is to be said of these cards whatever the driver."""
    return [*_card_reasons(situation), *_glibc_reasons(situation), *_system_reasons(situation)]


def _glibc_reasons(situation: _Situation) -> list[Reason]:
    """Whether CUDA is in doubt on this C library, though there is a build that takes it."""
    hardware, facts = situation.hardware, catalog.load()
    newest = (
        row.glibc
        for row in facts.conda_forge
        if row.platform == hardware.platform and row.cuda == facts.newest_cuda
    )
    sure = next((glibc for glibc in newest if glibc is not None), None)
    if not hardware.glibc or sure is None or hardware.glibc >= versions.parse(sure):
        return []
    return [reasons.glibc_in_doubt(versions.spelled(hardware.glibc), sure)]


def _card_reasons(situation: _Situation) -> list[Reason]:
    found: list[Reason] = []
    cards = situation.cards
    if not situation.machine.nvidia_gpus:
        return found
    for card in {card.name: card for card in cards}.values():
        if card.capability is None:
            if not situation.blocked:  # a card that answers can be asked
                found.append(reasons.unknown_card(card.name))
        elif card.from_name:
            spelled = versions.spelled(card.capability)
            found.append(reasons.capability_from_name(card.name, spelled))
    if situation.branch is not None and situation.driver_text is not None and not situation.too_new:
        old = [c for c in cards if c.capability and catalog.last_branch((c.capability,))]
        found.append(
            reasons.last_driver_branch(
                _names(tuple(old)),
                situation.branch,
                situation.driver_text,
                works=builds.first_working(
                    builds.conda_options(situation.hardware), situation.driver
                )
                is not None,
            )
        )
    if situation.left_out:
        found.append(_left_out_reason(situation))
    elif len(cards) > 1:
        found.append(reasons.several_gpus(_names(cards)))
    if any(card.gpu.mig or " MIG " in card.gpu.name for card in cards):
        found.append(reasons.mig())
    hidden = [p for p in situation.machine.problems if p.code == "cuda_visible_devices"]
    found += [reasons.cuda_visible_devices(problem.detail) for problem in hidden]
    return found


def _left_out_reason(situation: _Situation) -> Reason:
    covered, left_out = _names(situation.cards), _names(situation.left_out)
    facts = catalog.load()
    if any(card.capability and facts.cudas_with(card.capability) for card in situation.left_out):
        return reasons.not_all_covered(covered, left_out)
    return reasons.display_card(covered, left_out)


def _system_reasons(situation: _Situation) -> list[Reason]:
    if situation.hardware.tegra:
        return [reasons.jetson(situation.strongest.name)]
    if situation.hardware.platform == "linux-aarch64":
        return [reasons.arm_server()]
    return [reasons.wsl()] if situation.machine.os.wsl else []


def _capabilities(cards: tuple[Card, ...]) -> tuple[Capability, ...]:
    return tuple(card.capability for card in cards if card.capability is not None)


def _names(cards: tuple[Card, ...]) -> str:
    return reasons.card_names(tuple(card.gpu for card in cards))
