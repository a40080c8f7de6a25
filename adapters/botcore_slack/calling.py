"""How commands are typed in Slack, which keeps some names and every slash within a thread to itself."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from botcore import ConversationKey
from botcore_slack.connection import Account
from botcore_slack.manifest import NAME
from botcore_slack.names import Names

GENERAL = f"/{NAME} "  # the slash command behind which all the others can be typed
REMEMBERED = 10_000  # workspaces


class Calling:
    """Knows what the bot is called in each workspace: by its name it hears a slash within threads too."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._called: OrderedDict[str, str] = OrderedDict()  # by workspace
        self._asking: dict[str, asyncio.Task[None]] = {}

    def prefix(self, key: ConversationKey) -> str:
        """Return what people type before a command's name."""
        return f"@{self._called.get(key.tenant, NAME)} /" if key.thread else GENERAL

    def heard_by(self, account: Account) -> None:
        """Learn the bot's name in a workspace that it is heard in, where it is not known yet."""
        tenant = account.tenant
        if tenant in self._called or tenant in self._asking:
            return
        if account.handle:
            self._keep(tenant, account.handle)
        else:  # whoever installs the app gives it no name that Slack would tell
            task = self._asking[tenant] = asyncio.create_task(self._ask(account))
            task.add_done_callback(lambda task: self._asking.pop(tenant, None))

    async def close(self) -> None:
        """Ask for nothing more."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, account: Account) -> None:
        if person := await self._names.person(account.tenant, account.user_id):
            self._keep(account.tenant, person.name)

    def _keep(self, tenant: str, name: str) -> None:
        self._called[tenant] = name
        while len(self._called) > REMEMBERED:
            self._called.popitem(last=False)
