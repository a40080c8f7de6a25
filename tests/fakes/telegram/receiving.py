"""The methods by which a bot gets its updates."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.telegram.bot import BotAccount
from tests.fakes.telegram.errors import bad_request, conflict
from tests.fakes.telegram.parameters import Parameters
from tests.fakes.telegram.webhook import Webhook
from tests.fakes.telegram.world import World

HAS_WEBHOOK = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


async def get_updates(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    if bot.webhook:
        raise conflict(HAS_WEBHOOK)
    updates = await bot.updates.poll(
        parameters.integer("offset"),
        parameters.integer("limit", 100),
        float(parameters.integer("timeout")),
        parameters.data("allowed_updates"),
    )
    return [update.json() for update in updates]


async def set_webhook(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    """Take addresses of this machine without TLS too, as a Bot API server run locally does."""
    url, secret = parameters.text("url"), parameters.text("secret_token")
    if not url:
        return await delete_webhook(world, bot, parameters)
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    await _drop(bot, parameters)
    if (allowed := parameters.data("allowed_updates")) is not None:
        bot.updates.allowed = tuple(allowed)
    bot.updates.end_poll("terminated by setWebhook request")
    bot.webhook = Webhook(url, secret, bot.updates, parameters.integer("max_connections", 40))
    bot.webhook.begin()
    return True


async def delete_webhook(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    await _drop(bot, parameters)
    return True


async def _drop(bot: BotAccount, parameters: Parameters) -> None:
    if bot.webhook:
        await bot.webhook.end()
        bot.webhook = None
    if parameters.boolean("drop_pending_updates"):
        bot.updates.clear()


async def get_webhook_info(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    hook = bot.webhook
    body: dict[str, Any] = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates.pending),
    }
    if bot.updates.allowed:
        body["allowed_updates"] = list(bot.updates.allowed)
    if hook:
        body |= {"max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
        if hook.last_error:
            body |= {"last_error_date": hook.last_error_at, "last_error_message": hook.last_error}
    return body


async def stay(world: World, bot: BotAccount, parameters: Parameters) -> Any:
    """Answer `close` and `logOut`: this server has nowhere else to go."""
    return True
