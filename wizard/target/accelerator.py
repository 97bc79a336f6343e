"""Which accelerator this PyTorch reaches, and what its build has kernels for."""

from __future__ import annotations

import os
import re
import warnings
from typing import Any, List, Optional, Tuple

CUDA_LIKE = ("cuda", "rocm")
"""ROCm builds answer to the name of cuda, too."""


def cuda_answer(torch: Any) -> Tuple[bool, str]:
    """`torch.cuda.is_available()` and what was said along with it, such as "driver too old"."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer = bool(torch.cuda.is_available())
    said = [str(each.message) for each in caught]
    if not answer:
        try:
            torch.cuda.init()
        except Exception as error:
            said.append(f"{type(error).__name__}: {error}")
        hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
        if hidden is not None:
            said.append(f"CUDA_VISIBLE_DEVICES={hidden}")
    return answer, "\n".join(dict.fromkeys(said))


def is_available(torch: Any, kind: str) -> bool:
    """Whether an accelerator that is not CUDA answers: ``xpu`` or ``mps``."""
    module = getattr(torch.backends, "mps", None) if kind == "mps" else getattr(torch, kind, None)
    return module is not None and bool(module.is_available())


def device_ids(torch: Any, kind: str) -> List[str]:
    """The names of all devices of that kind: ``cuda:0``, ``cuda:1``… or ``mps``."""
    if kind == "mps":
        return ["mps"]
    name = "cuda" if kind in CUDA_LIKE else kind
    return [f"{name}:{index}" for index in range(getattr(torch, name).device_count())]


def device_facts(torch: Any, device: str) -> "dict[str, Any]":
    """Name, compute capability and memory in GiB of one device; None where it does not say."""
    if device == "mps":
        return {"id": device, "name": "Apple GPU", "capability": None, "memory_gib": None}
    kind, index = device.split(":")
    properties = getattr(torch, kind).get_device_properties(int(index))
    return {
        "id": device,
        "name": properties.name,
        "capability": capability(torch, device),
        "memory_gib": round(properties.total_memory / 2**30, 1),
    }


def capability(torch: Any, device: str) -> Optional[str]:
    """``7.5`` for NVIDIA, ``gfx1100`` for AMD, None for others."""
    if not device.startswith("cuda"):
        return None
    index = int(device.split(":")[1])
    if torch.version.hip:
        name = getattr(torch.cuda.get_device_properties(index), "gcnArchName", "")
        return str(name).split(":")[0] or None
    major, minor = torch.cuda.get_device_capability(index)
    return f"{major}.{minor}"


def kernel_for(arch_list: List[str], has: str) -> Optional[str]:
    """The entry of the build's list that serves a device, or None.

    A cubin for X.y runs on X.z with z >= y, the same major number; one with a letter (``sm_90a``)
    runs on exactly its own. ``compute_XY`` is PTX, which the driver may translate for any newer
    device: given only where no cubin fits, because it must not be relied on.
    """
    if has in arch_list:  # AMD's names are compared as they are
        return has
    wanted = _numbers(has.replace(".", ""))
    if wanted is None:
        return None
    exact = "sm_" + has.replace(".", "") + "a"
    cubins: List[Tuple[Tuple[int, int], str]] = []
    ptx: List[Tuple[Tuple[int, int], str]] = []
    for entry in arch_list:
        kind, _, digits = entry.partition("_")
        offered = wanted if entry == exact else _numbers(digits)
        if offered is None or offered > wanted:
            continue
        if kind == "sm" and offered[0] == wanted[0]:
            cubins.append((offered, entry))
        elif kind == "compute":
            ptx.append((offered, entry))
    return max(cubins or ptx)[1] if cubins or ptx else None


def _numbers(digits: str) -> Optional[Tuple[int, int]]:
    """``75`` is 7.5 and ``120`` is 12.0."""
    if not re.match(r"^\d{2,3}$", digits):
        return None
    return int(digits[:-1]), int(digits[-1])


def synchronize(torch: Any, device: str) -> None:
    """Wait until the device has done all it was told to."""
    kind = device.split(":")[0]
    if kind == "cpu":
        return
    if kind == "mps":
        torch.mps.synchronize()
    else:
        getattr(torch, kind).synchronize(device)


def release_memory(torch: Any, device: str) -> None:
    """Give cached memory back to the device, so that a smaller try has room."""
    kind = device.split(":")[0]
    if kind != "cpu":
        getattr(torch, kind).empty_cache()


def free_memory(torch: Any, device: str) -> Optional[int]:
    """Bytes free on the device, or None where it does not say."""
    try:
        if device.startswith("cuda"):
            return int(torch.cuda.mem_get_info(device)[0])
        if device.startswith("xpu"):
            return int(torch.xpu.mem_get_info(device)[0])
    except Exception:  # old versions and some drivers have no answer
        return None
    return None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on any device, in any version of PyTorch."""
    text = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "out of memory" in text
        or "not enough memory" in text
        or "cublas_status_alloc_failed" in text
    )


def failure_reason(error: BaseException) -> str:
    """The code of what an exception during a computation means."""
    text = str(error)
    if is_out_of_memory(error):
        return "out_of_memory"
    if "no kernel image" in text or "invalid device function" in text:
        return "no_kernel_image"
    if isinstance(error, ArithmeticError):
        return "results_disagree"
    return "unexpected_error"


def allow_tf32(torch: Any, allowed: bool) -> None:
    """Whether tensor cores may compute float32 as TF32, with ten binary digits instead of 23."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matmul = torch.backends.cuda.matmul
        if hasattr(matmul, "fp32_precision"):  # 2.9 and newer; the two ways must not be mixed
            precision = "tf32" if allowed else "ieee"
            matmul.fp32_precision = precision
            torch.backends.cudnn.conv.fp32_precision = precision
        else:
            matmul.allow_tf32 = allowed
            torch.backends.cudnn.allow_tf32 = allowed
