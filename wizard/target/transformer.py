"""A training step of a small transformer block: what a language model is made of."""

from __future__ import annotations

from typing import Any, Optional

WIDTH = 512
HEADS = 8
LENGTH = 256
"""Tokens of one text."""
VOCABULARY = 2048


class TrainingStep:
    """Call it for one step: forward, backward and update, float32 or mixed with a half type."""

    def __init__(self, torch: Any, device: str, texts: int, half: Optional[str] = None) -> None:
        torch.manual_seed(0)
        nn = torch.nn
        self._torch = torch
        self._device = device.split(":")[0]
        self._half = None if half is None else getattr(torch, half)
        self.tokens = texts * LENGTH
        self._block = nn.Sequential(
            nn.Embedding(VOCABULARY, WIDTH),
            nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, dropout=0.0, batch_first=True),
            nn.Linear(WIDTH, VOCABULARY),
        ).to(device)
        self._parameters = list(self._block.parameters())
        # Made on the CPU: the same texts on every device.
        self._texts = torch.randint(VOCABULARY, (texts, LENGTH)).to(device)

    def __call__(self) -> None:
        self._block.zero_grad()
        if self._half is None:
            loss = self._loss()
        else:
            with self._torch.autocast(self._device, dtype=self._half):
                loss = self._loss()
        loss.backward()
        # By hand: importing torch.optim takes seconds, and the time is for measuring.
        with self._torch.no_grad():
            for parameter in self._parameters:
                parameter.add_(parameter.grad, alpha=-0.01)

    def _loss(self) -> Any:
        guessed = self._block(self._texts)
        return self._torch.nn.functional.cross_entropy(
            guessed.flatten(0, 1).float(), self._texts.flatten()
        )
