"""What every store must do with buttons and with answers for one person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from botcore.adapter import Accepted, Receipt
from botcore.domain import ActionEvent, Author, Button, Lane, Part, Pressed
from botcore.store import (
    Claim,
    Closing,
    OutboxButton,
    OutboxState,
    PlacedButton,
    PluginButton,
    PrivateAnswer,
    Store,
    schema,
)
from botcore.testing.store_contract import ANA, ROOM, event, must_claim, put

BEN = Author("ben", "Ben")
GO = PluginButton("scales", Button("Go", "go", "far"))
MINE = PluginButton("scales", Button("Mine", "go", personal=True))


async def answer_with_buttons(store: Store, *buttons: PluginButton) -> tuple[Claim, list[OutboxButton]]:
    """Answer a message of Ana's; return its claim, and the buttons as they are to be drawn."""
    epoch = await store.take_over()
    await put(store, "hello", "1")
    claim = await must_claim(store, epoch)
    await store.close_turn(claim, Closing(["Shall I?"], buttons={0: buttons}))
    [part] = await store.parts_of(claim.turn_id)
    await store.record_sending(claim.turn_id, 0, OutboxState.DELIVERED, Receipt("out-1"))
    return claim, list(part.buttons)


def pressed(button: OutboxButton, author: Author = ANA, press_id: str = "p1") -> Pressed:
    return Pressed(ROOM, press_id, "out-1", author, button.id, datetime.now(UTC))


async def must_find(store: Store, press: Pressed) -> PlacedButton:
    found = await store.find_button(press)
    assert found is not None
    return found


class ButtonsContract:
    """Every test gets an empty store."""

    async def test_a_press_is_claimed_as_what_its_button_asks_for(self, store: Store) -> None:
        answered, [button] = await answer_with_buttons(store, GO)
        press = pressed(button, BEN)

        await store.press(press, await must_find(store, press), Lane.TURN)

        claim = await must_claim(store, answered.epoch)
        assert isinstance(claim.event, ActionEvent)
        assert (claim.event.plugin, claim.event.action, claim.event.data) == ("scales", "go", "far")
        assert (claim.event.author.name, claim.user.name) == ("Ben", "Ben")
        assert (claim.event.message_id, claim.event.text) == ("out-1", "")
        assert claim.scope == answered.scope

    async def test_a_button_is_pressed_once_by_whomever_and_taken_away(self, store: Store) -> None:
        answered, [button, mine] = await answer_with_buttons(store, GO, MINE)
        presses = [pressed(button, author, f"p{n}") for n, author in enumerate((ANA, BEN, ANA, BEN))]
        found = [await must_find(store, press) for press in presses]

        received = await asyncio.gather(
            *(store.press(press, one, Lane.TURN) for press, one in zip(presses, found, strict=True))
        )

        accepted = [one.accepted for one in received]
        assert sorted(accepted) == [Accepted.DUPLICATE] * 3 + [Accepted.NEW]
        [part] = await store.parts_of(answered.turn_id)
        assert part.buttons == (mine,)
        assert part.is_sent
        assert (await must_find(store, presses[0])).was_pressed

    async def test_a_button_knows_whose_it_is_and_who_presses_it(self, store: Store) -> None:
        answered, [button] = await answer_with_buttons(store, MINE)

        anas, bens = [await must_find(store, pressed(button, author)) for author in (ANA, BEN)]

        assert anas.user_id == anas.presser_id == answered.user.id
        assert bens.presser_id is None

    async def test_a_button_works_where_it_stands_and_for_a_month(self, store: Store) -> None:
        _, [button] = await answer_with_buttons(store, GO)
        press = pressed(button)

        for elsewhere in (
            replace(ROOM, tenant="other"),
            replace(ROOM, chat="other"),
        ):
            assert await store.find_button(replace(press, key=elsewhere)) is None
        old = update(schema.button).values(created_at=datetime.now(UTC) - timedelta(days=31))
        await store.database.write(lambda connection: connection.execute(old))
        assert await store.find_button(press) is None

    async def test_a_press_whose_button_was_swept_away_is_still_claimed(self, store: Store) -> None:
        _, [button] = await answer_with_buttons(store, GO)
        press = pressed(button)
        await store.press(press, await must_find(store, press), Lane.TURN)
        old = update(schema.button).values(created_at=datetime.now(UTC) - timedelta(days=31))
        await store.database.write(lambda connection: connection.execute(old))

        claim = await must_claim(store, await store.take_over())

        assert isinstance(claim.event, ActionEvent)
        assert (claim.event.plugin, claim.event.author.name) == ("", "Ana")

    async def test_a_private_answer_is_its_askers_and_fetched_once(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "weigh me", "1")
        claim = await must_claim(store, epoch)
        secret = PrivateAnswer("scales", [Part("sixty", (GO.button,))])
        await store.close_turn(claim, Closing(["It is ready."], private=secret))
        ben = replace(event("hello", "2"), author=BEN)
        await store.receive(ben, Lane.TURN, is_command=False, answer=True)
        bens = await must_claim(store, epoch)

        [part] = await store.parts_of(claim.turn_id)
        assert [button.token for button in part.buttons] == [secret.token]
        assert await store.find_private(secret.token, bens.user.id) is None
        assert not await store.has_private(secret.token, ROOM, BEN.id)
        assert await store.has_private(secret.token, ROOM, ANA.id)
        found = await store.find_private(secret.token, claim.user.id)
        assert found is not None
        assert (found.parts, found.plugin, found.key) == (list(secret.parts), "scales", ROOM)

        await store.close_turn(bens, Closing(["sixty"], handed_over=[secret.token]))

        assert await store.find_private(secret.token, claim.user.id) is None
        assert await store.find_private(secret.token, claim.user.id, shown=True) == found
