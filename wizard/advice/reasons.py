"""The reasons of a recommendation: each names the values, and where the fact is written."""

from __future__ import annotations

from collections import Counter

from wizard.advice import catalog, gpu_names, versions
from wizard.advice.cache import per_language
from wizard.advice.recommendation import Reason
from wizard.advice.versions import Capability
from wizard.detection.machine import Gpu, Machine
from wizard.text import _

CAPABILITIES = "https://developer.nvidia.com/cuda-gpus"
CONDA_FORGE = "https://github.com/conda-forge/pytorch-cpu-feedstock"
DRIVERS = "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html"
UNIX_DRIVERS = "https://www.nvidia.com/en-us/drivers/unix/"
WSL = "https://docs.nvidia.com/cuda/wsl-user-guide/index.html"
MIG = "https://docs.nvidia.com/datacenter/tesla/mig-user-guide/"
CHANNEL_END = "https://github.com/pytorch/pytorch/issues/138506"
TEGRA = "https://conda-forge.org/docs/how-to/advanced/cuda/tegra/"
COLAB_FAQ = "https://research.google.com/colaboratory/faq.html"
START_LOCALLY = "https://pytorch.org/get-started/locally/"


def drivers_page(system: str) -> str:
    """NVIDIA's page about its drivers for this system."""
    return UNIX_DRIVERS if system == "linux" else "https://www.nvidia.com/en-us/drivers/"


def card_names(gpus: tuple[Gpu, ...]) -> str:
    """Short names for a sentence, equal ones counted: ``2 × RTX 3090, T4``."""
    if len(gpus) == 1:
        return gpu_names.short_name(gpus[0].name)
    counted = Counter(gpu_names.short_name(gpu.name) for gpu in gpus)
    return ", ".join(
        name if count == 1 else f"{count} × {name}" for name, count in sorted(counted.items())
    )


@per_language
def cuda13_works(card: str, capability: Capability, driver: str) -> Reason:
    return Reason(
        "cuda13_works",
        _(
            "{gpu} has compute capability {capability} (CUDA 13 builds begin at 7.5) and CUDA 13 "
            "needs driver 580, yours is {driver}: so CUDA 13."
        ).format(gpu=card, capability=versions.spelled(capability), driver=driver),
        DRIVERS,
    )


@per_language
def driver_too_old_for_cuda13(card: str, capability: Capability, driver: str) -> Reason:
    return Reason(
        "driver_too_old_for_cuda13",
        _(
            "{gpu} has compute capability {capability}; CUDA 13 needs driver 580, yours is "
            "{driver}: so CUDA 12."
        ).format(gpu=card, capability=versions.spelled(capability), driver=driver),
        DRIVERS,
    )


@per_language
def capability_too_old_for_cuda13(card: str, capability: Capability, driver: str | None) -> Reason:
    values = {"gpu": card, "capability": versions.spelled(capability), "driver": driver}
    if driver is not None and versions.driver(driver) >= (580,):
        text = _(
            "{gpu} has compute capability {capability}; CUDA 13 builds begin at 7.5: so CUDA 12, "
            "although driver {driver} would allow CUDA 13."
        )
    else:
        text = _(
            "{gpu} has compute capability {capability}; CUDA 13 builds begin at 7.5: so CUDA 12."
        )
    return Reason("capability_too_old_for_cuda13", text.format(**values), CAPABILITIES)


@per_language
def last_driver_branch(card: str, branch: int, driver: str) -> Reason:
    """A branch's versions run on to the next ten: 581 and 582 belong to branch 580."""
    if versions.driver(driver)[:1] >= (branch + 10,):
        text = _(
            "The {branch} drivers are the last that know {gpu}; yours is {driver}. If the card is "
            "not seen, install a {branch} driver."
        )
    else:
        text = _(
            "The {branch} drivers are the last for {gpu} (yours: {driver}). A newer one would not "
            "work, and none is needed."
        )
    return Reason(
        "last_driver_branch", text.format(gpu=card, branch=branch, driver=driver), UNIX_DRIVERS
    )


