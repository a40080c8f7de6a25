"""A secret in a traceback, a DEBUG log, a URL."""

from __future__ import annotations

import os

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Fault, Platform
from tests.fakes.plugin import CANARY
from tests.fakes.script import question


@pytest.mark.parametrize("form", ["text", pytest.param("json", marks=pytest.mark.slow)])
async def test_a_canary_appears_in_no_log(platform: Platform, bot: BotProcess, form: str) -> None:
    """Neither what people wrote, nor what an exception says, nor the addresses that libraries log."""
    bot.settings["log"] = {"level": "debug", "format": form}
    await bot.start()
    platform.faults.append(Fault(error="refused"))
    streamed = question(CANARY, words=3, pace=0.1)
    for number, text in enumerate([streamed, f"/raise {CANARY}", "/call", "/leak", f"/unknown {CANARY}"]):
        await platform.until_answered(platform.post(text, chat=f"chat-{number}"))
    await platform.until(lambda: "turn_failed" in bot.logs, "a traceback in the log")
    await bot.kill()
    await bot.start()
    await platform.until_answered(platform.post("hello", chat="another"))

    assert "RuntimeError" in bot.logs
    assert "OSError" in bot.logs
    assert CANARY not in bot.logs + bot.output


async def test_a_token_appears_in_no_warning_of_a_library(platform: Platform, bot: BotProcess) -> None:
    """As text, in an address, within something that was represented."""
    token = f"12345:{CANARY}/'quoted'"
    bot.settings["adapters.loopback"] = {"use": "tests.fakes.adapter:GuardedAdapter"}
    bot.environment["BOTCORE_ADAPTERS__LOOPBACK__TOKEN"] = token
    bot.settings["log"] = {"level": "debug", "format": "json"}
    await bot.start()

    await platform.until_answered(platform.post("hello"))

    assert "POST https://example.org/bot***/send" in bot.logs
    assert "Bearer ***" in bot.logs
    assert CANARY not in bot.logs + bot.output


async def test_the_databases_password_appears_in_no_log(platform: Platform, bot: BotProcess) -> None:
    """Nor on the terminal, when the server can't be reached."""
    bot.environment["BOTCORE_STORE__URL"] = f"postgresql://botcore:{CANARY}@127.0.0.1:1/nothing"
    bot.launch()

    assert await bot.wait() not in (0, os.EX_SOFTWARE)

    assert "127.0.0.1" in bot.output
    assert CANARY not in bot.logs + bot.output
