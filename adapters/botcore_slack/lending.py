"""slack_sdk's stores over a transaction of the bot's.

Such a transaction is a plain function that runs as a whole where the database's one writer is, and
slack_sdk's stores wait for theirs. Over a connection that is lent for one transaction they never really
wait, so each of their coroutines is run to its end within it.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore

T = TypeVar("T")


class LentConnection:
    """A connection in a transaction of the bot's: to slack_sdk's stores both an engine and what it opens."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[LentConnection]:
        yield self  # the transaction has begun, and ends behind us

    connect = begin

    async def execute(self, statement: Any, *parameters: Any) -> Any:
        return self._connection.execute(statement, *parameters)


NO_ENGINE: Any = None  # a store gets its connection with each transaction
Store = TypeVar("Store", AsyncSQLAlchemyInstallationStore, AsyncSQLAlchemyOAuthStateStore)


def over(store: Store, connection: Any) -> Store:
    """Return a store that works in the transaction of this connection."""
    lent = copy.copy(store)
    lent.engine = LentConnection(connection)  # type: ignore[assignment]
    return lent


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing to its end."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("a store waited for something that its transaction can't give")
