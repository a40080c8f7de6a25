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
from botcore_llama.checkpoint.config import CheckpointConfig, read_config
from botcore_llama.checkpoint.opened import Checkpoint
from botcore_llama.checkpoint.safetensors_layout import open_safetensors
from botcore_llama.checkpoint.tensors import Tensor

__all__ = ["Checkpoint", "CheckpointConfig", "Tensor", "open_checkpoint", "read_config"]


def open_checkpoint(source: Path, adapter: Path | None = None) -> Checkpoint:
    """Open the checkpoint in the folder `source`, with the changes of the adapter in `adapter` made.

    Returns a context manager. Names and shapes are Hugging Face's whatever the layout.

    Raises `InputError` when that is no checkpoint, and `ModelError` when it is one that can't be used.
    """
    if not source.is_dir():
        raise InputError(f"{source} is not a folder with a model.")
    if adapter is not None:
        raise InputError(f"{adapter}: adapters can't be merged yet.")
    with ExitStack() as files:
        config = read_config(source)
        tensors = open_safetensors(source, files)
        return Checkpoint(source, config, tensors, files.pop_all().close)
