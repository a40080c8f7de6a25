"""Tensors that are made of others: parts put together, and heads whose rows stand in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from botcore.errors import ModelError
from botcore_llama.checkpoint.tensors import Rows, Tensor


@dataclass(frozen=True, slots=True)
class Stacked(Tensor):
    """Tensors one above the other."""

    name: str
    shape: tuple[int, ...]
    stored_type: str
    parts: Sequence[Tensor]

    def rows(self, start: int, stop: int) -> Rows:
        taken = []
        for part in self.parts:
            height = part.shape[0]
            if start < height and stop > 0:
                taken.append(part.rows(max(start, 0), min(stop, height)))
            start, stop = start - height, stop - height
        return taken[0] if len(taken) == 1 else np.concatenate(taken)


@dataclass(frozen=True, slots=True)
class SideBySide(Tensor):
    """Tensors one beside the other: each row is made of theirs."""

    name: str
    shape: tuple[int, ...]
    stored_type: str
    parts: Sequence[Tensor]

    def rows(self, start: int, stop: int) -> Rows:
        return np.concatenate([part.rows(start, stop) for part in self.parts], axis=1)


def stacked(name: str, parts: Sequence[Tensor]) -> Tensor:
    """Put tensors one above the other.

    Raises `ModelError` when they are not equally wide.
    """
    if len(parts) == 1:
        return parts[0]
    check_alike(name, parts, 0)
    return Stacked(name, (sum(p.shape[0] for p in parts), *parts[0].shape[1:]), parts[0].stored_type, parts)


def side_by_side(name: str, parts: Sequence[Tensor]) -> Tensor:
    """Put tensors one beside the other.

    Raises `ModelError` when they are not equally high.
    """
    if len(parts) == 1:
        return parts[0]
    check_alike(name, parts, 1)
    shape = (parts[0].shape[0], sum(part.shape[1] for part in parts))
    return SideBySide(name, shape, parts[0].stored_type, parts)


def check_alike(name: str, parts: Sequence[Tensor], axis: int) -> None:
    """Refuse parts that differ in type, or in a size other than the one along which they are joined."""
    others = {(*part.shape[:axis], *part.shape[axis + 1 :]) for part in parts if len(part.shape) > axis}
    if len(others) != 1 or len({len(part.shape) for part in parts}) != 1:
        raise ModelError(f"The parts of {name} do not fit together: {[part.shape for part in parts]}.")
    if len({part.stored_type for part in parts}) != 1:
        raise ModelError(f"The parts of {name} are stored in different types. Get the model again.")


@dataclass(frozen=True, slots=True)
class SplitHeads(Tensor):
    """Queries or keys whose pairs of rows, turned together by RoPE, are brought apart.

    Meta's code turns the rows 2i and 2i + 1 of a head together, Hugging Face's the rows i and
    i + size/2; so row 2i + j of the one is row i + j * size/2 of the other, for j of 0 and 1.
    """

    name: str
    shape: tuple[int, ...]
    stored_type: str
    pairs: Tensor  # in Meta's order
    head_size: int

    def rows(self, start: int, stop: int) -> Rows:
        half = self.head_size // 2
        taken = np.empty((stop - start, *self.shape[1:]), np.float32)
        row = start
        while row < stop:
            head, place = divmod(row, self.head_size)
            side, first = divmod(place, half)
            last = min(half, first + stop - row)
            base = head * self.head_size
            taken[row - start : row - start + last - first] = self.pairs.rows(
                base + 2 * first, base + 2 * last
            )[side::2]
            row += last - first
        return taken


def split_heads(name: str, pairs: Tensor, head_size: int) -> Tensor:
    """Bring the rows of queries or keys from Meta's order to Hugging Face's."""
    if not pairs.shape or pairs.shape[0] % head_size:
        raise ModelError(f"{name} has the shape {pairs.shape}, which is no whole number of heads.")
    return SplitHeads(name, pairs.shape, pairs.stored_type, pairs, head_size)
