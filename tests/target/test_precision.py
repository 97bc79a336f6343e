"""The benchmark's own switches, with the real PyTorch and nothing measured."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from wizard.target import accelerator
from wizard.target.benchmark import Benchmark, Curve
from wizard.target.timing import Measured


class _Silent:
    def emit(self, event: str, **fields: object) -> None:
        pass


def _precision() -> object:
    return torch.backends.cuda.matmul.fp32_precision


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    accelerator.allow_tf32(torch, False)


def test_each_curve_is_measured_in_its_own_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, object]] = []

    def measure(_self: Benchmark, curve: Curve, _size: int, *_rest: object) -> Measured:
        seen.append((curve.dtype, _precision()))
        return Measured(1.0, 3)

    monkeypatch.setattr(Benchmark, "_guarded", measure)
    benchmark = Benchmark(torch, _Silent(), 10.0, 64)  # type: ignore[arg-type]
    benchmark._matmul([Curve("cuda:0", kind) for kind in ("float32", "tf32", "bfloat16")])
    assert seen == [("float32", "ieee"), ("tf32", "tf32"), ("bfloat16", "ieee")]


@pytest.mark.parametrize(("allowed", "precision"), [(True, "tf32"), (False, "ieee")])
def test_tf32_is_allowed_and_forbidden(allowed: bool, precision: str) -> None:
    accelerator.allow_tf32(torch, allowed)
    assert _precision() == precision
    assert torch.backends.cudnn.conv.fp32_precision == precision  # type: ignore[attr-defined]
