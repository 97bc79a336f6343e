"""Facts from a text and from the evidence beside it: flat names, or a machine description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from wizard.advice import gpu_names, versions
from wizard.advice.versions import Capability
from wizard.causes import given as evidence_given
from wizard.causes.facts import OBSERVED, Facts
from wizard.causes.given import capability_of, items_of, text_of
from wizard.causes.pasted import Pasted
from wizard.causes.reading import facts_in, kernels_in, torch_in
from wizard.exit_codes import exit_name

_LEAST_SIGNAL = -255
"""Below it, a negative exit code is a Windows status read as a signed number."""
_FULL_GIB = 1.0
"""So little room on the disk is a reason by itself."""


def gather(
    pasted: Pasted, system: str | None = None, evidence: Mapping[str, object] | None = None
) -> Facts:
    """Facts of a text; what the evidence says outranks it."""
    facts = facts_in(pasted)
    inside_windows = system == "linux" and facts.system == "wsl2"  # WSL is a Linux, too
    if system in ("windows", "linux", "macos", "wsl", "wsl2") and not inside_windows:
        facts = replace(facts, system="wsl2" if system == "wsl" else system)
    return facts if not evidence else _with_evidence(facts, evidence)


def _with_evidence(facts: Facts, evidence: Mapping[str, object]) -> Facts:
    """Flat names as people write them, or a machine description; the unreadable is left out."""
    given = evidence_given.given_by(evidence)
    facts = _graphics_evidence(facts, given)
    torch = text_of(given, "torch_version", "torch", "pytorch", "pytorch_version")
    if torch:
        version, build, cuda = torch_in(f"torch=={torch}", frozenset({"torch"}))
        facts = replace(
            facts,
            torch=versions.parse(version),
            build=build or facts.build,
            torch_cuda=cuda or facts.torch_cuda,
        )
    if {"torch_cuda", "torch_cuda_version", "cuda_version"} & set(given):
        cuda_text = text_of(given, "torch_cuda", "torch_cuda_version", "cuda_version")
        facts = replace(
            facts, build="cuda" if cuda_text else "cpu", torch_cuda=versions.parse(cuda_text)
        )
    elif facts.build is None and (named := versions.parse(text_of(given, "cuda"))):
        facts = replace(facts, build="cuda", torch_cuda=named)
    python = text_of(given, "python_version", "python")
    if python:
        facts = replace(facts, python=versions.python(python) or facts.python)
    bits = text_of(given, "bits", "python_bits").strip()
    if bits in ("32", "64"):
        facts = replace(facts, bits=int(bits))
    elif "32-bit" in python or "32 bit" in python:
        facts = replace(facts, bits=32)
    facts = _environment_evidence(facts, given)
    system = _system_evidence(given)
    return replace(facts, system=system or facts.system)


def _graphics_evidence(facts: Facts, given: Mapping[str, object]) -> Facts:
    cards = _cards(given)
    if cards is not None:
        joined = " ".join(cards).lower()
        nvidia = any(
            word in joined
            for word in ("nvidia", "geforce", "rtx", "gtx", "tesla", "quadro", "titan")
        )
        facts = replace(
            facts,
            gpus=tuple(card.partition(" ")[2] if _vendor_first(card) else card for card in cards),
            nvidia=nvidia,
            amd="amd" in joined or "radeon" in joined,
            intel="intel" in joined,
        )
        if nvidia:
            known = [*_capabilities(given)] or [
                versions.capability(gpu_names.capability_of(name)) for name in cards
            ]
            facts = replace(
                facts, capability=min((k for k in known if k), default=facts.capability)
            )
    capability = capability_of(given.get("compute_capability", given.get("capability")))
    if capability is not None:
        facts = replace(facts, capability=capability, nvidia=True)
    for name in ("nvidia_driver", "driver_version", "driver"):
        if name not in given:
            continue
        value = given[name]
        if isinstance(value, Mapping):
            described = cast("Mapping[str, object]", value)
            value, allows = described.get("version"), described.get("cuda")
            if isinstance(allows, str):
                facts = replace(facts, driver_cuda=versions.parse(allows))
        version = versions.driver(value) if isinstance(value, str) else ()
        facts = replace(facts, driver=version, driver_there=bool(version))
    kernels = given.get("arch_list", given.get("kernels"))
    if kernels:
        names = " ".join(str(kernel) for kernel in items_of(kernels))
        facts = replace(facts, kernels=kernels_in(names))
    return facts


def _environment_evidence(facts: Facts, given: Mapping[str, object]) -> Facts:
    """The environment, its variables, how a process ended, and what a survey noticed."""
    seen = {name: given[name] for name in OBSERVED & set(given)}
    observed = {name: value for name, value in seen.items() if isinstance(value, str) and value}
    code = evidence_given.exit_code_of(given)
    if code not in (None, 0, 1):
        shown = exit_name(code if code >= _LEAST_SIGNAL else code + 2**32)
        observed |= {"exit": shown.split()[-1], "exit_shown": shown}
    build = evidence_given.conda_build_of(given)
    if build:
        is_cpu = "cpu" in build
        facts = replace(facts, build="cpu" if is_cpu else "cuda" if "cu" in build else facts.build)
        observed |= {"conda_cpu_build": "yes"} if is_cpu else {}
    if _hides_the_card(evidence_given.variables_of(given), facts.gpus if facts.nvidia else ()):
        observed["hidden_by_variable"] = "yes"
    problems = [
        str(cast("Any", item).get("code") if isinstance(item, Mapping) else item)
        for item in items_of(given.get("problems", []))
    ]
    free = given.get("disk_free_gib")
    if isinstance(free, (int, float)) and not isinstance(free, bool) and free < _FULL_GIB:
        problems.append("disk_full")
    problems += _noticed(given, problems)
    if not evidence_given.interpreter_of(given).isascii():
        facts = replace(facts, non_ascii_user=True)
    return replace(
        facts,
        problems=(*facts.problems, *problems),
        observed={**facts.observed, **observed},
    )


def _hides_the_card(variables: Mapping[str, object], cards: tuple[str, ...]) -> bool:
    """Whether CUDA_VISIBLE_DEVICES hides every card, or names one that is not there."""
    value = variables.get("cuda_visible_devices")
    if not isinstance(value, (str, int)):
        return False
    first = str(value).split(",")[0].strip()
    if first.lower() in ("", "-1", "none", "nodevfiles"):
        return True
    return bool(cards) and first.isdecimal() and int(first) >= len(cards)


def _noticed(given: Mapping[str, object], problems: list[str]) -> list[str]:
    """Codes of what single facts say by themselves."""
    found: list[str] = []
    if "PythonSoftwareFoundation" in evidence_given.interpreter_of(given):
        found.append("ms_store_python")
    if given.get("kernel_module_loaded") is False:
        found.append("kernel_module_not_loaded")
    if given.get("secure_boot") is True and "kernel_module_not_loaded" in (*problems, *found):
        found.append("secure_boot")
    return found


def _capabilities(given: Mapping[str, object]) -> list[Capability]:
    """What the described cards say of themselves."""
    said = [
        capability_of(cast("Mapping[str, object]", card).get("compute_capability"))
        for card in items_of(given.get("gpus", []))
        if isinstance(card, Mapping)
    ]
    return [each for each in said if each]


def _cards(given: Mapping[str, object]) -> list[str] | None:
    for name in ("gpus", "gpu", "gpu_name", "card", "cards"):
        if name in given:
            value = given[name]
            items = items_of(value)
            return [text for item in items if (text := _card_text(item))]
    return None


def _vendor_first(card: str) -> bool:
    """Whether a machine's own word for the maker stands before the name."""
    return card.partition(" ")[0] in ("nvidia", "amd", "intel", "apple", "other")


def _card_text(item: object) -> str:
    if isinstance(item, Mapping):
        card = cast("Mapping[str, object]", item)
        return f"{card.get('vendor', '')} {card.get('name', '')}".strip()
    return item if isinstance(item, str) and item.lower() not in ("none", "no", "") else ""


def _system_evidence(given: Mapping[str, object]) -> str | None:
    if given.get("wsl") is True:
        return "wsl2"
    value = given.get("os", given.get("platform", given.get("system")))
    if isinstance(value, Mapping):
        described = cast("Mapping[str, object]", value)
        return "wsl2" if described.get("wsl") else str(described.get("system") or "") or None
    text = str(value).lower() if isinstance(value, str) else ""
    return next((name for name in ("windows", "wsl2", "linux", "macos") if name in text), None)
