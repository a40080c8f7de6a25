"""What the operator sees of the store, and puts right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, null, or_, select, update

from botcore.errors import InputError
from botcore.exports import Record
from botcore.store import imports, schema
from botcore.store.database import Database
from botcore.store.imports import Home
from botcore.store.inbox import InboxState
from botcore.store.outbox import OutboxState

MESSAGE, PART = "m", "p"  # what an id begins with: a message to the bot, a part of an answer
OPEN_INBOX = (InboxState.WAITING, InboxState.RUNNING, InboxState.DEAD)
OPEN_OUTBOX = (OutboxState.PENDING, OutboxState.STARTED, OutboxState.CREATED, OutboxState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A part of an answer that was not delivered."""

    id: str
    state: str
    created_at: datetime
    platform: str
    chat: str
    thread: str
    text: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message to the bot, or a part of an answer, that was given up."""

    id: str
    state: str
    at: datetime  # when it was received, or written
    platform: str
    chat: str
    thread: str
    failures: int
    crashes: int
    text: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows are not done, by state."""

    inbox: dict[str, int]
    outbox: dict[str, int]


class Operator:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        """Where everything is kept."""
        return self._database

    async def add_records(self, home: Home, records: Sequence[Record]) -> int:
        """Write what an export tells and the ledger does not know; return how many messages these are."""
        return await self._database.write(lambda connection: imports.add_records(connection, home, records))

    async def tenants(self, platform: str) -> list[str]:
        """Return the platform's ids of the tenants that are known."""
        return await self._database.read(lambda connection: imports.tenants(connection, platform))

    async def counts(self) -> Counts:
        """Return how much waits, runs, or was given up."""
        return await self._database.read(_counts)

    async def outbox(self) -> list[OutboxEntry]:
        """Return what waits to be delivered, and what may or may not have been, oldest first."""
        return await self._database.read(_outbox)

    async def dead_letters(self) -> list[DeadLetter]:
        """Return what was given up: messages, and parts whose delivery failed or is in doubt."""
        return await self._database.read(_dead_letters)

    async def retry(self, ids: Sequence[str] | None) -> list[str]:
        """Put back what was given up, all of it without ids; return what was. The rest is not touched.

        A message is answered in a new turn, as the next of its conversation; a part in doubt is sent again,
        so it may arrive twice. Raise `InputError` when an id is none, and then nothing is done.
        """
        return await self._database.write(lambda connection: _retry(connection, ids))

    async def drop(self, ids: Sequence[str] | None) -> list[str]:
        """Forget what was given up, all of it without ids; return what was.

        Raise `InputError` when an id is none, and then nothing is done.
        """
        return await self._database.write(lambda connection: _drop(connection, ids))


def _counts(connection: Connection) -> Counts:
    inbox = _count(connection, schema.inbox.c.state, schema.inbox.c.state.in_(OPEN_INBOX))
    outbox = _count(connection, schema.outbox.c.state, or_(_undelivered(), _dead_part()))
    return Counts(inbox, outbox)


def _outbox(connection: Connection) -> list[OutboxEntry]:
    rows = connection.execute(_parts().where(_undelivered()))
    return [
        OutboxEntry(f"{PART}{r.id}", r.state, r.created_at, r.platform, r.chat, r.thread, r.text)
        for r in rows
    ]


def _dead_letters(connection: Connection) -> list[DeadLetter]:
    messages = connection.execute(_messages().where(_dead_message()))
    parts = connection.execute(_parts().where(_dead_part()))
    return [*map(_dead_letter_of_message, messages), *map(_dead_letter_of_part, parts)]


def _retry(connection: Connection, ids: Sequence[str] | None) -> list[str]:
    messages, parts = _chosen(connection, ids)
    _forget_apologies(connection, messages)
    for number in messages:
        connection.execute(
            update(schema.inbox)
            .where(schema.inbox.c.id == number)
            .values(
                state=InboxState.WAITING,
                turn_id=uuid4().hex,  # the old turn keeps the apology that it said
                epoch=None,
                failures=0,
                crashes=0,
                promised=True,  # an operator wants it answered, however old it is
                due_at=None,
                finished_at=None,
            )
        )
    receipt = schema.outbox.c.receipt
    connection.execute(
        update(schema.outbox)
        .where(schema.outbox.c.id.in_(parts), _dead_part())
        .values(
            state=case((receipt.is_(null()), OutboxState.PENDING), else_=OutboxState.CREATED),
            sent_final=False,
        )
    )
    return _ids(messages, parts)


