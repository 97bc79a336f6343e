"""Does this PyTorch really work here? One check after the other, each said when it ends.

Nothing one check does can stop the next, short of the end of the process.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import site
import struct
import sys
import time
import warnings
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import accelerator, numerics
from .protocol import Channel, described, watch_parent


class Skipped(Exception):  # noqa: N818  (an answer, not an error)
    """The check does not apply here; ``reason`` is a code."""

    def __init__(self, reason: str, value: Any = None, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.value, self.detail = reason, value, detail


class Failed(Exception):  # noqa: N818  (an answer, not an error)
    """The check was made and the answer is bad."""

    def __init__(self, reason: str, value: Any = None, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.value, self.detail = reason, value, detail


class Passed:
    """The check was made and the answer is good; a ``reason`` may qualify it."""

    def __init__(self, value: Any = None, detail: str = "", reason: Optional[str] = None) -> None:
        self.value, self.detail, self.reason = value, detail, reason


class Verification:
    """The checks, in order, and what the earlier ones found out for the later ones."""

    def __init__(self, expect: str) -> None:
        self._expect = expect
        self._torch: Any = None
        self._devices: List[str] = []
        self._no_device = "no_gpu_expected"
        self._works_alone = True
        """No GPU has failed by itself so far."""

    def checks(self) -> List[Tuple[str, Callable[[], Passed]]]:
        return [
            ("interpreter", self._interpreter),
            ("torch_import", self._torch_import),
            ("torch_version", self._torch_version),
            ("cuda_available", self._cuda_available),
            ("devices", self._describe_devices),
            ("capability", self._capability),
            ("gpu_matmul", self._gpu_matmul),
            ("gpu_convolution", self._gpu_convolution),
            ("gpu_training_step", self._gpu_training_step),
            ("gpu_half_precision", self._gpu_half_precision),
            ("all_reduce", self._all_reduce),
            ("cpu_matmul", self._cpu_matmul),
            ("cpu_convolution", self._cpu_convolution),
            ("cpu_training_step", self._cpu_training_step),
            ("torchvision", self._torchvision),
        ]

    @property
    def torch(self) -> Any:
        if self._torch is None:
            raise Skipped("torch_not_imported")
        return self._torch

    @property
    def devices(self) -> List[str]:
        if self.torch is not None and not self._devices:
            raise Skipped(self._no_device)
        return self._devices

    def _interpreter(self) -> Passed:
        bits = struct.calcsize("P") * 8
        value = {
            "version": platform.python_version(),
            "bits": bits,
            "executable": sys.executable,
            "prefix": sys.prefix,
        }
        if bits < 64:
            raise Failed("python_32bit", value)
        return Passed(value)

    def _torch_import(self) -> Passed:
        began = time.perf_counter()
        try:
            self._torch = importlib.import_module("torch")
        except ModuleNotFoundError as error:
            reason = "torch_missing" if error.name == "torch" else "torch_broken"
            raise Failed(reason, _origin("torch"), described(error)) from None
        except (Exception, SystemExit) as error:
            raise Failed("torch_broken", _origin("torch"), described(error)) from None
        if not hasattr(self._torch, "__version__"):  # a folder named torch is an empty package
            found = getattr(self._torch, "__path__", None)
            self._torch = None
            raise Failed("torch_broken", detail=f"no PyTorch in {found}")
        accelerator.allow_tf32(self._torch, False)
        return Passed(round(time.perf_counter() - began, 2))

    def _torch_version(self) -> Passed:
        torch = self.torch
        version = str(torch.__version__)
        return Passed(
            {
                "version": version,
                "build": version.partition("+")[2] or None,
                "cuda": torch.version.cuda,
                "hip": getattr(torch.version, "hip", None),
                "file": getattr(torch, "__file__", None),
                "leak": _leak(getattr(torch, "__file__", None)),
                "debug": bool(getattr(torch.version, "debug", False)),
            }
        )

    def _cuda_available(self) -> Passed:
        torch, expect = self.torch, self._expect
        answer, said = accelerator.cuda_answer(torch)
        kind = expect if expect != "auto" else _found(torch, answer)
        if kind == "cpu":
            raise Skipped("no_gpu_expected", answer, said)
        if kind in accelerator.CUDA_LIKE:
            if not answer:
                self._no_device = "cuda_not_available"
                with_gpu = torch.version.cuda or getattr(torch.version, "hip", None)
                reason = "cuda_not_available" if with_gpu else "cpu_build"
                raise Failed(reason, answer, said)
            self._devices = accelerator.device_ids(torch, kind)
            return Passed(answer, said)
        if not accelerator.is_available(torch, kind):
            self._no_device = "accelerator_not_available"
            raise Failed("accelerator_not_available", answer, kind)
        self._devices = accelerator.device_ids(torch, kind)
        raise Skipped("other_accelerator", answer, kind)

    def _describe_devices(self) -> Passed:
        return Passed([accelerator.device_facts(self.torch, each) for each in self.devices])

    def _capability(self) -> Passed:
        torch = self.torch
        if not all(each.startswith("cuda") for each in self.devices):
            raise Skipped("other_accelerator")
        kernels = list(torch.cuda.get_arch_list())
        value: Dict[str, Any] = {}
        for device in self.devices:
            has = accelerator.capability(torch, device)
            serves = None if has is None else accelerator.kernel_for(kernels, has)
            value[device] = {"capability": has, "kernel": serves, "kernels": kernels}
        served = [each["kernel"] for each in value.values()]
        if not all(served):
            self._works_alone = False
            raise Failed("capability_not_in_build", value)
        by_driver = any(kernel.startswith("compute_") for kernel in served)
        return Passed(value, reason="ptx_only" if by_driver else None)

    def _gpu_matmul(self) -> Passed:
        def error(device: str, size: int) -> float:
            # PyTorch's own kernel first: a library's says nothing of what the build lacks
            # (cuBLAS 13.0 without a kernel for the card: CUBLAS_STATUS_INTERNAL_ERROR).
            (self.torch.ones(1).to(device) + 1).item()
            return numerics.matmul_error(self.torch, device, "float32", size)

        return self._compared(
            error,
            numerics.TOLERANCE["float32"],
            (512, 256, 64),
        )

    def _gpu_convolution(self) -> Passed:
        return self._compared(
            lambda device, size: numerics.convolution_error(self.torch, device, "float32", size),
            numerics.TOLERANCE["float32"],
            (32, 16, 8),
        )

    def _gpu_training_step(self) -> Passed:
        return self._compared(
            lambda device, size: numerics.training_error(self.torch, device, size),
            numerics.TRAINING_TOLERANCE,
            (128, 32),
        )

    def _gpu_half_precision(self) -> Passed:
        def product(dtype: str) -> Callable[[str, int], float]:
            return lambda device, size: numerics.matmul_error(self.torch, device, dtype, size)

        value: Dict[str, Any] = {"float16": None, "bfloat16": None}
        passed = self._compared(product("float16"), numerics.TOLERANCE["float16"], (256, 64))
        value["float16"] = passed.value
        without = [each for each in self.devices if not self._has_bfloat16(each)]
        if without:
            return Passed(value, "no bfloat16: " + ", ".join(without), "bfloat16_not_supported")
        passed = self._compared(product("bfloat16"), numerics.TOLERANCE["bfloat16"], (256, 64))
        value["bfloat16"] = passed.value
        return Passed(value, passed.detail, passed.reason)

    def _has_bfloat16(self, device: str) -> bool:
        """NVIDIA has it since 8.0; of the others only a try can tell."""
        if device.startswith("cuda") and not getattr(self.torch.version, "hip", None):
            return self.torch.cuda.get_device_capability(device)[0] >= 8
        try:
            numerics.matmul_error(self.torch, device, "bfloat16", 64)
        except Exception:
            return False
        return True

    def _all_reduce(self) -> Passed:
        torch, devices = self.torch, self.devices
        if not all(each.startswith("cuda") for each in devices):
            raise Skipped("other_accelerator")
        if len(devices) < 2:
            raise Skipped("one_gpu")
        if not self._works_alone:
            raise Skipped("after_failure")
        from . import all_reduce  # only here: other computers need nothing of it

        backend = all_reduce.backend_of(torch)
        if backend is None:
            raise Skipped("distributed_missing")
        for device in devices:
            accelerator.release_memory(torch, device)
        names = {each: str(accelerator.device_facts(torch, each)["name"]) for each in devices}
        answer = all_reduce.examine(names, backend)
        if answer.outcome.reason is not None:
            raise Failed(answer.outcome.reason, answer.value, answer.detail)
        return Passed(answer.value)

    def _compared(
        self, error_of: Callable[[str, int], float], tolerance: float, sizes: Tuple[int, ...]
    ) -> Passed:
        """The error on every device, each tried also where another failed."""
        value: Dict[str, float] = {}
        failures: List[Failed] = []
        smaller: List[str] = []
        for device in self.devices:
            try:
                value[device], size = self._first_that_fits(error_of, device, sizes)
                if not value[device] <= tolerance:
                    told = f"{device}: error {value[device]:.3g}, at most {tolerance:g} allowed"
                    failures.append(Failed("results_disagree", None, told))
                elif size != sizes[0]:
                    smaller.append(f"{device}: out of memory above size {size}")
            except Exception as error:
                failures.append(
                    Failed(accelerator.failure_reason(error), None, f"{device}: {described(error)}")
                )
        if failures:
            self._works_alone = False
            raise Failed(failures[0].reason, value, "\n".join(each.detail for each in failures))
        return Passed(value, "\n".join(smaller), "smaller_sizes" if smaller else None)

    def _first_that_fits(
        self, error_of: Callable[[str, int], float], device: str, sizes: Tuple[int, ...]
    ) -> Tuple[float, int]:
        for size in sizes:
            try:
                return error_of(device, size), size
            except Exception as error:
                if size == sizes[-1] or not accelerator.is_out_of_memory(error):
                    raise
            accelerator.release_memory(self.torch, device)
        raise AssertionError("no sizes")

    def _cpu_matmul(self) -> Passed:
        return _within(numerics.integer_matmul_error(self.torch, 96), 0.0)

    def _cpu_convolution(self) -> Passed:
        # A fast algorithm (Winograd) may round where the plain sum does not.
        return _within(numerics.integer_convolution_error(self.torch, 12), 1e-2)

    def _cpu_training_step(self) -> Passed:
        worst = numerics.regression_gradient_error(self.torch)
        worst = max(worst, numerics.training_error(self.torch, "cpu", 64))
        return _within(worst, numerics.TRAINING_TOLERANCE)

    def _torchvision(self) -> Passed:
        torch = self.torch
        try:
            torchvision = importlib.import_module("torchvision")
            nms = torchvision.ops.nms
        except ModuleNotFoundError as error:
            if error.name == "torchvision":
                raise Skipped("torchvision_not_installed") from None
            raise Failed("torchvision_mismatch", detail=described(error)) from None
        except Exception as error:
            raise Failed("torchvision_mismatch", detail=described(error)) from None
        boxes = torch.tensor([[0.0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30]])
        scores = torch.tensor([0.9, 0.8, 0.7])
        # The first two overlap by 81 of 119; the lower score of them goes.
        # Where a GPU fails by itself, that torchvision fails on it says nothing of torchvision.
        places = ["cpu"] + (self._devices if self._works_alone else [])
        for device in (each for each in places if each.startswith(("cpu", "cuda"))):
            try:
                kept = nms(boxes.to(device), scores.to(device), 0.5).tolist()
            except Exception as error:
                told = f"{device}: {described(error)}"
                raise Failed("torchvision_mismatch", torchvision.__version__, told) from None
            if kept != [0, 2]:
                raise Failed("results_disagree", torchvision.__version__, f"{device}: kept {kept}")
        return Passed(str(torchvision.__version__))


def _found(torch: Any, cuda: bool) -> str:
    if cuda:
        return "cuda"
    return next((kind for kind in ("xpu", "mps") if accelerator.is_available(torch, kind)), "cpu")


def _within(error: float, tolerance: float) -> Passed:
    if not error <= tolerance:
        told = f"error {error:.3g}, at most {tolerance:g} allowed"
        raise Failed("results_disagree", error, told)
    return Passed(error)


def _leak(file: Optional[str]) -> Optional[str]:
    """By which way a file outside of the environment came in: a variable or the user's folder."""
    if not file:
        return None
    path = _comparable(file)
    ways = [("PYTHONPATH", each) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    ways.append(("user site", site.getusersitepackages()))
    for way, folder in ways:
        if folder and path.startswith(_comparable(folder) + os.sep):
            return way
    return None


def _comparable(path: str) -> str:
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100  (resolve would follow links)


def _origin(name: str) -> Optional[Dict[str, str]]:
    """The file that a module would be loaded from, so that a stranger can be told."""
    try:
        spec = importlib.util.find_spec(name)
    except Exception:  # whatever a hook or a half-loaded module does
        spec = None
    file = None if spec is None else spec.origin
    return None if file is None else {"file": file}


def _answer(check: Callable[[], Passed]) -> Dict[str, Any]:
    answer: Any
    state = "passed"
    try:
        answer = check()
    except Skipped as skipped:
        state, answer = "skipped", skipped
    except Failed as failed:
        state, answer = "failed", failed
    except (Exception, SystemExit) as error:
        state, answer = "failed", Failed(accelerator.failure_reason(error), None, described(error))
    return {
        "state": state,
        "value": answer.value,
        "reason": answer.reason,
        "detail": answer.detail,
    }


def main(expect: str) -> None:
    """Make every check; ``expect`` is the accelerator this machine should have, or ``auto``."""
    channel = Channel()
    watch_parent()
    # A setting of the libraries themselves, for versions whose own switch is not asked.
    os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")
    warnings.simplefilter("default")
    for name, check in Verification(expect).checks():
        channel.emit("start", id=name)
        began = time.perf_counter()
        answer = _answer(check)
        channel.emit("check", id=name, seconds=round(time.perf_counter() - began, 4), **answer)
    channel.emit("done")
    sys.stderr.flush()
    # Straight out: the end of a broken driver or library can hang or crash, and all is said.
    os._exit(0)
