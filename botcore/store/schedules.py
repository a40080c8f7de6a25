"""Schedules in SQL: what is planned, what is due, and its runs in the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, or_, select, update

from botcore.domain import Author, ConversationKey, Lane
from botcore.schedules.schedules import Schedule, offer_id
from botcore.store import schema
from botcore.store.asked_for import author_of, place_of, with_place_and_author
from botcore.store.audit import Actor, note
from botcore.store.calls import Call, Caller, add_call, caller_of
from botcore.store.intake import Received
from botcore.store.scope import Scope
from botcore.store.upsert import add_if_new


@dataclass(frozen=True, slots=True)
class DueSchedule:
    """A schedule, and where and for whom it is."""

    schedule: Schedule
    key: ConversationKey
    author: Author
    direct: bool
    muted: bool
    caller: Caller
    created_at: datetime


def write(connection: Connection, inbox_id: int, added: Sequence[Schedule], removed: Sequence[str]) -> None:
    """Plan what a turn has added, and no more what it removed; all of that in its conversation."""
    schedule, caller = schema.schedule, caller_of(connection, inbox_id)
    if removed:
        here = (schedule.c.id.in_(removed), schedule.c.conversation_id == caller.conversation_id)
        connection.execute(delete(schedule).where(*here))
    for one in added:
        row = {
            "id": one.id,
            "tenant_id": caller.tenant_id,
            "conversation_id": caller.conversation_id,
            "user_id": caller.user_id,
            "identity_id": caller.identity_id,
            "plugin": one.plugin,
            "action": one.action,
            "data": one.data,
            "title": one.title,
            "cron": one.cron or None,
            "zone": one.zone,
            "late_seconds": one.late.total_seconds(),
            "due_at": one.due_at,
            "created_at": datetime.now(UTC),
        }
        is_offer = one.id == offer_id(caller.conversation_id, one.plugin, one.action)
        connection.execute(add_if_new(connection, schedule) if is_offer else schedule.insert(), row)


def of_conversation(connection: Connection, scope: Scope) -> list[Schedule]:
    """Return what is planned in a conversation, the next first."""
    schedule = schema.schedule
    here = (schedule.c.conversation_id == scope.conversation_id, schedule.c.tenant_id == scope.tenant_id)
    rows = connection.execute(select(schedule).where(*here).order_by(schedule.c.due_at, schedule.c.id))
    return [_schedule(row) for row in rows]


def next_due(connection: Connection, after: datetime) -> datetime | None:
    """Return when something is due next, after a moment."""
    due_at = schema.schedule.c.due_at
    due: datetime | None = connection.scalar(
        select(func.min(due_at, type_=schema.UtcDateTime)).where(due_at > after)
    )
    return due


def due(connection: Connection, now: datetime, most: int, last: Schedule | None = None) -> list[DueSchedule]:
    """Return what is due, the oldest first; only what comes behind the last one that is known."""
    schedule = schema.schedule.c
    which = [schedule.due_at <= now]
    if last is not None:
        at_once = and_(schedule.due_at == last.due_at, schedule.id > last.id)
        which.append(or_(schedule.due_at > last.due_at, at_once))
    rows = connection.execute(_whole().where(*which).order_by(schedule.due_at, schedule.id).limit(most))
    return [_due(row) for row in rows]


def repeating(connection: Connection, now: datetime) -> list[DueSchedule]:
    """Return what is done time and again and is not due yet."""
    schedule = schema.schedule.c
    rows = connection.execute(_whole().where(schedule.due_at > now, schedule.cron.is_not(None)))
    return [_due(row) for row in rows]


def run(connection: Connection, one: DueSchedule, lane: Lane, next_at: datetime | None) -> Received:
    """Put a run into the inbox, once for each time that it is due, and note when the next is."""
    schedule = one.schedule
    call = Call(
        schedule.plugin,
        schedule.action,
        schedule.data,
        title=schedule.title,
        planned_at=one.created_at.isoformat(),
    )
    put_off(connection, one, next_at)
    return add_call(connection, one.caller, call, lane, dedupe_key=_dedupe_key(schedule))


def drop(connection: Connection, one: DueSchedule, call: Call, lane: Lane) -> Received:
    """Plan something no more that was not done, and put a call into the inbox that tells of it."""
    put_off(connection, one, None)
    return add_call(connection, one.caller, call, lane, dedupe_key=_dedupe_key(one.schedule))


def put_off(connection: Connection, one: DueSchedule, next_at: datetime | None) -> None:
    """Note when it is due next; None: never. What was changed meanwhile stays as it is."""
    schedule = schema.schedule
    which = (schedule.c.id == one.schedule.id, schedule.c.due_at == one.schedule.due_at)
    if next_at is None:
        connection.execute(delete(schedule).where(*which))
    else:
        connection.execute(update(schedule).where(*which).values(due_at=next_at))


def remove(connection: Connection, schedule_id: str, scope: Scope) -> bool:
    """Plan that no more. False when it is not planned in this conversation."""
    schedule = schema.schedule.c
    which = (schedule.id == schedule_id, schedule.conversation_id == scope.conversation_id)
    return bool(connection.execute(delete(schema.schedule).where(*which)).rowcount)


def mute(connection: Connection, scope: Scope, actor: Actor, *, muted: bool) -> None:
    """Say nothing any more in a chat that nobody has asked for, or do so again."""
    now = datetime.now(UTC) if muted else None
    connection.execute(update(schema.chat).where(schema.chat.c.id == scope.chat_id).values(muted_at=now))
    action = "mute" if muted else "unmute"
    note(connection, actor, action, tenant_id=scope.tenant_id, about_chat_id=scope.chat_id)


def is_muted(connection: Connection, scope: Scope) -> bool:
    """Tell whether nothing unasked is said in a chat."""
    chat = schema.chat.c
    return connection.scalar(select(chat.muted_at).where(chat.id == scope.chat_id)) is not None


def _dedupe_key(schedule: Schedule) -> str:
    return f"schedule {schedule.id} {schedule.due_at:%Y-%m-%dT%H:%M:%S}"


def _whole() -> Select[*tuple[Any, ...]]:
    return with_place_and_author(schema.schedule, schema.chat.c.muted_at)


def _schedule(row: Row[Any]) -> Schedule:
    return Schedule(
        id=row.id,
        plugin=row.plugin,
        action=row.action,
        data=row.data,
        title=row.title,
        cron=row.cron or "",
        zone=row.zone,
        late=timedelta(seconds=row.late_seconds),
        due_at=row.due_at,
        user_id=row.user_id,
    )


def _due(row: Row[Any]) -> DueSchedule:
    return DueSchedule(
        schedule=_schedule(row),
        key=place_of(row),
        author=author_of(row),
        direct=row.is_direct,
        muted=row.muted_at is not None,
        caller=Caller(row.tenant_id, row.conversation_id, row.user_id, row.identity_id),
        created_at=row.created_at,
    )
