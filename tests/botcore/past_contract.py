"""What every store must do with what the platform tells of the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from botcore.access.privacy import Privacy
from botcore.adapter import PastMessage
from botcore.config import AccessSection
from botcore.domain import Author, Deleted, InboundEvent, Lane
from botcore.store import Scope, Store, schema
from botcore.store.audit import Actor
from botcore.store.past import Reach
from botcore.testing import store_contract
from botcore.testing.store_contract import ANA, ROOM, must_claim

NOW = datetime.now(UTC)
BEN = Author("ben", "Ben")
_BEN = select(schema.user.c.id).where(schema.user.c.name == "Ben")


def event(text: str, message_id: str) -> InboundEvent:
    """Return a message of Ana's in a group."""
    return replace(store_contract.event(text, message_id), direct=False)


def said(number: int, *, minutes: int, **more: object) -> PastMessage:
    """Return a message of Ben's, so long ago."""
    return PastMessage(str(number), BEN, f"said {number}", NOW - timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


def remember_for_ever(connection: Connection) -> None:
    connection.execute(update(schema.chat).values(retention_days=0))


async def add(store: Store, *messages: PastMessage, has_more: bool = True, days: int = 90) -> Scope:
    """Add a page to the room's ledger."""
    scope = await store.open_scope(ROOM)
    assert scope
    moments = [message.sent_at for message in messages]
    reach = Reach(min(moments), max(moments), "further", has_more)
    await store.add_past(
        scope, ROOM, messages, reach, is_command=lambda text: text.startswith("/"), default_days=days
    )
    return scope


async def read(store: Store) -> list[str]:
    """Ask now what was said, as somebody who has just begun to talk to the bot."""
    epoch = await store.take_over()
    await store.receive(event("/read", "asked"), Lane.TURN, is_command=True, answer=True)
    claim = await must_claim(store, epoch)
    scope = replace(claim.scope, thread="")
    return [message.text for message in await store.ledger(scope, before=claim.inbox_id, last=9)]


class PastContract:
    """Every test gets an empty store."""

    async def test_a_thread_whose_replies_are_not_all_known_is_left_to_be_read(self, store: Store) -> None:
        began = said(1, minutes=9, replies=2, last_reply_at=NOW - timedelta(minutes=3))
        other = said(2, minutes=8, replies=1, last_reply_at=NOW - timedelta(minutes=7))
        scope = await add(store, began, other)
        assert await store.unread_threads(scope, last=9) == ["2", "1"], "the newest first"
        assert await store.unread_threads(scope, last=1) == ["2"], "below the last message"

        await store.close_thread(replace(scope, thread="2"))
        below = [said(3, minutes=4, thread="1"), said(4, minutes=3, thread="1")]
        reach = Reach(below[0].sent_at, below[1].sent_at, "4", has_more=False)
        thread = replace(scope, thread="1")
        await store.add_past(thread, ROOM, below, reach, is_command=lambda text: False, default_days=90)
        await add(store, began)

        assert await store.unread_threads(scope, last=9) == []
        reached = await store.find_reach(thread)
        assert reached and (reached.has_more, reached.cursor) == (False, "4")

    async def test_a_chat_is_read_with_the_threads_about_its_messages_if_that_is_asked_for(
        self, store: Store
    ) -> None:
        epoch = await store.take_over()
        await store.receive(event("/read", "asked"), Lane.TURN, is_command=True, answer=True)
        claim = await must_claim(store, epoch)
        scope = await add(store, said(1, minutes=9), said(2, minutes=7))
        for its_id, thread in ((3, "1"), (4, "topic")):
            below = said(its_id, minutes=8, thread=thread)
            reach = Reach(below.sent_at, below.sent_at, "", has_more=False)
            place = replace(scope, thread=thread)
            await store.add_past(place, ROOM, [below], reach, is_command=lambda text: False, default_days=90)

        with_threads = await store.ledger(scope, before=claim.inbox_id, last=9, threads=True)
        without = await store.ledger(scope, before=claim.inbox_id, last=9)

        assert [message.text for message in with_threads] == ["said 1", "said 3", "said 2"]
        assert [message.text for message in without] == ["said 1", "said 2"]

    async def test_what_is_fetched_for_a_question_is_read_for_it(self, store: Store) -> None:
        epoch = await store.take_over()
        await store.receive(event("/read", "asked"), Lane.TURN, is_command=True, answer=True)
        claim = await must_claim(store, epoch)
        await store.receive(event("later", "later"), Lane.TURN, is_command=False, answer=False)

        later = replace(said(3, minutes=0), sent_at=datetime.now(UTC) + timedelta(minutes=1))
        await add(store, said(2, minutes=1), said(1, minutes=2), later)

        ledger = await store.ledger(claim.scope, before=claim.inbox_id, last=9)
        assert [(message.author, message.text) for message in ledger] == [
            ("Ben", "said 1"),
            ("Ben", "said 2"),
        ]

    async def test_what_is_known_stays_as_it_is(self, store: Store) -> None:
        await store.receive(event("as it was heard", "1"), Lane.TURN, is_command=False, answer=False)
        await store.receive(event("a secret", "2"), Lane.TURN, is_command=False, answer=False)
        await store.follow(Deleted(ROOM, "2"))

        await add(store, said(1, minutes=1), said(2, minutes=1), said(1, minutes=1))

        assert await read(store) == ["as it was heard"]

    async def test_an_edit_that_nobody_told_is_found(self, store: Store) -> None:
        await store.receive(event("helo", "1"), Lane.TURN, is_command=False, answer=False)

        await add(store, said(1, minutes=1, edited_at=NOW))

        assert await read(store) == ["said 1"]

    async def test_commands_of_the_past_are_commands(self, store: Store) -> None:
        await add(store, replace(said(1, minutes=2), text="/summarize"), said(2, minutes=1))

        assert await read(store) == ["said 2"]

    async def test_how_much_is_known_is_kept(self, store: Store) -> None:
        scope = await add(store, said(2, minutes=1), said(1, minutes=9))
        first = await store.find_reach(scope)
        await add(store, said(0, minutes=20), has_more=False)

        assert first == Reach(NOW - timedelta(minutes=9), NOW - timedelta(minutes=1), "further", True)
        second = await store.find_reach(scope)
        assert second and not second.has_more
        assert await store.find_reach(replace(scope, thread="1")) is None
        assert await store.count_since(scope, NOW - timedelta(minutes=10), limit=9) == 2
        assert await store.count_since(scope, NOW - timedelta(minutes=30), limit=2) == 2

    async def test_what_is_not_to_be_kept_is_not_fetched(self, store: Store) -> None:
        scope = await add(store, said(1, minutes=60 * 24 * 3), said(2, minutes=1), days=2)
        assert await read(store) == ["said 2"]

        await store.database.write(remember_for_ever)
        await add(store, said(1, minutes=60 * 24 * 3), days=2)

        assert await store.count_since(scope, NOW - timedelta(days=9), limit=9) == 2

    async def test_who_was_forgotten_stays_forgotten(self, store: Store) -> None:
        await add(store, said(1, minutes=2), replace(said(2, minutes=1), author=ANA))
        privacy = Privacy(store.database, AccessSection())
        ben = await store.database.read(lambda connection: connection.scalar(_BEN))
        assert ben
        await privacy.forget(ben, Actor())

        later = replace(said(3, minutes=0), sent_at=datetime.now(UTC) + timedelta(seconds=1))
        scope = await add(store, said(1, minutes=2), later, replace(said(2, minutes=1), author=ANA))

        assert await store.count_since(scope, NOW - timedelta(days=1), limit=9) == 2, (
            "Ana's, and the later one"
        )

    async def test_a_direct_chat_has_no_past_to_open(self, store: Store) -> None:
        await store.receive(store_contract.event("hello", "1"), Lane.TURN, is_command=False, answer=False)

        assert await store.open_scope(ROOM) is None
