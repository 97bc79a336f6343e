"""A driver that answers, or should, but does not drive a card: which cards, and what helps.

The codes are the contract's; a probe that knows no better says ``nvml_error`` and what it heard.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.detection.machine import Gpu, Machine

#: Code to whether another driver, or the same one again, can help.
_CODES = {
    "nvml_mismatch": False,
    "gpu_lost": False,
    "driver_permission": False,
    "nvidia_card_switched_off": False,
    "wsl2_cuda": False,
    "no_devices_found": True,
    "driver_not_loaded": True,
    "nvml_error": True,
}
_HEARD = {
    "insufficient permissions": "driver_permission",
    "blocked by the operating system": "wsl2_cuda",
    "version mismatch": "nvml_mismatch",
    "is lost": "gpu_lost",
    "driver not loaded": "driver_not_loaded",
    "no devices were found": "no_devices_found",
}
#: With these, a computer on whose bus no card is seen has one all the same.
_HIDING = frozenset({"wsl2_cuda", "nvidia_card_switched_off"})


@dataclass(frozen=True)
class Trouble:
    code: str
    detail: str
    gpus: tuple[Gpu, ...]
    """The cards that are not driven."""

    @property
    def driver_helps(self) -> bool:
        return _CODES[self.code]


def code_of(code: str, detail: str) -> str:
    """The code of a problem; for NVML's bare error, that of what it said."""
    if code != "nvml_error":
        return code
    said = detail.lower()
    return next((found for words, found in _HEARD.items() if words in said), code)


def hides_the_card(machine: Machine) -> bool:
    """Whether an NVIDIA card is there that nothing on this computer shows."""
    return any(code_of(p.code, p.detail) in _HIDING for p in machine.problems)


def trouble_of(machine: Machine, gpus: tuple[Gpu, ...]) -> Trouble | None:
    """The problem that keeps the driver from driving some or all of these cards.

    A card that a problem names by its place on the bus is the one. Otherwise it is those that
    reported no compute capability while others did; and all, where nothing tells them apart.
    """
    codes = {code_of(p.code, p.detail): p.detail for p in machine.problems}
    code = next((each for each in _CODES if each in codes), None)
    if code is None:
        return None
    said = codes[code].lower()
    named = tuple(gpu for gpu in gpus if gpu.bus_id and gpu.bus_id.lower()[-10:] in said)
    silent = tuple(gpu for gpu in gpus if gpu.compute_capability is None)
    return Trouble(code, codes[code], named or silent or gpus)
