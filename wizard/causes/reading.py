"""What a text says about the computer it comes from."""

from __future__ import annotations

import re
from itertools import islice

from wizard.advice import gpu_names, versions
from wizard.advice.versions import Capability, Version
from wizard.causes import asked
from wizard.causes.facts import Facts
from wizard.causes.pasted import Pasted

# Every pattern begins with a literal and repeats within bounds: no text makes one slow.
_TORCH = re.compile(
    r"(?<![\w/])(?:torch|pytorch)(?:[ \t]*(?:==|=|:|@|version)?[ \t]*[ -]?v?)"
    r"(\d{1,2}\.\d{1,3}(?:\.\d{1,3})?)(?:\.dev\d{1,10})?"
    r"(?:(?:[+_-]| {1,2})(cpu|cu\d{2,3}|rocm[\d.]{1,6}|xpu)\b)?",
    re.IGNORECASE,
)
_LONE_BUILD = re.compile(r"(?<![\w.])(\d\.\d{1,2}\.\d)\+(cpu|cu\d{2,3}|rocm[\d.]{1,6}|xpu)\b")
_CONDA_BUILD = re.compile(
    r"(?<!\w)pytorch[ :-]{1,8}(\d\.\d{1,2}\.\d)[ -]{1,12}(?:py\d(?:\.\d{1,2})?_)?(cpu|cuda?\d*)",
    re.IGNORECASE,
)
#: What conda changes it to: the build behind the arrow.
_CONDA_CHANGE = re.compile(
    r"(?<!\w)pytorch[ :-][^\n]{1,150}-->[ \t]{1,4}(?:[\w/.-]{1,40}::)?(?:pytorch-)?"
    r"(\d\.\d{1,2}\.\d)[ -]{1,12}(?:py\d(?:\.\d{1,2})?_)?(cpu|cuda?\d*)",
    re.IGNORECASE,
)
_DRIVER = re.compile(
    r"driver[ \t]{0,3}\(?(?:version)?[ \t]{0,3}[:=]?[ \t]{0,20}v?"
    r"(\d{3}\.\d{2,3}(?:\.\d{1,2})?|[3-6]\d\d)\b(?![.\d])",
    re.IGNORECASE,
)
_SMI = re.compile(r"NVIDIA-SMI[ \t]{1,8}(\d{3}\.\d{2,3}(?:\.\d{1,2})?)")
_SMI_CUDA = re.compile(r"CUDA (?:UMD )?Version[ \t]{0,3}:[ \t]{0,8}(\d{1,2}\.\d{1,2})")
_FOUND_CUDA = re.compile(r"found version (\d{4,5})")
_TORCH_CUDA = re.compile(
    r"(?:torch\.version\.cuda\W{1,12}|CUDA used to build PyTorch: ?)(\d{1,2}\.\d{1,2}|None)"
)
_CAPABILITY = re.compile(
    r"(?:capability|compute_cap)[a-z ]{0,14}[ :=(]{0,4}(?:sm_?)?(\d{1,2})[.,_]? ?(\d)(?![\d.])",
    re.IGNORECASE,
)
_KERNELS = re.compile(r"(?:sm|compute)_(\d{2,3})[a-z]?\b")
#: A list of at least three; the card's own architecture stands alone.
_KERNEL_LIST = re.compile(r"(?:sm_\d{2,3}a?[\s,'\"]{1,6}){2,40}sm_\d{2,3}")
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
    r"(?<![\w])(?:radeon|(?:amd ?)?rx ?\d{3,4}(?: ?(?:xtx|xt|gre))?|(?:amd ?)?\d{4} ?(?:xtx?|gre)"
    r"|vega \d{1,2}|firepro)\b",
    re.IGNORECASE,
)
_INTEL = re.compile(
    r"(?<![\w])(?:iris(?:\(r\))? ?(?:xe|plus|pro)|u?hd graphics|arc(?:\(tm\))? [ab]\d{3}"
    r"|intel(?:\(r\))?(?:[ -]?[\w()]{1,10}){0,2} ?(?:graphics?\b|gpu\b|grafik|график))",
    re.IGNORECASE,
)
_HIDES_CARDS = re.compile(
    r"CUDA_VISIBLE_DEVICES['\"\]]{0,3}[ \t]{0,2}[=:,][ \t]{0,2}(?:''|\"\"|['\"]?-1\b)"
)
#: A search among the devices of the bus that printed nothing: an empty line or the next prompt.
_NOT_ON_THE_BUS = re.compile(
    r"lspci[ \t]{0,3}(?:-\w{1,6}[ \t]{1,3})?\|[ \t]{0,3}grep[^\n]{0,12}nvidia['\"]?[ \t`]{0,4}\n"
    r"(?:[ \t]{0,4}(?:\n|$)|[^\n]{0,60}[$#%>][ \t]|```)",
    re.IGNORECASE,
)
_PATH_USER = re.compile(r"(?:[A-Za-z]:\\{1,2}Users\\{1,2}|/home/|/Users/)([^\\/\"'\n:*?<>|]{1,40})")


