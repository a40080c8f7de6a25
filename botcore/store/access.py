"""Letting people and chats in, and turning them away. Each change leaves a line in the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, insert, null, select, update

from botcore.access.codes import is_same
from botcore.access.roles import UserRole
from botcore.domain import Author, ConversationKey, InboundEvent
from botcore.store import schema
from botcore.store.audit import Actor, note
from botcore.store.inbox import InboxState
from botcore.store.intake import find_place, get_or_add, identify
from botcore.store.notices import Notice, add_notice
from botcore.store.upsert import add_if_new
from botcore.store.upsert import insert as upsert

CODE_AGE = timedelta(days=1)  # of a pairing code, and between two of them for the same stranger
OPEN_PAIRINGS = 100  # of a tenant; beyond them strangers hear nothing until some have expired
DENIAL_AGE = timedelta(days=2)  # no platform delivers anything again after so long
OWNER_CODE_AGE = timedelta(days=1)


# What a chat is told of its ledger, by the days for which it is kept; None: as the configuration says.
LedgerNotice = Callable[[int | None], str]


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a stranger is told, and the hash of the code in it."""

    text: str
    code_hash: str


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of an event that was turned away."""

    is_new: bool  # False: it was turned away before
    notice: Notice | None = None  # what its author is told


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who was let in."""

    user_id: int
    name: str
    notice: Notice | None = None


def turn_away(
    connection: Connection, event: InboundEvent, invitation: Invitation | None, hint: str = ""
) -> Turned:
    """Note that an event was denied, and tell its author how to come in, if anybody tells them.

    `hint`: what somebody is told who may change that.
    """
    now = datetime.now(UTC)
    tenant_id = _tenant(connection, event.key, now)
    denial = {
        "tenant_id": tenant_id,
        "dedupe_key": event.dedupe_key,
        "platform_chat_id": event.key.chat,
        "denied_at": now,
    }
    if not connection.scalar(add_if_new(connection, schema.denial), denial):
        return Turned(is_new=False)
    if hint:
        return Turned(is_new=True, notice=add_notice(connection, event.key, hint, direct=False))
    if invitation is None or not _invite(connection, tenant_id, event, invitation, now):
        return Turned(is_new=True)
    return Turned(is_new=True, notice=add_notice(connection, event.key, invitation.text, direct=True))


def _invite(
    connection: Connection, tenant_id: int, event: InboundEvent, invitation: Invitation, now: datetime
) -> bool:
    """Note a stranger's code. False when they have one of today, or too many strangers have."""
    pairing = schema.pairing
    theirs = (pairing.c.tenant_id == tenant_id, pairing.c.platform_user_id == event.author.id)
    told_at = connection.scalar(select(pairing.c.created_at).where(*theirs))
    if told_at is not None and now - told_at < CODE_AGE:
        return False
    count = select(func.count()).where(pairing.c.tenant_id == tenant_id, pairing.c.expires_at > now)
    if (connection.scalar(count) or 0) >= OPEN_PAIRINGS:
        return False
    connection.execute(delete(pairing).where(*theirs))
    connection.execute(
        insert(pairing).values(
            tenant_id=tenant_id,
            platform_user_id=event.author.id,
            name=event.author.name,
            platform_chat_id=event.key.chat,
            code_hash=invitation.code_hash,
            created_at=now,
            expires_at=now + CODE_AGE,
        )
    )
    return True


