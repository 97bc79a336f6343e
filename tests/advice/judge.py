"""An independent reading of the compatibility facts: does this command give a PyTorch that works?

Written from the published facts alone, never from the program's catalog or code. It knows nothing
but the words of a command and the computer; an empty answer means that the command works there.
"""

from __future__ import annotations

from dataclasses import dataclass

Version = tuple[int, ...]


@dataclass(frozen=True)
class Computer:
    """What decides whether a build works."""

    system: str
    cards: tuple[str, ...]
    driver: str | None
    python: str
    arch: str = "x86_64"
    wsl: bool = False


def number(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))


# Drivers: minor-version compatibility; 13.x needs 580, 12.x 525, 11.x 450.
_DRIVER = {
    ("linux", 13): "580",
    ("linux", 12): "525.60.13",
    ("linux", 11): "450.80.02",
    ("windows", 13): "580",
    ("windows", 12): "528.33",
    ("windows", 11): "452.39",
}
_BLACKWELL_DRIVER = {"linux": "570.26", "windows": "570.65"}


def driver_complaint(computer: Computer, cuda: int) -> str:
    """Why the driver does not run builds of this CUDA on these cards; empty where it does."""
    if computer.driver is None:
        return "no driver"
    table = "windows" if computer.wsl else computer.system
    needed = number(_DRIVER[table, cuda])
    if any(number(card)[0] in (10, 12) for card in computer.cards):
        needed = max(needed, number(_BLACKWELL_DRIVER[table]))
    if number(computer.driver) >= (590,) and any(number(card) < (7, 5) for card in computer.cards):
        return f"driver {computer.driver} no longer knows Maxwell, Pascal and Volta"
    if number(computer.driver) < needed:
        return f"driver {computer.driver} is older than {needed} for CUDA {cuda}"
    return ""


def kernels_complaint(computer: Computer, kernels: str) -> str:
    """A cubin for X.y runs on X.z with z >= y, same major; PTX is not counted."""
    built = [number(one) for one in kernels.split()]
    for card in computer.cards:
        major, minor = number(card)
        if not any(b[0] == major and b[1] <= minor for b in built):
            return f"no kernels for {card} in {kernels}"
    return ""


# Wheels, newest first: version, first and last Python.
_WHEELS = [
    ("2.15.0", "3.11", "3.15"),
    ("2.14.1", "3.10", "3.14"),
    ("2.14.0", "3.10", "3.14"),
    ("2.13.0", "3.10", "3.14"),
    ("2.12.1", "3.10", "3.14"),
    ("2.12.0", "3.10", "3.14"),
    ("2.11.0", "3.10", "3.14"),
    ("2.10.0", "3.10", "3.14"),
    ("2.9.1", "3.10", "3.14"),
    ("2.9.0", "3.10", "3.14"),
    ("2.8.0", "3.9", "3.13"),
    ("2.7.1", "3.9", "3.13"),
    ("2.7.0", "3.9", "3.13"),
    ("2.6.0", "3.9", "3.13"),
    ("2.5.1", "3.9", "3.12"),
    ("2.4.1", "3.8", "3.12"),
    ("2.3.1", "3.8", "3.12"),
    ("2.2.2", "3.8", "3.12"),
    ("2.1.2", "3.8", "3.11"),
    ("2.0.1", "3.8", "3.11"),
]
_VISION = {
    "2.15.0": "0.29.2", "2.14.1": "0.29.1", "2.14.0": "0.29.0", "2.13.0": "0.28.0",
    "2.12.1": "0.27.1", "2.12.0": "0.27.0", "2.11.0": "0.26.0", "2.10.0": "0.25.0",
    "2.9.1": "0.24.1", "2.9.0": "0.24.0", "2.8.0": "0.23.0", "2.7.1": "0.22.1",
    "2.7.0": "0.22.0", "2.6.0": "0.21.0", "2.5.1": "0.20.1", "2.4.1": "0.19.1",
}  # fmt: skip
_OLD = "5.0 6.0 7.0 7.5 8.0 8.6 9.0"
_OLD_WINDOWS = "5.0 6.0 6.1 7.0 7.5 8.0 8.6 9.0"
_TURING_ON = "7.5 8.0 8.6 9.0 10.0 12.0"
_VOLTA_ON = "7.0 7.5 8.0 8.6 9.0 10.0 12.0"


