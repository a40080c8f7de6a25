"""What several of these tests need."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from botcore.engine import EngineSetup
from botcore_llama import LlamaEngine
from botcore_llama.convert import convert
from botcore_llama.tokenizer import Tokenizer
from tests.engine.tiny_llama import Shape, random_weights, save_checkpoint

REPOSITORY = Path(__file__).parents[2]

OpenEngine = Callable[..., AbstractAsyncContextManager[LlamaEngine]]


@pytest.fixture(scope="session")
def llama3_folder() -> Path:
    """The original tokenizer and what it gives, from outside the repository."""
    data = Path(os.environ.get("BOTCORE_TEST_DATA", REPOSITORY.parent / "shared"))
    if not (data / "llama3").is_dir():
        pytest.skip(f"no Llama 3 tokenizer in {data}; set BOTCORE_TEST_DATA to run this")
    return data / "llama3"


@pytest.fixture(scope="session")
def llama3(llama3_folder: Path) -> Tokenizer:
    return Tokenizer.load(llama3_folder / "tokenizer.model")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A converted random model that babbles in small letters and never ends by itself."""
    folder = tmp_path_factory.mktemp("tiny")
    shape = Shape(tied=False, context=65_536)
    weights = random_weights(shape)
    for token in range(shape.vocabulary):
        if not chr(token).isalpha() or token > 127:
            weights["lm_head.weight"][token] = 0
    source = save_checkpoint(folder / "checkpoint", shape, weights)
    (source / "botcore-model.json").write_text('{"name": "tiny", "temperature": 0}')
    convert(source, folder / "model")
    return folder / "model"


@pytest.fixture
def open_engine(tiny_model: Path, tmp_path: Path) -> OpenEngine:
    """Opens a ready engine over the tiny model. Its answers take seconds unless they are cut."""

    @asynccontextmanager
    async def open_one(**changes: Any) -> AsyncIterator[LlamaEngine]:
        long = {"context_tokens": 65_536, "answer_tokens": 16_000}
        chosen = {"model": str(tiny_model), "threads": 1, **long, **changes}
        async with LlamaEngine(EngineSetup(tmp_path, chosen)) as engine:
            await engine.ready()
            yield engine

    return open_one
