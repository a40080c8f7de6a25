"""What every store must do with forms, settings and schedules."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from botcore.adapter import Accepted
from botcore.domain import ActionEvent, ChatMoved, Lane
from botcore.forms import Field, FieldKind, Form
from botcore.schedules.schedules import Schedule, offer_id
from botcore.store import Closing, Store, schema
from botcore.store.audit import Actor
from botcore.store.calls import Call
from botcore.store.form_store import Asking, FormStore
from botcore.store.forms import KeptForm, NewForm
from botcore.store.schedule_store import ScheduleStore
from botcore.store.setting_store import SettingStore, Where
from botcore.testing.store_contract import ROOM, event, must_claim, put

FORM = Form("Lunch", (Field("place"), Field("when", kind=FieldKind.DATE)))
DUE = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEA = Schedule("tea", "clock", "say", "tea", "tea time", "0 9 * * *", "", timedelta(hours=1), DUE, 0)


async def opened(store: Store, epoch: int, message_id: str, *, step: int | None = None) -> NewForm:
    """Open a form before Ana."""
    new = NewForm("lunch", "/lunch", "", FORM, step)
    received = await FormStore(store.database).open(event("/lunch", message_id), epoch, new, Asking())
    assert received.accepted is Accepted.NEW
    return new


async def must_find(store: Store, form_id: str) -> KeptForm:
    found = await FormStore(store.database).find(form_id)
    assert found is not None
    return found


async def planned(store: Store, epoch: int, *schedules: Schedule) -> None:
    await put(store, "/plan", "plan")
    claim = await must_claim(store, epoch)
    await store.close_turn(claim, Closing(["Planned."], planned=schedules))


class AskingContract:
    """Every test gets an empty store."""

    async def test_a_form_is_sent_once_and_claimed_with_typed_values(self, store: Store) -> None:
        epoch, forms = await store.take_over(), FormStore(store.database)
        new = await opened(store, epoch, "1")
        form = await must_find(store, new.id)
        answers = {"place": "the park", "when": "2026-03-31"}

        sent = await asyncio.gather(*(forms.send(form, answers, Lane.TURN) for _ in range(3)))
        claim = await must_claim(store, epoch)

        assert sorted(one.accepted for one in sent) == ["duplicate", "duplicate", "new"]
        assert await forms.find(new.id) is None
        assert await forms.was_sent(new.id, ROOM)
        assert isinstance(claim.event, ActionEvent)
        assert claim.event.values == {"place": "the park", "when": datetime(2026, 3, 31).date()}
        assert (claim.event.plugin, claim.event.action, claim.event.message_id) == ("lunch", "/lunch", "1")
        assert claim.is_command

    async def test_of_two_dialogues_of_one_person_the_later_counts(self, store: Store) -> None:
        epoch, forms = await store.take_over(), FormStore(store.database)
        first, second = await opened(store, epoch, "1", step=0), await opened(store, epoch, "2", step=0)

        assert await forms.find(first.id) is None
        assert [one.id for one in await forms.dialogues()] == [second.id]

    async def test_a_form_that_can_not_be_read_any_more_is_gone(self, store: Store) -> None:
        epoch, forms = await store.take_over(), FormStore(store.database)
        new = await opened(store, epoch, "1", step=0)
        older = update(schema.form).values(form={"title": "Lunch", "fields": [{"kind": "colour"}]})
        await store.database.write(lambda connection: connection.execute(older))

        assert await forms.find(new.id) is None
        assert await forms.dialogues() == []

    async def test_a_choice_takes_the_place_of_the_one_before(self, store: Store) -> None:
        settings = SettingStore(store.database)
        await put(store, "hello", "1")
        scope = await FormStore(store.database).scope_of(ROOM)
        here, everywhere = Where(scope.tenant_id, scope.chat_id), Where(scope.tenant_id)
        for where, value in ((here, 1), (everywhere, 2), (here, 3), (everywhere, 4)):
            await settings.choose(where, "poet", {"lines": value}, Actor())

        chosen = await settings.chosen("poet", scope.tenant_id, scope.chat_id)
        assert {(one.value, one.of_chat) for one in chosen} == {(3, True), (4, False)}
        await settings.choose(here, "poet", {"lines": None}, Actor())
        assert [one.value for one in await settings.chosen("poet", scope.tenant_id, scope.chat_id)] == [4]

    async def test_a_chat_that_moves_takes_its_choices_along(self, store: Store) -> None:
        settings, forms = SettingStore(store.database), FormStore(store.database)
        new_room = replace(ROOM, chat="new room")
        await put(store, "hello", "1")
        await store.receive(event("hello", "2", new_room), Lane.TURN, is_command=False, answer=True)
        for key in (ROOM, new_room):
            scope = await forms.scope_of(key)
            where = Where(scope.tenant_id, scope.chat_id)
            await settings.choose(where, "poet", {"lines": 5}, Actor())
        await store.follow(ChatMoved(ROOM.platform, ROOM.tenant, ROOM.chat, new_room.chat))

        moved = await forms.scope_of(new_room)
        assert [one.value for one in await settings.chosen("poet", moved.tenant_id, moved.chat_id)] == [5]

    async def test_a_run_is_put_into_the_inbox_once_for_each_time_it_is_due(self, store: Store) -> None:
        epoch, schedules = await store.take_over(), ScheduleStore(store.database)
        await planned(store, epoch, TEA)
        [due] = await schedules.due(DUE, 10)
        tomorrow = DUE + timedelta(days=1)

        runs = await asyncio.gather(*(schedules.run(due, Lane.TURN, tomorrow) for _ in range(3)))
        claim = await must_claim(store, epoch)

        assert sorted(one.accepted for one in runs) == ["duplicate", "duplicate", "new"]
        assert await schedules.next_due(DUE) == tomorrow
        assert isinstance(claim.event, ActionEvent)
        assert (claim.event.scheduled, claim.event.data, claim.event.message_id) == (True, "tea", "")
        await store.close_turn(claim, Closing(["Tea!"]))
        [part] = await store.parts_of(claim.turn_id)
        assert (part.text, part.answers) == ("Tea!", None)

    async def test_what_is_due_is_read_on_behind_the_last_that_is_known(self, store: Store) -> None:
        epoch, schedules = await store.take_over(), ScheduleStore(store.database)
        await planned(store, epoch, TEA)
        [tea] = await schedules.due(DUE, 1)

        assert await schedules.due(DUE, 1, tea.schedule) == []
        earlier = [replace(TEA, id="0", due_at=DUE), replace(TEA, id="1", due_at=DUE - timedelta(days=1))]
        assert [await schedules.due(DUE, 1, one) for one in earlier] == [[tea], [tea]]

    async def test_what_a_plugin_offers_is_planned_once_in_a_conversation(self, store: Store) -> None:
        epoch, schedules = await store.take_over(), ScheduleStore(store.database)
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        scope = await FormStore(store.database).scope_of(ROOM)
        offer = replace(TEA, id=offer_id(scope.conversation_id, TEA.plugin, TEA.action))
        await store.close_turn(claim, Closing(["On."], planned=[offer]))
        await planned(store, epoch, replace(offer, title="the same again"))

        assert [one.title for one in await schedules.of_conversation(scope)] == ["tea time"]

    async def test_what_is_dropped_is_told_once(self, store: Store) -> None:
        epoch, schedules = await store.take_over(), ScheduleStore(store.database)
        await planned(store, epoch, TEA)
        [due] = await schedules.due(DUE, 10)
        told = [await schedules.drop(due, Call("core", "left_out"), Lane.CONTROL) for _ in range(2)]

        assert [one.accepted for one in told] == ["new", "duplicate"]
        assert await schedules.due(DUE, 10) == []

    async def test_what_is_removed_is_planned_no_more(self, store: Store) -> None:
        epoch, schedules = await store.take_over(), ScheduleStore(store.database)
        await planned(store, epoch, TEA)
        await put(store, "/end", "end")
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, Closing([], unplanned=["tea"]))

        assert await schedules.of_conversation(claim.scope) == []
