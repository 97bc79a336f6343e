"""What NVIDIA's own words, from several sources, mean on this computer; pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.detection.answers import Answer, GraphicsAnswer, SystemAnswer
from wizard.detection.machine import Driver, Gpu, Problem
from wizard.detection.values import Version

#: What NVIDIA's tools say on a computer without an NVIDIA card; there it is no problem.
_NEEDS_NVIDIA = frozenset(
    {
        *("nvml_library_not_found", "kernel_module_not_loaded", "nvidia_smi_not_on_path"),
        *("nvml_error", "no_devices_found", "driver_too_old"),
    }
)
#: In WSL these mean that Linux driver libraries stand in the way of the Windows driver.
_SHADOWED_IN_WSL = frozenset(
    {
        *("kernel_module_not_loaded", "nvml_mismatch", "nvml_error", "no_devices_found"),
        *("wsl2_cuda", "driver_permission"),
    }
)
#: With these the driver is installed, and its version is that of the loaded kernel module.
DRIVER_RUNS = frozenset(
    {
        *("kernel_module_not_loaded", "no_devices_found", "gpu_lost"),
        *("driver_permission", "nvml_error"),
    }
)
#: What NVIDIA's library only says where it has found a card.
OF_A_CARD = frozenset({"gpu_lost", "driver_permission", "wsl2_cuda"})
#: So speaks a driver that is installed where no card is on the bus.
_DRIVER_WITHOUT_CARD = (
    *("optimus_nvml_driver_not_loaded", "driver_not_loaded"),
    *("kernel_module_not_loaded", "no_devices_found"),
)

#: What is wrong with NVIDIA's driver, the surest first. One that is said hides all below it,
#: and a restart after an update (``nvml_mismatch``) has to come before anything else is believed.
_SUREST_FIRST = (
    *("nvml_mismatch", "gpu_lost", "driver_permission", "wsl2_cuda", "driver_not_loaded"),
    *("optimus_nvml_driver_not_loaded", "kernel_module_not_loaded", "no_devices_found"),
    *("nvml_error", "driver_too_old", "nvml_library_not_found"),
)
#: What a working driver in another process does not disprove.
_STANDS_ALONE = frozenset({"nvml_mismatch", "gpu_lost", "driver_not_loaded"})


@dataclass(frozen=True)
class Known:
    """What the problems are weighed against."""

    gpus: tuple[Gpu, ...]
    driver: Driver | None
    kernel_module: Version | None
    system: SystemAnswer | None
    graphics: list[GraphicsAnswer]
    bus_asked: bool
    """The list of display adapters has answered, or run out of time."""
    whole_bus: bool
    """It could be read: a card that is not in it is not on the bus."""

    @property
    def nvidia(self) -> bool:
        return any(gpu.vendor == "nvidia" for gpu in self.gpus)

    @property
    def wsl(self) -> bool:
        return self.system is not None and self.system.os.wsl

    @property
    def container(self) -> bool:
        return self.system is not None and self.system.container


def problems_of(found: Sequence[Problem], known: Known) -> tuple[Problem, ...]:
    """The problems as they are told: translated by what else is known, and each once."""
    kept: dict[str, Problem] = {}
    # Of two that mean the same, the surest one's words are kept.
    ranked = sorted(found, key=lambda each: _rank(each.code))
    for problem in ranked:
        told = _translated(problem, known)
        first = told and kept.setdefault(told.code, told)
        if told and first and told.code == "driver_not_loaded" and told.detail not in first.detail:
            # Windows' own number says more than NVIDIA's words for the same failure.
            kept[told.code] = Problem(told.code, f"{first.detail}; {told.detail}")
    if not known.nvidia:
        kept = _without_a_card(kept, known)
    surest = next((code for code in _SUREST_FIRST if code in kept), None)
    for code in _SUREST_FIRST:
        if code != surest:
            kept.pop(code, None)
    if known.nvidia:
        for problem in _hidden(known.gpus, known.system):
            kept.setdefault(problem.code, problem)
    return tuple(kept.values())


def _rank(code: str) -> int:
    return _SUREST_FIRST.index(code) if code in _SUREST_FIRST else len(_SUREST_FIRST)


def _translated(problem: Problem, known: Known) -> Problem | None:
    """What NVIDIA's words mean on this computer; None where they mean nothing."""
    code, detail = problem.code, problem.detail
    unknown_error = code == "nvml_error" and "Unknown Error" in detail
    if code == "nvml_library_not_found" and any(a.hidden for a in known.graphics):
        # WSL's library is lent and not found; a Jetson never had one up to JetPack 5.
        return Problem("wsl2_cuda", detail) if known.wsl else None
    if known.wsl:
        return Problem("wsl2_cuda", detail) if code in _SHADOWED_IN_WSL else problem
    if known.container and known.kernel_module and code == "kernel_module_not_loaded":
        code = "driver_permission"  # the container has the library, but no device
    elif code == "wsl2_cuda" or (unknown_error and known.container):
        code = "driver_permission"  # so says a cgroup that has taken the devices away
    elif code == "kernel_module_not_loaded" and known.driver is not None:
        windows = known.system is not None and known.system.os.system == "windows"
        code = "driver_not_loaded" if windows else "optimus_nvml_driver_not_loaded"
    elif code == "kernel_module_not_loaded" and any(a.secure_boot for a in known.graphics):
        detail += " (Secure Boot is on)"
    elif code == "nvml_mismatch" and known.kernel_module:
        detail += f" (loaded kernel module: {known.kernel_module})"
    elif code == "no_devices_found" and known.container:
        detail += " (in a container)"
    return Problem(code, detail)


def _without_a_card(found: dict[str, Problem], known: Known) -> dict[str, Problem]:
    """What is left to say where no source shows an NVIDIA card.

    A driver that is installed means a card that is switched off. Without one, the tools' words are
    those of a computer that never had a card. Neither is certain where the bus could not be read:
    then only a missing library says that there is no driver either.
    """
    if known.bus_asked and not known.whole_bus:
        return {code: told for code, told in found.items() if code != "nvml_library_not_found"}
    said = next((found[code] for code in _DRIVER_WITHOUT_CARD if code in found), None)
    installed = known.driver or known.kernel_module or said
    surer = found.keys() & {"nvml_mismatch", "gpu_lost", "driver_permission"}
    if installed and known.whole_bus and not known.wsl and not surer:
        version = known.driver.version if known.driver else known.kernel_module
        off = Problem("nvidia_card_switched_off", said.detail if said else f"NVIDIA {version}")
        others = _NEEDS_NVIDIA.union(_SUREST_FIRST)
        return {off.code: off, **{c: told for c, told in found.items() if c not in others}}
    # NVML's "Unknown Error" is a loaded driver's: without one it says that none is loaded.
    return {
        code: told
        for code, told in found.items()
        if code not in _NEEDS_NVIDIA or "Unknown Error" in told.detail
    }


def contradicted(problem: Problem, answer: Answer, graphics: list[GraphicsAnswer]) -> bool:
    """Whether NVIDIA's driver did work for the other of its two sources.

    NVML does not start in this process right after an update of the driver: it still holds the old
    library. nvidia-smi may be damaged, or another release's.
    """
    if not isinstance(answer, GraphicsAnswer) or answer.source not in ("nvml", "nvidia_smi"):
        return False
    works = any(
        other.asked_nvidia and other.gpus for other in graphics if other.source != answer.source
    )
    if answer.source == "nvml":
        return works and not answer.gpus
    return works and problem.code in _SUREST_FIRST and problem.code not in _STANDS_ALONE


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
