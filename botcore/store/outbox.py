"""What has to be sent, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import insert as insert_plainly
from sqlalchemy.sql.dml import ReturningInsert

from botcore.adapter import Receipt
from botcore.store import schema
from botcore.store.inbox import InboxState
from botcore.store.own_messages import tell_ledger
from botcore.store.scope import Scope
from botcore.store.upsert import Insert, insert, insert_for

SAID_ALONE = "(an answer for one person alone)"  # in the ledger, which belongs to all
OPEN = (InboxState.WAITING, InboxState.RUNNING)  # messages whose turn is still to be closed
Json = dict[str, str]


class TurnIsOver(Exception):
    """A preview came too late: its turn was closed, or another one answers its message."""


class OutboxState(StrEnum):
    """What is known of a part."""

    PENDING = "pending"  # not sent, or surely not taken
    STARTED = "started"  # the create call was begun
    CREATED = "created"  # the message exists and shows a preview
    DELIVERED = "delivered"  # it shows the final text
    UNKNOWN = "unknown"  # the final text may or may not have arrived: never sent again blindly
    DEAD = "dead"  # the platform will never take it, or nobody wants it any more


def start(connection: Connection, epoch: int, scope: Scope, turn_id: str, part: int) -> Receipt | None:
    """Note that a first preview is about to be created, unless an earlier try did so: return its receipt.

    Raise `TurnIsOver` when the turn is, or when it is a later epoch's.
    """
    if receipt := _created(connection, epoch, turn_id, part):
        return receipt
    row = {
        "tenant_id": scope.tenant_id,
        "conversation_id": scope.conversation_id,
        "turn_id": turn_id,
        "part": part,
        "text": "",
        "is_final": False,
        "sent_final": False,
        "offered": False,
        "created_at": datetime.now(UTC),
    }
    connection.execute(
        insert(connection, schema.outbox)
        .values(**row, state=OutboxState.STARTED)
        .on_conflict_do_update(
            index_elements=["turn_id", "part"], set_={"state": OutboxState.STARTED, "sent_final": False}
        )
    )
    return None


def is_open(connection: Connection, turn_id: str) -> bool:
    """Tell whether a turn is still to be closed."""
    state = connection.scalar(select(schema.inbox.c.state).where(schema.inbox.c.turn_id == turn_id))
    return state in OPEN


def start_final(connection: Connection, epoch: int, turn_id: str, part: int) -> bool:
    """Note that the final text is about to be created. False when a later epoch does so."""
    if connection.scalar(_epoch()) != epoch:
        return False
    set_values(connection, turn_id, part, state=OutboxState.STARTED, sent_final=True)
    return True


@cache
def _epoch() -> Select[int]:
    """Select the owner's epoch; who takes over waits until this transaction is over."""
    return select(schema.owner.c.epoch).with_for_update(read=True)


def record(
    connection: Connection,
    turn_id: str,
    part: int,
    state: OutboxState,
    receipt: Receipt | None = None,
) -> None:
    """Write down how a part's sending went."""
    values: dict[str, Any] = {"state": state}
    if state is OutboxState.DELIVERED:
        values["delivered_at"] = datetime.now(UTC)
    if receipt is not None:
        values["receipt"] = asdict(receipt)
    set_values(connection, turn_id, part, **values)
    if receipt is not None and state is OutboxState.DELIVERED:
        tell_ledger(connection, turn_id, part, receipt)


def write_final(
    connection: Connection,
    scope: Scope,
    turn_id: str,
    texts: list[str],
    buttons: Mapping[int, list[Json]],
    *,
    is_command: bool,
    first: int = 0,
    only_for: str = "",
) -> None:
    """Put the final texts of a turn in, each with its row in the ledger. `buttons`: by part.

    `first`: the number of the first part; those before are taken away. `only_for`: who alone sees them.
    """
    now = datetime.now(UTC)
    for part, text in enumerate(texts, first):
        said = {
            "tenant_id": scope.tenant_id,
            "chat_id": scope.chat_id,
            "thread": scope.thread,
            "sent_at": now,
            "text": SAID_ALONE if only_for else text,
            "source": "live",
            "is_command": is_command or bool(only_for),
        }
        message_id = connection.scalar(_say(), said)
        row = {
            "tenant_id": scope.tenant_id,
            "conversation_id": scope.conversation_id,
            "turn_id": turn_id,
            "part": part,
            "state": OutboxState.PENDING,
            "sent_final": False,
            "offered": False,
            "created_at": now,
            "text": text,
            "is_final": True,
            "message_id": message_id,
            "buttons": buttons.get(part),
            "only_for": only_for or None,
        }
        connection.execute(_put_final(connection.dialect.name), row)
    # An earlier try of this turn may have shown more parts than the answer has.
    connection.execute(_end_rest(), {"of_turn": turn_id, "first": first, "end": first + len(texts)})


