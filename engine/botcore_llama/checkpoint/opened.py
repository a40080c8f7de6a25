"""An opened checkpoint: its configuration and its tensors, under Hugging Face's names."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from botcore.errors import ModelError
from botcore_llama.checkpoint.config import CheckpointConfig
from botcore_llama.checkpoint.tensors import NUMPY_TYPES, Tensor
from botcore_llama.checkpoint.wording import shown

OUTPUT = "lm_head.weight"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a layout finds in a folder."""

    layout: str  # in words, for people
    described_by: str  # the file that says how the network is built
    config: CheckpointConfig
    tensors: Mapping[str, Tensor]
    paths: Sequence[Path]  # of the weights


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """What can be told of a checkpoint without reading its numbers."""

    layout: str
    config: CheckpointConfig
    parameters: int
    stored_type: str  # that of most parameters: BF16, F16, F32
    size: int  # of the weights' files, in bytes
    files: tuple[str, ...]


class Checkpoint:
    """The tensors of a folder, whatever file each is in. Leaving it as a context closes the files."""

    def __init__(self, folder: Path, contents: Contents, close: Callable[[], None]) -> None:
        self.folder = folder
        self.config = contents.config
        self._contents = contents
        self._close = close

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __contains__(self, name: str) -> bool:
        return name in self._contents.tensors

    def tensor(self, name: str, shape: Sequence[int]) -> Tensor:
        """Return a tensor that has exactly this shape.

        Raises `ModelError` when there is none of that name, or it has another shape, or its numbers are
        of a type that can't be read.
        """
        tensor = self._contents.tensors.get(name)
        if tensor is None:
            raise ModelError(f"{self.folder} has no tensor {name}: a file is missing or it is no Llama.")
        if tensor.shape != tuple(shape):
            raise ModelError(
                f"{self.folder}: {name} has the shape {tensor.shape}, "
                f"but {self._contents.described_by} says {tuple(shape)}."
            )
        if tensor.stored_type not in NUMPY_TYPES:
            raise ModelError(
                f"{self.folder}: {name} is stored as {shown(tensor.stored_type)}; "
                f"only {', '.join(NUMPY_TYPES)} can be read. Get a version that is not quantized."
            )
        return tensor

    def describe(self) -> SourceDescription:
        contents, types = self._contents, Counter[str]()
        for name, tensor in contents.tensors.items():
            if name != OUTPUT or not self.config.tie_word_embeddings:
                types[tensor.stored_type] += math.prod(tensor.shape)
        return SourceDescription(
            layout=contents.layout,
            config=self.config,
            parameters=types.total(),
            stored_type=max(types, key=types.__getitem__, default=""),
            size=sum(path.stat().st_size for path in contents.paths),
            files=tuple(path.name for path in contents.paths),
        )
