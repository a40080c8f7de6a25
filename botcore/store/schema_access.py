"""The tables of who may come in, who let them in, and what is left of those who are forgotten."""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, Index, Integer, String, Table, Text, UniqueConstraint

from botcore.store.tables import UtcDateTime, metadata, own_id, refers

# Who may talk to the bot wherever they are, and what else they may.
grant = Table(
    "grant",
    metadata,
    own_id(),
    refers("tenant"),
    refers("user"),
    Column("role", String(8), nullable=False),  # see `Role`
    Column("granted_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id"),
)

# A code that lets somebody in. With a person it was shown to them, and an operator types it; without
# one an operator was shown it, and whoever types it to the bot becomes its owner.
pairing = Table(
    "pairing",
    metadata,
    own_id(),
    refers("tenant", nullable=True),
    Column("platform_user_id", String(128)),
    Column("name", Text, nullable=False),
    Column("platform_chat_id", String(128)),  # where the person wrote, and is answered
    Column("code_hash", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    UniqueConstraint("tenant_id", "platform_user_id"),
)

# What was turned away: enough to know it again, and to count.
denial = Table(
    "denial",
    metadata,
    own_id(),
    refers("tenant"),
    Column("dedupe_key", String(256), nullable=False),
    Column("platform_chat_id", String(128), nullable=False),
    Column("denied_at", UtcDateTime, nullable=False),
    UniqueConstraint("tenant_id", "dedupe_key"),
    Index(None, "denied_at"),
)

# Who did what to whom. It holds no text of anybody's.
audit = Table(
    "audit",
    metadata,
    own_id(),
    refers("tenant", nullable=True),
    Column("at", UtcDateTime, nullable=False),
    refers("user", nullable=True),  # empty: an operator, on the command line
    Column("action", String(24), nullable=False),
    refers("user", nullable=True, name="about_user_id"),
    refers("chat", nullable=True, name="about_chat_id"),
    Column("detail", String(64), nullable=False),
    Index(None, "at"),
)

# What the model did for people whose messages are deleted, a row a day.
usage_sum = Table(
    "usage_sum",
    metadata,
    own_id(),
    refers("tenant"),
    Column("day", Date, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("answer_tokens", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    UniqueConstraint("tenant_id", "day"),
)
