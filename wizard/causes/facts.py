"""What a text and the evidence beside it say about the computer, as one frozen value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from typing import Any, cast

from wizard.advice import gpu_names, versions
from wizard.advice.versions import Capability, Version
from wizard.causes.pasted import Pasted
from wizard.exit_codes import exit_name

# Every pattern begins with a literal and repeats within bounds: no text makes one slow.
_TORCH = re.compile(
    r"(?<![\w/])(?:torch|pytorch)(?:[ \t]*(?:==|=|:|@|version)?[ \t]*[ -]?v?)"
    r"(\d{1,2}\.\d{1,3}(?:\.\d{1,3})?)(?:\.dev\d{1,10})?(?:[+_-](cpu|cu\d{2,3}|rocm[\d.]{1,6}|xpu))?",
    re.IGNORECASE,
)
_LONE_BUILD = re.compile(r"(?<![\w.])(\d\.\d{1,2}\.\d)\+(cpu|cu\d{2,3}|rocm[\d.]{1,6}|xpu)\b")
_CONDA_BUILD = re.compile(
    r"(?<!\w)pytorch[ :-]{1,8}(\d\.\d{1,2}\.\d)[ -]{1,12}(?:py\d(?:\.\d{1,2})?_)?(cpu|cuda?\d*)",
    re.IGNORECASE,
)
_DRIVER = re.compile(
    r"driver[ \t]{0,3}(?:version)?[ \t]{0,3}[:=]?[ \t]{0,20}v?(\d{3}\.\d{2,3}(?:\.\d{1,2})?)\b",
    re.IGNORECASE,
)
_SMI = re.compile(r"NVIDIA-SMI[ \t]{1,8}(\d{3}\.\d{2,3}(?:\.\d{1,2})?)")
_SMI_CUDA = re.compile(r"CUDA (?:UMD )?Version[ \t]{0,3}:[ \t]{0,8}(\d{1,2}\.\d{1,2})")
_FOUND_CUDA = re.compile(r"found version (\d{4,5})")
_TORCH_CUDA = re.compile(r"torch\.version\.cuda\W{1,12}(\d{1,2}\.\d{1,2}|None)")
_CAPABILITY = re.compile(
    r"(?:capability|compute_cap)[a-z ]{0,14}[ :=(]{0,4}(?:sm_?)?(\d{1,2})[.,_]? ?(\d)(?![\d.])",
    re.IGNORECASE,
)
_KERNELS = re.compile(r"(?:sm|compute)_(\d{2,3})[a-z]?\b")
_PYTHON = re.compile(
    r"(?<![\w./])python[ =:-]{0,3}v?(\d)\.(\d{1,2})(?:\.\d{1,2})?\b", re.IGNORECASE
)
_WHEEL_TAG = re.compile(r"-cp3(\d{1,2})-")
_NVIDIA = re.compile(
    r"(?<![\w])(?:(?:NVIDIA )?GeForce(?: (?:GTX?|RTX|MX))? ?[A-Z]{0,3} ?\d{3,4}"
    r"(?: ?(?:Ti|SUPER|M|MX)\b){0,2}"
    r"|(?:RTX|GTX|GT|MX) ?[A-Z]{0,2}\d{3,4}(?: ?(?:Ti|SUPER|M|Ada)\b){0,2}"
    r"|(?:Tesla|Quadro|TITAN)(?: [A-Z]{1,3})? ?[A-Z]?\d{1,4}[A-Z]?"
    r"|[AHVLB]\d{2,3}(?:-SXM\d|-PCIE| \d\dGB)|Tesla T4|Quadro RTX \d{4}|GB10|DGX Spark)",
    re.IGNORECASE,
)
_AMD = re.compile(
    r"(?<![\w])(?:radeon|rx ?\d{3,4}(?: ?(?:xtx|xt|gre))?|\d{4} ?xtx?|vega \d{1,2}|firepro)\b",
    re.IGNORECASE,
)
_INTEL = re.compile(
    r"(?<![\w])(?:iris(?:\(r\))? ?(?:xe|plus|pro)|u?hd graphics|arc(?:\(tm\))? [ab]\d{3})",
    re.IGNORECASE,
)
_PATH_USER = re.compile(r"(?:[A-Za-z]:\\{1,2}Users\\{1,2}|/home/|/Users/)([^\\/\"'\n:*?<>|]{1,40})")


_LEAST_SIGNAL = -255
"""Below it, a negative exit code is a Windows status read as a signed number."""
_FULL_GIB = 1.0
"""So little room on the disk is a reason by itself."""

_NOT_SHOWN = frozenset({"kernels", "problems", "observed"})

OBSERVED = frozenset(
    {
        *("ending", "exit", "exit_shown", "during", "last_words", "memory_kill"),
        *("illegal_instruction", "python_path", "failed_check", "bits_check", "torch_import"),
        *("cuda_available", "capability_check", "gpu_check", "cpu_check", "torchvision"),
        *("elsewhere", "installed", "conda_cpu_build", "needed_driver", "hidden_by_variable"),
        *("driver_words", "torch_outside", "said", "import_said", "cuda_said", "gpu_said"),
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
    if card >= (10, 0) and (facts.torch_cuda or facts.torch):
        old_torch = bool(facts.torch) and facts.torch < (2, 7)
        return old_torch or (bool(facts.torch_cuda) and facts.torch_cuda < (12, 8))
    if card >= (8, 0) and facts.torch_cuda:
        return facts.torch_cuda < (11, 0)
    return None


def _card_older(facts: Facts) -> bool | None:
    card = facts.capability
    if card is None:
        return None
    if facts.kernels:
        return not _serves(facts.kernels, card) and card < max(facts.kernels)
    if facts.torch_cuda:
        return card < (7, 5) and facts.torch_cuda >= (13, 0)
    return None


def _driver_below(facts: Facts) -> bool | None:
    """NVIDIA's minimum for each major CUDA (CUDA release notes: 13 needs 580, 12 525, 11 450)."""
    if not facts.driver or not facts.torch_cuda:
        if facts.driver_cuda and facts.torch_cuda:
            return facts.driver_cuda[0] < facts.torch_cuda[0]
        return None
    windows = facts.system in ("windows", "wsl2")
    needed = {
        13: (580,),
        12: (528, 33) if windows else (525, 60),
        11: (452, 39) if windows else (450, 80),
    }
    least = needed.get(facts.torch_cuda[0])
    return None if least is None else facts.driver < least


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


