"""A database that is out of order for a while."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import psycopg

from tests.fakes.bot_process import DATABASE, BotProcess

# A refused connection is tried again now and then, and SQLite waits five seconds for a lock.
DOWN_SECONDS = 7.0


@asynccontextmanager
async def holding_commits(bot: BotProcess) -> AsyncIterator[None]:
    """Let nobody else commit anything: whoever tries waits, as for a slow disk."""
    if url := bot.environment.get(DATABASE):
        with closing(psycopg.connect(_plain(url))) as connection:
            connection.execute("lock table inbox in access exclusive mode")
            yield
            connection.rollback()
        return
    with closing(sqlite3.connect(bot.data / "botcore.db", isolation_level=None, timeout=30)) as file:
        file.execute("begin immediate")
        yield
        file.execute("rollback")


@asynccontextmanager
async def database_down(bot: BotProcess) -> AsyncIterator[None]:
    """Let every commit fail: a PostgreSQL that takes no connections, a file that stays locked."""
    if not (url := bot.environment.get(DATABASE)):
        async with holding_commits(bot):
            yield
        return
    name = _plain(url).rpartition("/")[2].partition("?")[0]
    admin = _plain(url).replace(f"/{name}", "/postgres", 1)
    _execute(admin, f"alter database {name} allow_connections false")
    try:
        _execute(admin, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
        yield
    finally:
        _execute(admin, f"alter database {name} allow_connections true")


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _execute(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []
