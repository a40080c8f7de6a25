"""What a converted model's directory holds, read without loading it.

Only headers are read, so this takes milliseconds whatever the model's size, and finds a file that is
damaged or cut off before a model server is started on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botcore.errors import ModelError
from botcore_llama.family import Family, find_family
from botcore_llama.generation import read_generation
from botcore_llama.model_bin import LAYER, TABLE, Variable, check_network, heads_of, read_variables

BUNDLED = Path(__file__).parent / "bundled"
METADATA = "botcore-model.json"
VOCABULARY = "vocabulary.json"
FILES = ("model.bin", "config.json", VOCABULARY)
TOKENIZERS = ("tokenizer.model", "tokenizer.json")  # one of them; Meta's own is the quicker one to read

LLAMA3_SCALING = 2  # CTranslate2's number of this kind of RoPE scaling

# A directory that CTranslate2's own converter made does not tell. All of the family can read this.
USUAL_CONTEXT_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model that can be loaded, as far as one can tell."""

    folder: Path
    name: str
    context_tokens: int
    layers: int
    hidden_size: int
    heads: int
    key_heads: int
    head_size: int
    vocabulary_size: int
    parameters: int
    weights_type: str  # int8, float32 …
    size: int  # of model.bin, in bytes
    metadata: Mapping[str, Any]  # what those who made the model say about it
    family: Family
    end_tokens: tuple[int, ...]  # those that end an answer beside the ones its family has anyway
    lacks_scaling: bool  # made by a converter that forgot how Llama 3.1 and later count far positions


def read_model_files(folder: Path) -> ModelFiles:
    """Read and check a directory that CTranslate2 can run."""
    check_files(folder)
    config = read_json(folder / "config.json")
    generation = read_generation(folder)
    told = read_json(folder / METADATA) if (folder / METADATA).is_file() else {}
    name = str(told.get("name") or folder.resolve().name)
    path = folder / "model.bin"
    variables = read_variables(path)
    check_network(path, variables)
    layer = LAYER.format(0)
    table = variables[TABLE]
    heads, key_heads = heads_of(variables)
    return ModelFiles(
        folder=folder,
        name=name,
        context_tokens=context_of(config, folder / "config.json"),
        layers=sum(name.endswith("/ffn/layer_norm/gamma") for name in variables),
        hidden_size=table.shape[1],
        heads=heads,
        key_heads=key_heads,
        head_size=variables[f"{layer}self_attention/linear_1/weight"].shape[1] // heads,
        vocabulary_size=table.shape[0],
        parameters=sum(v.elements for name, v in variables.items() if is_parameter(name, v)),
        weights_type=variables[f"{layer}ffn/linear_0/weight"].type,
        size=path.stat().st_size,
        metadata={**generation.sampling, **told},
        family=family_of(config, variables, [name, folder.resolve().name], folder / "config.json"),
        end_tokens=ends_of(config, folder / "config.json") or generation.end_tokens,
        lacks_scaling=lacks_scaling(variables),
    )


def context_of(config: Mapping[str, Any], path: Path) -> int:
    context = config.get("context_tokens", USUAL_CONTEXT_TOKENS)
    if not isinstance(context, int) or context < 1:
        raise ModelError(f"{path} is damaged: its context_tokens is {context!r}.")
    return context


def family_of(
    config: Mapping[str, Any], variables: Mapping[str, Variable], names: Sequence[str], path: Path
) -> Family:
    """Return the generation that was found at the conversion; elsewhere it is found now."""
    told = config.get("family")
    if told in tuple(Family):
        return Family(told)
    if told is not None:
        raise ModelError(f"{path} is damaged: its family is {told!r}.")
    first = "decoder/layer_0/self_attention/"
    kind = variables.get(f"{first}rotary_scaling_type")
    if kind is None or kind.value != LLAMA3_SCALING:
        return find_family(None, names)
    factor = variables.get(f"{first}rotary_scaling_factor")  # CTranslate2's own converter forgets it
    return find_family(float(factor.value or 0) if factor else 0, names)


def lacks_scaling(variables: Mapping[str, Variable]) -> bool:
    """Tell whether RoPE is to be scaled as Llama 3.1's, and by which factor was left out."""
    first = "decoder/layer_0/self_attention/"
    kind = variables.get(f"{first}rotary_scaling_type")
    is_scaled = kind is not None and kind.value == LLAMA3_SCALING
    return is_scaled and f"{first}rotary_scaling_factor" not in variables


def ends_of(config: Mapping[str, Any], path: Path) -> tuple[int, ...]:
    ends = config.get("end_tokens", [])
    if not isinstance(ends, list) or not all(type(token) is int and token >= 0 for token in ends):
        raise ModelError(f"{path} is damaged: its end_tokens are {ends!r}.")
    return tuple(ends)


def is_parameter(name: str, variable: Variable) -> bool:
    return variable.shape != () and not name.endswith("_scale")


def check_files(folder: Path) -> None:
    if not folder.is_dir():
        raise ModelError(
            f"There is no model in {folder}: no such folder. Check engine.model: `botcore model list` shows "
            "the models that are here, `botcore model pull` brings another."
        )
    missing = [name for name in FILES if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in TOKENIZERS):
        missing.append(TOKENIZERS[0])
    if missing:
        raise ModelError(
            f"{folder} is not a converted model: it lacks {', '.join(missing)}. "
            "Convert the model with `botcore model convert`."
        )


def read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} can't be read ({error}). Convert or get the model again.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{path} is damaged: it holds no settings. Convert or get the model again.")
    return data
