"""Hugging Face's layout is read header by header, and a folder that does not hold together is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from botcore.errors import InputError, ModelError
from botcore_llama.checkpoint import describe_source, open_checkpoint
from botcore_llama.checkpoint.safetensors_layout import INDEX, read_header
from botcore_llama.checkpoint.tensors import WeightsFile
from botcore_llama.convert import plan
from tests.engine.counting import count_bytes
from tests.engine.json_files import change_json
from tests.engine.sparse_models import LLAMA_70B, save_sparse
from tests.engine.tiny_llama import LLAMA3_SCALING, Shape, random_weights, save_checkpoint

SHAPE = Shape(tied=False)


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float16, np.float32])
def test_every_type_is_read(tmp_path: Path, dtype: Any) -> None:
    values = np.linspace(-3, 3, 35).reshape(7, 5).astype(dtype)
    save_file({"other": np.ones(3, np.int64), "w": values}, tmp_path / "a.safetensors")

    with closing(WeightsFile(tmp_path / "a.safetensors")) as file:
        tensor = read_header(file)["w"]
        found = np.concatenate([*tensor.blocks(most_values=11)])

    assert found.dtype == np.float32
    assert np.array_equal(found, values.astype(np.float32))


@given(
    heights=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    most_values=st.integers(1, 40),
    data=st.data(),
)
def test_blocks_are_bounded_and_make_up_the_tensor(
    tmp_path_factory: pytest.TempPathFactory, heights: list[int], most_values: int, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    width = data.draw(st.integers(1, 6))
    wanted = {f"t{n}": np.random.default_rng(n).random((h, width), np.float32) for n, h in enumerate(heights)}
    save_file(wanted, folder / "a.safetensors")

    with closing(WeightsFile(folder / "a.safetensors")) as file:
        for name, tensor in read_header(file).items():
            blocks = [*tensor.blocks(most_values)]
            assert all(block.size <= max(width, most_values) for block in blocks)
            assert np.array_equal(np.concatenate(blocks), wanted[name])


def test_many_threads_read_at_once(tmp_path: Path) -> None:
    weights = random_weights(SHAPE)
    wanted = {n: w.astype(ml_dtypes.bfloat16).astype(np.float32) for n, w in weights.items() if w.ndim == 2}
    wrong: list[str] = []

    with open_checkpoint(save_checkpoint(tmp_path / "a", SHAPE, weights, shards=2)) as checkpoint:

        def read() -> None:
            for name, values in wanted.items():
                found = np.concatenate([*checkpoint.tensor(name, values.shape).blocks(most_values=100)])
                if not np.array_equal(found, values):
                    wrong.append(name)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert wrong == []


def test_a_folder_of_140_gigabytes_is_described_from_its_headers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = save_sparse(tmp_path / "70b", LLAMA_70B, files=30)
    counted = count_bytes(monkeypatch)

    found = describe_source(source)
    planned = plan(source)

    assert (found.parameters, found.stored_type, len(found.files)) == (70_553_706_496, "BF16", 30)
    assert found.size > 141_000_000_000
    assert planned.config == found.config
    assert sum(counted) < 1_000_000


def test_shards_without_an_index_are_found_by_their_numbers(tmp_path: Path) -> None:
    source = save_checkpoint(tmp_path / "a", SHAPE, random_weights(SHAPE), shards=3)
    (source / INDEX).unlink()

    assert len(describe_source(source).files) == 3


def test_a_model_beside_its_adapter_is_read_without_it(tmp_path: Path) -> None:
    source = save_checkpoint(tmp_path / "a", SHAPE, random_weights(SHAPE))
    (source / "adapter_model.safetensors").write_bytes(b"never read")

    assert describe_source(source).files == ("model.safetensors",)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder with a model"):
        open_checkpoint(tmp_path / "nothing")
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(InputError, match="is a file"):
        open_checkpoint(tmp_path / "model.safetensors")


def test_metas_files_below_a_folder_are_pointed_at(tmp_path: Path) -> None:
    (tmp_path / "original").mkdir()
    (tmp_path / "original" / "consolidated.00.pth").touch()

    with pytest.raises(InputError, match=r"original is one in Meta's layout\. Give that folder\."):
        open_checkpoint(tmp_path)


def put_index(**places: Any) -> Callable[[Path], None]:
    """Have the index say where some tensors are, by the last parts of their names."""

    def damage(source: Path) -> None:
        path = source / INDEX
        index = json.loads(path.read_text())
        index["weight_map"] |= {f"model.{name}.weight": place for name, place in places.items()}
        path.write_text(json.dumps(index))

    return damage


def write_index(data: object) -> Callable[[Path], object]:
    return lambda source: (source / INDEX).write_text(json.dumps(data))


def without_index(damage: Callable[[Path], object]) -> Callable[[Path], object]:
    def both(source: Path) -> None:
        (source / INDEX).unlink()
        damage(source)

    return both


def change_first(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(source: Path) -> None:
        path = source / "model-00001-of-00002.safetensors"
        path.write_bytes(change(path.read_bytes()))

    return damage


def store_wrongly(source: Path) -> None:
    weights = random_weights(SHAPE)
    save_file({n: w.astype(np.float64) for n, w in weights.items()}, source / "model.safetensors")


def configure(**changes: Any) -> Callable[[Path], None]:
    return lambda source: change_json(source / "config.json", **changes)


def rope(**changes: Any) -> Callable[[Path], None]:
    return configure(rope_scaling=LLAMA3_SCALING | changes)


def make_converted(source: Path) -> None:
    configure(architectures=None)(source)
    (source / "model.bin").touch()


CONFIGURATIONS: dict[str, Callable[[Path], object]] = {
    r"describes \['MllamaForConditionalGeneration'\]; only LlamaForCausalLM": configure(
        architectures=["MllamaForConditionalGeneration"]
    ),
    "describes no architecture": configure(architectures=None),
    "is converted already. `botcore model use`": make_converted,
    r"weights are quantized already \(gptq\)": configure(quantization_config={"quant_method": "gptq"}),
    "RoPE on a part of each head": configure(partial_rotary_factor=0.5),
    "json: rope_scaling holds no settings": configure(rope_scaling=["llama3"]),
    "num_attention_heads: Input should be a valid integer": configure(num_attention_heads="four"),
    "num_attention_heads: Input should be greater than 0": configure(num_attention_heads=0),
    "do not fit together": configure(num_key_value_heads=3),
    "head_dim do not fit": configure(head_dim=15),
    "rope_scaling: factor: Input should be a valid number, unable": rope(factor="much"),
    "rope_scaling: factor: Input should be a valid number": rope(factor=None),
    "rope_scaling: factor: Input should be greater than 0": rope(factor=-2),
    "rope_scaling: factor: Input should be a finite number": rope(factor=float("nan")),
    "rope_scaling: factor: Input should be less than": rope(factor=1e39),
    "rope_scaling: high_freq_factor: Input should be a valid number": rope(high_freq_factor=[4]),
    "low_freq_factor must be less than high_freq_factor": rope(low_freq_factor=4.0),
    "original_max_position_embeddings: Input should be less than": rope(
        original_max_position_embeddings=10**12
    ),
    "its rope_scaling lacks 'low_freq_factor'": configure(rope_scaling={"type": "llama3", "factor": 8}),
    "vocab_size: Input should be less than": configure(vocab_size=10**12),
    "rope_theta: Input should be a finite number": configure(rope_theta=float("inf")),
    "rms_norm_eps: Input should be greater than 0": configure(rms_norm_eps=-1),
    "is damaged: maximum recursion": lambda source: (source / "config.json").write_text("[" * 100_000),
}


@pytest.mark.parametrize("complaint", CONFIGURATIONS)
def test_a_configuration_that_is_no_plain_llama_is_refused(tmp_path: Path, complaint: str) -> None:
    source = save_checkpoint(tmp_path / "a", SHAPE, random_weights(SHAPE))
    CONFIGURATIONS[complaint](source)

    with pytest.raises(ModelError, match=complaint):
        plan(source)


SECOND = "model-00002-of-00002.safetensors"
DAMAGES: dict[str, Callable[[Path], object]] = {
    "names '../other/model.safetensors', which is no file of its folder": put_index(
        norm="../other/model.safetensors"
    ),
    "names '/etc/passwd'": put_index(norm="/etc/passwd"),
    r"names '\.\.\\\\": put_index(norm="..\\model.safetensors"),
    r"names 'sub/model\.safetensors'": put_index(norm="sub/model.safetensors"),
    r"names '\.\.'": put_index(norm=".."),
    "names 7, which": put_index(norm=7),
    "names 'pytorch_model.bin', which": put_index(norm="pytorch_model.bin"),
    "says that model-00002-of-00002.safetensors holds model.extra.weight": put_index(extra=SECOND),
    "model-00009-of-00009.safetensors is missing": put_index(extra="model-00009-of-00009.safetensors"),
    "names no files": write_index({"weight_map": {}}),
    "index.json is damaged": write_index({"weight_map": ["a"]}),
    f"{SECOND} is missing": lambda source: (source / SECOND).unlink(),
    "-00002-of-00002.safetensors is missing": without_index(lambda source: (source / SECOND).unlink()),
    "is in renamed.safetensors and in another file": without_index(
        lambda source: (source / "renamed.safetensors").write_bytes((source / SECOND).read_bytes())
    ),
    "safetensors is damaged or cut off": change_first(lambda data: data[:-1]),
    "is damaged or cut off": change_first(lambda data: data[:100]),
    "damaged or cut off": change_first(lambda data: b""),
    "or cut off": change_first(lambda data: data + b"more"),
    "Run `git lfs pull` in its folder": change_first(
        lambda data: b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4953586384\n"
    ),
    "cut off": change_first(lambda data: b"\xff" * 8 + data[8:]),
    "is stored as F64; only BF16, F16, F32 can be read": without_index(store_wrongly),
}


@pytest.mark.parametrize("complaint", DAMAGES)
def test_a_folder_that_does_not_hold_together_is_refused(tmp_path: Path, complaint: str) -> None:
    source = save_checkpoint(tmp_path / "a", SHAPE, random_weights(SHAPE), shards=2)
    DAMAGES[complaint](source)

    with pytest.raises(ModelError, match=complaint):
        plan(source)


@given(place=st.integers(0, 5_000), value=st.integers(0, 255))
def test_a_header_with_any_wrong_byte_is_understood_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    path = tmp_path_factory.mktemp("wrong") / "a.safetensors"
    save_file({"a": np.ones((3, 4), np.float32), "b": np.ones(5, np.float32)}, path)
    data = bytearray(path.read_bytes())
    data[place % len(data)] = value
    path.write_bytes(bytes(data))

    with closing(WeightsFile(path)) as file:
        try:
            tensors = read_header(file)
        except ModelError:
            return
        for tensor in tensors.values():
            if tensor.stored_type == "F32" and tensor.shape and 0 not in tensor.shape:
                assert tensor.rows(0, tensor.shape[0]).shape == tensor.shape
