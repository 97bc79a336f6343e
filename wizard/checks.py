"""The checks of the verification as values: which there are and what one of them found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, cast

CheckState = Literal["passed", "failed", "skipped"]

#: Every check in the order it is made; texts for each are in `wizard.text.checks`.
CHECK_IDS = (
    "interpreter",
    "torch_import",
    "torch_version",
    "cuda_available",
    "devices",
    "capability",
    "gpu_matmul",
    "gpu_convolution",
    "gpu_training_step",
    "gpu_half_precision",
    "all_reduce",
    "cpu_matmul",
    "cpu_convolution",
    "cpu_training_step",
    "torchvision",
)
GPU_CHECK_IDS = CHECK_IDS[3:11]
#: The GPU checks that run kernels; only they prove anything.
GPU_KERNEL_CHECK_IDS = CHECK_IDS[6:10]


@dataclass(frozen=True)
class Check:
    id: str
    state: CheckState
    value: object = None
    """What was seen: a JSON value, such as True, "2.13.0+cu130" or an object by device."""
    seconds: float | None = None
    reason: str | None = None
    """A code for `wizard.text.checks.reason_sentence`; None where there is nothing to say."""
    detail: str = ""
    """Technical text, such as the exception; not translated."""

    @property
    def fields(self) -> dict[str, object]:
        """The value where it is an object, else nothing."""
        if not isinstance(self.value, dict):
            return {}
        return cast("dict[str, object]", self.value)

    @property
    def items(self) -> list[object]:
        """The value where it is a list, else nothing."""
        return cast("list[object]", self.value) if isinstance(self.value, list) else []

    def to_json(self) -> dict[str, object]:
        return {"event": "check", **asdict(self)}
