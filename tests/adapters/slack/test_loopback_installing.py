"""How apps get into workspaces and out of them on the loopback Slack, and files, judged by slack_sdk."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack.answered import body
from tests.fakes.slack import App, Channel, Fault, Person, Slack, Team

# slack_sdk's own, of aiohttp's.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")
HERE = "http://127.0.0.1:9/slack/oauth_redirect"


def code_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["code"][0]


class TestInstalling:
    async def test_a_code_is_exchanged_once(self, slack: Slack, app: App) -> None:
        other = slack.team("Other")
        eve = slack.person("Eve", other)
        client = AsyncWebClient(base_url=slack.base_url)
        address = eve.allow(app.client_id, "chat:write,commands", "s1", HERE)
        assert parse_qs(urlsplit(address).query)["state"] == ["s1"]
        exchange: dict[str, Any] = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "code": code_of(address),
            "redirect_uri": HERE,
        }

        given = body(await client.oauth_v2_access(**exchange))

        assert (given["team"]["id"], given["scope"]) == (other.id, "chat:write,commands")
        me = await AsyncWebClient(given["access_token"], base_url=slack.base_url).auth_test()
        assert me["team_id"] == other.id
        with pytest.raises(SlackApiError, match="code_already_used"):
            await client.oauth_v2_access(**exchange)
        wrong = exchange | {"client_secret": "x"}
        with pytest.raises(SlackApiError, match="bad_client_secret"):
            await client.oauth_v2_access(**wrong)

    async def test_a_whole_grid_has_one_token(self, slack: Slack) -> None:
        grid = slack.enterprise()
        first, second = slack.team("First", grid), slack.team("Second", grid)
        app, eve = slack.app(), slack.person("Eve", first)
        code = code_of(eve.allow(app.client_id, "channels:history", "s", HERE, grid=True))
        given = body(
            await AsyncWebClient(base_url=slack.base_url).oauth_v2_access(
                client_id=app.client_id, client_secret=app.client_secret, code=code, redirect_uri=HERE
            )
        )

        assert (given["is_enterprise_install"], given["enterprise"]["id"]) == (True, grid.id)
        assert app.bot_token(first) == app.bot_token(second) == given["access_token"]
        fay = slack.person("Fay", second)
        fay.write("hello", slack.channel("room", fay, app))
        [told] = app.deliveries.all
        assert told.payload["authorizations"][0]["is_enterprise_install"] is True
        assert (told.payload["team_id"], told.payload["enterprise_id"]) == (second.id, grid.id)

    async def test_who_takes_it_out_ends_its_token(
        self, app: App, ana: Person, client: AsyncWebClient
    ) -> None:
        ana.uninstall(app)

        kinds = [delivery.payload["event"]["type"] for delivery in app.deliveries.all]
        assert kinds == ["tokens_revoked", "app_uninstalled"]
        with pytest.raises(SlackApiError, match="account_inactive"):
            await client.auth_test()

    async def test_a_shared_channel_tells_of_strangers(
        self, slack: Slack, app: App, ana: Person, general: Channel, client: AsyncWebClient
    ) -> None:
        other = slack.team("Other")
        eve = slack.person("Eve", other)
        slack.connect(general, other)
        eve.join(general)
        eve.write("hello", general)

        payload = app.deliveries.all[-1].payload
        assert (payload["team_id"], payload["authorizations"][0]["team_id"]) == (other.id, ana.team.id)
        assert payload["is_ext_shared_channel"] is True
        assert payload["event"]["user_team"] == other.id
        assert body(await client.users_info(user=eve.id))["user"]["is_stranger"] is True


class TestFiles:
    async def test_files_are_uploaded_and_read(
        self, slack: Slack, app: App, ana: Person, general: Channel, client: AsyncWebClient
    ) -> None:
        asked = ana.write("look", general, files=[ana.upload("notes.txt", b"some notes")])
        known = body(await client.files_info(file=asked.files[0].id))["file"]
        headers = {"Authorization": f"Bearer {client.token}"}
        async with aiohttp.ClientSession() as session:
            async with session.get(known["url_private"], headers=headers) as answer:
                assert await answer.read() == b"some notes"
            async with session.get(known["url_private"]) as answer:
                assert "Sign in" in await answer.text()

        await client.files_upload_v2(
            channel=general.id, thread_ts=asked.ts, filename="long.py", content="print()", title="The code"
        )

        [shown] = slack.answers_to(app, asked)
        assert [(file.name, file.content) for file in shown.files] == [("long.py", b"print()")]
        shares = body(await client.files_info(file=shown.files[0].id))["file"]["shares"]
        assert shares["public"][general.id][0]["ts"] == shown.ts


class TestTrouble:
    async def test_who_writes_too_fast_is_told_how_long_to_wait(
        self, slack: Slack, general: Channel, client: AsyncWebClient
    ) -> None:
        slack.pace.interval = 2.0
        await client.chat_postMessage(channel=general.id, text="one")
        with pytest.raises(SlackApiError) as error:
            await client.chat_postMessage(channel=general.id, text="two")

        assert error.value.response["error"] == "ratelimited"
        assert error.value.response.headers["Retry-After"] == "2"
        assert [call.code for call in slack.calls_of("chat.postMessage")] == [200, 429]

    @pytest.mark.parametrize(
        ("fault", "messages"),
        [
            (Fault(code=503), 0),
            (Fault(cut_before=True), 0),
            (Fault(cut_after=True), 1),
            (Fault(half_open=True), 1),
            (Fault(code=429, retry_after=9), 0),
        ],
    )
    async def test_a_fault_meets_one_call(
        self, slack: Slack, app: App, team: Team, general: Channel, fault: Fault, messages: int
    ) -> None:
        client = AsyncWebClient(app.bot_token(team), base_url=slack.base_url, timeout=1, retry_handlers=[])
        slack.faults.add(fault)
        with pytest.raises((SlackApiError, aiohttp.ClientError, TimeoutError)):
            await client.chat_postMessage(channel=general.id, text="hello")
        assert len(slack.said_by(app, general)) == messages

        await client.chat_postMessage(channel=general.id, text="hello")
        assert len(slack.said_by(app, general)) == messages + 1
