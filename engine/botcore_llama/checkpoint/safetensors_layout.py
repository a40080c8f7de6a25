"""The layout of Hugging Face: `*.safetensors`, one or many, with an index when there are many.

The format: https://huggingface.co/docs/safetensors. A pickled checkpoint is not read in this layout:
it can run code when it is opened, and the same model is there as safetensors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from safetensors import SafetensorError, safe_open

from botcore.errors import ModelError
from botcore_llama.checkpoint.tensors import StoredTensor, WeightsFile

INDEX = "model.safetensors.index.json"
LENGTH_BYTES = 8  # of the header's length, in front of it


def open_safetensors(folder: Path, files: ExitStack) -> dict[str, StoredTensor]:
    """Read the headers of all files of a folder; `files` closes them."""
    tensors: dict[str, StoredTensor] = {}
    for path in shards(folder):
        tensors |= read_header(files.enter_context(closing(WeightsFile(path))))
    return tensors


def read_header(file: WeightsFile) -> dict[str, StoredTensor]:
    """Return the tensors of one file."""
    try:
        with safe_open(file.path, framework="numpy"):
            pass  # it checks the header, all of it; where the data is, it does not tell
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{file.path} is damaged or cut off ({error}). Get the file again.") from error
    length = int.from_bytes(file.read(0, LENGTH_BYTES).tobytes(), "little")
    header: dict[str, Mapping[str, list[int] | str]] = json.loads(file.read(LENGTH_BYTES, length).tobytes())
    header.pop("__metadata__", None)
    return {name: _tensor(name, entry, file, LENGTH_BYTES + length) for name, entry in header.items()}


def _tensor(name: str, entry: Mapping[str, list[int] | str], file: WeightsFile, data: int) -> StoredTensor:
    begin, _ = (int(offset) for offset in entry["data_offsets"])
    shape = tuple(int(size) for size in entry["shape"])
    return StoredTensor(name, shape, str(entry["dtype"]), file, data + begin)


def shards(folder: Path) -> list[Path]:
    """Return the safetensors files that make up the checkpoint."""
    index = folder / INDEX
    paths = _indexed(index) if index.is_file() else sorted(folder.glob("*.safetensors"))
    if not paths:
        raise ModelError(_nothing_to_read(folder))
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise ModelError(f"{folder} is incomplete: {', '.join(missing)} is missing. Get it again.")
    return paths


def _indexed(index: Path) -> list[Path]:
    try:
        names = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        return [index.parent / Path(name).name for name in sorted(set(names))]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{index} is damaged: {error}.") from error


def _nothing_to_read(folder: Path) -> str:
    pickled = [*folder.glob("*.bin"), *folder.glob("*.pt"), *folder.glob("*.pth")]
    if pickled:
        return (
            f"{pickled[0]} is a pickled checkpoint, which can run code when it is opened. "
            "Get the model as safetensors."
        )
    return f"{folder} has no *.safetensors files."
