"""What is looked at before a model's weights are downloaded: that it can be used, and that there is room."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from botcore.errors import DownloadError
from botcore_llama.arriving import PART, RemoteFile
from botcore_llama.catalog import Wanted
from botcore_llama.checkpoint import CheckpointConfig, read_config
from botcore_llama.loadable import DEFAULT, refuse_unloadable
from botcore_llama.memory import gigabytes, memory_of_machine
from botcore_llama.model_files import METADATA, ModelFiles, read_json
from botcore_llama.models_folder import downloads_folder, model_folder
from botcore_llama.planning import BESIDE_WEIGHTS, refuse_unfit_machine
from botcore_llama.pull_files import CONFIG, place_of
from botcore_llama.quantization import QUANTIZATIONS, Quantization, find_quantization
from botcore_llama.words import read_words, served_tokenizer


@dataclass(frozen=True, slots=True)
class Pull:
    """A model that is wanted here."""

    wanted: Wanted
    data_folder: Path
    quantization: str = "int8"
    for_another_machine: bool = False

    @property
    def target(self) -> Path:
        return model_folder(self.data_folder, self.wanted.name)

    @property
    def downloads(self) -> Path:
        return downloads_folder(self.target)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a conversion will give, as far as config.json tells."""

    quantization: Quantization
    size: int  # bytes of weights


def look_at(folder: Path, order: Pull) -> None:
    """Refuse a checkpoint that can't be used, from its small files alone."""
    config = read_config(folder)
    factor = (config.rope_scaling or {}).get("factor")
    read_words(folder, config.vocab_size, factor, [order.wanted.name, order.wanted.repository])
    _refuse_unfit(_estimate(config, order.quantization), order)


def look_at_converted(folder: Path, order: Pull, size: int) -> None:
    """Refuse a directory of CTranslate2's that can't be used, from its small files and its weights' size."""
    served_tokenizer(folder)
    if (folder / METADATA).is_file():
        read_json(folder / METADATA)
    form = read_json(folder / CONFIG).get("quantization")  # as our own conversion writes it
    known = form if isinstance(form, str) and form in QUANTIZATIONS else "int8"
    _refuse_unfit(Estimate(find_quantization(known), size), order)


def refuse_unrunnable(files: ModelFiles, order: Pull) -> None:
    """Refuse a converted model that this machine can't run, if it is for this one."""
    if not order.for_another_machine:
        from botcore_llama.ctranslate2_runner import compute_types

        refuse_unloadable(files, DEFAULT, compute_types(), memory_of_machine())


def _refuse_unfit(estimate: Estimate, order: Pull) -> None:
    if not order.for_another_machine:
        from botcore_llama.ctranslate2_runner import compute_types  # it takes a while to import

        refuse_unfit_machine(estimate, compute_types(), memory_of_machine())


def _estimate(config: CheckpointConfig, quantization: str) -> Estimate:
    form = find_quantization(quantization)
    return Estimate(form, parameters_of(config) * form.matrices.itemsize)


def parameters_of(config: CheckpointConfig) -> int:
    """Return how many numbers a network of that shape has."""
    width = config.hidden_size
    table = config.vocab_size * width * (1 if config.tie_word_embeddings else 2)
    heads = (config.num_attention_heads * 2 + config.num_key_value_heads * 2) * config.head_dim
    layer = width * heads + 3 * width * config.intermediate_size + 2 * width
    return table + config.num_hidden_layers * layer + width


def refuse_full_disk(order: Pull, files: Iterable[RemoteFile], folder: Path, *, is_converted: bool) -> None:
    """Refuse what the disk has no room for: what is still to come, and what is made of it."""
    coming = sum(file.size - _arrived(file, folder) for file in files)
    made = 0 if is_converted else _estimate(read_config(folder), order.quantization).size
    needed, free = coming + made + BESIDE_WEIGHTS, shutil.disk_usage(folder).free
    if needed <= free:
        return
    converted = f" and {gigabytes(made)} for the converted model" if made else ""
    raise DownloadError(
        f"{order.wanted.name} needs {gigabytes(coming)} for the download{converted}, and "
        f"{order.target.parent} has only {gigabytes(free)} free. Make room there, or let that folder be a "
        "link to a larger disk."
    )


def _arrived(file: RemoteFile, folder: Path) -> int:
    path = place_of(file, folder)
    part = path.with_name(path.name + PART)
    return next((each.stat().st_size for each in (path, part) if each.is_file()), 0)


def is_there(file: RemoteFile, folder: Path) -> bool:
    """Tell whether a file has come whole: it gets its name when its checksum is right."""
    path = place_of(file, folder)
    return path.is_file() and path.stat().st_size == file.size
