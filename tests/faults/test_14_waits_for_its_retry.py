"""An earlier message waits for its retry."""

from __future__ import annotations

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.faults.databases import on_both_in_time


@on_both_in_time
async def test_a_later_one_of_its_conversation_waits_and_other_conversations_run(
    platform: Platform, bot: BotProcess
) -> None:
    await bot.start()
    failing = platform.post("/raise", chat="one")
    later = platform.post("after it", chat="one")
    await platform.until(lambda: bot.rows("select failures from inbox where id = 1") == [(1,)], "a failure")

    others = [platform.post(f"number {n}", chat="another") for n in range(3)]
    for other in others:
        await platform.until_answered(other)
    assert platform.answer_to(failing) is None
    assert platform.answers_to(later) == []

    assert await platform.until_answered(later) == "re: after it"
    assert platform.answer_to(failing) is not None
