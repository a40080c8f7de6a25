"""What stands in `model.bin`, the file that CTranslate2 reads its variables from.

A file from elsewhere is not believed: CTranslate2 copies as many bytes as it says into as much room as
its shapes take, so both must agree with each other, and the shapes with the network.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from botcore.errors import ModelError

SPECIFICATION = "TransformerDecoderSpec"
TYPES = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
SIZES = {"float32": 4, "int8": 1, "int16": 2, "int32": 4, "float16": 2, "bfloat16": 2}  # bytes
SCALARS = {"float32": "f", "int8": "b", "int16": "h", "int32": "i"}
MOST_DIMENSIONS = 2  # of anything in a Llama

TABLE, LAYER = "decoder/embeddings/weight", "decoder/layer_{}/"
PROJECTION = "decoder/projection/weight"  # not there when it is the embedding table


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of `model.bin`."""

    shape: tuple[int, ...]
    type: str
    value: float | None  # of scalars

    @property
    def elements(self) -> int:
        return prod(self.shape)


def read_variables(path: Path) -> dict[str, Variable]:
    """Read the names, shapes and types of all variables, and see that their data is there.

    Raises `ModelError`.
    """
    try:
        with path.open("rb") as file:
            return _read_variables(file, path.stat().st_size)
    except (OSError, ValueError, struct.error, IndexError) as error:
        raise ModelError(
            f"{path} is damaged or cut off ({error}). Convert or get the model again."
        ) from error


def _read_variables(file: BinaryIO, size: int) -> dict[str, Variable]:
    version, name, _revision, count = _unpack(file, "I")[0], _string(file), *_unpack(file, "II")
    if name != SPECIFICATION:
        raise ValueError(f"version {version} of {name[:40]!r} is not what CTranslate2 writes for Llama")
    variables = {}
    for _ in range(count):
        variable_name = _string(file)
        variables[variable_name] = _variable(file, variable_name)
        if file.tell() > size:
            raise ValueError(f"it ends within {variable_name}")
    return variables


def _variable(file: BinaryIO, name: str) -> Variable:
    (rank,) = _unpack(file, "B")
    shape = _unpack(file, f"{rank}I")
    kind, length = _unpack(file, "=BI")
    start = file.tell()
    form = TYPES[kind]
    if rank > MOST_DIMENSIONS or length != prod(shape) * SIZES[form]:
        raise ValueError(f"{name[:80]!r} has {length} bytes, which are not {shape[:4]} of {form}")
    letter = SCALARS.get(form) if rank == 0 else None
    value = _unpack(file, letter)[0] if letter else None
    file.seek(start + length)
    return Variable(shape, form, value)


def _string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "H")
    return file.read(length)[:-1].decode()


def _unpack(file: BinaryIO, form: str) -> tuple[Any, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def check_network(path: Path, variables: Mapping[str, Variable]) -> None:
    """See that the variables make a Llama; raise `ModelError` when they don't fit together."""
    needed = (
        "decoder/num_heads",
        TABLE,
        *(f"{LAYER.format(0)}{name}" for name in ("self_attention/rotary_base", *_WEIGHTS)),
    )
    if not all(name in variables for name in needed):
        raise ModelError(f"{path} holds a model of another kind. Only the Llama 3 family is supported.")
    heads, key_heads = heads_of(variables)
    if heads < 1 or key_heads < 1 or heads % key_heads:
        raise ModelError(
            f"{path} is damaged: it has {heads} heads, and {key_heads} for keys and values. "
            "Convert or get the model again."
        )
    for name, shape in _wanted_shapes(variables):
        found = variables.get(name)
        if found is None or found.shape != shape:
            what = f"has the shape {found.shape}" if found else "is missing"
            raise ModelError(
                f"{path} is damaged: {name} {what}, where the rest of the model needs {shape}. "
                "Convert or get the model again."
            )


_WEIGHTS = (
    "self_attention/layer_norm/gamma",
    "self_attention/linear_0/weight",
    "self_attention/linear_1/weight",
    "ffn/layer_norm/gamma",
    "ffn/linear_0/weight",
    "ffn/linear_0_noact/weight",
    "ffn/linear_1/weight",
)


def _wanted_shapes(variables: Mapping[str, Variable]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield every weight with the shape that it must have beside the others."""
    first = LAYER.format(0)
    rows, width = _sides(variables[TABLE])
    heads, key_heads = heads_of(variables)
    _, joined = _sides(variables[f"{first}self_attention/linear_1/weight"])  # of all heads
    inner, _ = _sides(variables[f"{first}ffn/linear_0/weight"])
    attention = joined + 2 * key_heads * (joined // heads)
    shapes = ((width,), (attention, width), (width, joined), (width,), (inner, width), (inner, width))
    layer_shapes = dict(zip(_WEIGHTS, (*shapes, (width, inner)), strict=True))
    layers = sum(name.endswith("/ffn/layer_norm/gamma") for name in variables)
    weights = {TABLE: (rows, width), "decoder/layer_norm/gamma": (width,)}
    weights |= {PROJECTION: (rows, width)} if PROJECTION in variables else {}
    for layer in range(layers):
        weights |= {f"{LAYER.format(layer)}{name}": shape for name, shape in layer_shapes.items()}
    for name, shape in weights.items():
        yield name, shape
        if name in variables and variables[name].type == "int8":
            yield f"{name}_scale", shape[:1]


def _sides(variable: Variable) -> tuple[int, int]:
    """Return a matrix's height and width; of what is none, what no other weight fits."""
    return (variable.shape[0], variable.shape[1]) if len(variable.shape) == MOST_DIMENSIONS else (0, 0)


def heads_of(variables: Mapping[str, Variable]) -> tuple[int, int]:
    """Return how many heads there are, and how many of keys and values."""
    heads = variables["decoder/num_heads"]
    key_heads = variables.get(f"{LAYER.format(0)}self_attention/num_heads_kv", heads)
    return int(heads.value or 0), int(key_heads.value or 0)
