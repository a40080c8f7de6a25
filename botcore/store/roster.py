"""Who and which chats are known to the access rules, for an operator to see and to name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from botcore.access.roles import UserRole
from botcore.domain import ConversationKey
from botcore.errors import InputError
from botcore.store import schema

Here = Sequence[ColumnElement[bool]]  # at which tenant, if not at all of them


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role."""

    id: int
    name: str
    role: UserRole
    known_as: str  # platform:id
    since: datetime


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who was shown a code."""

    name: str
    known_as: str
    since: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, or a whole tenant, that something was decided about."""

    kind: str  # chat or tenant
    known_as: str  # platform:id
    allowed: bool | None  # None: only how long it is kept
    since: datetime | None
    retention_days: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A chat whose messages were turned away in the last days."""

    known_as: str
    events: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody and everything that an operator has decided about, or may want to."""

    people: list[Person] = field(default_factory=list)
    strangers: list[Stranger] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def read_roster(connection: Connection, tenant_id: int | None = None) -> Roster:
    """Return all of it, or what is at one tenant."""
    here = [schema.tenant.c.id == tenant_id] if tenant_id is not None else []
    return Roster(
        _people(connection, here),
        _strangers(connection, here),
        _places(connection, here),
        _refused(connection, here),
    )


def _people(connection: Connection, here: Here) -> list[Person]:
    user, grant, identity, tenant = schema.user, schema.grant, schema.identity, schema.tenant
    rows = connection.execute(
        select(
            user.c.id,
            user.c.name,
            grant.c.role,
            grant.c.granted_at,
            tenant.c.platform,
            identity.c.platform_user_id,
        )
        .join(grant, grant.c.user_id == user.c.id)
        .join(identity, identity.c.user_id == user.c.id)
        .join(tenant, tenant.c.id == identity.c.tenant_id)
        .where(*here)
        .order_by(user.c.id)
    )
    return [
        Person(r.id, r.name, UserRole(r.role), f"{r.platform}:{r.platform_user_id}", r.granted_at)
        for r in rows
    ]


def _strangers(connection: Connection, here: Here) -> list[Stranger]:
    pairing, tenant = schema.pairing, schema.tenant
    rows = connection.execute(
        select(pairing, tenant.c.platform)
        .join(tenant, tenant.c.id == pairing.c.tenant_id)
        .where(pairing.c.platform_user_id.is_not(None), pairing.c.expires_at > datetime.now(UTC), *here)
        .order_by(pairing.c.id)
    )
    return [Stranger(r.name, f"{r.platform}:{r.platform_user_id}", r.created_at, r.expires_at) for r in rows]


def _places(connection: Connection, here: Here) -> list[Place]:
    chat, tenant = schema.chat, schema.tenant
    tenants = connection.execute(
        select(tenant).where(tenant.c.allowed_at.is_not(None), *here).order_by(tenant.c.id)
    )
    chats = connection.execute(
        select(chat, tenant.c.platform)
        .join(tenant, tenant.c.id == chat.c.tenant_id)
        .where(or_(chat.c.allowed.is_not(None), chat.c.retention_days.is_not(None)), *here)
        .order_by(chat.c.id)
    )
    return [
        *(Place("tenant", f"{r.platform}:{r.platform_tenant_id}", True, r.allowed_at) for r in tenants),
        *map(_chat, chats),
    ]


def _chat(row: Row[Any]) -> Place:
    known_as = f"{row.platform}:{row.platform_chat_id}"
    return Place("chat", known_as, row.allowed, row.allowed_at, row.retention_days)


def _refused(connection: Connection, here: Here) -> list[Refused]:
    denial, tenant = schema.denial, schema.tenant
    rows = connection.execute(
        select(
            tenant.c.platform,
            denial.c.platform_chat_id,
            func.count().label("events"),
            func.max(denial.c.denied_at, type_=schema.UtcDateTime).label("last"),
        )
        .join(tenant, tenant.c.id == denial.c.tenant_id)
        .where(*here)
        .group_by(tenant.c.platform, denial.c.platform_chat_id)
        .order_by(func.max(denial.c.denied_at).desc())
        .limit(20)
    )
    return [Refused(f"{r.platform}:{r.platform_chat_id}", r.events, r.last) for r in rows]


def find_user(connection: Connection, name: str, tenant_id: int | None = None) -> int:
    """Return who is meant by a number, or by PLATFORM:ID; raise `InputError` when nobody is.

    `tenant_id`: nobody elsewhere is known.
    """
    user, identity, tenant = schema.user, schema.identity, schema.tenant
    here = [user.c.tenant_id == tenant_id] if tenant_id is not None else []
    if name.isdecimal():
        found = connection.scalars(select(user.c.id).where(user.c.id == int(name), *here)).all()
    else:
        platform, _, their_id = name.partition(":")
        found = connection.scalars(
            select(identity.c.user_id)
            .join(tenant, tenant.c.id == identity.c.tenant_id)
            .join(user, user.c.id == identity.c.user_id)
            .where(tenant.c.platform == platform, identity.c.platform_user_id == their_id, *here)
        ).all()
    if not found:
        raise InputError(
            f"Nobody is known as “{name}”. Give the number that `access list` shows, or PLATFORM:ID."
        )
    if len(found) > 1:
        numbers = ", ".join(map(str, found))
        raise InputError(f"Several people are known as “{name}”. Give one of the numbers {numbers}.")
    user_id: int = found[0]
    return user_id


def find_chat(connection: Connection, name: str, tenant: str | None = None) -> ConversationKey:
    """Return which chat an operator means by PLATFORM:ID; it need not be known yet, but its tenant."""
    platform, _, chat = name.partition(":")
    if not platform or not chat:
        raise InputError(f"“{name}” names no chat. Write PLATFORM:ID, as `botcore access list` does.")
    tenants = [tenant] if tenant else _tenants_of(connection, platform, chat)
    if len(tenants) != 1:
        why = "is not known here yet; write to the bot there once" if not tenants else "has several tenants"
        raise InputError(f"The platform “{platform}” {why}, or name one with --tenant.")
    return ConversationKey(platform, tenants[0], chat)


def _tenants_of(connection: Connection, platform: str, chat: str) -> list[str]:
    """Return where a chat may be: where it is known or was refused, else anywhere on its platform."""
    tenant = schema.tenant
    mine = select(tenant.c.platform_tenant_id).where(tenant.c.platform == platform)
    its_chats = select(schema.chat.c.tenant_id).where(schema.chat.c.platform_chat_id == chat)
    its_denials = select(schema.denial.c.tenant_id).where(schema.denial.c.platform_chat_id == chat)
    here = mine.where(or_(tenant.c.id.in_(its_chats), tenant.c.id.in_(its_denials)))
    return list(connection.scalars(here)) or list(connection.scalars(mine))