def facts_in(pasted: Pasted) -> Facts:
    """Everything that a text says of the computer it comes from."""
    text, words = pasted.plain, pasted.vocabulary
    torch, build, cuda = torch_in(text, words)
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
        nvidia=False if nvidia is None and _not_on_the_bus(pasted) else nvidia,
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
        non_ascii_user=_non_ascii_user(text) if words & {"users", "home"} else None,
        hides_cards=bool(_HIDES_CARDS.search(text)) or None
        if pasted.has("cuda visible devices")
        else None,
        lacking=asked.fault_in(text) if pasted.has("from versions") else None,
    )


def _not_on_the_bus(pasted: Pasted) -> bool:
    return pasted.has("lspci") and bool(_NOT_ON_THE_BUS.search(pasted.plain))


def _non_ascii_user(text: str) -> bool | None:
    return any(not name.isascii() for name in _first_few(_PATH_USER, text, 200)) or None


def _first_few(pattern: re.Pattern[str], text: str, most: int) -> list[str]:
    """At most so many matches: a text of megabytes repeats itself."""
    found = islice(pattern.finditer(text), most)
    return [match[1] if pattern.groups else match[0] for match in found]


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def torch_in(text: str, words: frozenset[str]) -> tuple[str, str | None, Version]:
    """PyTorch's version, kind of build and CUDA; ``words`` is the text's vocabulary."""
    named = "torch" in words or "pytorch" in words
    if not named and "+cu" not in text and "+cpu" not in text:
        return "", None, ()
    found = (
        _LONE_BUILD.search(text)
        or ("-->" in text and _CONDA_CHANGE.search(text))
        or _CONDA_BUILD.search(text)
    )
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
    named = any(hint in pasted.words for hint in _NVIDIA_HINTS)
    names = [" ".join(name.split()) for name in _first_few(_NVIDIA, text, 20)] if named else []
    may_be_amd = pasted.vocabulary & _AMD_WORDS or " rx" in pasted.words or " amd" in pasted.words
    amd = _first_few(_AMD, text, 5) if may_be_amd else []
    may_be_intel = pasted.vocabulary & _INTEL_WORDS or " intel" in pasted.words
    intel = _first_few(_INTEL, text, 5) if may_be_intel else []
    says_amd = bool(amd) or bool(
        pasted.vocabulary & {"amd", "radeon"} and pasted.vocabulary & _CARD_WORDS
    )
    unique = tuple(dict.fromkeys([*names, *amd, *intel]))[:6]
    return unique, True if names else None, True if says_amd else None, True if intel else None


_NVIDIA_HINTS = (
    *("geforce", "rtx", "gtx", " gt", " mx", "tesla", "quadro", "titan"),
    *(" sxm", " pcie", "gb ", " gb10", " dgx"),
)
"""Without any of them no name of a card stands in the text; far quicker to look for."""
_AMD_WORDS = frozenset({"amd", "radeon", "rx", "vega", "rocm", "firepro", "ati", "gre", "xtx"})
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
    listed = _KERNEL_LIST.search(text)
    return capability, kernels_in(listed[0]) if listed else ()


def kernels_in(text: str) -> tuple[Capability, ...]:
    """The architectures that a list such as ``sm_80 sm_90`` names."""
    return tuple(sorted({(int(n[:-1]), int(n[-1])) for n in _KERNELS.findall(text)}))


def _python(text: str, words: frozenset[str]) -> Version:
    found = _PYTHON.search(text) if "python" in words else None
    if found:
        return int(found[1]), int(found[2])
    tag = _WHEEL_TAG.search(text)
    return (3, int(tag[1])) if tag else ()


_SUBSYSTEMS = ("subsystem for linux", "subsystem on windows", "linux subsystem", "ubuntu subsystem")


def _system(pasted: Pasted) -> str | None:
    words = pasted.vocabulary
    if words & {"wsl", "wsl2"} or ("subsystem" in words and any(map(pasted.has, _SUBSYSTEMS))):
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
    if words & {"macos", "osx", "darwin", "homebrew", "macbook", "imac"}:
        return "macos"
    linux = {"linux", "ubuntu", "debian", "fedora", "arch", "dmesg", "sudo", "apt"}
    return "linux" if words & linux or pasted.has("usr lib") else None
