"""A hub on loopback that has a tiny model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.pull.pulling import NAME, SHAPE
from tests.engine.tiny_llama import random_weights, save_checkpoint
from tests.fakes.hub import FakeHub, FakeRepository


@pytest.fixture(scope="session")
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
