"""Merges a LoRA adapter into a checkpoint while that is read: W + scale * B A, a few rows at a time.

The format is PEFT's (https://huggingface.co/docs/peft/developer_guides/checkpoint). Each changed matrix
has two small ones; an embedding table has them the other way round; a module that was trained whole is
there whole. Everything the file holds must find its place in the model.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from botcore.errors import ModelError
from botcore_llama.checkpoint.adapter_config import ADAPTER_CONFIG, AdapterConfig, read_adapter_config
from botcore_llama.checkpoint.merged_tensors import MergedMatrix, MergedTable
from botcore_llama.checkpoint.opened import OUTPUT, Contents
from botcore_llama.checkpoint.safetensors_layout import ADAPTER, read_header
from botcore_llama.checkpoint.tensors import NUMPY_TYPES, StoredTensor, Tensor, WeightsFile
from botcore_llama.checkpoint.wording import shown

TABLE = "model.embed_tokens.weight"
KEY: Final = re.compile(
    r"base_model\.model\.(?P<module>.+?)\."
    r"(?:(?P<half>lora_(?:embedding_)?[AB])(?:\.weight)?|(?:base_layer\.|modules_to_save\.)?weight)"
)
WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Adapter:
    """An opened adapter: for each module its matrices, by `lora_A`, `lora_B` … or `whole`."""

    folder: Path
    config: AdapterConfig
    modules: Mapping[str, Mapping[str, StoredTensor]]


def merge_adapter(contents: Contents, folder: Path, files: ExitStack) -> Contents:
    """Return the contents with the adapter's changes made; `files` closes its file.

    Raises `InputError` when `folder` is no adapter, and `ModelError` when it can't be used or was made
    for another model.
    """
    adapter = open_adapter(folder, files)
    tensors = dict(contents.tensors)
    config = contents.config
    if config.tie_word_embeddings and _changes_tied(adapter):
        # PEFT changes the table or the projection, and leaves the other as it was.
        tensors[OUTPUT] = tensors[TABLE]
        config = config.model_copy(update={"tie_word_embeddings": False})
    for module, matrices in adapter.modules.items():
        name = f"{module}.weight"
        if name not in tensors:
            raise ModelError(
                f"{folder} changes {shown(module)}, which the model does not have. {_made_for(adapter)}"
            )
        tensors[name] = _merged(adapter, module, matrices, tensors[name])
    return dataclasses.replace(contents, config=config, tensors=tensors)


def _changes_tied(adapter: Adapter) -> bool:
    changes = bool({TABLE.removesuffix(".weight"), OUTPUT.removesuffix(".weight")} & adapter.modules.keys())
    if changes and adapter.config.ensure_weight_tying:
        raise ModelError(
            f"{adapter.folder} changes the embedding table and the output projection as one, which is not "
            "supported. Merge it with PEFT (merge_and_unload), and convert what that gives."
        )
    return changes


def open_adapter(folder: Path, files: ExitStack) -> Adapter:
    """Read the configuration and the header of the weights."""
    config = read_adapter_config(folder)
    path = folder / ADAPTER
    if not path.is_file():
        raise ModelError(_no_weights(folder))
    modules: dict[str, dict[str, StoredTensor]] = {}
    for key, tensor in read_header(files.enter_context(closing(WeightsFile(path)))).items():
        match = KEY.fullmatch(key)
        if match is None:
            raise ModelError(
                f"{path} holds {shown(key)}, which is no part of a plain LoRA. "
                "Merge it with PEFT (merge_and_unload), and convert what that gives."
            )
        if tensor.stored_type not in NUMPY_TYPES:
            raise ModelError(
                f"{path}: {shown(key)} is stored as {shown(tensor.stored_type)}, which can't be read."
            )
        modules.setdefault(match["module"], {})[match["half"] or WHOLE] = tensor
    if not modules:
        raise ModelError(f"{path} holds nothing. Get the adapter again.")
    whole = [module for module, matrices in modules.items() if WHOLE in matrices]
    for name in config.modules_to_save:
        if not any(module.endswith(name) for module in whole):
            raise ModelError(
                f"{folder} is incomplete: {ADAPTER_CONFIG} says that {shown(name)} was trained whole, "
                f"but it is not in {ADAPTER}. Get the adapter again."
            )
    return Adapter(folder, config, modules)


def _no_weights(folder: Path) -> str:
    pickled = folder / "adapter_model.bin"
    if pickled.is_file():
        return (
            f"{pickled} is a pickled adapter, which can run code when it is opened. "
            "Get it as safetensors, or save it anew with PEFT's save_pretrained."
        )
    return f"{folder} is incomplete: {ADAPTER} is missing. Get it again."


def _made_for(adapter: Adapter) -> str:
    base = adapter.config.base_model_name_or_path
    return f"It was made for {shown(base)}." if base else "It was made for another model."


def _merged(adapter: Adapter, module: str, matrices: Mapping[str, StoredTensor], base: Tensor) -> Tensor:
    whole = matrices.get(WHOLE)
    if whole is not None:
        if whole.shape != base.shape:
            raise _unfit(adapter, module, whole.shape, base.shape)
        base = whole
    halves = sorted(matrices.keys() - {WHOLE})
    match halves:
        case []:
            return base
        case ["lora_A", "lora_B"]:
            narrow, wide = matrices["lora_A"], matrices["lora_B"]
            scale = _scale(adapter, module, narrow, wide)
            change = (wide.shape[0], narrow.shape[1])
            merged: Tensor = MergedMatrix(base.name, base.shape, base.stored_type, base, wide, narrow, scale)
        case ["lora_embedding_A", "lora_embedding_B"]:
            narrow, wide = matrices["lora_embedding_A"], matrices["lora_embedding_B"]
            scale = _scale(adapter, module, narrow, wide)
            change = (narrow.shape[1], wide.shape[0])
            merged = MergedTable(base.name, base.shape, base.stored_type, base, wide, narrow, scale)
        case _:
            raise ModelError(
                f"{adapter.folder} is incomplete: for {shown(module)} it has only {', '.join(halves)}. "
                "Get it again."
            )
    if change != base.shape:
        raise _unfit(adapter, module, change, base.shape)
    return merged


def _scale(adapter: Adapter, module: str, narrow: Tensor, wide: Tensor) -> float:
    """Return what the change is multiplied by, once both matrices have the rank that is promised."""
    rank = adapter.config.rank(module)
    if len(narrow.shape) != 2 or len(wide.shape) != 2 or (narrow.shape[0], wide.shape[1]) != (rank, rank):
        raise ModelError(
            f"{adapter.folder} is damaged: for {shown(module)} it has matrices of {narrow.shape} and "
            f"{wide.shape}, but its configuration says rank {rank}. Get it again."
        )
    return adapter.config.scale(module)


def _unfit(adapter: Adapter, module: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> ModelError:
    return ModelError(
        f"{adapter.folder} does not fit: it changes {shown(module)} as one of {found}, "
        f"but in this model it is {wanted}. {_made_for(adapter)}"
    )
