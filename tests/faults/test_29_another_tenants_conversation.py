"""Somebody of one tenant guesses the ids of another's conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from botcore.adapter import Receipt
from botcore.domain import Lane, Outcome
from botcore.store import Claim, Closing, Database, OutboxState, Scope, Store
from botcore.store.place import Place
from botcore.testing.databases import make_database
from botcore.testing.store_contract import ROOM, event, must_claim, put
from tests.fakes.postgresql import PostgresqlServer

LATER = 1_000_000  # an inbox row before which everything was
THEIRS = replace(ROOM, tenant="theirs")


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "sqlite":
        place: Place = tmp_path / "botcore.db"
        make_database(place)
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        place = server.new()
    store = Store(Database(place))
    yield store
    await store.close()


@dataclass
class Guess:
    """A scope of one's own tenant with the ids of another's, and what that one has."""

    scope: Scope
    victim: Claim
    epoch: int


@pytest.fixture
async def guess(store: Store) -> Guess:
    epoch = await store.take_over()
    await put(store, "a secret", "1", THEIRS)
    victim = await must_claim(store, epoch)
    ending = Closing(["a secret answer"], in_history=True, written={"notes": {"key": "a secret note"}})
    await store.close_turn(victim, ending)
    assert await store.start_final(epoch, victim.turn_id, 0)
    await store.record_sending(victim.turn_id, 0, OutboxState.UNKNOWN, Receipt("out-1"))
    await put(store, "mine", "1")
    mine = await must_claim(store, epoch)
    return Guess(replace(victim.scope, tenant_id=mine.scope.tenant_id), victim, epoch)


async def test_what_was_said_there_is_not_found(store: Store, guess: Guess) -> None:
    assert await store.history(guess.victim.scope, before=LATER, limit=10), "it is there for its own"
    assert await store.missed(guess.victim.scope)
    assert await store.plugin_value(guess.victim.scope, "notes", "key") == "a secret note"

    assert await store.history(guess.scope, before=LATER, limit=10) == []
    assert await store.ledger(guess.scope, before=guess.victim.inbox_id + 1, last=10) == []
    assert await store.missed(guess.scope) == []
    assert await store.plugin_value(guess.scope, "notes", "key") is None


async def test_a_chat_is_found_by_its_own_tenant_only(store: Store, guess: Guess) -> None:
    post = replace(event("a secret", "9", replace(THEIRS, chat="group")), direct=False)
    await store.receive(post, Lane.TURN, is_command=False, answer=False)

    assert await store.find_scope(replace(THEIRS, chat="group")) is not None
    assert await store.find_scope(replace(ROOM, chat="group")) is None


async def test_nothing_there_can_be_stopped(store: Store, guess: Guess) -> None:
    await put(store, "another secret", "2", THEIRS)
    ending = Closing(["stopped"], outcome=Outcome.STOPPED)

    who = guess.victim.user.id
    assert await store.close_waiting(guess.epoch, guess.scope, who, ending, before=LATER) == []

    assert (await must_claim(store, guess.epoch)).event.text == "another secret"
