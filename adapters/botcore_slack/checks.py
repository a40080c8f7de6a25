"""What `botcore doctor` asks of Slack. It changes nothing, and disturbs no bot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from pydantic import ValidationError

from botcore import DeliveryError, UserError
from botcore.checks import Finding, ok, problem, warning
from botcore.config import Settings
from botcore.config_check import without_use
from botcore.errors import ConfigError
from botcore_slack.connection import Account, Clients, silence_libraries, who_is
from botcore_slack.envelopes import PLATFORM as ABOUT
from botcore_slack.http_server import INSTALL_PATH
from botcore_slack.operating import kept_bots
from botcore_slack.reaching import is_called, is_reached
from botcore_slack.scopes import left_out, missing, needed_scopes
from botcore_slack.settings import SlackSettings
from botcore_slack.sockets import open_address

CLOCK_SECONDS = 30.0  # that the clocks may differ
SIGNED_SECONDS = 240.0  # beyond which Slack's signatures look too old, or soon will
REACHED_IN_CLEAR = ("localhost", "127.0.0.1", "::1")
MANY = 50  # workspaces, of which the first are looked at


def check_slack(settings: Settings) -> Iterator[Finding]:
    """Look at the app: its tokens, what it may do, how it hears, and the clock."""
    table = settings.adapters.get(ABOUT)
    if table is None:
        return
    try:
        slack = SlackSettings.model_validate(without_use(table))
    except ValidationError:
        return  # told with the configuration
    silence_libraries()
    yield from asyncio.run(_look(slack, settings))


async def _look(slack: SlackSettings, settings: Settings) -> list[Finding]:
    clients = Clients(slack)
    try:
        return [finding async for finding in _Looker(clients, slack, settings).look()]
    finally:
        await clients.close()


class _Looker:
    """Asks Slack about the app."""

    def __init__(self, clients: Clients, slack: SlackSettings, settings: Settings) -> None:
        self._clients = clients
        self._slack = slack
        self._settings = settings

    async def look(self) -> AsyncIterator[Finding]:
        parts = urlsplit(self._slack.base_url)
        if parts.scheme == "http" and parts.hostname not in REACHED_IN_CLEAR:
            address = self._slack.base_url
            yield warning(ABOUT, f"{address} is reached without encryption, tokens included", "Use https.")
        async for finding in self._tokens():
            yield finding
        async for finding in self._hearing():
            yield finding

    async def _tokens(self) -> AsyncIterator[Finding]:
        if self._slack.token:
            async for finding in self._token(self._slack.token.get_secret_value()):
                yield finding
            return
        bots = await kept_bots(self._settings, self._slack)
        address = f"{self._slack.public_url or f'http://{self._slack.listen}'}{INSTALL_PATH}"
        if not bots:
            yield warning(ABOUT, "no workspace has installed the app yet", f"Open {address} in a browser.")
        for bot in bots[:MANY]:
            name = bot.team_name or bot.enterprise_name or bot.team_id
            again = problem(
                ABOUT, f"the token of {name} is not accepted", f"Somebody there opens {address} again."
            )
            async for finding in self._token(bot.bot_token, again):
                yield finding

    async def _token(self, token: str, refused: Finding | None = None) -> AsyncIterator[Finding]:
        try:
            account = await who_is(self._clients, token)
        except ConfigError as error:
            yield refused or _refused(error)
        except DeliveryError:
            yield problem(ABOUT, f"{self._slack.base_url} gives no answer", "Look at the network.")
        else:
            where = f"{account.name} ({account.tenant})"
            yield ok(ABOUT, f"@{account.handle} is installed in {where}")
            for finding in (*_permissions(account), *_clock(account)):
                yield finding

    async def _hearing(self) -> AsyncIterator[Finding]:
        slack = self._slack
        if slack.transport == "http":
            assert slack.signing_secret
            yield await is_called(
                self._clients, slack.public_url, slack.listen, slack.signing_secret.get_secret_value()
            )
            return
        assert slack.app_token
        try:
            address = await open_address(self._clients, slack.app_token.get_secret_value())
        except ConfigError as error:
            yield _refused(error)
        except (DeliveryError, UserError) as error:
            yield problem(ABOUT, f"Slack opens no socket ({error})", "Look at the network, or try again.")
        else:
            yield await is_reached(address)


def _refused(error: ConfigError) -> Finding:
    """Return what is wrong, and what to do about it, which the error says in one text."""
    text, _, advice = str(error).partition(". ")
    return problem(ABOUT, text, advice)


def _permissions(account: Account) -> Iterator[Finding]:
    if not account.scopes:
        return  # another server that speaks like Slack may not tell
    lacking = missing(account.scopes)
    if not lacking:
        yield ok(ABOUT, "the app has every permission that it needs")
    for scope in left_out(account.scopes):
        yield ok(ABOUT, f"{scope.without} ({scope.name})")
    if spare := sorted(account.scopes - {scope.name for scope in needed_scopes()}):
        yield ok(ABOUT, f"the app needs none of these permissions, and may lose them: {', '.join(spare)}")
    for scope in lacking:
        yield warning(
            ABOUT,
            f"the app lacks the permission {scope.name}: it can't {scope.why}",
            "Give it the manifest that `botcore slack manifest` prints, and install it anew.",
        )


def _clock(account: Account) -> Iterator[Finding]:
    try:
        difference = time.time() - parsedate_to_datetime(account.date).timestamp()
    except ValueError:
        return
    if abs(difference) <= CLOCK_SECONDS:
        return
    side = "ahead of" if difference > 0 else "behind"
    text = f"this machine's clock is {abs(difference):,.0f} s {side} Slack's"
    if abs(difference) > SIGNED_SECONDS:
        yield problem(ABOUT, text, "Let it be set by NTP: Slack's calls look too old here, and are refused.")
    else:
        yield warning(ABOUT, text, "Let it be set by NTP: times of messages and expiry depend on it.")
