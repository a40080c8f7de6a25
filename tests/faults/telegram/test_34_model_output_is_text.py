"""The model writes HTML, commands, `@channel`, the names of people."""

from __future__ import annotations

import pytest

from tests.fakes.telegram import BotAccount, Message, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

NOTIFYING = {"mention", "text_mention"}
WORKING = {"bot_command", "hashtag", "cashtag"}
TEXTS = [
    "<b>bold</b> <a href='tg://user?id=1'>you</a> &amp; <script>",
    "@channel @here @all <!here> <!channel>",
    "@ana_k and @helper_bot, @**ana_k** too",
    "/stop and /help@helper_bot",
    "[Ana](tg://user?id=100001) [x](javascript:alert(1))",
]


@pytest.mark.parametrize("text", TEXTS)
async def test_it_stays_text_and_nobody_is_mentioned(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess, text: str
) -> None:
    room = telegram.group("Team", ana.user, account)
    await bot.start()
    asked = ana.write(f"{text} @helper_bot", room)
    await telegram.until(lambda: bool(telegram.answers_to(asked)), "an answer")
    await telegram.until(lambda: _is_whole(telegram.answers_to(asked)[-1], text), f"all of {text!r}")

    for message in telegram.answers_to(asked):
        for version in message.versions:
            kinds = {entity.type for entity in version.content.entities}
            assert not kinds & (NOTIFYING | WORKING), version
            assert not any(
                entity.url.startswith(("tg:", "javascript:")) for entity in version.content.entities
            )


def _is_whole(message: Message, text: str) -> bool:
    """Whether the last letters of what was to be said are shown."""
    return message.text.rstrip(" )")[-4:] in text
