"""A head start in copying: the first three layers begin as circuits that a summary needs.

A model this small has to copy names and tasks and to say in which line they stood, and finds that out late
when it starts from noise. So head 0 of the first layer begins by looking at the token before, head 0 of the
second by looking at the number of the line it is in, and head 0 of the third by looking for an earlier
place where the token before was the present one, to repeat what followed there. Training is free to change
all of it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.model import Llama, rotate

FAST = 10  # rotary pairs that tell neighbours apart
SLOW = 14  # rotary pairs from here on hardly turn within a conversation
LINE_STRENGTH = 24.0
MIDDLE = range(7, 14)  # rotary pairs that tell lines apart
CONSTANT = 5.0  # what the first coordinate of every token is, beside others of about one


def basis(size: int) -> Tensor:
    """Orthonormal rows that leave the first coordinate alone."""
    square, _ = torch.linalg.qr(torch.randn(size - 1, size - 1))
    return torch.cat([torch.zeros(size - 1, 1), square], dim=1)


@torch.no_grad()  # type: ignore[untyped-decorator]
def prepare(model: Llama, bracket: int) -> None:
    """Set the weights; `bracket` is the token that opens a line's number."""
    size = model.shape.head_size
    rows = basis(model.shape.hidden)
    table = model.embed_tokens.weight
    table[:, 0] = CONSTANT * table.std()
    _look_back(model, rows, size)
    line = basis(model.shape.hidden)[:size]  # where a token notes the number of its line
    _find_line(model, rows, line, table[bracket] / table[bracket].pow(2).mean().sqrt())
    _look_up(model, rows, line)
    model.norm.weight.fill_(3.0)


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
    attention.o_proj.weight[:, :size] = 0.08 * rows[size : 2 * size].T
    attention.o_proj.weight[:, size : 2 * size] = 0.025 * rows[2 * size : 3 * size].T


def _turned(model: Llama, wave: Tensor, places: int) -> Tensor:
    cos, sin = model.tables
    return rotate(wave[None, None], cos[places : places + 1], sin[places : places + 1])[0, 0]


def _find_line(model: Llama, rows: Tensor, line: Tensor, bracket: Tensor) -> None:
    """Layer 1, head 0: the nearest number that stands behind a bracket is that of this line."""
    attention = model.layers[1].self_attn
    size = model.shape.head_size
    query, key = torch.zeros(size, model.shape.hidden), torch.zeros(size, model.shape.hidden)
    before = rows[size : 2 * size].T @ (rows[:size] @ bracket)
    still = size // 2 - 1  # this pair hardly turns: distance does not matter to what is looked for
    query[still, 0], key[still] = LINE_STRENGTH, before / before.norm() ** 2
    for pair in MIDDLE:
        query[pair, 0] = key[pair, 0] = 4.0 / 3.0
    attention.q_proj.weight[:size] = query
    attention.k_proj.weight[:size] = key
    attention.v_proj.weight[:size] = rows[:size]
    attention.o_proj.weight[:, :size] = 0.05 * line.T


def _look_up(model: Llama, rows: Tensor, line: Tensor) -> None:
    """Layer 2, head 0 of both groups: find what followed the same token before.

    One says what it was, the other notes in which line.
    """
    attention = model.layers[2].self_attn
    size = model.shape.head_size
    slow = torch.zeros(size)
    slow[SLOW : size // 2] = slow[SLOW + size // 2 :] = 2.6
    values = (rows[:size], line)
    outputs = (1.2 * rows[:size].T, 0.1 * basis(model.shape.hidden)[:size].T)
    for group in range(2):
        query = group * (model.shape.heads // model.shape.key_heads) * size
        key = group * size
        attention.q_proj.weight[query : query + size] = slow[:, None] * rows[:size]
        attention.k_proj.weight[key : key + size] = slow[:, None] * rows[size : 2 * size]
        attention.v_proj.weight[key : key + size] = values[group]
        attention.o_proj.weight[:, query : query + size] = outputs[group]
