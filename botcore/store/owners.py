"""Saying something to the bot's owners, each where they last talked to it alone."""

from __future__ import annotations

from sqlalchemy import Connection, Select, select

from botcore.access.roles import UserRole
from botcore.domain import ConversationKey
from botcore.store import schema
from botcore.store.notices import Notice, add_notice


def tell_owners(connection: Connection, text: str) -> list[Notice]:
    """Put a text into the outbox for every owner who has talked to the bot in a direct chat."""
    owners = connection.scalars(select(schema.grant.c.user_id).where(schema.grant.c.role == UserRole.OWNER))
    rows = [connection.execute(_last_direct_chat(user_id)).first() for user_id in owners.all()]
    keys = [
        ConversationKey(row.platform, row.platform_tenant_id, row.platform_chat_id) for row in rows if row
    ]
    return [add_notice(connection, key, text, direct=True) for key in keys]


def _last_direct_chat(user_id: int) -> Select[str, str, str]:
    tenant, chat, conversation, inbox = schema.tenant, schema.chat, schema.conversation, schema.inbox
    return (
        select(tenant.c.platform, tenant.c.platform_tenant_id, chat.c.platform_chat_id)
        .join(chat, chat.c.tenant_id == tenant.c.id)
        .join(conversation, conversation.c.chat_id == chat.c.id)
        .join(inbox, inbox.c.conversation_id == conversation.c.id)
        .where(inbox.c.user_id == user_id, chat.c.is_direct)
        .order_by(inbox.c.id.desc())
        .limit(1)
    )
