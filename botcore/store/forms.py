"""Forms that are open before people: opened, filled in field by field, sent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import JsonValue, ValidationError
from sqlalchemy import Connection, Row, Select, and_, case, delete, select, update

from botcore.domain import Author, ConversationKey, Lane
from botcore.errors import PluginError
from botcore.forms.form import Form
from botcore.store import schema
from botcore.store.asked_for import author_of, place_of, with_place_and_author
from botcore.store.buttons import PluginButton, add_buttons
from botcore.store.calls import Call, Caller
from botcore.store.inbox import InboxState
from botcore.store.intake import Received, find_place, get_or_add, identify
from botcore.store.outbox import OutboxState
from botcore.store.scope import Scope

DIALOGUE_KEPT = timedelta(hours=1)  # between two answers
FORM_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewForm:
    """A form that is to be opened."""

    plugin: str
    action: str  # that gets the answers; a command begins with a slash
    data: str
    form: Form
    step: int | None  # which field the bot asks for; None: the platform shows the whole form
    answers: Mapping[str, JsonValue] = field(default_factory=dict)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that is open before somebody."""

    id: str
    plugin: str
    action: str
    data: str
    form: Form
    answers: dict[str, JsonValue]
    step: int | None
    asked_in: str  # the turn whose answer asks for the field
    key: ConversationKey
    scope: Scope
    author: Author
    direct: bool
    timezone: str  # of whoever fills it in; empty: nobody knows
    caller: Caller

    def call(self, answers: Mapping[str, JsonValue]) -> Call:
        """Return what is done with the answers."""
        values = {name: answers.get(name) for name in self.form.by_name}
        kinds = {name: str(one.kind) for name, one in self.form.by_name.items()}
        return Call(self.plugin, self.action, self.data, values, kinds)


def add_form(connection: Connection, new: NewForm, caller: Caller, *, asked_in: str = "") -> None:
    """Open a form before somebody; another that the bot asks them for there is given up."""
    assert caller.message_id is not None
    form, now = schema.form, datetime.now(UTC)
    sweep(connection)
    if new.step is not None:
        connection.execute(
            delete(form).where(
                form.c.conversation_id == caller.conversation_id,
                form.c.user_id == caller.user_id,
                form.c.step.is_not(None),
            )
        )
    row = {
        "id": new.id,
        "tenant_id": caller.tenant_id,
        "conversation_id": caller.conversation_id,
        "message_id": caller.message_id,
        "user_id": caller.user_id,
        "identity_id": caller.identity_id,
        "plugin": new.plugin,
        "action": new.action,
        "data": new.data,
        "form": new.form.as_json(),
        "answers": dict(new.answers),
        "step": new.step,
        "asked_in": asked_in,
        "touched_at": now,
    }
    connection.execute(form.insert().values(row))


def sweep(connection: Connection) -> None:
    """Forget the forms that nobody goes on with."""
    form = schema.form
    connection.execute(delete(form).where(form.c.touched_at <= datetime.now(UTC) - FORM_KEPT))


def presser(connection: Connection, key: ConversationKey, author: Author, message_id: int) -> Caller:
    """Return the same of somebody who presses a button below a message."""
    now = datetime.now(UTC)
    tenant_id, chat_id = find_place(connection, key, direct=False, now=now)
    identity_id, user_id = identify(connection, tenant_id, author, now)
    conversation_id = get_or_add(
        connection,
        schema.conversation,
        {"chat_id": chat_id, "thread": key.thread},
        {"tenant_id": tenant_id, "created_at": now},
    )
    return Caller(tenant_id, conversation_id, user_id, identity_id, message_id)


def find_form(connection: Connection, form_id: str, *, lock: bool = False) -> KeptForm | None:
    """Return a form that is still open; None when it was sent, given up, or has waited for too long."""
    query = _whole().where(schema.form.c.id == form_id)
    row = connection.execute(query.with_for_update(of=schema.form) if lock else query).first()
    if row is None:
        return None
    kept = FORM_KEPT if row.step is None else DIALOGUE_KEPT
    return _readable(row) if row.touched_at > datetime.now(UTC) - kept else None


def dialogues(connection: Connection) -> list[KeptForm]:
    """Return the forms that the bot asks for, field by field."""
    since = datetime.now(UTC) - DIALOGUE_KEPT
    form = schema.form.c
    rows = connection.execute(_whole().where(form.step.is_not(None), form.touched_at > since))
    return [kept for row in rows if (kept := _readable(row))]


def was_sent(connection: Connection, form_id: str, key: ConversationKey) -> bool:
    """Tell whether a form is gone because it was sent."""
    inbox, tenant = schema.inbox.c, schema.tenant.c
    here = select(tenant.id).where(tenant.platform == key.platform, tenant.platform_tenant_id == key.tenant)
    which = (inbox.tenant_id == here.scalar_subquery(), inbox.dedupe_key == sent_key(form_id))
    return connection.scalar(select(inbox.id).where(*which)) is not None


