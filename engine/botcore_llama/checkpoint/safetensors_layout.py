"""The layout of Hugging Face: `config.json` and `*.safetensors`, with an index when there are many.

The format: https://huggingface.co/docs/safetensors. A pickled checkpoint is not read in this layout:
it can run code when it is opened, and the same model is there as safetensors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from safetensors import SafetensorError, safe_open

from botcore.errors import ModelError
from botcore_llama.checkpoint.config import CONFIG, read_config
from botcore_llama.checkpoint.opened import Contents
from botcore_llama.checkpoint.tensors import StoredTensor, WeightsFile
from botcore_llama.checkpoint.wording import shown

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
ADAPTER = "adapter_model.safetensors"
NUMBERED: Final = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.safetensors")
LENGTH_BYTES = 8  # of the header's length, in front of it


def open_hugging_face(folder: Path, files: ExitStack) -> Contents:
    """Read the headers of all files of a folder; `files` closes them."""
    config = read_config(folder)
    index = folder / INDEX
    where = read_index(index) if index.is_file() else {}
    paths = [folder / name for name in sorted(set(where.values()))] or unindexed_files(folder)
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise ModelError(f"{folder} is incomplete: {', '.join(missing)} is missing. Get it again.")
    headers = {path.name: read_header(files.enter_context(closing(WeightsFile(path)))) for path in paths}
    tensors = _indexed(index, where, headers) if where else _merged(folder, headers)
    return Contents("Hugging Face's safetensors", CONFIG, config, tensors, paths)


def _indexed(
    index: Path, where: Mapping[str, str], headers: Mapping[str, Mapping[str, StoredTensor]]
) -> dict[str, StoredTensor]:
    for name, file in where.items():
        if name not in headers[file]:
            raise ModelError(
                f"{index} says that {file} holds {shown(name)}, but it does not. "
                "They do not belong together: get the model again."
            )
    return {name: headers[file][name] for name, file in where.items()}


def _merged(folder: Path, headers: Mapping[str, Mapping[str, StoredTensor]]) -> dict[str, StoredTensor]:
    tensors: dict[str, StoredTensor] = {}
    for file, found in headers.items():
        twice = tensors.keys() & found.keys()
        if twice:
            raise ModelError(
                f"{folder}: {shown(min(twice))} is in {file} and in another file. "
                "Leave only the files of one model."
            )
        tensors |= found
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


def read_index(index: Path) -> dict[str, str]:
    """Return in which file of the same folder each tensor is."""
    try:
        where = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        strangers = [file for file in where.values() if not _is_plain_name(file)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{index} is damaged: {error}.") from error
    if strangers or not where:
        named = (
            f"names {shown(repr(strangers[0]))}, which is no file of its folder"
            if strangers
            else "names no files"
        )
        raise ModelError(f"{index} {named}. Get the model again, from those who made it.")
    return dict(where)


def _is_plain_name(name: object) -> bool:
    """Tell whether it is the name of a file beside the index, and leads nowhere else."""
    return isinstance(name, str) and bool(re.fullmatch(r"[\w.-]+\.safetensors", name))


def unindexed_files(folder: Path) -> list[Path]:
    """Return the files of a folder that has no index, and those that their names say are missing."""
    found = sorted(path for path in folder.glob("*.safetensors") if path.name != ADAPTER)
    if folder / SINGLE in found:
        return [folder / SINGLE]
    if not found:
        raise ModelError(_nothing_to_read(folder))
    parts = [match for path in found if (match := NUMBERED.fullmatch(path.name))]
    if len(parts) < len(found):
        return found
    stem, _, count = parts[0].groups()
    return [folder / f"{stem}-{n:05}-of-{count}.safetensors" for n in range(1, int(count) + 1)]


def _nothing_to_read(folder: Path) -> str:
    pickled = [*folder.glob("*.bin"), *folder.glob("*.pt"), *folder.glob("*.pth")]
    if pickled:
        return (
            f"{pickled[0]} is a pickled checkpoint, which can run code when it is opened. "
            "Get the model as safetensors."
        )
    if (folder / ADAPTER).is_file():
        return f"{folder} holds an adapter, no model. Give the model it was made for, and it with --adapter."
    return f"{folder} has no *.safetensors files."
