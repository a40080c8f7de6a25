"""An opened checkpoint: its configuration and its tensors, under Hugging Face's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from botcore.errors import ModelError
from botcore_llama.checkpoint.config import CheckpointConfig
from botcore_llama.checkpoint.tensors import ITEM_BYTES, Tensor


class Checkpoint:
    """The tensors of a folder, whatever file each is in. Leaving it as a context closes the files."""

    def __init__(
        self, folder: Path, config: CheckpointConfig, tensors: Mapping[str, Tensor], close: Callable[[], None]
    ) -> None:
        self.folder = folder
        self.config = config
        self._tensors = tensors
        self._close = close

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def tensor(self, name: str, shape: Sequence[int]) -> Tensor:
        """Return a tensor that has exactly this shape.

        Raises `ModelError` when there is none of that name, or it has another shape.
        """
        if name not in self._tensors:
            raise ModelError(f"{self.folder} has no tensor {name}: a file is missing or it is no Llama.")
        tensor = self._tensors[name]
        if tensor.shape != tuple(shape):
            raise ModelError(f"{name} has the shape {tensor.shape}, but config.json says {tuple(shape)}.")
        if tensor.stored_type not in ITEM_BYTES:
            raise ModelError(
                f"{name} is stored as {tensor.stored_type}; only {', '.join(ITEM_BYTES)} can be read."
            )
        return tensor