def wheel_kernels(torch: str, tag: str, system: str, arch: str) -> str | None:  # noqa: C901  (one line for each line of the facts)
    """The kernels of one wheel; None where the facts know no such wheel."""
    minor = number(torch)[:2]
    if arch == "aarch64":
        if tag in ("cu130", "cu132") and minor >= ((2, 9) if tag == "cu130" else (2, 12)):
            return "8.0 9.0 10.0 11.0 12.0"
        if tag == "cu126" and (2, 9) <= minor <= (2, 13):
            return "8.0 9.0"
        return (
            "9.0 10.0 12.0"
            if tag == "cu128" and minor in ((2, 7), (2, 9), (2, 10), (2, 11))
            else None
        )
    windows = system == "windows"
    if tag == "cu118" and minor <= (2, 7):
        return "3.7 " + (_OLD_WINDOWS if windows else _OLD)
    if tag == "cu121" and (2, 1) <= minor <= (2, 5):
        return _OLD_WINDOWS if windows else _OLD
    if tag == "cu124" and (2, 4) <= minor <= (2, 6):
        return _OLD_WINDOWS if windows else _OLD
    if tag == "cu126" and (2, 6) <= minor <= (2, 14):
        if windows and minor == (2, 8):
            return "6.1 7.0 7.5 8.0 8.6 9.0"
        return _OLD_WINDOWS if windows else _OLD
    if tag == "cu128":
        if minor == (2, 7):
            return f"{_OLD_WINDOWS} 10.0 12.0" if windows else _TURING_ON
        if minor == (2, 8):
            return f"6.1 {_VOLTA_ON}" if windows else _VOLTA_ON
        if minor in ((2, 9), (2, 10)):
            return _VOLTA_ON
        return _TURING_ON if minor == (2, 11) else None
    if tag == "cu130" and minor >= (2, 9):
        return _TURING_ON
    if tag == "cu132" and minor >= (2, 12):
        return _TURING_ON
    return None


#: Wheels that the facts call inferred or unverified: they may be missing.
_UNSURE = {
    ("2.14.1", "cu126", "linux"), ("2.14.1", "cu126", "windows"), ("2.15.0", "cu130", "linux"),
    ("2.15.0", "cu130", "windows"), ("2.15.0", "cu132", "windows"),
}  # fmt: skip


def _has_python(wheel: tuple[str, str, str], computer: Computer) -> bool:
    torch, first, last = wheel
    if torch.startswith("2.5") and computer.system == "linux" and computer.arch == "x86_64":
        last = "3.13"
    return number(first) <= number(computer.python)[:2] <= number(last)


def judge_pip(words: list[str], computer: Computer) -> str:  # noqa: C901  (one rule after the other)
    """``python -m pip install torch … [--index-url …]``."""
    tag = ""
    if "--index-url" in words:
        place = words.index("--index-url")
        head, _slash, tag = words[place + 1].rpartition("/")
        if head != "https://download.pytorch.org/whl":
            return f"unknown index {head}"
        words = words[:place] + words[place + 2 :]
    packages = words[words.index("install") + 1 :]
    pins = dict(package.partition("==")[::2] for package in packages)
    if "torch" not in pins:
        return "no torch"
    if not tag:
        if computer.system == "windows":
            return "pip without an index gives the CPU build on Windows"
        return "not judged: the default of pip on Linux"
    if not tag.startswith("cu"):
        return f"{tag} is no CUDA build"
    if complaint := driver_complaint(computer, int(tag[2:4])):
        return complaint
    found = [
        wheel[0]
        for wheel in _WHEELS
        if _has_python(wheel, computer)
        and wheel_kernels(wheel[0], tag, computer.system, computer.arch) is not None
        and pins["torch"] in ("", wheel[0])
    ]
    for torch in found:
        kernels = wheel_kernels(torch, tag, computer.system, computer.arch)
        assert kernels is not None
        if complaint := kernels_complaint(computer, kernels):
            return f"torch {torch}+{tag}: {complaint}"
        if pins["torch"] and pins.get("torchvision") != _VISION[torch]:
            return f"torchvision {pins.get('torchvision')} does not belong to torch {torch}"
        if "torchaudio" in pins and number(torch) > (2, 11, 0):
            return "torchaudio ended with 2.11"
        if (torch, tag, computer.system) not in _UNSURE:
            return ""
    return f"no wheel of {pins['torch'] or 'torch'} for Python {computer.python} in {tag}"


