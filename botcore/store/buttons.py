"""Buttons below answers: who may press them, and what a press brings into the inbox.

A platform gets an opaque id and nothing else. What a button does is here, with the answer that it stands
below, and goes with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, and_, case, delete, exists, insert, select, update

from botcore.adapter import Accepted
from botcore.domain import Button, ConversationKey, Lane, Pressed
from botcore.store import schema
from botcore.store.inbox import InboxState
from botcore.store.intake import Received, identify
from botcore.store.outbox import Json, OutboxState
from botcore.store.scope import Scope
from botcore.store.upsert import add_if_new

KEPT = timedelta(days=30)  # a button that is older does nothing any more


@dataclass(frozen=True, slots=True)
class PluginButton:
    """A button, and whose action it calls."""

    plugin: str
    button: Button


@dataclass(frozen=True, slots=True)
class PlacedButton:
    """A button that stands below an answer."""

    id: str
    plugin: str
    action: str
    data: str
    label: str
    tenant_id: int
    chat_id: int
    conversation_id: int
    thread: str
    turn_id: str  # of the answer
    part: int
    message_id: int  # the ledger's row of that part
    user_id: int | None  # who alone may press it
    presser_id: int | None  # the user who presses it now; None: nobody knows them yet
    was_pressed: bool

    @property
    def scope(self) -> Scope:
        """Where it stands."""
        return Scope(self.tenant_id, self.chat_id, self.conversation_id, self.thread)


def add_buttons(
    connection: Connection,
    place: Mapping[str, object],
    part: int,
    buttons: Iterable[PluginButton],
    *,
    user_id: int,
) -> list[Json]:
    """Place buttons below a part; return them as the outbox keeps them.

    `place`: tenant, conversation and turn of the answer. `user_id`: whose question it answers.
    """
    placed = []
    for one in buttons:
        row = {
            **place,
            "id": secrets.token_urlsafe(16),
            "part": part,
            "label": one.button.label,
            "plugin": one.plugin,
            "action": one.button.action,
            "data": one.button.data,
            "user_id": user_id if one.button.personal else None,
            "created_at": datetime.now(UTC),
        }
        connection.execute(insert(schema.button).values(row))
        placed.append({"label": one.button.label, "id": str(row["id"])})
    return placed


def find_button(
    connection: Connection, key: ConversationKey, button_id: str, presser: str
) -> PlacedButton | None:
    """Return a button that stands in a chat, as seen by who presses it; None when there is none."""
    button, outbox, chat = schema.button, schema.outbox, schema.chat
    conversation, tenant, identity = schema.conversation, schema.tenant, schema.identity
    known = and_(identity.c.tenant_id == button.c.tenant_id, identity.c.platform_user_id == presser)
    below = and_(outbox.c.turn_id == button.c.turn_id, outbox.c.part == button.c.part)
    pressed = exists().where(
        schema.inbox.c.tenant_id == button.c.tenant_id,
        schema.inbox.c.dedupe_key == _dedupe_key(button_id),
    )
    row = connection.execute(
        select(
            button.c.id,
            button.c.plugin,
            button.c.action,
            button.c.data,
            button.c.label,
            button.c.conversation_id,
            button.c.tenant_id,
            conversation.c.chat_id,
            conversation.c.thread,
            button.c.turn_id,
            button.c.part,
            outbox.c.message_id,
            button.c.user_id,
            identity.c.user_id.label("presser_id"),
            pressed.label("was_pressed"),
        )
        .join(conversation, conversation.c.id == button.c.conversation_id)
        .join(chat, chat.c.id == conversation.c.chat_id)
        .join(tenant, tenant.c.id == button.c.tenant_id)
        .join(outbox, below)
        .outerjoin(identity, known)
        .where(
            button.c.id == button_id,
            button.c.created_at > datetime.now(UTC) - KEPT,
            outbox.c.message_id.is_not(None),
            tenant.c.platform == key.platform,
            tenant.c.platform_tenant_id == key.tenant,
            # Not the thread: what one person alone sees may be shown beside the thread that it belongs to.
            chat.c.platform_chat_id == key.chat,
        )
    ).first()
    return PlacedButton(**row._mapping) if row else None


def press(connection: Connection, pressed: Pressed, button: PlacedButton, lane: Lane) -> Received:
    """Put a press into the inbox. A button is pressed once: another press of it is a duplicate."""
    now = datetime.now(UTC)
    conversation = schema.conversation
    # The inbox's ids are the order in a conversation, so they are committed in order.
    here = select(conversation.c.id).where(conversation.c.id == button.conversation_id)
    connection.execute(here.with_for_update(key_share=True))
    identity_id, user_id = identify(connection, button.tenant_id, pressed.author, now)
    turn_id = uuid4().hex
    inbox_id = connection.scalar(
        add_if_new(connection, schema.inbox),
        {
            "tenant_id": button.tenant_id,
            "conversation_id": button.conversation_id,
            "message_id": button.message_id,
            "user_id": user_id,
            "identity_id": identity_id,
            "button_id": button.id,
            "turn_id": turn_id,
            "dedupe_key": _dedupe_key(button.id),
            "lane": lane,
            "state": InboxState.WAITING,
            "failures": 0,
            "crashes": 0,
            "promised": False,
            "received_at": now,
        },
    )
    if not inbox_id:
        return Received(Accepted.DUPLICATE)
    _take_away(connection, button)
    return Received(Accepted.NEW, inbox_id, turn_id)


def _take_away(connection: Connection, button: PlacedButton) -> None:
    """Let an answer lose the button that was pressed, by an edit of its message."""
    outbox = schema.outbox
    part = and_(outbox.c.turn_id == button.turn_id, outbox.c.part == button.part)
    placed = connection.scalar(select(outbox.c.buttons).where(part).with_for_update()) or []
    left = [one for one in placed if one.get("id") != button.id]
    shown = outbox.c.state == OutboxState.DELIVERED
    state = case((shown, OutboxState.CREATED), else_=outbox.c.state)
    connection.execute(update(outbox).where(part).values(buttons=left or None, state=state))


def sweep_buttons(connection: Connection) -> None:
    """Forget the buttons that nobody can press any more."""
    connection.execute(delete(schema.button).where(schema.button.c.created_at <= datetime.now(UTC) - KEPT))


def _dedupe_key(button_id: str) -> str:
    return f"button {button_id}"
