"""How a network is built, in the words of Hugging Face's `config.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from botcore.errors import InputError, ModelError

CONFIG = "config.json"


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
    path = folder / CONFIG
    if not path.is_file():
        raise InputError(
            f"{folder} is not a model: it has no config.json, nor Meta's consolidated.00.pth and params.json."
        )
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
