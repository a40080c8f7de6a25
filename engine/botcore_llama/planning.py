"""What a conversion will give and what it takes, known from headers alone before anything is written."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Protocol

from botcore.errors import InputError
from botcore_llama.checkpoint import Checkpoint, CheckpointConfig
from botcore_llama.memory import gigabytes, kv_bytes_per_token
from botcore_llama.model_writer import Layout, lay_out
from botcore_llama.quantization import INT8, QUANTIZATIONS, Quantization
from botcore_llama.specification import aliases, network, settings

BESIDE_WEIGHTS = 64 << 20  # room for the vocabulary, the tokenizer and what the file system keeps of its own


@dataclass(frozen=True, slots=True)
class Plan:
    """A conversion that can be made, as far as the checkpoint goes."""

    config: CheckpointConfig
    quantization: Quantization
    layout: Layout
    parameters: int

    @property
    def size(self) -> int:
        """How many bytes the weights will take, on the disk and in memory."""
        return self.layout.size

    @property
    def bytes_per_token(self) -> int:
        """What each token of each answer under way takes in memory when the model runs."""
        config = self.config
        return kv_bytes_per_token(config.num_hidden_layers, config.num_attention_heads, config.head_dim)


def plan_conversion(checkpoint: Checkpoint, quantization: Quantization) -> Plan:
    """Look through the whole checkpoint's headers; raise `ModelError` when something does not fit."""
    config = checkpoint.config
    stacks = list(network(checkpoint, quantization))
    layout = lay_out([*settings(config), *stacks], aliases(config))
    return Plan(config, quantization, layout, sum(prod(stack.shape) for stack in stacks))


def refuse_full_disk(plan: Plan, folder: Path) -> None:
    """Raise `InputError` when the file system of `folder` has no room for the result."""
    while not folder.exists():
        folder = folder.parent
    free, needed = shutil.disk_usage(folder).free, plan.size + BESIDE_WEIGHTS
    if free < needed:
        raise InputError(
            f"The converted model takes {gigabytes(needed)}, and {folder} has only {gigabytes(free)} free. "
            "Make room or choose another disk with --output; nothing was written."
        )


class Fits(Protocol):
    """What is asked of a model to tell whether a machine can run it."""

    @property
    def quantization(self) -> Quantization: ...

    @property
    def size(self) -> int: ...


def refuse_unfit_machine(plan: Fits, compute_types: Collection[str], memory: int) -> None:
    """Raise `InputError` when this machine can't run what a conversion would give.

    `compute_types`: those that CTranslate2 computes here; `memory`: the machine's, in bytes.
    """
    name = plan.quantization.name
    elsewhere = "To convert it for another machine, add --for-another-machine."
    if name not in compute_types:
        instead = "int8_float32" if plan.quantization.matrices == INT8 else "float32"
        raise InputError(
            f"This machine's processor can't compute {name}: the model would be loaded as {instead}, "
            f"{_what_that_means(instead)}. Use one of: {', '.join(runnable(compute_types))}. {elsewhere}"
        )
    if plan.size > memory:
        raise InputError(
            f"This machine has {gigabytes(memory)} of memory, and the weights alone take "
            f"{gigabytes(plan.size)} as {name}. {_smaller(plan)} {elsewhere}"
        )


def _what_that_means(compute_type: str) -> str:
    if compute_type == "float32":
        return "in twice the memory and no faster"
    return "just as if it had been converted to int8"


def runnable(compute_types: Collection[str]) -> list[str]:
    """Return the quantizations among them, the smallest first."""
    return [name for name in QUANTIZATIONS if name in compute_types]


def _smaller(plan: Fits) -> str:
    if plan.quantization.matrices == INT8:
        return "Choose a smaller model of the family."
    return "Convert to int8, or choose a smaller model of the family."
