"""The closing transaction: everything a turn did takes effect here, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Connection, bindparam, delete, select, update
from sqlalchemy import insert as insert_plainly

from botcore.domain import Cited, ConversationKey, Outcome, Usage
from botcore.schedules.schedules import Schedule
from botcore.store import (
    citations,
    claims,
    inbox,
    marking,
    missed,
    outbox,
    private_answers,
    schedules,
    schema,
)
from botcore.store.buttons import PluginButton, add_buttons, sweep_buttons
from botcore.store.claimed import Claim
from botcore.store.inbox import InboxState
from botcore.store.missed import MissedPart
from botcore.store.notices import POSTING, Posting, add_notice, find_scope_of
from botcore.store.private_answers import PrivateAnswer
from botcore.store.scope import Scope
from botcore.store.upsert import insert

CRASH_APOLOGY = (
    "Sorry, I broke down over this message several times, so I leave it. Please ask in another way."
)

READ = "Read it"  # on the button that leads to a private answer

# Built once, as that takes longer than running them. The values are what they are executed with.
_CLOSE = update(schema.turn).where(schema.turn.c.id == bindparam("closed_turn"))
_COUNT = insert_plainly(schema.usage)


@dataclass(frozen=True, slots=True)
class Closing:
    """How a turn ended."""

    texts: list[str]  # the final parts of the answer, each a message
    answer: str | None = None  # the whole of it, where it is more than what its messages say
    handler: str = ""  # who wrote them
    question: str | None = None  # where it is more than the message's own text
    outcome: Outcome = Outcome.ANSWERED
    in_history: bool = False  # whether later turns of the conversation build on it
    state: InboxState = InboxState.DONE
    failed: bool = False  # the last try failed as those before it
    usage: Usage = Usage()
    written: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)  # by plugin, then key
    shown: Sequence[MissedPart] = ()  # earlier answers that may not have arrived, and are said again here
    offered: bool = False  # the answer tells how to see such ones
    buttons: Mapping[int, Sequence[PluginButton]] = field(default_factory=dict)  # below which text
    private: PrivateAnswer | None = None  # what the asker alone may read; the texts lead to it
    only_for: str = ""  # who alone sees the texts, as the platform knows them; then they are the answer
    direct: ConversationKey | None = None  # where they see them, if not where they asked
    posted: Sequence[Posting] = ()  # what is said in other chats
    handed_over: Sequence[str] = ()  # tokens of private answers that this one contains
    shown_to_all: Sequence[str] = ()  # and of those that it shows in their group
    cited: Sequence[Cited] = ()  # the messages that it rests on
    planned: Sequence[Schedule] = ()  # what is to be done from now on, and when
    unplanned: Sequence[str] = ()  # ids of what is planned no more


def close_turn(connection: Connection, claim: Claim, closing: Closing) -> bool:
    """Write a turn's effects. False, with nothing written, when the claim is another epoch's by now."""
    if not inbox.finish(connection, claim.inbox_id, claim.epoch, closing.state, failed=closing.failed):
        return False
    now = datetime.now(UTC)
    turn = {
        "closed_turn": claim.turn_id,
        "question": closing.question,
        "handler": closing.handler,
        "outcome": closing.outcome,
        "answer": _answer(closing),
        "in_history": closing.in_history,
        "closed_at": now,
    }
    connection.execute(_CLOSE, turn)
    _write_texts(connection, claim, closing)
    for posting in closing.posted:
        add_notice(
            connection,
            posting.key,
            *posting.texts,
            direct=False,
            turn_id=posting.turn_id,
            handler=POSTING,
        )
    for tokens, shown in ((closing.handed_over, False), (closing.shown_to_all, True)):
        if tokens:
            private_answers.mark_used(connection, tokens, shown=shown)
    _write_citations(connection, claim, closing)
    if closing.offered:
        missed.mark_offered(connection, claim.scope)
    missed.mark_shown(connection, closing.shown)
    for plugin, values in closing.written.items():
        _write_state(connection, claim, plugin, values)
    if closing.planned or closing.unplanned:
        schedules.write(connection, claim.inbox_id, closing.planned, closing.unplanned)
    if closing.usage != Usage():
        used = {
            "tenant_id": claim.scope.tenant_id,
            "user_id": claim.user.id,
            "turn_id": claim.turn_id,
            "prompt_tokens": closing.usage.prompt_tokens,
            "answer_tokens": closing.usage.answer_tokens,
            "seconds": closing.usage.seconds,
            "at": now,
        }
        connection.execute(_COUNT, used)
    return True


def _write_citations(connection: Connection, claim: Claim, closing: Closing) -> None:
    """Note which messages the answer rests on, and what of these has changed while it was written."""
    repeated = [*closing.handed_over, *closing.shown_to_all]
    for turn_id in (claim.turn_id, *(posting.turn_id for posting in closing.posted)) if repeated else ():
        citations.copy(connection, turn_id, repeated)
    if closing.cited and citations.add(connection, claim.scope.tenant_id, claim.turn_id, closing.cited):
        # The texts fit their messages as they are, so the note is one more.
        marking.mark(connection, claim.turn_id, fits=lambda text: False)


def _answer(closing: Closing) -> str:
    """Return what a conversation keeps of an answer: nothing of one for one person alone."""
    if closing.only_for:
        return outbox.SAID_ALONE
    return "\n\n".join(closing.texts) if closing.answer is None else closing.answer


def _write_texts(connection: Connection, claim: Claim, closing: Closing) -> None:
    """Put the answer into the outbox, where it was asked for or in its asker's direct chat."""
    scope, only_for = claim.scope, closing.only_for
    # What all have seen of the turn so far is no message that one of them alone may see.
    first = outbox.count_parts(connection, claim.turn_id) if only_for else 0
    if closing.direct:
        scope, only_for = find_scope_of(connection, closing.direct, direct=True), ""
    buttons = _add_buttons(connection, claim, closing, scope, first)
    outbox.write_final(
        connection,
        scope,
        claim.turn_id,
        closing.texts,
        buttons,
        is_command=claim.is_command,
        first=first,
        only_for=only_for,
    )


