"""One turn that takes 60 s."""

from __future__ import annotations

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.fakes.script import question


async def test_other_conversations_are_not_delayed(platform: Platform, bot: BotProcess) -> None:
    """Neither by a slow model nor by a slow plugin."""
    bot.settings["bot"] = {"plugin_seconds": 120}
    await bot.start()
    slow = [
        platform.post(question("slow", words=60, pace=1), chat="slow model"),
        platform.post("/hold 60", chat="slow plugin"),
    ]
    await platform.until(
        lambda: bot.rows("select count(*) from inbox where state = 'running'") == [(2,)], "two running turns"
    )

    for number in range(20):
        chat = f"chat-{number % 5}"
        assert await platform.until_answered(platform.post(f"number {number}", chat=chat), seconds=20)

    assert [platform.answer_to(message) for message in slow] == [None, None]
