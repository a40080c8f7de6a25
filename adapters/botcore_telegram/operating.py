"""What an operator does with the configured bots from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from telegram.error import InvalidToken, TelegramError

from botcore import ChatMoved, UserError
from botcore.config import Settings, load_settings
from botcore.config_check import check_tables, without_use
from botcore.errors import ConfigError
from botcore_telegram.account import Account, refused
from botcore_telegram.connection import silence_libraries
from botcore_telegram.errors import reason_of
from botcore_telegram.events import PLATFORM
from botcore_telegram.settings import BotSettings, TelegramSettings

NOT_CONFIGURED = (
    "No bot of Telegram's is configured. Add a table [adapters.telegram] to botcore.toml and set "
    "BOTCORE_TELEGRAM__TOKEN to the token that BotFather gave you."
)


async def change_webhook(bot: str | None, *, remove: bool) -> list[str]:
    """Set the webhooks of all bots that have one, or of one bot; return what to tell."""
    settings = telegram_settings(load_settings(check=check_tables))
    chosen = [chosen_bot(settings, bot)] if bot else [b for b in settings.all_bots if b.webhook_url or remove]
    if not chosen or not (remove or all(one.webhook_url for one in chosen)):
        raise ConfigError(
            "There is no webhook_url under [adapters.telegram]. Set it to the address at which Telegram "
            "reaches this machine, like https://bot.example.org/telegram."
        )
    return [line for one in chosen for line in await _change(settings, one, remove=remove)]


async def _change(settings: TelegramSettings, bot: BotSettings, *, remove: bool) -> list[str]:
    async with opened(settings, bot) as account:
        name = f"@{account.bot.username}"
        if remove:
            await account.bot.delete_webhook()
            return [f"Telegram calls nobody for {name} any more. Without a webhook_url, the bot polls."]
        await account.set_webhook()
        listening = settings.webhook_listen
        lines = [f"Telegram calls {bot.webhook_url} for {name}; the bot listens on {listening}."]
        if urlsplit(bot.webhook_url).scheme != "https":
            lines.append("Telegram itself calls https addresses only.")
        return lines


@asynccontextmanager
async def opened(settings: TelegramSettings, bot: BotSettings) -> AsyncIterator[Account]:
    """Reach Telegram as one of the bots; raise `UserError` with what went wrong there."""
    silence_libraries()
    account = Account(bot, settings.base_url, _nobody_follows)
    try:
        await account.bot.initialize()
        yield account
    except InvalidToken:
        raise refused(bot) from None
    except TelegramError as error:
        raise UserError(f"That did not work: {reason_of(error)}.") from None
    finally:
        await account.close()


def telegram_settings(settings: Settings) -> TelegramSettings:
    """Return the table of this adapter; raise `ConfigError` when there is none."""
    table = settings.adapters.get(PLATFORM)
    if table is None:
        raise ConfigError(NOT_CONFIGURED)
    return TelegramSettings.model_validate(without_use(table))


def chosen_bot(settings: TelegramSettings, name: str | None) -> BotSettings:
    """Return the bot that is meant by an id or a name; without one, the only one."""
    if name is None and len(settings.all_bots) == 1:
        return settings.all_bots[0]
    if name and (named := settings.bots.get(name)):
        return named
    if found := next((bot for bot in settings.all_bots if bot.tenant == name), None):
        return found
    known = ", ".join([*settings.bots, *(bot.tenant for bot in settings.all_bots)])
    what = f"There is no bot “{name}”" if name else "There are several bots"
    raise ConfigError(f"{what}. Choose with --bot among {known}.")


async def _nobody_follows(moved: ChatMoved) -> None:
    """No core runs here that could follow a chat's move."""
