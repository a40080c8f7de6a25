"""From an export to the ledger, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from botcore import Author, ConversationKey, InboundEvent, InputError
from botcore.domain import Lane
from botcore.exports import open_export
from botcore.importing import Report, find_home, import_export
from botcore.store import Database, Home, Store, schema
from botcore.store.operate import Operator
from tests.botcore.exports.made import (
    slack_files,
    slack_message,
    telegram_chat,
    telegram_message,
    write_json,
    write_zip,
)
from tests.fakes.postgresql import PostgresqlServer

AT = datetime(2026, 3, 2, 10, 42, tzinfo=UTC)


async def bring_in(store: Store, path: Path, chat: str | None = None) -> Report:
    export = open_export(path)
    ledger = Operator(store.database)
    home = await find_home(ledger, export, None, None)
    return await import_export(export, ledger, home, chat=chat, on_batch=lambda: None)


async def rows(store: Store) -> list[tuple[str, str, str]]:
    """Return id, author and text of the ledger's rows, in the order of time."""
    message, identity = schema.message.c, schema.identity.c
    query = (
        select(message.platform_message_id, identity.name, message.text)
        .join(schema.identity, identity.id == message.identity_id)
        .order_by(message.sent_at, message.id)
    )
    found = await store.database.read(lambda connection: connection.execute(query).all())
    return [(row[0], row[1], row[2]) for row in found]


async def hear(store: Store, chat: str, message_id: str, text: str, author: Author) -> None:
    """Let the bot receive a message itself."""
    key = ConversationKey("telegram", "bot", chat)
    event = InboundEvent(key, message_id, message_id, author, text, AT, addressed=False)
    await store.receive(event, Lane.TURN, is_command=False, answer=False)