@cache
def _say() -> ReturningInsert[int]:
    return insert_plainly(schema.message).returning(schema.message.c.id)


@cache
def _put_final(dialect: str) -> Insert:
    put = insert_for(dialect, schema.outbox)
    new = {name: put.excluded[name] for name in ("text", "is_final", "message_id", "buttons")}
    return put.on_conflict_do_update(index_elements=["turn_id", "part"], set_=new)


@cache
def _end_rest() -> Update:
    outbox = schema.outbox
    return (
        update(outbox)
        .where(
            outbox.c.turn_id == bindparam("of_turn"),
            or_(outbox.c.part < bindparam("first"), outbox.c.part >= bindparam("end")),
        )
        .values(is_final=True)
    )


def count_parts(connection: Connection, turn_id: str) -> int:
    """Return the number behind a turn's last part so far."""
    last = select(func.max(schema.outbox.c.part)).where(schema.outbox.c.turn_id == turn_id)
    part = connection.scalar(last)
    return 0 if part is None else part + 1


def withdraw(connection: Connection, turn_ids: Sequence[str]) -> None:
    """Let what was shown of turns that were given up be taken away."""
    connection.execute(
        update(schema.outbox)
        .where(schema.outbox.c.turn_id.in_(turn_ids), ~schema.outbox.c.is_final)
        .values(text="", is_final=True)
    )


def resolve_started(connection: Connection) -> None:
    """After a start: decide what the creates were that nobody saw the end of.

    One that carried only a preview is created again, so that the answer arrives; one that carried
    a final text is not, so that it never arrives twice.
    """
    started = schema.outbox.c.state == OutboxState.STARTED
    for sent_final, state in ((True, OutboxState.UNKNOWN), (False, OutboxState.PENDING)):
        connection.execute(
            update(schema.outbox).where(started, schema.outbox.c.sent_final == sent_final).values(state=state)
        )


def _created(connection: Connection, epoch: int, turn_id: str, part: int) -> Receipt | None:
    """Return the receipt of a part that shows a preview; raise `TurnIsOver` when it should not any more."""
    what = {"of_turn": turn_id, "of_part": part}
    row = connection.execute(_shown_of_turn(), what).first()
    if row is None or row.state not in OPEN or row.epoch != epoch:
        raise TurnIsOver
    return Receipt(**row.receipt) if row.receipt else None


@cache
def _shown_of_turn() -> Select[*tuple[Any, ...]]:
    """Select a turn's state, the receipt of a part that shows a preview, and the owner's epoch."""
    inbox, outbox, owner = schema.inbox, schema.outbox, schema.owner
    shown = and_(
        outbox.c.turn_id == inbox.c.turn_id,
        outbox.c.part == bindparam("of_part"),
        outbox.c.state == OutboxState.CREATED,
    )
    return (
        select(inbox.c.state, outbox.c.receipt, owner.c.epoch)
        .select_from(owner.join(inbox, true()).outerjoin(outbox, shown))
        .where(inbox.c.turn_id == bindparam("of_turn"))
        # Locked, so that the turn is neither closed nor taken over meanwhile, the owner first, as who takes
        # over does. SQLite has one writer and ignores that.
        .with_for_update(of=[owner, inbox], read=True)
    )


def set_values(connection: Connection, turn_id: str, part: int, **values: Any) -> None:
    new = {f"new_{name}": value for name, value in values.items()}
    connection.execute(_setting(tuple(values)), {"of_turn": turn_id, "of_part": part, **new})


@cache  # building a statement takes longer than running it
def _setting(names: tuple[str, ...]) -> Update:
    outbox = schema.outbox
    return (
        update(outbox)
        .where(outbox.c.turn_id == bindparam("of_turn"), outbox.c.part == bindparam("of_part"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
