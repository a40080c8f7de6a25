"""Turns a Llama checkpoint into the directory that CTranslate2 runs.

What will be written is planned from the checkpoint's headers, and refused when the disk or the machine
is too small for it. Then weights are read, quantized and written in blocks of rows, so that memory does
not grow with the model. The directory appears whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botcore.errors import InputError
from botcore_llama.checkpoint import CheckpointConfig, open_checkpoint
from botcore_llama.memory import memory_of_machine
from botcore_llama.model_writer import Progress, write_model
from botcore_llama.partial_folder import new_folder, refuse_existing, remove_left_folders
from botcore_llama.planning import Plan, plan_conversion, refuse_full_disk, refuse_unfit_machine
from botcore_llama.provenance import write_provenance
from botcore_llama.quantization import find_quantization
from botcore_llama.settings import physical_cores
from botcore_llama.words import Words, read_words, refuse_other_chats

AT_THE_DISK = 2  # threads beyond the cores, as some always wait for a block to be read
MOST_THREADS = 8  # the disk keeps up with no more


def plan(source: Path, quantization: str = "int8", *, adapter: Path | None = None) -> Plan:
    """Return what a conversion would give, from the checkpoint's headers alone."""
    with open_checkpoint(source, adapter) as checkpoint:
        return plan_conversion(checkpoint, find_quantization(quantization))


def refuse_unfit(plan: Plan, output: Path, *, for_another_machine: bool = False) -> None:
    """Raise `InputError` when there is no room for the result, or this machine could not run it."""
    try:
        refuse_existing(output)
        remove_left_folders(output.parent)  # their room is needed
        refuse_full_disk(plan, output.parent)
    except OSError as error:
        raise InputError(_why(error, output)) from error
    if not for_another_machine:
        from botcore_llama.ctranslate2_runner import compute_types  # it takes a while to import

        refuse_unfit_machine(plan, compute_types(), memory_of_machine())


def convert(
    source: Path,
    output: Path,
    quantization: str = "int8",
    *,
    adapter: Path | None = None,
    for_another_machine: bool = False,
    tell: Callable[[Plan], None] | None = None,
    progress: Progress | None = None,
) -> None:
    """Convert the checkpoint in `source` to a new directory `output`.

    `adapter`: the folder of a LoRA adapter that is merged on the way. `tell` is called with what is
    going to be written, `progress` with the bytes that are and all of them. Nothing half written is
    left, whatever happens. Raises `InputError` and `ModelError`.
    """
    form = find_quantization(quantization)
    with open_checkpoint(source, adapter) as checkpoint:
        planned = plan_conversion(checkpoint, form)
        words = words_of(source, planned.config, output, adapter)
        refuse_unfit(planned, output, for_another_machine=for_another_machine)
        if tell:
            tell(planned)
        try:
            with new_folder(output) as folder:
                threads = min(MOST_THREADS, physical_cores() + AT_THE_DISK)
                write_model(folder / "model.bin", planned.layout, threads, progress)
                words.write(folder)
                write_json(folder / "config.json", description(planned) | words.settings())
                write_provenance(source, adapter, folder)
        except OSError as error:
            raise InputError(_why(error, output)) from error


def _why(error: OSError, output: Path) -> str:
    return f"{error.filename or output} can't be read or written ({error.strerror}). Nothing was kept."


def words_of(source: Path, config: CheckpointConfig, output: Path, adapter: Path | None = None) -> Words:
    """Read the checkpoint's words.

    Raises `ModelError` when its tokenizer does not fit, or when either was taught another chat format.
    """
    if adapter:
        refuse_other_chats(adapter)
    scaling = (config.rope_scaling or {}).get("factor") if config.rope_type == "llama3" else None
    return read_words(source, config.vocab_size, scaling, [output.name])


def description(planned: Plan) -> dict[str, Any]:
    """Return the runtime's settings, and what people and the model server want to know."""
    config: CheckpointConfig = planned.config
    return {
        "bos_token": "<|begin_of_text|>",
        "eos_token": "<|eot_id|>",
        "unk_token": "",
        "layer_norm_epsilon": config.rms_norm_eps,
        "multi_query_attention": config.num_key_value_heads != config.num_attention_heads,
        "context_tokens": config.max_position_embeddings,
        "quantization": planned.quantization.name,
    }


def write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
