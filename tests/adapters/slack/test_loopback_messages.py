"""What the loopback Slack makes of messages, judged by slack_sdk."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack.answered import body
from tests.fakes.clock import Clock
from tests.fakes.slack import App, Channel, Person, Slack, Team


def section(text: str, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": "section", "text": {"type": kind, "text": text}}


async def refused(call: Any) -> str:
    """Return the error that a call gives."""
    with pytest.raises(SlackApiError) as error:
        await call
    return str(error.value.response["error"])


async def test_an_app_knows_itself(app: App, team: Team, client: AsyncWebClient) -> None:
    me = await client.auth_test()

    assert (me["team_id"], me["user_id"]) == (team.id, app.bot_user(team).id)
    assert "chat:write" in me.headers["x-oauth-scopes"]


@pytest.mark.parametrize(("token", "error"), [("xoxb-unknown", "invalid_auth"), ("", "not_authed")])
async def test_a_wrong_token_is_refused(slack: Slack, token: str, error: str) -> None:
    assert await refused(AsyncWebClient(token, base_url=slack.base_url).auth_test()) == error


class TestMessages:
    async def test_a_reader_sees_every_look_of_a_message(
        self, slack: Slack, app: App, client: AsyncWebClient, ana: Person, general: Channel
    ) -> None:
        asked = ana.write("hello", general)
        sent = body(await client.chat_postMessage(channel=general.id, text="good", thread_ts=asked.ts))
        await client.chat_update(channel=general.id, ts=sent["ts"], text="good &amp; day")

        [shown] = slack.answers_to(app, asked)
        assert [version.shown for version in shown.versions] == ["good", "good & day"]

        await client.chat_delete(channel=general.id, ts=sent["ts"])
        assert slack.answers_to(app, asked) == []

    async def test_limits_are_slacks(self, slack: Slack, client: AsyncWebClient, general: Channel) -> None:
        async def post(**content: Any) -> str:
            return await refused(client.chat_postMessage(channel=general.id, **content))

        nothing = client.api_call("chat.postMessage", json={"channel": general.id})
        assert await refused(nothing) == "no_text"
        assert await post(blocks=[section("x" * 3001)], text="x") == "invalid_blocks"
        assert await post(blocks=[section("x")] * 51, text="x") == "invalid_blocks"
        assert await post(markdown_text="x" * 12_001) == "msg_too_long"
        assert await post(blocks=[section("x" * 2900)] * 5, text="x") == "msg_blocks_too_long"
        sent = body(await client.chat_postMessage(channel=general.id, text="x" * 40_001))
        assert len(general.messages[str(sent["ts"])].text) == 40_000
        long = client.chat_update(channel=general.id, ts=str(sent["ts"]), text="x" * 4001)
        assert await refused(long) == "msg_too_long"

    async def test_only_places_that_are_open_to_it_take_its_messages(
        self, slack: Slack, client: AsyncWebClient, ana: Person, general: Channel
    ) -> None:
        elsewhere, secret = slack.channel("elsewhere", ana), slack.channel("secret", ana, kind="group")
        general.is_archived = True

        errors = [
            await refused(client.chat_postMessage(channel=place, text="hi"))
            for place in (elsewhere.id, secret.id, "C0NOWHERE", general.id)
        ]

        assert errors == ["not_in_channel", "channel_not_found", "channel_not_found", "is_archived"]

    async def test_only_own_messages_that_are_there_can_be_changed(
        self, client: AsyncWebClient, ana: Person, general: Channel, team: Team, clock: Clock
    ) -> None:
        asked = ana.write("hello", general)
        mine = str(body(await client.chat_postMessage(channel=general.id, text="mine"))["ts"])

        async def edit(ts: str) -> str:
            return await refused(client.chat_update(channel=general.id, ts=ts, text="new"))

        assert await edit(asked.ts) == "cant_update_message"
        assert await edit("1.000001") == "message_not_found"
        team.edit_window = 60
        clock.now += 61
        assert await edit(mine) == "edit_window_closed"

    async def test_metadata_comes_back_when_it_is_asked_for(
        self, client: AsyncWebClient, general: Channel
    ) -> None:
        metadata = {"event_type": "answer", "event_payload": {"part": "p1"}}
        await client.chat_postMessage(channel=general.id, text="hi", metadata=metadata)

        without = body(await client.conversations_history(channel=general.id))
        with_it = body(await client.conversations_history(channel=general.id, include_all_metadata=True))

        assert "metadata" not in without["messages"][0]
        assert with_it["messages"][0]["metadata"] == metadata

    async def test_who_is_called_is_seen(
        self, slack: Slack, client: AsyncWebClient, ana: Person, general: Channel
    ) -> None:
        await client.chat_postMessage(channel=general.id, text="&lt;!here&gt; @channel `@ana`")
        assert slack.mentioned() == []

        await client.chat_postMessage(channel=general.id, text=f"<@{ana.id}> <!channel>")
        await client.chat_postMessage(channel=general.id, text="@ana", link_names=True)
        await client.chat_postMessage(channel=general.id, text="x", blocks=[section("@here")])

        assert slack.mentioned() == [f"@{ana.id}", "!channel", "@ana", "!here"]

    async def test_an_ephemeral_message_is_seen_by_one_and_found_by_none(
        self, slack: Slack, app: App, client: AsyncWebClient, ana: Person, general: Channel
    ) -> None:
        ben = slack.person("Ben")
        sent = body(await client.chat_postEphemeral(channel=general.id, user=ana.id, text="psst"))

        assert [message.shown for message in ana.sees(general)] == ["psst"]
        assert slack.said_by(app, general) == []
        assert body(await client.conversations_history(channel=general.id))["messages"] == []
        ts = str(sent["message_ts"])
        assert await refused(client.chat_update(channel=general.id, ts=ts, text="x")) == "message_not_found"
        stranger = client.chat_postEphemeral(channel=general.id, user=ben.id, text="psst")
        assert await refused(stranger) == "user_not_in_channel"

    async def test_a_permalink_leads_into_the_thread(
        self, client: AsyncWebClient, ana: Person, general: Channel
    ) -> None:
        asked = ana.write("hello", general)
        sent = body(await client.chat_postMessage(channel=general.id, text="hi", thread_ts=asked.ts))
        link = body(await client.chat_getPermalink(channel=general.id, message_ts=str(sent["ts"])))

        page = f"p{str(sent['ts']).replace('.', '')}?thread_ts={asked.ts}&cid={general.id}"
        assert str(link["permalink"]).endswith(f"/archives/{general.id}/{page}")


class TestStreams:
    async def test_a_stream_grows_and_ends(
        self, slack: Slack, app: App, client: AsyncWebClient, ana: Person, general: Channel
    ) -> None:
        asked = ana.write("hello", general)
        stream = await client.chat_stream(
            channel=general.id, thread_ts=asked.ts, recipient_team_id=ana.team.id, recipient_user_id=ana.id
        )
        await stream.append(markdown_text="**old")
        await stream.append(markdown_text=" pond**" + " " * 256)
        await stream.stop(markdown_text="splash")

        [message] = slack.answers_to(app, asked)
        assert message.shown.split() == ["**old", "pond**", "splash"]
        assert message.stream_began is None

    async def test_it_needs_a_thread_and_in_channels_a_reader(
        self, client: AsyncWebClient, ana: Person, general: Channel, app: App
    ) -> None:
        asked, direct = ana.write("hello", general), ana.write("hello", app)
        start = client.chat_startStream

        assert await refused(start(channel=general.id, thread_ts="")) == "invalid_arguments"
        assert await refused(start(channel=general.id, thread_ts=asked.ts)) == "missing_recipient_user_id"
        here = start(channel=general.id, thread_ts=asked.ts, recipient_user_id=ana.id)
        assert await refused(here) == "missing_recipient_team_id"
        assert (await start(channel=direct.channel.id, thread_ts=direct.ts))["ok"]

    async def test_it_dies_after_five_minutes_and_can_then_be_updated(
        self, slack: Slack, app: App, client: AsyncWebClient, ana: Person, clock: Clock
    ) -> None:
        asked = ana.write("hello", app)
        place = asked.channel.id
        ts = str(
            body(await client.chat_startStream(channel=place, thread_ts=asked.ts, markdown_text="a"))["ts"]
        )
        assert await refused(client.chat_update(channel=place, ts=ts, text="b")) == "streaming_state_conflict"
        assert await refused(client.chat_delete(channel=place, ts=ts)) == "cant_delete_message"
        clock.now += 301
        late = client.chat_appendStream(channel=place, ts=ts, markdown_text="b")
        assert await refused(late) == "message_not_in_streaming_state"
        stop = client.chat_stopStream(channel=place, ts=ts)
        assert await refused(stop) == "message_not_in_streaming_state"

        await client.chat_update(channel=place, ts=ts, markdown_text="whole")

        assert [message.shown for message in slack.answers_to(app, asked)] == ["whole"]


class TestHistory:
    async def test_pages_are_followed_to_their_end(
        self, client: AsyncWebClient, ana: Person, general: Channel
    ) -> None:
        asked = [ana.write(f"m{number}", general) for number in range(5)]
        ana.write("in the thread", general, thread=asked[0])
        texts: list[str] = []
        async for page in await client.conversations_history(channel=general.id, limit=2):
            texts += [message["text"] for message in body(page)["messages"]]

        assert texts == ["m4", "m3", "m2", "m1", "m0"]
        since = body(await client.conversations_history(channel=general.id, oldest=asked[3].ts))
        assert [message["text"] for message in since["messages"]] == ["m4"]

    async def test_the_first_of_a_thread_leads_every_page(
        self, client: AsyncWebClient, ana: Person, general: Channel
    ) -> None:
        root = ana.write("root", general)
        for number in range(3):
            ana.write(f"r{number}", general, thread=root)
        first = body(await client.conversations_replies(channel=general.id, ts=root.ts, limit=3))
        cursor = str(first["response_metadata"]["next_cursor"])
        second = body(
            await client.conversations_replies(channel=general.id, ts=root.ts, limit=3, cursor=cursor)
        )

        assert [message["text"] for message in first["messages"]] == ["root", "r0", "r1"]
        assert [message["text"] for message in second["messages"]] == ["root", "r2"]
        assert first["messages"][0]["reply_count"] == 3
        gone = client.conversations_replies(channel=general.id, ts="1.000001")
        assert await refused(gone) == "thread_not_found"

    async def test_a_commercial_app_gets_fifteen_a_minute(
        self, app: App, client: AsyncWebClient, ana: Person, general: Channel, clock: Clock
    ) -> None:
        app.commercial = True
        for number in range(20):
            ana.write(f"m{number}", general)

        page = body(await client.conversations_history(channel=general.id, limit=100))
        assert len(page["messages"]) == 15
        with pytest.raises(SlackApiError) as error:
            await client.conversations_history(channel=general.id)
        assert error.value.response.status_code == 429
        assert error.value.response.headers["Retry-After"] == "60"
        clock.now += 60
        assert body(await client.conversations_history(channel=general.id))["ok"]

    async def test_who_is_in_a_channel_is_told_page_by_page(
        self, slack: Slack, app: App, client: AsyncWebClient, ana: Person, team: Team
    ) -> None:
        people = [slack.person(f"P{number}") for number in range(4)]
        room = slack.channel("room", ana, *people, app, kind="group")
        found: list[str] = []
        async for page in await client.conversations_members(channel=room.id, limit=2):
            found += body(page)["members"]

        assert set(found) == {ana.id, app.bot_user(team).id, *(person.id for person in people)}
        hidden = slack.channel("hidden", ana, kind="group")
        assert await refused(client.conversations_members(channel=hidden.id)) == "channel_not_found"

    async def test_a_missing_scope_is_named(
        self, slack: Slack, app: App, team: Team, client: AsyncWebClient, general: Channel
    ) -> None:
        app.installed_in(team).scopes -= {"channels:history"}
        with pytest.raises(SlackApiError) as error:
            await client.conversations_history(channel=general.id)
        assert error.value.response["needed"] == "channels:history"
