"""How this package reaches Slack's Web API: one client for each workspace."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol
from urllib.request import getproxies

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from botcore import Refused, RetryLater
from botcore.errors import ConfigError
from botcore_slack.errors import REVOKED, code_of, translated
from botcore_slack.settings import SlackSettings
from botcore_slack.web_client import PostingClient

log = structlog.get_logger(__name__)

CONNECTIONS = 64
MOST_CLIENTS = 1000  # that are kept for the next call
CONNECT_SECONDS, CALL_SECONDS = 10.0, 30.0
IDLE_SECONDS = 15.0  # after which a connection is not used again: the other end may have forgotten it
# They write what people wrote, and addresses that let in who knows them.
TALKATIVE = ("slack_sdk", "slack_bolt", "aiohttp")
UNINSTALLED = (
    "the app was uninstalled from its workspace, or its token revoked; install it again and set "
    "BOTCORE_SLACK__TOKEN to the new token"
)


@dataclass(frozen=True, slots=True)
class Account:
    """The bot as one workspace knows it."""

    tenant: str  # the workspace
    token: str
    user_id: str  # the bot's, as people mention it
    bot_id: str  # the same as the author of messages
    name: str = ""  # of the workspace
    url: str = ""  # where people reach it
    handle: str = ""  # how people call the bot, without the @
    enterprise: str = ""  # the organisation, if it belongs to one
    everywhere: bool = False  # installed in the whole organisation: calls name the workspace they mean
    scopes: frozenset[str] = frozenset()
    date: str = ""  # of Slack's answer, as its clock has it

    def __repr__(self) -> str:
        return f"Account({self.tenant})"  # the token belongs in no log


class Accounts(Protocol):
    """Where the bot is installed."""

    @property
    def trouble(self) -> str:
        """What is wrong with the installation, for the operator; empty when nothing is."""
        ...

    async def open(self) -> object:
        """Look whether it can be used.

        `RetryLater`: Slack was not reached. `UserError`: somebody has to put something right.
        """
        ...

    async def find(self, tenant: str) -> Account | None:
        """Return the bot as a workspace knows it; None where it is not installed."""
        ...

    def belongs(self, tenant: str, organisation: str) -> None:
        """Note that a workspace's organisation has installed the app for all of its workspaces."""
        ...

    async def leave(self, tenant: str, organisation: str, at: float, *, everywhere: bool) -> None:
        """Forget an installation that was taken away at a moment. A newer one is left alone."""
        ...


class Clients:
    """Clients of the Web API, which share their connections. They repeat nothing: the core does."""

    def __init__(self, settings: SlackSettings, accounts: Accounts | None = None) -> None:
        """`accounts`: of many workspaces; without it there is one, whose token is in the settings."""
        self._settings = settings
        self.accounts: Accounts = accounts or OneAccount(settings, self)
        self._session: aiohttp.ClientSession | None = None
        self._made: dict[tuple[str | None, str | None], AsyncWebClient] = {}  # by token and workspace

    async def account(self, tenant: str) -> Account:
        """Return the bot as a workspace knows it; `Refused` where it is not installed."""
        if found := await self.accounts.find(tenant):
            return found
        raise Refused(f"The bot is not installed in the workspace {tenant} (any more).")

    async def client(self, tenant: str) -> AsyncWebClient:
        """Return what calls Slack as the bot of a workspace.

        `RetryLater`: Slack was not reached yet. `Refused`: the bot is not installed there.
        """
        account = await self.account(tenant)
        return self.with_token(account.token, team=tenant if account.everywhere else None)

    def with_token(self, token: str | None, team: str | None = None) -> AsyncWebClient:
        """Return a client with this token, or with none."""
        session = self.session
        if found := self._made.get((token, team)):
            return found
        client = PostingClient(
            token,
            base_url=self._settings.base_url,
            timeout=int(CALL_SECONDS),
            session=session,
            team_id=team,
            retry_handlers=[],
        )
        client.proxy = None  # the session knows the proxy, and what is reached without it
        if len(self._made) >= MOST_CLIENTS:
            self._made.clear()
        self._made[token, team] = client
        return client

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections, opened when they are first needed."""
        if self._session is None or self._session.closed:
            self._made.clear()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_SECONDS),
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS),
                trust_env=bool(getproxies()),  # else the whole environment is looked through at each call
            )
        return self._session

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session:
            await self._session.close()


class OneAccount:
    """The only workspace, by the token of the settings. Slack tells which that is."""

    def __init__(self, settings: SlackSettings, clients: Clients) -> None:
        self._token = settings.token.get_secret_value() if settings.token else ""
        self._clients = clients
        self._account: Account | None = None
        self.trouble = ""

    async def find(self, tenant: str) -> Account | None:
        if not self._token:
            return None
        try:
            account = self._account or await self.open()
        except ConfigError as error:
            raise Refused(str(error)) from None
        return account if account.everywhere or account.tenant == tenant else None

    async def open(self) -> Account:
        """Ask Slack who the bot is; `ConfigError` when its token is not accepted."""
        self._account = await who_is(self._clients, self._token)
        self.trouble = ""
        return self._account

    def belongs(self, tenant: str, organisation: str) -> None:
        """Slack says so of the token itself."""

    async def leave(self, tenant: str, organisation: str, at: float, *, everywhere: bool) -> None:
        if self._account and (everywhere or self._account.tenant == tenant):
            self._account = None
            self.trouble = UNINSTALLED


async def who_is(clients: Clients, token: str) -> Account:
    """Ask Slack whose token this is.

    `ConfigError`: it is not accepted. `RetryLater`: Slack was not reached.
    """
    try:
        with translated(repeatable=True):
            told = await clients.with_token(token).auth_test()
    except (Refused, RetryLater) as error:
        if isinstance(cause := error.__cause__, SlackApiError) and code_of(cause) in REVOKED:
            raise refused(code_of(cause)) from None
        raise
    scopes = str(told.headers.get("x-oauth-scopes", ""))
    return Account(
        tenant=str(told["team_id"]),
        token=token,
        user_id=str(told["user_id"]),
        bot_id=str(told.get("bot_id", "")),
        name=str(told.get("team", "")),
        url=str(told.get("url", "")),
        handle=str(told.get("user", "")),
        enterprise=str(told.get("enterprise_id") or ""),
        everywhere=bool(told.get("is_enterprise_install")),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        date=str(told.headers.get("date", "")),
    )


def refused(code: str) -> ConfigError:
    """Return what to tell when Slack does not accept the token. It must not show the token itself."""
    return ConfigError(
        f"Slack does not accept the bot's token ({code}). Install the app in its workspace again "
        "(api.slack.com/apps, OAuth & Permissions), and set BOTCORE_SLACK__TOKEN to the token that begins "
        "with xoxb-."
    )


def silence_libraries() -> None:
    """Let the libraries below log nothing. What is worth telling of their work is told here."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
