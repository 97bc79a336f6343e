"""What is known of a computer beside an error, as one frozen value with named facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, cast

from wizard.advice import catalog, versions
from wizard.advice.versions import Capability, Version

_NOT_SHOWN = frozenset({"kernels", "problems", "observed", "lacking"})

OBSERVED = frozenset(
    {
        *("ending", "exit", "exit_shown", "during", "last_words", "memory_kill"),
        *("illegal_instruction", "python_path", "failed_check", "bits_check", "torch_import"),
        *("cuda_available", "capability_check", "gpu_check", "cpu_check", "torchvision"),
        *("elsewhere", "installed", "conda_cpu_build", "needed_driver", "hidden_by_variable"),
        *(
            "driver_words",
            "torch_outside",
            "said",
            "import_file",
            "import_said",
            "cuda_said",
            "gpu_said",
        ),
        *("cpu_said", "vision_said", "accelerator"),
    }
)
"""What a verification can have seen; `wizard.causes.observed` says what each means."""


@dataclass(frozen=True)
class Facts:
    """None, "" or an empty tuple where nothing tells."""

    system: str | None = None
    """``windows``, ``linux``, ``wsl2`` or ``macos``."""
    gpus: tuple[str, ...] = ()
    nvidia: bool | None = None
    """An NVIDIA card is there; False only where something says that there is none."""
    amd: bool | None = None
    intel: bool | None = None
    driver: Version = ()
    """NVIDIA's driver."""
    driver_there: bool | None = None
    driver_cuda: Version = ()
    """The highest CUDA that the driver allows."""
    torch: Version = ()
    build: str | None = None
    """``cpu``, ``cuda``, ``rocm`` or ``xpu``."""
    torch_cuda: Version = ()
    """The CUDA that PyTorch was built for."""
    capability: Capability | None = None
    kernels: tuple[Capability, ...] = ()
    python: Version = ()
    bits: int | None = None
    non_ascii_user: bool | None = None
    hides_cards: bool | None = None
    """A text sets CUDA_VISIBLE_DEVICES to nothing or to -1."""
    lacking: str | None = None
    """Why pip found no PyTorch: ``index`` or ``python``; see `wizard.causes.asked`."""
    problems: tuple[str, ...] = ()
    """Codes of what the survey of the computer noticed."""
    observed: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a verification saw, by the names in `OBSERVED`."""

    def value(self, name: str) -> object:
        """A fact, or one that follows from others, by the name that conditions use."""
        if name in OBSERVED:
            return self.observed.get(name)
        derived = _DERIVED.get(name)
        return derived(self) if derived is not None else getattr(self, name)

    def values(self) -> dict[str, str]:
        """Everything that a text may name, as text."""
        kernels = ", ".join(f"sm_{major}{minor}" for major, minor in self.kernels)
        return {**dict(self.shown()), **({"kernels": kernels} if kernels else {}), **self.observed}

    def shown(self) -> tuple[tuple[str, str], ...]:
        """What was read, for people: (name of the fact, value as text)."""
        found: list[tuple[str, str]] = []
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name in _NOT_SHOWN or value in (None, ()) or isinstance(value, bool):
                continue
            if isinstance(value, tuple):
                texts = cast("tuple[object, ...]", value)
                joined = ", " if each.name == "gpus" else "."
                value = joined.join(str(part) for part in texts)
            found.append((each.name, str(cast(object, value))))
        return tuple(found)


def _serves(kernels: Iterable[Capability], card: Capability) -> bool:
    """Whether any kernel runs on the card: the same major number, and a minor that is not higher.

    Source: CUDA C++ Programming Guide, "Binary Compatibility".
    """
    return any(major == card[0] and minor <= card[1] for major, minor in kernels)


def _card_newer(facts: Facts) -> bool | None:
    card = facts.capability
    if card is None:
        return None
    if facts.kernels:
        return not _serves(facts.kernels, card) and card > max(facts.kernels)
    generation = catalog.load().generation(card)
    if generation is None or not (facts.torch_cuda or facts.torch):
        return None
    first_cuda = versions.parse(generation.first_cuda or "")
    first_torch = versions.parse(generation.first_torch or "")
    if not first_cuda or not (facts.torch_cuda or first_torch):
        return None
    old_torch = bool(facts.torch) and facts.torch < first_torch
    return old_torch or (bool(facts.torch_cuda) and facts.torch_cuda < first_cuda)


def _card_older(facts: Facts) -> bool | None:
    card = facts.capability
    if card is None:
        return None
    if facts.kernels:
        return not _serves(facts.kernels, card) and card < max(facts.kernels)
    if not facts.torch_cuda:
        newest = catalog.load().newest_cuda
        return False if newest in catalog.load().cudas_with(card) else None
    first = catalog.load().first_kernel(facts.torch_cuda[0])
    # What the builds before today's had is not known.
    return first is not None and card < first and facts.torch_cuda[0] == catalog.load().newest_cuda


def _driver_below(facts: Facts) -> bool | None:
    if not facts.driver or not facts.torch_cuda:
        if facts.driver_cuda and facts.torch_cuda:
            return facts.driver_cuda[0] < facts.torch_cuda[0]
        return None
    system = "windows" if facts.system in ("windows", "wsl2") else "linux"
    needed = catalog.load().driver_for(facts.torch_cuda, system)
    return facts.driver < needed if needed else None


def _not_hidden(facts: Facts) -> bool | None:
    """CUDA was looked for, and no variable hides it."""
    looked = "cuda_available" in facts.observed
    return True if looked and "hidden_by_variable" not in facts.observed else None


def _torch_nowhere(facts: Facts) -> bool | None:
    """PyTorch is missing where it was looked for, and in no other environment."""
    missing = facts.observed.get("torch_import") == "torch_missing"
    return True if missing and "elsewhere" not in facts.observed else None


_DERIVED: dict[str, Any] = {
    "not_hidden": _not_hidden,
    "verified": lambda facts: True if "ending" in facts.observed else None,
    "torch_nowhere": _torch_nowhere,
    "card_newer_than_build": _card_newer,
    "card_older_than_build": _card_older,
    "driver_below_build": _driver_below,
    "no_nvidia_card": lambda facts: facts.nvidia is False,
    "only_amd": lambda facts: facts.amd is True and facts.nvidia is not True,
    "only_intel": lambda facts: (
        facts.intel is True and facts.nvidia is not True and facts.amd is not True
    ),
}

NAMES = (
    frozenset(each.name for each in fields(Facts)) - {"observed"} | frozenset(_DERIVED) | OBSERVED
)


def known(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that are no fact."""
    return [name for name in names if name not in NAMES]
