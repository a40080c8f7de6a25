"""What Slack calls with is answered when it is committed, and only Slack is listened to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier

from botcore_slack import dispatching
from botcore_slack.connection import Clients
from botcore_slack.envelopes import place_of
from botcore_slack.failing import SORRY, Apology
from botcore_slack.settings import SlackSettings
from tests.adapters.slack.connected import Commits, called
from tests.fakes.slack import App, Channel, Person, Slack, Team


@pytest.fixture
def clock() -> Callable[[], float]:
    return time.time


@pytest.fixture
def commits(app: App) -> Commits:
    app.deliveries.pauses = (0.05,) * 50
    return Commits()


async def test_a_call_is_answered_when_it_is_committed(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    commits.slow["hello"] = asyncio.Event()
    async with called(slack, app, team, commits):
        ana.write("hello", app)
        await slack.until(lambda: commits.tried == 1, "the event is being committed")
        [delivery] = app.deliveries.all
        assert not delivery.acked
        commits.slow["hello"].set()
        await delivery.taken()

    assert commits.texts == ["hello"]


async def test_a_command_follows_what_was_said_before_and_waits_for_it_no_longer_than_it_can(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, commits: Commits
) -> None:
    commits.slow["first"] = asyncio.Event()
    async with called(slack, app, team, commits):
        ana.write("first", general)
        await slack.until(lambda: commits.tried == 1, "a message is being committed")
        command = ana.command(app, "/botcore", "second", general)
        await asyncio.sleep(0.05)
        assert commits.texts == []
        assert await command.taken() is None
        assert commits.texts == ["second"]
        commits.slow["first"].set()
        await app.deliveries.all[0].taken()

    assert commits.texts == ["second", "first"]


async def test_only_what_is_about_the_same_channel_of_the_same_workspace_waits_for_each_other() -> None:
    message = {"type": "event_callback", "team_id": "T1", "event": {"type": "message", "channel": "C1"}}
    press = {"type": "block_actions", "team": {"id": "T1"}, "channel": {"id": "C1"}}
    form = {"type": "view_submission", "team": {"id": "T1"}, "view": {}}

    assert place_of(message) == place_of(press) == ("T1", "C1")
    assert place_of({**message, "team_id": "T2"}) == ("T2", "C1")
    assert place_of(form) is None

    lines = dispatching.Lines()
    async with asyncio.timeout(1.0), lines.of(None, None), lines.of(None, None):
        pass


async def test_a_call_whose_commit_failed_is_refused_and_comes_again(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    commits.fails = True
    async with called(slack, app, team, commits):
        ana.write("hello", app)
        await slack.until(lambda: len(app.deliveries.attempts) == 1, "Slack was refused")
        commits.fails = False
        await app.deliveries.all[0].taken()

    statuses = [status for _, status in app.deliveries.attempts]
    assert statuses == [*[503] * (len(statuses) - 1), 200]
    assert commits.texts == ["hello"]


async def test_a_repetition_alone_is_as_good_as_the_original(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    app.deliveries.lose_originals = True
    async with called(slack, app, team, commits):
        ana.write("hello", app)
        delivery = app.deliveries.all[0]
        await delivery.taken()
        await app.deliveries.again(delivery, new_event_id=True).taken()

    assert commits.texts == ["hello"]


async def test_slack_is_answered_its_challenge(slack: Slack, app: App, team: Team, commits: Commits) -> None:
    async with called(slack, app, team, commits):
        told = await post(app, b'{"type": "url_verification", "challenge": "c1"}')

    assert told == (200, {"challenge": "c1"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": ""},
    ],
)
async def test_a_forged_call_is_refused(
    slack: Slack, app: App, team: Team, commits: Commits, wrong: Mapping[str, str]
) -> None:
    async with called(slack, app, team, commits):
        told = await post(app, EVENT, headers=wrong)

    assert told == (401, {"error": "invalid request"})
    assert commits.tried == 0


@pytest.mark.parametrize("seconds", [-301, 301, -3 * 86400, 3 * 86400])
async def test_an_old_call_is_refused(
    slack: Slack, app: App, team: Team, commits: Commits, seconds: int
) -> None:
    async with called(slack, app, team, commits):
        told = await post(app, EVENT, at=time.time() + seconds)

    assert told == (401, {"error": "invalid request"})
    assert commits.tried == 0


@pytest.mark.parametrize(("body", "status"), [(b"\xff\xfe", 401), (b"{", 400), (b"payload=%7B", 400)])
async def test_what_is_no_message_of_slacks_is_refused(
    slack: Slack, app: App, team: Team, commits: Commits, body: bytes, status: int
) -> None:
    async with called(slack, app, team, commits):
        assert (await post(app, body))[0] == status


class TestNothingIsRepeated:
    """Commands, buttons and forms come once: when they can't be committed, people are told so."""

    async def test_who_typed_a_command_is_told(
        self, slack: Slack, app: App, team: Team, ana: Person, general: Channel, commits: Commits
    ) -> None:
        commits.fails = True
        async with called(slack, app, team, commits):
            answer = await ana.command(app, "/summarize", "50", general).taken()

        assert (answer["response_type"], answer["text"]) == ("ephemeral", SORRY)

    async def test_who_waits_too_long_is_told_and_nothing_happens_later(
        self,
        slack: Slack,
        app: App,
        team: Team,
        ana: Person,
        general: Channel,
        commits: Commits,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(dispatching, "ANSWER_SECONDS", 0.2)
        text = "/summarize 50"
        commits.slow[text] = commits.slow["50"] = asyncio.Event()
        async with called(slack, app, team, commits) as adapter:
            adapter.show_commands({"summarize": "Summarize."})
            answer = await ana.command(app, "/summarize", "50", general).taken()
            commits.slow[text].set()
            await asyncio.sleep(0.01)

        assert answer["text"] == SORRY
        assert commits.events == []

    async def test_who_chose_a_shortcut_is_told(
        self, slack: Slack, app: App, team: Team, ana: Person, general: Channel, commits: Commits
    ) -> None:
        asked = ana.write("a long story", general)
        commits.fails = True
        async with called(slack, app, team, commits) as adapter:
            adapter.show_commands({"summarize": "Summarize."})
            await ana.shortcut(app, "summarize", asked).taken()

        [_, told] = ana.sees(general)
        assert (told.shown, told.only_for) == (SORRY, ana.user)

    async def test_who_sent_a_form_is_told_in_the_form(self, slack: Slack) -> None:
        clients = Clients(SlackSettings(token=SecretStr("xoxb-1"), app_token=SecretStr("xapp-1")))
        answer = await Apology(clients).make(
            {
                "type": "view_submission",
                "view": {
                    "blocks": [{"type": "section", "block_id": "a"}, {"type": "input", "block_id": "b"}]
                },
            }
        )
        unreachable = await Apology(clients).make({"type": "shortcut", "trigger_id": "1"})

        assert answer == {"response_action": "errors", "errors": {"b": SORRY}}
        assert unreachable is None  # Slack shows an error of its own then


async def post(
    app: App, body: bytes, *, at: float | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """Call the bot as Slack would; return what it answers."""
    timestamp = str(int(time.time() if at is None else at))
    signing = SignatureVerifier(app.signing_secret)
    text = body.decode("utf-8", "replace")
    signed = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signing.generate_signature(timestamp=timestamp, body=text) or "",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(app.events_url, data=body, headers={**signed, **(headers or {})}) as answer,
    ):
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else None


EVENT = (
    b'{"type": "event_callback", "team_id": "T00000001X", "event_id": "Ev1", "event": {"type": "message", '
    b'"channel_type": "im", "channel": "D1", "user": "U1", "ts": "1.2", "text": "forged"}}'
)
