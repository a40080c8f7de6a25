"""Many workspaces: each has installed the app, and given it tokens of its own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from botcore import RetryLater
from botcore.errors import UserError
from botcore_slack.connection import Account, Clients
from botcore_slack.errors import reason_of, translate, translated
from botcore_slack.installations import Installations

log = structlog.get_logger(__name__)

EARLY_MINUTES = 120  # before its end, a token is exchanged for the next
ORGANISATION_PAGE = 100  # workspaces of an organisation in an answer of Slack's


@dataclass(frozen=True, slots=True)
class _Known:
    account: Account
    until: float  # when its token should be exchanged, by the wall's clock as Slack tells it


class Workspaces:
    """Where the app is installed, as far as was asked for; read again when that changes."""

    trouble = ""  # of one workspace is none of the others'

    def __init__(
        self, clients: Clients, installations: Installations, client_id: str, client_secret: str
    ) -> None:
        self._clients = clients
        self._installations = installations
        self._app = (client_id, client_secret)
        self._known: dict[str, _Known] = {}  # by workspace
        self._organisations: dict[str, str] = {}  # a workspace's, where the app is installed in all of it
        self._exchanged: dict[str, Bot] = {}  # by the workspace: new tokens that are not kept yet
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by what is asked for
        self._changes = 0
        installations.changed = self._forget

    async def find(self, tenant: str) -> Account | None:
        """Return the bot as a workspace knows it. A token that will end soon is exchanged first."""
        if (known := self._known.get(tenant)) and time.time() < known.until:
            return known.account
        async with self._alone(f"bot of {tenant}"):
            if (known := self._known.get(tenant)) and time.time() < known.until:
                return known.account  # somebody else has asked meanwhile
            changes = self._changes  # what is read here may not be so any more when it has been
            bot = await self._bot_of(tenant)
            if bot is None:
                return None
            if _exchange_at(bot) <= time.time():
                async with self._alone(f"token of {bot.team_id or bot.enterprise_id}"):
                    # For another of its organisation's workspaces it may have been exchanged just now.
                    bot = await self._fresh(await self._bot_of(tenant) or bot)
            account = _account(bot, tenant)
            if changes == self._changes:
                self._known[tenant] = _Known(account, _exchange_at(bot))
            return account

    def _alone(self, what: str) -> asyncio.Lock:
        """Return what only one at a time passes of those who ask for the same."""
        return self._asking.setdefault(what, asyncio.Lock())

    def _forget(self, workspace: str | None) -> None:
        """Read again what is known of a workspace when it is next needed; None: of every one."""
        self._changes += 1
        if workspace is None:
            self._known.clear()
        else:
            self._known.pop(workspace, None)

    async def open(self) -> None:
        """Encrypt all tokens with the newest key; raise `UserError` when none of the keys fits."""
        count = await self._installations.reencrypt()
        log.info("slack_installations", count=count)

    def belongs(self, tenant: str, organisation: str) -> None:
        """Note that a workspace's organisation has installed the app for all of its workspaces."""
        self._organisations[tenant] = organisation

    async def leave(self, tenant: str, organisation: str, at: float, *, everywhere: bool) -> None:
        """Forget an installation that was taken away at a moment. A newer one is left alone."""
        for bot in await self._bots_for(tenant):
            of_workspace = bot.team_id == tenant
            of_organisation = everywhere and bot.team_id is None and bot.enterprise_id == organisation
            if (of_workspace or of_organisation) and bot.installed_at <= at + 1:
                await self._installations.async_delete_all(
                    enterprise_id=bot.enterprise_id, team_id=bot.team_id
                )
                log.info("slack_uninstalled", workspace=bot.team_id or bot.enterprise_id)

    async def _bot_of(self, tenant: str) -> Bot | None:
        bots = await self._bots_for(tenant)
        if own := next((bot for bot in reversed(bots) if bot.team_id == tenant), None):
            return own
        for bot in bots:
            if bot.team_id is None and await self._is_in(bot, tenant):
                return bot
        return None

    async def _bots_for(self, tenant: str) -> list[Bot]:
        try:
            return await self._installations.serving(tenant)
        except UserError:
            raise
        except Exception as error:
            log.warning("installations_not_read", error=type(error).__name__)
            raise RetryLater("The database can't be read just now.") from error

    async def _is_in(self, bot: Bot, tenant: str) -> bool:
        """Tell whether a workspace is of the organisation that this bot is installed in."""
        if tenant not in self._organisations:
            for workspace in await self._workspaces_of(bot):
                self._organisations[workspace] = bot.enterprise_id or ""
        return self._organisations.get(tenant) == bot.enterprise_id

    async def _workspaces_of(self, bot: Bot) -> list[str]:
        found: list[str] = []
        client, cursor = self._clients.with_token(bot.bot_token), ""
        while True:
            with translated():
                told = await client.auth_teams_list(cursor=cursor, limit=ORGANISATION_PAGE)
            teams: list[dict[str, str]] = told.get("teams") or []
            found += [team["id"] for team in teams]
            cursor = (told.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return found

    async def _fresh(self, bot: Bot) -> Bot:
        """Exchange a token that ends soon, and keep the next before it is used."""
        name = bot.team_id or bot.enterprise_id or ""
        rotator = AsyncTokenRotator(
            client_id=self._app[0], client_secret=self._app[1], client=self._clients.with_token(None)
        )
        exchanged = self._exchanged.pop(name, None)
        try:
            exchanged = exchanged or await rotator.perform_bot_token_rotation(
                bot=bot, minutes_before_expiration=EARLY_MINUTES
            )
        except SlackTokenRotationError as error:
            log.warning("token_not_exchanged", workspace=name, why=reason_of(error.api_error))
            if bot.bot_token_expires_at and bot.bot_token_expires_at > time.time():
                return bot
            raise translate(error.api_error) from None
        if exchanged is None:
            return bot
        self._exchanged[name] = exchanged  # the one before it is good for nothing any more
        try:
            await self._installations.async_save_bot(exchanged)
        except Exception as error:
            raise RetryLater("A new token can't be kept just now.") from error
        del self._exchanged[name]
        return exchanged


def _account(bot: Bot, tenant: str) -> Account:
    return Account(
        tenant=tenant,
        token=bot.bot_token,
        user_id=bot.bot_user_id,
        bot_id=bot.bot_id,
        name=bot.team_name or bot.enterprise_name or "",
        enterprise=bot.enterprise_id or "",
        everywhere=bool(bot.is_enterprise_install),
        scopes=frozenset(bot.bot_scopes or ()),
    )


def _exchange_at(bot: Bot) -> float:
    """Return when to exchange a token. One that could not be exchanged in time is tried again at once."""
    return bot.bot_token_expires_at - EARLY_MINUTES * 60 if bot.bot_token_expires_at else float("inf")