def _add_buttons(
    connection: Connection, claim: Claim, closing: Closing, scope: Scope, first: int
) -> dict[int, list[dict[str, str]]]:
    """Place a turn's buttons, and keep what is private of it behind one."""
    user_id, turn = claim.user.id, {"tenant_id": scope.tenant_id, "turn_id": claim.turn_id}
    here = {**turn, "conversation_id": scope.conversation_id}
    placed = {
        part + first: add_buttons(connection, here, part + first, some, user_id=user_id)
        for part, some in closing.buttons.items()
    }
    if closing.buttons:
        sweep_buttons(connection)
    if closing.private:
        private_answers.sweep_private(connection)
        asked_in = {**turn, "conversation_id": claim.scope.conversation_id}
        private_answers.add_private(connection, asked_in, closing.private, user_id=user_id)
    if closing.private and not closing.only_for:
        placed[0] = [{"label": READ, "token": closing.private.token}, *placed.get(0, [])]
    return placed


def close_waiting(
    connection: Connection, epoch: int, which: ColumnElement[bool], ending: Closing
) -> list[Claim]:
    """Close the turns of certain messages that wait, whatever holds them back; return what was closed."""
    taken = claims.take(connection, epoch, which)
    for claim in taken:
        close_turn(connection, claim, ending)
    return taken


def give_up(connection: Connection, claim: Claim) -> None:
    """Close the turn of a message that took the process down time and again, and tell its user."""
    apology = Closing([CRASH_APOLOGY], outcome=Outcome.FAILED, state=InboxState.DEAD)
    close_turn(connection, claim, apology)


def plugin_value(connection: Connection, scope: Scope, plugin: str, key: str) -> JsonValue:
    """Return what a plugin keeps under `key` for this conversation, or None."""
    state = schema.plugin_state.c
    value: JsonValue = connection.scalar(
        select(state.value).where(
            state.tenant_id == scope.tenant_id,
            state.conversation_id == scope.conversation_id,
            state.plugin == plugin,
            state.key == key,
        )
    )
    return value


def _write_state(connection: Connection, claim: Claim, plugin: str, values: Mapping[str, JsonValue]) -> None:
    table, scope = schema.plugin_state, claim.scope
    for key, value in values.items():
        if value is None:
            connection.execute(
                delete(table).where(
                    table.c.conversation_id == scope.conversation_id,
                    table.c.plugin == plugin,
                    table.c.key == key,
                )
            )
            continue
        new = {"value": value, "user_id": claim.user.id, "written_at": datetime.now(UTC)}
        connection.execute(
            insert(connection, table)
            .values(
                tenant_id=scope.tenant_id,
                conversation_id=scope.conversation_id,
                plugin=plugin,
                key=key,
                **new,
            )
            .on_conflict_do_update(index_elements=["conversation_id", "plugin", "key"], set_=new)
        )
