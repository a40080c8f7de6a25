"""The forms that weights are stored in, computed as CTranslate2's own converter computes them.

See `ctranslate2/specs/model_spec.py`. What it writes as infinity, because the form ends before the
number, is refused here: a network with an infinity in it answers nonsense.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from botcore.errors import InputError, ModelError

INT8, FLOAT16, FLOAT32 = (np.dtype(each) for each in (np.int8, np.float16, np.float32))
BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
LARGEST_INT8 = np.float32(127)


@dataclass(frozen=True, slots=True)
class Quantization:
    """What the numbers of a model are stored as."""

    name: str  # as CTranslate2 calls it
    matrices: np.dtype[Any]  # int8 goes with a float32 scale for each row
    vectors: np.dtype[Any]  # of the norms, which are never in 8 bits


_ALL = (
    Quantization("int8", INT8, FLOAT32),
    Quantization("int8_float16", INT8, FLOAT16),
    Quantization("int8_bfloat16", INT8, BFLOAT16),
    Quantization("float16", FLOAT16, FLOAT16),
    Quantization("bfloat16", BFLOAT16, BFLOAT16),
    Quantization("float32", FLOAT32, FLOAT32),
)
QUANTIZATIONS: Mapping[str, Quantization] = {each.name: each for each in _ALL}


def find_quantization(name: str) -> Quantization:
    if name not in QUANTIZATIONS:
        raise InputError(f"Unknown quantization {name!r}. Use one of: {', '.join(QUANTIZATIONS)}.")
    return QUANTIZATIONS[name]


def quantize(rows: NDArray[np.float32], name: str) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return the rows in 8 bits, and what each was multiplied by so that its largest number is 127.

    `name` is the tensor's, for the error when a number is infinite or none.
    """
    largest = np.abs(rows).max(axis=1)
    _refuse_infinite(largest, name)
    largest[largest == 0] = LARGEST_INT8
    # The scale of a row of tiny numbers must still be a float32.
    largest = np.maximum(largest, LARGEST_INT8 / np.finfo(np.float32).max)
    scale = LARGEST_INT8 / largest
    scaled = rows * scale[:, None]
    return np.rint(scaled, out=scaled).astype(np.int8), scale


def narrow(numbers: NDArray[np.float32], form: np.dtype[Any], name: str) -> NDArray[Any]:
    """Return the numbers as this kind of float, rounded to the nearest, of two to the even one."""
    with np.errstate(over="ignore"):  # told below, with the name
        narrowed = numbers.astype(form)
    if not np.isfinite(narrowed).all():
        _refuse_infinite(numbers, name)
        raise ModelError(
            f"{name} has numbers up to {np.abs(numbers).max():g}, more than {form.name} holds. "
            "Convert to int8, bfloat16 or float32."
        )
    return narrowed


def _refuse_infinite(numbers: NDArray[np.float32], name: str) -> None:
    if not np.isfinite(numbers).all():
        raise ModelError(f"{name} has values that are not numbers. Get the model again.")
