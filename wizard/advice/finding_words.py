"""Title, next step and source of each failure code, as a table."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.text import _
from wizard.text.names import page_title

DRIVER_PAGE = "https://www.nvidia.com/Download/index.aspx"
PYTORCH_PAGE = "https://pytorch.org/get-started/locally/"
VC_REDIST_PAGE = "https://learn.microsoft.com/cpp/windows/latest-supported-vc-redist"
_TORCH_ISSUES = "https://github.com/pytorch/pytorch/issues/"


@dataclass(frozen=True)
class Words:
    title: str
    fix: str
    source: str


def words(code: str) -> Words:
    """The words for a code in the language in use; an unknown code gets the general ones."""
    table = {**_environment_words(), **_import_words(), **_gpu_words(), **_result_words()}
    title, fix, source = table.get(code) or table["unexpected_error"]
    return Words(title, fix, source)


def _environment_words() -> dict[str, tuple[str, str, str]]:
    return {
        "interpreter_missing": (
            _("This Python cannot be started"),
            _("Choose another environment, or create it again on the page “{page}”.").format(
                page=page_title("environment")
            ),
            "",
        ),
        "python_32bit": (
            _("This is a 32-bit Python"),
            _("Create an environment with a 64-bit Python 3.12; conda's is 64-bit."),
            PYTORCH_PAGE,
        ),
        "torch_missing": (
            _("PyTorch is not installed in this environment"),
            _("Install it as follows, then run the check again."),
            PYTORCH_PAGE,
        ),
        "wrong_env": (
            _("PyTorch is in another environment"),
            _("Choose that environment, or install PyTorch in this one:"),
            "https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html",
        ),
        "child_hung": (
            _("The check did not come to an end"),
            _(
                "Restart the computer and run the check again. If it stops at the same place, the "
                "driver is the first thing to renew."
            ),
            "",
        ),
        "child_died": (
            _("Python ended in the middle of the check"),
            _(
                "Run the check again. If it ends at the same place, install PyTorch afresh in a "
                "new environment."
            ),
            PYTORCH_PAGE,
        ),
        "child_garbage": (
            _("This program does not answer like Python"),
            _("Choose another Python on the page “{page}”.").format(page=page_title("environment")),
            "",
        ),
    }


def _import_words() -> dict[str, tuple[str, str, str]]:
    runtime = _("Install Microsoft's current Visual C++ runtime (x64), then restart the computer.")
    afresh = _("Make a new environment and install PyTorch there, from one source only.")
    return {
        "torch_broken": (_("PyTorch is installed, but does not start"), afresh, PYTORCH_PAGE),
        "vc_redist_missing": (
            _("A Windows library that PyTorch needs is missing"),
            runtime,
            VC_REDIST_PAGE,
        ),
        "vc_redist_old": (
            _("A Windows library could not be started, most often because it is old"),
            runtime,
            VC_REDIST_PAGE,
        ),
        "dll_procedure_missing": (
            _("Libraries of different builds are mixed"),
            afresh,
            _TORCH_ISSUES + "131662",
        ),
        "fbgemm_libomp140": (
            _("This PyTorch version lacks a file on Windows"),
            _("Install PyTorch 2.4.1 or newer."),
            _TORCH_ISSUES + "131662",
        ),
        "paging_file_too_small": (
            _("Windows has not enough memory to load PyTorch"),
            _("Let Windows manage the size of the paging file, or free space on drive C."),
            "https://learn.microsoft.com/troubleshoot/windows-client/performance/introduction-to-the-page-file",
        ),
        "numpy2_abi": (
            _("PyTorch and NumPy do not fit together"),
            _("Install a newer PyTorch, or NumPy 1."),
            "https://numpy.org/doc/stable/numpy_2_0_migration_guide.html",
        ),
        "omp_duplicate": (
            _("Two copies of the OpenMP library meet in one program"),
            afresh,
            "https://docs.pytorch.org/docs/stable/notes/windows.html",
        ),
    }


def _gpu_words() -> dict[str, tuple[str, str, str]]:
    restart = _("Restart the computer and run the check again.")
    return {
        "cpu_only_build": (
            _("This PyTorch was built without GPU support"),
            _("Install the build with CUDA:"),
            PYTORCH_PAGE,
        ),
        "cpu_only_build_conda": (
            _("conda chose the PyTorch without GPU support"),
            _("Ask for the GPU build by its name, pytorch-gpu:"),
            "https://github.com/conda/conda/issues/14761",
        ),
        "driver_missing": (
            _("The NVIDIA driver is not installed or does not run"),
            _("Install the driver from NVIDIA's page, restart the computer, then scan again."),
            DRIVER_PAGE,
        ),
        "driver_too_old": (
            _("The NVIDIA driver is too old for this PyTorch"),
            _("Install the newest driver from NVIDIA's page and restart the computer."),
            DRIVER_PAGE,
        ),
        "nvml_mismatch": (
            _("The driver was updated, but the computer not restarted"),
            restart,
            "https://docs.nvidia.com/deploy/nvml-api/index.html",
        ),
        "forward_compat_804": (
            _("CUDA libraries newer than the driver are in the way"),
            _("Update the driver, or remove the CUDA compatibility libraries."),
            "https://docs.nvidia.com/deploy/cuda-compatibility/index.html",
        ),
        "cuda_unknown_error_uvm": (
            _("CUDA did not start, as often after the computer slept"),
            restart,
            _TORCH_ISSUES + "159954",
        ),
        "cuda_visible_devices": (
            _("A setting hides the GPU from PyTorch"),
            _("Remove the environment variable CUDA_VISIBLE_DEVICES and run the check again."),
            "https://docs.nvidia.com/cuda/cuda-c-programming-guide/index.html#cuda-environment-variables",
        ),
        "cuda_not_available": (
            _("PyTorch does not find the GPU"),
            restart,
            PYTORCH_PAGE,
        ),
        "arch_too_new": (
            _("Your graphics card is newer than this PyTorch"),
            _("Install a build with a newer CUDA:"),
            _TORCH_ISSUES + "153928",
        ),
        "arch_too_old_for_build": (
            _("This PyTorch no longer supports your graphics card"),
            _("Install a build that still has your card, the one for CUDA 12:"),
            _TORCH_ISSUES + "157517",
        ),
        "accelerator_not_available": (
            _("PyTorch does not find the graphics processor"),
            _("Update the graphics driver, restart the computer and run the check again."),
            PYTORCH_PAGE,
        ),
    }


def _result_words() -> dict[str, tuple[str, str, str]]:
    return {
        "oom": (
            _("The GPU ran out of memory"),
            _("Close other programs that use the graphics card, then run the check again."),
            "https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management",
        ),
        "gpu_results_disagree": (
            _("The GPU computed something else than the CPU"),
            _(
                "Update the driver and run the check again. If it stays so, undo any overclocking: "
                "the card or its memory may be faulty."
            ),
            "",
        ),
        "cpu_results_disagree": (
            _("The processor computed a wrong result"),
            _("Install PyTorch afresh in a new environment; if it stays so, test the memory."),
            "",
        ),
        "torchvision_mismatch": (
            _("torchvision does not fit this PyTorch"),
            _("Install PyTorch and torchvision together, from the same source:"),
            "https://github.com/pytorch/vision/issues/8985",
        ),
        "unexpected_error": (
            _("A check ended with an error"),
            _("Install PyTorch afresh in a new environment and run the check again."),
            PYTORCH_PAGE,
        ),
    }
