"""The model process raises, hangs, is killed, runs out of memory."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, SIGSTOP

import pytest

from tests.engine.conftest import tiny_model
from tests.engine.processes import proc
from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform

__all__ = ["tiny_model"]  # a fixture

START_SECONDS = 60.0


@pytest.fixture
async def llama(bot: BotProcess, tiny_model: Path) -> BotProcess:
    """A bot whose model babbles for a good while."""
    bot.settings |= {
        "bot": {"answerer": "chat"},
        "engine": {
            "use": "llama",
            "model": str(tiny_model),
            "threads": 1,
            "context_tokens": 65536,
            "answer_tokens": 6000,
            "health_seconds": 2,
        },
    }
    await bot.start()
    return bot


async def the_server(platform: Platform, bot: BotProcess, not_: int = 0) -> int:
    """Wait for the bot's model server, another than one that there was, and return its process."""
    await platform.until(lambda: bool({*servers_of(bot)} - {not_}), "a model server", START_SECONDS)
    return ({*servers_of(bot)} - {not_}).pop()


def servers_of(bot: BotProcess) -> list[int]:
    found = []
    for thread in Path(f"/proc/{bot.pid}/task").glob("*/children"):
        with suppress(OSError):  # it has just ended
            children = [int(child) for child in thread.read_text().split()]
            found += [child for child in children if "botcore_llama.server" in proc(child, "cmdline")]
    return found


def out_of_memory(server: int) -> None:
    """Let every further allocation fail."""
    resource.prlimit(server, resource.RLIMIT_AS, (1, 1))


@pytest.mark.parametrize(
    "break_",
    [
        pytest.param(lambda server: os.kill(server, SIGKILL), id="killed"),
        pytest.param(lambda server: os.kill(server, SIGSTOP), id="hangs", marks=pytest.mark.slow),
    ],
)
async def test_it_is_started_again_and_the_question_answered(
    platform: Platform, llama: BotProcess, break_: Callable[[int], None]
) -> None:
    asked = platform.post("Tell me a long story.")
    await platform.until(
        lambda: any(v.text for m in platform.answers_to(asked) for v in m.versions[2:]), "some of the answer"
    )
    bot_pid, server = llama.pid, await the_server(platform, llama)

    break_(server)

    answer = await platform.until_answered(asked, seconds=90)
    assert len(answer) > 1000
    assert "Sorry" not in answer
    assert len(platform.messages) == 1
    assert await the_server(platform, llama, not_=server) != server
    assert llama.is_running
    assert llama.pid == bot_pid


@pytest.mark.slow
async def test_one_that_is_out_of_memory_is_started_again_and_nobody_is_forgotten(
    platform: Platform, llama: BotProcess
) -> None:
    asked = platform.post("Tell me a long story.", chat="one")
    await platform.until(lambda: bool(platform.answers_to(asked)), "a beginning of the answer")
    server = await the_server(platform, llama)

    out_of_memory(server)
    longer = platform.post("And a longer one. " * 300, chat="two")  # needs more than it has

    for question in (asked, longer):
        answer = await platform.until_answered(question, seconds=90)
        assert len(answer) > 1000
        assert "Sorry" not in answer
    assert await the_server(platform, llama, not_=server) != server
    assert llama.is_running


async def test_no_model_process_outlives_a_kill_of_its_bot(platform: Platform, llama: BotProcess) -> None:
    asked = platform.post("Tell me a long story.")
    await platform.until(lambda: bool(platform.answers_to(asked)), "a beginning of the answer")
    server = await the_server(platform, llama)

    llama.signal(SIGKILL)

    gone = Path(f"/proc/{server}")
    await platform.until(lambda: not gone.exists(), "an end of the model's process", seconds=5)


@pytest.mark.slow
async def test_a_model_that_can_not_be_loaded_is_told_and_the_bot_stays_up(
    platform: Platform, llama: BotProcess, tiny_model: Path, tmp_path: Path
) -> None:
    await llama.kill()
    broken = Path(shutil.copytree(tiny_model, tmp_path / "broken"))
    (broken / "model.bin").write_bytes(b"no model at all")
    llama.settings["engine"] |= {"model": str(broken)}  # type: ignore[operator]
    await llama.start()

    answer = await platform.until_answered(platform.post("hello", chat="one"), seconds=90)

    assert answer
    assert "re:" not in answer
    assert "/help" in await platform.until_answered(platform.post("/help", chat="two"))
    assert llama.is_running
