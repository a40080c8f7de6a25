"""The port through which a chat platform reaches the core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from botcore.adapter_options import (
    AnswersAlone,
    AnswersPresses,
    Closes,
    Drafts,
    FetchesHistory,
    FindsSent,
    HandsOver,
    HearsPartly,
    HearsTurnOver,
    HistoryPage,
    KeepsTables,
    OpensForms,
    PacesByChat,
    PastMessage,
    PrefixesCommands,
    ReadsFiles,
    ServesOneChat,
    ShowsCommands,
    StreamsByChat,
    Tables,
    TellsMembership,
    TellsTrouble,
)
from botcore.capabilities import (
    Accepted,
    Capabilities,
    Key,
    Outgoing,
    PrivateAnswers,
    Receipt,
    Receive,
    StreamMode,
)

__all__ = [
    "Accepted",
    "Adapter",
    "AdapterFactory",
    "AdapterSetup",
    "AnswersAlone",
    "AnswersPresses",
    "Capabilities",
    "Closes",
    "Drafts",
    "FetchesHistory",
    "FindsSent",
    "HandsOver",
    "HearsPartly",
    "HearsTurnOver",
    "HistoryPage",
    "Introduces",
    "Introduction",
    "KeepsTables",
    "Key",
    "OpensForms",
    "Outgoing",
    "PacesByChat",
    "PastMessage",
    "PrefixesCommands",
    "PrivateAnswers",
    "Question",
    "ReadsFiles",
    "Receipt",
    "Receive",
    "ServesOneChat",
    "ShowsCommands",
    "StreamMode",
    "StreamsByChat",
    "Tables",
    "TellsMembership",
    "TellsTrouble",
]


class Adapter(Protocol):
    """One platform. `create`, `edit` and `delete` may raise a `DeliveryError`; nothing else is expected."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def run(self, receive: Receive) -> None:
        """Bring messages in until cancelled. Returning means that no more will come.

        The bot of `botcore chat` then stops; under `botcore run` the others go on, and an adapter that
        raised is called again after a pause. The other methods are called after the end of this one
        too, for the answers that are still to be sent.
        """
        ...

    async def create(self, message: Outgoing) -> Receipt:
        """Send a new message. Not idempotent: it is never repeated unless it surely failed."""
        ...

    async def edit(self, receipt: Receipt, message: Outgoing) -> Receipt | None:
        """Make a sent message look like this. Idempotent: it may be repeated.

        A receipt is returned when another message had to take its place. The core writes that down, and then
        deletes the old one.
        """
        ...

    async def delete(self, receipt: Receipt) -> None:
        """Take a sent message away. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class AdapterSetup:
    """What an adapter's factory, named by a `botcore.adapters` entry point, is called with."""

    settings: dict[str, Any]  # its own
    data_folder: Path  # for what the adapter itself remembers; exists, private to this user


@dataclass(frozen=True, slots=True)
class Question:
    """What `botcore init` asks of whoever sets a platform up."""

    key: str  # of the adapter's table in botcore.toml
    text: str  # what to type, and where to get it
    is_secret: bool = True
    when: tuple[str, str] = ("", "")  # asked only where this key of the table is so; a key unset is empty


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a platform says of the account that the bot has there."""

    name: str  # as people call it: “@helpful_bot”
    place: str  # where people write to it: an address, or a sentence


@runtime_checkable
class Introduces(Protocol):
    """An adapter's factory has these two as well, if `botcore init` can set its platform up."""

    @property
    def questions(self) -> tuple[Question, ...]: ...

    async def introduce(self, settings: Mapping[str, Any]) -> Introduction:
        """Ask the platform, by these settings, who the bot is; a `UserError` says what is wrong with them."""
        ...


# A class that opens one adapter. It may have an attribute `settings`, a pydantic class: its table is
# then checked by it before anything starts, and a field of type SecretStr is refused in botcore.toml.
AdapterFactory = Callable[[AdapterSetup], Adapter]
