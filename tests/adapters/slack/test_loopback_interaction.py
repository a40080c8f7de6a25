"""Buttons, modals and answers by response_url on the loopback Slack, judged by slack-bolt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack.bolt_app import bolt_app
from tests.fakes.clock import Clock
from tests.fakes.slack import App, Channel, Person, Slack, Team

FIELD = {
    "type": "input",
    "block_id": "name",
    "label": {"type": "plain_text", "text": "Name"},
    "element": {"type": "plain_text_input", "action_id": "name"},
}


def modal(title: str = "A form") -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [FIELD],
    }


def button(label: str, value: str = "1") -> list[dict[str, Any]]:
    element = {
        "type": "button",
        "action_id": "go",
        "value": value,
        "text": {"type": "plain_text", "text": label},
    }
    return [{"type": "actions", "elements": [element]}]


@pytest.fixture
async def bolt(slack: Slack, app: App, team: Team) -> AsyncIterator[AsyncApp]:
    bolt = bolt_app(slack, app, team)
    handler = AsyncSocketModeHandler(bolt, app.app_token, web_client=AsyncWebClient(base_url=slack.base_url))
    await handler.connect_async()  # type: ignore[no-untyped-call]
    yield bolt
    await handler.close_async()  # type: ignore[no-untyped-call]


async def test_a_press_brings_what_the_button_stands_for(
    slack: Slack, app: App, bolt: AsyncApp, ana: Person, general: Channel, client: AsyncWebClient
) -> None:
    @bolt.action("go")
    async def go(ack: AsyncAck, action: dict[str, str], respond: AsyncRespond) -> None:
        await ack()
        await respond(f"you chose {action['value']}", replace_original=True)

    await client.chat_postMessage(channel=general.id, text="Shall I?", blocks=button("Yes", "y1"))
    [message] = slack.said_by(app, general)
    assert message.labels == ["Yes"]
    await ana.press(message, "Yes").taken()

    await slack.until(lambda: message.text == "you chose y1", "its new text")


async def test_a_response_url_works_five_times_for_half_an_hour(
    slack: Slack, app: App, bolt: AsyncApp, ana: Person, general: Channel, clock: Clock
) -> None:
    responds: list[AsyncRespond] = []

    @bolt.command("/say")
    async def say(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        responds.append(respond)

    for _ in range(2):
        await ana.command(app, "/say", "", general).taken()
    await slack.until(lambda: len(responds) == 2, "two commands")

    statuses = [(await responds[0](f"n{number}")).status_code for number in range(6)]
    assert statuses == [200] * 5 + [404]
    assert len(ana.sees(general)) == 5
    clock.now += 1801
    assert (await responds[1]("late")).body == '{"ok": false, "error": "expired_url"}'


async def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: Slack, app: App, ana: Person, client: AsyncWebClient, clock: Clock, bolt: AsyncApp
) -> None:
    def trigger() -> str:
        return str(ana.command(app, "/form").payload["trigger_id"])

    async def open_by(trigger_id: str) -> str:
        try:
            await client.views_open(trigger_id=trigger_id, view=modal())
        except SlackApiError as error:
            return str(error.response["error"])
        return "ok"

    once, late = trigger(), trigger()
    assert [await open_by(once), await open_by(once)] == ["ok", "exchanged_trigger_id"]
    clock.now += 3.1
    assert [await open_by(late), await open_by("x")] == ["expired_trigger_id", "invalid_trigger_id"]
    assert len(ana.views()) == 1


async def test_a_submission_is_refused_then_taken(
    slack: Slack, app: App, ana: Person, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    @bolt.view("form")
    async def take(ack: AsyncAck, view: dict[str, Any]) -> None:
        name = view["state"]["values"]["name"]["name"]["value"]
        if not name:
            await ack(response_action="errors", errors={"name": "Please fill this in."})
        else:
            await ack()

    trigger = str(ana.command(app, "/form").payload["trigger_id"])
    await client.views_open(trigger_id=trigger, view=modal())
    [view] = ana.views()

    def typed(text: str) -> dict[str, Any]:
        return {"name": {"name": {"type": "plain_text_input", "value": text}}}

    answer = await ana.submit(view, typed("")).taken()
    assert (answer["errors"], view.is_open) == ({"name": "Please fill this in."}, True)
    await ana.submit(view, typed("Ana")).taken()
    assert ana.views() == []


async def test_a_modal_that_slack_would_not_take_is_refused(
    app: App, ana: Person, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    trigger = str(ana.command(app, "/form").payload["trigger_id"])
    for wrong in (
        modal("x" * 25),
        {**modal(), "submit": None},
        {**modal(), "private_metadata": "x" * 3001},
        {**modal(), "type": "home"},
    ):
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            await client.views_open(trigger_id=trigger, view=wrong)

    assert (await client.views_open(trigger_id=trigger, view=modal()))["ok"]


async def test_a_home_is_published_and_seen(
    slack: Slack, app: App, ana: Person, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    @bolt.event("app_home_opened")
    async def show(event: dict[str, Any]) -> None:
        text = {"type": "mrkdwn", "text": "Welcome"}
        view = {"type": "home", "blocks": [{"type": "section", "text": text}]}
        await client.views_publish(user_id=event["user"], view=view)

    ana.open_home(app)

    await slack.until(lambda: (app.id, ana.id) in slack.homes, "a home")
    assert slack.homes[app.id, ana.id].body["blocks"][0]["text"]["text"] == "Welcome"


async def test_the_assistants_pane_has_prompts_and_a_status(
    slack: Slack, app: App, ana: Person, client: AsyncWebClient
) -> None:
    root = ana.open_assistant(app)
    place: dict[str, Any] = {"channel_id": root.channel.id, "thread_ts": root.ts}
    await client.assistant_threads_setSuggestedPrompts(**place, prompts=[{"title": "a", "message": "b"}])
    await client.assistant_threads_setStatus(**place, status="is thinking")
    assert slack.statuses == {(root.channel.id, root.ts): "is thinking"}

    asked = ana.write("b", app, thread=root)
    await client.chat_postMessage(channel=root.channel.id, thread_ts=root.ts, text="hm")

    assert slack.statuses == {}
    assert [message.shown for message in slack.answers_to(app, asked)] == ["hm"]
