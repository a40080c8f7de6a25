"""Meta's own layout gives the same as Hugging Face's, in however many files it comes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore.errors import ModelError
from botcore_llama.checkpoint import Checkpoint, describe_source, open_checkpoint
from botcore_llama.checkpoint.joined_tensors import SplitHeads, stacked
from botcore_llama.checkpoint.meta_config import as_config, read_parameters
from botcore_llama.checkpoint.pth_file import read_pth
from botcore_llama.checkpoint.tensors import Rows, Tensor, WeightsFile
from botcore_llama.convert import convert, plan
from tests.engine.counting import count_bytes
from tests.engine.json_files import change_json
from tests.engine.sparse_models import LLAMA_70B, save_sparse_meta
from tests.engine.tiny_llama import LLAMA3_SCALING, Array, Shape, random_weights, save_checkpoint
from tests.engine.torch_writer import paired, save_meta, save_torch

SHAPE = Shape(hidden=64, inner=192, layers=2, heads=8, key_heads=8, head_size=8, context=8192, tied=False)
SCALING = LLAMA3_SCALING | {"original_max_position_embeddings": 8192}


def read_all(checkpoint: Checkpoint, weights: Iterable[tuple[str, Array]]) -> dict[str, Rows]:
    """Read every tensor, in blocks that end within heads and parts."""
    return {
        name: np.concatenate([*checkpoint.tensor(name, weight.shape).blocks(most_values=5 * 64)])
        for name, weight in weights
    }


@pytest.mark.parametrize("shards", [1, 2, 8])
@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float16, np.float32])
def test_the_tensors_are_those_of_hugging_face(tmp_path: Path, shards: int, dtype: Any) -> None:
    weights = random_weights(SHAPE)
    source = save_meta(tmp_path / "meta", SHAPE, weights, shards, dtype)

    with open_checkpoint(source) as checkpoint:
        found = read_all(checkpoint, weights.items())

    for name, weight in weights.items():
        assert np.array_equal(found[name], weight.astype(dtype).astype(np.float32)), name


@pytest.mark.parametrize(
    "shape",
    [
        SHAPE,
        replace(SHAPE, tied=True),
        replace(SHAPE, key_heads=2),
        replace(SHAPE, context=131_072, rope_scaling=SCALING),
    ],
    ids=["own output", "tied", "grouped heads", "scaled RoPE"],
)
def test_the_configuration_is_that_of_hugging_face(tmp_path: Path, shape: Shape) -> None:
    weights = random_weights(shape)
    with open_checkpoint(save_checkpoint(tmp_path / "hf", shape, weights)) as checkpoint:
        wanted = checkpoint.config
    with open_checkpoint(save_meta(tmp_path / "meta", shape, weights)) as checkpoint:
        assert checkpoint.config == wanted


@pytest.mark.parametrize("shards", [1, 2, 8])
def test_the_converted_directory_is_the_same_byte_for_byte(tmp_path: Path, shards: int) -> None:
    shape = replace(SHAPE, tied=shards == 1, context=131_072, rope_scaling=SCALING)
    weights = random_weights(shape)
    convert(save_checkpoint(tmp_path / "hf", shape, weights), tmp_path / "wanted")
    convert(save_meta(tmp_path / "meta", shape, weights, shards), tmp_path / "found")

    assert contents(tmp_path / "found") == contents(tmp_path / "wanted")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What Meta's params.json says of each model, and its intermediate_size, rope_scaling.factor and
# max_position_embeddings at Hugging Face.
PUBLISHED = {
    "3 8B": ((4096, 32, 32, 1024, 1.3, False), (14336, None, 8192)),
    "3 70B": ((8192, 80, 64, 4096, 1.3, False), (28672, None, 8192)),
    "3.1 8B": ((4096, 32, 32, 1024, 1.3, True), (14336, 8, 131072)),
    "3.1 405B": ((16384, 126, 128, 4096, 1.2, True), (53248, 8, 131072)),
    "3.2 1B": ((2048, 16, 32, 256, 1.5, True), (8192, 32, 131072)),
    "3.2 3B": ((3072, 28, 24, 256, 1.0, True), (8192, 32, 131072)),
    "3.3 70B": ((8192, 80, 64, 4096, 1.3, True), (28672, 8, 131072)),
}


@pytest.mark.parametrize("model", PUBLISHED)
def test_a_published_models_parameters_are_understood(tmp_path: Path, model: str) -> None:
    (dim, layers, heads, multiple, factor, scaled), wanted = PUBLISHED[model]
    parameters: dict[str, Any] = {
        "dim": dim,
        "n_layers": layers,
        "n_heads": heads,
        "n_kv_heads": 8,
        "vocab_size": 128256,
    }
    parameters |= {"multiple_of": multiple, "ffn_dim_multiplier": factor, "use_scaled_rope": scaled}
    (tmp_path / "params.json").write_text(json.dumps(parameters))

    config = as_config(read_parameters(tmp_path), tied=False)

    scaling = config.rope_scaling or {"factor": None}
    assert (config.intermediate_size, scaling["factor"], config.max_position_embeddings) == wanted


def test_a_sparse_table_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose data is not there yet has nothing but zeros in both tables."""
    weights = random_weights(SHAPE)
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        weights[name][:] = 0
    source = save_meta(tmp_path / "meta", SHAPE, weights)
    counted = count_bytes(monkeypatch)

    assert describe_source(source).config.tie_word_embeddings is False
    assert sum(counted) < 2 * (source / "consolidated.00.pth").stat().st_size // 10


