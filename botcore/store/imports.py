"""Bringing in what was said before the bot came: rows of the ledger from an export."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Connection, select

from botcore.domain import Author, ConversationKey
from botcore.exports import Record
from botcore.store import schema
from botcore.store.intake import find_place, identify
from botcore.store.upsert import insert

SOURCE = "import"


@dataclass(frozen=True, slots=True)
class Home:
    """Where imported chats belong."""

    platform: str
    tenant: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the ledger that may be there already."""

    record: Record
    identity_id: int
    sent_at: datetime
    message_id: str  # under which the ledger keeps it

    @property
    def content(self) -> tuple[int, datetime, str]:
        """What tells messages apart where ids can't."""
        return self.identity_id, self.sent_at, self.record.text


def add_records(connection: Connection, home: Home, records: Sequence[Record]) -> int:
    """Write the records that the ledger does not know and return how many these are.

    Each record has a time. Names that are known already stay as they are: an export is older.
    """
    by_chat: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_chat[record.chat.id].append(record)
    return sum(_add_to_chat(connection, home, said) for said in by_chat.values())


def _add_to_chat(connection: Connection, home: Home, records: Sequence[Record]) -> int:
    now = datetime.now(UTC)
    chat = records[0].chat
    key = ConversationKey(home.platform, home.tenant, _current_id(connection, home, chat.id))
    tenant_id, chat_id = find_place(connection, key, direct=chat.is_direct, now=now)
    identities = _identities(connection, tenant_id, {one.author.id: one.author for one in records}, now)
    rows = [
        _Row(one, identities[one.author.id], one.sent_at, one.id if chat.has_live_ids else _made_id(one))
        for one in records
        if one.sent_at
    ]
    known = _known_ids(connection, chat_id, rows)
    heard = set() if chat.has_live_ids else _heard(connection, chat_id, rows)
    new = {row.message_id: row for row in rows if row.message_id not in known and row.content not in heard}
    if new:
        statement = insert(connection, schema.message).on_conflict_do_nothing()
        connection.execute(statement, [_values(row, tenant_id, chat_id) for row in new.values()])
    return len(new)


def _current_id(connection: Connection, home: Home, exported: str) -> str:
    """Return what a chat is called now: an export may be older than its move."""
    chat, tenant = schema.chat, schema.tenant
    current: str | None = connection.scalar(
        select(chat.c.platform_chat_id)
        .join(tenant, tenant.c.id == chat.c.tenant_id)
        .where(
            tenant.c.platform == home.platform,
            tenant.c.platform_tenant_id == home.tenant,
            chat.c.former_id == exported,
        )
    )
    return current or exported


def _identities(
    connection: Connection, tenant_id: int, authors: Mapping[str, Author], now: datetime
) -> dict[str, int]:
    """Return the identities of authors by their ids, adding those who are not known."""
    identity = schema.identity.c
    known = connection.execute(
        select(identity.platform_user_id, identity.id).where(
            identity.tenant_id == tenant_id, identity.platform_user_id.in_(authors)
        )
    )
    found = {row.platform_user_id: row.id for row in known}
    for author in authors.values():
        if author.id not in found:
            found[author.id], _ = identify(connection, tenant_id, author, now)
    return found


def _known_ids(connection: Connection, chat_id: int, rows: Sequence[_Row]) -> set[str]:
    message = schema.message.c
    known = connection.scalars(
        select(message.platform_message_id).where(
            message.chat_id == chat_id, message.platform_message_id.in_([row.message_id for row in rows])
        )
    )
    return set(known)


def _heard(connection: Connection, chat_id: int, rows: Sequence[_Row]) -> set[tuple[int, datetime, str]]:
    """Return what the bot heard itself at these times, under ids that an export does not know."""
    message = schema.message.c
    heard = connection.execute(
        select(message.identity_id, message.sent_at, message.text).where(
            message.chat_id == chat_id,
            message.sent_at.in_({row.sent_at for row in rows}),
            message.source != SOURCE,
        )
    )
    return {(row.identity_id, row.sent_at, row.text) for row in heard}


def _values(row: _Row, tenant_id: int, chat_id: int) -> Mapping[str, object]:
    return {
        "tenant_id": tenant_id,
        "chat_id": chat_id,
        "thread": row.record.thread,
        "platform_message_id": row.message_id,
        "identity_id": row.identity_id,
        "sent_at": row.sent_at,
        "text": row.record.text,
        "edited_at": row.record.edited_at,
        "source": SOURCE,
        "is_command": False,
    }


def _made_id(record: Record) -> str:
    """Return an id that every export of the same message leads to."""
    content = "\0".join((str(record.sent_at), record.author.id, record.text))
    return f"{SOURCE}-{sha256(content.encode()).hexdigest()[:32]}"


def tenants(connection: Connection, platform: str) -> list[str]:
    """Return the platform's ids of its tenants."""
    tenant = schema.tenant.c
    found = connection.scalars(
        select(tenant.platform_tenant_id).where(tenant.platform == platform).order_by(tenant.id)
    )
    return list(found)
