"""The install commands themselves: words for each route, in the environment that was chosen."""

from __future__ import annotations

from wizard.advice import builds, command
from wizard.advice.builds import ChannelOption, CondaOption, Hardware, PipOption
from wizard.advice.environment import Place, Target
from wizard.advice.recommendation import Command
from wizard.advice.versions import Version
from wizard.text import _

WHEELS = "https://download.pytorch.org/whl/"
CONDA_CPU = "pytorch=*=cpu*"
"""conda's words for any version, of a build without CUDA."""


def conda_gpu(target: Target, option: CondaOption, note: str = "") -> Command:
    """conda-forge's build for NVIDIA cards."""
    packages = ("pytorch-gpu", "torchvision", f"cuda-version={option.cuda}")
    if option.arm_variant is not None:
        packages = (*packages, f"arm-variant=*={option.arm_variant}")
    title = _("Install PyTorch for CUDA {major} with conda").format(major=option.cuda)
    return _conda_forge(target, packages, title, note)


def conda_cpu(target: Target, platform: str, note: str = "") -> Command:
    """conda-forge's build without CUDA; on a Mac it uses Apple's graphics where there are any.

    Not by the name ``pytorch-cpu``: conda would keep that for ever as what was asked for, and no
    CUDA build could come into the environment later (facts: measured with rattler and classic).
    """
    if platform.startswith("macos"):
        title = _("Install PyTorch with conda")
        return _conda_forge(target, ("pytorch", "torchvision"), title, note)
    title = _("Install PyTorch for the processor with conda")
    return _conda_forge(target, (CONDA_CPU, "torchvision"), title, note)


def _conda_forge(target: Target, packages: tuple[str, ...], title: str, note: str) -> Command:
    argv = ("conda", "install", *target.option, "--override-channels", "-c", "conda-forge")
    return command.make("conda-forge", (*argv, *packages), title, note)


def pip_gpu(target: Target, option: PipOption, note: str = "") -> Command:
    """PyTorch's own wheels for one CUDA version."""
    packages = ("torch", "torchvision")
    if option.pinned:
        packages = (f"torch=={option.newest}", f"torchvision=={option.torchvision}")
    title = _("Install PyTorch for CUDA {version} with pip").format(
        version=f"{option.variant[2:4]}.{option.variant[4:]}"
    )
    return pip(target, packages, WHEELS + option.variant, title, note)


def pip_cpu(place: Place, platform: str, note: str = "", glibc: Version = ()) -> Command | None:
    """PyTorch's own wheels for the processor; None where this Python has none."""
    build = builds.pip_cpu(platform, place.python, glibc)
    if build is None:
        return None
    # An Intel Mac has no wheels after 2.2.2, which was built for NumPy 1.
    packages = ("torch", "torchvision")
    if platform == "macos-x86_64":
        packages = (*packages, "numpy<2")
    index = WHEELS + "cpu" if platform.startswith("linux") else None
    return pip(place.target, packages, index, _("Install PyTorch with pip"), note)


def pip(
    target: Target,
    packages: tuple[str, ...],
    index: str | None,
    title: str,
    note: str,
    option: str = "--index-url",
) -> Command:
    """Pip's command for the environment's own Python."""
    argv = (target.interpreter, "-m", "pip", "install", *packages)
    if index is not None:
        argv = (*argv, option, index)
    return command.make("pip", argv, title, _join(_activate_first(target), note))


def channel(target: Target, option: ChannelOption, note: str = "") -> Command:
    """The course's original command, with the last versions of that channel named."""
    argv = (
        *("conda", "install", *target.option),
        f"pytorch=={option.version}",
        f"torchvision=={option.torchvision}",
        f"torchaudio=={option.torchaudio}",
        f"pytorch-cuda={option.cuda}",
        *("-c", "pytorch", "-c", "nvidia"),
    )
    frozen = _(
        "The course's original command. This channel ended: it stays at PyTorch {version} for ever."
    ).format(version=option.version)
    title = _("The course's command (PyTorch {version})").format(version=option.version)
    return command.make("pytorch-channel", argv, title, _join(frozen, note))


def activate(target: Target) -> tuple[Command, ...]:
    """The step before a pip command in a conda environment."""
    if not target.is_conda:
        return ()
    argv = ("conda", "activate", target.option[1])
    return (command.make("conda-forge", argv, _("Activate the environment")),)


def _activate_first(target: Target) -> str:
    if not target.is_conda:
        return ""
    return _("First activate the environment: conda activate {name}.").format(name=target.name)


def _join(*notes: str) -> str:
    return " ".join(note for note in notes if note)


def cuda_alternatives(
    place: Place, hardware: Hardware, driver: Version | None, note: str = ""
) -> tuple[Command, ...]:
    """What else works on these cards with this driver: PyTorch's wheels, the course's command."""
    found: list[Command] = []
    wheel = builds.first_working(builds.pip_options(hardware, place.python), driver)
    if wheel is not None:
        found.append(pip_gpu(place.target, wheel, note))
    if place.is_conda:
        old = builds.first_working(builds.channel_options(hardware, place.python), driver)
        if old is not None:
            found.append(channel(place.target, old, note))
    return tuple(found)


def cpu_alternatives(
    place: Place, platform: str, note: str = "", glibc: Version = ()
) -> tuple[Command, ...]:
    """Pip's way to the CPU build, where there is one."""
    found = pip_cpu(place, platform, note, glibc)
    return () if found is None else (found,)
