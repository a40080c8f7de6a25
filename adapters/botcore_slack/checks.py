"""What `botcore doctor` asks of Slack. It changes nothing, and disturbs no bot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from pydantic import ValidationError

from botcore import RetryLater
from botcore.checks import Finding, ok, problem
from botcore.config import Settings
from botcore.config_check import without_use
from botcore.errors import ConfigError
from botcore_slack.connection import Account, Clients, who_is
from botcore_slack.settings import SlackSettings

ABOUT = "slack"


def check_slack(settings: Settings) -> Iterator[Finding]:
    """Look at the token."""
    table = settings.adapters.get(ABOUT)
    if table is None:
        return
    try:
        slack = SlackSettings.model_validate(without_use(table))
    except ValidationError:
        return  # told with the configuration
    if slack.token is None:
        return
    try:
        account = asyncio.run(_who_is(slack, slack.token.get_secret_value()))
    except ConfigError as error:
        yield problem(ABOUT, str(error))
    except RetryLater:
        yield problem(ABOUT, f"{slack.base_url} gives no answer", "Look at the network.")
    else:
        yield ok(ABOUT, f"the token is of the workspace {account.name} ({account.tenant})")


async def _who_is(slack: SlackSettings, token: str) -> Account:
    clients = Clients(slack)
    try:
        return await who_is(clients, token)
    finally:
        await clients.close()
