"""Facts from a text and from the evidence beside it: flat names, or a machine description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from wizard.advice import gpu_names, versions
from wizard.advice.versions import Capability
from wizard.causes.facts import OBSERVED, Facts
from wizard.causes.pasted import Pasted
from wizard.causes.reading import facts_in, kernels_in, torch_in
from wizard.exit_codes import exit_name

_PACKAGE_PARTS = re.compile(r"[=\s]+|-(?=\d)|(?<=\d)-")
_LEAST_SIGNAL = -255
"""Below it, a negative exit code is a Windows status read as a signed number."""
_FULL_GIB = 1.0
"""So little room on the disk is a reason by itself."""


def gather(
    pasted: Pasted, system: str | None = None, evidence: Mapping[str, object] | None = None
) -> Facts:
    """Facts of a text; what the evidence says outranks it."""
    facts = facts_in(pasted)
    if system in ("windows", "linux", "macos", "wsl", "wsl2"):
        facts = replace(facts, system="wsl2" if system == "wsl" else system)
    return facts if not evidence else _with_evidence(facts, evidence)


def _with_evidence(facts: Facts, evidence: Mapping[str, object]) -> Facts:
    """Flat names as people write them, or a machine description; the unreadable is left out."""
    given = {key.lower(): value for key, value in evidence.items()}
    facts = _graphics_evidence(facts, given)
    torch = _text(given, "torch_version", "torch", "pytorch", "pytorch_version")
    if torch:
        version, build, cuda = torch_in(f"torch=={torch}", frozenset({"torch"}))
        facts = replace(
            facts,
            torch=versions.parse(version),
            build=build or facts.build,
            torch_cuda=cuda or facts.torch_cuda,
        )
    if "torch_cuda" in given or "cuda_version" in given:
        cuda_text = _text(given, "torch_cuda", "cuda_version")
        facts = replace(
            facts, build="cuda" if cuda_text else "cpu", torch_cuda=versions.parse(cuda_text)
        )
    python = _text(given, "python_version", "python")
    if python:
        facts = replace(facts, python=versions.python(python) or facts.python)
    bits = given.get("bits", given.get("python_bits"))
    if bits in (32, 64, "32", "64"):
        facts = replace(facts, bits=int(cast("int | str", bits)))
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
    capability = versions.capability(_text(given, "compute_capability", "capability"))
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
        version = versions.parse(value) if isinstance(value, str) else ()
        facts = replace(facts, driver=version, driver_there=bool(version))
    kernels = given.get("arch_list", given.get("kernels"))
    if isinstance(kernels, (list, tuple)):
        names = " ".join(str(kernel) for kernel in _items(cast(object, kernels)))
        facts = replace(facts, kernels=kernels_in(names))
    return facts


def _environment_evidence(facts: Facts, given: Mapping[str, object]) -> Facts:
    """The environment, its variables, how a process ended, and what a survey noticed."""
    seen = {name: given[name] for name in OBSERVED & set(given)}
    observed = {name: value for name, value in seen.items() if isinstance(value, str) and value}
    code = given.get("exit_code")
    if isinstance(code, int) and not isinstance(code, bool) and code not in (0, 1):
        shown = exit_name(code if code >= _LEAST_SIGNAL else code + 2**32)
        observed |= {"exit": shown.split()[-1], "exit_shown": shown}
    build = _text(given, "torch_build", "package_build", "build_string") or _conda_build(given)
    if build:
        is_cpu = "cpu" in build
        facts = replace(facts, build="cpu" if is_cpu else "cuda" if "cu" in build else facts.build)
        observed |= {"conda_cpu_build": "yes"} if is_cpu else {}
    variables = given.get("env", given.get("environment_variables", given))
    if isinstance(variables, Mapping):
        named = {str(name).lower(): value for name, value in cast("Any", variables).items()}
        hiding = named.get("cuda_visible_devices")
        if isinstance(hiding, (str, int)) and str(hiding).strip() in (
            "",
            "-1",
            "none",
            "NoDevFiles",
        ):
            observed["hidden_by_variable"] = "yes"
    problems = [
        str(cast("Any", item).get("code") if isinstance(item, Mapping) else item)
        for item in _items(given.get("problems", []))
    ]
    free = given.get("disk_free_gib")
    if isinstance(free, (int, float)) and not isinstance(free, bool) and free < _FULL_GIB:
        problems.append("disk_full")
    return replace(
        facts,
        problems=(*facts.problems, *problems),
        observed={**facts.observed, **observed},
    )


def _capabilities(given: Mapping[str, object]) -> list[Capability]:
    """What the described cards say of themselves."""
    said = [
        versions.capability(str(cast("Mapping[str, object]", card).get("compute_capability") or ""))
        for card in _items(given.get("gpus", []))
        if isinstance(card, Mapping)
    ]
    return [each for each in said if each]


def _conda_build(given: Mapping[str, object]) -> str:
    """PyTorch's build string in a list of packages, as objects or as conda writes them."""
    for item in _items(given.get("packages", given.get("conda_list", []))):
        if isinstance(item, Mapping):
            package = cast("Mapping[str, object]", item)
            parts = [str(package.get(key) or "") for key in ("name", "version", "build")]
            parts[2] = parts[2] or str(package.get("build_string") or "")
        else:
            parts = _PACKAGE_PARTS.split(str(item).rpartition("::")[2].strip(), maxsplit=2)
        if parts[0] in ("pytorch", "libtorch") and len(parts) > 2 and parts[2]:
            return parts[2]
    return ""


def _cards(given: Mapping[str, object]) -> list[str] | None:
    for name in ("gpus", "gpu", "gpu_name", "card", "cards"):
        if name in given:
            value = given[name]
            items = _items(value)
            return [text for item in items if (text := _card_text(item))]
    return None


def _vendor_first(card: str) -> bool:
    """Whether a machine's own word for the maker stands before the name."""
    return card.partition(" ")[0] in ("nvidia", "amd", "intel", "apple", "other")


def _items(value: object) -> list[object]:
    """Of a list as JSON has it, or a tuple as a machine has it; anything else is one item."""
    if isinstance(value, (list, tuple)):
        return list(cast("Iterable[object]", value))
    return [value]


def _card_text(item: object) -> str:
    if isinstance(item, Mapping):
        card = cast("Mapping[str, object]", item)
        return f"{card.get('vendor', '')} {card.get('name', '')}".strip()
    return item if isinstance(item, str) and item.lower() not in ("none", "no", "") else ""


def _system_evidence(given: Mapping[str, object]) -> str | None:
    value = given.get("os", given.get("platform", given.get("system")))
    if isinstance(value, Mapping):
        described = cast("Mapping[str, object]", value)
        return "wsl2" if described.get("wsl") else str(described.get("system") or "") or None
    text = str(value).lower() if isinstance(value, str) else ""
    return next((name for name in ("windows", "wsl2", "linux", "macos") if name in text), None)


def _text(given: Mapping[str, object], *names: str) -> str:
    return next((value for name in names if isinstance(value := given.get(name), str)), "")
