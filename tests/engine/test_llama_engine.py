"""The engine as the bot uses it: a real server process with a real, if tiny, model."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore.engine import Engine, EngineSetup, EngineState, ModelMessage, Options, Priority
from botcore.errors import ConfigError, EngineBusy, EngineDown, EngineLoading, EngineTimeout, ModelError
from botcore.testing.engine_contract import EngineContract, falls_idle
from botcore_llama import LlamaEngine
from botcore_llama.chat_format import PromptMessage, prompt_ids
from botcore_llama.tokenizer import Tokenizer
from tests.engine.conftest import OpenEngine
from tests.engine.processes import proc, servers

HELLO = [ModelMessage.user("hello")]
SHORT = Options(temperature=0, max_tokens=12)


class TestLlamaEngine(EngineContract):
    @pytest.fixture
    async def engine(self, open_engine: OpenEngine) -> AsyncIterator[Engine]:
        async with open_engine() as engine:
            yield engine


async def test_is_there_before_its_model(tiny_model: Path, tmp_path: Path) -> None:
    async with LlamaEngine(EngineSetup(tmp_path, {"model": str(tiny_model)})) as engine:
        status = await engine.status()
        assert (status.state, status.model) == (EngineState.LOADING, "tiny")
        assert (await engine.limits()).context_tokens == 8192
        with pytest.raises(EngineLoading):
            await engine.complete(HELLO)

        await engine.ready()

        assert (await engine.status()).state is EngineState.READY
        assert await engine.complete(HELLO, SHORT)


async def test_counts_exactly(open_engine: OpenEngine, tiny_model: Path) -> None:
    messages = [ModelMessage.system("be brief"), ModelMessage.user("grüß dich <|eot_id|>")]
    tokenizer = Tokenizer.load(tiny_model / "tokenizer.model")
    wanted = prompt_ids(tokenizer, [PromptMessage(m.role.value, m.text) for m in messages])

    async with open_engine() as engine:
        assert await engine.count(messages) == len(wanted)


async def test_text_that_is_no_valid_unicode_is_answered(open_engine: OpenEngine) -> None:
    async with open_engine() as engine:
        assert await engine.complete([ModelMessage.user("half a pair: \ud83d")], SHORT)


async def test_a_choice_among_more_tokens_than_there_are_is_one_among_all(open_engine: OpenEngine) -> None:
    async with open_engine() as engine:
        assert await engine.complete(HELLO, Options(temperature=0.7, top_k=10**12, max_tokens=8))


async def test_a_deadline_ends_an_answer_half_way(open_engine: OpenEngine) -> None:
    said: list[str] = []
    async with open_engine() as engine:
        with pytest.raises(EngineTimeout):
            await collect(engine, Options(deadline=0.4), said)

        assert said
        assert await falls_idle(engine)


async def test_a_short_question_does_not_wait_for_long_jobs(open_engine: OpenEngine) -> None:
    async with open_engine(slots=2) as engine:
        jobs = [asyncio.create_task(engine.complete(HELLO, Options(priority=Priority.JOB))) for _ in range(3)]
        while (await engine.status()).waiting < 2:
            await asyncio.sleep(0.01)

        await engine.complete(HELLO, SHORT)

        assert not any(job.done() for job in jobs)
        for job in jobs:
            job.cancel()
        await asyncio.wait(jobs)


async def test_those_who_wait_are_told_their_place(open_engine: OpenEngine) -> None:
    places: dict[int, list[int]] = {1: [], 2: [], 3: []}

    def options(number: int) -> Options:
        return Options(max_tokens=30, temperature=0.0, on_place=places[number].append)

    async with open_engine(slots=1) as engine, asyncio.TaskGroup() as group:
        for number in places:
            group.create_task(engine.complete([ModelMessage.user("hello")], options(number)))

    assert all(told[-1] == 0 for told in places.values())
    assert max(told[0] for told in places.values()) >= 1
    assert all(told == sorted(told, reverse=True) for told in places.values())


async def test_too_many_at_once_are_told(open_engine: OpenEngine) -> None:
    async with open_engine(slots=1, queue_limit=1) as engine:
        asked = [asyncio.create_task(engine.complete(HELLO, Options(max_tokens=3000))) for _ in range(4)]

        answers = await asyncio.gather(*asked, return_exceptions=True)

        assert [isinstance(answer, EngineBusy) for answer in answers].count(True) == 2
        assert [isinstance(answer, str) for answer in answers].count(True) == 2


async def test_two_in_one_folder_do_not_meet(open_engine: OpenEngine) -> None:
    async with open_engine() as one, open_engine() as other:
        assert await one.complete(HELLO, SHORT) == await other.complete(HELLO, SHORT)


async def test_a_folder_too_deep_for_a_socket_works(tiny_model: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    async with LlamaEngine(EngineSetup(deep, {"model": str(tiny_model)})) as engine:
        await engine.ready()

        assert await engine.complete(HELLO, SHORT)


async def test_removes_what_a_killed_one_left_where_paths_are_short(
    open_engine: OpenEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()
    left = tmp_path / f"botcore-engine-{ended.pid}-abc"
    left.mkdir()

    async with open_engine():
        assert not left.exists()


async def test_leaves_nothing_but_its_log(open_engine: OpenEngine, tmp_path: Path) -> None:
    async with open_engine():
        assert sorted(modes(tmp_path).values()) == ["0600", "0700"]

    assert modes(tmp_path) == {"engine.log": "0600"}


async def test_removes_what_a_killed_one_left(open_engine: OpenEngine, tmp_path: Path) -> None:
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()
    left = tmp_path / f"engine-{ended.pid}-abc"
    left.mkdir()
    other = tmp_path / "engine-notes-mine"
    other.mkdir()

    async with open_engine():
        assert left.name not in modes(tmp_path)
        assert other.name in modes(tmp_path)


def test_a_wrong_setting_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"engine\.model_path is not a setting"):
        LlamaEngine(EngineSetup(tmp_path, {"model_path": "x"}))


async def test_a_setting_that_does_not_fit_the_model_leaves_nothing_open(
    tiny_model: Path, tmp_path: Path
) -> None:
    settings = {"model": str(tiny_model), "context_tokens": 100_000}

    with pytest.raises(ConfigError, match=r"engine\.context_tokens is 100000"):
        async with LlamaEngine(EngineSetup(tmp_path, settings)):
            pass

    assert modes(tmp_path) == {}


async def test_a_data_folder_that_can_not_be_used_is_told(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineDown, match="can't hold the model server's socket: No such file"):
        async with LlamaEngine(EngineSetup(tmp_path / "nowhere", {"model": str(tiny_model)})):
            pass


async def test_a_damaged_model_keeps_it_down(tiny_model: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(tiny_model, tmp_path / "broken"))
    (broken / "model.bin").write_bytes(b"nonsense")

    async with LlamaEngine(EngineSetup(tmp_path, {"model": str(broken)})) as engine:
        status = await engine.status()

        assert status.state is EngineState.DOWN
        assert "model.bin is damaged" in status.detail
        for call in (
            engine.ready,
            lambda: engine.complete(HELLO),
            lambda: engine.count(HELLO),
            engine.limits,
        ):
            with pytest.raises(ModelError, match=r"model\.bin is damaged"):
                await call()


async def test_a_model_that_only_the_server_finds_damaged_keeps_it_down(
    tiny_model: Path, tmp_path: Path
) -> None:
    broken = Path(shutil.copytree(tiny_model, tmp_path / "broken"))
    (broken / "tokenizer.model").write_bytes(b"nonsense")

    async with LlamaEngine(EngineSetup(tmp_path, {"model": str(broken)})) as engine:
        with pytest.raises(ModelError, match="not a tokenizer"):
            await engine.ready()

        assert (await engine.status()).state is EngineState.DOWN


def test_the_bot_loads_nothing_heavy() -> None:
    """The client's process idles beside the server's; only that one needs these."""
    program = "import sys; from botcore_llama import LlamaEngine; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert not {"numpy", "tiktoken", "ctranslate2", "safetensors"} & set(loaded.stdout.split())


async def test_the_server_gets_the_tuned_allocator(open_engine: OpenEngine, tmp_path: Path) -> None:
    async with open_engine():
        [server] = servers(tmp_path)

        assert "MALLOC_MMAP_MAX_=0" in proc(server, "environ").split("\0")
        assert proc(server, "oom_score_adj") == "500\n"


async def collect(engine: Engine, options: Options, said: list[str]) -> None:
    async for piece in engine.stream(HELLO, options):
        said.append(piece)  # noqa: PERF401 - what came before an error counts


def modes(folder: Path) -> dict[str, str]:
    """Return who may use what stands in a folder."""
    return {path.name: f"{path.stat().st_mode & 0o777:04o}" for path in folder.iterdir()}
