"""What `botcore init` asks for Telegram, and who Telegram says that the bot is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from botcore import Introduction, Question
from botcore.config_check import explain, listed
from botcore.config_document import Places
from botcore.errors import ConfigError
from botcore_telegram.events import PLATFORM
from botcore_telegram.operating import opened
from botcore_telegram.settings import TelegramSettings

QUESTIONS = (Question("token", "The token that @BotFather gave you (/newbot)"),)


async def introduce(settings: Mapping[str, Any]) -> Introduction:
    """Ask Telegram who the bot is; raise `UserError` with what is wrong."""
    try:
        checked = TelegramSettings.model_validate(dict(settings))
    except ValidationError as error:
        mistakes = explain(error, TelegramSettings, Places(), ("adapters", PLATFORM))
        raise ConfigError(listed(mistakes)) from None
    async with opened(checked, checked.all_bots[0]) as account:
        name = account.bot.username
        return Introduction(f"@{name}", f"https://t.me/{name}")
