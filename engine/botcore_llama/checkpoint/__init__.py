"""A Llama checkpoint as it was published, read tensor by tensor.

    with open_checkpoint(folder) as checkpoint:
        checkpoint.config.hidden_size
        for rows in checkpoint.tensor("model.norm.weight", (2048,)).blocks():
            ...

Opening reads headers only, whatever the size.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from botcore.errors import InputError
from botcore_llama.checkpoint.adapter import merge_adapter
from botcore_llama.checkpoint.config import CheckpointConfig, read_config
from botcore_llama.checkpoint.meta_layout import is_meta_layout, open_meta
from botcore_llama.checkpoint.opened import Checkpoint, SourceDescription
from botcore_llama.checkpoint.safetensors_layout import open_hugging_face
from botcore_llama.checkpoint.tensors import Tensor

__all__ = [
    "Checkpoint",
    "CheckpointConfig",
    "SourceDescription",
    "Tensor",
    "describe_source",
    "open_checkpoint",
    "read_config",
]


def open_checkpoint(source: Path, adapter: Path | None = None) -> Checkpoint:
    """Open the checkpoint in the folder `source`, with the changes of the adapter in `adapter` made.

    Returns a context manager. Names and shapes are Hugging Face's whatever the layout. Where a folder
    has the model in both layouts, the safetensors are taken.

    Raises `InputError` when that is no checkpoint, and `ModelError` when it is one that can't be used.
    """
    if not source.is_dir():
        which = "is a file. Give the folder it is in" if source.is_file() else "is not a folder with a model"
        raise InputError(f"{source} {which}.")
    with ExitStack() as files:
        open_layout = open_meta if is_meta_layout(source) else open_hugging_face
        contents = open_layout(source, files)
        if adapter is not None:
            contents = merge_adapter(contents, adapter, files)
        return Checkpoint(source, contents, files.pop_all().close)


def describe_source(source: Path, adapter: Path | None = None) -> SourceDescription:
    """Say what is in a folder, from headers alone.

    Raises what `open_checkpoint` raises.
    """
    with open_checkpoint(source, adapter) as checkpoint:
        return checkpoint.describe()
