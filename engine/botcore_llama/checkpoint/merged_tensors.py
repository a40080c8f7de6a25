"""Tensors with a LoRA adapter's change added while they are read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from botcore_llama.checkpoint.tensors import Rows, StoredTensor, Tensor


@dataclass(frozen=True, slots=True)
class MergedMatrix(Tensor):
    """A linear layer's matrix: W + scale * B A."""

    name: str
    shape: tuple[int, ...]
    stored_type: str
    base: Tensor  # W: out, in
    wide: StoredTensor  # B: out, rank
    narrow: StoredTensor  # A: rank, in
    scale: float

    def rows(self, start: int, stop: int) -> Rows:
        # The narrow matrix is read anew for each block: kept, they would add up over the model.
        change = self.wide.rows(start, stop) @ self.narrow.rows(0, self.narrow.shape[0])
        return with_change(self.base.rows(start, stop), change, self.scale)


@dataclass(frozen=True, slots=True)
class MergedTable(Tensor):
    """An embedding table, whose change PEFT keeps the other way round: W + scale * (B A)ᵀ."""

    name: str
    shape: tuple[int, ...]
    stored_type: str
    base: Tensor  # W: tokens, width
    wide: StoredTensor  # B: width, rank
    narrow: StoredTensor  # A: rank, tokens
    scale: float

    def rows(self, start: int, stop: int) -> Rows:
        change = self.narrow.columns(start, stop).T @ self.wide.rows(0, self.wide.shape[0]).T
        return with_change(self.base.rows(start, stop), change, self.scale)


def with_change(rows: Rows, change: Rows, scale: float) -> Rows:
    """Return the rows, which nobody else holds, with the scaled change added in place."""
    change *= np.float32(scale)
    rows += change
    return rows
