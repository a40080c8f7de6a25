"""The store: one method per transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Connection, and_

from botcore.adapter import Accepted, PastMessage, Receipt
from botcore.domain import Author, Change, ConversationKey, InboundEvent, Lane, Message, Pressed
from botcore.engine import ModelMessage
from botcore.store import (
    buttons,
    changes,
    citations,
    claims,
    closing,
    final_parts,
    inbox,
    intake,
    ledger,
    marking,
    missed,
    outbox,
    past,
    private_answers,
    queue,
    schema,
)
from botcore.store.buttons import PlacedButton
from botcore.store.citations import StaleAnswer
from botcore.store.claimed import Claim
from botcore.store.claims import ANYTHING, Wanted
from botcore.store.closing import Closing
from botcore.store.database import Database
from botcore.store.figures import Figures, read_figures, write_nothing_new
from botcore.store.final_parts import OutboxPart
from botcore.store.intake import Received
from botcore.store.missed import MissedPart
from botcore.store.notices import Notice, add_notice, promise_alone
from botcore.store.outbox import OutboxState
from botcore.store.past import Reach
from botcore.store.private_answers import WaitingAnswer
from botcore.store.queue import Superseded, Waiting
from botcore.store.scope import Scope
from botcore.store.upsert import insert


class Store:
    """Conversation state in SQL. Each method is one transaction, committed when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        """Where everything is kept."""
        return self._database

    async def take_over(self) -> int:
        """Begin a new epoch and return it: what older ones held is free, what they sent is judged."""
        epoch = await self._database.write(_take_over)
        self._database.epoch = epoch
        return epoch

    async def receive(
        self,
        event: InboundEvent,
        lane: Lane,
        *,
        is_command: bool,
        answer: bool,
    ) -> Received:
        """Commit an event to the ledger, and to the inbox if it is to be answered.

        Only when this has returned may the event's adapter acknowledge it.
        """
        return await self._database.write(
            lambda connection: intake.receive(connection, event, lane, is_command=is_command, answer=answer)
        )

    async def receive_unreadable(self, event: InboundEvent) -> tuple[Received, Notice | None]:
        """Commit an event to the ledger, and to the outbox why nobody can read it; that only once."""

        def receive(connection: Connection) -> tuple[Received, Notice | None]:
            received = intake.receive(connection, event, Lane.TURN, is_command=False, answer=False)
            if received.accepted is Accepted.DUPLICATE:
                return received, None
            return received, add_notice(connection, event.key, event.unreadable, direct=event.direct)

        return await self._database.write(receive)

    async def began_with_bot(self, key: ConversationKey) -> bool:
        """Tell whether a thread is about a message that was addressed to the bot."""
        return await self._database.read(lambda connection: intake.began_with_bot(connection, key))

    async def is_joined(self, key: ConversationKey) -> bool:
        """Tell whether the bot was called into a thread that people began among themselves."""
        return await self._database.read(lambda connection: intake.is_joined(connection, key))

    async def written_by(self, key: ConversationKey, message_id: str) -> tuple[Author, bool] | None:
        """Return who wrote a message, and whether to the bot alone; None when that is not known."""
        return await self._database.read(lambda connection: changes.written_by(connection, key, message_id))

    async def follow(self, change: Change) -> Accepted:
        """Commit what people changed afterwards to the ledger."""
        return await self._database.write(lambda connection: changes.follow(connection, change))

    async def stale_answers(self) -> list[StaleAnswer]:
        """Return the answers that rest on messages which have changed since, and don't say so yet."""
        return await self._database.read(citations.stale)

    async def mark_stale(self, turn_id: str, fits: Callable[[str], bool]) -> None:
        """Let an answer say what has changed; its parts are to be sent again. `fits`: in a message."""
        await self._database.write(lambda connection: marking.mark(connection, turn_id, fits))

    async def find_button(self, pressed: Pressed) -> PlacedButton | None:
        """Return the button that is pressed; None when it is gone, or stands somewhere else."""
        return await self._database.read(
            lambda connection: buttons.find_button(
                connection, pressed.key, pressed.button_id, pressed.author.id
            )
        )

    async def press(self, pressed: Pressed, button: PlacedButton, lane: Lane) -> Received:
        """Commit a press to the inbox. Only when this has returned may its adapter acknowledge it."""
        return await self._database.write(lambda connection: buttons.press(connection, pressed, button, lane))

    async def find_private(self, token: str, user_id: int, *, shown: bool = False) -> WaitingAnswer | None:
        """Return a private answer that its user has not fetched, or `shown` to all, yet."""
        return await self._database.read(
            lambda connection: private_answers.find_private(connection, token, user_id, shown=shown)
        )

    async def has_private(self, token: str, key: ConversationKey, platform_user_id: str) -> bool:
        """Tell whether a private answer waits for somebody under a token."""
        return await self._database.read(
            lambda connection: private_answers.has_private(connection, token, key, platform_user_id)
        )

    async def promise_alone(self, claim: Claim, text: str) -> Notice:
        """Tell who asked, and nobody else there, that the answer comes later."""
        event = claim.event
        return await self._database.write(
            lambda connection: promise_alone(connection, claim.turn_id, event.key, text, event.author.id)
        )

    async def merge_earlier(self, inbox_id: int) -> list[Superseded]:
        """Let a message take over what its author still waits for there; return the turns given up."""

        def merge(connection: Connection) -> list[Superseded]:
            given_up = queue.merge_earlier(connection, inbox_id)
            outbox.withdraw(connection, [one.turn_id for one in given_up])
            return given_up

        return await self._database.write(merge)

    async def is_busy(self, inbox_id: int) -> bool:
        """Tell whether a message's conversation has turns before it that are not over."""
        return await self._database.read(lambda connection: queue.is_busy(connection, inbox_id))

    async def count_waiting(self, limit: int) -> int:
        """Return how many messages wait for an answer, counting no further than `limit`."""
        return await self._database.read(lambda connection: queue.count_waiting(connection, limit))

    async def waiting(self) -> list[Waiting]:
        """Return what waits, the next one first."""
        return await self._database.read(queue.waiting)

    async def promise(self, inbox_ids: Sequence[int]) -> None:
        """Note that the authors of these messages were told their places: they will not expire."""
        await self._database.write(lambda connection: queue.promise(connection, inbox_ids))

    async def claim(self, epoch: int, wanted: Wanted = ANYTHING) -> Claim | None:
        """Take the next message to answer, if one is due."""
        return await self._database.write(lambda connection: claims.claim(connection, epoch, wanted))

    async def claim_some(
        self, epoch: int, wanted: Callable[[Sequence[Claim]], Wanted], *, most: int = 32
    ) -> list[Claim]:
        """Take the next messages to answer, fewer than `most` when no more are due.

        `wanted` is asked before each, with those that were taken before it. It may be asked in another
        thread.
        """

        def claim_some(connection: Connection) -> list[Claim]:
            taken: list[Claim] = []
            while len(taken) < most and (claim := claims.claim(connection, epoch, wanted(taken))):
                taken.append(claim)
            return taken

        return await self._database.write(claim_some)

    async def turn_away(self, epoch: int, inbox_id: int, ending: Closing) -> Claim | None:
        """Close the turn of a certain message that still waits; None when it does not."""
        which = schema.inbox.c.id == inbox_id
        taken = await self._database.write(
            lambda connection: closing.close_waiting(connection, epoch, which, ending)
        )
        return taken[0] if taken else None

    async def close_waiting(
        self, epoch: int, scope: Scope, user_id: int, ending: Closing, *, before: int
    ) -> list[Claim]:
        """Close the turns that a user waits for in a conversation, and asked for before an inbox row."""
        row = schema.inbox.c
        which = and_(
            row.conversation_id == scope.conversation_id,
            row.tenant_id == scope.tenant_id,
            row.user_id == user_id,
            row.lane != Lane.CONTROL,
            row.id < before,
        )
        return await self._database.write(
            lambda connection: closing.close_waiting(connection, epoch, which, ending)
        )

    async def release_all(self, epoch: int, *, but: Collection[str] = ()) -> None:
        """Give back everything this epoch holds, as nobody works on it any more, `but` these turns."""
        await self._database.write(lambda connection: inbox.release_all(connection, epoch, but=but))

    async def next_due(self, after: datetime) -> datetime | None:
        """Return when the next message becomes due that was not at a certain time."""
        return await self._database.read(lambda connection: inbox.next_due(connection, after))

    async def release(self, claim: Claim, *, failed: bool = False, delay: float = 0.0) -> bool:
        """Give a message back, to be claimed again after `delay` seconds. False when it is not ours."""
        return await self._database.write(
            lambda connection: inbox.release(
                connection, claim.inbox_id, claim.epoch, failed=failed, delay=delay
            )
        )

    async def close_turn(self, claim: Claim, ending: Closing) -> bool:
        """Write everything a turn did. False, with nothing written, when the claim is no longer ours."""
        return await self._database.write(lambda connection: closing.close_turn(connection, claim, ending))

    async def start_part(self, epoch: int, scope: Scope, turn_id: str, part: int) -> Receipt | None:
        """Note that a part's first preview is about to be created.

        When an earlier try of the turn has created it, nothing is noted and its receipt returned. Raise
        `TurnIsOver` when nothing is to be shown of it any more, or a later epoch does so.
        """
        return await self._database.write(
            lambda connection: outbox.start(connection, epoch, scope, turn_id, part)
        )

    async def start_final(self, epoch: int, turn_id: str, part: int) -> bool:
        """Note that a part's final text is about to be created. False when a later epoch does so."""
        return await self._database.write(
            lambda connection: outbox.start_final(connection, epoch, turn_id, part)
        )

    async def record_sending(
        self, turn_id: str, part: int, state: OutboxState, receipt: Receipt | None = None
    ) -> None:
        """Write down how a part's sending went."""
        await self._database.write(
            lambda connection: outbox.record(connection, turn_id, part, state, receipt)
        )

    async def is_open(self, turn_id: str) -> bool:
        """Tell whether a turn is still to be closed."""
        return await self._database.read(lambda connection: outbox.is_open(connection, turn_id))

    async def parts_of(self, turn_id: str, *, in_doubt: bool = False) -> list[OutboxPart]:
        """Return the final parts of a turn that have to be sent, in order.

        `in_doubt`: also those that may have arrived, as they can be looked for.
        """
        return await self._database.read(
            lambda connection: final_parts.parts_of(connection, turn_id, in_doubt=in_doubt)
        )

    async def undelivered(self, *, in_doubt: bool = False) -> list[OutboxPart]:
        """Return the final parts of all turns that have to be sent, in order."""
        return await self._database.read(
            lambda connection: final_parts.undelivered(connection, in_doubt=in_doubt)
        )

    async def missed(self, scope: Scope) -> list[MissedPart]:
        """Return, in order, the final texts of a conversation that may not have arrived."""
        return await self._database.read(lambda connection: missed.missed(connection, scope))

    async def history(self, scope: Scope, *, before: int, limit: int) -> list[ModelMessage]:
        """Return the last answered turns of a conversation before an inbox row, oldest first."""
        return await self._database.read(
            lambda connection: ledger.history(connection, scope, before=before, limit=limit)
        )

    async def find_scope(self, key: ConversationKey) -> Scope | None:
        """Return where a group's ledger is, if it has one."""
        return await self._database.read(lambda connection: ledger.find_scope(connection, key))

    async def open_scope(self, key: ConversationKey) -> Scope | None:
        """Return where a group's ledger is, which may begin now; None of a direct chat."""
        return await self._database.write(lambda connection: past.open_scope(connection, key))

    async def find_reach(self, scope: Scope) -> Reach | None:
        """Return how much of a place the platform was asked for."""
        return await self._database.read(lambda connection: past.find_reach(connection, scope))

    async def add_past(
        self,
        scope: Scope,
        key: ConversationKey,
        messages: Sequence[PastMessage],
        reach: Reach,
        *,
        is_command: Callable[[str], bool],
        default_days: int,
    ) -> None:
        """Add what was said to the ledger, and how much of the place is known now."""

        def add(connection: Connection) -> None:
            since = past.kept_since(connection, scope, default_days)
            past.add_past(connection, scope, key, messages, reach, is_command=is_command, since=since)

        await self._database.write(add)

    async def unread_threads(self, scope: Scope, *, last: int) -> list[str]:
        """Return the threads below a chat's last messages that are not read to their end, newest first."""
        return await self._database.read(lambda connection: past.unread_threads(connection, scope, last=last))

    async def close_thread(self, scope: Scope) -> None:
        """Note that nothing more of a thread is to be had."""
        await self._database.write(lambda connection: past.close_thread(connection, scope))

    async def count_since(self, scope: Scope, since: datetime, *, limit: int) -> int:
        """Return how many messages of a place are known from a moment on, up to `limit`."""
        return await self._database.read(
            lambda connection: ledger.count_since(connection, scope, since, limit=limit)
        )

    async def ledger(
        self, scope: Scope, *, before: int, last: int, commands: bool = False, threads: bool = False
    ) -> list[Message]:
        """Return the last messages said where an inbox row came from, oldest first."""
        return await self._database.read(
            lambda connection: ledger.ledger(
                connection, scope, before=before, last=last, commands=commands, threads=threads
            )
        )

    async def plugin_value(self, scope: Scope, plugin: str, key: str) -> JsonValue:
        """Return what a plugin keeps under `key` for a conversation, or None."""
        return await self._database.read(
            lambda connection: closing.plugin_value(connection, scope, plugin, key)
        )

    def watch_writes(self, wrote: Callable[[float], None], committed: Callable[[float], None]) -> None:
        """From now on tell the seconds of each write, and how many were committed together."""
        self._database.wrote, self._database.committed = wrote, committed

    async def figures(self) -> Figures:
        """Return how full the queues are."""
        return await self._database.read(read_figures)

    async def check_writable(self) -> None:
        """Return when the database has taken a write; raise what keeps it from that."""
        await self._database.write(write_nothing_new)

    async def close(self) -> None:
        """Let go of the database."""
        await self._database.close()


def _take_over(connection: Connection) -> int:
    epoch = connection.scalar(
        insert(connection, schema.owner)
        .values(id=1, epoch=1)
        .on_conflict_do_update(index_elements=["id"], set_={"epoch": schema.owner.c.epoch + 1})
        .returning(schema.owner.c.epoch)
    )
    assert isinstance(epoch, int)
    for claim in claims.free_older_epochs(connection, epoch):
        closing.give_up(connection, claim)
    outbox.resolve_started(connection)
    buttons.sweep_buttons(connection)
    private_answers.sweep_private(connection)
    return epoch
