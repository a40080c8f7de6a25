"""The tables. Every one carries its tenant, and an index serves each query of the hot path."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from botcore.store.schema_access import audit, denial, grant, pairing, usage_sum
from botcore.store.schema_asking import form, schedule, setting
from botcore.store.schema_reading import citation, history
from botcore.store.schema_slack import slack_bot, slack_installation, slack_oauth_state
from botcore.store.tables import UtcDateTime, metadata, own_id, refers

__all__ = [
    "UtcDateTime",
    "audit",
    "button",
    "chat",
    "citation",
    "conversation",
    "denial",
    "form",
    "grant",
    "history",
    "identity",
    "inbox",
    "message",
    "metadata",
    "outbox",
    "owner",
    "pairing",
    "plugin_state",
    "private_answer",
    "schedule",
    "setting",
    "slack_bot",
    "slack_installation",
    "slack_oauth_state",
    "tenant",
    "turn",
    "usage",
    "usage_sum",
    "user",
]

# The one process that owns the database. Its epoch is raised at every start: what an older epoch
# holds is free.
owner = Table("owner", metadata, own_id(), Column("epoch", Integer, nullable=False))

tenant = Table(
    "tenant",
    metadata,
    own_id(),
    Column("platform", String(32), nullable=False),
    Column("platform_tenant_id", String(128), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("allowed_at", UtcDateTime),  # since when everybody there may come in
    UniqueConstraint("platform", "platform_tenant_id"),
)

user = Table(
    "user",
    metadata,
    own_id(),
    refers("tenant"),
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("language", String(35)),  # a tag of BCP 47, as they chose
    Column("timezone", String(64)),  # a name of IANA's, as they chose
)

identity = Table(
    "identity",
    metadata,
    own_id(),
    refers("tenant"),
    refers("user"),
    Column("platform_user_id", String(128), nullable=False),
    Column("name", Text, nullable=False),
    Column("is_bot", Boolean, nullable=False),
    UniqueConstraint("tenant_id", "platform_user_id"),
)

chat = Table(
    "chat",
    metadata,
    own_id(),
    refers("tenant"),
    Column("platform_chat_id", String(128), nullable=False),
    Column("former_id", String(128)),  # the platform's, before the chat went on under another
    Column("is_direct", Boolean, nullable=False),  # one person and the bot
    Column("created_at", UtcDateTime, nullable=False),
    Column("allowed", Boolean),  # empty: as its tenant is
    Column("allowed_at", UtcDateTime),
    Column("noticed_at", UtcDateTime),  # when it was told that what is said there is remembered
    Column("retention_days", Integer),  # empty: as the configuration says
    Column("muted_at", UtcDateTime),  # since when nothing is said there that nobody has asked for
    UniqueConstraint("tenant_id", "platform_chat_id"),
)

conversation = Table(
    "conversation",
    metadata,
    own_id(),
    refers("tenant"),
    refers("chat"),
    Column("thread", String(128), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("chat_id", "thread"),
)

# The ledger. It belongs to the chat: what was said there, to the bot or not.
message = Table(
    "message",
    metadata,
    own_id(),
    refers("tenant"),
    refers("chat"),
    Column("thread", String(128), nullable=False),
    Column("platform_message_id", String(128)),  # empty until the platform told it
    refers("identity", nullable=True),  # empty: the bot itself said it
    Column("sent_at", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("edited_at", UtcDateTime),
    Column("deleted_at", UtcDateTime),
    Column("source", String(8), nullable=False),  # live, history or import
    Column("is_command", Boolean, nullable=False),  # a command to the bot, or its answer to one
    UniqueConstraint("chat_id", "platform_message_id"),
    Index(None, "chat_id", "sent_at"),
)

# What waits for an answer. The id is the order within a conversation.
inbox = Table(
    "inbox",
    metadata,
    own_id(),
    refers("tenant"),
    refers("conversation"),
    refers("message", nullable=True, owned=True),  # empty: no message asked for it, but a schedule
    refers("user"),
    Column("turn_id", String(32), nullable=False, unique=True),
    Column("dedupe_key", String(256), nullable=False),
    Column("lane", String(8), nullable=False),  # turn, control or job
    Column("state", String(8), nullable=False),  # see `InboxState`
    Column("epoch", Integer),  # whose it is while it is running
    Column("failures", Integer, nullable=False),  # the handler raised or ran over
    Column("crashes", Integer, nullable=False),  # it was running when the process died
    Column("promised", Boolean, nullable=False),  # its author was told a place: it never expires
    Column("due_at", UtcDateTime),  # not to be claimed before; empty: at once
    Column("received_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    refers("inbox", nullable=True, name="merged_into"),  # the later message whose turn answers this one
    refers(
        "identity", nullable=True, owned=True
    ),  # who pressed a button below the message; empty: it was written
    Column("button_id", String(32)),  # which one; it may be gone by now
    Column("call", JSON(none_as_null=True)),  # what is to be done for a form, or at a certain time
    UniqueConstraint("tenant_id", "dedupe_key"),
    Index(None, "state", "id"),
    Index(None, "conversation_id", "state", "id"),
    Index(None, "user_id", "lane", "state", "id"),
    Index(None, "merged_into"),
    Index(None, "message_id"),  # whoever deletes a message looks for what refers to it
    Index(None, "identity_id"),
)

turn = Table(
    "turn",
    metadata,
    Column("id", String(32), primary_key=True),
    refers("tenant"),
    refers("conversation"),
    refers("inbox", nullable=True, owned=True),  # empty: the bot spoke first
    Column("question", Text),  # where it answers more than its message says: several merged into one
    Column("handler", String(128)),
    Column("outcome", String(8)),  # answered, stopped or failed
    Column("answer", Text),
    Column("in_history", Boolean, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index(None, "conversation_id", "in_history", "inbox_id"),
    Index(None, "inbox_id"),
)

outbox = Table(
    "outbox",
    metadata,
    own_id(),
    refers("tenant"),
    refers("conversation"),
    refers("turn"),
    Column("part", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("is_final", Boolean, nullable=False),  # the closing transaction wrote the text
    Column("state", String(9), nullable=False),  # pending, started, created, delivered, unknown or dead
    Column("sent_final", Boolean, nullable=False),  # the create that was started carried the final text
    Column("offered", Boolean, nullable=False),  # unknown, and its reader was told how to see it
    Column("receipt", JSON(none_as_null=True)),
    refers("message", nullable=True, owned=True),  # the ledger's row of this part
    Column("buttons", JSON(none_as_null=True)),  # see `botcore.store.buttons`
    Column("only_for", String(128)),  # who alone may see it, as the platform knows them
    Column("created_at", UtcDateTime, nullable=False),
    Column("delivered_at", UtcDateTime),
    UniqueConstraint("turn_id", "part"),
    Index(None, "state", "id"),
    Index(None, "message_id"),
)

# Few answers are in doubt, and every new message of a conversation asks for them.
Index(
    "ix_outbox_unknown",
    outbox.c.conversation_id,
    sqlite_where=outbox.c.state == "unknown",
    postgresql_where=outbox.c.state == "unknown",
)

# What people may press below a part of an answer. Its id is all that the platform knows of it.
button = Table(
    "button",
    metadata,
    Column("id", String(32), primary_key=True),
    refers("tenant"),
    refers("conversation"),
    refers("turn"),
    Column("part", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("plugin", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("data", Text, nullable=False),
    refers("user", nullable=True, owned=True),  # who alone may press it
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "turn_id"),
    Index(None, "user_id"),
    Index(None, "created_at"),
)

# An answer for one member of a group, which waits until they fetch it in their direct chat.
private_answer = Table(
    "private_answer",
    metadata,
    Column("id", String(32), primary_key=True),  # the token by which it is fetched
    refers("tenant"),
    refers("conversation"),  # where it was asked for
    refers("turn"),
    refers("user"),
    Column("plugin", String(64), nullable=False),
    Column("parts", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("fetched_at", UtcDateTime),
    Column("shown_at", UtcDateTime),  # to all in the group
    Index(None, "turn_id"),
    Index(None, "user_id"),
    Index(None, "created_at"),
)

plugin_state = Table(
    "plugin_state",
    metadata,
    own_id(),
    refers("tenant"),
    refers("conversation"),
    Column("plugin", String(64), nullable=False),
    Column("key", String(128), nullable=False),
    Column("value", JSON, nullable=False),
    refers("user", nullable=True, owned=True),  # whose turn wrote it
    Column("written_at", UtcDateTime, nullable=False, default=lambda: datetime.now(UTC)),
    UniqueConstraint("conversation_id", "plugin", "key"),
)

usage = Table(
    "usage",
    metadata,
    own_id(),
    refers("tenant"),
    refers("user"),
    refers("turn"),
    Column("prompt_tokens", Integer, nullable=False),
    Column("answer_tokens", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "user_id", "at"),
    Index(None, "turn_id"),
)
