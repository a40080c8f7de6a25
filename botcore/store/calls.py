"""What is done when no text says so: a form was sent, or its time has come. The inbox keeps it as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pydantic import JsonValue
from sqlalchemy import Connection, func, select

from botcore.adapter import Accepted
from botcore.domain import ActionEvent, InboundEvent, Lane
from botcore.forms.reading import typed
from botcore.store import schema
from botcore.store.inbox import InboxState
from botcore.store.intake import Received
from botcore.store.upsert import add_if_new


@dataclass(frozen=True, slots=True)
class Call:
    """An action with its arguments."""

    plugin: str
    action: str  # a command begins with a slash
    data: str = ""
    values: Mapping[str, JsonValue] | None = None  # of a form
    kinds: Mapping[str, str] = field(default_factory=dict)  # of its fields
    title: str = ""  # of a schedule
    planned_at: str = ""  # when somebody has last asked for it, if it is done at a certain time


@dataclass(frozen=True, slots=True)
class Caller:
    """Where and for whom it is done."""

    tenant_id: int
    conversation_id: int
    user_id: int
    identity_id: int
    message_id: int | None = None  # the ledger's row of what began it, if anything did


def add_call(connection: Connection, caller: Caller, call: Call, lane: Lane, *, dedupe_key: str) -> Received:
    """Put a call into the inbox. Of two with the same key the second is a duplicate."""
    turn_id = uuid4().hex
    row = {
        **asdict(caller),
        "call": {name: value for name, value in asdict(call).items() if value},
        "turn_id": turn_id,
        "dedupe_key": dedupe_key,
        "lane": lane,
        "state": InboxState.WAITING,
        "failures": 0,
        "crashes": 0,
        "promised": False,
        "received_at": datetime.now(UTC),
    }
    inbox_id = connection.scalar(add_if_new(connection, schema.inbox), row)
    return Received(Accepted.NEW, inbox_id, turn_id) if inbox_id else Received(Accepted.DUPLICATE)


def caller_of(connection: Connection, inbox_id: int) -> Caller:
    """Return where and for whom an inbox row is answered."""
    inbox, message = schema.inbox, schema.message
    row = connection.execute(
        select(
            inbox.c.tenant_id,
            inbox.c.conversation_id,
            inbox.c.user_id,
            func.coalesce(inbox.c.identity_id, message.c.identity_id).label("identity_id"),
            inbox.c.message_id,
        )
        .outerjoin(message, message.c.id == inbox.c.message_id)
        .where(inbox.c.id == inbox_id)
    ).one()
    return Caller(**row._mapping)


def called(event: InboundEvent, call: Mapping[str, Any], received_at: datetime) -> ActionEvent:
    """Return what a call is to the turn that answers it. `event`: the message that began it, if any did."""
    kinds, values, planned_at = call.get("kinds", {}), call.get("values"), call.get("planned_at")
    is_form = bool(kinds)
    return ActionEvent(
        key=event.key,
        dedupe_key=event.dedupe_key,
        message_id=event.message_id,
        author=event.author,
        direct=event.direct,
        text="",
        sent_at=datetime.fromisoformat(planned_at) if planned_at else received_at,
        plugin=call["plugin"],
        action=call["action"],
        data=call.get("data", ""),
        values={k: typed(kinds.get(k, ""), v) for k, v in (values or {}).items()} if is_form else None,
        scheduled=bool(planned_at),
    )