def _drop(connection: Connection, ids: Sequence[str] | None) -> list[str]:
    messages, parts = _chosen(connection, ids)
    connection.execute(
        update(schema.inbox).where(schema.inbox.c.id.in_(messages)).values(state=InboxState.DONE)
    )
    connection.execute(
        update(schema.outbox).where(schema.outbox.c.id.in_(parts)).values(state=OutboxState.DEAD, text="")
    )
    return _ids(messages, parts)


def _chosen(connection: Connection, ids: Sequence[str] | None) -> tuple[list[int], list[int]]:
    """Return the row numbers of dead messages and parts."""
    messages = connection.scalars(select(schema.inbox.c.id).where(_dead_message())).all()
    parts = connection.scalars(select(schema.outbox.c.id).where(_dead_part())).all()
    if ids is None:
        return list(messages), list(parts)
    known = set(_ids(messages, parts))
    if unknown := [name for name in ids if name not in known]:
        raise InputError(f"{unknown[0]} is not among what was given up; `botcore dead list` shows that.")
    return _numbers(ids, MESSAGE), _numbers(ids, PART)


def _forget_apologies(connection: Connection, messages: Sequence[int]) -> None:
    """Take back what old turns of these messages have not said yet: new ones speak instead."""
    turns = select(schema.inbox.c.turn_id).where(schema.inbox.c.id.in_(messages))
    connection.execute(
        update(schema.outbox)
        .where(schema.outbox.c.turn_id.in_(turns), schema.outbox.c.state != OutboxState.DELIVERED)
        .values(state=OutboxState.DEAD, text="")
    )


def _numbers(ids: Sequence[str], kind: str) -> list[int]:
    return [int(name.removeprefix(kind)) for name in ids if name.startswith(kind)]


def _ids(messages: Iterable[int], parts: Iterable[int]) -> list[str]:
    return [*(f"{MESSAGE}{number}" for number in messages), *(f"{PART}{number}" for number in parts)]


def _dead_message() -> ColumnElement[bool]:
    return schema.inbox.c.state == InboxState.DEAD


def _dead_part() -> ColumnElement[bool]:
    # A part that was taken back is dead too, and has no text.
    given_up = schema.outbox.c.state.in_([OutboxState.DEAD, OutboxState.UNKNOWN])
    return and_(given_up, schema.outbox.c.is_final, schema.outbox.c.text != "")


def _undelivered() -> ColumnElement[bool]:
    return and_(schema.outbox.c.state.in_(OPEN_OUTBOX), schema.outbox.c.is_final)


def _count(connection: Connection, state: ColumnElement[str], which: ColumnElement[bool]) -> dict[str, int]:
    rows = connection.execute(select(state, func.count()).where(which).group_by(state))
    return {str(name): number for name, number in rows}


def _parts() -> Select[*tuple[Any, ...]]:
    outbox = schema.outbox
    return (
        select(outbox.c.id, outbox.c.state, outbox.c.created_at, outbox.c.text, *_place())
        .join(schema.conversation, schema.conversation.c.id == outbox.c.conversation_id)
        .join(schema.chat, schema.chat.c.id == schema.conversation.c.chat_id)
        .join(schema.tenant, schema.tenant.c.id == outbox.c.tenant_id)
        .order_by(outbox.c.id)
    )


def _messages() -> Select[*tuple[Any, ...]]:
    inbox = schema.inbox
    return (
        select(
            inbox.c.id,
            inbox.c.state,
            inbox.c.received_at,
            inbox.c.failures,
            inbox.c.crashes,
            schema.message.c.text,
            *_place(),
        )
        .join(schema.conversation, schema.conversation.c.id == inbox.c.conversation_id)
        .join(schema.chat, schema.chat.c.id == schema.conversation.c.chat_id)
        .join(schema.tenant, schema.tenant.c.id == inbox.c.tenant_id)
        .outerjoin(schema.message, schema.message.c.id == inbox.c.message_id)
        .order_by(inbox.c.id)
    )


def _place() -> tuple[ColumnElement[str], ...]:
    return (
        schema.tenant.c.platform,
        schema.chat.c.platform_chat_id.label("chat"),
        schema.conversation.c.thread,
    )


def _dead_letter_of_message(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        f"{MESSAGE}{row.id}",
        row.state,
        row.received_at,
        row.platform,
        row.chat,
        row.thread,
        row.failures,
        row.crashes,
        row.text or "",  # a schedule's run has none
    )


def _dead_letter_of_part(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        f"{PART}{row.id}", row.state, row.created_at, row.platform, row.chat, row.thread, 0, 0, row.text
    )
