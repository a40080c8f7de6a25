"""What an operator does with the app from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from slack_sdk.oauth.installation_store import Bot

from botcore.app import commands_of, open_store, prepare_folder
from botcore.config import Settings, load_settings
from botcore.config_check import check_tables, named_in, without_use
from botcore.discovery import load_plugins
from botcore.errors import ConfigError
from botcore.owner import own
from botcore.store.migrate import open_plainly
from botcore.store.place import place_of
from botcore_slack.envelopes import PLATFORM
from botcore_slack.manifest import AppWish, as_json, as_link, as_yaml, manifest, scopes_of
from botcore_slack.oauth import installations_of
from botcore_slack.settings import SlackSettings

T = TypeVar("T")

NOT_CONFIGURED = (
    "No app of Slack's is configured. Add a table [adapters.slack] to botcore.toml and set "
    "BOTCORE_SLACK__TOKEN and BOTCORE_SLACK__APP_TOKEN; `botcore init --platform slack` asks for both."
)


FORMS = {"json": as_json, "yaml": as_yaml, "link": as_link}


def described(wish: AppWish, form: str = "json") -> str:
    """Return the manifest of an app like this, with the commands of the plugins that are installed."""
    settings = load_settings()  # without a check: a manifest is wanted before there are tokens
    plugins = load_plugins(named_in(settings.plugins, "plugins"))
    described = manifest(_as_configured(wish, settings), commands_of(settings), plugins)
    return FORMS[form](described)


def explained(wish: AppWish) -> str:
    """Return what each permission of such an app is for, a line each."""
    scopes = scopes_of(wish)
    width = max(len(scope.name) for scope in scopes)
    return "\n".join(f"{scope.name:<{width}}  {scope.why}" for scope in scopes)


async def encrypt_again() -> str:
    """Encrypt every workspace's tokens with the first key; return what to tell."""
    settings = load_settings(check=check_tables)
    slack = slack_settings(settings)
    if not slack.has_many:
        raise ConfigError("There is a token for one workspace only, and nothing in the database to encrypt.")
    folder = prepare_folder(settings.data_folder)
    with own(folder):
        async with open_store(settings, folder) as store:
            count = await installations_of(slack, store.database).reencrypt()
    return f"{count} installation{'' if count == 1 else 's'} encrypted with the first key."


async def kept_bots(settings: Settings, slack: SlackSettings) -> list[Bot]:
    """Return the bots of all workspaces, read beside a bot that runs; `UserError` when no key fits."""
    place = place_of(settings.store, settings.data_folder)
    if isinstance(place, Path) and not place.exists():
        return []
    engine = open_plainly(place, writes=False)
    try:
        return await installations_of(slack, _ReadPlainly(engine)).all_bots()
    finally:
        engine.dispose()


class _ReadPlainly:
    """The bot's tables, for one command that reads them."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    async def read(self, body: Callable[[Any], T]) -> T:
        with self._engine.begin() as connection:
            return body(connection)

    async def write(self, body: Callable[[Any], T]) -> T:
        raise AssertionError("who looks at an installation changes nothing")


def slack_settings(settings: Settings) -> SlackSettings:
    """Return the table of this adapter; raise `ConfigError` when there is none."""
    table = settings.adapters.get(PLATFORM)
    if table is None:
        raise ConfigError(NOT_CONFIGURED)
    return SlackSettings.model_validate(without_use(table))


def _as_configured(wish: AppWish, settings: Settings) -> AppWish:
    """Fill in what the configuration says already."""
    table = settings.adapters.get(PLATFORM, {})
    return replace(
        wish,
        by_http=wish.by_http or table.get("mode") == "http",
        public_url=(wish.public_url or str(table.get("public_url", ""))).rstrip("/"),
        many=wish.many or bool(table.get("client_id")),
        assistant=wish.assistant and table.get("assistant") is not False,
    )
