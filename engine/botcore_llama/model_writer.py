"""Writes `model.bin`, the file that CTranslate2 reads its variables from.

Its form: version, name and revision of the specification, the number of variables; for each its
name, rank, dimensions, type, byte count and data; then aliases, names that share another's data.
All sizes follow from the shapes. So the place of every row is known before the first one is read,
and several threads read, quantize and write rows at once, in no order.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from botcore.errors import ModelError
from botcore_llama.checkpoint import Tensor
from botcore_llama.model_bin import SPECIFICATION, TYPES
from botcore_llama.parallel import run_all
from botcore_llama.quantization import FLOAT32, INT8, narrow, quantize

VERSION = 6
REVISION = 8
MOST_BYTES = 2**32 - 1  # a variable's byte count is written in 32 bits

BLOCK_VALUES = 1 << 19  # how many numbers a thread works on: 2 MiB of float32, which stay in its cache

# What file systems answer that can't take space ahead: they tell when they are full, while it is written.
NO_RESERVING = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)

Progress = Callable[[int, int], None]
"""Called now and then with the bytes that are done and those of the whole file."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A setting of the network."""

    name: str
    value: np.generic


@dataclass(frozen=True, slots=True)
class Stack:
    """Tensors one above the other, as numbers of one type. Int8 has a scale for each row, kept beside it."""

    name: str
    tensors: Sequence[Tensor]
    form: np.dtype[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        return (sum(tensor.shape[0] for tensor in self.tensors), *self.tensors[0].shape[1:])


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands where in the file; offsets and sizes in bytes."""

    texts: Mapping[int, bytes]  # headers, settings and aliases, by where they stand
    stacks: Sequence[tuple[Stack, int, int]]  # where its data begins, where its scales do (int8 only)
    size: int


def lay_out(variables: Sequence[Scalar | Stack], aliases: Mapping[str, str]) -> Layout:
    """Give everything its place. `aliases` maps a name to the variable it stands for.

    Raises `ModelError` when a variable is larger than the format can say.
    """
    scales = sum(isinstance(one, Stack) and one.form == INT8 for one in variables)
    head = struct.pack("<I", VERSION) + _string(SPECIFICATION)
    texts = {0: head + struct.pack("<II", REVISION, len(variables) + scales)}
    size, stacks = len(texts[0]), []
    for one in variables:
        if isinstance(one, Scalar):
            texts[size] = _header(one.name, (), one.value.dtype) + one.value.tobytes()
            size += len(texts[size])
            continue
        texts[size] = _header(one.name, one.shape, one.form)
        data = size + len(texts[size])
        size = data + prod(one.shape) * one.form.itemsize
        scale = size
        if one.form == INT8:
            texts[size] = _header(f"{one.name}_scale", one.shape[:1], FLOAT32)
            scale = size + len(texts[size])
            size = scale + one.shape[0] * FLOAT32.itemsize
        stacks.append((one, data, scale))
    names = (_string(alias) + _string(name) for alias, name in aliases.items())
    texts[size] = struct.pack("<I", len(aliases)) + b"".join(names)
    return Layout(texts, stacks, size + len(texts[size]))


def _header(name: str, shape: tuple[int, ...], form: np.dtype[Any]) -> bytes:
    size = prod(shape) * form.itemsize
    if size > MOST_BYTES:
        raise ModelError(
            f"{name} would take {size / 2**30:.1f} GiB as {form.name}; a variable holds at most 4 GiB. "
            "Convert to int8."
        )
    dimensions = struct.pack(f"<B{len(shape)}I", len(shape), *shape)
    return _string(name) + dimensions + struct.pack("<BI", TYPES.index(form.name), size)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<H", len(data) + 1) + data + b"\0"


def write_model(path: Path, layout: Layout, threads: int, progress: Progress | None = None) -> None:
    """Write the whole file and bring it to the disk."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        _reserve(file, layout.size)
        for offset, text in layout.texts.items():
            _write(file, memoryview(text), offset)
        done = sum(map(len, layout.texts.values()))
        # Closed before the file is: no thread may write to a number that is another file's by then.
        with closing(run_all(_writes(file, layout), threads)) as results:
            for written in results:
                done += written
                if progress:
                    progress(done, layout.size)
        os.fsync(file)
    finally:
        os.close(file)


def _reserve(file: int, size: int) -> None:
    """Take the space at once, so that a disk that is too small is found before anything is computed."""
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        if error.errno not in NO_RESERVING:
            raise


def _writes(file: int, layout: Layout) -> Iterator[Callable[[], int]]:
    """Yield what is to be done: each writes some rows and returns how many bytes they took."""
    for stack, data, scales in layout.stacks:
        row_bytes = prod(stack.shape[1:]) * stack.form.itemsize
        for tensor in stack.tensors:
            for start, stop in blocks_of(tensor):
                place = data + start * row_bytes
                yield partial(_write_rows, file, stack.form, tensor, start, stop, place, scales + start * 4)
            data += tensor.shape[0] * row_bytes
            scales += tensor.shape[0] * FLOAT32.itemsize


def blocks_of(tensor: Tensor) -> Iterator[tuple[int, int]]:
    step = max(1, BLOCK_VALUES // prod(tensor.shape[1:]))
    for start in range(0, tensor.shape[0], step):
        yield start, min(start + step, tensor.shape[0])


def _write_rows(
    file: int, form: np.dtype[Any], tensor: Tensor, start: int, stop: int, place: int, scale_place: int
) -> int:
    rows = tensor.rows(start, stop)
    if form != INT8:
        return _write(file, _bytes(narrow(rows, form, tensor.name)), place)
    numbers, scales = quantize(rows, tensor.name)
    return _write(file, _bytes(numbers), place) + _write(file, _bytes(scales), scale_place)


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _write(file: int, data: memoryview, place: int) -> int:
    """Write all of it there, which a single call need not do."""
    done = 0
    while done < len(data):
        done += os.pwrite(file, data[done:], place + done)
    return done
