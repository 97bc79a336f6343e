"""What each word of a command means, in plain words."""

from __future__ import annotations

from collections.abc import Callable

from wizard.advice.recommendation import Word
from wizard.text import _

#: Options that take the next word with them.
_WITH_VALUE = frozenset({"-n", "-p", "-c", "--index-url", "--extra-index-url", "--platform"})


def explain(argv: tuple[str, ...]) -> tuple[Word, ...]:
    """Every word of the command in order, options together with their values."""
    head = _head_length(argv)
    words = [Word(" ".join(argv[:head]), _head_meaning(argv[:head]))]
    place = head
    while place < len(argv):
        word = argv[place]
        if word in _WITH_VALUE and place + 1 < len(argv):
            value = argv[place + 1]
            words.append(Word(f"{word} {value}", _option_meaning(word, value)))
            place += 2
        else:
            words.append(Word(word, _meaning(word)))
            place += 1
    return tuple(words)


def _head_length(argv: tuple[str, ...]) -> int:
    """How many words name the program and what it shall do."""
    if argv[1:3] == ("-m", "pip"):
        return 4
    return min(len(argv), 2)


def _head_meaning(head: tuple[str, ...]) -> str:
    meanings: dict[tuple[str, ...], Callable[[], str]] = {
        ("conda", "install"): lambda: _("Asks conda to install packages."),
        ("conda", "create"): lambda: _("Asks conda to make a new environment."),
        ("conda", "remove"): lambda: _("Asks conda to remove packages, and what needs them."),
        ("conda", "activate"): lambda: _("Makes an environment the current one."),
        ("conda", "run"): lambda: _("Runs the rest of the line inside an environment."),
    }
    if head[1:3] == ("-m", "pip"):
        if head[3:] == ("uninstall",):
            return _("Asks this environment's own pip to remove packages.")
        return _("Asks this environment's own pip to install packages.")
    meaning = meanings.get(head)
    return meaning() if meaning is not None else _("The program that does the work.")


def _option_meaning(option: str, value: str) -> str:
    if option == "-n":
        return _("In the environment named {name}.").format(name=value)
    if option == "-p":
        return _("In the environment that lies in this folder.")
    if option == "-c":
        return _channel_meaning(value)
    if option == "--platform":
        return _("For this kind of system, whatever conda itself was made for.")
    return _index_meaning(value.rstrip("/").rpartition("/")[2])


def _channel_meaning(channel: str) -> str:
    if channel == "conda-forge":
        return _("Takes the packages from conda-forge, the free community channel.")
    if channel == "pytorch":
        return _("Takes PyTorch from its old channel, which ended.")
    if channel == "nvidia":
        return _("Takes the CUDA libraries from NVIDIA's channel.")
    return _("Takes packages from the channel {name}.").format(name=channel)


def _index_meaning(tag: str) -> str:
    """The last part of PyTorch's wheel addresses names the build."""
    if tag[:2] == "cu" and tag[2:].isdigit():
        cuda = f"{tag[2:4]}.{tag[4:]}"
        return _("PyTorch's own download address for the CUDA {cuda} build.").format(cuda=cuda)
    if tag.startswith("rocm"):
        return _("PyTorch's own download address for AMD's ROCm build.")
    if tag == "xpu":
        return _("PyTorch's own download address for the build for Intel graphics.")
    if tag == "nvtorch_oot":
        return _("NVIDIA's own download address, for Windows on Arm.")
    if tag == "whl-next":
        return _("AMD's own download address for its ROCm builds.")
    if tag == "cpu":
        return _("PyTorch's own download address for the build without a GPU.")
    return _("The address from which pip takes the packages.")


def _packages() -> dict[str, str]:
    return {
        "pytorch-gpu": _(
            "PyTorch for NVIDIA GPUs; with this name conda cannot take the CPU build."
        ),
        "pytorch-cpu": _("PyTorch for the processor, without CUDA."),
        "pytorch": _("PyTorch itself."),
        "torch": _("PyTorch itself; pip's name for it is torch."),
        "torchvision": _("PyTorch's tools and data sets for images."),
        "torchaudio": _("PyTorch's tools for sound."),
        "pip": _("pip, so that other packages can be added inside this environment."),
        "--override-channels": _("Uses only the channels named here, no others."),
        "--no-capture-output": _("Shows what happens while it runs."),
        "--force": _("Removes only what is named here. What needs it stays."),
        "cpuonly": _("A package without files that keeps PyTorch on the CPU."),
        "--yes": _("Answers the question before the change with yes."),
        "arm-variant": _("The variant for NVIDIA Jetson modules."),
        "python": _("This environment's Python."),
        "-m": _("Runs a part of Python as a program."),
        "install": _("Installs packages."),
        "uninstall": _("Removes packages."),
    }


def _meaning(word: str) -> str:
    if word == "pytorch=*=cpu*":
        return _("PyTorch in any version, as the CPU build.")
    name, _equals, version = word.replace("==", "=").partition("=")
    name = name.partition("[")[0]
    if name == "cuda-version":
        return _(
            "The CUDA {major} libraries: the newest that your card and driver can use."
        ).format(major=version)
    if name == "pytorch-cuda":
        return _("The PyTorch build that works with CUDA {version}.").format(version=version)
    if name == "python" and version:
        return _("Python {version}, which every current PyTorch accepts.").format(version=version)
    meaning = _packages().get(name)
    if meaning is None:
        return _("The environment's name.") if not word.startswith("-") else _("An option.")
    if version and name in ("torch", "pytorch", "torchvision", "torchaudio"):
        return _("{what} Exactly version {version}.").format(what=meaning, version=version)
    return meaning