def test_a_folder_of_140_gigabytes_is_planned_from_its_headers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = save_sparse_meta(tmp_path / "70b", LLAMA_70B, shards=8)
    counted = count_bytes(monkeypatch)

    found = plan(source)

    assert found.config.intermediate_size == 28_672
    assert sum(path.stat().st_size for path in source.glob("*.pth")) > 141_000_000_000
    assert sum(counted) < 2_000_000  # the descriptions, and a few rows of two tables


def test_a_table_that_differs_in_one_number_is_not_tied(tmp_path: Path) -> None:
    weights = random_weights(SHAPE)
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"].copy()
    weights["lm_head.weight"][7, 5] += 1

    assert describe_source(save_meta(tmp_path / "a", SHAPE, weights)).config.tie_word_embeddings is False
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    assert describe_source(save_meta(tmp_path / "b", SHAPE, weights)).config.tie_word_embeddings is True


def test_both_layouts_are_described_alike(tmp_path: Path) -> None:
    weights = random_weights(SHAPE)
    wanted = describe_source(save_checkpoint(tmp_path / "hf", SHAPE, weights))
    found = describe_source(save_meta(tmp_path / "meta", SHAPE, weights, shards=2))

    assert (wanted.parameters, wanted.stored_type) == (sum(w.size for w in weights.values()), "BF16")
    assert (found.parameters, found.stored_type) == (wanted.parameters, wanted.stored_type)
    assert found.files == ("consolidated.00.pth", "consolidated.01.pth")
    assert found.size == sum((tmp_path / "meta" / name).stat().st_size for name in found.files)


def test_safetensors_are_taken_where_both_are_there(tmp_path: Path) -> None:
    weights = random_weights(SHAPE)
    source = save_meta(tmp_path / "both", SHAPE, weights)
    save_checkpoint(source, SHAPE, weights)

    assert describe_source(source).files == ("model.safetensors",)


@given(heads=st.integers(1, 4), half=st.integers(1, 5), cut=st.tuples(st.integers(0, 40), st.integers(1, 40)))
def test_any_rows_of_the_heads_are_right(heads: int, half: int, cut: tuple[int, int]) -> None:
    wanted = np.arange(heads * half * 2 * 3, dtype=np.float32).reshape(-1, 3)
    start = cut[0] % len(wanted)
    stop = min(len(wanted), start + cut[1])

    turned = SplitHeads("q", wanted.shape, "F32", InMemory(paired(wanted, 2 * half)), 2 * half)

    assert np.array_equal(turned.rows(start, stop), wanted[start:stop])