def approve(
    connection: Connection, code_hash: str, welcome: str, actor: Actor, *, tenant_id: int | None = None
) -> Admitted | None:
    """Let in whoever was shown this code; None when nobody was. `tenant_id`: only at this tenant."""
    pairing, tenant = schema.pairing, schema.tenant
    open_ones = connection.execute(
        select(pairing, tenant.c.platform, tenant.c.platform_tenant_id)
        .join(tenant, tenant.c.id == pairing.c.tenant_id)
        .where(
            pairing.c.platform_user_id.is_not(None),
            pairing.c.expires_at > datetime.now(UTC),
            *([pairing.c.tenant_id == tenant_id] if tenant_id is not None else []),
        )
    ).all()
    # All of them are compared, whether or not one fits.
    fitting = [row for row in open_ones if is_same(row.code_hash, code_hash)]
    if not fitting:
        return None
    [row] = fitting
    now = datetime.now(UTC)
    author = Author(row.platform_user_id, row.name)
    _, user_id = identify(connection, row.tenant_id, author, now)
    connection.execute(delete(pairing).where(pairing.c.id == row.id))
    _grant(connection, row.tenant_id, user_id, UserRole.MEMBER, now)
    note(connection, actor, "approve", tenant_id=row.tenant_id, about_user_id=user_id)
    key = ConversationKey(row.platform, row.platform_tenant_id, row.platform_chat_id)
    return Admitted(user_id, row.name, add_notice(connection, key, welcome, direct=True))


def put_owner_code(connection: Connection, code_hash: str, actor: Actor) -> None:
    """Keep the code that makes whoever types it the owner. An older one is worth nothing any more."""
    now = datetime.now(UTC)
    connection.execute(delete(schema.pairing).where(schema.pairing.c.platform_user_id.is_(None)))
    connection.execute(
        insert(schema.pairing).values(
            tenant_id=None,
            platform_user_id=None,
            name="",
            code_hash=code_hash,
            created_at=now,
            expires_at=now + OWNER_CODE_AGE,
        )
    )
    note(connection, actor, "owner-code")


def become_owner(
    connection: Connection, event: InboundEvent, code_hash: str, welcome: str
) -> Admitted | None:
    """Make an event's author the owner, if they typed the code for it, and use that up."""
    pairing, now = schema.pairing, datetime.now(UTC)
    row = connection.execute(
        select(pairing.c.id, pairing.c.code_hash)
        .where(pairing.c.platform_user_id.is_(None), pairing.c.expires_at > now)
        .with_for_update()  # two who type it at once: one is the owner. SQLite has one writer.
    ).first()
    if row is None or not is_same(row.code_hash, code_hash):
        return None
    tenant_id = _tenant(connection, event.key, now)
    _, user_id = identify(connection, tenant_id, event.author, now)
    mine = schema.pairing.c.platform_user_id == event.author.id
    connection.execute(
        delete(pairing).where((pairing.c.id == row.id) | (pairing.c.tenant_id == tenant_id) & mine)
    )
    _grant(connection, tenant_id, user_id, UserRole.OWNER, now)
    note(connection, Actor(user_id), "own", tenant_id=tenant_id, about_user_id=user_id)
    turn_away(connection, event, None)  # that it is not taken for a question when it is delivered again
    return Admitted(user_id, event.author.name, add_notice(connection, event.key, welcome, direct=True))


def set_role(connection: Connection, user_id: int, role: UserRole, actor: Actor) -> None:
    """Give somebody a role. One who is revoked is not answered any more, whatever they still wait for."""
    tenant_id = connection.scalar(select(schema.user.c.tenant_id).where(schema.user.c.id == user_id))
    assert tenant_id is not None
    _grant(connection, tenant_id, user_id, role, datetime.now(UTC))
    if role is UserRole.REVOKED:
        _refuse_waiting(connection, schema.inbox.c.user_id == user_id)
    note(connection, actor, "role", tenant_id=tenant_id, about_user_id=user_id, detail=role)


