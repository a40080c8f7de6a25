"""What answers rest on: when a message changes, the answers that cite it say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from botcore.domain import Cited, ConversationKey, Message
from botcore.store import schema


class Fate(StrEnum):
    """What became of a message that is cited."""

    EDITED = "edited"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class StaleAnswer:
    """An answer that does not say yet what has changed since it was written."""

    turn_id: str
    key: ConversationKey


def add(connection: Connection, tenant_id: int, turn_id: str, citations: Iterable[Cited]) -> bool:
    """Note what an answer rests on; return whether any of that has changed while it was written."""
    cited = {one.number: one for one in citations if one.message.id.isdecimal()}
    message = schema.message.c
    ids = [int(citation.message.id) for citation in cited.values()]
    known = {
        row.id: row
        for row in connection.execute(
            select(message.id, message.text, message.deleted_at).where(
                message.id.in_(ids), message.tenant_id == tenant_id
            )
        )
    }
    rows = [
        {
            "tenant_id": tenant_id,
            "turn_id": turn_id,
            "message_id": row.id,
            "number": number,
            "quote": citation.quote,
            "untold": _fate(row, citation.message),
        }
        for number, citation in cited.items()
        if (row := known.get(int(citation.message.id)))
    ]
    if rows:
        connection.execute(insert(schema.citation), rows)
    return any(row["untold"] for row in rows)


def copy(connection: Connection, turn_id: str, tokens: Sequence[str]) -> None:
    """Let an answer that repeats private ones rest on what these rest on."""
    citation, answer = schema.citation, schema.private_answer
    for token in tokens:
        rows = connection.execute(
            select(citation).join(answer, answer.c.turn_id == citation.c.turn_id).where(answer.c.id == token)
        ).all()
        known = set(connection.scalars(select(citation.c.number).where(citation.c.turn_id == turn_id)))
        new = [
            {**row._mapping, "turn_id": turn_id}
            for row in rows
            if row.number not in known and row.turn_id != turn_id
        ]
        for values in new:
            del values["id"]
        if new:
            connection.execute(insert(citation), new)


def touch(connection: Connection, message_id: int, fate: Fate) -> None:
    """Note what became of a message, for the answers that cite it."""
    citation = schema.citation
    connection.execute(update(citation).where(citation.c.message_id == message_id).values(untold=fate))


def stale(connection: Connection) -> list[StaleAnswer]:
    """Return the answers that do not say yet what has changed."""
    citation, turn, outbox = schema.citation, schema.turn, schema.outbox
    conversation, chat, tenant = schema.conversation, schema.chat, schema.tenant
    # One that its asker alone may read may be somewhere else than it was asked for.
    said = and_(outbox.c.turn_id == turn.c.id, outbox.c.is_final, outbox.c.text != "")
    rows = connection.execute(
        select(
            citation.c.turn_id,
            tenant.c.platform,
            tenant.c.platform_tenant_id,
            chat.c.platform_chat_id,
            conversation.c.thread,
        )
        .join(turn, turn.c.id == citation.c.turn_id)
        .outerjoin(outbox, said)
        .join(
            conversation,
            conversation.c.id == func.coalesce(outbox.c.conversation_id, turn.c.conversation_id),
        )
        .join(chat, chat.c.id == conversation.c.chat_id)
        .join(tenant, tenant.c.id == citation.c.tenant_id)
        .where(or_(*(citation.c.untold == fate for fate in Fate)))  # so that the index serves
        .distinct()
    )
    return [
        StaleAnswer(
            row.turn_id,
            ConversationKey(row.platform, row.platform_tenant_id, row.platform_chat_id, row.thread),
        )
        for row in rows
    ]


def _fate(row: Any, read: Message) -> Fate | None:
    if row.deleted_at is not None:
        return Fate.DELETED
    return Fate.EDITED if row.text != read.text else None
