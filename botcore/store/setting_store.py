"""What was chosen for chats and tenants: one method per transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select

from botcore.store import schema
from botcore.store.audit import Actor, note
from botcore.store.database import Database

LONGEST_DETAIL = 64  # characters, of the audit


@dataclass(frozen=True, slots=True)
class Chosen:
    """A setting that somebody chose."""

    key: str
    value: JsonValue
    of_chat: bool  # otherwise it holds for the whole tenant


@dataclass(frozen=True, slots=True)
class Where:
    """What a choice is for: a chat, or a whole tenant."""

    tenant_id: int
    chat_id: int | None = None


class SettingStore:
    """Choices. Each method is one transaction, committed when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def chosen(self, plugin: str, tenant_id: int, chat_id: int) -> list[Chosen]:
        """Return what was chosen for a plugin in a chat, and for its tenant."""
        return await self._database.read(lambda connection: _chosen(connection, plugin, tenant_id, chat_id))

    async def choose(
        self, where: Where, plugin: str, values: dict[str, JsonValue | None], actor: Actor
    ) -> None:
        """Set what somebody chose; None takes a choice back."""
        await self._database.write(lambda connection: _choose(connection, where, plugin, values, actor))


def _chosen(connection: Connection, plugin: str, tenant_id: int, chat_id: int) -> list[Chosen]:
    setting = schema.setting.c
    here = or_(setting.chat_id == chat_id, setting.chat_id.is_(None))
    rows = connection.execute(
        select(setting.key, setting.value, setting.chat_id)
        .where(setting.tenant_id == tenant_id, setting.plugin == plugin, here)
        .order_by(setting.id)
    )
    return [Chosen(row.key, row.value, row.chat_id is not None) for row in rows]


def _choose(
    connection: Connection, where: Where, plugin: str, values: dict[str, JsonValue | None], actor: Actor
) -> None:
    for key, value in values.items():
        connection.execute(delete(schema.setting).where(_one(where, plugin, key)))
        if value is not None:
            connection.execute(
                schema.setting.insert().values(
                    tenant_id=where.tenant_id,
                    chat_id=where.chat_id,
                    plugin=plugin,
                    key=key,
                    value=value,
                    user_id=actor.user_id,
                    chosen_at=datetime.now(UTC),
                )
            )
        # What was chosen is not said: it may be a text of somebody's.
        what = f"{plugin}.{key}{'' if value is not None else ' reset'}"[:LONGEST_DETAIL]
        note(
            connection,
            actor,
            "setting",
            tenant_id=where.tenant_id,
            about_chat_id=where.chat_id,
            detail=what,
        )


def _one(where: Where, plugin: str, key: str) -> ColumnElement[bool]:
    setting = schema.setting.c
    chat = setting.chat_id.is_(None) if where.chat_id is None else setting.chat_id == where.chat_id
    return and_(setting.tenant_id == where.tenant_id, chat, setting.plugin == plugin, setting.key == key)
