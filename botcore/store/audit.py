"""Who did what to whom, and when. No text of anybody's is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from botcore.store import schema

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a user, or the operator on the command line."""

    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that was done."""

    at: datetime
    who: str
    action: str
    about: str
    detail: str


def note(
    connection: Connection,
    actor: Actor,
    action: str,
    *,
    tenant_id: int | None = None,
    about_user_id: int | None = None,
    about_chat_id: int | None = None,
    detail: str = "",
) -> None:
    """Write down what is done in this transaction."""
    connection.execute(
        insert(schema.audit).values(
            tenant_id=tenant_id,
            at=datetime.now(UTC),
            user_id=actor.user_id,
            action=action,
            about_user_id=about_user_id,
            about_chat_id=about_chat_id,
            detail=detail,
        )
    )


def last_entries(connection: Connection, limit: int, tenant_id: int | None = None) -> list[AuditEntry]:
    """Return what was done last, the latest first, or what was at one tenant."""
    audit, tenant, chat = schema.audit, schema.tenant, schema.chat
    who, about = schema.user.alias("who"), schema.user.alias("about")
    rows = connection.execute(
        select(
            audit,
            who.c.name.label("who"),
            about.c.name.label("about"),
            tenant.c.platform,
            func.coalesce(chat.c.platform_chat_id, "").label("chat"),
            func.coalesce(tenant.c.platform_tenant_id, "").label("tenant"),
        )
        .outerjoin(who, who.c.id == audit.c.user_id)
        .outerjoin(about, about.c.id == audit.c.about_user_id)
        .outerjoin(chat, chat.c.id == audit.c.about_chat_id)
        .outerjoin(tenant, tenant.c.id == audit.c.tenant_id)
        .where(*([audit.c.tenant_id == tenant_id] if tenant_id is not None else []))
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    return [
        AuditEntry(
            row.at,
            OPERATOR if row.user_id is None else f"{row.user_id} {row.who}".strip(),
            row.action,
            _about(row.about_user_id, row.about, row.platform, row.chat or row.tenant),
            row.detail,
        )
        for row in rows
    ]


def _about(user_id: int | None, name: str | None, platform: str | None, place: str) -> str:
    if user_id is not None:
        return f"{user_id} {name}".strip()
    return f"{platform}:{place}" if platform and place else ""
