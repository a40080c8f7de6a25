"""What a middleware or a handler may know about the turn it works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botcore.conversation import Conversation
from botcore.domain import Cited, ConversationKey, InboundEvent, Message, Part, User
from botcore.plugin_store import PluginStore
from botcore.schedules.schedules import Schedules
from botcore.spelling import AS_WRITTEN, Spelling

if TYPE_CHECKING:
    from botcore.limits import OwnTime
    from botcore.reply import Reply
    from botcore.store import MissedPart, Store
    from botcore.turn_engine import TurnEngine


@dataclass(frozen=True, slots=True)
class Context:
    """One turn."""

    turn_id: str  # the same from receipt to delivery; in every log line
    event: InboundEvent  # what is being answered
    conversation: Conversation
    user: User  # who asked
    engine: TurnEngine  # scoped to this turn: its use is counted and ends with it
    reply: Reply  # where the answer is written to
    own_time: OwnTime  # what a plugin's deadline counts
    commands: tuple[str, ...] = ()  # what people can have done here, without the slash
    as_typed: Spelling = AS_WRITTEN  # gives a text of one's own its commands as people type them here
    last_try: bool = True  # no further try follows if this one fails
    plugin_stores: dict[str, PluginStore] = field(default_factory=dict)  # written when the turn closes
    schedules: dict[str, Schedules] = field(default_factory=dict)  # likewise
    handed_over: list[str] = field(default_factory=list)  # tokens of private answers that this contains
    shown_to_all: list[str] = field(default_factory=list)  # and of those that this shows in their group
    posted: list[tuple[ConversationKey, list[Part]]] = field(default_factory=list)  # said in other chats
    cited: list[Cited] = field(default_factory=list)  # the messages that the answer rests on
    speaks_for: list[str] = field(
        default_factory=list
    )  # whose buttons the answer has, if not the plugin's own
    shown: list[MissedPart] = field(default_factory=list)  # earlier answers that this one shows again

    @property
    def idempotency_key(self) -> str:
        """For effects that can't be undone, as an HTTP call: stable when the turn is tried again."""
        return self.turn_id

    def progress(self, text: str) -> None:
        """Tell the user what is being done, until the answer's first text takes its place."""
        self.reply.progress(text)

    def cite(self, number: int, message: Message, *, quote: str = "") -> None:
        """Tell that the answer rests on a message of the ledger, which it calls by a number: [3].

        When that message is edited or deleted, the answer will say so where it stands. `quote`: what the
        answer repeats of it, word for word; it is taken out when the message is deleted.
        """
        self.cited.append(Cited(number, message, quote))

    def plugin_store(self, plugin: str, store: Store) -> PluginStore:
        """Return what a plugin remembers, the same for all that ask within the turn."""
        if plugin not in self.plugin_stores:
            self.plugin_stores[plugin] = PluginStore(store, self.conversation.scope, plugin)
        return self.plugin_stores[plugin]
