"""What a model's files say about words is found, kept by the conversion and heeded by the server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botcore.errors import ModelError
from botcore_llama.convert import convert
from botcore_llama.family import Family, ToolFormat, find_family
from botcore_llama.model_files import BUNDLED, read_model_files
from botcore_llama.request import Sampling
from botcore_llama.service import load_model
from botcore_llama.settings import LlamaSettings
from botcore_llama.special_tokens import special_token_names
from botcore_llama.words import read_words, served_tokenizer
from tests.engine.adapters import random_adapter, save_adapter
from tests.engine.json_files import change_json
from tests.engine.tiny_llama import LLAMA3_SCALING, Shape, random_weights, save_checkpoint
from tests.engine.tokenizer_files import save_tokenizer_json, tokenizer_json

BYTES = {bytes([byte]): byte for byte in range(256)}
ROWS = 512


@pytest.mark.parametrize(
    ("factor", "names", "family"),
    [
        (None, [], Family.LLAMA_3),
        (None, ["Llama-3.1-8B"], Family.LLAMA_3),  # a name, but not the weights
        (8.0, [], Family.LLAMA_3_1),
        (8.0, ["Llama-3.3-70B-Instruct"], Family.LLAMA_3_3),
        (8.0, ["my-fine-tune", "llama3.3:70b"], Family.LLAMA_3_3),
        (8.0, ["Meta-Llama-3.1-405B"], Family.LLAMA_3_1),
        (8.0, ["llama-3.11"], Family.LLAMA_3_1),
        (8.0, ["of-llama-3.2-and-llama-3.3", "llama-3.1"], Family.LLAMA_3_3),
        (8.0, ["my-fine-tune", "llama-3.2-experiments"], Family.LLAMA_3_1),
        (32.0, [], Family.LLAMA_3_2),
        (32.0, ["like-llama-3.1"], Family.LLAMA_3_2),
        (0.0, ["Llama-3.2-1B"], Family.LLAMA_3_2),  # CTranslate2's own converter forgets it
        (0.0, [], Family.LLAMA_3_1),
        (16.0, ["Llama-3.3-70B"], Family.LLAMA_3_3),
        (float("nan"), [], Family.LLAMA_3_1),
    ],
)
def test_the_generation_is_found(factor: float | None, names: list[str], family: Family) -> None:
    assert find_family(factor, names) is family


def test_each_generation_calls_tools_in_its_own_way() -> None:
    forms = {family.value: family.tool_format for family in Family}

    assert forms == {
        "3": None,
        "3.1": ToolFormat.JSON,
        "3.2": ToolFormat.PYTHON_LIST,
        "3.3": ToolFormat.PYTHON_LIST,
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A tiny checkpoint of Llama 3.1's kind."""
    shape = Shape(rope_scaling=LLAMA3_SCALING)
    return save_checkpoint(tmp_path / "checkpoint", shape, random_weights(shape))


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def only_tokenizer_json(source: Path, special: list[str]) -> None:
    (source / "tokenizer.model").unlink()
    save_tokenizer_json(source / "tokenizer.json", tokenizer_json(BYTES, special))


