"""The tables of what was read in chats: how far back, and what answers rest on."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from botcore.store.tables import UtcDateTime, metadata, own_id, refers

# Which message an answer rests on. When that one changes, so does what is shown of the answer.
citation = Table(
    "citation",
    metadata,
    own_id(),
    refers("tenant"),
    refers("turn"),
    refers("message"),
    Column("number", Integer, nullable=False),  # what the answer calls it: [3]
    Column("quote", Text, nullable=False),  # what of it the answer repeats; empty: nothing
    Column("told", String(7)),  # what the answer says became of that message: edited or deleted
    Column("untold", String(7)),  # and what it does not say yet
    UniqueConstraint("turn_id", "number"),
    Index(None, "message_id"),
)

# Few answers are to be changed at a time, and each change of a message asks for them.
Index(
    "ix_citation_untold",
    citation.c.untold,
    sqlite_where=citation.c.untold.is_not(None),
    postgresql_where=citation.c.untold.is_not(None),
)

# How much of a place the platform was asked for: everything between two moments.
history = Table(
    "history",
    metadata,
    own_id(),
    refers("tenant"),
    refers("chat"),
    Column("thread", String(128), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("cursor", String(256), nullable=False),  # where to go on, in the adapter's words
    Column("has_more", Boolean, nullable=False),  # something is left beyond
    UniqueConstraint("chat_id", "thread"),
)
