"""Reads Meta's `params.json` as what Hugging Face's `config.json` of the same model says.

What the parameters mean: `models/llama3/args.py` and `model.py` of github.com/meta-llama/llama-models.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError, model_validator

from botcore.errors import ModelError
from botcore_llama.checkpoint.config import CheckpointConfig, Factor, Size
from botcore_llama.checkpoint.wording import explained

PARAMETERS = "params.json"

# What params.json does not say. Llama 3 was trained on 8,192 tokens; from 3.1 on, RoPE is scaled.
CONTEXT, SCALED_CONTEXT = 8_192, 131_072
# Meta's reference code has 8 for all, but 3.2 1B and 3B were trained with 32, as their config.json says
# (github.com/meta-llama/llama-models/issues/166 and 241). They are known by width and layers.
SCALING_FACTOR, SMALL_SCALING_FACTOR = 8.0, 32.0
SMALL_SHAPES: Final = frozenset({(2048, 16), (3072, 28)})

VISION = "a vision model; only text models are supported"
KNOWN_BUT_UNSUPPORTED: Final = {
    "quantization_args": "quantized weights; get the bfloat16 version of the model",
    "lora_args": "an adapter inside; get the bfloat16 version of the model",
    "vision_model": VISION,
    "moe_args": "a mixture of experts; only the Llama 3 family is supported",
}


class MetaParameters(BaseModel):
    """What of `params.json` says how the network is built."""

    dim: Size
    n_layers: Size
    n_heads: Size
    n_kv_heads: Size
    vocab_size: Size
    multiple_of: Size = 256
    ffn_dim_multiplier: Factor = 1.0
    norm_eps: Factor = 1e-5
    rope_theta: Factor = 500_000.0
    use_scaled_rope: bool = False
    vision_chunk_size: int = -1  # of a picture; a text model has none

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: dict[str, Any]) -> dict[str, Any]:
        data = {key: value for key, value in data.items() if value is not None}
        data.setdefault("n_kv_heads", data.get("n_heads"))
        return data

    @model_validator(mode="after")
    def _check_heads(self) -> MetaParameters:
        if self.dim % (2 * self.n_heads) or self.n_heads % self.n_kv_heads:
            raise ValueError("dim, n_heads and n_kv_heads do not fit together")
        return self

    @property
    def inner_size(self) -> int:
        """The width inside the feed-forward network: two thirds of four times `dim`, rounded up."""
        wanted = int(self.ffn_dim_multiplier * int(2 * (4 * self.dim) / 3))
        return self.multiple_of * -(-wanted // self.multiple_of)

    @property
    def rope_scaling(self) -> dict[str, Any] | None:
        if not self.use_scaled_rope:
            return None
        small = (self.dim, self.n_layers) in SMALL_SHAPES
        return {
            "rope_type": "llama3",
            "factor": SMALL_SCALING_FACTOR if small else SCALING_FACTOR,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": CONTEXT,
        }


def read_parameters(folder: Path) -> MetaParameters:
    """Read `params.json`, and refuse what is no text model of the family.

    Raises `ModelError`.
    """
    path = folder / PARAMETERS
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is incomplete: {PARAMETERS} is missing. Get it again.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} is damaged: {error}.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{path} is damaged: it holds no parameters.")
    for key, what in KNOWN_BUT_UNSUPPORTED.items():
        if data.get(key):
            raise ModelError(f"{path} describes {what}.")
    try:
        parameters = MetaParameters.model_validate(data)
    except ValidationError as error:
        raise ModelError(f"{path}: {explained(error)}.") from error
    if parameters.vision_chunk_size > 0:
        raise ModelError(f"{path} describes {VISION}.")
    return parameters


def as_config(parameters: MetaParameters, *, tied: bool) -> CheckpointConfig:
    """Say the same in Hugging Face's words; `tied`: the output projection is the embedding table."""
    return CheckpointConfig(
        architectures=["LlamaForCausalLM"],
        vocab_size=parameters.vocab_size,
        hidden_size=parameters.dim,
        intermediate_size=parameters.inner_size,
        num_hidden_layers=parameters.n_layers,
        num_attention_heads=parameters.n_heads,
        num_key_value_heads=parameters.n_kv_heads,
        head_dim=parameters.dim // parameters.n_heads,
        max_position_embeddings=SCALED_CONTEXT if parameters.use_scaled_rope else CONTEXT,
        rms_norm_eps=parameters.norm_eps,
        rope_theta=parameters.rope_theta,
        rope_scaling=parameters.rope_scaling,
        tie_word_embeddings=tied,
    )
