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