def test_a_checkpoint_with_tokenizer_json_alone_is_converted_and_loaded(source: Path, tmp_path: Path) -> None:
    shutil.copytree(source, tmp_path / "other")
    only_tokenizer_json(source, special_token_names())

    convert(source, tmp_path / "a")
    convert(tmp_path / "other", tmp_path / "b")

    for name in ("tokenizer.model", "vocabulary.json", "config.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert served_tokenizer(tmp_path / "a").end_tokens == [257, 264, 265]


def test_names_that_a_fine_tune_gave_are_kept(source: Path, tmp_path: Path) -> None:
    names = special_token_names()
    names[11], names[12] = "<|my_mark|>", "my word"
    only_tokenizer_json(source, names)
    content = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    content["added_tokens"][12]["special"] = False
    write(source / "tokenizer.json", content)

    convert(source, tmp_path / "out")

    tokenizer = served_tokenizer(tmp_path / "out")
    assert tokenizer.special["<|my_mark|>"] == 267
    assert tokenizer.encode("my word") == [268]


def test_rows_beyond_the_tokens_are_nobodys(tmp_path: Path) -> None:
    shape = Shape(vocabulary=520)
    convert(save_checkpoint(tmp_path / "checkpoint", shape, random_weights(shape)), tmp_path / "out")

    assert len(served_tokenizer(tmp_path / "out")) == 520


def test_every_end_token_ends_an_answer(source: Path, tmp_path: Path) -> None:
    """Those that the makers name, be they special or not, and those that the family has anyway."""
    write(source / "generation_config.json", {"eos_token_id": [257, 300, 97]})

    convert(source, tmp_path / "out")

    assert read_model_files(tmp_path / "out").end_tokens == (97, 257, 264, 265, 300)
    model = load_model(LlamaSettings(model=tmp_path / "out", threads=1))
    try:
        assert model.end_tokens == {97, 257, 264, 265, 300}
    finally:
        model.runner.close()


def test_an_end_token_of_the_makers_stops_the_model(tiny_model: Path, tmp_path: Path) -> None:
    """Greedy, so that the same prompt gives the same letters until the end comes."""
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    said = generate(folder)
    third = next(token for token in said if token not in said[:2])
    change_json(folder / "config.json", end_tokens=[third])

    assert generate(folder) == said[: said.index(third) + 1]


def generate(folder: Path) -> list[int]:
    """Return the model's first tokens after the same prompt."""
    said: list[int] = []

    def hear(token: int) -> bool:
        said.append(token)
        return False

    model = load_model(LlamaSettings(model=folder, threads=1))
    try:
        model.runner.generate([256, 104, 105], Sampling(max_tokens=30), hear)
    finally:
        model.runner.close()
    return said


def test_one_end_token_in_an_older_config_is_heeded(source: Path) -> None:
    change_json(source / "config.json", eos_token_id=300)

    assert 300 in read_words(source, ROWS).end_tokens


def test_the_makers_sampling_is_kept(source: Path, tmp_path: Path) -> None:
    write(source / "generation_config.json", {"do_sample": True, "temperature": 0.7, "top_p": 0.8})

    convert(source, tmp_path / "out")

    files = read_model_files(tmp_path / "out")
    assert (files.metadata["temperature"], files.metadata["top_p"]) == (0.7, 0.8)


def test_makers_who_want_the_likeliest_token_get_it(source: Path, tmp_path: Path) -> None:
    write(source / "generation_config.json", {"do_sample": False, "temperature": 0.7})

    convert(source, tmp_path / "out")

    assert read_model_files(tmp_path / "out").metadata["temperature"] == 0


def test_the_generation_is_kept(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "llama3.3-70b")
    shutil.move(tmp_path / "llama3.3-70b", tmp_path / "mine")

    assert read_model_files(tmp_path / "mine").family is Family.LLAMA_3_3


def test_the_generation_is_found_where_another_converter_wrote_the_model(
    source: Path, tmp_path: Path
) -> None:
    convert(source, tmp_path / "out")
    write(tmp_path / "out" / "config.json", {"layer_norm_epsilon": 1e-5})
    write(tmp_path / "out" / "generation_config.json", {"eos_token_id": 300})

    files = read_model_files(tmp_path / "out")

    assert files.family is Family.LLAMA_3_1
    assert files.end_tokens == (300,)
    assert read_model_files(BUNDLED).family is Family.LLAMA_3


def test_a_converted_model_with_tokenizer_json_alone_is_loaded(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "out")
    only_tokenizer_json(tmp_path / "out", special_token_names())

    read_model_files(tmp_path / "out")
    assert len(served_tokenizer(tmp_path / "out")) == ROWS


def refuse_a_far_too_small_tokenizer(source: Path) -> None:
    read_words(source, 128_256)


def name_an_end_beyond(source: Path) -> None:
    write(source / "generation_config.json", {"eos_token_id": [257, 128_009]})
    read_words(source, ROWS)


def name_an_end_in_words(source: Path) -> None:
    write(source / "generation_config.json", {"eos_token_id": "<|eot_id|>"})
    read_words(source, ROWS)


def cut_the_generation_config(source: Path) -> None:
    (source / "generation_config.json").write_text("{")
    read_words(source, ROWS)


def chat_otherwise(source: Path) -> None:
    write(source / "tokenizer_config.json", {"chat_template": "{{ '[INST]' }}"})
    read_words(source, ROWS)


def chat_otherwise_in_a_file_of_its_own(source: Path) -> None:
    (source / "chat_template.jinja").write_text("<|im_start|>{{ role }}")
    read_words(source, ROWS)


REFUSALS: dict[str, Callable[[Path], None]] = {
    "does not fit: it has 512 tokens, the model 128256": refuse_a_far_too_small_tokenizer,
    r"generation_config\.json ends answers with token 128009, but the model has only 512": name_an_end_beyond,
    r"generation_config\.json: eos_token_id: Input should be": name_an_end_in_words,
    r"generation_config\.json can't be read": cut_the_generation_config,
    r"tokenizer_config\.json asks for another chat format": chat_otherwise,
    r"chat_template\.jinja asks for another chat format": chat_otherwise_in_a_file_of_its_own,
}


@pytest.mark.parametrize("complaint", REFUSALS)
def test_words_that_do_not_fit_are_refused(source: Path, complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint) as told:
        REFUSALS[complaint](source)

    assert str(source) in str(told.value)


def test_an_adapter_that_was_taught_another_chat_format_is_refused(source: Path, tmp_path: Path) -> None:
    weights = random_weights(Shape())
    adapter = save_adapter(tmp_path / "adapter", random_adapter(weights, ["model.layers.0.self_attn.q_proj"]))
    (adapter / "chat_template.jinja").write_text("<|im_start|>{{ role }}")

    with pytest.raises(ModelError, match=r"adapter/chat_template\.jinja asks for another chat format"):
        convert(source, tmp_path / "out", adapter=adapter)

    assert not (tmp_path / "out").exists()


def test_llama_3s_own_chat_template_is_welcome(source: Path) -> None:
    template = "<|start_header_id|>{{ role }}<|end_header_id|>"
    write(source / "tokenizer_config.json", {"chat_template": [{"name": "default", "template": template}]})

    read_words(source, ROWS)


def swap_two_names(folder: Path) -> None:
    names = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
    names[65], names[66] = names[66], names[65]
    write(folder / "vocabulary.json", names)


SERVED: dict[str, Callable[[Path], object]] = {
    "does not fit: vocabulary.json has other tokens": swap_two_names,
    "it is no list of tokens": lambda folder: write(folder / "vocabulary.json", {"a": 0}),
    "vocabulary.json can't be read": lambda folder: (folder / "vocabulary.json").write_text("["),
    "has no <.begin_of_text.>": lambda folder: write(folder / "vocabulary.json", ["a"] * 512),
}


@pytest.mark.parametrize("complaint", SERVED)
def test_a_converted_models_words_must_fit(tiny_model: Path, tmp_path: Path, complaint: str) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    SERVED[complaint](folder)

    with pytest.raises(ModelError, match=complaint) as told:
        served_tokenizer(folder)

    assert str(folder) in str(told.value)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"family": "4"}, "its family is '4'"),
        ({"end_tokens": "<|eot_id|>"}, "its end_tokens are"),
        ({"end_tokens": [True]}, "its end_tokens are"),
    ],
)
def test_a_damaged_config_is_refused(
    tiny_model: Path, tmp_path: Path, fields: dict[str, Any], complaint: str
) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    change_json(folder / "config.json", **fields)

    with pytest.raises(ModelError, match=complaint):
        read_model_files(folder)
