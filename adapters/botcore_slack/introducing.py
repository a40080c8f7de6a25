"""What `botcore init` asks for Slack, and who Slack says that the bot is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from botcore import DeliveryError, Introduction, Question, UserError
from botcore.config_check import explain, listed
from botcore.config_document import Places
from botcore.errors import ConfigError
from botcore_slack.connection import Account, Clients, silence_libraries, who_is
from botcore_slack.envelopes import PLATFORM
from botcore_slack.scopes import missing
from botcore_slack.settings import SlackSettings
from botcore_slack.sockets import open_address

BY_HTTP, BY_SOCKETS = ("mode", "http"), ("mode", "")
QUESTIONS = (
    Question(
        "token",
        "The bot's token, xoxb-… (your app at api.slack.com/apps, OAuth & Permissions; "
        "`botcore slack manifest --link` makes an app)",
    ),
    Question("app_token", "The app-level token, xapp-… (Basic Information)", when=BY_SOCKETS),
    Question("signing_secret", "The signing secret (Basic Information, App Credentials)", when=BY_HTTP),
)


async def introduce(settings: Mapping[str, Any]) -> Introduction:
    """Ask Slack who the bot is, and whether it may open sockets; raise `UserError` with what is wrong."""
    try:
        checked = SlackSettings.model_validate(dict(settings))
    except ValidationError as error:
        mistakes = explain(error, SlackSettings, Places(), ("adapters", PLATFORM))
        raise ConfigError(listed(mistakes)) from None
    silence_libraries()
    clients = Clients(checked)
    try:
        account = await _account(clients, checked)
    except DeliveryError as error:
        raise UserError(f"Slack gave no answer that can be used. {error}") from None
    finally:
        await clients.close()
    return Introduction(f"@{account.handle}", f"in the workspace {account.name} ({account.url})")


async def _account(clients: Clients, settings: SlackSettings) -> Account:
    assert settings.token
    account = await who_is(clients, settings.token.get_secret_value())
    if account.scopes and (lacking := [scope.name for scope in missing(account.scopes)]):
        raise ConfigError(
            f"The app lacks permissions: {', '.join(lacking)}. Give it the manifest that `botcore slack "
            "manifest` prints (App Manifest), and install it anew."
        )
    if settings.transport == "socket" and settings.app_token:
        await open_address(clients, settings.app_token.get_secret_value())
    return account
