from __future__ import annotations

import pytest

from wizard.target.accelerator import is_out_of_memory, kernel_for

WHEEL_126 = ["sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90"]
WHEEL_130 = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"]
CONDA_12 = [*WHEEL_126, "sm_100", "sm_120", "compute_120"]


@pytest.mark.parametrize(
    ("kernels", "has", "serves"),
    [
        # A cubin runs on the same major version, minor equal or higher.
        (WHEEL_126, "6.1", "sm_60"),
        (WHEEL_126, "5.2", "sm_50"),
        (WHEEL_126, "7.5", "sm_75"),
        (WHEEL_126, "8.9", "sm_86"),
        (WHEEL_126, "12.0", None),
        (WHEEL_126, "10.0", None),
        (WHEEL_130, "12.0", "sm_120"),
        (WHEEL_130, "12.1", "sm_120"),
        (WHEEL_130, "10.3", "sm_100"),
        (WHEEL_130, "6.1", None),
        (WHEEL_130, "7.0", None),
        (WHEEL_130, "8.0", "sm_80"),
        (["sm_86"], "8.0", None),
        # PTX only where no cubin fits, and never for an older card.
        (CONDA_12, "12.0", "sm_120"),
        (CONDA_12, "13.0", "compute_120"),
        (["compute_90"], "12.0", "compute_90"),
        (["compute_90"], "8.6", None),
        # A letter means exactly this one.
        (["sm_90a"], "9.0", "sm_90a"),
        (["sm_100a"], "10.3", None),
        # AMD's names.
        (["gfx1030", "gfx1100"], "gfx1100", "gfx1100"),
        (["gfx1030"], "gfx1031", None),
        ([], "8.6", None),
        (["nonsense", "sm_", "sm_x", ""], "8.6", None),
    ],
)
def test_the_binary_rule(kernels: list[str], has: str, serves: str | None) -> None:
    assert kernel_for(kernels, has) == serves


def test_memory_that_ran_out_is_recognised_in_every_version() -> None:
    newer = type("OutOfMemoryError", (RuntimeError,), {})
    assert is_out_of_memory(newer("anything"))
    assert is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2.60 GiB"))
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: not enough memory: you tried"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("no kernel image is available"))
