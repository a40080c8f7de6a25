"""The Llama 3 architecture, small, with one prompt prefix shared by a whole batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone knows
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the network."""

    vocabulary: int
    hidden: int = 256
    layers: int = 8
    heads: int = 4
    key_heads: int = 2
    head_size: int = 64
    inner: int = 768
    context: int = 2048
    theta: float = 500_000.0
    epsilon: float = 1e-5


def rope_tables(shape: Shape) -> tuple[Tensor, Tensor]:
    """Cosines and sines by position, in the rotate-half convention of Hugging Face."""
    exponent = torch.arange(0, shape.head_size, 2, dtype=torch.float64) / shape.head_size
    angles = torch.outer(torch.arange(shape.context, dtype=torch.float64), shape.theta**-exponent)
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn queries or keys [tokens, heads, size] to their positions."""
    first, second = x.chunk(2, dim=-1)
    turned = torch.cat([-second, first], dim=-1)
    return x * cos[:, None, :] + turned * sin[:, None, :]


class Norm(nn.Module):  # type: ignore[misc]
    """RMSNorm, computed in float32."""

    def __init__(self, size: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        scale = torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + self.epsilon)
        return (x.float() * scale * self.weight).to(
            torch.bfloat16 if torch.is_autocast_enabled("cpu") else x.dtype
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """How the flat token axis is made of one prefix and then a batch of equally long rows."""

    prefix: int
    rows: int
    length: int
    cos: Tensor
    sin: Tensor
    mask: Tensor  # [length, prefix + length], added to the attention scores
    before: Tensor  # the same for the prefix itself


def causal(length: int, total: int) -> Tensor:
    """Minus infinity where a position of the last `length` would see what comes after it."""
    hidden = torch.ones(length, total, dtype=torch.bool).triu(total - length + 1)
    return torch.zeros(length, total).masked_fill(hidden, float("-inf"))


def layout(shape: Shape, tables: tuple[Tensor, Tensor], prefix: int, rows: int, length: int) -> Layout:
    """Positions go on from the prefix in every row; a row sees the prefix and its own past."""
    positions = torch.cat([torch.arange(prefix), torch.arange(prefix, prefix + length).repeat(rows)])
    before, mask = causal(prefix, prefix), causal(length, prefix + length)
    return Layout(prefix, rows, length, tables[0][positions], tables[1][positions], mask, before)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Attention in plain matrix products: on CPUs without AMX twice as fast as the fused kernel."""
    scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + mask
    return torch.softmax(scores, -1) @ v


class Attention(nn.Module):  # type: ignore[misc]
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.q_proj = nn.Linear(shape.hidden, shape.heads * shape.head_size, bias=False)
        self.k_proj = nn.Linear(shape.hidden, shape.key_heads * shape.head_size, bias=False)
        self.v_proj = nn.Linear(shape.hidden, shape.key_heads * shape.head_size, bias=False)
        self.o_proj = nn.Linear(shape.heads * shape.head_size, shape.hidden, bias=False)

    def forward(self, x: Tensor, plan: Layout) -> Tensor:
        size = self.shape.head_size
        q = rotate(self.q_proj(x).view(len(x), -1, size), plan.cos, plan.sin)
        k = rotate(self.k_proj(x).view(len(x), -1, size), plan.cos, plan.sin)
        v = self.v_proj(x).view(len(x), -1, size)
        q, k, v = q.to(v.dtype), self._spread(k.to(v.dtype)), self._spread(v)
        parts = []
        if plan.prefix:
            queries, keys, values = (t[: plan.prefix].transpose(0, 1) for t in (q, k, v))
            parts.append(attend(queries, keys, values, plan.before.to(q.dtype)).transpose(0, 1).flatten(1))
        parts.append(self._rows(q, k, v, plan))
        return self.o_proj(torch.cat(parts) if len(parts) > 1 else parts[0])

    def _spread(self, x: Tensor) -> Tensor:
        """Repeat every key head for its group of query heads."""
        return x.repeat_interleave(self.shape.heads // self.shape.key_heads, dim=1)

    def _rows(self, q: Tensor, k: Tensor, v: Tensor, plan: Layout) -> Tensor:
        def rows(t: Tensor) -> Tensor:
            return t[plan.prefix :].view(plan.rows, plan.length, *t.shape[1:]).transpose(1, 2)

        def joined(t: Tensor) -> Tensor:
            if not plan.prefix:
                return rows(t)
            shared = t[: plan.prefix].transpose(0, 1)[None].expand(plan.rows, -1, -1, -1)
            return torch.cat([shared, rows(t)], dim=2)

        mixed = attend(rows(q), joined(k), joined(v), plan.mask.to(q.dtype))
        return mixed.transpose(1, 2).reshape(plan.rows * plan.length, -1)


class FeedForward(nn.Module):  # type: ignore[misc]
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden, shape.inner, bias=False)
        self.up_proj = nn.Linear(shape.hidden, shape.inner, bias=False)
        self.down_proj = nn.Linear(shape.inner, shape.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):  # type: ignore[misc]
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = Norm(shape.hidden, shape.epsilon)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = Norm(shape.hidden, shape.epsilon)
        self.mlp = FeedForward(shape)

    def forward(self, x: Tensor, plan: Layout) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), plan)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):  # type: ignore[misc]
    """Parameter names are those of Hugging Face without the leading `model.`."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.hidden)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.hidden, shape.epsilon)
        self.tables = rope_tables(shape)
        self._start()

    def _start(self) -> None:
        for name, weight in self.named_parameters():
            if weight.dim() < 2:
                continue
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.zeros_(weight)  # every layer begins by changing nothing
            else:
                nn.init.normal_(weight, std=0.02 if "embed" in name else weight.shape[1] ** -0.5)

    def forward(self, prefix: Tensor, rows: Tensor, chosen: Tensor) -> Tensor:
        """Logits of the chosen positions of the flattened rows; the prefix predicts nothing."""
        plan = layout(self.shape, self.tables, len(prefix), rows.shape[0], rows.shape[1])
        x = self.embed_tokens(torch.cat([prefix, rows.flatten()]))
        for block in self.layers:
            x = block(x, plan)
        return F.linear(self.norm(x[len(prefix) + chosen]), self.embed_tokens.weight)