def read(
    pasted: Pasted, system: str | None = None, evidence: Mapping[str, object] | None = None
) -> Facts:
    """Facts of a text; what the evidence says outranks it."""
    facts = _from_text(pasted)
    if system in ("windows", "linux", "macos", "wsl", "wsl2"):
        facts = replace(facts, system="wsl2" if system == "wsl" else system)
    return facts if not evidence else _with_evidence(facts, evidence)


def _from_text(pasted: Pasted) -> Facts:
    text, words = pasted.plain, pasted.vocabulary
    torch, build, cuda = _torch(text, words)
    drivers = (
        [*_first_few(_SMI, text, 1), *_first_few(_DRIVER, text, 1)]
        if "nvidia" in words or "driver" in words
        else []
    )
    driver_cuda = _first(_SMI_CUDA, text) if "cuda" in words else ""
    found_version = _first(_FOUND_CUDA, text) if "found" in words else ""
    if not driver_cuda and found_version:
        driver_cuda = f"{int(found_version) // 1000}.{int(found_version) % 1000 // 10}"
    gpus, nvidia, amd, intel = _gpus(text, pasted)
    capability, kernels = _architectures(text, words)
    if capability is None and nvidia:
        found = [versions.capability(gpu_names.capability_of(name)) for name in gpus]
        known = [each for each in found if each is not None]
        capability = min(known, default=None)
    return Facts(
        system=_system(pasted),
        gpus=gpus,
        nvidia=nvidia,
        amd=amd,
        intel=intel,
        driver=versions.parse(drivers[0]) if drivers else (),
        driver_there=True if drivers else None,
        driver_cuda=versions.parse(driver_cuda),
        torch=versions.parse(torch),
        build=build,
        torch_cuda=cuda,
        capability=capability,
        kernels=kernels,
        python=_python(text, words),
        bits=32 if pasted.has("32 bit") and "python" in words else None,
        non_ascii_user=any(not name.isascii() for name in _first_few(_PATH_USER, text, 200))
        or None,
    )


def _first_few(pattern: re.Pattern[str], text: str, most: int) -> list[str]:
    """At most so many matches: a text of megabytes repeats itself."""
    found = islice(pattern.finditer(text), most)
    return [match[1] if pattern.groups else match[0] for match in found]


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _torch(text: str, words: frozenset[str]) -> tuple[str, str | None, Version]:
    named = "torch" in words or "pytorch" in words
    if not named and "+cu" not in text and "+cpu" not in text:
        return "", None, ()
    found = _LONE_BUILD.search(text) or _CONDA_BUILD.search(text)
    version, suffix = (found[1], found[2]) if found else ("", "")
    if not found:
        matches = list(islice(_TORCH.finditer(text), 50))
        best = next((each for each in matches if each[2]), matches[0] if matches else None)
        version, suffix = (best[1], best[2] or "") if best else ("", "")
    cuda = _first(_TORCH_CUDA, text)
    return version, *_build(suffix, cuda)


