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
    Problem,
    Vendor,
)
from wizard.detection.probes.system import SYSTEM

_VENDOR_ORDER: tuple[Vendor, ...] = ("nvidia", "amd", "intel", "apple", "other")

#: What NVIDIA's tools say on every computer without an NVIDIA card; there it is no problem.
_NEEDS_NVIDIA = frozenset(
    {"nvml_library_not_found", "kernel_module_not_loaded", "nvidia_smi_not_on_path", "nvml_error"}
)
#: In WSL these mean that Linux driver libraries stand in the way of the Windows driver.
_SHADOWED_IN_WSL = frozenset({"kernel_module_not_loaded", "nvml_mismatch", "nvml_error"})


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
    gpus = _gpus(graphics, os_facts, system.cpu if system else Cpu())
    problems = [p for a in ordered if not _contradicted(a, graphics) for p in a.problems]
    driver = _driver(graphics, os_facts)
    module = next((a.kernel_module for a in graphics if a.kernel_module), None)
    if driver is None and module and any(p.code == "kernel_module_not_loaded" for p in problems):
        # NVML contradicts the kernel: a hybrid laptop's sleeping card.
        driver = Driver(module)
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
        problems=_problems(problems, graphics, gpus, driver, system),
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
        driver_answered = driver_answered or answer.asked_nvidia
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


# Problems ----------------------------------------------------------------------------------------


def _problems(
    found: list[Problem],
    graphics: list[GraphicsAnswer],
    gpus: tuple[Gpu, ...],
    driver: Driver | None,
    system: SystemAnswer | None,
) -> tuple[Problem, ...]:
    nvidia = any(gpu.vendor == "nvidia" for gpu in gpus)
    wsl = system is not None and system.os.wsl
    module = next((a.kernel_module for a in graphics if a.kernel_module), None)
    secure_boot = any(answer.secure_boot for answer in graphics)
    kept: dict[str, Problem] = {}
    for problem in found:
        has_driver_files = bool(module) or (wsl and problem.code in _SHADOWED_IN_WSL)
        if problem.code in _NEEDS_NVIDIA and not nvidia and not has_driver_files:
            continue
        code, detail = problem.code, problem.detail
        if wsl and code in _SHADOWED_IN_WSL:
            code = "wsl2_cuda"
        elif code == "kernel_module_not_loaded" and driver is not None:
            code = "optimus_nvml_driver_not_loaded"
        elif code == "kernel_module_not_loaded" and secure_boot:
            detail += " (Secure Boot is on)"
        elif code == "nvml_mismatch" and module:
            detail += f" (loaded kernel module: {module})"
        kept.setdefault(code, Problem(code, detail))
    if nvidia:
        for problem in _hidden(gpus, system):
            kept.setdefault(problem.code, problem)
    return tuple(kept.values())


def _contradicted(answer: Answer, graphics: list[GraphicsAnswer]) -> bool:
    """NVML did not start here, but it did for nvidia-smi, a process of its own.

    So it is right after an update of the driver: this process still holds the old library.
    """
    failed = isinstance(answer, GraphicsAnswer) and answer.source == "nvml" and not answer.gpus
    return failed and any(a.source == "nvidia_smi" and a.asked_nvidia and a.gpus for a in graphics)


def _hidden(gpus: tuple[Gpu, ...], system: SystemAnswer | None) -> list[Problem]:
    """What the variable CUDA_VISIBLE_DEVICES hides, and MIG slices that it would have to name."""
    value = system.cuda_visible_devices if system else None
    nvidia = [gpu for gpu in gpus if gpu.vendor == "nvidia"]
    problems: list[Problem] = []
    if nvidia and all(gpu.mig for gpu in nvidia) and "MIG-" not in (value or ""):
        problems.append(Problem("mig", nvidia[0].name))
    if value is not None:
        first = value.split(",")[0].strip()
        number = int(first) if re.fullmatch(r"-?\d{1,6}", first) else None
        if not first or (number is not None and not 0 <= number < len(nvidia)):
            problems.append(Problem("cuda_visible_devices", f"CUDA_VISIBLE_DEVICES={value}"[:200]))
    return problems


# Environments ------------------------------------------------------------------------------------


def _environments(conda: CondaAnswer, python: PythonAnswer) -> tuple[Environment, ...]:
    """conda's, the wizard's private ones, then the Python that runs it where it is none of them."""
    found = (*conda.environments, *python.private)
    own = python.environment
    prefixes = {os.path.normcase(env.prefix) for env in found}
    if own is None or os.path.normcase(own.prefix) in prefixes:
        return found
    return (*found, own)
