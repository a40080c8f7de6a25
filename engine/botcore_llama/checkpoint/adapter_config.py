"""What a LoRA adapter's `adapter_config.json` says, as PEFT writes it.

What the settings mean: `src/peft/tuners/lora/config.py` of github.com/huggingface/peft (0.20). Settings
that say how the adapter was trained are of no matter for merging it; a setting that changes what the
numbers mean, and is not known here, is refused as soon as it is switched on.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from botcore.errors import InputError, ModelError
from botcore_llama.checkpoint.wording import explained, shown

ADAPTER_CONFIG = "adapter_config.json"

# How it was trained, or what can be read off the tensors' names. `fan_in_fan_out` is switched off by
# PEFT itself for the linear layers that a Llama has.
NO_MATTER: Final = frozenset(
    {
        "auto_mapping",
        "corda_config",
        "eva_config",
        "exclude_modules",
        "fan_in_fan_out",
        "inference_mode",
        "layers_pattern",
        "layers_to_transform",
        "loftq_config",
        "lora_dropout",
        "lora_ga_config",
        "megatron_core",
        "peft_version",
        "qalora_group_size",
        "revision",
        "runtime_config",
        "target_modules",
        "task_type",
        "velora_config",
    }
)
# Ways to begin a training that leave the base model as it was published.
USUAL_BEGINNINGS: Final = (True, False, None, "gaussian", "eva", "orthogonal")

# A pattern comes from whoever made the adapter, and some patterns take forever.
MOST_PATTERN_CHARACTERS = 300
MOST_REPEATS, MOST_GROUPS = 3, 4


Patterns = Sequence[tuple[re.Pattern[str], float]]


class AdapterConfig(BaseModel):
    """What of the configuration says how the numbers are to be merged."""

    model_config = ConfigDict(extra="allow")

    peft_type: str
    r: PositiveInt = 8
    lora_alpha: float = Field(default=8, allow_inf_nan=False)
    use_rslora: bool = False
    rank_pattern: dict[str, PositiveInt] = {}
    alpha_pattern: dict[str, float] = {}
    modules_to_save: list[str] = []  # those that were trained whole, by how their names end
    bias: str = "none"
    init_lora_weights: bool | str | None = True
    base_model_name_or_path: str = ""
    ensure_weight_tying: bool = False

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in data.items() if value is not None}

    @cached_property
    def _ranks(self) -> Patterns:
        return compiled(self.rank_pattern)

    @cached_property
    def _alphas(self) -> Patterns:
        return compiled(self.alpha_pattern)

    def rank(self, module: str) -> int:
        """Return the rank of a module's change; `module` is its name in the model."""
        return int(first_matching(self._ranks, module, self.r))

    def scale(self, module: str) -> float:
        """Return what the product of a module's two matrices is multiplied by."""
        alpha, rank = first_matching(self._alphas, module, self.lora_alpha), self.rank(module)
        return alpha / (math.sqrt(rank) if self.use_rslora else rank)


def compiled(patterns: Mapping[str, float]) -> Patterns:
    """Compile patterns that a module's name is to end with, as PEFT looks for them."""
    return [(re.compile(rf"(.*\.)?({pattern})$"), value) for pattern, value in patterns.items()]


def first_matching(patterns: Patterns, module: str, otherwise: float) -> float:
    return next((value for pattern, value in patterns if pattern.match(module)), otherwise)


def read_adapter_config(folder: Path) -> AdapterConfig:
    """Read the configuration, and refuse what is no plain LoRA.

    Raises `InputError` for what is no adapter at all, and `ModelError` for one that can't be merged.
    """
    path = folder / ADAPTER_CONFIG
    if not path.is_file():
        raise InputError(f"{folder} is no adapter: it has no {ADAPTER_CONFIG}.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise ValueError("it holds no settings")
        config = AdapterConfig.model_validate(data)
        check_patterns([*config.rank_pattern, *config.alpha_pattern])
    except ValidationError as error:
        raise ModelError(f"{path}: {explained(error)}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} is damaged: {shown(str(error))}.") from error
    complaint = unsupported(config)
    if complaint:
        raise ModelError(
            f"{path} {complaint}. Merge it with PEFT (merge_and_unload), and convert what that gives."
        )
    return config


def check_patterns(patterns: list[str]) -> None:
    """Raise `ValueError` for a pattern that is wrong, or could take forever to look for."""
    for pattern in patterns:
        repeats, groups = len(re.findall(r"[*+?{]", pattern)), pattern.count("(")
        if len(pattern) > MOST_PATTERN_CHARACTERS or repeats > MOST_REPEATS or groups > MOST_GROUPS:
            raise ValueError(f"the pattern {pattern[:60]!r} is too complicated")
        if re.search(r"\)\s*[*+?{]", pattern):
            raise ValueError(f"the pattern {pattern[:60]!r} repeats a group")
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"the pattern {pattern[:60]!r} is wrong: {error}") from error


def unsupported(config: AdapterConfig) -> str:
    """Return what the configuration asks for that is no plain LoRA; nothing if it is one."""
    if config.peft_type != "LORA":
        return f"describes an adapter of the kind {shown(config.peft_type)}, not LoRA"
    if config.bias != "none":
        return "trains biases, which a Llama does not have"
    if config.init_lora_weights not in USUAL_BEGINNINGS:
        return (
            f"says init_lora_weights = {shown(repr(config.init_lora_weights))}: the adapter belongs to a "
            "changed base model, not to the published one"
        )
    switched_on = [key for key, value in (config.model_extra or {}).items() if value and key not in NO_MATTER]
    return f"asks for {shown(switched_on[0])}, which is not supported" if switched_on else ""
