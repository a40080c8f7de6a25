"""Writes `model.bin`, the file that CTranslate2 reads its variables from.

Its form: version, name and revision of the specification, the number of variables; for each its
name, rank, dimensions, type, byte count and data; then aliases, names that share another's data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from botcore.errors import ModelError
from botcore_llama.checkpoint import Tensor
from botcore_llama.model_files import SPECIFICATION, TYPES

VERSION = 6
REVISION = 8
MOST_BYTES = 2**32 - 1  # the byte count is written in 32 bits


class Variable(Protocol):
    """What becomes one or more variables of the file."""

    @property
    def count(self) -> int:
        """How many variables it writes."""
        ...

    def write(self, file: BinaryIO) -> None: ...


@dataclass(frozen=True, slots=True)
class Scalar:
    """A setting of the network."""

    name: str
    value: np.generic
    count: int = 1

    def write(self, file: BinaryIO) -> None:
        write_header(file, self.name, (), self.value.dtype)
        file.write(self.value.tobytes())


@dataclass(frozen=True, slots=True)
class Weights:
    """Tensors one above the other, as float32."""

    name: str
    tensors: Sequence[Tensor]
    count: int = 1

    def write(self, file: BinaryIO) -> None:
        write_header(file, self.name, stacked_shape(self.tensors), np.dtype(np.float32))
        for block in blocks(self.tensors):
            file.write(block.tobytes())


@dataclass(frozen=True, slots=True)
class Int8Weights:
    """Tensors one above the other, in 8 bits: each row is scaled so that its largest is 127."""

    name: str
    tensors: Sequence[Tensor]
    count: int = 2

    def write(self, file: BinaryIO) -> None:
        shape = stacked_shape(self.tensors)
        write_header(file, self.name, shape, np.dtype(np.int8))
        scales = []
        for block in blocks(self.tensors):
            rows, scale = quantize(block)
            file.write(rows.tobytes())
            scales.append(scale)
        write_header(file, f"{self.name}_scale", shape[:1], np.dtype(np.float32))
        file.write(np.concatenate(scales).tobytes())


def quantize(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return the rows in 8 bits and what each was multiplied by."""
    largest = np.abs(rows).max(axis=1)
    largest[largest == 0] = 127
    # The scale of a row of tiny numbers must still be a float32.
    largest = np.maximum(largest, np.float32(127) / np.finfo(np.float32).max)
    scale = (np.float32(127) / largest).astype(np.float32)
    return np.rint(rows * scale[:, None]).astype(np.int8), scale


def blocks(tensors: Iterable[Tensor]) -> Iterator[NDArray[np.float32]]:
    for tensor in tensors:
        for block in tensor.blocks():
            if not np.isfinite(block).all():
                raise ModelError(f"{tensor.name} has values that are not numbers. Get the model again.")
            yield block


def stacked_shape(tensors: Sequence[Tensor]) -> tuple[int, ...]:
    return (sum(tensor.shape[0] for tensor in tensors), *tensors[0].shape[1:])


def write_header(file: BinaryIO, name: str, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if size > MOST_BYTES:
        raise ModelError(f"{name} would take {size} bytes; a variable holds at most 4 GiB. Convert to int8.")
    write_string(file, name)
    file.write(struct.pack("B", len(shape)))
    file.write(struct.pack(f"{len(shape)}I", *shape))
    file.write(struct.pack("=BI", TYPES.index(dtype.name), size))


def write_string(file: BinaryIO, text: str) -> None:
    data = text.encode()
    file.write(struct.pack("H", len(data) + 1) + data + b"\0")


def write_model(file: BinaryIO, variables: Sequence[Variable], aliases: dict[str, str]) -> None:
    """Write the whole file; `aliases` maps a name to the variable it stands for."""
    file.write(struct.pack("I", VERSION))
    write_string(file, SPECIFICATION)
    file.write(struct.pack("II", REVISION, sum(variable.count for variable in variables)))
    for variable in variables:
        variable.write(file)
    file.write(struct.pack("I", len(aliases)))
    for alias, name in aliases.items():
        write_string(file, alias)
        write_string(file, name)
