"""What a draft is written from: messages of the conversation, notes, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from botcore import ContextTooLong, Engine, InputError, Ledger, Message, ModelMessage, User
from botcore.transcript import spoken_day, transcript
from botcore_draft.facts import known
from botcore_draft.settings import Kind

SHORTEST_ANSWER = 64  # tokens; what leaves less than this free is refused
NO_MESSAGE = (
    "Nobody else has said anything here that could be replied to. "
    "Say what to write, as in: /draft reply to Bo; yes, Friday suits me"
)
NO_NOTES = (
    "Nothing was said here that could be written from. "
    "Say what to write, as in: /draft {kind} to Bo; we meet on Friday at 10:30"
)


@dataclass(frozen=True, slots=True)
class Material:
    """What the model is given."""

    messages: tuple[Message, ...]
    notes: tuple[str, ...]
    left_out: int = 0  # older messages that did not fit

    @property
    def text(self) -> str:
        """Return it as the model reads it. The bundled model learned exactly this form."""
        blocks = []
        if self.messages:
            blocks.append(f"Messages:\n{transcript(self.messages)}")
        if self.notes:
            lines = (note.replace("\n", "\n  ") for note in self.notes)
            blocks.append("Notes:\n" + "\n".join(f"- {note}" for note in lines))
        return "\n\n".join(blocks)

    @property
    def known(self) -> set[str]:
        """Return the keys of all facts in it; the numbers of its lines are none."""
        said = [f"{m.author} {spoken_day(m.sent_at) if m.sent_at else ''} {m.text}" for m in self.messages]
        return known("\n".join([*said, *self.notes]))

    def last(self, count: int) -> Material:
        """Return it with only the last `count` messages."""
        kept = self.messages[len(self.messages) - count :]
        return replace(self, messages=kept, left_out=len(self.messages) - count)


async def gather(kind: Kind, notes: tuple[str, ...], ledger: Ledger, user: User, *, last: int) -> Material:
    """Return what there is to write from; raise `InputError` if that is nothing.

    A reply ends with the message that it answers: the last one that is not the user's own.
    """
    if notes and kind != "reply":
        return Material((), notes)
    said = [m for m in await ledger.read(last=last) if m.text.strip() and not m.is_bot]
    if kind == "reply":
        said = said[: _end_of_others(said, user)]
    if not said and not notes:
        raise InputError(NO_MESSAGE if kind == "reply" else NO_NOTES.format(kind=kind))
    return Material(tuple(said), notes)


def _end_of_others(said: Sequence[Message], user: User) -> int:
    return max((number for number, m in enumerate(said, 1) if m.user_id != user.id), default=0)


async def fit(engine: Engine, system: ModelMessage, material: Material, room: int) -> tuple[Material, int]:
    """Leave out the oldest messages until `room` tokens are free; return the rest, and what is free.

    Raise `ContextTooLong` when not even the last message and the notes fit.
    """
    context = (await engine.limits()).context_tokens
    wanted = min(room, context // 2)

    async def free(keep: int) -> int:
        prompt = [system, ModelMessage.user(material.last(keep).text)]
        return context - await engine.count(prompt)

    fits, too_many = min(1, len(material.messages)), len(material.messages) + 1
    middle = len(material.messages)  # mostly everything fits, and the first count says so
    while too_many - fits > 1:
        if await free(middle) >= wanted:
            fits = middle
        else:
            too_many = middle
        middle = (fits + too_many) // 2
    if (left := await free(fits)) < SHORTEST_ANSWER:
        raise ContextTooLong
    return material.last(fits), min(room, left)
