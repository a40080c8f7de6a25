"""What can't be used here is refused, before its weights come wherever that can be seen by then."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from botcore.errors import BotcoreError, DownloadError, InputError, ModelError
from botcore_llama import pull_checks
from botcore_llama.convert import convert
from botcore_llama.models_folder import kept_models, models_folder
from tests.engine.disks import have_free
from tests.engine.pull.pulling import NAME, SHAPE, Watch, change, order_of, pulled
from tests.fakes.hub import FakeHub, FakeRepository, StoredFile


def test_a_quantization_that_nobody_knows_asks_nobody(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Unknown quantization 'int3'"):
        pulled(hub, order_of(tmp_path, quantization="int3"))

    assert hub.asked == []


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"adapter_config.json": b"{}", "adapter_model.safetensors": b"x"}, "is a LoRA adapter"),
        ({"model.Q4_K_M.gguf": b"x", "config.json": b"{}"}, "GGUF"),
        ({"pytorch_model.bin": b"x", "config.json": b"{}"}, "pickled"),
        ({"consolidated.00.pth": b"x", "params.json": b"{}"}, "Meta's own files"),
        ({"README.md": b"hello"}, "holds no model"),
    ],
)
def test_a_repository_without_a_model_says_what_it_has(
    hub: FakeHub, tmp_path: Path, files: dict[str, bytes], complaint: str
) -> None:
    hub.add(FakeRepository.of(files, NAME))

    with pytest.raises(DownloadError, match=complaint):
        pulled(hub, order_of(tmp_path))

    assert hub.contents_asked() == []
    assert not models_folder(tmp_path).exists()


def other_config(**changes: Any) -> bytes:
    return json.dumps({**SHAPE.config(), **changes}).encode()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"config.json": other_config(architectures=["GemmaForCausalLM"])}, "GemmaForCausalLM"),
        ({"config.json": other_config(mlp_bias=True)}, "biases"),
        ({"config.json": other_config(vocab_size=128_256)}, "tokenizer .* does not fit"),
        ({"config.json": b"<html>"}, "damaged"),
        ({"tokenizer_config.json": b'{"chat_template": "<|im_start|>"}'}, "another chat format"),
        ({"model.safetensors.index.json": b'{"weight_map": {"a": "../../evil.safetensors"}}'}, "names '"),
        ({"model.safetensors.index.json": b'{"weight_map": {"a": "no.safetensors"}}'}, "is incomplete"),
        ({"model.safetensors.index.json": b"[]"}, "damaged"),
        ({"model.safetensors.index.json": b'{"weight_map": {"a": 5}}'}, "names 5"),
        ({"model.safetensors.index.json": b'{"weight_map": {"a": [5]}}'}, "damaged"),
        ({"model.safetensors.index.json": b'{"weight_map": {}}'}, "names no files"),
    ],
)
def test_what_can_not_be_used_is_refused_before_its_weights_come(
    hub: FakeHub, tmp_path: Path, changes: dict[str, bytes | None], complaint: str
) -> None:
    change(hub, changes)

    with pytest.raises(ModelError, match=complaint):
        pulled(hub, order_of(tmp_path))

    assert not [name for name in hub.contents_asked() if name.endswith(".safetensors")]
    assert list(models_folder(tmp_path).iterdir()) == []


def test_a_full_disk_is_seen_before_the_weights_come(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_free(monkeypatch, 10**4)

    with pytest.raises(DownloadError, match=r"has only 0\.0 MB free") as told:
        pulled(hub, order_of(tmp_path))

    assert "for the converted model" in str(told.value)
    assert not [name for name in hub.contents_asked() if name.endswith(".safetensors")]


def test_a_machine_that_is_too_small_is_seen_before_the_weights_come(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_checks, "memory_of_machine", lambda: 10_000)

    with pytest.raises(InputError, match="weights alone take"):
        pulled(hub, order_of(tmp_path))
    assert list(models_folder(tmp_path).iterdir()) == []

    assert pulled(hub, order_of(tmp_path, for_another_machine=True)).is_dir()


def test_weights_that_do_not_fit_leave_no_model(hub: FakeHub, tmp_path: Path) -> None:
    shard = hub.repositories[NAME].files["model-00001-of-00002.safetensors"].content
    change(hub, {"model-00001-of-00002.safetensors": shard[:-1]})

    with pytest.raises(BotcoreError):
        pulled(hub, order_of(tmp_path))

    assert kept_models(tmp_path) == []


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"botcore-model.json": b"[]"}, "holds no settings"),
        ({"config.json": b'{"quantization": "float16"}'}, "can't compute float16"),
        ({"vocabulary.json": b'["a"]'}, "is no tokenizer of the Llama 3 family"),
    ],
)
def test_a_directory_that_can_not_be_used_is_refused_before_its_weights(
    hub: FakeHub,
    tmp_path: Path,
    tiny_model: Path,
    files: dict[str, bytes],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("botcore_llama.ctranslate2_runner.compute_types", lambda: {"int8", "float32"})
    whole = FakeRepository.of_folder("team/converted", tiny_model)
    changed = {name: StoredFile(name, content) for name, content in files.items()}
    hub.add(replace(whole, files={**whole.files, **changed}))

    with pytest.raises((ModelError, InputError), match=complaint):
        pulled(hub, order_of(tmp_path, "team/converted"))

    assert "model.bin" not in hub.contents_asked()
    assert list(models_folder(tmp_path).iterdir()) == []


def test_a_directory_that_is_too_large_is_refused_before_its_weights(
    hub: FakeHub, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(FakeRepository.of_folder("team/converted", tiny_model))
    monkeypatch.setattr(pull_checks, "memory_of_machine", lambda: 10_000)

    with pytest.raises(InputError, match="weights alone take"):
        pulled(hub, order_of(tmp_path, "team/converted"))
    assert "model.bin" not in hub.contents_asked()

    assert pulled(hub, order_of(tmp_path, "team/converted", for_another_machine=True)).is_dir()


def test_a_form_that_only_the_weights_tell_is_refused_when_they_are_there(
    hub: FakeHub, tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    convert(checkpoint, tmp_path / "half", "float16", for_another_machine=True)
    config = json.loads((tmp_path / "half" / "config.json").read_text())
    config.pop("quantization")  # as CTranslate2's own converter leaves it
    (tmp_path / "half" / "config.json").write_text(json.dumps(config))
    hub.add(FakeRepository.of_folder("team/half", tmp_path / "half"))
    monkeypatch.setattr("botcore_llama.ctranslate2_runner.compute_types", lambda: {"int8", "float32"})
    watch = Watch()

    with pytest.raises(ModelError, match="float16"):
        pulled(hub, order_of(tmp_path, "team/half"), watch)

    assert kept_models(tmp_path) == []
    assert "The download is kept" in watch.lines[-1]
    assert pulled(hub, order_of(tmp_path, "team/half", for_another_machine=True)).is_dir()
