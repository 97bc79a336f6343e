"""Small computations whose right answer is known another way.

Errors are relative to what the same sum of absolute values gives, the natural scale of rounding.
"""

# ruff: noqa: B905  (zip has no strict= in Python 3.8)
from __future__ import annotations

import random
from typing import Any, List

# Well above rounding (float32 comes out near 1e-6, TF32 near 5e-5), well below a wrong
# result (0.1).
TOLERANCE = {"float32": 1e-4, "float16": 2e-3, "bfloat16": 1e-2}
TRAINING_TOLERANCE = 1e-3


def matmul_error(torch: Any, device: str, dtype: str, size: int) -> float:
    """The worst error of a square product on the device, against the CPU's in float64."""
    generator = torch.Generator().manual_seed(size)
    kind = getattr(torch, dtype)
    left, right = (torch.randn(size, size, generator=generator).to(kind) for _ in range(2))
    seen = left.to(device) @ right.to(device)
    left, right = left.double(), right.double()
    return _worst(torch, seen, left @ right, left.abs() @ right.abs())


def convolution_error(torch: Any, device: str, dtype: str, size: int) -> float:
    """The same for a 3 x 3 convolution, 8 to 16 channels, of four ``size`` x ``size`` pictures."""
    generator = torch.Generator().manual_seed(size)
    kind = getattr(torch, dtype)
    pictures = torch.randn(4, 8, size, size, generator=generator).to(kind)
    weights = torch.randn(16, 8, 3, 3, generator=generator).to(kind)
    convolve = torch.nn.functional.conv2d
    seen = convolve(pictures.to(device), weights.to(device), padding=1)
    pictures, weights = pictures.double(), weights.double()
    exact = convolve(pictures, weights, padding=1)
    return _worst(torch, seen, exact, convolve(pictures.abs(), weights.abs(), padding=1))


def training_error(torch: Any, device: str, size: int) -> float:
    """The worst error of loss and gradients of a small network, against the CPU's in float64.

    Raises:
        ArithmeticError: twenty steps on the device did not make the loss smaller.
    """
    generator = torch.Generator().manual_seed(size)
    inputs = torch.randn(size, 32, generator=generator)
    answers = torch.randn(size, 4, generator=generator)
    model = _network(torch, generator)
    reference = _network(torch, torch.Generator().manual_seed(0)).double()
    reference.load_state_dict(model.state_dict())
    model = model.to(device)
    inputs_there, answers_there = inputs.to(device), answers.to(device)

    exact_loss = _backward(torch, reference, inputs.double(), answers.double())
    first = _backward(torch, model, inputs_there, answers_there)
    worst = abs(first - exact_loss) / exact_loss
    for seen, exact in zip(model.parameters(), reference.parameters()):
        scale = exact.grad.abs().max()
        worst = max(worst, _worst(torch, seen.grad, exact.grad, scale))
    last = _train(torch, model, inputs_there, answers_there)
    if not last < first:
        raise ArithmeticError(f"loss {first:.6g} before, {last:.6g} after 20 steps")
    return worst


def integer_matmul_error(torch: Any, size: int) -> float:
    """The CPU's product of small whole numbers against Python's own; float32 is exact there."""
    dice = random.Random(size)  # noqa: S311  (no secret)
    left, right = (_table(dice, size, size) for _ in range(2))
    columns = list(zip(*right))
    exact = [[sum(a * b for a, b in zip(row, column)) for column in columns] for row in left]
    seen = (
        torch.tensor(left, dtype=torch.float32) @ torch.tensor(right, dtype=torch.float32)
    ).tolist()
    return max(abs(a - b) for given, wanted in zip(seen, exact) for a, b in zip(given, wanted))


def integer_convolution_error(torch: Any, size: int) -> float:
    """The CPU's 3 x 3 convolution of small whole numbers against Python's own loops."""
    dice = random.Random(size)  # noqa: S311  (no secret)
    picture = [_table(dice, size, size) for _ in range(3)]
    weights = [[_table(dice, 3, 3) for _ in range(3)] for _ in range(4)]
    seen = torch.nn.functional.conv2d(
        torch.tensor([picture], dtype=torch.float32), torch.tensor(weights, dtype=torch.float32)
    )[0].tolist()
    corner = range(3)

    def exact(out: int, row: int, column: int) -> int:
        return sum(
            picture[channel][row + i][column + j] * weights[out][channel][i][j]
            for channel in corner
            for i in corner
            for j in corner
        )

    return max(
        abs(seen[out][row][column] - exact(out, row, column))
        for out in range(4)
        for row in range(size - 2)
        for column in range(size - 2)
    )


def regression_gradient_error(torch: Any) -> float:
    """Autograd's gradient of a linear regression on the CPU against the formula in plain Python."""
    dice = random.Random(7)  # noqa: S311  (no secret)
    inputs = _table(dice, 16, 5)
    answers = [dice.randint(-8, 8) for _ in inputs]
    weights = [0.5, -0.25, 0.125, 1.0, -1.5]
    misses = [sum(w * x for w, x in zip(weights, row)) - y for row, y in zip(inputs, answers)]
    exact = [
        2 / len(inputs) * sum(miss * row[i] for miss, row in zip(misses, inputs)) for i in range(5)
    ]
    there = torch.tensor(weights, requires_grad=True)
    predicted = torch.tensor(inputs, dtype=torch.float32) @ there
    torch.nn.functional.mse_loss(predicted, torch.tensor(answers, dtype=torch.float32)).backward()
    return max(abs(a - b) for a, b in zip(there.grad.tolist(), exact)) / max(map(abs, exact))


def _table(dice: random.Random, rows: int, columns: int) -> List[List[int]]:
    return [[dice.randint(-8, 8) for _ in range(columns)] for _ in range(rows)]


def _network(torch: Any, generator: Any) -> Any:
    model = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.Tanh(), torch.nn.Linear(64, 4))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)
    return model


def _backward(torch: Any, model: Any, inputs: Any, answers: Any) -> float:
    model.zero_grad()
    loss = torch.nn.functional.mse_loss(model(inputs), answers)
    loss.backward()
    return float(loss.detach())


def _train(torch: Any, model: Any, inputs: Any, answers: Any) -> float:
    for _ in range(20):
        _backward(torch, model, inputs, answers)
        # By hand: importing torch.optim takes four to five seconds (PyTorch 2.11).
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.sub_(parameter.grad, alpha=0.05)
    return _backward(torch, model, inputs, answers)


def _worst(torch: Any, seen: Any, exact: Any, scale: Any) -> float:
    seen = seen.detach().cpu().double()
    if not bool(torch.isfinite(seen).all()):
        return float("inf")
    return float(((seen - exact).abs() / scale).max())
