"""How the loopback Slack brings events by sockets, judged by slack_sdk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import App, Channel, Person, Slack


class Listener:
    """An app that notes what it hears, and acknowledges it or not."""

    def __init__(self, slack: Slack, app: App) -> None:
        self.client = SocketModeClient(
            app.app_token, web_client=AsyncWebClient(base_url=slack.base_url), ping_interval=0.2
        )
        self.client.socket_mode_request_listeners.append(self._hear)
        self.heard: list[SocketModeRequest] = []
        self.silent = 0  # so many are not acknowledged
        self.answer: dict[str, Any] | None = None

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        if self.silent:
            self.silent -= 1
            return
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.answer))

    async def open(self) -> None:
        await self.client.connect()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        await self.client.close()  # type: ignore[no-untyped-call]

    @property
    def texts(self) -> list[str]:
        return [str(request.payload["event"].get("text")) for request in self.heard]


@pytest.fixture
async def listener(slack: Slack, app: App) -> AsyncIterator[Listener]:
    app.deliveries.ack_seconds, app.deliveries.pauses = 0.1, (0.0, 0.05, 0.05)
    listener = Listener(slack, app)
    await listener.open()
    yield listener
    await listener.close()


async def test_events_come_and_are_acknowledged(
    slack: Slack, app: App, ana: Person, general: Channel, listener: Listener
) -> None:
    asked = ana.write("hello", general)
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement")

    [request] = listener.heard
    event = request.payload["event"]
    assert (request.type, request.retry_attempt) == ("events_api", 0)
    assert (event["type"], event["user"], event["ts"]) == ("message", ana.id, asked.ts)
    assert request.payload["authorizations"][0]["team_id"] == ana.team.id


async def test_a_mention_comes_twice_as_two_events(
    slack: Slack, app: App, ana: Person, general: Channel, listener: Listener
) -> None:
    ana.write(f"{app.mention(ana.team)} hello", general)
    await slack.until(lambda: len(listener.heard) == 2, "two events")

    message, mention = (request.payload for request in listener.heard)
    assert (message["event"]["type"], mention["event"]["type"]) == ("message", "app_mention")
    assert message["event"]["ts"] == mention["event"]["ts"]
    assert message["event_id"] != mention["event_id"]


async def test_what_is_not_acknowledged_comes_again_and_then_no_more(
    slack: Slack, app: App, ana: Person, general: Channel, listener: Listener
) -> None:
    listener.silent = 4
    ana.write("hello", general)
    await slack.until(lambda: app.deliveries.all[0].given_up, "an end of the repetitions")

    assert [request.retry_attempt for request in listener.heard] == [0, 1, 2, 3]
    assert {request.retry_reason for request in listener.heard[1:]} == {"timeout"}
    assert len({request.envelope_id for request in listener.heard}) == 4
    assert len({request.payload["event_id"] for request in listener.heard}) == 1


async def test_one_socket_gets_each_event(
    slack: Slack, app: App, ana: Person, general: Channel, listener: Listener
) -> None:
    other = Listener(slack, app)
    await other.open()
    for number in range(4):
        ana.write(f"m{number}", general)
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement of all")
    await other.close()

    assert sorted(listener.texts + other.texts) == ["m0", "m1", "m2", "m3"]
    assert listener.heard and other.heard


async def test_a_refresh_brings_the_app_to_a_new_socket_and_loses_nothing(
    slack: Slack, app: App, ana: Person, general: Channel, listener: Listener
) -> None:
    refreshing = asyncio.create_task(app.deliveries.sockets.refresh())
    for number in range(5):
        ana.write(f"m{number}", general)
        await asyncio.sleep(0.02)
    await refreshing
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement of all")

    assert set(listener.texts) == {"m0", "m1", "m2", "m3", "m4"}
    assert app.deliveries.sockets.opened >= 2


async def test_what_was_on_a_broken_socket_comes_on_the_next(
    slack: Slack, app: App, ana: Person, general: Channel, listener: Listener
) -> None:
    app.deliveries.ack_seconds = 5.0
    listener.silent = 1
    ana.write("hello", general)
    await slack.until(lambda: len(listener.heard) == 1, "the event")
    app.deliveries.sockets.open[0].abort()

    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement", 10)
    assert listener.texts == ["hello", "hello"]


async def test_a_half_open_socket_answers_no_pings(slack: Slack, app: App, listener: Listener) -> None:
    app.deliveries.sockets.open[0].freeze()

    await slack.until(lambda: app.deliveries.sockets.opened == 2, "another socket", 20)


async def test_commands_are_answered_with_the_acknowledgement_and_never_repeated(
    slack: Slack, app: App, ana: Person, general: Channel, listener: Listener
) -> None:
    listener.answer = {"text": "one moment"}
    typed = ana.command(app, "/summarize", "today", general)
    await typed.taken()
    assert [message.shown for message in ana.sees(general)] == ["one moment"]
    assert slack.said_by(app, general) == []

    listener.silent = 1
    lost = ana.command(app, "/summarize", "", general)
    await lost.done.wait()
    assert (lost.given_up, lost.reason) == (True, "operation_timeout")
    assert len(listener.heard) == 2


async def test_edits_deletions_and_own_messages_are_told(
    slack: Slack, app: App, ana: Person, general: Channel, listener: Listener, client: AsyncWebClient
) -> None:
    asked = ana.write("hello", general)
    ana.edit(asked, "hello!")
    ana.delete(asked)
    await client.chat_postMessage(channel=general.id, text="hm")
    await slack.until(lambda: len(listener.heard) == 4, "four events")

    events = [request.payload["event"] for request in listener.heard]
    assert [event.get("subtype") for event in events] == [None, "message_changed", "message_deleted", None]
    assert events[1]["message"]["text"] == "hello!"
    assert events[2]["deleted_ts"] == asked.ts
    assert events[3]["bot_id"] == app.bot_user(ana.team).bot_id


async def test_what_is_held_may_come_in_another_order_and_twice(
    slack: Slack, app: App, ana: Person, general: Channel, listener: Listener
) -> None:
    app.deliveries.hold()
    ana.write("one", general)
    ana.write("two", general)
    app.deliveries.swap()
    app.deliveries.release()
    app.deliveries.again(app.deliveries.all[0], new_event_id=True)
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement of all")

    assert listener.texts == ["two", "one", "one"]
    assert len({request.payload["event_id"] for request in listener.heard}) == 3
