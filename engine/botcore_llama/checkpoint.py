"""A Llama checkpoint as Hugging Face lays it out, read tensor by tensor.

Only safetensors are read. A pickled checkpoint can run code when it is opened, so it is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import ml_dtypes  # noqa: F401 - teaches numpy the bfloat16 that safetensors hands out
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError, model_validator
from safetensors import SafetensorError, safe_open

from botcore.errors import InputError, ModelError

FLOATS = ("F32", "F16", "BF16")
BLOCK_VALUES = 1 << 24  # how many numbers are held in memory at once


class CheckpointConfig(BaseModel):
    """What of `config.json` says how the network is built."""

    architectures: list[str]
    vocab_size: int = Field(gt=0)
    hidden_size: int = Field(gt=0)
    intermediate_size: int = Field(gt=0)
    num_hidden_layers: int = Field(gt=0)
    num_attention_heads: int = Field(gt=0)
    num_key_value_heads: int = Field(default=0, ge=0)
    head_dim: int = Field(default=0, ge=0)
    max_position_embeddings: int = Field(gt=0)
    rms_norm_eps: float
    rope_theta: float = 10_000.0
    rope_scaling: dict[str, Any] | None = None
    tie_word_embeddings: bool = False
    hidden_act: str = "silu"
    attention_bias: bool = False
    mlp_bias: bool = False

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Bring the older and newer ways of writing the same to one form."""
        data = {key: value for key, value in data.items() if value is not None}
        heads = data.get("num_attention_heads")
        data.setdefault("num_key_value_heads", heads)
        if heads:
            data.setdefault("head_dim", data.get("hidden_size", 0) // heads)
        rope = data.get("rope_parameters") or data.get("rope_scaling") or {}
        data["rope_scaling"] = None if _rope_type(rope) == "default" else rope
        return data | {key: rope[key] for key in ("rope_theta",) if key in rope}

    @property
    def rope_type(self) -> str:
        return _rope_type(self.rope_scaling or {})


def _rope_type(rope: dict[str, Any]) -> str:
    return str(rope.get("rope_type") or rope.get("type") or "default")


def read_config(folder: Path) -> CheckpointConfig:
    """Read `config.json`, and refuse what is not a plain Llama."""
    path = folder / "config.json"
    if not path.is_file():
        raise InputError(f"{folder} is not a model: it has no config.json.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} is damaged: {error}.") from error
    architectures = data.get("architectures") if isinstance(data, dict) else None
    if architectures != ["LlamaForCausalLM"]:
        raise ModelError(
            f"{path} describes {architectures or 'no architecture'}; only LlamaForCausalLM can be converted."
        )
    try:
        config = CheckpointConfig.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise ModelError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    _refuse_unknown(config, path)
    return config


def _refuse_unknown(config: CheckpointConfig, path: Path) -> None:
    """Refuse what the weights' names would not tell: it would convert, and then answer nonsense."""
    complaints = {
        "an activation other than silu": config.hidden_act != "silu",
        "biases": config.attention_bias or config.mlp_bias,
        f"the RoPE scaling {config.rope_type!r}": config.rope_type not in ("default", "llama3", "linear"),
    }
    for complaint, applies in complaints.items():
        if applies:
            raise ModelError(f"{path} asks for {complaint}, which is not supported.")


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a checkpoint, still on disk."""

    name: str
    shape: tuple[int, ...]
    data: Any  # a slice of safetensors

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield the rows in order, as many at a time as are fine to hold in memory."""
        width = int(np.prod(self.shape[1:]))
        step = max(1, BLOCK_VALUES // width)
        for start in range(0, self.shape[0], step):
            yield self.data[start : min(start + step, self.shape[0])].astype(np.float32)


class Checkpoint:
    """The tensors of a folder, whatever file each is in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._slices: dict[str, Any] = {}

    def __enter__(self) -> Self:
        for path in shards(self._folder):
            self._add(path)
        return self

    def __exit__(self, *_: object) -> None:
        self._slices.clear()
        self._open.close()

    def _add(self, path: Path) -> None:
        try:
            file = self._open.enter_context(safe_open(path, framework="numpy"))
            self._slices |= {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{path} is damaged or cut off ({error}). Get the file again.") from error

    def __contains__(self, name: str) -> bool:
        return name in self._slices

    def tensor(self, name: str, shape: Sequence[int]) -> Tensor:
        """Return a tensor that has exactly this shape."""
        if name not in self._slices:
            raise ModelError(f"{self._folder} has no tensor {name}: a file is missing or it is no Llama.")
        data = self._slices[name]
        found = tuple(data.get_shape())
        if found != tuple(shape):
            raise ModelError(f"{name} has the shape {found}, but config.json says {tuple(shape)}.")
        if data.get_dtype() not in FLOATS:
            raise ModelError(f"{name} is stored as {data.get_dtype()}; only {', '.join(FLOATS)} can be read.")
        return Tensor(name, found, data)


def shards(folder: Path) -> list[Path]:
    """Return the safetensors files that make up the checkpoint."""
    index = folder / "model.safetensors.index.json"
    paths = _indexed(index) if index.is_file() else sorted(folder.glob("*.safetensors"))
    if not paths:
        raise ModelError(_nothing_to_read(folder))
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise ModelError(f"{folder} is incomplete: {', '.join(missing)} is missing. Get it again.")
    return paths


def _indexed(index: Path) -> list[Path]:
    try:
        names = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        return [index.parent / Path(name).name for name in sorted(set(names))]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{index} is damaged: {error}.") from error


def _nothing_to_read(folder: Path) -> str:
    pickled = [*folder.glob("*.bin"), *folder.glob("*.pt"), *folder.glob("*.pth")]
    if pickled:
        return (
            f"{pickled[0]} is a pickled checkpoint, which can run code when it is opened. "
            "Get the model as safetensors."
        )
    return f"{folder} has no *.safetensors files."