@per_language
def blackwell_needs_new_cuda(card: str) -> Reason:
    return Reason(
        "blackwell_needs_cuda128",
        _(
            "{gpu} needs CUDA 12.8 or newer. An older build says True to "
            "torch.cuda.is_available() and then fails with “no kernel image”; this one has the "
            "kernels."
        ).format(gpu=card),
        CONDA_FORGE,
    )


@per_language
def driver_update_brings(driver: str, needed: str) -> Reason:
    return Reason(
        "driver_update_brings_cuda13",
        _(
            "Nothing has to be updated. With driver {needed} or newer (yours is {driver}) you "
            "could use CUDA 13 and the newest PyTorch."
        ).format(driver=driver, needed=needed),
        DRIVERS,
    )


@per_language
def driver_too_old(card: str, driver: str, needed: str, cuda: int, *, card_sets: bool) -> Reason:
    if card_sets:
        text = _(
            "{gpu} needs driver {needed} or newer, yours is {driver}: please update the driver "
            "first, then scan again."
        )
        code = "driver_too_old_for_card"
    else:
        text = _(
            "Every current PyTorch build needs driver {needed} or newer (CUDA {cuda}), yours is "
            "{driver}: please update the driver first, then scan again."
        )
        code = "driver_too_old"
    return Reason(code, text.format(gpu=card, driver=driver, needed=needed, cuda=cuda), DRIVERS)


@per_language
def driver_missing(card: str, needed: str, branch: int | None, page: str) -> Reason:
    values = {"gpu": card, "needed": needed, "branch": branch}
    if branch is None:
        text = _(
            "{gpu} has no working NVIDIA driver yet. Install the newest one ({needed} or newer), "
            "restart, and scan again."
        )
    else:
        text = _(
            "{gpu} has no working NVIDIA driver yet. Install driver {branch}, the last branch for "
            "this card, restart, and scan again."
        )
    return Reason("driver_missing", text.format(**values), page)


@per_language
def gpu_too_old(card: str, capability: Capability) -> Reason:
    return Reason(
        "gpu_too_old",
        _(
            "{gpu} has compute capability {capability}; every current PyTorch build begins at "
            "5.0. So PyTorch runs on the processor here."
        ).format(gpu=card, capability=versions.spelled(capability)),
        CAPABILITIES,
    )


@per_language
def capability_from_name(card: str, capability: str) -> Reason:
    return Reason(
        "capability_from_name",
        _(
            "No tool reported the compute capability; the name {gpu} stands for {capability}."
        ).format(gpu=card, capability=capability),
        CAPABILITIES,
    )


@per_language
def unknown_card(card: str) -> Reason:
    return Reason(
        "unknown_gpu",
        _(
            "The wizard does not know {gpu}. It chose the build for the widest range of cards "
            "(compute capability 5.0 to 12.0); the verification will show whether it fits."
        ).format(gpu=card),
        CONDA_FORGE,
    )


@per_language
def several_gpus(cards: str) -> Reason:
    return Reason(
        "several_gpus",
        _("This build has kernels for all your NVIDIA cards: {gpus}.").format(gpus=cards),
        CAPABILITIES,
    )


@per_language
def not_all_covered(covered: str, left_out: str) -> Reason:
    return Reason(
        "not_all_gpus_covered",
        _(
            "No single build works on all your NVIDIA cards. This one is for {covered}; "
            "{left_out} cannot be used with it."
        ).format(covered=covered, left_out=left_out),
        CAPABILITIES,
    )


@per_language
def conda_forge(words: tuple[str, ...]) -> Reason:
    """Why this channel; ``words`` is the command."""
    if "pytorch-gpu" in words:
        text = _(
            "The course's channel “pytorch” ended with PyTorch 2.5.1; conda-forge carries PyTorch "
            "on. The word pytorch-gpu keeps conda from taking the CPU build."
        )
    else:
        text = _("The course's channel “pytorch” ended with PyTorch 2.5.1; conda-forge carries on.")
    return Reason("conda_forge", text, CHANNEL_END)


@per_language
def torchaudio() -> Reason:
    return Reason(
        "torchaudio_left_out",
        _("torchaudio ended with PyTorch 2.11; the course does not need it, so it is left out."),
        "https://pytorch.org/get-started/previous-versions/",
    )


