"""Human words for the checks of the verification."""

from __future__ import annotations

from wizard.checks import Check
from wizard.text import _, gib, ngettext, significant


def check_title(check_id: str) -> str:
    """A few words; an unknown check is called by its id."""
    titles = {
        "interpreter": _("Python of the environment"),
        "torch_import": _("Loading PyTorch"),
        "torch_version": _("Version and build of PyTorch"),
        "cuda_available": "torch.cuda.is_available()",
        "devices": _("Graphics processors PyTorch sees"),
        "capability": _("The build fits the graphics card"),
        "gpu_matmul": _("Matrix multiplication on the GPU"),
        "gpu_convolution": _("Convolution on the GPU"),
        "gpu_training_step": _("Training steps on the GPU"),
        "gpu_half_precision": _("Half precision on the GPU"),
        "all_reduce": _("All GPUs together"),
        "cpu_matmul": _("Matrix multiplication on the CPU"),
        "cpu_convolution": _("Convolution on the CPU"),
        "cpu_training_step": _("Training steps on the CPU"),
        "torchvision": "torchvision",
    }
    return titles.get(check_id, check_id)


def check_meaning(check_id: str) -> str:
    """One sentence: what it checks, and what for."""
    compared = _("The GPU's result is compared with the CPU's; both must agree.")
    meanings = {
        "interpreter": _("The program that runs your Python code must be a 64-bit one."),
        "torch_import": _("The course's first line, import torch, must work."),
        "torch_version": _("The ending of the version says for which CUDA it was built, or cpu."),
        "cuda_available": _("PyTorch's own answer: does it find a GPU it can use through CUDA?"),
        "devices": _("Their names, compute capability and memory, as PyTorch reads them."),
        "capability": _("A build holds ready-made programs (kernels) for some cards only."),
        "gpu_matmul": _("The most important computation of a language model.") + " " + compared,
        "gpu_convolution": _("The most important computation for pictures.") + " " + compared,
        "gpu_training_step": _(
            "A small network learns for twenty steps: its first gradients must agree with the "
            "CPU's, and its error must fall."
        ),
        "gpu_half_precision": _(
            "Numbers of 16 bits: half the memory, often several times the speed."
        ),
        "all_reduce": _(
            "Training on several GPUs adds up what each has computed; the sum must be right on "
            "every one."
        ),
        "cpu_matmul": _("PyTorch's result is compared with Python's own arithmetic."),
        "cpu_convolution": _("PyTorch's result is compared with Python's own arithmetic."),
        "cpu_training_step": _("Gradients are compared with the formula, and the error must fall."),
        "torchvision": _("The library for pictures must come from the same build as PyTorch."),
    }
    return meanings.get(check_id, "")


def reason_sentence(code: str) -> str:
    """Why a check was skipped, failed or passed with a remark; empty for an unknown code."""
    return {**_skipped(), **_failed(), **_remarks()}.get(code, "")


def _skipped() -> dict[str, str]:
    return {
        "no_gpu_expected": _("This computer has no GPU that PyTorch can use: nothing to check."),
        "torch_not_imported": _("Not possible while PyTorch does not load."),
        "other_accelerator": _("Does not apply: this graphics processor does not use CUDA."),
        "one_gpu": _("There is only one GPU: nothing to add up."),
        "after_failure": _("Not possible while a check before this one fails."),
        "distributed_missing": _("This build of PyTorch cannot use several GPUs together."),
        "torchvision_not_installed": _("torchvision is not installed. The course can do without."),
        "not_reached": _("The check ended before it came to this."),
        "cancelled": _("You stopped the check here."),
    }


def _failed() -> dict[str, str]:
    return {
        "python_32bit": _("This is a 32-bit Python; PyTorch needs a 64-bit one."),
        "torch_missing": _("PyTorch is not installed here."),
        "torch_broken": _("PyTorch is installed, but an error stops it from loading."),
        "cpu_build": _("This PyTorch was built for the CPU only."),
        "cuda_not_available": _("PyTorch does not find the GPU."),
        "accelerator_not_available": _("PyTorch does not find the graphics processor."),
        "capability_not_in_build": _("This build has no kernels for your graphics card."),
        "no_kernel_image": _("This build has no kernel that your graphics card can run."),
        "results_disagree": _("The results do not agree."),
        "out_of_memory": _("There was not enough memory, not even for a small size."),
        "torchvision_mismatch": _("torchvision and PyTorch come from different builds."),
        "child_hung": _("It took too long, so it was ended."),
        "child_died": _("Python ended here without a word."),
        "unexpected_error": _("An error happened."),
    }


def _remarks() -> dict[str, str]:
    return {
        "ptx_only": _(
            "No ready-made kernel fits: the driver translates one, so the first start is slow."
        ),
        "bfloat16_not_supported": _("float16 works; bfloat16 needs a newer card."),
        "smaller_sizes": _("Memory was short, so smaller sizes were computed; they agree."),
    }


def value_text(check: Check) -> str:
    """What was seen, short enough for one line; empty where there is nothing to show."""
    if check.id == "devices":
        return _devices(check.items)
    if check.id == "capability":
        return _capabilities(check.fields)
    match check.id, check.value:
        case "interpreter", {"version": str(version), "bits": int(bits)}:
            return _("Python {version}, {bits} bit").format(version=version, bits=bits)
        case "torch_version", {"version": str(version)}:
            return version
        case ("cuda_available", bool(answer)):
            return str(answer)
        case "all_reduce", {"gb_per_second": int() | float() as bandwidth}:
            return _("{value} GB/s").format(value=significant(bandwidth))
        case "torchvision", str(version):
            return version
        case _:
            return ""


def _devices(devices: list[object]) -> str:
    named: list[str] = []
    for device in devices:
        match device:
            case {"name": str(name), "memory_gib": int() | float() as memory}:
                named.append(f"{name}, {gib(memory)}")
            case {"name": str(name)}:
                named.append(name)
            case _:
                continue
    if len(named) <= 2:
        return "; ".join(named)
    more = len(named) - 1
    return (
        named[0] + " " + ngettext("and {count} more", "and {count} more", more).format(count=more)
    )


def _capabilities(by_device: dict[str, object]) -> str:
    seen: list[str] = []
    for device in by_device.values():
        match device:
            case {"capability": str(capability), "kernel": str(kernel)}:
                seen.append(f"{capability} → {kernel}")
            case {"capability": str(capability)}:
                seen.append(capability)
            case _:
                continue
    return ", ".join(dict.fromkeys(seen))
