"""What the database knows of a person and of a place, for the gate to decide by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, select

from botcore.access.roles import UserRole
from botcore.domain import ConversationKey
from botcore.store import schema


@dataclass(frozen=True, slots=True)
class PersonStanding:
    """How somebody stands at their platform's tenant."""

    user_id: int | None = None  # None: never heard of
    role: UserRole | None = None  # None: nobody let them in
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlaceStanding:
    """How a chat stands."""

    tenant_since: datetime | None = None  # since when everybody of its tenant may come in
    allowed: bool | None = None  # None: as its tenant is
    since: datetime | None = None
    direct: bool | None = None  # None: nothing was ever said there
    noticed: bool = False  # it was told that what is said there is remembered

    @property
    def is_allowed(self) -> bool:
        """Whether its members may talk to the bot there, and its ledger is kept."""
        return self.tenant_since is not None if self.allowed is None else self.allowed

    @property
    def allowed_since(self) -> datetime | None:
        return self.since if self.allowed else self.tenant_since


def person_standing(connection: Connection, key: ConversationKey, author_id: str) -> PersonStanding:
    """Return how an author stands."""
    them = {"platform": key.platform, "tenant": key.tenant, "author": author_id}
    row = connection.execute(_person(), them).first()
    if row is None:
        return PersonStanding()
    return PersonStanding(row.user_id, UserRole(row.role) if row.role else None, row.granted_at)


@cache  # building a statement takes longer than running it
def _person() -> Select[*tuple[Any, ...]]:
    identity, grant, tenant = schema.identity, schema.grant, schema.tenant
    return (
        select(identity.c.user_id, grant.c.role, grant.c.granted_at)
        .join(tenant, tenant.c.id == identity.c.tenant_id)
        .outerjoin(grant, grant.c.user_id == identity.c.user_id)
        .where(
            tenant.c.platform == bindparam("platform"),
            tenant.c.platform_tenant_id == bindparam("tenant"),
            identity.c.platform_user_id == bindparam("author"),
        )
    )


def place_standing(connection: Connection, key: ConversationKey) -> PlaceStanding:
    """Return how a chat stands."""
    row = connection.execute(
        _place(), {"platform": key.platform, "tenant": key.tenant, "chat": key.chat}
    ).first()
    if row is None:
        return PlaceStanding()
    return PlaceStanding(
        row.tenant_since, row.allowed, row.allowed_at, row.is_direct, row.noticed_at is not None
    )


@cache
def _place() -> Select[*tuple[Any, ...]]:
    tenant, chat = schema.tenant, schema.chat
    here = and_(chat.c.tenant_id == tenant.c.id, chat.c.platform_chat_id == bindparam("chat"))
    return (
        select(
            tenant.c.allowed_at.label("tenant_since"),
            chat.c.allowed,
            chat.c.allowed_at,
            chat.c.is_direct,
            chat.c.noticed_at,
        )
        .outerjoin(chat, here)
        .where(tenant.c.platform == bindparam("platform"), tenant.c.platform_tenant_id == bindparam("tenant"))
    )


def was_denied(connection: Connection, key: ConversationKey, dedupe_key: str) -> bool:
    """Tell whether an event was turned away before, when it was delivered first."""
    event = {"platform": key.platform, "tenant": key.tenant, "dedupe_key": dedupe_key}
    return bool(connection.scalar(_denied(), event))


@cache
def _denied() -> Select[*tuple[Any, ...]]:
    denial, tenant = schema.denial.c, schema.tenant.c
    return select(
        exists().where(
            denial.tenant_id == tenant.id,
            denial.dedupe_key == bindparam("dedupe_key"),
            tenant.platform == bindparam("platform"),
            tenant.platform_tenant_id == bindparam("tenant"),
        )
    )


def has_owner_code(connection: Connection) -> bool:
    """Tell whether there is a code that nobody has typed yet."""
    pairing = schema.pairing.c
    found = exists().where(pairing.platform_user_id.is_(None), pairing.expires_at > datetime.now(UTC))
    return bool(connection.scalar(select(found)))
