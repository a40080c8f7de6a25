"""Conversation state in SQL."""

from sqlalchemy.exc import DBAPIError as DatabaseError

from botcore.store.claims import Claim, Wanted
from botcore.store.closing import Closing
from botcore.store.database import Database
from botcore.store.imports import Home
from botcore.store.inbox import InboxState
from botcore.store.intake import Received
from botcore.store.outbox import MissedPart, OutboxPart, OutboxState, TurnIsOver
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
    "OutboxPart",
    "OutboxState",
    "Received",
    "Scope",
    "Store",
    "Superseded",
    "TurnIsOver",
    "Waiting",
    "Wanted",
]
