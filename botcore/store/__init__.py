"""Conversation state in SQL."""

from sqlalchemy.exc import DBAPIError as DatabaseError

from botcore.store.buttons import PlacedButton, PluginButton
from botcore.store.claimed import Claim
from botcore.store.claims import Wanted
from botcore.store.closing import Closing
from botcore.store.database import Database
from botcore.store.final_parts import OutboxButton, OutboxPart
from botcore.store.imports import Home
from botcore.store.inbox import InboxState
from botcore.store.intake import Received
from botcore.store.missed import MissedPart
from botcore.store.notices import Posting
from botcore.store.outbox import OutboxState, TurnIsOver
from botcore.store.private_answers import PrivateAnswer, WaitingAnswer
from botcore.store.queue import Superseded, Waiting
from botcore.store.scope import Scope
from botcore.store.store import Store

__all__ = [
    "Claim",
    "Closing",
    "Database",
    "DatabaseError",
    "Home",
    "InboxState",
    "MissedPart",
    "OutboxButton",
    "OutboxPart",
    "OutboxState",
    "PlacedButton",
    "PluginButton",
    "Posting",
    "PrivateAnswer",
    "Received",
    "Scope",
    "Store",
    "Superseded",
    "TurnIsOver",
    "Waiting",
    "WaitingAnswer",
    "Wanted",
]
