"""What somebody asked for in a conversation, a form or a schedule: its rows with their place and person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, select

from botcore.domain import Author, ConversationKey
from botcore.store import schema


def with_place_and_author(table: Table, *more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Return what selects rows of such a table whole. `more`: columns of chat or conversation."""
    conversation, chat, identity = schema.conversation, schema.chat, schema.identity
    return (
        select(
            table,
            conversation.c.thread,
            chat.c.platform_chat_id,
            chat.c.is_direct,
            schema.tenant.c.platform,
            schema.tenant.c.platform_tenant_id,
            identity.c.platform_user_id,
            identity.c.name.label("author_name"),
            *more,
        )
        .join(conversation, conversation.c.id == table.c.conversation_id)
        .join(chat, chat.c.id == conversation.c.chat_id)
        .join(schema.tenant, schema.tenant.c.id == table.c.tenant_id)
        .join(identity, identity.c.id == table.c.identity_id)
    )


def place_of(row: Row[Any]) -> ConversationKey:
    """Return where it was asked for."""
    return ConversationKey(row.platform, row.platform_tenant_id, row.platform_chat_id, row.thread)


def author_of(row: Row[Any]) -> Author:
    """Return who asked for it."""
    return Author(row.platform_user_id, row.author_name)