class Importing:
    """Every test gets an empty store."""

    async def test_messages_of_an_export_become_rows_of_the_ledger(
        self, store: Store, tmp_path: Path
    ) -> None:
        message = slack_message("hello", thread_ts="1772448000.000001", edited={"ts": "1772448180.0"})
        report = await bring_in(store, write_zip(tmp_path / "export.zip", slack_files(message)))

        row, tenant, chat = await store.database.read(
            lambda connection: [
                connection.execute(select(table)).one()
                for table in (schema.message, schema.tenant, schema.chat)
            ]
        )
        assert (report.added, report.known, report.chats) == (1, 0, {"C01GENERAL"})
        assert (tenant.platform, tenant.platform_tenant_id) == ("slack", "T0TEAM")
        assert (chat.platform_chat_id, chat.is_direct) == ("C01GENERAL", False)
        assert (row.platform_message_id, row.thread) == ("1772448120.000100", "1772448000.000001")
        assert (row.text, row.source, row.is_command) == ("hello", "import", False)
        assert row.sent_at == datetime(2026, 3, 2, 10, 42, 0, 100, tzinfo=UTC)
        assert row.edited_at == datetime(2026, 3, 2, 10, 43, tzinfo=UTC)

    async def test_importing_twice_changes_nothing(self, store: Store, tmp_path: Path) -> None:
        files = slack_files(*(slack_message(f"message {n}", f"{1772448000 + n}.0") for n in range(2500)))
        path = write_zip(tmp_path / "export.zip", files)
        await bring_in(store, path)
        before = await rows(store)

        report = await bring_in(store, path)

        assert (report.added, report.known) == (0, 2500)
        assert await rows(store) == before
        assert len(before) == 2500

    async def test_a_newer_export_adds_what_is_new(self, store: Store, tmp_path: Path) -> None:
        first, second = slack_message("first"), slack_message("second", "1772448121.0")
        await bring_in(store, write_zip(tmp_path / "old.zip", slack_files(first)))

        report = await bring_in(store, write_zip(tmp_path / "new.zip", slack_files(first, second)))

        assert (report.added, report.known) == (1, 1)
        assert [text for _, _, text in await rows(store)] == ["first", "second"]

    async def test_what_the_bot_heard_itself_is_known_by_its_id(self, store: Store, tmp_path: Path) -> None:
        await hear(store, "-1001234567890", "7", "hello", Author("4711", "Ana"))

        path = write_json(tmp_path / "result.json", telegram_chat(telegram_message("hello, edited", 7)))
        report = await bring_in(store, path)

        assert (report.home.tenant, report.added, report.known) == ("bot", 0, 1)
        assert await rows(store) == [("7", "Ana", "hello")]

    async def test_where_ids_differ_it_is_known_by_time_author_and_text(
        self, store: Store, tmp_path: Path
    ) -> None:
        await hear(store, "-1234567890", "900", "hello", Author("4711", "Ana"))
        chat = telegram_chat(
            telegram_message("hello", 7),
            telegram_message("hello", 8, **{"from": "Bo"}, from_id="user12"),
            telegram_message("hello", 9, date_unixtime="1772448121"),
            telegram_message("bye", 10),
            type="private_group",
        )
        path = write_json(tmp_path / "result.json", chat)

        first, second = await bring_in(store, path), await bring_in(store, path)

        assert (first.added, first.known) == (3, 1)
        assert (second.added, second.known) == (0, 4)
        assert [(author, text) for _, author, text in await rows(store)] == [
            ("Ana", "hello"), ("Bo", "hello"), ("Ana", "bye"), ("Ana", "hello"),
        ]  # fmt: skip

    async def test_exports_of_two_members_of_a_group_give_each_message_once(
        self, store: Store, tmp_path: Path
    ) -> None:
        for name, message_id in (("ana", 7), ("bo", 700)):
            chat = telegram_chat(telegram_message("hello", message_id), type="private_group")
            await bring_in(store, write_json(tmp_path / name, chat))

        assert len(await rows(store)) == 1

    async def test_a_name_that_is_known_stays(self, store: Store, tmp_path: Path) -> None:
        await hear(store, "-1005", "1", "hi", Author("4711", "Ana Lima-Chen"))

        await bring_in(store, write_json(tmp_path / "r", telegram_chat(telegram_message("hello"))))

        assert {author for _, author, _ in await rows(store)} == {"Ana Lima-Chen"}

    async def test_what_was_not_said_is_left_out_and_counted(self, store: Store, tmp_path: Path) -> None:
        messages = [
            slack_message("hello", "1.0"),
            slack_message("deployed", "2.0", user=None, bot_id="B1", username="ci"),
            slack_message("joined", "3.0", subtype="channel_join"),
            slack_message("topic", "4.0", subtype="channel_topic"),
            slack_message("", "5.0"),
            slack_message("x", "never"),
        ]

        report = await bring_in(store, write_zip(tmp_path / "export.zip", slack_files(*messages)))

        assert report.left_out == {"joins and leaves": 1, "notices of the platform": 1, "without text": 1}
        assert (report.added, report.malformed) == (2, 1)
        assert [author for _, author, _ in await rows(store)] == ["Ana", "ci"]

    async def test_many_problems_are_counted_and_the_first_are_named(
        self, store: Store, tmp_path: Path
    ) -> None:
        files = slack_files(slack_message("fine"), *range(25))

        report = await bring_in(store, write_zip(tmp_path / "export.zip", files))

        assert (report.malformed, len(report.problems)) == (25, 10)

    async def test_a_file_of_which_nothing_can_be_read_is_refused(self, store: Store, tmp_path: Path) -> None:
        path = tmp_path / "result.json"
        path.write_text('{"name": "Team", "type": "private_group", "id": 1, "messages": [')

        with pytest.raises(InputError, match=r"line 1: this is not valid JSON.*Nothing was imported"):
            await bring_in(store, path)

    async def test_plain_lines_with_dates_are_imported(self, store: Store, tmp_path: Path) -> None:
        path = tmp_path / "log.txt"
        path.write_text("2026-03-02 10:42 Ana: hello\n10:43 Bo: when?\n2026-03-02 10:44 *** Cy joined\n")

        report = await bring_in(store, path)

        assert report.home == Home("file", "local")
        assert report.left_out == {"without a date": 1, "joins and leaves": 1}
        assert [(author, text) for _, author, text in await rows(store)] == [("Ana", "hello")]

    async def test_one_chat_is_chosen_by_name(self, store: Store, tmp_path: Path) -> None:
        files = slack_files(slack_message("hello")) | {"random/2026-03-02.json": [slack_message("else")]}

        report = await bring_in(store, write_zip(tmp_path / "export.zip", files), chat="random")

        assert report.chats == {"random"}
        assert [text for _, _, text in await rows(store)] == ["else"]

    async def test_where_two_bots_may_be_meant_one_has_to_be_chosen(
        self, store: Store, tmp_path: Path
    ) -> None:
        for tenant in ("one", "two"):
            key = ConversationKey("telegram", tenant, "1")
            event = InboundEvent(key, "1", "1", Author("1", "Ana"), "hi", AT)
            await store.receive(event, Lane.TURN, is_command=False, answer=False)
        export = open_export(write_json(tmp_path / "r", telegram_chat(telegram_message("hello"))))

        with pytest.raises(InputError, match=r"may belong to one, two\. Choose with --tenant"):
            await find_home(Operator(store.database), export, None, None)
        assert await find_home(Operator(store.database), export, None, "two") == Home("telegram", "two")


class TestSqlite(Importing):
    """Over a SQLite file."""


class TestPostgresql(Importing):
    """Over a PostgreSQL server."""

    @pytest.fixture
    async def store(self, postgresql: PostgresqlServer) -> AsyncIterator[Store]:
        store = Store(Database(postgresql.new()))
        yield store
        await store.close()
