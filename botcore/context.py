"""What a middleware or a handler may know about the turn it works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botcore.conversation import Conversation
from botcore.domain import InboundEvent, User

if TYPE_CHECKING:
    from botcore.engine import Engine
    from botcore.limits import OwnTime
    from botcore.plugin import PluginState
    from botcore.reply import Reply


@dataclass(frozen=True, slots=True)
class Context:
    """One turn."""

    turn_id: str  # the same from receipt to delivery; in every log line
    event: InboundEvent  # what is being answered
    conversation: Conversation
    user: User  # who asked
    engine: Engine  # scoped to this turn: its use is counted and ends with it
    reply: Reply  # where the answer is written to
    own_time: OwnTime  # what a plugin's deadline counts
    states: dict[str, PluginState] = field(default_factory=dict)  # written with the closing transaction

    @property
    def idempotency_key(self) -> str:
        """For effects that can't be undone, as an HTTP call: stable when the turn is tried again."""
        return self.turn_id

    def progress(self, text: str) -> None:
        """Tell the user what is being done, until the answer's first text takes its place."""
        self.reply.progress(text)
