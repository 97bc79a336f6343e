"""What was read of a computer, in words."""

from __future__ import annotations

from wizard.text import _


def fact_title(name: str) -> str:
    """The name of a fact; those without a title are not for people."""
    return {
        "system": _("System"),
        "gpus": _("Graphics card"),
        "driver": _("NVIDIA driver"),
        "driver_cuda": _("CUDA of the driver"),
        "torch": _("PyTorch"),
        "build": _("Build"),
        "torch_cuda": _("CUDA of the build"),
        "capability": _("Compute capability"),
        "python": _("Python"),
        "bits": _("Bits"),
    }.get(name, "")


def fact_value(name: str, value: str) -> str:
    if name == "system":
        names = {"windows": "Windows", "linux": "Linux", "macos": "macOS", "wsl2": "WSL 2"}
        return names.get(value, value)
    return value


def python_problem(code: str) -> str:
    """Why a Python that the user pointed to cannot be used, and what to do."""
    sentences = {
        "no_python_there": _(
            "There is no Python. Choose the file python.exe (or python3) of an environment."
        ),
        "ms_store_python": _(
            "This is the Microsoft Store's Python; PyTorch does not work well in it. Choose the "
            "Python of a conda environment."
        ),
        "python_32bit": _(
            "This is a 32-bit Python; PyTorch needs 64 bits. Choose the Python of a conda "
            "environment."
        ),
        "probe_timed_out": _(
            "This Python did not answer in time. Try again, or choose another one."
        ),
    }
    return sentences.get(code) or _(
        "This file could not be started as a Python. Choose the file python.exe (or python3) "
        "of an environment."
    )
