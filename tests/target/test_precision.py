"""How the benchmark goes through its points, with the real PyTorch and nothing measured."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from wizard.target import accelerator
from wizard.target.benchmark import Benchmark, Curve
from wizard.target.timing import Measured


class _Heard:
    """Stands where the line to the wizard is."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def emit(self, event: str, **fields: object) -> None:
        self.events.append((event, fields))


def _precision() -> object:
    return torch.backends.cuda.matmul.fp32_precision


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    accelerator.allow_tf32(torch, False)


def test_each_curve_is_measured_in_its_own_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, object]] = []

    def measure(_self: Benchmark, curve: Curve, *_rest: object) -> Measured:
        seen.append((curve.dtype, _precision()))
        return Measured(1.0, 3)

    monkeypatch.setattr(Benchmark, "_plausible", measure)
    benchmark = Benchmark(torch, _Heard(), 10.0, 64)  # type: ignore[arg-type]
    benchmark._matmul([Curve("cuda:0", kind) for kind in ("float32", "tf32", "bfloat16")])
    assert seen == [("float32", "ieee"), ("tf32", "tf32"), ("bfloat16", "ieee")]


def test_a_size_that_does_not_fit_ends_its_curve_and_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory that other programs hold, before anything of it was asked for."""
    room = 3 * 256 * 256 * 4 / 0.7 + 1
    monkeypatch.setattr(accelerator, "free_memory", lambda _torch, _device: room)
    monkeypatch.setattr(Benchmark, "_plausible", lambda *_arguments: Measured(1e-9, 3))
    heard = _Heard()
    benchmark = Benchmark(torch, heard, 10.0, 1024)  # type: ignore[arg-type]
    benchmark._matmul([Curve("cuda:0", kind) for kind in ("float32", "bfloat16")])
    measured = {(f["dtype"], f["size"]) for name, f in heard.events if name == "sample"}
    assert ("float32", 256) in measured and ("bfloat16", 256) in measured
    assert max(size for _dtype, size in measured if isinstance(size, int)) == 256
    notes = [fields for name, fields in heard.events if name == "note"]
    assert [(n["code"], n["kind"], n["size"]) for n in notes] == 2 * [
        ("out_of_memory", "matmul", 512)
    ]


@pytest.mark.parametrize(("allowed", "precision"), [(True, "tf32"), (False, "ieee")])
def test_tf32_is_allowed_and_forbidden(allowed: bool, precision: str) -> None:
    accelerator.allow_tf32(torch, allowed)
    assert _precision() == precision
    assert torch.backends.cudnn.conv.fp32_precision == precision  # type: ignore[attr-defined]
