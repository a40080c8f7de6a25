"""The contract of adapters finds what it is there to find: each of these adapters breaks one promise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from botcore.adapter import Accepted, AdapterSetup, Outgoing, Receipt, Receive, StreamMode, Tables
from botcore.domain import ConversationKey, Event, InboundEvent
from botcore.errors import OutcomeUnknown, Refused, RetryLater
from botcore.testing.adapter_contract import AdapterContract
from botcore.testing.conformance import keeping
from botcore.testing.conformance.process import BotProcess
from botcore.testing.platform import BotTable
from tests.botcore.test_loopback_adapter import LoopbackPlatform
from tests.fakes.adapter import LoopbackAdapter
from tests.fakes.platform import Platform


class Receives(LoopbackAdapter):
    """An adapter that does something else with what comes in."""

    async def run(self, receive: Receive) -> None:
        async def wrongly(event: Event) -> Accepted:
            return await self.receive_wrongly(receive, event)

        await super().run(wrongly)

    async def receive_wrongly(self, receive: Receive, event: Event) -> Accepted:
        assert isinstance(event, InboundEvent)
        return await receive(self.read_wrongly(event))

    def read_wrongly(self, event: InboundEvent) -> InboundEvent:
        return event


class AcknowledgesEarly(Receives):
    async def receive_wrongly(self, receive: Receive, event: Event) -> Accepted:
        self.later = asyncio.ensure_future(receive(event))
        return Accepted.NEW


class LosesWhatFails(Receives):
    async def receive_wrongly(self, receive: Receive, event: Event) -> Accepted:
        with suppress(OSError):
            await receive(event)
        return Accepted.NEW


class NewKeyEachTime(Receives):
    def read_wrongly(self, event: InboundEvent) -> InboundEvent:
        return replace(event, dedupe_key=uuid4().hex)


class OneKeyForAll(Receives):
    def read_wrongly(self, event: InboundEvent) -> InboundEvent:
        return replace(event, dedupe_key="key")


class KnowsNoBots(Receives):
    def read_wrongly(self, event: InboundEvent) -> InboundEvent:
        return replace(event, author=replace(event.author, is_bot=False))


class KnowsNoThreads(Receives):
    def read_wrongly(self, event: InboundEvent) -> InboundEvent:
        return replace(event, key=replace(event.key, thread=""))


class HasAPrefix(Receives):
    """Commands are typed as “!bot help” there, and it knows that."""

    def command_prefix(self, key: ConversationKey) -> str:
        return "!bot "

    def read_wrongly(self, event: InboundEvent) -> InboundEvent:
        return replace(event, text=event.text.replace("!bot ", "/", 1))


class PromisesAPrefix(HasAPrefix):
    def read_wrongly(self, event: InboundEvent) -> InboundEvent:
        return event


class TakesDoubtForFailure(LoopbackAdapter):
    async def create(self, message: Outgoing) -> Receipt:
        try:
            return await super().create(message)
        except OutcomeUnknown as error:
            raise RetryLater from error


class SendsAgainByItself(LoopbackAdapter):
    async def create(self, message: Outgoing) -> Receipt:
        try:
            return await super().create(message)
        except OutcomeUnknown:
            return await super().create(message)


class HasNoPatience(LoopbackAdapter):
    async def create(self, message: Outgoing) -> Receipt:
        try:
            return await super().create(message)
        except RetryLater as error:
            raise RetryLater from error


class GivesUp(LoopbackAdapter):
    async def create(self, message: Outgoing) -> Receipt:
        try:
            return await super().create(message)
        except RetryLater as error:
            raise Refused from error


class CutsTextsShort(LoopbackAdapter):
    async def create(self, message: Outgoing) -> Receipt:
        return await super().create(replace(message, text=message.text[:100]))


class ChangesLetters(LoopbackAdapter):
    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        await super().edit(receipt, replace(message, text=message.text.lower()))


class EditsNothing(LoopbackAdapter):
    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        return None


class StaysWhenToldToEnd(LoopbackAdapter):
    async def run(self, receive: Receive) -> None:
        try:
            await super().run(receive)
        finally:
            await asyncio.sleep(6)


class ForgetsItsMessages(LoopbackAdapter):
    """It needs more than a receipt to edit a message, and keeps that in memory."""

    def __init__(self, setup: AdapterSetup) -> None:
        super().__init__(setup)
        self._known: set[str] = set()

    async def create(self, message: Outgoing) -> Receipt:
        receipt = await super().create(message)
        self._known.add(receipt.message_id)
        return receipt

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        if receipt.message_id not in self._known:
            raise Refused
        await super().edit(receipt, message)


class PromisesDrafts(LoopbackAdapter):
    def __init__(self, setup: AdapterSetup) -> None:
        super().__init__(setup)
        self.capabilities = replace(self.capabilities, stream_mode=StreamMode.DRAFT)


class Keeps(LoopbackAdapter):
    """It keeps what it is told in a table of its own."""

    remembered = ""

    def use_tables(self, tables: Tables) -> None:
        self.tables = tables

    async def remember(self, word: str) -> None:
        def write(connection: Connection) -> None:
            connection.execute(text("create table if not exists loopback_word (word text)"))
            connection.execute(text("insert into loopback_word values (:word)"), {"word": word})

        await self.tables.write(write)

    async def recall(self) -> str:
        def read(connection: Connection) -> str:
            there = connection.scalar(text("select 1 from sqlite_master where name = 'loopback_word'"))
            return connection.scalar(text("select word from loopback_word")) if there else ""

        return await self.tables.read(read)


class KeepsNothing(Keeps):
    async def remember(self, word: str) -> None:
        self.remembered = word

    async def recall(self) -> str:
        return self.remembered


class LooksIntoOthersTables(Keeps):
    async def recall(self) -> str:
        await self.tables.read(lambda connection: connection.scalar(text("select count(*) from message")))
        return await super().recall()


class WritesNothingDown(Keeps):
    async def remember(self, word: str) -> None:
        async def write(connection: Connection) -> None:
            connection.execute(text("insert into loopback_word values ('never')"))

        (await self.tables.write(write)).close()
        await super().remember(word)


class KeepingPlatform(LoopbackPlatform):
    """It tells the bot a word that it has to know ever after."""

    adapter: LoopbackAdapter

    async def start_again(self) -> None:
        kind = type(self.adapter)
        self._server.cut()
        self.adapter = kind(AdapterSetup({"port": self._server.port}, Path()))

    async def give(self) -> None:
        assert isinstance(self.adapter, Keeps)
        await self.adapter.remember("sesame")

    async def is_kept(self) -> bool:
        assert isinstance(self.adapter, Keeps)
        return await self.adapter.recall() == "sesame"


CAUGHT = {
    AcknowledgesEarly: "test_nothing_is_acknowledged_before_it_is_committed",
    LosesWhatFails: "test_what_can_not_be_committed_is_delivered_again",
    NewKeyEachTime: "test_what_is_delivered_again_is_known_by_its_dedupe_key",
    OneKeyForAll: "test_two_messages_have_keys_of_their_own",
    KnowsNoBots: "test_what_bots_say_is_known_to_be_a_bots",
    KnowsNoThreads: "test_threads_are_conversations_of_their_own",
    TakesDoubtForFailure: "test_an_answer_that_got_lost_is_not_taken_for_a_failure",
    SendsAgainByItself: "test_an_answer_that_got_lost_is_not_taken_for_a_failure",
    HasNoPatience: "test_a_wish_for_patience_is_passed_on",
    GivesUp: "test_a_platform_out_of_order_is_no_refusal",
    CutsTextsShort: "test_code_is_shown_as_it_is",
    EditsNothing: "test_a_preview_becomes_the_final_message",
    PromisesDrafts: "test_what_its_capabilities_promise_it_has_methods_for",
    PromisesAPrefix: "test_commands_are_typed_as_it_says",
    KeepsNothing: "test_what_it_keeps_in_its_own_tables_is_there_for_the_next",
    LooksIntoOthersTables: "test_what_it_keeps_in_its_own_tables_is_there_for_the_next",
    WritesNothingDown: "test_what_it_keeps_in_its_own_tables_is_there_for_the_next",
}
# What keeps a promise that not every adapter makes.
SOUND = {
    "test_commands_are_typed_as_it_says": HasAPrefix,
    "test_what_it_keeps_in_its_own_tables_is_there_for_the_next": Keeps,
}
CAUGHT_SLOWLY = {
    ChangesLetters: "test_any_text_that_hypothesis_finds_can_be_sent",
    StaysWhenToldToEnd: "test_it_ends_when_it_is_told_to_and_can_still_send",
    NewKeyEachTime: "test_a_message_that_comes_again_is_answered_once",
    SendsAgainByItself: "test_an_answer_that_may_have_arrived_is_not_sent_again",
}

CAUGHT_BY_KILLS = {
    AcknowledgesEarly: "test_kills_before_the_acknowledgement_lose_nothing_and_double_nothing",
    NewKeyEachTime: "test_kills_before_the_acknowledgement_lose_nothing_and_double_nothing",
    ForgetsItsMessages: "test_an_answer_that_is_cut_by_kills_at_every_step_goes_on_in_the_same_message",
}


@pytest.fixture
async def server() -> AsyncIterator[Platform]:
    async with Platform() as server:
        yield server


@pytest.mark.parametrize(
    ("adapter", "test"),
    [*CAUGHT.items(), *(pytest.param(*one, marks=pytest.mark.slow) for one in CAUGHT_SLOWLY.items())],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
async def test_a_broken_promise_is_found(
    server: Platform,
    adapter: type[LoopbackAdapter],
    test: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "SECONDS", 0.2)  # for what never comes
    platform = KeepingPlatform(server)
    platform.adapter = adapter(AdapterSetup({"port": server.port}, tmp_path))
    run = getattr(AdapterContract(), test)

    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await run(platform) if asyncio.iscoroutinefunction(run) else run(platform)


@pytest.mark.parametrize("test", sorted({*CAUGHT.values()}))
async def test_the_same_test_passes_where_nothing_is_broken(
    server: Platform, test: str, tmp_path: Path
) -> None:
    run = getattr(AdapterContract(), test)
    platform = KeepingPlatform(server)
    platform.adapter = SOUND.get(test, LoopbackAdapter)(AdapterSetup({"port": server.port}, tmp_path))

    await run(platform) if asyncio.iscoroutinefunction(run) else run(platform)


@pytest.mark.slow
@pytest.mark.timeout(400)  # other work may share the machine
@pytest.mark.parametrize(
    ("adapter", "test"), CAUGHT_BY_KILLS.items(), ids=[one.__name__ for one in CAUGHT_BY_KILLS]
)
async def test_a_promise_that_is_broken_across_a_kill_is_found(
    server: Platform, adapter: type[LoopbackAdapter], test: str, tmp_path: Path
) -> None:
    table = BotTable("test", {"port": server.port}, use=f"{__name__}:{adapter.__name__}")
    bot = BotProcess(tmp_path, "loopback", table)
    run = getattr(AdapterContract(), test)
    try:
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            await run(LoopbackPlatform(server), bot)
    finally:
        if bot.is_running:
            await bot.kill()
