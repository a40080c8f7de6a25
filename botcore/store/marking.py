"""How an answer looks when messages that it cites have changed: in the outbox, and wherever it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from botcore.markup import parse, write
from botcore.store import schema
from botcore.store.citations import Fate
from botcore.store.outbox import OutboxState

GONE = "_(this message was deleted)_"  # stands where an answer repeated one


def mark(connection: Connection, turn_id: str, fits: Callable[[str], bool]) -> None:
    """Let an answer say what has changed since it was written, and repeat nothing that was deleted.

    `fits`: whether a text may be a message; where the note does not fit below the answer it is a message of
    its own. What is sent already is put back into the outbox, to be sent in its new look.
    """
    citation = schema.citation
    changed = connection.execute(
        select(citation)
        .where(
            citation.c.turn_id == turn_id, or_(citation.c.untold.is_not(None), citation.c.told.is_not(None))
        )
        .order_by(citation.c.number)
    ).all()
    if all(row.untold is None for row in changed):
        return
    fates = {row.number: row.untold or row.told for row in changed}
    note = _Note(
        old=_in_words({row.number: row.told for row in changed}),
        new=_in_words(fates),
        quotes=[row.quote for row in changed if fates[row.number] == Fate.DELETED],
    )
    _mark_parts(connection, turn_id, note, fits)
    _mark_private(connection, turn_id, note)
    _redact_answer(connection, turn_id, note)
    for row in changed:
        fate = fates[row.number]
        # What is repeated no more need not be known either.
        quote = "" if fate == Fate.DELETED else row.quote
        now = {"told": fate, "untold": None, "quote": quote}
        connection.execute(update(citation).where(citation.c.id == row.id).values(now))


@dataclass(frozen=True, slots=True)
class _Note:
    """What is to be said below an answer, and no more in it."""

    old: str  # what is said there by now
    new: str
    quotes: list[str]  # of messages that were deleted

    def without_quotes(self, text: str) -> str:
        for quote in filter(None, self.quotes):
            for form in dict.fromkeys((quote, write(parse(quote)).strip())):
                text = text.replace(form, GONE)
        return text

    def below(self, text: str) -> str:
        written = text.removesuffix(self.old).rstrip() if self.old else text
        return f"{written}\n\n{self.new}".strip()


def redact(connection: Connection, message_ids: Sequence[int]) -> None:
    """Let no answer repeat these messages any more; what is sent already is to be sent in its new look."""
    citation = schema.citation
    rows = connection.execute(
        select(citation.c.turn_id, citation.c.quote).where(
            citation.c.message_id.in_(message_ids), citation.c.quote != ""
        )
    ).all()
    for turn_id in {row.turn_id for row in rows}:
        note = _Note("", "", [row.quote for row in rows if row.turn_id == turn_id])
        for part in _parts_of(connection, turn_id):
            if (text := note.without_quotes(part.text)) != part.text:
                _change_part(connection, part, text)
        _mark_private(connection, turn_id, note)
        _redact_answer(connection, turn_id, note)


def _redact_answer(connection: Connection, turn_id: str, note: _Note) -> None:
    turn = schema.turn
    answer = connection.scalar(select(turn.c.answer).where(turn.c.id == turn_id))
    without = note.without_quotes(answer or "")
    connection.execute(update(turn).where(turn.c.id == turn_id).values(answer=without))


def _parts_of(connection: Connection, turn_id: str) -> list[Row[Any]]:
    """Return the messages of an answer, without those that only lead to it."""
    outbox = schema.outbox
    parts = connection.execute(
        select(outbox)
        .where(outbox.c.turn_id == turn_id, outbox.c.is_final, outbox.c.text != "")
        .order_by(outbox.c.part)
    )
    return [part for part in parts if not _leads_to_private(part)]


def _mark_parts(connection: Connection, turn_id: str, note: _Note, fits: Callable[[str], bool]) -> None:
    parts = _parts_of(connection, turn_id)
    for part in parts:
        is_last = part is parts[-1]
        text = note.without_quotes(part.text)
        if is_last and fits(longer := note.below(text)):
            text = longer
        elif is_last:
            _add_part(connection, part, note.new)
        if text != part.text:
            _change_part(connection, part, text)


def _leads_to_private(part: Row[Any]) -> bool:
    """Tell whether a part only says that there is an answer for one reader, and how they get it."""
    return any(button.get("token") for button in part.buttons or ())


def _change_part(connection: Connection, part: Row[Any], text: str) -> None:
    outbox, message = schema.outbox, schema.message
    # A message that is there is edited; what is still to be sent is sent with its new text.
    state = OutboxState.CREATED if part.state == OutboxState.DELIVERED else part.state
    connection.execute(update(outbox).where(outbox.c.id == part.id).values(text=text, state=state))
    connection.execute(update(message).where(message.c.id == part.message_id).values(text=text))


def _add_part(connection: Connection, last: Row[Any], text: str) -> None:
    connection.execute(
        insert(schema.outbox).values(
            tenant_id=last.tenant_id,
            conversation_id=last.conversation_id,
            turn_id=last.turn_id,
            only_for=last.only_for,
            part=last.part + 1,
            text=text,
            is_final=True,
            state=OutboxState.PENDING,
            sent_final=False,
            offered=False,
            created_at=datetime.now(UTC),
        )
    )


def _mark_private(connection: Connection, turn_id: str, note: _Note) -> None:
    """Mark an answer that is kept for one reader, too."""
    answer = schema.private_answer
    rows = connection.execute(select(answer.c.id, answer.c.parts).where(answer.c.turn_id == turn_id)).all()
    for row in rows:
        parts = [{**part, "text": note.without_quotes(part["text"])} for part in row.parts]
        if parts:
            parts[-1]["text"] = note.below(parts[-1]["text"])
        connection.execute(update(answer).where(answer.c.id == row.id).values(parts=parts))


def _in_words(fates: Mapping[int, str | None]) -> str:
    """Return a line that says what has changed, such as `[3] was edited; [5], [7] were deleted`."""
    said = []
    for fate in Fate:
        numbers = [f"[{number}]" for number in sorted(fates) if fates[number] == fate]
        if numbers:
            said.append(f"{', '.join(numbers)} {'was' if len(numbers) == 1 else 'were'} {fate}")
    return f"_Changed since then: {'; '.join(said)}._" if said else ""
