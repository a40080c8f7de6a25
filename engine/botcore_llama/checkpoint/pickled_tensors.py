"""What the pickle of a checkpoint may describe: tensors, and where their numbers are.

Every name that torch writes into one is in these tables, beside what is made of it here. What torch
makes of them: `torch/_utils.py` and `torch/serialization.py` (version 2.13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from botcore_llama.checkpoint.wording import shown

STORAGES: Final = {
    "BFloat16Storage": "BF16",
    "HalfStorage": "F16",
    "FloatStorage": "F32",
    "DoubleStorage": "F64",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
    "ComplexFloatStorage": "C64",
    "ComplexDoubleStorage": "C128",
}
# Of types that have no storage of their own; torch names these beside the tensor.
TYPES: Final = {
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "uint16": "U16",
    "uint32": "U32",
    "uint64": "U64",
}
UNTYPED: Final = "bytes"
ITEM_BYTES: Final = {
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "I8", "U8", "BOOL", UNTYPED), 1),
    **dict.fromkeys(("BF16", "F16", "I16", "U16"), 2),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 8),
    "C128": 16,
}


class Refused(Exception):
    """The pickle wants what no checkpoint needs. The text says what."""


class Damaged(Exception):
    """The pickle, or the archive around it, makes no sense. The text says where."""


@dataclass(frozen=True, slots=True)
class Name:
    """Something the pickle would import. It stands for nothing but itself."""

    module: str
    name: str

    def __str__(self) -> str:
        return shown(f"{self.module}.{self.name}")


@dataclass(frozen=True, slots=True)
class Storage:
    """A member of the archive that holds numbers."""

    key: str
    type: str  # in safetensors' words
    count: int  # of the numbers


@dataclass(frozen=True, slots=True)
class PickledTensor:
    """Where a tensor lies within a storage."""

    storage: Storage
    type: str
    offset: int  # in numbers, from the storage's beginning
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in numbers


def known_name(module: object, name: object) -> Name:
    """Return a name that has a place in a checkpoint.

    Raises `Refused` for any other.
    """
    if not isinstance(module, str) or not isinstance(name, str):
        raise Refused("it asks for something whose name is no text")
    found = Name(module, name)
    if found not in NAMES:
        raise Refused(f"it asks for {found}, which has no place in a checkpoint and may be meant to run code")
    return found


def storage_of(reference: object) -> Storage:
    """Return the storage that a persistent id of torch means."""
    match reference:
        case ("storage", Name(module="torch", name=kind), str(key), str(), int(count)) if kind in STORAGES:
            return Storage(key, STORAGES[kind], _size(count))
        case ("storage", Name(name="UntypedStorage"), str(key), str(), int(count)):
            return Storage(key, UNTYPED, _size(count))
    raise Refused("it refers to something that is no storage of numbers")


def _tensor(
    storage: object, offset: object, shape: object, strides: object, *rest: object, kind: str | None = None
) -> PickledTensor:
    if not (isinstance(storage, Storage) and isinstance(shape, tuple) and isinstance(strides, tuple)):
        raise Damaged("it describes a tensor that has no storage or no shape")
    sizes, steps = tuple(map(_size, shape)), tuple(map(_size, strides))
    if len(sizes) != len(steps):
        raise Damaged("it describes a tensor whose strides do not fit its shape")
    return PickledTensor(storage, kind or storage.type, _size(offset), sizes, steps)


def _typed_tensor(*arguments: object) -> PickledTensor:
    """The third form has the type in its seventh place."""
    kind = arguments[6]
    if not isinstance(kind, Name) or kind.name not in TYPES:
        raise Damaged("it describes a tensor of no known type")
    return _tensor(*arguments[:4], kind=TYPES[kind.name])


def _parameter(tensor: object, *_: object) -> PickledTensor:
    if not isinstance(tensor, PickledTensor):
        raise Damaged("it describes a parameter that is no tensor")
    return tensor


def _ordered(*entries: object) -> dict[str, object]:
    if entries:
        raise Refused("it builds a dictionary in a way that torch does not")
    return {}


def _size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Damaged("it describes a tensor whose sizes are no numbers")
    return value


BUILDERS: Final[Mapping[Name, Callable[..., object]]] = {
    Name("collections", "OrderedDict"): _ordered,
    Name("torch._utils", "_rebuild_tensor_v2"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v3"): _typed_tensor,
    Name("torch._utils", "_rebuild_parameter"): _parameter,
}
NAMES: Final = frozenset(
    {
        *BUILDERS,
        Name("torch.storage", "UntypedStorage"),
        *(Name("torch", name) for name in (*STORAGES, *TYPES)),
    }
)
