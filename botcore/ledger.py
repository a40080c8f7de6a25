"""What was said in a chat, as a plugin reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botcore.domain import Message

if TYPE_CHECKING:
    from botcore.access.reading import LedgerReader
    from botcore.store import Store


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that people said in a chat, to the bot or not.

    Only a plugin that declares `Capability.HISTORY` is given one.
    """

    _before: int  # the inbox row being answered: nothing from it on is shown
    _store: Store
    _reader: LedgerReader  # of whom the turn answers
    _missing: dict[str | None, str] = field(default_factory=dict)  # by chat, of what was read

    async def read(
        self,
        *,
        last: int = 200,
        commands: bool = False,
        chat: str | None = None,
        threads: bool = False,
    ) -> list[Message]:
        """Return the last `last` messages said here, oldest first, or in another `chat` of the platform.

        The message being answered is left out, and so are, unless `commands` says otherwise, commands to
        the bot and its answers to them. `threads`: what is said outside of threads is read together with
        the threads below it. Raise `NotFound` when who asks is not a member of the chat now.
        """
        scope = await self._reader.scope(chat)
        below = threads and not scope.thread
        self._missing[chat] = await self._reader.fill(scope, chat, last, threads=below)
        return await self._store.ledger(
            scope, before=self._before, last=last, commands=commands, threads=below
        )

    async def overheard(self, *, last: int = 30) -> list[Message]:
        """Return what people said to each other in the thread that the bot was called into, oldest first.

        Nothing elsewhere: in a thread that began with a message to the bot all of it is its conversation.
        """
        scope = await self._reader.joined_thread(last)
        if scope is None:
            return []
        said = await self._store.ledger(scope, before=self._before, last=last)
        return [message for message in said if message.user_id is not None]

    async def unheard(self, *, chat: str | None = None) -> str:
        """Return what of a chat the platform keeps from the bot, and so from `read`: lines for people.

        After a `read` that is also what could not be fetched for it.
        """
        return "\n\n".join(filter(None, (await self._reader.unheard(chat), self._missing.get(chat))))
