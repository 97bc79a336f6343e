"""Put the probes' answers together to one ``Machine``; a pure function, in any order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from wizard.detection.answers import (
    PROBE_NAMES,
    Answer,
    CondaAnswer,
    GraphicsAnswer,
    PythonAnswer,
    SystemAnswer,
)
from wizard.detection.machine import (
    Cpu,
    Driver,
    Environment,
    Gpu,
    Machine,
    OperatingSystem,
    Vendor,
)
from wizard.detection.probes.pci_names import BARE_NAMES
from wizard.detection.probes.system import SYSTEM
from wizard.detection.problems import DRIVER_RUNS, OF_A_CARD, Known, contradicted, problems_of

_VENDOR_ORDER: tuple[Vendor, ...] = ("nvidia", "amd", "intel", "apple", "other")


def merge(answers: Iterable[Answer]) -> Machine:
    """The machine that these answers describe; with answers missing, as much of it as is known.

    NVML is believed before nvidia-smi, and both before the list of display adapters. A card that
    only the PCI bus knows stays in the list; a capability nobody told stays None.
    """
    ordered = sorted(answers, key=lambda answer: PROBE_NAMES.index(answer.source))
    system = next((a for a in ordered if isinstance(a, SystemAnswer)), None)
    conda = next((a for a in ordered if isinstance(a, CondaAnswer)), CondaAnswer())
    python = next((a for a in ordered if isinstance(a, PythonAnswer)), PythonAnswer())
    graphics = [a for a in ordered if isinstance(a, GraphicsAnswer)]
    os_facts = system.os if system else OperatingSystem(SYSTEM)
    problems = [p for a in ordered for p in a.problems if not contradicted(p, a, graphics)]
    gpus = _gpus(graphics, os_facts, system.cpu if system else Cpu())
    if OF_A_CARD.intersection(p.code for p in problems) and not any(
        gpu.vendor == "nvidia" for gpu in gpus
    ):
        gpus = (Gpu("nvidia", BARE_NAMES["nvidia"]), *gpus)
    driver = _driver(graphics, os_facts)
    module = next((a.kernel_module for a in graphics if a.kernel_module), None)
    if driver is None and module and DRIVER_RUNS.intersection(p.code for p in problems):
        # NVML contradicts the kernel: so with a hybrid laptop's sleeping card.
        driver = Driver(module)
    bus_known = any(a.source == "display_adapters" for a in ordered)
    whole_bus = all(a.whole_bus for a in graphics) and any(
        a.source == "display_adapters" for a in graphics
    )
    return Machine(
        name=(system.name if system else "") or "this computer",
        os=os_facts,
        cpu=system.cpu if system else Cpu(),
        memory_gib=system.memory_gib if system else None,
        disk_free_gib=system.disk_free_gib if system else None,
        gpus=gpus,
        nvidia_driver=driver,
        conda=conda.installations[0] if conda.installations else None,
        conda_installations=conda.installations,
        environments=_environments(conda, python),
        problems=problems_of(
            problems, Known(gpus, driver, module, system, graphics, bus_known, whole_bus)
        ),
    )


# Graphics cards ----------------------------------------------------------------------------------


def _gpus(answers: list[GraphicsAnswer], os_facts: OperatingSystem, cpu: Cpu) -> tuple[Gpu, ...]:
    known: list[Gpu] = []
    driver_answered = False
    for answer in answers:
        matches = _matches(answer.gpus, known)
        for number, gpu in enumerate(answer.gpus):
            if number in matches:
                known[matches[number]] = _filled(known[matches[number]], gpu)
            elif not (driver_answered and gpu.bus_id in answer.bound):
                # A bound card that a working driver does not list belongs to another container.
                known.append(gpu)
        driver_answered = driver_answered or (answer.asked_nvidia and bool(answer.gpus))
    hidden = next((answer.hidden for answer in answers if answer.hidden), None)
    nvidia = [number for number, gpu in enumerate(known) if gpu.vendor == "nvidia"]
    if hidden is not None and not nvidia:
        known.append(hidden)
    elif hidden is not None and len(nvidia) == 1:
        known[nvidia[0]] = _filled(known[nvidia[0]], hidden)
    if not known and os_facts.system == "macos" and cpu.name.startswith("Apple"):
        known.append(Gpu("apple", cpu.name))
    return tuple(sorted(known, key=lambda gpu: _VENDOR_ORDER.index(gpu.vendor)))


def _matches(gpus: Sequence[Gpu], known: Sequence[Gpu]) -> dict[int, int]:
    """Which card of ``gpus`` is which of ``known``, one to one, by the surest sign first."""
    matches: dict[int, int] = {}
    for same in (_same_place, _same_uuid, _same_device, _same_name):
        for number, gpu in enumerate(gpus):
            if number in matches:
                continue
            taken = matches.values()
            found = (i for i, other in enumerate(known) if i not in taken and same(gpu, other))
            if (index := next(found, None)) is not None:
                matches[number] = index
    return matches


def _same_place(a: Gpu, b: Gpu) -> bool:
    return a.bus_id is not None and a.bus_id == b.bus_id


def _same_uuid(a: Gpu, b: Gpu) -> bool:
    return a.uuid is not None and a.uuid == b.uuid


def _same_device(a: Gpu, b: Gpu) -> bool:
    return _may_be_same(a, b) and a.pci_id is not None and a.pci_id == b.pci_id


def _same_name(a: Gpu, b: Gpu) -> bool:
    ids_differ = a.pci_id is not None and b.pci_id is not None and a.pci_id != b.pci_id
    return _may_be_same(a, b) and not ids_differ and _plain(a.name) == _plain(b.name)


def _may_be_same(a: Gpu, b: Gpu) -> bool:
    """False where both places or both UUIDs are known: then they have said that they differ."""
    places = a.bus_id is not None and b.bus_id is not None
    uuids = a.uuid is not None and b.uuid is not None
    return a.vendor == b.vendor and not places and not uuids


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.lower()).replace("nvidia ", "").strip()


def _filled(first: Gpu, second: Gpu) -> Gpu:
    """The better source's card, with what only the other one knew."""
    return Gpu(
        vendor=first.vendor,
        name=first.name,
        compute_capability=first.compute_capability or second.compute_capability,
        memory_gib=first.memory_gib if first.memory_gib is not None else second.memory_gib,
        cuda_cores=first.cuda_cores or second.cuda_cores,
        uuid=first.uuid or second.uuid,
        pci_id=first.pci_id or second.pci_id,
        mig=first.mig or second.mig,
        bus_id=first.bus_id or second.bus_id,
        power_limit_w=first.power_limit_w or second.power_limit_w,
    )


def _driver(answers: list[GraphicsAnswer], os_facts: OperatingSystem) -> Driver | None:
    """The best source's driver, its CUDA from the next where the best does not tell it."""
    drivers = [answer.driver for answer in answers if answer.driver is not None]
    if not drivers:
        return None
    first = drivers[0]
    same = (d.cuda for d in drivers if d.cuda and (d.version == first.version or os_facts.wsl))
    return replace(first, cuda=first.cuda or next(same, None))


# Environments ------------------------------------------------------------------------------------


def _environments(conda: CondaAnswer, python: PythonAnswer) -> tuple[Environment, ...]:
    """conda's, the wizard's private ones, then the Python that runs it where it is none of them."""
    found = (*conda.environments, *python.private)
    own = python.environment
    prefixes = {os.path.normcase(env.prefix) for env in found}
    if own is None or os.path.normcase(own.prefix) in prefixes:
        return found
    return (*found, own)
