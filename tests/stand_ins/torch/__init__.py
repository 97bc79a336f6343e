"""A stand-in: the real CPU PyTorch, with a graphics card that is not there.

It lies in front of the real one on the path, loads that, and makes it believe in CUDA devices whose
work the CPU does. ``STAND_IN_GPU`` says how the card behaves:

works      it computes
cpu_build  is_available() is False and the build has no CUDA
driver     is_available() is False, with the words of a driver that is too old
hidden     is_available() is False, with CUDA_VISIBLE_DEVICES set
new        is_available() is True, capability 12.0, and "no kernel image" at the first kernel
old        the same with 6.1
ptx        capability 12.0, which only the PTX of the build serves; it computes
wrong      it computes, but not right
noisy      the second of two cards computes wrong
full       memory for small sizes only
broken     every kernel raises something unheard of
crash      the first kernel kills the process
pair       two cards, and both work
link_…     three cards, and the third misbehaves whenever it adds up with the second: it dies,
           lies or hangs (link_dies, link_lies, link_hangs)
"""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

_here = str(Path(__file__).resolve().parent.parent)
sys.path[:] = [entry for entry in sys.path if str(Path(entry or ".").resolve()) != _here]
del sys.modules["torch"]

import torch  # noqa: E402  (now the real one)

_mode = os.environ["STAND_IN_GPU"]
_absent = _mode in ("cpu_build", "driver", "hidden")
_capability = {"new": (12, 0), "ptx": (12, 0), "old": (6, 1)}.get(_mode, (8, 6))
_kernels = ["sm_75", "sm_80", "sm_86"] + (["compute_90"] if _mode == "ptx" else [])

_DRIVER = (
    "CUDA initialization: The NVIDIA driver on your system is too old (found version 11070). "
    "Please update your GPU driver."
)


def _is_available() -> bool:
    if _mode == "driver":
        warnings.warn(_DRIVER, UserWarning, stacklevel=2)
    return not _absent


def _init() -> None:
    if _absent:
        raise RuntimeError(_DRIVER if _mode == "driver" else "No CUDA GPUs are available")


def _properties(index: int) -> SimpleNamespace:
    return SimpleNamespace(name=f"Stand-in {index}", total_memory=12 * 2**30)


def _kernel(tensor: torch.Tensor, device: str) -> torch.Tensor:
    """What happens to a tensor on its way to the card."""
    if _mode in ("new", "old"):
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device")
    if _mode == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if _mode == "broken":
        raise RuntimeError("CUDA error: CUBLAS_STATUS_UNHEARD_OF\nsecond line")
    if _mode == "full" and tensor.numel() > 128 * 128:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.60 GiB")
    wrong = _mode == "wrong" or (_mode == "noisy" and device == "cuda:1")
    return tensor * 1.5 if wrong and tensor.is_floating_point() else tensor


_tensor_to = torch.Tensor.to
_module_to = torch.nn.Module.to
_randn, _empty = torch.randn, torch.empty


def _to(tensor: torch.Tensor, *args: object, **options: object) -> torch.Tensor:
    if args and isinstance(args[0], str) and args[0].startswith("cuda"):
        tensor = _kernel(tensor, args[0])
        args = args[1:]
    return _tensor_to(tensor, *args, **options) if args or options else tensor


def _move(module: torch.nn.Module, *args: object, **options: object) -> torch.nn.Module:
    if args and isinstance(args[0], str) and args[0].startswith("cuda"):
        for parameter in module.parameters():
            parameter.data = _kernel(parameter.data, args[0])
        return module
    return _module_to(module, *args, **options)


def _on_the_card(make):
    def made(*args: object, device: object = None, **options: object) -> torch.Tensor:
        if isinstance(device, str) and device.startswith("cuda"):
            return _kernel(make(*args, **options), device)
        return make(*args, device=device, **options)

    return made


class _Event:
    def __init__(self, enable_timing: bool = False) -> None:
        self.at = 0.0

    def record(self) -> None:
        self.at = time.perf_counter()

    def elapsed_time(self, end: _Event) -> float:
        return (end.at - self.at) * 1000


class _Autocast:
    """The real one for cuda warns that there is none."""

    def __init__(self, kind: str, dtype: object) -> None:
        self.inner = torch.amp.autocast("cpu", dtype=torch.bfloat16)

    def __enter__(self) -> None:
        self.inner.__enter__()

    def __exit__(self, *error: object) -> None:
        self.inner.__exit__(*error)


_set_device: list[int] = []
_all_reduce = torch.distributed.all_reduce


def _add_up(tensor: torch.Tensor, *args: object, **options: object) -> object:
    taking_part = next((word for word in sys.argv if "cuda:1" in word and "cuda:2" in word), "")
    if _mode.startswith("link_") and taking_part and _set_device == [2]:
        if _mode == "link_dies":
            os._exit(7)
        if _mode == "link_hangs":
            time.sleep(999)
        tensor[5] += 1  # one wrong number in millions
    return _all_reduce(tensor, *args, **options)


torch.__version__ = "2.13.0+cpu" if _mode == "cpu_build" else "2.13.0+cu130"
torch.version.cuda = None if _mode == "cpu_build" else "13.0"
torch.cuda.is_available = _is_available
torch.cuda.init = _init
_count = 3 if _mode.startswith("link_") else 2 if _mode in ("noisy", "pair") else 1
torch.cuda.device_count = lambda: _count
torch.cuda.set_device = _set_device.append
torch.distributed.all_reduce = _add_up
torch.cuda.get_device_properties = _properties
torch.cuda.get_device_name = lambda index=0: f"Stand-in {index}"
torch.cuda.get_device_capability = lambda _device=None: _capability
torch.cuda.get_arch_list = lambda: _kernels
torch.cuda.mem_get_info = lambda _device=None: (8 * 2**30, 12 * 2**30)
torch.cuda.synchronize = lambda _device=None: None
torch.cuda.empty_cache = lambda: None
torch.cuda.Event = _Event
torch.autocast = _Autocast
torch.Tensor.to = _to
torch.nn.Module.to = _move
torch.randn, torch.empty = _on_the_card(_randn), _on_the_card(_empty)
