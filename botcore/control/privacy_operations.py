"""What an operator's command does about what is kept of people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from botcore.access.desk import OPERATOR
from botcore.control.wire import dump
from botcore.errors import InputError
from botcore.store.privacy import Retention

if TYPE_CHECKING:
    from botcore.control.operations import Premises


async def export(premises: Premises, user: str) -> Any:
    """Return everything that is stored of a person, as the text of a JSON document."""
    return await premises.privacy.export(await premises.desk.store.find_user(user))


async def forget(premises: Premises, user: str) -> Any:
    """Delete what is stored of a person; return how many messages they had written."""
    count = await premises.privacy.forget(await premises.desk.store.find_user(user), OPERATOR)
    if premises.bot:
        premises.bot.access.gate.forget()
    return count


async def list_retentions(premises: Premises) -> Any:
    """Return every chat with how long it is remembered."""
    return dump(await premises.privacy.retentions(), list[Retention])


async def set_retention(premises: Premises, chat: str, days: int | None) -> Any:
    """Remember a chat, named PLATFORM:ID, for so many days; None: as the configuration says."""
    found = [one for one in await premises.privacy.retentions() if one.known_as == chat]
    if not found:
        raise InputError(f"No chat is known as “{chat}”. `botcore privacy retention` lists them.")
    for one in found:
        await premises.privacy.set_retention(one.chat_id, days, OPERATOR)


async def sweep(premises: Premises) -> Any:
    """Delete what is too old; return how many messages that were."""
    return await premises.privacy.sweep()


PRIVACY_OPERATIONS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "privacy-export": export,
    "privacy-forget": forget,
    "privacy-retentions": list_retentions,
    "privacy-retention": set_retention,
    "privacy-sweep": sweep,
}
