"""The reasons of a recommendation: each names the values, and where the fact is written."""

from __future__ import annotations

import re
from collections import Counter

from wizard.advice import catalog, gpu_names, versions
from wizard.advice.recommendation import Reason
from wizard.advice.troubles import code_of
from wizard.advice.versions import Capability
from wizard.detection.machine import Gpu, Machine
from wizard.text import _

CAPABILITIES = "https://developer.nvidia.com/cuda-gpus"
CONDA_FORGE = "https://github.com/conda-forge/pytorch-cpu-feedstock"
DRIVERS = "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html"
UNIX_DRIVERS = "https://www.nvidia.com/en-us/drivers/unix/"
OPEN_MODULES = "https://github.com/NVIDIA/open-gpu-kernel-modules"
WSL = "https://docs.nvidia.com/cuda/wsl-user-guide/index.html"
MIG = "https://docs.nvidia.com/datacenter/tesla/mig-user-guide/"
CHANNEL_END = "https://github.com/pytorch/pytorch/issues/138506"
TEGRA = "https://conda-forge.org/docs/how-to/advanced/cuda/tegra/"
_32_BIT = re.compile(r"x86|i\d86|arm(v[5-8]\w*|hf|el)?")
COLAB_FAQ = "https://research.google.com/colaboratory/faq.html"
START_LOCALLY = "https://pytorch.org/get-started/locally/"


def drivers_page(system: str) -> str:
    """NVIDIA's page about its drivers for this system."""
    return UNIX_DRIVERS if system == "linux" else "https://www.nvidia.com/en-us/drivers/"


def card_names(gpus: tuple[Gpu, ...]) -> str:
    """Short names for a sentence, equal ones counted: ``2 × NAME, OTHER``."""
    if len(gpus) == 1:
        return _short(gpus[0])
    counted = Counter(_short(gpu) for gpu in gpus)
    return ", ".join(
        name if count == 1 else f"{count} × {name}" for name, count in sorted(counted.items())
    )


def _short(gpu: Gpu) -> str:
    return gpu_names.short_name(gpu_names.name_of_card(gpu))


def newest_cuda_works(
    card: str, capability: Capability, driver: str, cuda: int, first: Capability, needed: str
) -> Reason:
    return Reason(
        f"cuda{cuda}_works",
        _(
            "{gpu} has compute capability {capability} (CUDA {cuda} builds begin at {first}) and "
            "CUDA {cuda} needs driver {needed}, yours is {driver}: so CUDA {cuda}."
        ).format(
            gpu=card,
            capability=versions.spelled(capability),
            driver=driver,
            cuda=cuda,
            first=versions.spelled(first),
            needed=needed,
        ),
        DRIVERS,
    )


def driver_too_old_for_newest(
    card: str, capability: Capability, driver: str, newest: int, needed: str, cuda: int
) -> Reason:
    return Reason(
        f"driver_too_old_for_cuda{newest}",
        _(
            "{gpu} has compute capability {capability}; CUDA {newest} needs driver {needed}, "
            "yours is {driver}: so CUDA {cuda}."
        ).format(
            gpu=card,
            capability=versions.spelled(capability),
            driver=driver,
            newest=newest,
            needed=needed,
            cuda=cuda,
        ),
        DRIVERS,
    )


def capability_too_old(
    card: str,
    capability: Capability,
    driver: str,
    newest: int,
    first: Capability,
    cuda: int,
    *,
    enough: bool,
) -> Reason:
    """``enough``: the driver alone would allow the newest CUDA."""
    if enough:
        text = _(
            "{gpu} has compute capability {capability}; CUDA {newest} builds begin at {first}: so "
            "CUDA {cuda}, although driver {driver} would allow CUDA {newest}."
        )
    else:
        text = _(
            "{gpu} has compute capability {capability}; CUDA {newest} builds begin at {first}: so "
            "CUDA {cuda}."
        )
    return Reason(
        f"capability_too_old_for_cuda{newest}",
        text.format(
            gpu=card,
            capability=versions.spelled(capability),
            driver=driver,
            newest=newest,
            first=versions.spelled(first),
            cuda=cuda,
        ),
        CAPABILITIES,
    )


def glibc_too_old(glibc: str, newest: int, cuda: int) -> Reason:
    return Reason(
        "glibc_too_old",
        _(
            "This Linux has the C library glibc {glibc}. CUDA {newest} builds need a newer one: so "
            "CUDA {cuda}."
        ).format(glibc=glibc, newest=newest, cuda=cuda),
        CONDA_FORGE,
    )


def glibc_in_doubt(glibc: str, sure: str) -> Reason:
    """The builds do not refuse an old C library, but NVIDIA's parts of them may."""
    return Reason(
        "glibc_in_doubt",
        _(
            "PyTorch with CUDA is sure to work from glibc {sure} on; this Linux has {glibc}. Check "
            "afterwards whether PyTorch sees the card."
        ).format(glibc=glibc, sure=sure),
        CONDA_FORGE,
    )


