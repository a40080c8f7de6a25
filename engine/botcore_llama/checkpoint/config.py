"""How a network is built, in the words of Hugging Face's `config.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, ValidationError, model_validator

from botcore.errors import InputError, ModelError
from botcore_llama.checkpoint.wording import explained, shown

CONFIG = "config.json"


# What is written into the converted model as an int32 or a float32.
Size = Annotated[int, Field(gt=0, lt=2**31)]
Factor = Annotated[float, Field(gt=0, lt=1e30, allow_inf_nan=False)]


class LinearScaling(BaseModel):
    """RoPE whose positions are all divided by the same."""

    factor: Factor


class Llama3Scaling(LinearScaling):
    """RoPE whose slow frequencies are divided, and whose fast ones stay as they are."""

    low_freq_factor: Factor
    high_freq_factor: Factor
    original_max_position_embeddings: Size

    @model_validator(mode="after")
    def _check_order(self) -> Llama3Scaling:
        if self.low_freq_factor >= self.high_freq_factor:
            raise ValueError("low_freq_factor must be less than high_freq_factor")
        return self


SCALINGS: Final[dict[str, type[BaseModel]]] = {"linear": LinearScaling, "llama3": Llama3Scaling}


class CheckpointConfig(BaseModel):
    """What of `config.json` says how the network is built."""

    architectures: list[str]
    vocab_size: Size
    hidden_size: Size
    intermediate_size: Size
    num_hidden_layers: Size
    num_attention_heads: Size
    num_key_value_heads: Size
    head_dim: Size
    max_position_embeddings: Size
    rms_norm_eps: Factor
    rope_theta: Factor = 10_000.0
    rope_scaling: dict[str, Any] | None = None
    tie_word_embeddings: bool = False
    hidden_act: str = "silu"
    attention_bias: bool = False
    mlp_bias: bool = False
    partial_rotary_factor: float = 1.0
    quantization_config: dict[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Bring the older and newer ways of writing the same to one form."""
        data = {key: value for key, value in data.items() if value is not None}
        hidden, heads = data.get("hidden_size"), data.get("num_attention_heads")
        data.setdefault("num_key_value_heads", heads)
        if isinstance(hidden, int) and isinstance(heads, int) and heads > 0:
            data.setdefault("head_dim", hidden // heads)
        rope = data.get("rope_parameters") or data.get("rope_scaling") or {}
        if not isinstance(rope, dict):
            raise ValueError("rope_scaling holds no settings")
        data["rope_scaling"] = _checked_scaling(rope)
        return data | {key: rope[key] for key in ("rope_theta", "partial_rotary_factor") if key in rope}

    @model_validator(mode="after")
    def _check_heads(self) -> CheckpointConfig:
        if self.num_attention_heads % self.num_key_value_heads or self.head_dim % 2:
            raise ValueError("num_attention_heads, num_key_value_heads and head_dim do not fit together")
        return self

    @property
    def rope_type(self) -> str:
        return _rope_type(self.rope_scaling or {})


def _checked_scaling(rope: dict[str, Any]) -> dict[str, Any] | None:
    """Return the settings with their numbers checked; those of a kind that is not known are left alone."""
    kind = _rope_type(rope)
    if kind == "default":
        return None
    scaling = SCALINGS.get(kind)
    if scaling is None:
        return rope
    missing = [key for key in scaling.model_fields if key not in rope]
    if missing:
        raise ValueError(f"its rope_scaling lacks {missing[0]!r}")
    try:
        return rope | scaling.model_validate(rope).model_dump()
    except ValidationError as error:
        raise ValueError(f"rope_scaling: {explained(error)}") from error


def _rope_type(rope: dict[str, Any]) -> str:
    return str(rope.get("rope_type") or rope.get("type") or "default")


def read_config(folder: Path) -> CheckpointConfig:
    """Read `config.json`, and refuse what is not a plain Llama."""
    path = folder / CONFIG
    if not path.is_file():
        raise InputError(_no_model(folder))
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} is damaged: {error}.") from error
    architectures = data.get("architectures") if isinstance(data, dict) else None
    if architectures == "LlamaForCausalLM":
        data["architectures"] = architectures = [architectures]
    if architectures is None and (folder / "model.bin").is_file():
        raise ModelError(f"{folder} is converted already. `botcore model use` takes it as it is.")
    if architectures != ["LlamaForCausalLM"]:
        found = shown(str(architectures or "no architecture"))
        raise ModelError(f"{path} describes {found}; only LlamaForCausalLM can be converted.")
    try:
        config = CheckpointConfig.model_validate(data)
    except ValidationError as error:
        raise ModelError(f"{path}: {explained(error)}.") from error
    _refuse_unknown(config, path)
    return config


def _refuse_unknown(config: CheckpointConfig, path: Path) -> None:
    """Refuse what the weights' names would not tell: it would convert, and then answer nonsense."""
    complaints = {
        "an activation other than silu": config.hidden_act != "silu",
        "biases": config.attention_bias or config.mlp_bias,
        f"the RoPE scaling {config.rope_type!r}": config.rope_type not in ("default", "llama3", "linear"),
        "RoPE on a part of each head": config.partial_rotary_factor != 1,
    }
    for complaint, applies in complaints.items():
        if applies:
            raise ModelError(f"{path} asks for {complaint}, which is not supported.")
    if config.quantization_config:
        method = shown(str(config.quantization_config.get("quant_method", "somehow")))
        raise ModelError(
            f"{path} says that the weights are quantized already ({method}). "
            "Get the model as it was published, in bfloat16."
        )


def _no_model(folder: Path) -> str:
    """Say what is missing, and where it might be."""
    original = folder / "original"  # where Hugging Face's repositories of Meta keep Meta's files
    if (original / "consolidated.00.pth").is_file():
        return f"{folder} is not a model, but {original} is one in Meta's layout. Give that folder."
    return f"{folder} is not a model: it has no {CONFIG}, nor Meta's params.json and consolidated.00.pth."