def _build(suffix: str, cuda: str) -> tuple[str | None, Version]:
    suffix = suffix.lower()
    if suffix == "cpu" or cuda == "None":
        return "cpu", ()
    if suffix.startswith("cu"):
        digits = re.sub(r"\D", "", suffix)
        version = (int(digits[:-1]), int(digits[-1])) if len(digits) >= 2 else ()
        return "cuda", version
    if suffix.startswith(("rocm", "xpu")):
        return suffix[:4].rstrip("0123456789."), ()
    return ("cuda", versions.parse(cuda)) if cuda else (None, ())


def _gpus(
    text: str, pasted: Pasted
) -> tuple[tuple[str, ...], bool | None, bool | None, bool | None]:
    names = [" ".join(name.split()) for name in _first_few(_NVIDIA, text, 20)]
    amd = _first_few(_AMD, text, 5) if pasted.vocabulary & _AMD_WORDS else []
    intel = _first_few(_INTEL, text, 5) if pasted.vocabulary & _INTEL_WORDS else []
    says_amd = bool(amd) or bool(
        pasted.vocabulary & {"amd", "radeon"} and pasted.vocabulary & _CARD_WORDS
    )
    unique = tuple(dict.fromkeys([*names, *amd, *intel]))[:6]
    return unique, True if names else None, True if says_amd else None, True if intel else None


_AMD_WORDS = frozenset({"amd", "radeon", "rx", "vega", "rocm", "firepro", "ati"})
_INTEL_WORDS = frozenset({"intel", "iris", "uhd", "arc"})
_CARD_WORDS = frozenset(
    {"gpu", "graphics", "card", "显卡", "grafikkarte", "radeon", "видеокарта", "ekran", "kart"}
)


def _architectures(
    text: str, words: frozenset[str]
) -> tuple[Capability | None, tuple[Capability, ...]]:
    capability = None
    if "capability" in words or "compute" in words:
        found = _CAPABILITY.search(text)
        if found:
            capability = (int(found[1]), int(found[2]))
    if "sm" not in words:
        return capability, ()
    at = text.find("supports CUDA capabilities")
    listed = _KERNELS.findall(text[at : at + 400]) if at >= 0 else []
    kernels = tuple(sorted({(int(n[:-1]), int(n[-1])) for n in listed}))
    return capability, kernels


def _python(text: str, words: frozenset[str]) -> Version:
    found = _PYTHON.search(text) if "python" in words else None
    if found:
        return int(found[1]), int(found[2])
    tag = _WHEEL_TAG.search(text)
    return (3, int(tag[1])) if tag else ()


def _system(pasted: Pasted) -> str | None:
    words = pasted.vocabulary
    if words & {"wsl", "wsl2"}:
        return "wsl2"
    if words & {
        "winerror",
        "win32",
        "win10",
        "win11",
        "windows",
        "powershell",
        "win",
    } or pasted.has("c users"):
        return "windows"
    if words & {"macos", "osx", "darwin", "homebrew"}:
        return "macos"
    linux = {"linux", "ubuntu", "debian", "fedora", "arch", "dmesg", "sudo", "apt"}
    return "linux" if words & linux or pasted.has("usr lib") else None


# Evidence ----------------------------------------------------------------------------------------


def _with_evidence(facts: Facts, evidence: Mapping[str, object]) -> Facts:
    """Flat names as people write them, or a machine description; the unreadable is left out."""
    given = {key.lower(): value for key, value in evidence.items()}
    facts = _graphics_evidence(facts, given)
    torch = _text(given, "torch_version", "torch", "pytorch", "pytorch_version")
    if torch:
        version, build, cuda = _torch(f"torch=={torch}", frozenset({"torch"}))
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
            known = [versions.capability(gpu_names.capability_of(name)) for name in cards]
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
            value = cast("Mapping[str, object]", value).get("version")
        version = versions.parse(value) if isinstance(value, str) else ()
        facts = replace(facts, driver=version, driver_there=bool(version))
    kernels = given.get("arch_list", given.get("kernels"))
    if isinstance(kernels, (list, tuple)):
        found = _KERNELS.findall(" ".join(str(kernel) for kernel in _items(cast(object, kernels))))
        facts = replace(facts, kernels=tuple(sorted({(int(n[:-1]), int(n[-1])) for n in found})))
    return facts


def _environment_evidence(facts: Facts, given: Mapping[str, object]) -> Facts:
    """The environment, its variables, how a process ended, and what a survey noticed."""
    seen = {name: given[name] for name in OBSERVED & set(given)}
    observed = {name: value for name, value in seen.items() if isinstance(value, str) and value}
    code = given.get("exit_code")
    if isinstance(code, int) and not isinstance(code, bool) and code not in (0, 1):
        shown = exit_name(code if code >= _LEAST_SIGNAL else code + 2**32)
        observed |= {"exit": shown.split()[-1], "exit_shown": shown}
    build = _text(given, "torch_build", "package_build", "build_string")
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


def known(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that are no fact."""
    return [name for name in names if name not in NAMES]