@given(heights=st.lists(st.integers(1, 6), min_size=2, max_size=5), data=st.data())
def test_any_rows_of_a_stack_are_right(heights: list[int], data: st.DataObject) -> None:
    wanted = np.arange(sum(heights) * 2, dtype=np.float32).reshape(-1, 2)
    parts = [InMemory(part) for part in np.split(wanted, np.cumsum(heights)[:-1])]
    start = data.draw(st.integers(0, len(wanted) - 1))
    stop = data.draw(st.integers(start + 1, len(wanted)))

    assert np.array_equal(stacked("stack", parts).rows(start, stop), wanted[start:stop])


class InMemory(Tensor):
    def __init__(self, values: Array) -> None:
        self.name, self.shape, self.stored_type = "values", values.shape, "F32"
        self._values = values

    def rows(self, start: int, stop: int) -> Rows:
        return self._values[start:stop].copy()


def change(**parameters: Any) -> Callable[[Path], None]:
    return lambda source: change_json(source / "params.json", **parameters)


def rewrite(changed: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Write the second file anew, with other tensors."""

    def damage(source: Path) -> None:
        path = source / "consolidated.01.pth"
        with closing(WeightsFile(path)) as file:
            weights = {name: t.rows(0, t.shape[0]) for name, t in read_pth(file).items()}
        changed(weights)
        save_torch(path, {name: value.astype(ml_dtypes.bfloat16) for name, value in weights.items()})

    return damage


def replace_by_folder(source: Path) -> None:
    (source / "consolidated.01.pth").unlink()
    (source / "consolidated.01.pth").mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    r"params\.json is missing": lambda source: (source / "params.json").unlink(),
    r"params\.json is damaged": lambda source: (source / "params.json").write_text("{"),
    "it holds no parameters": lambda source: (source / "params.json").write_text("[]"),
    "vocab_size: Input should be greater than 0": change(vocab_size=-1),
    "dim: Field required": change(dim=None),
    "do not fit together$|do not fit together\\.": change(n_heads=7),
    "rope_theta: Input should be a finite number": change(rope_theta=float("inf")),
    "ffn_dim_multiplier: Input should be a finite number": change(ffn_dim_multiplier=float("inf")),
    "norm_eps: Input should be a finite number": change(norm_eps=float("nan")),
    r"consolidated\.01\.pth is missing\. Get": replace_by_folder,
    "quantized weights": change(quantization_args={"scheme": "int4_weight_int8_dynamic_activation"}),
    "an adapter inside": change(lora_args={"rank": 16, "scale": 2.0}),
    "a vision model": change(vision_chunk_size=448),
    "a mixture of experts": change(moe_args={"num_experts": 16}),
    r"consolidated\.00\.pth is missing": lambda source: (source / "consolidated.00.pth").unlink(),
    r"consolidated\.01\.pth is missing": lambda source: (source / "consolidated.01.pth").unlink(),
    "do not belong together": change(dim=48, n_heads=6, n_kv_heads=6),
    r"\(192, 64\), but params\.json says \(256, 64\)": change(multiple_of=256),
    "no tensor model.layers.2": change(n_layers=3),
    "is not in all of the files": rewrite(lambda weights: weights.pop("output.weight")),
    "do not fit together: ": rewrite(lambda weights: weights.update({"output.weight": np.ones((4, 4))})),
}


@pytest.mark.parametrize("complaint", DAMAGES)
def test_a_bad_folder_is_refused(tmp_path: Path, complaint: str) -> None:
    source = save_meta(tmp_path / "meta", SHAPE, random_weights(SHAPE), shards=2)
    DAMAGES[complaint](source)

    with pytest.raises(ModelError, match=complaint):
        plan(source)


def test_parts_of_different_types_are_refused(tmp_path: Path) -> None:
    weights = random_weights(SHAPE)
    source = save_meta(tmp_path / "meta", SHAPE, weights, shards=2)
    other = save_meta(tmp_path / "other", SHAPE, weights, shards=2, dtype=np.float16)
    (other / "consolidated.01.pth").replace(source / "consolidated.01.pth")

    with pytest.raises(ModelError, match="stored in different types"):
        plan(source)