def scope_of(connection: Connection, key: ConversationKey) -> Scope:
    """Return where a conversation is; one that is not known yet has no ids."""
    chat, conversation, tenant = schema.chat, schema.conversation, schema.tenant
    here = and_(conversation.c.chat_id == chat.c.id, conversation.c.thread == key.thread)
    row = connection.execute(
        select(tenant.c.id.label("tenant_id"), chat.c.id.label("chat_id"), conversation.c.id)
        .select_from(tenant)
        .join(chat, and_(chat.c.tenant_id == tenant.c.id, chat.c.platform_chat_id == key.chat))
        .outerjoin(conversation, here)
        .where(tenant.c.platform == key.platform, tenant.c.platform_tenant_id == key.tenant)
    ).first()
    return Scope(row.tenant_id, row.chat_id, row.id or 0, key.thread) if row else Scope(0, 0, 0, key.thread)


def sent_key(form_id: str) -> str:
    """Return by what a form that was sent is known in the inbox."""
    return f"form {form_id}"


def close_form(connection: Connection, form_id: str) -> bool:
    """Forget a form. False when it was gone already."""
    return bool(connection.execute(delete(schema.form).where(schema.form.c.id == form_id)).rowcount)


def move_on(
    connection: Connection, form_id: str, answers: Mapping[str, JsonValue], step: int, asked_in: str
) -> None:
    """Note what was filled in so far, and which field is asked for next, in which turn's answer."""
    connection.execute(
        update(schema.form)
        .where(schema.form.c.id == form_id)
        .values(answers=dict(answers), step=step, asked_in=asked_in, touched_at=datetime.now(UTC))
    )


def become_call(connection: Connection, received: Received, call: Call, lane: Lane) -> None:
    """Let an inbox row that was just added be the call that its message completes."""
    inbox = schema.inbox
    kept = {name: getattr(call, name) for name in Call.__slots__ if getattr(call, name)}
    connection.execute(
        update(inbox)
        .where(inbox.c.id == received.inbox_id, inbox.c.state == InboxState.WAITING)
        .values(call=kept, lane=lane)
    )


def reword(
    connection: Connection,
    turn_id: str,
    text: str,
    buttons: Sequence[PluginButton] = (),
    *,
    user_id: int,
) -> None:
    """Let the bot's question read otherwise, with other buttons: its message is edited."""
    outbox, button = schema.outbox, schema.button
    part = (outbox.c.turn_id == turn_id, outbox.c.part == 0)
    connection.execute(delete(button).where(button.c.turn_id == turn_id))
    row = connection.execute(
        select(outbox.c.tenant_id, outbox.c.conversation_id, outbox.c.turn_id).where(*part)
    ).first()
    if row is None:
        return
    placed = add_buttons(connection, dict(row._mapping), 0, buttons, user_id=user_id)
    shown = outbox.c.state == OutboxState.DELIVERED
    state = case((shown, OutboxState.CREATED), else_=outbox.c.state)
    connection.execute(update(outbox).where(*part).values(text=text, buttons=placed or None, state=state))


def remember(connection: Connection, turn_id: str, chat_id: int) -> None:
    """Give what the bot says unasked a row in the ledger: a press below it begins there."""
    outbox, conversation = schema.outbox, schema.conversation
    row = connection.execute(
        select(outbox.c.tenant_id, outbox.c.text, conversation.c.thread)
        .join(conversation, conversation.c.id == outbox.c.conversation_id)
        .where(outbox.c.turn_id == turn_id, outbox.c.part == 0)
    ).one()
    added = connection.execute(
        schema.message.insert()
        .values(**row._mapping, chat_id=chat_id, sent_at=datetime.now(UTC), source="live", is_command=True)
        .returning(schema.message.c.id)
    )
    which = (outbox.c.turn_id == turn_id, outbox.c.part == 0)
    connection.execute(update(outbox).where(*which).values(message_id=added.scalar_one()))


def _whole() -> Select[*tuple[Any, ...]]:
    form, user = schema.form, schema.user
    more = (schema.conversation.c.chat_id, user.c.timezone)
    return with_place_and_author(form, *more).join(user, user.c.id == form.c.user_id)


def _readable(row: Row[Any]) -> KeptForm | None:
    """Return an open form; None for one that an older version has opened and this one can't read."""
    try:
        return _kept(row)
    except (ValidationError, PluginError):
        return None


def _kept(row: Row[Any]) -> KeptForm:
    return KeptForm(
        id=row.id,
        plugin=row.plugin,
        action=row.action,
        data=row.data,
        form=Form.from_json(row.form),
        answers=dict(row.answers),
        step=row.step,
        asked_in=row.asked_in or "",
        key=place_of(row),
        scope=Scope(row.tenant_id, row.chat_id, row.conversation_id, row.thread),
        author=author_of(row),
        direct=row.is_direct,
        timezone=row.timezone or "",
        caller=Caller(row.tenant_id, row.conversation_id, row.user_id, row.identity_id, row.message_id),
    )
