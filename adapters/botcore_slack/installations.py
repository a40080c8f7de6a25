"""Where the app is installed, in the bot's own database: slack_sdk's stores, with every token encrypted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from cryptography.fernet import InvalidToken, MultiFernet
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore

from botcore import Tables, UserError
from botcore_slack.lending import NO_ENGINE, done, over

T = TypeVar("T")
Kept = TypeVar("Kept", Bot, Installation)

# The tables of the core's schema that slack_sdk's stores read and write.
BOTS, INSTALLATIONS, STATES = "slack_bot", "slack_installation", "slack_oauth_state"
STATE_SECONDS = 600  # that somebody has for saying yes to Slack
TOKENS = ("bot_token", "bot_refresh_token", "user_token", "user_refresh_token", "incoming_webhook_url")
UNREADABLE = (
    "the tokens of its workspaces can't be decrypted: none of the keys in BOTCORE_SLACK__INSTALLATION_KEY is "
    "the one they were encrypted with"
)


class Installations(AsyncInstallationStore):
    """What workspaces gave the app. Each has one installation, the latest."""

    def __init__(self, client_id: str, tables: Tables, keys: MultiFernet) -> None:
        self._tables = tables
        self._keys = keys
        # Called when an installation came or went, with its workspace; None: of a whole organisation.
        self.changed: Callable[[str | None], None] = _nobody_remembers
        self._store = AsyncSQLAlchemyInstallationStore(client_id, NO_ENGINE, BOTS, INSTALLATIONS)

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation in the place of what its workspace had before."""
        sealed = self._sealed(installation)

        async def save(store: AsyncSQLAlchemyInstallationStore) -> None:
            await store.async_delete_all(
                enterprise_id=installation.enterprise_id, team_id=installation.team_id
            )
            await store.async_save(sealed)

        await self._write(save)
        self.changed(installation.team_id)

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep a bot's new tokens."""
        sealed = self._sealed(bot)
        await self._write(lambda store: store.async_save_bot(sealed))
        self.changed(bot.team_id)

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        found = await self._read(
            lambda store: store.async_find_bot(
                enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
            )
        )
        return found and self._opened(found)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        found = await self._read(
            lambda store: store.async_find_installation(
                enterprise_id=enterprise_id,
                team_id=team_id,
                user_id=user_id,
                is_enterprise_install=is_enterprise_install,
            )
        )
        return found and self._opened(found)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self._write(lambda store: store.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id))
        self.changed(team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        await self._write(
            lambda store: store.async_delete_installation(
                enterprise_id=enterprise_id, team_id=team_id, user_id=user_id
            )
        )
        self.changed(team_id)

    async def all_bots(self) -> list[Bot]:
        """Return every bot: of a workspace, or of a whole organisation."""
        return [self._opened(bot) for bot in await self._read(_bots)]

    async def serving(self, tenant: str) -> list[Bot]:
        """Return every bot that may serve a workspace: its own, and those of whole organisations."""
        return [self._opened(bot) for bot in await self._read(lambda store: _bots(store, tenant))]

    async def reencrypt(self) -> int:
        """Encrypt every token with the first of the keys; return of how many installations."""

        async def encrypt_again(store: AsyncSQLAlchemyInstallationStore) -> int:
            async with store.engine.begin() as connection:
                return sum(
                    [await self._encrypt_rows(connection, t) for t in (store.installations, store.bots)]
                )

        return await self._write(encrypt_again) // 2

    async def _encrypt_rows(self, connection: Any, table: Any) -> int:
        columns = [column for column in table.c if column.name in TOKENS]
        rows = (await connection.execute(table.select())).mappings().all()
        for row in rows:
            again = {c.name: self._rotated(row[c.name]) for c in columns if row[c.name]}
            await connection.execute(table.update().where(table.c.id == row["id"]).values(**again))
        return len(rows)

    def _rotated(self, sealed: str) -> str:
        try:
            return self._keys.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise UserError(f"Nothing was changed: {UNREADABLE}.") from None

    def _sealed(self, plain: Kept) -> Kept:
        return _with_tokens(plain, lambda token: self._keys.encrypt(token.encode()).decode())

    def _opened(self, sealed: Kept) -> Kept:
        try:
            return _with_tokens(sealed, lambda token: self._keys.decrypt(token.encode()).decode())
        except InvalidToken:
            raise UserError(f"Slack can't be reached: {UNREADABLE}.") from None

    async def _write(self, do: Callable[[AsyncSQLAlchemyInstallationStore], Coroutine[Any, Any, T]]) -> T:
        return await self._tables.write(lambda connection: done(do(over(self._store, connection))))

    async def _read(self, do: Callable[[AsyncSQLAlchemyInstallationStore], Coroutine[Any, Any, T]]) -> T:
        return await self._tables.read(lambda connection: done(do(over(self._store, connection))))


class States(AsyncOAuthStateStore):
    """What Slack has to bring back from those who were sent there to install the app: each works once."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._store = AsyncSQLAlchemyOAuthStateStore(STATE_SECONDS, NO_ENGINE, table_name=STATES)

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        async def issue(store: AsyncSQLAlchemyOAuthStateStore) -> str:
            now = datetime.now(UTC).replace(tzinfo=None)  # as slack_sdk keeps times
            expired = store.oauth_states.c.expire_at < now
            async with store.engine.begin() as connection:
                await connection.execute(store.oauth_states.delete().where(expired))
            return await store.async_issue()

        return await self._tables.write(lambda connection: done(issue(over(self._store, connection))))

    async def async_consume(self, state: str) -> bool:
        return await self._tables.write(
            lambda connection: done(over(self._store, connection).async_consume(state))
        )


async def _bots(store: AsyncSQLAlchemyInstallationStore, tenant: str | None = None) -> list[Bot]:
    """Return every bot, or those that may serve a workspace, the latest last."""
    mine, team = store.bots.select().where(store.bots.c.client_id == store.client_id), store.bots.c.team_id
    if tenant is not None:
        mine = mine.where((team == tenant) | team.is_(None))
    async with store.engine.connect() as connection:
        rows = await connection.execute(mine.order_by(store.bots.c.installed_at))
        return [Bot(**{name: row[name] for name in BOT_FIELDS}) for row in rows.mappings()]


BOT_FIELDS = (
    "app_id",
    "enterprise_id",
    "enterprise_name",
    "team_id",
    "team_name",
    "bot_token",
    "bot_id",
    "bot_user_id",
    "bot_scopes",
    "bot_refresh_token",
    "bot_token_expires_at",
    "is_enterprise_install",
    "installed_at",
)


def _with_tokens(kept: Kept, change: Callable[[str], str]) -> Kept:
    """Return a copy with every token changed."""
    changed = copy.copy(kept)
    for name in TOKENS:
        if token := getattr(changed, name, None):
            setattr(changed, name, change(token))
    return changed


def _nobody_remembers(workspace: str | None) -> None:
    """Nobody keeps what is read here."""