@per_language
def wsl() -> Reason:
    return Reason(
        "wsl",
        _(
            "Inside WSL the Windows driver counts. Install or update it in Windows; never install "
            "an NVIDIA driver inside Linux here."
        ),
        WSL,
    )


@per_language
def mig() -> Reason:
    return Reason(
        "mig",
        _(
            "This card is divided into MIG slices; PyTorch sees one slice at a time. If it sees "
            "none, set CUDA_VISIBLE_DEVICES to the slice's id (nvidia-smi -L shows it)."
        ),
        MIG,
    )


@per_language
def cuda_visible_devices(detail: str) -> Reason:
    return Reason(
        "cuda_visible_devices",
        _(
            "The variable {detail} hides graphics cards from PyTorch: remove it, unless you set it "
            "on purpose."
        ).format(detail=detail or "CUDA_VISIBLE_DEVICES"),
        "https://docs.nvidia.com/cuda/cuda-c-programming-guide/index.html#cuda-environment-variables",
    )


@per_language
def arm_server() -> Reason:
    return Reason(
        "arm_server",
        _("conda-forge builds PyTorch with CUDA for Arm servers too (linux-aarch64)."),
        CONDA_FORGE,
    )


@per_language
def jetson(card: str) -> Reason:
    return Reason(
        "jetson",
        _(
            "{gpu} is a Jetson module: the ordinary CUDA 12 builds are for servers, conda-forge "
            "has its own build for Jetson Orin (JetPack 6 or newer)."
        ).format(gpu=card),
        TEGRA,
    )


def no_gpu(machine: Machine) -> Reason:
    cards = card_names(machine.gpus)
    if cards:
        text = _(
            "There is no NVIDIA card in this computer ({gpus}), and CUDA runs on NVIDIA cards "
            "only. PyTorch works on the processor: slower, but every lesson works."
        ).format(gpus=cards)
    else:
        text = _(
            "There is no graphics card for CUDA in this computer. PyTorch works on the processor: "
            "slower, but every lesson works."
        )
    return Reason("no_nvidia_gpu", text, START_LOCALLY)


@per_language
def colab() -> Reason:
    return Reason(
        "colab",
        _(
            "For training you can borrow an NVIDIA T4 from Google Colab, free of charge: Runtime → "
            "Change runtime type → T4 GPU. PyTorch is installed there already."
        ),
        COLAB_FAQ,
    )


def problems(machine: Machine) -> tuple[Reason, ...]:
    """What the probes noticed and what helps, for the problems that change the next step."""
    if not machine.problems:
        return ()
    seen = {problem.code for problem in machine.problems}
    if any("Secure Boot" in problem.detail for problem in machine.problems):
        seen = seen - {"kernel_module_not_loaded"} | {"secure_boot"}
    return tuple(
        Reason(code, text, WSL if code == "wsl2_cuda" else drivers_page(machine.os.system))
        for code, text in driver_problems().items()
        if code in seen
    )


def driver_problems() -> dict[str, str]:
    """What helps where a driver is there and does not answer, by failure code."""
    return {
        "nvml_mismatch": _(
            "The driver was updated while the old one is still running: restart the computer and "
            "scan again."
        ),
        "kernel_module_not_loaded": _(
            "The driver's files are there, but its kernel module is not loaded: restart; if that "
            "does not help, install the driver again."
        ),
        "secure_boot": _(
            "Secure Boot does not let the driver load: enrol its key when the installer asks, or "
            "turn Secure Boot off."
        ),
        "wsl2_cuda": _(
            "Linux driver files hide the Windows driver inside WSL: remove them and run "
            "wsl --update in Windows."
        ),
    }


@per_language
def catalog_old() -> Reason:
    return Reason(
        "catalog_old",
        _(
            "The wizard's list of PyTorch builds is from {date}, more than half a year ago. "
            "Look for a newer wizard."
        ).format(date=catalog.load().collected.isoformat()),
        START_LOCALLY,
    )


@per_language
def windows_arm() -> Reason:
    return Reason(
        "windows_arm",
        _(
            "conda-forge has no PyTorch for Windows on Arm. The build for ordinary PCs runs "
            "through Windows' emulation, on the processor only and slower; this was not tested."
        ),
        CONDA_FORGE,
    )
