"""What an adapter that declares `forms` must do with them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from botcore.adapter import Accepted, Key, OpensForms
from botcore.domain import Event, InboundEvent, Pressed, Submitted
from botcore.errors import FormRefused
from botcore.forms import Choice, Field, FieldKind, Form, OpenForm
from botcore.testing.conformance.meeting import SECONDS, lacks, must_be, receiving, reply, soon
from botcore.testing.platform import HasButtons, HasForms, Platform

FORM = Form(
    "A lunch",
    (
        Field("place", "Where?"),
        Field("remark", "What else?", FieldKind.LONG_TEXT, required=False),
        Field("kind", "What kind?", FieldKind.CHOICE, (Choice("hot", "Hot"), Choice("cold", "Cold"))),
    ),
)
PROBLEM = "There is no such place."


class FormsContract:
    """Part of `AdapterContract`."""

    async def test_a_form_is_open_until_what_stands_in_it_is_right(self, platform: Platform) -> None:
        adapter = platform.adapter
        if not (adapter.capabilities.forms and isinstance(adapter, OpensForms)):
            lacks(platform, OpensForms)
        if not (isinstance(platform, HasForms) and isinstance(platform, HasButtons)):
            must_be(platform, HasForms)
        events: asyncio.Queue[Event] = asyncio.Queue()

        async def receive(event: Event) -> Accepted:
            if isinstance(event, Pressed):
                await adapter.open_form(event, OpenForm("form-1", FORM))
            await events.put(event)
            if isinstance(event, Submitted) and event.values["place"] == "nowhere":
                raise FormRefused({"place": PROBLEM})
            return Accepted.NEW

        async with receiving(platform, receive):
            await platform.post("lunch?")
            asked = await soon(events)
            assert isinstance(asked, InboundEvent)
            await adapter.create(replace(reply(asked, "Where?"), buttons=(Key("Say it", "b1"),)))
            await platform.press("Say it")
            pressed = await soon(events)
            assert platform.form() == ["Where?", "What else?", "What kind?"]
            await platform.fill(place="nowhere", kind="hot")
            refused = await soon(events)
            await _until_told(platform)
            assert platform.form_errors() == [PROBLEM], "show what `FormRefused.errors` says, field by field"
            await platform.fill(place="the park", remark="Bring\nwater.", kind="cold")
            taken = await soon(events)

        assert isinstance(refused, Submitted)
        assert isinstance(taken, Submitted)
        assert (taken.form_id, taken.key, taken.author.id) == ("form-1", asked.key, asked.author.id)
        assert taken.values == {"place": "the park", "remark": "Bring\nwater.", "kind": "cold"}
        assert isinstance(pressed, Pressed)


async def _until_told(platform: HasForms) -> None:
    async with asyncio.timeout(SECONDS):
        while not platform.form_errors():
            await asyncio.sleep(0.01)
