"""Muon for the matrices, AdamW for the embedding and the norms."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor, nn


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """The nearest matrix whose singular values are about one (Newton and Schulz)."""
    x = matrix.to(torch.bfloat16)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x.T if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):  # type: ignore[misc]
    """Momentum, made orthogonal: every direction of a matrix learns at the same speed."""

    def __init__(self, parameters: Iterable[nn.Parameter], pool: ThreadPoolExecutor, lr: float) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": 0.95, "decay": 0.02})
        self._pool = pool

    def step(self) -> None:
        for group in self.param_groups:
            list(self._pool.map(lambda weight, group=group: self._update(weight, group), group["params"]))

    def _update(self, weight: nn.Parameter, group: dict[str, Any]) -> None:
        with torch.no_grad():
            buffer = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
            buffer.lerp_(weight.grad, 1 - group["momentum"])
            update = orthogonal(weight.grad.lerp(buffer, group["momentum"]))
            scale = max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5
            weight.mul_(1 - group["lr"] * group["decay"]).add_(update, alpha=-group["lr"] * scale)


def optimizers(model: nn.Module, pool: ThreadPoolExecutor) -> list[torch.optim.Optimizer]:
    named = list(model.named_parameters())
    matrices = [p for name, p in named if p.dim() == 2 and "embed" not in name]
    others = [p for name, p in named if p.dim() != 2 or "embed" in name]
    return [
        Muon(matrices, pool, lr=0.02),
        torch.optim.AdamW(others, lr=0.003, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def rate(progress: float, step: int) -> float:
    """A short warm-up, then down all the way: the batches are small, so noise is what has to shrink."""
    return min(1.0, (step + 1) / 40) * max(0.02, (1 - progress))