def set_chat(
    connection: Connection,
    key: ConversationKey,
    actor: Actor,
    *,
    allowed: bool,
    notice: LedgerNotice,
) -> Notice | None:
    """Allow a chat, or deny it; tell those in it, once, that what is said there is remembered now."""
    now = datetime.now(UTC)
    tenant_id, chat_id = find_place(connection, key, direct=False, now=now)
    chat = schema.chat
    values = {"allowed": allowed, "allowed_at": now if allowed else None}
    if not allowed:
        values["noticed_at"] = None  # when it is allowed again, that is news
        conversation = schema.conversation.c
        here = select(conversation.id).where(conversation.chat_id == chat_id)
        _refuse_waiting(connection, schema.inbox.c.conversation_id.in_(here))
    connection.execute(update(chat).where(chat.c.id == chat_id).values(values))
    action = "allow-chat" if allowed else "deny-chat"
    note(connection, actor, action, tenant_id=tenant_id, about_chat_id=chat_id)
    return tell_of_ledger(connection, key, notice) if allowed else None


def place(connection: Connection, key: ConversationKey, *, direct: bool) -> None:
    """Note of which kind a chat is: whoever allowed it named no more than its id."""
    _, chat_id = find_place(connection, key, direct=direct, now=datetime.now(UTC))
    connection.execute(update(schema.chat).where(schema.chat.c.id == chat_id).values(is_direct=direct))


def set_tenant(connection: Connection, platform: str, tenant: str, actor: Actor, *, allowed: bool) -> None:
    """Allow everybody of a tenant, such as a Slack workspace, and all its chats; or none of that."""
    now = datetime.now(UTC)
    tenant_id = _tenant(connection, ConversationKey(platform, tenant, ""), now)
    row = update(schema.tenant).where(schema.tenant.c.id == tenant_id)
    connection.execute(row.values(allowed_at=now if allowed else None))
    note(connection, actor, "allow-tenant" if allowed else "deny-tenant", tenant_id=tenant_id)


def tell_of_ledger(connection: Connection, key: ConversationKey, text: LedgerNotice) -> Notice | None:
    """Tell those in a group that what is said there is remembered; None when they were told, or nobody is."""
    now = datetime.now(UTC)
    _, chat_id = find_place(connection, key, direct=False, now=now)
    chat = schema.chat
    untold = (chat.c.id == chat_id, chat.c.noticed_at.is_(None), ~chat.c.is_direct)
    told = connection.execute(
        update(chat).where(*untold).values(noticed_at=now).returning(chat.c.retention_days)
    ).first()
    return add_notice(connection, key, text(told.retention_days), direct=False) if told else None


def forget_old(connection: Connection) -> None:
    """Delete denials that nothing is known again by, and codes that have expired."""
    now = datetime.now(UTC)
    connection.execute(delete(schema.denial).where(schema.denial.c.denied_at < now - DENIAL_AGE))
    connection.execute(delete(schema.pairing).where(schema.pairing.c.expires_at < now))


def _tenant(connection: Connection, key: ConversationKey, now: datetime) -> int:
    place: dict[str, object] = {"platform": key.platform, "platform_tenant_id": key.tenant}
    return get_or_add(connection, schema.tenant, place, {"created_at": now})


def _grant(connection: Connection, tenant_id: int, user_id: int, role: UserRole, now: datetime) -> None:
    new = {"role": role, "granted_at": now}
    connection.execute(
        upsert(connection, schema.grant)
        .values(tenant_id=tenant_id, user_id=user_id, **new)
        .on_conflict_do_update(index_elements=["user_id"], set_=new)
    )


def _refuse_waiting(connection: Connection, which: ColumnElement[bool]) -> None:
    now = datetime.now(UTC)
    connection.execute(
        update(schema.inbox)
        .where(schema.inbox.c.state == InboxState.WAITING, which)
        .values(state=InboxState.REFUSED, finished_at=now, due_at=null())
    )


def roles_of(connection: Connection, user_ids: Iterable[int]) -> dict[int, UserRole]:
    """Return the roles of those who have one."""
    grant = schema.grant.c
    rows = connection.execute(select(grant.user_id, grant.role).where(grant.user_id.in_(list(user_ids))))
    return {row.user_id: UserRole(row.role) for row in rows}
