"""What a platform can do, and what goes out to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from botcore.domain import ConversationKey, Event
from botcore.markup.limits import TextLimits, TextUnit


class StreamMode(StrEnum):
    """How an answer appears while it is being written."""

    EDIT = "edit"  # a short first preview is created, then edited up to the final text
    STREAM = "stream"  # the same for the core; the adapter sends only what each edit adds
    DRAFT = "draft"  # previews are shown without being messages; the final text is a message of its own
    FINAL = "final"  # nothing before the end


class PrivateAnswers(StrEnum):
    """How one member of a group is answered so that the others don't see it."""

    NONE = "none"  # not at all: such an answer is refused there
    HAND_OVER = "hand-over"  # a link in the group leads into the direct chat, which gets the answer
    EPHEMERAL = "ephemeral"  # a message in the group that they alone see; what takes long, in the direct chat


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do."""

    stream_mode: StreamMode = StreamMode.EDIT
    edit_interval: float = 1.0  # seconds between two calls in one chat, on average
    burst: int = 2  # calls in a row that are allowed after a rest; the last is kept for a final text
    max_chars: int | None = None  # of one message, as `lay_out` shows its text; None: as many as one likes
    unit: TextUnit = TextUnit.CHARACTERS  # what the platform counts there
    files: bool = False  # code that is longer than a message may come as one part, to be sent as a file
    buttons: bool = False  # it draws `Outgoing.buttons`, and brings in `Pressed`
    forms: bool = False  # it opens forms, see `OpensForms`; elsewhere the bot asks field by field
    private: PrivateAnswers = PrivateAnswers.NONE
    trusted: bool = False  # whoever writes there sits at this machine, and is the owner: nobody is denied

    @property
    def limits(self) -> TextLimits | None:
        """What one message holds, if that has an end."""
        return None if self.max_chars is None else TextLimits(self.max_chars, self.unit, self.files)


class Accepted(StrEnum):
    """What became of an event. Whatever it is, the event is committed and may be acknowledged."""

    NEW = "new"  # it will be answered
    NOTED = "noted"  # the ledger has it; it was not addressed to the bot
    DUPLICATE = "duplicate"  # it was known already, or changes what nobody knows
    DENIED = "denied"  # its author may not come in: nothing of its text is kept


# Commits an event. It raises when that failed: then the adapter must not acknowledge the event. Of a form it
# raises `FormRefused` when something was filled in that can't be used: nothing is committed, the form stays
# open, and the adapter shows the errors beside its fields.
Receive = Callable[[Event], Awaitable[Accepted]]


@dataclass(frozen=True, slots=True)
class Key:
    """A button as it is drawn: one that is pressed has an id, one that leads elsewhere an address."""

    label: str
    id: str = ""  # opaque, at most 64 bytes; comes back in `Pressed.button_id`
    url: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it should appear."""

    key: ConversationKey
    text: str  # Markdown
    final: bool  # False: a preview, more text follows
    answers: str | None = None  # the platform's id of the message it answers
    progress: str = ""  # what is being done, for a person to read, while there is no text yet
    tokens: int = 0  # what the model has written so far, and
    seconds: float = 0.0  # how long it took for that
    failed: bool = False  # the text is, or ends with, the reason why there is no whole answer
    buttons: tuple[Key, ...] = ()  # below a final text
    asker: str = ""  # who is answered, as the platform knows them, while their message is being answered
    only_for: str = ""  # who alone may see it; empty: everybody there. It is final and has no previews
    delivery_id: str = ""  # of a final text: opaque, and the same whenever this one is sent


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's word that a message exists. Kept in the database as JSON."""

    message_id: str
    place: str = ""  # where it is, in the adapter's words, if its id alone doesn't tell
