"""Updates as Telegram sends them. One that can't be read must not keep those behind it from coming in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import structlog
from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.request import BaseRequest

log = structlog.get_logger(__name__)


async def fetch(bot: Bot, request: BaseRequest, *, offset: int, **more: Any) -> tuple[Update, ...]:
    """Return the updates from `offset` on; raise `TelegramError`. `request`: through which they come."""
    try:
        return await bot.get_updates(offset=offset, **more)
    except TelegramError:
        raise
    except Exception as error:  # one of them is not as the library expects it, so it gave up all
        log.warning("updates_not_understood", error=type(error).__name__)
    told = await request.post(f"{bot.base_url}/getUpdates?{urlencode({'offset': offset, 'timeout': 0})}")
    return tuple(understood(one, bot) for one in told) if isinstance(told, list) else ()


def understood(told: Mapping[str, Any], bot: Bot) -> Update:
    """Return an update; one that can't be read is empty, since it can't be read tomorrow either."""
    try:
        return Update.de_json(dict(told), bot)
    except Exception as error:
        kinds = sorted(name for name in told if name != "update_id")
        log.error("update_not_understood", update=told["update_id"], kind=kinds, error=type(error).__name__)
        return Update(int(told["update_id"]))
