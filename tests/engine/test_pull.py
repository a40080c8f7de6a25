"""A pulled model is ready to answer, or nothing of it is there."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from botcore.errors import BotcoreError, DownloadError, InputError, ModelError
from botcore_llama import planning, pull_checks, specification
from botcore_llama.arriving import Arriving
from botcore_llama.catalog import look_up
from botcore_llama.convert import convert
from botcore_llama.hub import Hub
from botcore_llama.model_files import read_model_files
from botcore_llama.models_folder import kept_models, model_folder, models_folder
from botcore_llama.pull import LOCK, pull
from botcore_llama.pull_checks import Pull, parameters_of
from tests.engine.tiny_llama import LLAMA3_SCALING, Shape, random_weights, save_checkpoint
from tests.fakes.hub import Cut, FakeHub, FakeRepository, Refuse, StoredFile, Tamper

NAME = "team/tiny-llama"
SHAPE = Shape()
Usage = namedtuple("Usage", "total used free")


class Watch:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.works: dict[str, list[int]] = {}  # what was begun: of how much, and how much was done

    def say(self, line: str) -> None:
        self.lines.append(line)

    def begin(self, what: str, total: int) -> None:
        self.works[what] = [total, 0]

    def advance(self, size: int) -> None:
        self.works[list(self.works)[-1]][1] += size


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As repositories on the hub look: two shards, with what nobody needs beside them."""
    folder = tmp_path_factory.mktemp("hub") / "checkpoint"
    save_checkpoint(folder, SHAPE, random_weights(SHAPE), shards=2)
    for name in ("README.md", "pytorch_model.bin", "original/consolidated.00.pth", ".gitattributes"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"not needed")
    (folder / "LICENSE.txt").write_text("LLAMA 3.2 COMMUNITY LICENSE AGREEMENT")
    (folder / "generation_config.json").write_text('{"eos_token_id": [257, 265]}')
    return folder


@pytest.fixture
def hub(checkpoint: Path) -> Iterator[FakeHub]:
    with FakeHub() as fake:
        fake.add(FakeRepository.of_folder(NAME, checkpoint))
        yield fake


def order_of(data_folder: Path, name: str = NAME, **more: Any) -> Pull:
    return Pull(look_up(name), data_folder, **more)


def pulled(fake: FakeHub, order: Pull, watch: Watch | None = None) -> Path:
    return pull(order, Hub(fake.endpoint, None, sleep=lambda seconds: None), watch or Watch())


def change(fake: FakeHub, changes: dict[str, bytes | None]) -> None:
    """Put other files into the repository; None takes one out."""
    repository = fake.repositories[NAME]
    files = dict(repository.files)
    for name, content in changes.items():
        if content is None:
            files.pop(name, None)
        else:
            files[name] = StoredFile(name, content)
    fake.add(replace(repository, files=files))


def test_a_checkpoint_arrives_converted(hub: FakeHub, tmp_path: Path) -> None:
    watch = Watch()

    folder = pulled(hub, order_of(tmp_path), watch)

    files = read_model_files(folder)
    assert folder == model_folder(tmp_path, NAME)
    assert (files.name, files.weights_type) == (NAME, "int8")
    assert files.metadata["source"] == f"{hub.endpoint}/{NAME}"
    assert files.metadata["revision"] == hub.repositories[NAME].commit
    assert files.metadata["license"] == "llama3.2"
    assert [path.name for path in models_folder(tmp_path).iterdir()] == [folder.name]
    assert all(total == done for total, done in watch.works.values())
    assert [*watch.works][-1] == "Converting"