_FORGE = {
    12: "5.0 6.0 7.0 7.5 8.0 8.6 9.0 10.0 12.0",
    13: "7.5 8.0 8.6 9.0 10.0 11.0 12.0",
}
_CHANNEL = "5.0 6.0 6.1 7.0 7.5 8.0 8.6 9.0"


def _split_conda(words: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Packages, channels and flags of ``conda install``."""
    packages: list[str] = []
    channels: list[str] = []
    flags: list[str] = []
    rest = iter(words[2:])
    for word in rest:
        if word == "-c":
            channels.append(next(rest))
        elif word in ("-n", "-p"):
            next(rest)
        elif word.startswith("-"):
            flags.append(word)
        else:
            packages.append(word)
    return packages, channels, flags


def judge_conda(words: list[str], computer: Computer) -> str:  # noqa: C901  (one line for each line of the facts)
    """``conda install …`` from conda-forge or from the old channel."""
    packages, channels, flags = _split_conda(words)
    if "pytorch" in channels:
        return _judge_channel(packages, channels, computer)
    if channels != ["conda-forge"] or "--override-channels" not in flags:
        return "conda-forge alone must be named: Anaconda's terms stop the command otherwise"
    if "pytorch-gpu" not in packages:
        return "without pytorch-gpu conda may take the CPU build"
    if any(package.startswith("torchaudio") for package in packages):
        return "conda-forge has no torchaudio for Windows"
    if not (3, 10) <= number(computer.python)[:2] <= (3, 14):
        return f"conda-forge has no build for Python {computer.python}"
    asked = [package for package in packages if package.startswith("cuda-version")]
    if len(asked) != 1 or asked[0] not in ("cuda-version=12", "cuda-version=13"):
        return f"unclear CUDA: {asked}"
    cuda = int(asked[0].rpartition("=")[2])
    if computer.arch == "arm64" and computer.system == "windows":
        return "no build for Windows on Arm"
    kernels = _FORGE[cuda]
    if computer.arch == "aarch64":
        if "arm-variant=*=tegra" in packages:
            kernels = "8.7" if cuda == 12 else ""
        elif cuda == 13:
            kernels += " 8.7"
        elif set(computer.cards) & {"5.3", "6.2", "7.2", "8.7"}:
            return "the server build of CUDA 12 does not run on Jetson"
    return kernels_complaint(computer, kernels) or driver_complaint(computer, cuda)


def _judge_channel(packages: list[str], channels: list[str], computer: Computer) -> str:
    if channels != ["pytorch", "nvidia"]:
        return f"channels {channels}"
    if computer.arch != "x86_64":
        return "the pytorch channel has CUDA builds for x86-64 only"
    pins = dict(package.replace("==", "=").partition("=")[::2] for package in packages)
    # Without a version conda takes the last one, which will not change any more.
    for name, last in (("pytorch", "2.5.1"), ("torchvision", "0.20.1"), ("torchaudio", "2.5.1")):
        if pins.get(name) not in ("", last):
            return f"{name} is not of the last release: {pins.get(name)}"
    if pins.get("pytorch-cuda") not in ("11.8", "12.1", "12.4"):
        return f"no pytorch-cuda={pins.get('pytorch-cuda')}"
    if not (3, 9) <= number(computer.python)[:2] <= (3, 12):
        return f"the channel has no build for Python {computer.python}"
    cuda = number(pins["pytorch-cuda"])[0]
    kernels = f"3.7 {_CHANNEL}" if cuda == 11 else _CHANNEL
    return kernels_complaint(computer, kernels) or driver_complaint(computer, cuda)


def judge(argv: tuple[str, ...] | list[str], computer: Computer) -> str:
    """Why this command does not give a working PyTorch on every card; empty where it does."""
    words = list(argv)
    if words[:2] == ["conda", "install"]:
        return judge_conda(words, computer)
    if words[1:4] == ["-m", "pip", "install"]:
        return judge_pip(words, computer)
    return f"not an install command: {' '.join(words)}"


def a_build_works(computer: Computer) -> bool:
    """Whether any current build (conda-forge's CUDA 12 or 13) works, in a fitting environment."""
    base = "conda install -n x --override-channels -c conda-forge pytorch-gpu torchvision"
    suitable = Computer(
        computer.system, computer.cards, computer.driver, "3.12", computer.arch, computer.wsl
    )
    return any(not judge(f"{base} cuda-version={n}".split(), suitable) for n in (12, 13))