def last_driver_branch(card: str, branch: int, driver: str, *, works: bool) -> Reason:
    """``works``: the driver that is there is new enough."""
    if works:
        text = _(
            "The {branch} drivers are the last for {gpu}; later ones do not work with it. Yours, "
            "{driver}, is new enough."
        )
    else:
        text = _(
            "The {branch} drivers are the last for {gpu} (yours: {driver}): install one of these, "
            "a newer one would not work."
        )
    return Reason(
        "last_driver_branch", text.format(gpu=card, branch=branch, driver=driver), UNIX_DRIVERS
    )


def driver_too_new(cards: str, branch: int, driver: str) -> Reason:
    return Reason(
        "driver_too_new",
        _(
            "Driver {driver} no longer knows {gpu}. The {branch} drivers are the last for it: "
            "remove this driver, install a {branch} one, restart, and scan again."
        ).format(gpu=cards, branch=branch, driver=driver),
        UNIX_DRIVERS,
    )


def driver_too_new_for_some(driven: str, cards: str, branch: int, driver: str) -> Reason:
    return Reason(
        "driver_too_new",
        _(
            "Driver {driver} works with {driven}, but no longer knows {gpu}. The {branch} drivers "
            "are the last for it: with one of them you can use both."
        ).format(driven=driven, gpu=cards, branch=branch, driver=driver),
        UNIX_DRIVERS,
    )


def some_cards_left_out(driven: str, cards: str) -> Reason:
    return Reason(
        "not_all_gpus_covered",
        _("This command is for {covered}; {left_out} does not answer now.").format(
            covered=driven, left_out=cards
        ),
        DRIVERS,
    )


def new_card_needs_new_cuda(card: str, generation: str, cuda: versions.Version) -> Reason:
    spelled = versions.spelled(cuda)
    return Reason(
        f"{generation.lower()}_needs_cuda{spelled.replace('.', '')}",
        _(
            "{gpu} needs CUDA {cuda} or newer. An older build says True to "
            "torch.cuda.is_available() and then fails with “no kernel image”; this one has the "
            "kernels."
        ).format(gpu=card, cuda=spelled),
        CONDA_FORGE,
    )


def driver_update_brings(driver: str, needed: str, cuda: int) -> Reason:
    return Reason(
        f"driver_update_brings_cuda{cuda}",
        _(
            "Nothing has to be updated. With driver {needed} or newer (yours is {driver}) you "
            "could use CUDA {cuda}."
        ).format(driver=driver, needed=needed, cuda=cuda),
        DRIVERS,
    )


def driver_too_old(driver: str, needed: str, best: str, cuda: int) -> Reason:
    """``best`` is the driver for CUDA ``cuda``, which the command is for."""
    if needed == best:
        text = _(
            "Every current PyTorch build needs driver {needed} or newer (CUDA {cuda}), yours is "
            "{driver}. Update the driver first, then scan again."
        )
    else:
        text = _(
            "Every current PyTorch build needs driver {needed} or newer, yours is {driver}. Update "
            "the driver first, then scan again. The command is for driver {best} or newer "
            "(CUDA {cuda})."
        )
    return Reason(
        "driver_too_old", text.format(driver=driver, needed=needed, best=best, cuda=cuda), DRIVERS
    )


def driver_too_old_for_card(card: str, driver: str, needed: str) -> Reason:
    return Reason(
        "driver_too_old_for_card",
        _(
            "{gpu} needs driver {needed} or newer, yours is {driver}. Update the driver first, "
            "then scan again."
        ).format(gpu=card, driver=driver, needed=needed),
        DRIVERS,
    )


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


def open_modules(card: str) -> Reason:
    return Reason(
        "open_kernel_modules",
        _(
            "On Linux {gpu} works with NVIDIA's open kernel modules only: choose the driver "
            "package whose name ends with “open”."
        ).format(gpu=card),
        OPEN_MODULES,
    )


def windows_10_drivers(needed: str) -> Reason:
    return Reason(
        "windows_10_driver",
        _(
            "NVIDIA's newest drivers may refuse Windows 10. Any driver {needed} or newer that "
            "installs is new enough."
        ).format(needed=needed),
        drivers_page("windows"),
    )


