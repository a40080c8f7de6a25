"""What every store must do with edits, deletions and moves of chats."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from botcore.adapter import Accepted, Receipt
from botcore.domain import Author, ChatMoved, ConversationKey, Deleted, Edited, Lane
from botcore.exports import ExportedChat, Record
from botcore.store import Closing, Home, OutboxState, Store, schema
from botcore.store.operate import Operator
from botcore.testing.store_contract import ROOM, event, must_claim

NEW_ROOM = replace(ROOM, chat="new room")
MOVED = ChatMoved(ROOM.platform, ROOM.tenant, ROOM.chat, NEW_ROOM.chat)


def edited(text: str, *, minutes: int = 0) -> Edited:
    """Return an edit of the message 1, so long after now."""
    return Edited(ROOM, "1", text, datetime.now(UTC) + timedelta(minutes=minutes))


async def put(store: Store, text: str, message_id: str, key: ConversationKey = ROOM) -> Accepted:
    """Bring a message in that is to be answered."""
    message = replace(event(text, message_id, key), dedupe_key=f"{key.chat}:{message_id}")
    return (await store.receive(message, Lane.TURN, is_command=False, answer=True)).accepted


async def said(store: Store) -> list[tuple[str, str | None, str]]:
    """Return every chat, id and text of the ledger, in order."""
    message, chat = schema.message.c, schema.chat.c
    query = (
        select(chat.platform_chat_id, message.platform_message_id, message.text)
        .join_from(schema.message, schema.chat)
        .order_by(message.id)
    )
    return await store.database.read(lambda connection: [(*row,) for row in connection.execute(query)])


class ChangesContract:
    """Every test gets an empty store."""

    async def test_a_message_that_waits_is_answered_as_it_was_edited(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "helo", "1")

        assert await store.follow(edited("hello")) is Accepted.NOTED

        assert (await must_claim(store, epoch)).event.text == "hello"

    async def test_what_was_read_of_a_file_stays_behind_an_edited_text(self, store: Store) -> None:
        epoch = await store.take_over()
        read = "a.py:\n```py\nprint(1)\n\nb.py:\n```\n\nnotes.txt:\n```\nmilk\n```"
        await put(store, f"explain this\n\n{read}", "1")

        for minutes, text in enumerate(["explain it", "explain this please"]):
            await store.follow(edited(f"{text}\n[file: a.py]\n[file: notes.txt]", minutes=minutes))

        assert (await must_claim(store, epoch)).event.text == f"explain this please\n\n{read}"
        assert await store.follow(edited("[file: a.py]", minutes=3)) is Accepted.NOTED
        assert await store.follow(edited("[file: a.py]", minutes=4)) is Accepted.DUPLICATE
        assert await said(store) == [("room", "1", read)]

    async def test_a_file_that_was_not_read_is_named_behind_an_edited_text(self, store: Store) -> None:
        await put(store, "look\n[file: a.py]", "1")

        await store.follow(edited("look here\n[file: a.py]"))

        assert await said(store) == [("room", "1", "look here\n[file: a.py]")]

    async def test_of_two_edits_the_later_counts_in_whatever_order_they_come(self, store: Store) -> None:
        await put(store, "one", "1")

        assert await store.follow(edited("three", minutes=2)) is Accepted.NOTED
        assert await store.follow(edited("two", minutes=1)) is Accepted.DUPLICATE

        assert await said(store) == [("room", "1", "three")]

    async def test_an_edit_of_what_nobody_knows_is_left(self, store: Store) -> None:
        await put(store, "one", "1", replace(ROOM, tenant="other"))

        assert await store.follow(edited("two")) is Accepted.DUPLICATE

        assert await said(store) == [("room", "1", "one")]

    async def test_a_deleted_message_is_forgotten_and_not_answered(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "a secret", "1")
        await put(store, "hello", "2")

        assert await store.follow(Deleted(ROOM, "1")) is Accepted.NOTED
        assert await store.follow(Deleted(ROOM, "1")) is Accepted.DUPLICATE
        assert await store.follow(edited("a secret again")) is Accepted.DUPLICATE

        claim = await must_claim(store, epoch)
        assert claim.event.text == "hello"
        assert await store.ledger(claim.scope, before=claim.inbox_id, last=9) == []
        assert await said(store) == [("room", "1", ""), ("room", "2", "hello")]

    async def test_a_chat_that_moved_keeps_its_conversation(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        await store.close_turn(await must_claim(store, epoch), Closing(["hi"], in_history=True))

        assert await store.follow(MOVED) is Accepted.NOTED
        assert await store.follow(MOVED) is Accepted.DUPLICATE
        await put(store, "again", "1", NEW_ROOM)  # ids begin anew

        claim = await must_claim(store, epoch)
        assert (claim.event.text, claim.event.key) == ("again", NEW_ROOM)
        past = await store.history(claim.scope, before=claim.inbox_id, limit=9)
        assert [message.text for message in past] == ["hello", "hi"]

    async def test_what_waits_to_be_sent_goes_to_where_the_chat_moved(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        await store.start_part(claim.epoch, claim.scope, claim.turn_id, 0)
        await store.record_sending(claim.turn_id, 0, OutboxState.CREATED, Receipt("7"))
        await store.close_turn(claim, Closing(["hi"]))

        await store.follow(MOVED)

        [part] = await store.undelivered()
        assert (part.key, part.text, part.receipt) == (NEW_ROOM, "hi", None)

    async def test_what_was_said_before_the_move_was_known_is_one_conversation(self, store: Store) -> None:
        epoch = await store.take_over()
        for number, key in enumerate((ROOM, NEW_ROOM)):
            await put(store, f"hello {number}", "1", key)
            claim = await must_claim(store, epoch)
            ending = Closing([f"hi {number}"], in_history=True, written={"memory": {"k": number}})
            await store.close_turn(claim, ending)

        assert await store.follow(MOVED) is Accepted.NOTED

        await put(store, "again", "2", NEW_ROOM)
        claim = await must_claim(store, epoch)
        past = await store.history(claim.scope, before=claim.inbox_id, limit=9)
        assert [message.text for message in past] == ["hello 0", "hi 0", "hello 1", "hi 1"]
        assert await store.plugin_value(claim.scope, "memory", "k") == 0

    async def test_a_move_and_a_message_before_it_may_come_twice(self, store: Store) -> None:
        await put(store, "hello", "1")
        await store.receive(event("aside", "2"), Lane.TURN, is_command=False, answer=False)
        await store.follow(MOVED)

        assert await put(store, "hello", "1") is Accepted.DUPLICATE
        await store.receive(event("aside", "2"), Lane.TURN, is_command=False, answer=False)
        assert await store.follow(MOVED) is Accepted.NOTED

        assert await said(store) == [("new room", "room:1", "hello"), ("new room", "room:2", "aside")]

    async def test_an_export_from_before_the_move_belongs_to_the_chat_that_moved(self, store: Store) -> None:
        await put(store, "hello", "1")
        await store.follow(MOVED)
        chat = ExportedChat(ROOM.chat, "Room", has_live_ids=False)
        old = Record(chat, "7", Author("bo", "Bo"), "long ago", datetime(2020, 1, 1, tzinfo=UTC))

        assert await Operator(store.database).add_records(Home(ROOM.platform, ROOM.tenant), [old]) == 1

        assert {chat for chat, _, _ in await said(store)} == {NEW_ROOM.chat}
