"""What an adapter's contract needs to know of its platform: what people do and see there.

A test module brings a `Platform`: an adapter with its platform around it, real or faked on loopback. Each
further protocol, here and in `botcore.testing.troubles`, is an ability that it may have too; tests that need
one are skipped without it. An ability is not optional where the adapter declares the capability that it
stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from botcore.adapter import Adapter


class Platform(Protocol):
    """A platform as its people see it: an adapter, someone who writes and someone who looks."""

    @property
    def adapter(self) -> Adapter: ...

    async def post(self, text: str) -> None:
        """A person writes to the bot: in their direct chat, whatever they can type there."""
        ...

    def shown(self) -> list[str]:
        """The bot's messages that are there now, oldest first, as readable text."""
        ...


@dataclass(frozen=True, slots=True)
class BotTable:
    """How an operator would configure a bot that uses the adapter on this platform."""

    tenant: str  # of the keys that the adapter makes: it is allowed whole
    table: Mapping[str, Any] = field(default_factory=dict)  # `[adapters.NAME]` of botcore.toml
    secrets: Mapping[str, str] = field(default_factory=dict)  # its keys that come by the environment only
    use: str = ""  # `module:Class`, for an adapter that is not installed with an entry point of its name


@runtime_checkable
class StartsBots(Protocol):
    """A bot's process can reach it, so that it can be killed and started again.

    What is written while no bot is there is delivered to the next one.
    """

    def bot_table(self) -> BotTable: ...


@runtime_checkable
class HasGroups(Protocol):
    """People and the bot meet in groups."""

    async def post_in_group(self, text: str, *, addressed: bool) -> None:
        """A person writes in a group that the bot reads, to the bot or to others."""
        ...


@runtime_checkable
class HasThreads(Protocol):
    """A room may have threads."""

    async def post_in_thread(self, text: str, thread: int) -> None:
        """A person writes to the bot in the first or second thread (0 or 1) of one room."""
        ...

    def shown_in_thread(self, thread: int) -> list[str]: ...


@runtime_checkable
class ChangesMessages(Protocol):
    """People may change what they wrote, and the adapter hears of it."""

    async def edit_last(self, text: str) -> None:
        """The author of the last post gives it another text."""
        ...


@runtime_checkable
class ShowsDrafts(Protocol):
    """It shows what is being written. Needed by an adapter that has drafts."""

    def drafts(self) -> list[str]:
        """What is shown of answers that are no messages yet."""
        ...


@runtime_checkable
class HasButtons(Protocol):
    """Messages may have buttons. Needed by an adapter that declares `buttons`."""

    def buttons(self) -> list[str]:
        """The labels below the bot's last message, in reading order."""
        ...

    async def press(self, label: str) -> None:
        """A person presses a button below the bot's last message."""
        ...

    def notices(self) -> list[str]:
        """What those who pressed were told at once, in order; an empty text for a mere confirmation."""
        ...


@runtime_checkable
class ShowsFiles(Protocol):
    """It shows files. Needed by an adapter that declares `files`."""

    def files(self) -> list[tuple[str, str]]:
        """Name and text of the bot's files, oldest first."""
        ...


@runtime_checkable
class OffersCommands(Protocol):
    """It offers commands while people type. Needed by an adapter that `ShowsCommands`."""

    def commands(self) -> dict[str, str]:
        """What each command does, by its name."""
        ...


@runtime_checkable
class HasMembers(Protocol):
    """It knows who is in a room. Needed by an adapter that `TellsMembership`."""

    async def leave(self) -> None:
        """Who wrote last in the group leaves it."""
        ...


@runtime_checkable
class FollowsLinks(Protocol):
    """Links lead people into their direct chat with the bot. Needed by an adapter that `HandsOver`."""

    async def follow(self, url: str) -> None:
        """Who wrote last in the group follows a link of the bot's, and confirms what they are asked."""
        ...


@runtime_checkable
class ShowsToOne(Protocol):
    """It shows messages to one person in a group. Needed by an adapter that `AnswersAlone`."""

    def shown_alone(self) -> list[str]:
        """What who wrote last in the group, and nobody else, is shown there."""
        ...

    def shown_in_group(self) -> list[str]:
        """The bot's messages in the group that everybody sees, oldest first."""
        ...


@runtime_checkable
class HasForms(Protocol):
    """It has forms. Needed by an adapter that declares `forms`."""

    def form(self) -> list[str]:
        """The labels of the fields of the form that is open; empty when none is."""
        ...

    async def fill(self, **values: str) -> None:
        """The person writes values into fields, by the fields' names, and sends the form."""
        ...

    def form_errors(self) -> list[str]:
        """What is said to be wrong beside the fields."""
        ...


@runtime_checkable
class GivesToKeep(Protocol):
    """It gives an adapter something that has to outlive it. Needed by an adapter that `KeepsTables`."""

    async def give(self) -> None:
        """It does, as when a workspace installs the app; the adapter runs."""
        ...

    async def is_kept(self) -> bool:
        """Whether the adapter goes by it now, as when it can write to that workspace."""
        ...


@runtime_checkable
class TellsWhoIsCalled(Protocol):
    """It rings people who are named in a message in its own way."""

    def called(self) -> list[str]:
        """Whom the bot's messages ring, and what in them is a command."""
        ...
