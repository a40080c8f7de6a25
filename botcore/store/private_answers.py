"""Answers for one member of a group: they wait here until their reader fetches them in the direct chat."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from botcore.domain import Button, ConversationKey, Part
from botcore.store import schema

KEPT = timedelta(days=1)  # after so long a link leads to nothing any more


@dataclass(frozen=True, slots=True)
class PrivateAnswer:
    """An answer that its asker alone may read, and show to the others."""

    plugin: str  # whose actions its buttons call
    parts: Sequence[Part]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))


@dataclass(frozen=True, slots=True)
class WaitingAnswer:
    """A private answer that is kept."""

    token: str
    plugin: str
    parts: list[Part]
    conversation_id: int  # where it was asked for
    turn_id: str
    key: ConversationKey  # of that place


def add_private(
    connection: Connection, place: Mapping[str, object], answer: PrivateAnswer, *, user_id: int
) -> None:
    """Keep an answer for a user. `place`: tenant, conversation and turn that it was asked for in."""
    row = {
        **place,
        "id": answer.token,
        "user_id": user_id,
        "plugin": answer.plugin,
        "parts": [asdict(part) for part in answer.parts],
        "created_at": datetime.now(UTC),
    }
    connection.execute(insert(schema.private_answer).values(row))


def find_private(connection: Connection, token: str, user_id: int, *, shown: bool) -> WaitingAnswer | None:
    """Return an answer that is this user's, and that was neither fetched nor, if `shown`, shown to all.

    It makes no difference whether it was never there, is gone, or is somebody else's.
    """
    answer, conversation = schema.private_answer, schema.conversation
    chat, tenant = schema.chat, schema.tenant
    row = connection.execute(
        select(
            answer.c.plugin,
            answer.c.parts,
            answer.c.conversation_id,
            answer.c.turn_id,
            tenant.c.platform,
            tenant.c.platform_tenant_id,
            chat.c.platform_chat_id,
            conversation.c.thread,
        )
        .join(conversation, conversation.c.id == answer.c.conversation_id)
        .join(chat, chat.c.id == conversation.c.chat_id)
        .join(tenant, tenant.c.id == answer.c.tenant_id)
        .where(
            answer.c.id == token,
            answer.c.user_id == user_id,
            answer.c.created_at > datetime.now(UTC) - KEPT,
            (answer.c.shown_at if shown else answer.c.fetched_at).is_(None),
        )
    ).first()
    if row is None:
        return None
    key = ConversationKey(row.platform, row.platform_tenant_id, row.platform_chat_id, row.thread)
    parts = [_part(part) for part in row.parts]
    return WaitingAnswer(token, row.plugin, parts, row.conversation_id, row.turn_id, key)


def mark_used(connection: Connection, tokens: Sequence[str], *, shown: bool) -> None:
    """Note that answers were handed over, or shown to all: each of that happens once."""
    column = "shown_at" if shown else "fetched_at"
    which = schema.private_answer.c.id.in_(tokens)
    connection.execute(update(schema.private_answer).where(which).values({column: datetime.now(UTC)}))


def has_private(connection: Connection, token: str, key: ConversationKey, platform_user_id: str) -> bool:
    """Tell whether an answer waits for somebody of this tenant under a token."""
    answer, identity, tenant = schema.private_answer, schema.identity, schema.tenant
    found = connection.scalar(
        select(answer.c.id)
        .join(tenant, tenant.c.id == answer.c.tenant_id)
        .join(identity, identity.c.user_id == answer.c.user_id)
        .where(
            answer.c.id == token,
            answer.c.created_at > datetime.now(UTC) - KEPT,
            answer.c.fetched_at.is_(None),
            tenant.c.platform == key.platform,
            tenant.c.platform_tenant_id == key.tenant,
            identity.c.tenant_id == tenant.c.id,
            identity.c.platform_user_id == platform_user_id,
        )
    )
    return found is not None


def sweep_private(connection: Connection) -> None:
    """Forget the answers that nobody can fetch any more."""
    answer = schema.private_answer
    connection.execute(delete(answer).where(answer.c.created_at <= datetime.now(UTC) - KEPT))


def _part(kept: Mapping[str, object]) -> Part:
    buttons = kept.get("buttons")
    assert isinstance(buttons, list)
    return Part(str(kept["text"]), tuple(Button(**button) for button in buttons))
