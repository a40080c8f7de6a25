"""What an operator's command does with the store, in the owner's process: the bot's, or its own.

A command calls an operation by its name, with JSON for parameters and result.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botcore.access.desk import AccessDesk
from botcore.access.privacy import Privacy
from botcore.bot import Bot
from botcore.config import AccessSection
from botcore.control.access_operations import ACCESS_OPERATIONS
from botcore.control.privacy_operations import PRIVACY_OPERATIONS
from botcore.control.wire import Json, dump, load
from botcore.exports import Record
from botcore.store import Home
from botcore.store.access_store import AccessStore
from botcore.store.operate import DeadLetter, Operator, OutboxEntry


@dataclass(frozen=True, slots=True)
class Premises:
    """Where an operation works."""

    operator: Operator
    bot: Bot | None = None  # None: it is not running
    rules: AccessSection = field(default_factory=AccessSection)  # of access, where no bot has them

    @property
    def desk(self) -> AccessDesk:
        """Where people and chats are let in."""
        if self.bot:
            return self.bot.access.desk
        return AccessDesk(AccessStore(self.operator.database), retention_days=self.rules.retention_days)

    async def look_again(self) -> None:
        """Let the bot, if there is one, see what was put back."""
        if self.bot:
            await self.bot.look_again()

    @property
    def privacy(self) -> Privacy:
        """What sees to what is kept of people."""
        return self.bot.access.privacy if self.bot else Privacy(self.operator.database, self.rules)


Operation = Callable[..., Awaitable[Any]]  # called with the premises and the command's parameters


async def list_outbox(premises: Premises) -> Any:
    """Return every part that was not delivered."""
    return dump(await premises.operator.outbox(), list[OutboxEntry])


async def list_dead(premises: Premises) -> Any:
    """Return every message and every part that was given up."""
    return dump(await premises.operator.dead_letters(), list[DeadLetter])


async def retry_dead(premises: Premises, ids: list[str] | None) -> Any:
    """Put back what was given up; None: all of it. Return the ids of what was."""
    done = await premises.operator.retry(ids)
    await premises.look_again()
    return done


async def drop_dead(premises: Premises, ids: list[str] | None) -> Any:
    """Forget what was given up; None: all of it. Return the ids of what was."""
    return await premises.operator.drop(ids)


async def import_records(premises: Premises, home: Json, records: list[Json]) -> Any:
    """Write records of an export that the ledger does not know; return how many these are."""
    return await premises.operator.add_records(load(home, Home), load(records, list[Record]))


async def list_tenants(premises: Premises, platform: str) -> Any:
    """Return the platform's ids of the tenants that are known."""
    return await premises.operator.tenants(platform)


async def enable_plugin(premises: Premises, plugin: str) -> Any:
    """Ask a plugin again that was left alone; return whether it was."""
    return premises.bot is not None and premises.bot.quarantine.release(plugin)


OPERATIONS: Mapping[str, Operation] = {
    **ACCESS_OPERATIONS,
    **PRIVACY_OPERATIONS,
    "outbox": list_outbox,
    "dead-list": list_dead,
    "dead-retry": retry_dead,
    "dead-drop": drop_dead,
    "import": import_records,
    "tenants": list_tenants,
    "plugins-enable": enable_plugin,
}
