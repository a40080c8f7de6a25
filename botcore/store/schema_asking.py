"""The tables of what people fill in, choose, and want at a certain time."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from botcore.store.tables import UtcDateTime, metadata, own_id, refers

# A form that is open before somebody. It goes when it was sent, given up, or has waited for too long.
form = Table(
    "form",
    metadata,
    Column("id", String(32), primary_key=True),  # all that the platform knows of it
    refers("tenant"),
    refers("conversation"),
    refers("message"),  # the command, or the answer with the button, that opened it
    refers("user"),  # who alone may fill it in
    refers("identity"),
    Column("plugin", String(64), nullable=False),
    Column("action", String(64), nullable=False),  # that gets the answers; a command begins with a slash
    Column("data", Text, nullable=False),  # the action's other arguments
    Column("form", JSON, nullable=False),  # see `Form.as_json`
    Column("answers", JSON, nullable=False),  # by field, as far as the bot has asked
    Column("step", Integer),  # which field the bot asks for; empty: the platform shows the whole form
    Column("asked_in", String(32)),  # the turn whose answer asks for it
    Column("touched_at", UtcDateTime, nullable=False),  # when it was opened, or a field was filled in
    Index(None, "conversation_id", "user_id"),
    Index(None, "message_id"),
    Index(None, "user_id"),
    Index(None, "identity_id"),
    Index(None, "touched_at"),
)

# What people chose for a chat, or admins for a whole tenant, instead of what the configuration says.
setting = Table(
    "setting",
    metadata,
    own_id(),
    refers("tenant"),
    refers("chat", nullable=True, owned=True),  # empty: it holds for the whole tenant
    Column("plugin", String(64), nullable=False),
    Column("key", String(64), nullable=False),
    Column("value", JSON, nullable=False),
    refers("user", nullable=True),  # who chose it
    Column("chosen_at", UtcDateTime, nullable=False),
    UniqueConstraint("chat_id", "plugin", "key"),
    Index(None, "user_id"),
)

# A tenant has one choice of each, too. Nothing is the same as no chat, so a constraint would let two pass.
Index(
    "ix_setting_of_tenant",
    setting.c.tenant_id,
    setting.c.plugin,
    setting.c.key,
    unique=True,
    sqlite_where=setting.c.chat_id.is_(None),
    postgresql_where=setting.c.chat_id.is_(None),
)

# What is done at a certain time, or time and again.
schedule = Table(
    "schedule",
    metadata,
    Column("id", String(16), primary_key=True),
    refers("tenant"),
    refers("conversation"),  # where it is done
    refers("user"),  # for whom
    refers("identity"),
    Column("plugin", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("data", Text, nullable=False),  # the action's arguments
    Column("title", Text, nullable=False),  # for people
    Column("cron", String(128)),  # empty: it is done once
    Column("zone", String(64), nullable=False),  # whose clock the expression means, as IANA names it
    Column("late_seconds", Float, nullable=False),  # how late it may still be done
    Column("due_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "due_at"),
    Index(None, "conversation_id"),
    Index(None, "user_id"),
    Index(None, "identity_id"),
)
