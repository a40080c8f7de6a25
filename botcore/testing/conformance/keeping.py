"""What an adapter that keeps something in the bot's database must do with that."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest

from botcore.adapter import KeepsTables
from botcore.store import Database, schema
from botcore.testing.conformance.meeting import SECONDS, hearing, lacks, must_be
from botcore.testing.databases import make_database
from botcore.testing.platform import GivesToKeep, Platform
from botcore.testing.troubles import Acknowledges

T = TypeVar("T")
_NAME = re.compile(r"\w+")
_EXECUTES = ("execute", "scalar", "scalars", "exec_driver_sql")  # the methods of a connection of SQLAlchemy's


class KeepingContract:
    """Part of `AdapterContract`."""

    async def test_what_it_keeps_in_its_own_tables_is_there_for_the_next(self, platform: Platform) -> None:
        """Another process goes on with it, and no table of anybody else's is touched."""
        if not isinstance(platform.adapter, KeepsTables):
            lacks(platform, KeepsTables)
        if not isinstance(platform, GivesToKeep):
            must_be(platform, GivesToKeep)
        if not isinstance(platform, Acknowledges):
            must_be(platform, Acknowledges)
        async with _tables() as tables:
            for is_first in (True, False):
                assert isinstance(platform.adapter, KeepsTables)
                platform.adapter.use_tables(tables)
                async with hearing(platform):
                    if is_first:
                        assert not await platform.is_kept(), "nothing was given to it yet"
                        await platform.give()
                    await _until_kept(platform, is_first=is_first)
                if is_first:
                    await platform.start_again()

        assert tables.not_plain == 0, "a body is a plain function: what it returns is committed, not awaited"
        others = {name for name in tables.touched if not name.startswith(f"{platform.adapter.name}_")}
        assert others == set(), "these are the core's, or another adapter's: they change without a word"


async def _until_kept(platform: GivesToKeep, *, is_first: bool) -> None:
    ends = asyncio.get_running_loop().time() + SECONDS
    while not await platform.is_kept():
        if asyncio.get_running_loop().time() > ends:
            pytest.fail(
                "it does not go by what it was given"
                if is_first
                else "the next process knows nothing of it: write it by `Tables.write` before that is told"
            )
        await asyncio.sleep(0.01)


class _Watched:
    """A real database at its newest schema, and what an adapter does there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.touched: set[str] = set()  # tables that its statements name
        self.not_plain = 0  # bodies that would have to be awaited

    async def write(self, body: Callable[[Any], T]) -> T:
        return await self._database.write(lambda connection: self._run(body, connection))

    async def read(self, body: Callable[[Any], T]) -> T:
        return await self._database.read(lambda connection: self._run(body, connection))

    def _run(self, body: Callable[[Any], T], connection: Any) -> T:
        result = body(_Overheard(connection, self._note))
        if inspect.isawaitable(result):
            self.not_plain += 1
        return result

    def _note(self, statement: str) -> None:
        self.touched |= set(_NAME.findall(statement)) & set(schema.metadata.tables)


class _Overheard:
    """A connection whose statements are told to somebody."""

    def __init__(self, connection: Any, tell: Callable[[str], None]) -> None:
        self._connection = connection
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)
        if name not in _EXECUTES:
            return method

        def execute(statement: Any, *arguments: Any, **more: Any) -> Any:
            self._tell(str(statement))
            return method(statement, *arguments, **more)

        return execute


@asynccontextmanager
async def _tables() -> AsyncIterator[_Watched]:
    with TemporaryDirectory(prefix="bot-", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "botcore.db"
        make_database(place)
        database = Database(place)
        try:
            yield _Watched(database)
        finally:
            await database.close()
