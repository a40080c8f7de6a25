"""Everything that is stored of a person, for them to read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from botcore.store import schema
from botcore.store.outbox import SAID_ALONE


def export(connection: Connection, user_id: int) -> dict[str, Any]:
    """Return everything that is stored of a person, as JSON can hold it."""
    tables: dict[str, Select[*tuple[Any, ...]]] = {
        "you": select(schema.user).where(schema.user.c.id == user_id),
        "known_as": select(
            schema.tenant.c.platform, schema.identity.c.platform_user_id, schema.identity.c.name
        )
        .join(schema.tenant, schema.tenant.c.id == schema.identity.c.tenant_id)
        .where(schema.identity.c.user_id == user_id),
        "role": select(schema.grant.c.role, schema.grant.c.granted_at).where(
            schema.grant.c.user_id == user_id
        ),
        "messages": _messages(user_id),
        "answers": _answers(user_id),
        "answers_for_you_alone": _answers_alone(user_id),
        "kept_by_plugins": select(
            schema.plugin_state.c.plugin,
            schema.plugin_state.c.key,
            schema.plugin_state.c.value,
            schema.plugin_state.c.written_at,
        ).where(schema.plugin_state.c.user_id == user_id),
        "half_filled_in": select(schema.form.c.plugin, schema.form.c.answers).where(
            schema.form.c.user_id == user_id
        ),
        "planned": select(
            schema.schedule.c.title, schema.schedule.c.cron, schema.schedule.c.zone, schema.schedule.c.due_at
        ).where(schema.schedule.c.user_id == user_id),
        "chosen_for_chats": select(
            schema.setting.c.plugin,
            schema.setting.c.key,
            schema.setting.c.value,
            schema.setting.c.chosen_at,
        ).where(schema.setting.c.user_id == user_id),
        "model_use": select(
            schema.usage.c.at,
            schema.usage.c.prompt_tokens,
            schema.usage.c.answer_tokens,
            schema.usage.c.seconds,
        ).where(schema.usage.c.user_id == user_id),
        "audit": select(schema.audit.c.at, schema.audit.c.action, schema.audit.c.detail).where(
            or_(schema.audit.c.user_id == user_id, schema.audit.c.about_user_id == user_id)
        ),
    }
    return {
        name: [_as_json(row._mapping) for row in connection.execute(query)] for name, query in tables.items()
    }


def _as_json(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _messages(user_id: int) -> Select[*tuple[Any, ...]]:
    message, identity, chat, tenant = schema.message, schema.identity, schema.chat, schema.tenant
    return (
        select(
            tenant.c.platform,
            chat.c.platform_chat_id.label("chat"),
            message.c.thread,
            message.c.sent_at,
            message.c.edited_at,
            message.c.text,
        )
        .join(identity, identity.c.id == message.c.identity_id)
        .join(chat, chat.c.id == message.c.chat_id)
        .join(tenant, tenant.c.id == message.c.tenant_id)
        .where(identity.c.user_id == user_id, message.c.deleted_at.is_(None))
        .order_by(message.c.id)
    )


def _answers(user_id: int) -> Select[*tuple[Any, ...]]:
    turn, inbox = schema.turn, schema.inbox
    return (
        select(turn.c.started_at, turn.c.handler, turn.c.outcome, turn.c.question, turn.c.answer)
        .join(inbox, inbox.c.id == turn.c.inbox_id)
        .where(inbox.c.user_id == user_id)
        .order_by(inbox.c.id)
    )


def _answers_alone(user_id: int) -> Select[*tuple[Any, ...]]:
    """Select what nobody else was shown: it is no part of its chat's memory, but of what was sent."""
    turn, inbox, outbox = schema.turn, schema.inbox, schema.outbox
    return (
        select(turn.c.started_at, turn.c.handler, outbox.c.text)
        .join(inbox, inbox.c.id == turn.c.inbox_id)
        .join(outbox, outbox.c.turn_id == turn.c.id)
        .where(inbox.c.user_id == user_id, turn.c.answer == SAID_ALONE, outbox.c.text != "")
        .order_by(outbox.c.id)
    )