def no_kernels(card: str, capability: Capability) -> Reason:
    """A card that no current build can use: older than all of them, or newer."""
    newest = catalog.load().widest[-1]
    if capability > newest:
        return Reason(
            "gpu_too_new",
            _(
                "{gpu} is newer than the wizard's facts: it has compute capability {capability}, "
                "and the builds that the wizard knows end at {last}. Look for a newer wizard; "
                "until then PyTorch runs on the CPU here."
            ).format(
                gpu=card,
                capability=versions.spelled(capability),
                last=versions.spelled(newest),
            ),
            CAPABILITIES,
        )
    return Reason(
        "gpu_too_old",
        _(
            "{gpu} has compute capability {capability}; every current PyTorch build begins at "
            "{first}. So PyTorch runs on the CPU here."
        ).format(
            gpu=card,
            capability=versions.spelled(capability),
            first=versions.spelled(catalog.load().widest[0]),
        ),
        CAPABILITIES,
    )


def capability_from_name(card: str, capability: str) -> Reason:
    return Reason(
        "capability_from_name",
        _(
            "No tool reported the compute capability; the name {gpu} stands for {capability}."
        ).format(gpu=card, capability=capability),
        CAPABILITIES,
    )


def unknown_card(card: str) -> Reason:
    return Reason(
        "unknown_gpu",
        _(
            "The wizard does not know {gpu}. It chose the build for the widest range of cards "
            "(compute capability {first} to {last}); the verification will show whether it fits."
        ).format(
            gpu=card,
            first=versions.spelled(catalog.load().widest[0]),
            last=versions.spelled(catalog.load().widest[-1]),
        ),
        CONDA_FORGE,
    )


def several_gpus(cards: str) -> Reason:
    return Reason(
        "several_gpus",
        _("This build has kernels for all your NVIDIA cards: {gpus}.").format(gpus=cards),
        CAPABILITIES,
    )


def not_all_covered(covered: str, left_out: str) -> Reason:
    return Reason(
        "not_all_gpus_covered",
        _(
            "No single build works on all your NVIDIA cards. This one is for {covered}; "
            "{left_out} cannot be used with it."
        ).format(covered=covered, left_out=left_out),
        CAPABILITIES,
    )


def display_card(covered: str, left_out: str) -> Reason:
    return Reason(
        "not_all_gpus_covered",
        _(
            "PyTorch will use {covered}. {left_out} is too old for PyTorch; it can stay in the "
            "computer."
        ).format(covered=covered, left_out=left_out),
        CAPABILITIES,
    )


def torch_does_not_fit(torch: str, env: str, cards: str) -> Reason:
    return Reason(
        "torch_does_not_fit",
        _("PyTorch {version} in {name} can't use {gpu}; the command replaces it.").format(
            version=torch, name=env, gpu=cards
        ),
        START_LOCALLY,
    )


def conda_forge(words: tuple[str, ...]) -> Reason:
    """Why this channel; ``words`` is the command."""
    if "pytorch-gpu" in words:
        text = _(
            "The course's channel “pytorch” ended with PyTorch {last}; conda-forge carries PyTorch "
            "on. The word pytorch-gpu keeps conda from taking the CPU build."
        )
    else:
        text = _(
            "The course's channel “pytorch” ended with PyTorch {last}; conda-forge carries on."
        )
    last = catalog.load().channel[0].version
    return Reason("conda_forge", text.format(last=last), CHANNEL_END)


def torchaudio() -> Reason:
    return Reason(
        "torchaudio_left_out",
        _(
            "torchaudio ended with PyTorch {last}; the course does not need it, so it is left out."
        ).format(last=versions.spelled(catalog.load().last_torchaudio[:2])),
        "https://pytorch.org/get-started/previous-versions/",
    )


def wsl() -> Reason:
    return Reason(
        "wsl",
        _(
            "Inside WSL the Windows driver counts. Install or update it in Windows; never install "
            "an NVIDIA driver inside Linux here."
        ),
        WSL,
    )


def mig() -> Reason:
    return Reason(
        "mig",
        _(
            "This card is divided into MIG slices; PyTorch sees one slice at a time. If it sees "
            "none, set CUDA_VISIBLE_DEVICES to the slice's id (nvidia-smi -L shows it)."
        ),
        MIG,
    )


def cuda_visible_devices(detail: str) -> Reason:
    return Reason(
        "cuda_visible_devices",
        _(
            "The variable {detail} hides graphics cards from PyTorch: remove it, unless you set it "
            "on purpose."
        ).format(detail=detail or "CUDA_VISIBLE_DEVICES"),
        "https://docs.nvidia.com/cuda/cuda-c-programming-guide/index.html#cuda-environment-variables",
    )


def arm_server() -> Reason:
    return Reason(
        "arm_server",
        _("conda-forge builds PyTorch with CUDA for Arm servers too (linux-aarch64)."),
        CONDA_FORGE,
    )


