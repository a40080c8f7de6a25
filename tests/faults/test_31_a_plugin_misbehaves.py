"""A plugin raises, blocks the event loop, never returns, leaks tasks, uses what it did not declare."""

from __future__ import annotations

from signal import SIGTERM

import pytest

from botcore.errors import PluginError
from botcore.middleware import TOO_SLOW
from botcore.quarantine import FAILURES
from botcore.turns import MAX_FAILURES
from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform


async def others_are_answered(platform: Platform) -> None:
    for number in range(3):
        text = f"number {number}"
        assert await platform.until_answered(platform.post(text, chat=f"chat-{number}")) == f"re: {text}"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["/raise", "/exit"])
async def test_one_that_raises_costs_one_apology(platform: Platform, bot: BotProcess, command: str) -> None:
    await bot.start()
    asked = platform.post(command)

    await others_are_answered(platform)

    assert "Sorry" in await platform.until_answered(asked)
    assert len(platform.answers_to(asked)) == 1


async def test_one_that_never_returns_is_given_up(platform: Platform, bot: BotProcess) -> None:
    bot.settings["bot"] = {"plugin_seconds": 0.3}
    await bot.start()
    asked = platform.post("/never")
    following = platform.post("after it")

    await others_are_answered(platform)

    assert await platform.until_answered(asked) == TOO_SLOW
    assert await platform.until_answered(following) == "re: after it"


async def test_one_that_will_not_end_holds_up_neither_its_conversation_nor_the_end_of_the_bot(
    platform: Platform, bot: BotProcess
) -> None:
    bot.settings["bot"] = {"plugin_seconds": 0.3}
    await bot.start()
    asked = platform.post("/stay")
    following = platform.post("after it")

    assert await platform.until_answered(asked) == TOO_SLOW
    assert await platform.until_answered(following) == "re: after it"
    assert "handler_stuck" in bot.logs

    bot.signal(SIGTERM)
    assert await bot.wait() == 0


async def test_one_that_blocks_the_loop_is_named(platform: Platform, bot: BotProcess) -> None:
    await bot.start()

    assert await platform.until_answered(platform.post("/block 3")) == "blocked"

    await others_are_answered(platform)
    [line] = [line for line in bot.logs.splitlines() if "event_loop_blocked" in line]
    assert "plugin=awkward" in line
    assert "function=block" in line


async def test_tasks_it_leaves_behind_disturb_nobody(platform: Platform, bot: BotProcess) -> None:
    await bot.start()

    assert await platform.until_answered(platform.post("/leak")) == "leaked"

    await others_are_answered(platform)
    assert "plugin_left_tasks" in bot.logs


async def test_one_that_asks_for_what_it_did_not_declare_is_refused_with_the_line_that_asks(
    platform: Platform, bot: BotProcess
) -> None:
    bot.settings["plugins.undeclared"] = {"use": "tests.fakes.undeclared_plugin:plugin"}
    bot.launch()

    assert await bot.wait() == PluginError.exit_code

    assert "undeclared_plugin.py:" in bot.output
    assert "asks for `ledger: Ledger`, which its plugin did not declare" in bot.output
    assert not (bot.data / "botcore.db").exists(), "nothing was begun"


async def test_one_that_fails_time_and_again_is_left_alone_and_the_operator_told(
    platform: Platform, bot: BotProcess
) -> None:
    bot.settings["bot"] = {"answerer": "chat"}  # another plugin's
    await bot.start()
    for _ in range(FAILURES // MAX_FAILURES + 1):
        await platform.until_answered(platform.post("/raise"))

    answer = await platform.until_answered(platform.post("/raise"))

    assert f"failed {FAILURES} times in a row" in answer
    assert any("plugin_quarantined" in x and "plugin=awkward" in x for x in bot.logs.splitlines())
    assert "/raise" in await platform.until_answered(platform.post("/help"))
    assert await platform.until_answered(platform.post("hello", chat="another")) == "re: hello"
