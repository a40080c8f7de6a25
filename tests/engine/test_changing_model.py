"""Another model takes over while the bot runs, and nobody's answer is lost."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import aclosing
from pathlib import Path

import pytest

from botcore.engine import ChangesModel, EngineState, ModelMessage, Options
from botcore.errors import ConfigError, EngineLoading, ModelError
from botcore_llama.traffic import Traffic
from tests.engine.conftest import OpenEngine
from tests.engine.processes import servers

HELLO = [ModelMessage.user("hello")]


@pytest.fixture
def other_model(tiny_model: Path, tmp_path: Path) -> Path:
    """The same model under another name, kept among those of the data folder."""
    folder = shutil.copytree(tiny_model, tmp_path / "models" / "other")
    (folder / "botcore-model.json").write_text('{"name": "other"}')
    return Path(folder)


async def test_another_model_takes_over(open_engine: OpenEngine, other_model: Path, tmp_path: Path) -> None:
    async with open_engine() as engine:
        assert isinstance(engine, ChangesModel)
        before = servers(tmp_path)

        await engine.use("other")
        await engine.ready()

        status = await engine.status()
        assert (status.model, status.state) == ("other", EngineState.READY)
        assert Path(status.place) == other_model
        assert status.memory > 10_000_000
        assert await engine.complete(HELLO, Options(max_tokens=8))
        assert len(servers(tmp_path)) == 1
        assert servers(tmp_path) != before


async def test_an_answer_under_way_ends_first(open_engine: OpenEngine, other_model: Path) -> None:
    async with open_engine() as engine:
        async with aclosing(engine.stream(HELLO, Options(max_tokens=400))) as pieces:
            await anext(pieces)
            changing = asyncio.create_task(engine.use("other"))
            await asyncio.sleep(0)
            with pytest.raises(EngineLoading):
                await engine.complete(HELLO)
            waiting = asyncio.create_task(engine.ready())
            assert (await engine.status()).state is EngineState.LOADING
            rest = [piece async for piece in pieces]
        await changing
        await waiting

        assert rest
        assert (await engine.status()).model == "other"


async def test_a_model_that_can_not_be_used_changes_nothing(open_engine: OpenEngine, tmp_path: Path) -> None:
    async with open_engine() as engine:
        before = servers(tmp_path)
        with pytest.raises(ModelError):
            await engine.use("nothing-here")
        with pytest.raises(ConfigError):  # it reads no more than 512 tokens, and 65,536 are configured
            await engine.use("bundled")

        assert await engine.complete(HELLO, Options(max_tokens=8))
        assert servers(tmp_path) == before


async def test_an_answer_without_end_is_not_waited_for_for_ever() -> None:
    traffic = Traffic()

    with traffic.passing():
        async with traffic.stopped(0.01):
            assert traffic.is_stopped

    assert not traffic.is_stopped