def jetson(card: str) -> Reason:
    return Reason(
        "jetson",
        _(
            "{gpu} is a Jetson module: the ordinary CUDA builds are for servers, conda-forge has "
            "its own build for it (JetPack 6 or newer)."
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
    seen = {code_of(problem.code, problem.detail): problem.detail for problem in machine.problems}
    if any("Secure Boot" in problem.detail for problem in machine.problems):
        seen["secure_boot"] = seen.pop("kernel_module_not_loaded", "")
    said = driver_problems()
    return tuple(
        Reason(
            code,
            said[code].format(detail=seen[code]),
            WSL if code == "wsl2_cuda" else drivers_page(machine.os.system),
        )
        for code in said
        if code in seen
    )


def driver_problems() -> dict[str, str]:
    """What helps where a driver is there and does not answer, by failure code.

    A sentence may have ``{detail}``, what the probe heard.
    """
    return {
        "nvml_mismatch": _(
            "The driver was updated while the old one is still running: restart the computer and "
            "scan again."
        ),
        "driver_permission": _(
            "NVIDIA's driver is installed, but this container or account has no permission to use "
            "the card. Start the container with the GPU (for Docker: --gpus all), then scan again."
        ),
        "nvidia_card_switched_off": _(
            "NVIDIA's driver is installed, but its card is switched off or not connected. In a "
            "laptop's own program choose the standard or hybrid mode instead of Eco or integrated "
            "graphics, restart, and scan again. If the card is gone for good, remove its driver."
        ),
        "gpu_lost": _(
            "The card has stopped answering. Shut the computer down, start it, and scan again. If "
            "it happens again, check its power cable, its seat and its temperature."
        ),
        "no_devices_found": _(
            "NVIDIA's driver is running, but it drives no card. Install the driver that is made "
            "for your card, restart, and scan again."
        ),
        "driver_not_loaded": _(
            "NVIDIA's driver is installed, but it does not start. Install it again, restart, and "
            "scan again. If that does not help, check the card."
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
            "Inside WSL the Windows driver can't be reached. Remove NVIDIA's driver from this "
            "Linux, if one is installed, and run wsl --update in Windows."
        ),
        "nvml_error": _(
            "NVIDIA's driver does not answer ({detail}). Restart the computer and scan again; if "
            "that does not help, install the driver again."
        ),
    }


def catalog_old() -> Reason:
    return Reason(
        "catalog_old",
        _(
            "The wizard's list of PyTorch builds is from {date}, more than half a year ago. "
            "Look for a newer wizard."
        ).format(date=catalog.load().collected.isoformat()),
        START_LOCALLY,
    )


def windows_arm() -> Reason:
    return Reason(
        "windows_arm",
        _(
            "conda-forge has no PyTorch for Windows on Arm. The build for ordinary PCs runs "
            "through Windows' emulation, on the processor only and slower; this was not tested."
        ),
        CONDA_FORGE,
    )


def musl(machine: Machine) -> Reason:
    return Reason(
        "musl",
        _(
            "{system} uses the C library musl, and PyTorch has no build for it, neither for pip "
            "nor for conda. Use a Linux with glibc, also in a container, or Google Colab."
        ).format(system=machine.os.version.strip() or "Linux"),
        START_LOCALLY,
    )


def glibc_below_all(glibc: str, needed: str) -> Reason:
    return Reason(
        "glibc_too_old",
        _(
            "This Linux has the C library glibc {glibc}; PyTorch's builds need {needed} or newer. "
            "Use a newer Linux, also in a container, or Google Colab."
        ).format(glibc=glibc, needed=needed),
        CONDA_FORGE,
    )


def system_too_old(system: str, version: str) -> Reason:
    if system == "macos":
        return Reason(
            "macos_too_old",
            _(
                "macOS {version} is too old: no current PyTorch can be installed on it. Use a "
                "newer macOS, or Google Colab."
            ).format(version=version.removeprefix("macOS ")),
            START_LOCALLY,
        )
    return Reason(
        "windows_too_old",
        _(
            "Windows {version} is too old: neither a Python nor an NVIDIA driver that PyTorch "
            "needs exists for it. Use a newer Windows, Linux, or Google Colab."
        ).format(version=version.removeprefix("Windows ")),
        START_LOCALLY,
    )


def unknown_arch(arch: str) -> Reason:
    if _32_BIT.fullmatch(arch.lower()):
        text = _(
            "This system reports the architecture {arch}, and PyTorch has no build for it. A "
            "64-bit system on the same computer may work; otherwise use Google Colab."
        )
    else:
        text = _(
            "This system reports the architecture {arch}, and PyTorch has no build for it that the "
            "wizard knows. Use another computer, or Google Colab."
        )
    return Reason("arch_not_supported", text.format(arch=arch or "?"), START_LOCALLY)


def needs_windows(card: str, version: int) -> Reason:
    return Reason(
        "needs_newer_windows",
        _(
            "PyTorch has a build for {gpu}, but its maker supports it on Windows {version} only."
        ).format(gpu=card, version=version),
        START_LOCALLY,
    )
