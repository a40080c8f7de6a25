"""Forms as people of Slack's see them: opened in time, errors beside the fields, sent once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from botcore import (
    Accepted,
    AdapterSetup,
    Author,
    ChatMoved,
    Choice,
    ConversationKey,
    Event,
    Field,
    FieldKind,
    Form,
    InboundEvent,
    OpenForm,
)
from botcore.bot import Bot
from botcore.config import BotSection
from botcore.forms.showing import CANT_OPEN
from botcore.store import Database, Store
from botcore.testing import FakeEngine
from botcore.testing.databases import make_database
from botcore_slack import SlackAdapter
from botcore_slack.modals import _values, view_of
from tests.adapters.slack.connected import socket_table
from tests.botcore.forms.ordering import ordering_plugin
from tests.botcore.running_bot import talking_plugin
from tests.fakes.slack import App, Fault, Person, Slack, Team, View


class OpenBot(Bot):
    """Lets everybody in who writes."""

    async def receive(self, event: Event) -> Accepted:
        assert not isinstance(event, ChatMoved)
        await self.access.desk.set_tenant("slack", event.key.tenant, allowed=True)
        return await super().receive(event)


@asynccontextmanager
async def at_work(folder: Path, slack: Slack, app: App, team: Team) -> AsyncIterator[Bot]:
    """A whole bot on the loopback Slack."""
    adapter = SlackAdapter(AdapterSetup(socket_table(slack, app, team), folder))
    place = folder / "botcore.db"
    make_database(place)
    store = Store(Database(place))
    bot = OpenBot(
        store=store,
        epoch=await store.take_over(),
        engine=FakeEngine("hello"),
        plugins=[talking_plugin(), ordering_plugin()],
        adapters=[adapter],
        settings_of=lambda plugin: None,
        rules=BotSection(answerer="talk", grace_seconds=0.0),
    )
    task = asyncio.create_task(bot.run())
    try:
        await slack.until(lambda: len(app.deliveries.sockets.open) == 1, "the socket is open")
        yield bot
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()


def filled(view: View, **values: Any) -> dict[str, Any]:
    """Return a modal's state as Slack writes it."""
    state: dict[str, Any] = {}
    for block in view.body["blocks"]:
        name, kind = block["block_id"], block["element"]["type"]
        value = values.get(name)
        found: dict[str, Any] = {"type": kind}
        if kind == "checkboxes":
            found["selected_options"] = [
                o for o in block["element"]["options"] if o["value"] in (value or ())
            ]
        elif kind == "static_select":
            found["selected_option"] = next(
                (o for o in block["element"]["options"] if o["value"] == value), None
            )
        elif kind == "datepicker":
            found["selected_date"] = value
        else:
            found["value"] = value
        state[name] = {block["element"]["action_id"]: found}
    return state


async def test_a_command_opens_a_modal_and_its_values_reach_the_handler(
    tmp_path: Path, slack: Slack, app: App, team: Team, ana: Person
) -> None:
    async with at_work(tmp_path, slack, app, team):
        await ana.command(app, "/botcore", "order").taken()
        [view] = ana.views()
        sent = ana.submit(view, filled(view, dish="salad", portions="3", extras=["bread"], day="2026-03-31"))
        await sent.taken()
        await slack.until_said(app, ana.channel(app), "ana: 3 salad with bread, 2026-03-31.")

    assert view.body["title"]["text"] == "Order lunch"
    assert [block["label"]["text"] for block in view.body["blocks"]] == [
        "What would you like?",
        "Portions",
        "Extras",
        "Day",
    ]
    assert view.body["blocks"][1]["element"]["initial_value"] == "1"
    assert not sent.answer
    assert not view.is_open


async def test_what_is_wrong_stands_beside_its_field_and_the_modal_stays(
    tmp_path: Path, slack: Slack, app: App, team: Team, ana: Person
) -> None:
    async with at_work(tmp_path, slack, app, team):
        await ana.command(app, "/botcore", "sold_out salad").taken()
        await slack.until_said(app, ana.channel(app), "No salad any more.")
        await ana.command(app, "/botcore", "order").taken()
        [view] = ana.views()
        wrong = ana.submit(view, filled(view, dish="soup", portions="12"))
        await wrong.taken()
        sold_out = ana.submit(view, filled(view, dish="salad", portions="2"))
        await sold_out.taken()

    assert wrong.answer == {
        "response_action": "errors",
        "errors": {"portions": "Please give a number of 9 at most."},
    }
    assert sold_out.answer["errors"] == {"dish": "Sorry ana, there is no salad left."}
    assert view.is_open


