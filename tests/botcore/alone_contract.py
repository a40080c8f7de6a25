"""What every store must do with answers for one person alone, and with texts that may have arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select, update

from botcore.adapter import Receipt
from botcore.domain import ActionEvent, Button, ConversationKey, Lane, Part
from botcore.store import (
    Claim,
    Closing,
    OutboxState,
    PluginButton,
    Posting,
    PrivateAnswer,
    Store,
    privacy,
    schema,
)
from botcore.store.privacy_export import export
from botcore.testing.store_contract import ANA, ROOM, must_claim, put
from tests.botcore.buttons_contract import must_find, pressed

SECRET = "You weigh sixty kilograms."
GO = PluginButton("scales", Button("Go", "go"))
DIRECT = replace(ROOM, chat="direct")


def alone(direct: ConversationKey | None = None) -> Closing:
    answer = PrivateAnswer("scales", [Part(SECRET)])
    return Closing([SECRET], buttons={0: [GO]}, private=answer, only_for=ANA.id, direct=direct)


class AloneContract:
    """Every test gets an empty store."""

    async def test_an_answer_for_one_is_marked_so_and_not_in_the_ledger(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "/weigh", "1")
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, alone())

        [part] = await store.parts_of(claim.turn_id)
        assert (part.only_for, part.text, part.key) == (ANA.id, SECRET, ROOM)
        assert [button.label for button in part.buttons] == ["Go"]
        said = await store.ledger(claim.scope, before=10**9, last=9, commands=True)
        assert not [message for message in said if SECRET in message.text]

    async def test_what_all_have_seen_before_is_taken_away(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "/weigh", "1")
        claim = await must_claim(store, epoch)
        await store.start_part(epoch, claim.scope, claim.turn_id, 0)
        await store.record_sending(claim.turn_id, 0, OutboxState.CREATED, Receipt("waiting"))
        await store.close_turn(claim, alone())

        public, private = await store.parts_of(claim.turn_id)
        assert (public.text, public.receipt, public.only_for) == ("", Receipt("waiting"), "")
        assert (private.text, private.receipt, private.only_for) == (SECRET, None, ANA.id)

    async def test_one_for_the_direct_chat_stands_there_with_its_buttons(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "/weigh", "1")
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, alone(DIRECT))

        [part] = await store.parts_of(claim.turn_id)
        assert (part.key, part.only_for) == (DIRECT, "")
        await store.record_sending(claim.turn_id, part.part, OutboxState.DELIVERED, Receipt("out-1"))
        press = replace(pressed(part.buttons[0]), key=DIRECT)
        assert (await must_find(store, press)).plugin == "scales"
        assert await store.find_button(replace(press, key=ROOM)) is None

    async def test_a_press_below_what_one_sees_is_told_as_such(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "/weigh", "1")
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, alone())
        [part] = await store.parts_of(claim.turn_id)
        await store.record_sending(claim.turn_id, part.part, OutboxState.DELIVERED, Receipt("out-1"))
        press = pressed(part.buttons[0])
        await store.press(press, await must_find(store, press), Lane.TURN)

        event = (await must_claim(store, epoch)).event
        assert isinstance(event, ActionEvent)
        assert event.alone

    async def test_a_promise_is_made_once_and_seen_by_one(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "/weigh", "1")
        claim = await must_claim(store, epoch)
        first = await store.promise_alone(claim, "Later.")
        again = await store.promise_alone(claim, "Later.")

        assert first == again
        [part] = await store.parts_of(first.turn_id)
        assert (part.text, part.only_for, part.key) == ("Later.", ANA.id, ROOM)
        claimed_again = await must_claim(store, await store.take_over())
        assert claimed_again.promised

    async def test_who_asks_sees_it_in_their_export_and_it_goes_when_they_are_forgotten(
        self, store: Store
    ) -> None:
        epoch = await store.take_over()
        await put(store, "/weigh", "1")
        claim = await must_claim(store, epoch)
        await store.promise_alone(claim, "Later.")
        await store.close_turn(claim, alone(DIRECT))
        user = claim.user.id
        exported = await store.database.read(lambda connection: export(connection, user))
        assert [one["text"] for one in exported["answers_for_you_alone"]] == [SECRET]

        def forget(connection: Connection) -> None:
            privacy.forget_messages(connection, privacy.begin_forgetting(connection, user))

        await store.database.write(forget)
        left = select(schema.outbox.c.text)
        assert await store.database.read(lambda connection: list(connection.scalars(left))) == []

    async def test_what_is_posted_elsewhere_waits_there(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "show it", "1", DIRECT)
        claim = await must_claim(store, epoch)
        posting = Posting(ROOM, [SECRET, "and more"])
        await store.close_turn(claim, Closing(["Done."], posted=[posting]))

        parts = await store.parts_of(posting.turn_id)
        assert [(part.key, part.text) for part in parts] == [(ROOM, SECRET), (ROOM, "and more")]

    async def test_what_may_have_arrived_is_looked_for_but_not_what_one_would_have_seen(
        self, store: Store
    ) -> None:
        epoch = await store.take_over()
        claims: list[Claim] = []
        for number, closing in enumerate((Closing(["whole"]), alone())):
            await put(store, "hello", str(number))
            claims.append(await must_claim(store, epoch))
            await store.close_turn(claims[-1], closing)
            assert await store.start_final(epoch, claims[-1].turn_id, 0)
        await store.take_over()

        assert await store.undelivered() == []
        [doubtful] = await store.undelivered(in_doubt=True)
        assert (doubtful.text, doubtful.in_doubt) == ("whole", True)
        assert await store.parts_of(doubtful.turn_id) == []
        assert await store.parts_of(doubtful.turn_id, in_doubt=True) == [doubtful]
        assert [part.text for part in await store.missed(claims[1].scope)] == ["whole"]

    async def test_doubt_lasts_a_day(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, Closing(["whole"]))
        await store.start_final(epoch, claim.turn_id, 0)
        await store.take_over()
        old = update(schema.outbox).values(created_at=datetime.now(UTC) - timedelta(days=2))
        await store.database.write(lambda connection: connection.execute(old))

        assert await store.undelivered(in_doubt=True) == []
        count = select(func.count()).select_from(schema.outbox).where(schema.outbox.c.state == "unknown")
        assert await store.database.read(lambda connection: connection.scalar(count)) == 1
