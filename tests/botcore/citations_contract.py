"""What every store must do with answers that cite messages which change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from botcore.adapter import Receipt
from botcore.domain import Button, Cited, Deleted, Edited, Lane, Message, Part
from botcore.store import Claim, Closing, OutboxState, PluginButton, PrivateAnswer, Store, schema
from botcore.testing.store_contract import ROOM, event, must_claim


async def answered(store: Store, *, quote: str = "", private: bool = False) -> tuple[Claim, list[Message]]:
    """Let three things be said, and a summary of them be delivered that cites each."""
    epoch = await store.take_over()
    for number in range(1, 4):
        await store.receive(event(f"said {number}", str(number)), Lane.TURN, is_command=False, answer=False)
    await store.receive(event("/summarize", "9"), Lane.TURN, is_command=True, answer=True)
    claim = await must_claim(store, epoch)
    said = await store.ledger(claim.scope, before=claim.inbox_id, last=9)
    cited = [Cited(number, message, quote if number == 2 else "") for number, message in enumerate(said, 1)]
    parts = PrivateAnswer("summarize", [Part("All is well [1]")]) if private else None
    ending = Closing(["first", f"- “{quote or 'All is well'}” [2]"], cited=cited, private=parts)
    await store.close_turn(claim, ending)
    for part in range(2):
        await store.record_sending(claim.turn_id, part, OutboxState.DELIVERED, Receipt(f"out{part}"))
    return claim, said


def edit(message_id: str, text: str = "something else") -> Edited:
    return Edited(ROOM, message_id, text, datetime.now(UTC) + timedelta(minutes=1))


async def mark(store: Store, *, fits: bool = True) -> list[str]:
    """Do what delivery does, and return what it then sends."""
    for answer in await store.stale_answers():
        await store.mark_stale(answer.turn_id, lambda text: fits)
        sent = await store.parts_of(answer.turn_id)
        for part in sent:
            await store.record_sending(
                part.turn_id, part.part, OutboxState.DELIVERED, part.receipt or Receipt("x")
            )
        return [part.text for part in sent]
    return []


class CitationsContract:
    """Every test gets an empty store."""

    async def test_an_answer_says_which_of_its_messages_have_changed(self, store: Store) -> None:
        claim, _ = await answered(store)
        assert await store.stale_answers() == []

        await store.follow(edit("3"))
        await store.follow(edit("2"))
        await store.follow(Deleted(ROOM, "1"))

        [stale] = await store.stale_answers()
        assert (stale.turn_id, stale.key) == (claim.turn_id, ROOM)
        note = "_Changed since then: [2], [3] were edited; [1] was deleted._"
        assert await mark(store) == [f"- “All is well” [2]\n\n{note}"]
        assert await store.stale_answers() == []

    async def test_the_line_is_written_anew_with_each_change(self, store: Store) -> None:
        await answered(store)
        await store.follow(edit("3"))
        assert await mark(store) == ["- “All is well” [2]\n\n_Changed since then: [3] was edited._"]

        await store.follow(Deleted(ROOM, "3"))

        assert await mark(store) == ["- “All is well” [2]\n\n_Changed since then: [3] was deleted._"]

    async def test_a_line_that_does_not_fit_is_a_message_of_its_own(self, store: Store) -> None:
        await answered(store)

        await store.follow(edit("3"))
        assert await mark(store, fits=False) == ["_Changed since then: [3] was edited._"]
        await store.follow(edit("2"))

        assert await mark(store) == ["_Changed since then: [2], [3] were edited._"]

    async def test_what_was_deleted_is_repeated_nowhere(self, store: Store) -> None:
        claim, _ = await answered(store, quote="said 2 *and* more")

        await store.follow(Deleted(ROOM, "2"))
        [text] = await mark(store)

        assert text.startswith("- “_(this message was deleted)_” [2]")

        def look(connection: Connection) -> list[str]:
            tables = schema.metadata.sorted_tables
            return [str(row) for table in tables for row in connection.execute(select(table))]

        assert not [row for row in await store.database.read(look) if "said 2" in row]
        ledger = await store.ledger(claim.scope, before=claim.inbox_id + 1, last=9, commands=True)
        assert all("said 2" not in message.text for message in ledger)

    async def test_what_nobody_cites_changes_no_answer(self, store: Store) -> None:
        await answered(store)
        await store.receive(event("aside", "4"), Lane.TURN, is_command=False, answer=False)

        await store.follow(edit("4"))
        await store.follow(Deleted(replace(ROOM, tenant="other"), "1"))

        assert await store.stale_answers() == []

    async def test_what_changes_while_an_answer_is_written_is_told_with_it(self, store: Store) -> None:
        epoch = await store.take_over()
        await store.receive(event("said 1", "1"), Lane.TURN, is_command=False, answer=False)
        await store.receive(event("/summarize", "9"), Lane.TURN, is_command=True, answer=True)
        claim = await must_claim(store, epoch)
        said = await store.ledger(claim.scope, before=claim.inbox_id, last=9)
        await store.follow(edit("1"))

        await store.close_turn(claim, Closing(["a summary [1]"], cited=[Cited(1, said[0])]))

        texts = [part.text for part in await store.parts_of(claim.turn_id)]
        assert texts == ["a summary [1]", "_Changed since then: [1] was edited._"]
        assert await store.stale_answers() == []

    async def test_an_answer_that_waits_for_its_one_reader_is_marked_too(self, store: Store) -> None:
        await answered(store, private=True)

        await store.follow(edit("3"))
        await mark(store)

        def parts(connection: Connection) -> list[dict[str, str]]:
            return list(connection.scalar(select(schema.private_answer.c.parts)) or ())

        [part] = await store.database.read(parts)
        assert part["text"] == "All is well [1]\n\n_Changed since then: [3] was edited._"

    async def test_an_answer_that_was_fetched_rests_on_the_same(self, store: Store) -> None:
        claim, _ = await answered(store, private=True)

        def token(connection: Connection) -> str:
            return str(connection.scalar(select(schema.private_answer.c.id)))

        its_token = await store.database.read(token)
        await store.receive(event("/start", "10"), Lane.CONTROL, is_command=True, answer=True)
        fetching = await must_claim(store, claim.epoch)
        await store.close_turn(fetching, Closing(["All is well [1]"], handed_over=[its_token]))

        await store.follow(edit("3"))

        stale = {answer.turn_id for answer in await store.stale_answers()}
        assert stale == {claim.turn_id, fetching.turn_id}

    async def test_buttons_stay_where_an_answer_is_marked(self, store: Store) -> None:
        epoch = await store.take_over()
        await store.receive(event("said 1", "1"), Lane.TURN, is_command=False, answer=False)
        await store.receive(event("/summarize", "9"), Lane.TURN, is_command=True, answer=True)
        claim = await must_claim(store, epoch)
        said = await store.ledger(claim.scope, before=claim.inbox_id, last=9)
        more = PluginButton("summarize", Button("More", "more"))
        await store.close_turn(claim, Closing(["it [1]"], cited=[Cited(1, said[0])], buttons={0: [more]}))
        await store.record_sending(claim.turn_id, 0, OutboxState.DELIVERED, Receipt("out"))

        await store.follow(edit("1"))
        await store.mark_stale(claim.turn_id, lambda text: True)

        [part] = await store.parts_of(claim.turn_id)
        assert [button.label for button in part.buttons] == ["More"]
        assert part.is_sent