async def test_a_button_opens_its_form_and_one_opens_it_anew_when_it_was_too_late(
    tmp_path: Path, slack: Slack, app: App, team: Team, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(tmp_path, slack, app, team):
        await ana.command(app, "/botcore", "menu").taken()
        chat = ana.channel(app)
        await slack.until_said(app, chat, "Soup today.")
        [menu] = [message for message in slack.said_by(app, chat) if message.shown == "Soup today."]
        with monkeypatch.context() as too_late:
            too_late.setattr("botcore_slack.short_lived.TRIGGER_SECONDS", 0.0)
            await ana.press(menu, "I want soup").taken()
            await slack.until_said(app, chat, CANT_OPEN)
        [offer] = [message for message in slack.said_by(app, chat) if message.shown == CANT_OPEN]
        assert ana.views() == []
        await ana.press(offer, "Open the form").taken()
        [view] = ana.views()
        await ana.submit(view, filled(view, count="2")).taken()
        await slack.until_said(app, chat, "2 hot for ana.")
        await ana.press(menu, "I want soup").taken()
        again = ana.views()

    assert view.body["title"]["text"] == "Soup for ana"
    assert view.body["submit"]["text"] == "Order"
    assert len(again) == 1


async def test_a_slack_that_is_slow_to_open_it_undoes_nothing_that_is_committed(
    tmp_path: Path, slack: Slack, app: App, team: Team, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_slack.dispatching.ANSWER_SECONDS", 1.2)
    monkeypatch.setattr("botcore.forms.showing.OPEN_SECONDS", 1.3)
    slack.faults.add(Fault(seconds_before=5.0, cut_before=True), "views.open")
    async with at_work(tmp_path, slack, app, team):
        slow = ana.command(app, "/botcore", "order")
        await slow.taken()
        await slack.until_said(app, ana.channel(app), CANT_OPEN)
        [offer] = slack.said_by(app, ana.channel(app))
        await ana.press(offer, "Open the form").taken()
        await slack.until(lambda: len(ana.views()) == 1, "the form")

    assert not slow.answer


async def test_a_form_that_is_sent_twice_is_taken_once(
    tmp_path: Path, slack: Slack, app: App, team: Team, ana: Person
) -> None:
    async with at_work(tmp_path, slack, app, team):
        await ana.command(app, "/botcore", "order").taken()
        [view] = ana.views()
        state = filled(view, dish="soup", portions="1")
        await asyncio.gather(*(ana.submit(view, state).taken() for _ in range(3)))
        await slack.until_said(app, ana.channel(app), "ana: 1 soup with nothing, today.")
        await asyncio.sleep(0.2)
        said = [message.shown for message in slack.said_by(app, ana.channel(app))]

    assert said.count("ana: 1 soup with nothing, today.") == 1


TYPED = InboundEvent(
    ConversationKey("slack", "T1", "C1"), "1", "1", Author("U1", "Ana"), "/order", datetime.now(UTC)
)
FORMAL = (Choice("formal", "Formal"), Choice("friendly", "Friendly"))


@pytest.mark.parametrize(
    ("field", "element"),
    [
        (
            Field("a", kind=FieldKind.LONG_TEXT, default="x" * 3000),
            {"max_length": 3000, "initial_value": "x" * 3000},
        ),
        (Field("a", kind=FieldKind.DATE, default="31.03.2026"), {"initial_date": "2026-03-31"}),
        (
            Field("a", kind=FieldKind.CHOICES, choices=FORMAL, default=["Formal"]),
            {"initial_options": [{"text": {"type": "plain_text", "text": "Formal"}, "value": "formal"}]},
        ),
        (
            Field("a", kind=FieldKind.NUMBER, least=-1_234_567, most=1_234_567.5, default="1e6"),
            {"min_value": "-1234567", "max_value": "1234567.5", "initial_value": "1000000"},
        ),
    ],
)
def test_whatever_a_form_allows_is_what_slack_takes(field: Field, element: dict[str, Any]) -> None:
    [block] = view_of(OpenForm("F1", Form("A form", (field,))), TYPED)["blocks"]

    assert block["element"] | element == block["element"]


def test_one_choice_that_is_called_yes_is_a_choice_and_a_box_is_a_yes() -> None:
    fields = (
        Field("extras", kind=FieldKind.CHOICES, choices=(Choice("yes"),)),
        Field("sure", kind=FieldKind.YES_NO),
    )
    view = view_of(OpenForm("F1", Form("A form", fields)), TYPED)
    chosen = {"type": "checkboxes", "selected_options": [{"value": "yes"}]}
    state = {block["block_id"]: {block["element"]["action_id"]: chosen} for block in view["blocks"]}

    assert dict(_values(view | {"state": {"values": state}})) == {"extras": ["yes"], "sure": True}