def test_only_what_is_needed_is_downloaded(hub: FakeHub, tmp_path: Path) -> None:
    pulled(hub, order_of(tmp_path))

    assert set(hub.contents_asked()) == {
        "config.json",
        "generation_config.json",
        "tokenizer.model",
        "LICENSE.txt",
        "model.safetensors.index.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    }


def test_a_directory_of_ctranslate2s_is_taken_as_it_is(
    hub: FakeHub, tmp_path: Path, tiny_model: Path
) -> None:
    hub.add(FakeRepository.of_folder("team/converted", tiny_model))

    folder = pulled(hub, order_of(tmp_path, "team/converted"))

    assert (folder / "model.bin").read_bytes() == (tiny_model / "model.bin").read_bytes()
    assert read_model_files(folder).name == "team/converted"
    assert [path.name for path in models_folder(tmp_path).iterdir()] == [folder.name]


def test_a_directory_without_scaling_of_positions_is_told(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As CTranslate2's own converter makes them of Llama 3.1."""
    scaled = Shape(rope_scaling=LLAMA3_SCALING)
    source = save_checkpoint(tmp_path / "source", scaled, random_weights(scaled))
    settings = specification.settings
    forgotten = ("rotary_scaling_factor", "original_max_position_embeddings")
    monkeypatch.setattr(
        planning,
        "settings",
        lambda config: (each for each in settings(config) if not each.name.endswith(forgotten)),
    )
    convert(source, tmp_path / "converted")
    hub.add(FakeRepository.of_folder("team/converted", tmp_path / "converted"))
    watch = Watch()

    folder = pulled(hub, order_of(tmp_path, "team/converted"), watch)

    assert read_model_files(folder).lacks_scaling
    assert any("leaves out how Llama 3.1" in line for line in watch.lines)


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


def test_metas_tokenizer_is_taken_from_where_they_have_it(hub: FakeHub, tmp_path: Path) -> None:
    ranks = hub.repositories[NAME].files["tokenizer.model"].content
    change(hub, {"tokenizer.model": None, "original/tokenizer.model": ranks})

    assert read_model_files(pulled(hub, order_of(tmp_path))).parameters > 0


def test_a_cut_download_goes_on_in_the_next_command(hub: FakeHub, tmp_path: Path) -> None:
    order, small = order_of(tmp_path), 5
    pulled_first = [Cut(10**9)] * small  # these are sent whole
    hub.troubles += [*pulled_first, Cut(1000), *[Refuse(503)] * 5]
    with pytest.raises(DownloadError, match="Try again"):
        pulled(hub, order)
    assert kept_models(tmp_path) == []
    asked_before = len(hub.asked)

    pulled(hub, order)

    ranges = [asked.range for asked in hub.asked[asked_before:] if asked.from_network]
    assert ranges == ["bytes=1000-", ""]
    assert kept_models(tmp_path) == [order.target]


def test_what_another_commit_left_is_not_gone_on_with(hub: FakeHub, tmp_path: Path) -> None:
    order = order_of(tmp_path)
    hub.troubles += [*[Cut(10**9)] * 5, Cut(1000), *[Refuse(503)] * 5]
    with pytest.raises(DownloadError):
        pulled(hub, order)
    change(hub, {"generation_config.json": b'{"eos_token_id": [257]}'})
    asked_before = len(hub.asked)

    pulled(hub, order)

    assert {asked.range for asked in hub.asked[asked_before:]} == {""}


def test_a_damaged_file_is_fetched_once_more(hub: FakeHub, tmp_path: Path) -> None:
    watch = Watch()
    hub.troubles.append(Tamper())

    pulled(hub, order_of(tmp_path), watch)

    assert any("arrived damaged" in line for line in watch.lines)


def test_a_file_that_is_damaged_again_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    hub.troubles += [Tamper(), Tamper()]

    with pytest.raises(DownloadError, match="arrived damaged"):
        pulled(hub, order_of(tmp_path))

    assert list(models_folder(tmp_path).iterdir()) == []


def test_what_is_there_already_is_left_alone(hub: FakeHub, tmp_path: Path) -> None:
    order, again, newer = order_of(tmp_path), Watch(), Watch()
    pulled(hub, order)
    asked_before = len(hub.contents_asked())

    pulled(hub, order, again)
    change(hub, {"README.md": b"changed"})
    pulled(hub, order, newer)

    assert "is there already" in again.lines[0]
    assert "of an older commit" in newer.lines[0]
    assert len(hub.contents_asked()) == asked_before


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


def test_a_full_disk_is_seen_before_the_weights_come(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**9, 10**9, 10**4))

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


def test_weights_that_came_stay_when_the_next_command_is_refused(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.troubles += [*[Cut(10**9)] * 5, Cut(1000), *[Refuse(503)] * 5]
    with pytest.raises(DownloadError):
        pulled(hub, order_of(tmp_path))
    monkeypatch.setattr(pull_checks, "memory_of_machine", lambda: 10_000)

    with pytest.raises(InputError):
        pulled(hub, order_of(tmp_path))

    parts = list(order_of(tmp_path).downloads.glob("*.part"))
    assert [part.stat().st_size for part in parts] == [1000]


def test_a_disk_that_fills_up_meanwhile_is_told(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(arriving: Arriving, chunk: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Arriving, "take", full)

    with pytest.raises(DownloadError, match=r"can't be written \(No space left on device\)"):
        pulled(hub, order_of(tmp_path))
    monkeypatch.undo()

    assert kept_models(tmp_path) == []
    assert pulled(hub, order_of(tmp_path)).is_dir()


def test_two_do_not_bring_the_same_model(hub: FakeHub, tmp_path: Path) -> None:
    order = order_of(tmp_path)
    order.downloads.mkdir(parents=True)
    with (order.downloads / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(InputError, match="Another botcore is bringing this model"):
            pulled(hub, order)

    assert pulled(hub, order).is_dir()


def test_a_quantization_that_nobody_knows_asks_nobody(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Unknown quantization 'int3'"):
        pulled(hub, order_of(tmp_path, quantization="int3"))

    assert hub.asked == []


def test_weights_that_do_not_fit_leave_no_model(hub: FakeHub, tmp_path: Path) -> None:
    shard = hub.repositories[NAME].files["model-00001-of-00002.safetensors"].content
    change(hub, {"model-00001-of-00002.safetensors": shard[:-1]})

    with pytest.raises(BotcoreError):
        pulled(hub, order_of(tmp_path))

    assert kept_models(tmp_path) == []


def test_the_parameters_are_counted_from_the_shape(checkpoint: Path) -> None:
    from botcore_llama.checkpoint import read_config

    counted = sum(weight.size for weight in random_weights(SHAPE).values())

    assert parameters_of(read_config(checkpoint)) == counted
