"""Which files of a repository a model needs: neither Meta's originals, nor pickles, nor other forms."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from botcore.errors import DownloadError, ModelError
from botcore_llama.arriving import RemoteFile
from botcore_llama.hub import Repository

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
WEIGHTS = "model.safetensors"
CONVERTED = "model.bin"  # CTranslate2's
ADAPTER = "adapter_config.json"

_WORDS = (
    "tokenizer.model",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
)
_ORIGINAL_WORDS = "original/tokenizer.model"  # where Meta's repositories have it
_LEGAL = re.compile(r"(LICEN[CS]E|NOTICE|USE_POLICY)(\.(txt|md))?", re.IGNORECASE)
_SHARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be brought of a repository."""

    is_converted: bool  # a directory that CTranslate2 runs as it is
    first: Sequence[RemoteFile]  # the small ones, from which one sees whether the model can be used


def choose(repository: Repository, page: str) -> Choice:
    """Return what a repository offers; raise `DownloadError` when it is nothing that can be used."""
    files = repository.files
    is_converted = CONVERTED in files and "vocabulary.json" in files
    if CONFIG not in files or not (is_converted or WEIGHTS in files or INDEX in files):
        raise DownloadError(_of_no_use(repository, page))
    names = [CONFIG, *(("vocabulary.json", "botcore-model.json") if is_converted else (INDEX,)), *_WORDS]
    if not {"tokenizer.model", "tokenizer.json"} & files.keys():
        names.append(_ORIGINAL_WORDS)
    legal = [name for name in files if _LEGAL.fullmatch(name)]
    return Choice(is_converted, [files[name] for name in [*names, *legal] if name in files])


def place_of(file: RemoteFile, folder: Path) -> Path:
    """Return where a file goes: Meta's tokenizer beside the rest, where it is looked for."""
    return folder / Path(file.name).name


def weights(repository: Repository, choice: Choice, folder: Path) -> list[RemoteFile]:
    """Return the large files, once the small ones are in `folder`."""
    if choice.is_converted:
        return [repository.files[CONVERTED]]
    if INDEX not in repository.files:
        return [repository.files[WEIGHTS]]
    names = _shards(folder / INDEX)
    if missing := [name for name in names if name not in repository.files]:
        raise ModelError(
            f"{repository.name} is incomplete: its index names {missing[0]}, which is not there. "
            "Choose another revision or repository."
        )
    return [repository.files[name] for name in names]


def _shards(index: Path) -> list[str]:
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"The repository's {INDEX} is damaged ({type(error).__name__}: {error}).") from error
    if not names:
        raise ModelError(f"The repository's {INDEX} is damaged: it names no files.")
    if odd := [name for name in names if not isinstance(name, str) or not _SHARD.fullmatch(name)]:
        raise ModelError(f"The repository's {INDEX} names {odd[0]!r}, which is no file of weights beside it.")
    return sorted(names)


def _of_no_use(repository: Repository, page: str) -> str:
    names = repository.files
    if ADAPTER in names:
        return (
            f"{page} is a LoRA adapter, not a whole model. Download it and the model that it changes, and "
            "merge them with `botcore model convert SOURCE --adapter FOLDER`."
        )
    for ending, what in ((".gguf", "GGUF files, which are for llama.cpp"), (".pth", "Meta's own files")):
        if any(name.endswith(ending) for name in names):
            return f"{page} holds {what}. Pull the repository that has the model as safetensors."
    if any(name.endswith((".bin", ".pt", ".ckpt")) for name in names):
        return (
            f"{page} holds pickled weights, which can run code when they are opened. Pull a repository that "
            "has the model as safetensors."
        )
    return f"{page} holds no model that can be used: neither config.json with safetensors, nor CTranslate2's."
