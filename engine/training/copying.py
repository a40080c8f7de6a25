"""A head start in copying: the first two layers begin as an induction circuit.

A model this small has to copy names and tasks, and finds that out late when it starts from noise. So
head 0 of the first layer begins by looking at the token before, head 0 of the second by looking for an
earlier place where the token before was the present one, and by repeating what followed there. Training
is free to change all of it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.model import Llama, rotate

FAST = 10  # rotary pairs that tell neighbours apart
SLOW = 14  # rotary pairs from here on hardly turn within a conversation
CONSTANT = 5.0  # what the first coordinate of every token is, beside others of about one


def basis(size: int) -> Tensor:
    """Orthonormal rows that leave the first coordinate alone."""
    square, _ = torch.linalg.qr(torch.randn(size - 1, size - 1))
    return torch.cat([torch.zeros(size - 1, 1), square], dim=1)


@torch.no_grad()  # type: ignore[untyped-decorator]
def prepare(model: Llama) -> None:
    shape = model.shape
    size = shape.head_size
    rows = basis(shape.hidden)
    model.embed_tokens.weight[:, 0] = CONSTANT * model.embed_tokens.weight.std()
    _look_back(model, rows, size)
    _look_up(model, rows, size)
    model.norm.weight.fill_(1.5)


def _look_back(model: Llama, rows: Tensor, size: int) -> None:
    """Layer 0, heads 0 and 1: take over the token before, and the one before that."""
    attention = model.layers[0].self_attn
    wave = torch.zeros(size)
    wave[:FAST] = 1.0
    waves = torch.stack([wave, _turned(model, wave, 1), _turned(model, wave, 2)])
    strength = 40**0.5 / CONSTANT
    attention.q_proj.weight[: 2 * size] = 0.0
    attention.k_proj.weight[:size] = 0.0
    attention.q_proj.weight[:size, 0] = strength * waves[1]
    attention.q_proj.weight[size : 2 * size, 0] = strength * waves[0]
    attention.k_proj.weight[:size, 0] = strength * waves[2]
    attention.v_proj.weight[:size] = rows[:size]
    attention.o_proj.weight[:, :size] = 0.05 * rows[size : 2 * size].T
    attention.o_proj.weight[:, size : 2 * size] = 0.025 * rows[2 * size : 3 * size].T


def _turned(model: Llama, wave: Tensor, places: int) -> Tensor:
    cos, sin = model.tables
    return rotate(wave[None, None], cos[places : places + 1], sin[places : places + 1])[0, 0]


def _look_up(model: Llama, rows: Tensor, size: int) -> None:
    """Layer 1, head 0 of both groups: find what followed the same token before, and say it."""
    attention = model.layers[1].self_attn
    slow = torch.zeros(size)
    slow[SLOW : size // 2] = slow[SLOW + size // 2 :] = 1.6
    values = (rows[:size], rows[-size:])
    for group in range(2):
        query = group * (model.shape.heads // model.shape.key_heads) * size
        key = group * size
        attention.q_proj.weight[query : query + size] = slow[:, None] * rows[:size]
        attention.k_proj.weight[key : key + size] = slow[:, None] * rows[size : 2 * size]
        attention.v_proj.weight[key : key + size] = values[group]
        attention.o_proj.weight[:, query : query + size] = 0.15 * values[group].T
