"""Tensors that are still on disk: their shapes are known, their numbers are read a few rows at a time.

The plain one is a stretch of a file. The others are made of tensors: parts put together, rows in
another order, a change added on the way. None of them keeps numbers in memory, so that a checkpoint
of any size can be looked through, and read by several threads at once.
"""

from __future__ import annotations

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from botcore.errors import ModelError

Rows = NDArray[np.float32]

# The types that can be read, in safetensors' words. All files are little-endian.
NUMPY_TYPES: Final = {"BF16": np.dtype(ml_dtypes.bfloat16), "F16": np.dtype("<f2"), "F32": np.dtype("<f4")}
POINTER: Final = b"version https://git-lfs.github.com/spec/"  # how a file begins that was not fetched
BLOCK_VALUES = 1 << 24  # how many numbers are held in memory at once: 64 MiB


class Tensor(ABC):
    """One tensor of a checkpoint, still on disk."""

    name: str
    shape: tuple[int, ...]
    stored_type: str  # BF16, F16 or F32

    @abstractmethod
    def rows(self, start: int, stop: int) -> Rows:
        """Read the rows from `start` to before `stop`, as float32, into an array of their own.

        Several threads may do so at once.
        """

    def blocks(self, most_values: int = BLOCK_VALUES) -> Iterator[Rows]:
        """Yield the rows in order, as many at a time as hold at most this many numbers."""
        step = max(1, most_values // max(1, math.prod(self.shape[1:])))
        for start in range(0, self.shape[0], step):
            yield self.rows(start, min(start + step, self.shape[0]))


class WeightsFile:
    """A file of numbers. It is read at given places, never mapped: mapped pages count as memory in use."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises `ModelError` when it can't be read, or is not the file itself."""
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise ModelError(f"{path} can't be read ({error.strerror}).") from error
        self.size = os.fstat(self._descriptor).st_size
        if os.pread(self._descriptor, len(POINTER), 0) == POINTER:
            self.close()
            raise ModelError(f"{path} only says where git-lfs keeps it. Run `git lfs pull` in its folder.")

    def close(self) -> None:
        os.close(self._descriptor)

    def read(self, offset: int, count: int) -> NDArray[np.uint8]:
        """Read so many bytes from there on."""
        buffer = np.empty(count, np.uint8)
        done = 0
        while done < count:
            got = os.preadv(self._descriptor, [buffer[done:].data], offset + done)
            if got == 0:
                raise ModelError(
                    f"{self.path} is damaged or cut off (it ends too early). Get the file again."
                )
            done += got
        return buffer


@dataclass(frozen=True, slots=True)
class StoredTensor(Tensor):
    """A stretch of a file that holds the rows one behind the other."""

    name: str
    shape: tuple[int, ...]
    stored_type: str
    file: WeightsFile
    offset: int  # of the first number, in bytes from the file's beginning

    def rows(self, start: int, stop: int) -> Rows:
        width = math.prod(self.shape[1:])
        size = width * NUMPY_TYPES[self.stored_type].itemsize
        raw = self.file.read(self.offset + start * size, (stop - start) * size)
        return as_float32(raw, self.stored_type).reshape(stop - start, *self.shape[1:])

    def columns(self, start: int, stop: int) -> Rows:
        """Read some columns of a matrix that has few rows."""
        height, width = self.shape
        item = NUMPY_TYPES[self.stored_type].itemsize
        places = (self.offset + (row * width + start) * item for row in range(height))
        taken = [self.file.read(place, (stop - start) * item) for place in places]
        return np.stack([as_float32(raw, self.stored_type) for raw in taken])


def as_float32(raw: NDArray[np.uint8], stored_type: str) -> Rows:
    """Return the numbers that these little-endian bytes are."""
    numbers: Rows = raw.view(NUMPY_TYPES[stored_type]).astype(np.float32, copy=False)
    return numbers
