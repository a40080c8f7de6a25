"""What Slack brings by sockets is acknowledged when it is committed, and nothing is lost on the way."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from botcore import AdapterSetup
from botcore.errors import ConfigError
from botcore_slack import SlackAdapter, sockets
from tests.adapters.slack.connected import Commits, on_sockets, running, socket_table
from tests.fakes.slack import App, Channel, Fault, Person, Slack, Team


@pytest.fixture
def commits(app: App) -> Commits:
    app.deliveries.ack_seconds, app.deliveries.pauses = 0.3, (0.05,) * 50
    return Commits()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(sockets, "HEARTBEAT_SECONDS", 0.1)


async def test_an_event_is_acknowledged_when_it_is_committed(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    app.deliveries.ack_seconds = 30.0
    commits.slow["hello"] = asyncio.Event()
    async with on_sockets(slack, app, team, commits):
        ana.write("hello", app)
        await slack.until(lambda: commits.tried == 1, "the event is being committed")
        [delivery] = app.deliveries.all
        assert not delivery.acked

        commits.slow["hello"].set()
        await delivery.taken()

    assert commits.texts == ["hello"]


async def test_what_we_log_is_not_what_a_library_decides(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    async with on_sockets(slack, app, team, commits):
        ana.write("hello", app)
        await app.deliveries.all[0].taken()

    ours = [logging.getLogger(name) for name in ("botcore", "botcore_slack")]
    assert [logger.level for logger in ours] == [logging.NOTSET, logging.NOTSET]


async def test_an_event_whose_commit_failed_comes_again(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    commits.fails = True
    async with on_sockets(slack, app, team, commits):
        ana.write("hello", app)
        [delivery] = app.deliveries.all
        await slack.until(lambda: delivery.tries >= 1, "Slack has waited in vain")
        assert commits.texts == [] and not delivery.acked
        commits.fails = False
        await delivery.taken()

    assert commits.texts == ["hello"]


async def test_what_a_channel_hears_is_committed_in_its_order(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, commits: Commits
) -> None:
    app.deliveries.ack_seconds = 30.0
    commits.slow["first"] = asyncio.Event()
    async with on_sockets(slack, app, team, commits):
        ana.write("first", general)
        ana.write("second", general)
        ana.write("elsewhere", app)
        await slack.until(lambda: commits.texts == ["elsewhere"], "another place waits for nobody")
        commits.slow["first"].set()
        await slack.until(lambda: len(commits.texts) == 3, "all are committed")

    assert commits.texts == ["elsewhere", "first", "second"]


async def test_a_refresh_loses_nothing(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    app.deliveries.ack_seconds = 30.0
    commits.slow["before"] = asyncio.Event()
    async with on_sockets(slack, app, team, commits):
        ana.write("before", app)
        await slack.until(lambda: commits.tried == 1, "an event is on its way")
        refresh = asyncio.create_task(app.deliveries.sockets.refresh(closing_seconds=0.05))
        await slack.until(lambda: app.deliveries.sockets.opened == 2, "its successor is open")
        ana.write("after", app)
        commits.slow["before"].set()
        await refresh
        for delivery in app.deliveries.all:
            await delivery.taken()
        assert len(app.deliveries.sockets.open) == 1

    assert commits.texts == ["before", "after"]


@pytest.mark.usefixtures("impatient")
async def test_a_socket_that_breaks_is_opened_again(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    async with on_sockets(slack, app, team, commits):
        app.deliveries.sockets.open[0].abort()
        ana.write("hello", app)
        await slack.until(lambda: app.deliveries.sockets.opened == 2, "another is opened")
        await app.deliveries.all[0].taken()

    assert commits.texts == ["hello"]


@pytest.mark.usefixtures("impatient")
async def test_a_half_open_socket_is_noticed(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    async with on_sockets(slack, app, team, commits):
        [frozen] = app.deliveries.sockets.open
        frozen.freeze()
        ana.write("hello", app)
        await slack.until(lambda: app.deliveries.sockets.opened == 2, "another is opened")
        frozen.abort()
        await app.deliveries.all[0].taken()

    assert commits.texts == ["hello"]


async def test_one_of_several_sockets_may_break(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    async with on_sockets(slack, app, team, commits, sockets=3) as adapter:
        app.deliveries.sockets.open[0].abort()
        for number in range(4):
            ana.write(f"{number}", app)
        for delivery in app.deliveries.all:
            await delivery.taken()
        assert adapter.trouble == ""

    assert sorted(commits.texts) == ["0", "1", "2", "3"]


async def test_another_program_that_takes_events_away_is_logged(
    slack: Slack, app: App, team: Team, commits: Commits
) -> None:
    with capture_logs() as logs:
        async with on_sockets(slack, app, team, commits, sockets=2):
            await app.deliveries.sockets.refresh(closing_seconds=0.05)
            assert not [line for line in logs if line["event"] == "sockets_of_another_program"]
            other = SlackAdapter(AdapterSetup(socket_table(slack, app, team), Path()))
            async with running(other, Commits()):
                await slack.until(
                    lambda: any(line["event"] == "sockets_of_another_program" for line in logs),
                    "the other is noticed",
                )


@pytest.mark.usefixtures("impatient")
async def test_a_slack_that_is_down_is_asked_again_and_the_operator_told(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    down = Fault(code=503)
    async with on_sockets(slack, app, team, commits) as adapter:
        slack.faults.choose = lambda method: down if method == "apps.connections.open" else Fault()
        app.deliveries.sockets.open[0].abort()
        await slack.until(lambda: bool(adapter.trouble), "the operator is told")
        assert adapter.trouble == "Slack can't be reached (it answered 503)"
        slack.faults.clear()
        await slack.until(lambda: not adapter.trouble, "all is well again")
        ana.write("hello", app)
        await app.deliveries.all[-1].taken()


@pytest.mark.parametrize("wrong", ["token", "app_token"])
async def test_a_token_that_slack_does_not_accept_ends_the_adapter(
    slack: Slack, app: App, team: Team, commits: Commits, wrong: str
) -> None:
    given = {"token": "xoxb-canary-1", "app_token": "xapp-canary-1"}
    table = socket_table(slack, app, team) | {wrong: given[wrong]}
    async with running(SlackAdapter(AdapterSetup(table, Path())), commits) as task:
        with pytest.raises(ConfigError) as error:
            await task

    assert f"BOTCORE_SLACK__{wrong.upper()}" in str(error.value)
    assert "canary" not in str(error.value)


async def test_what_is_being_committed_at_the_end_is_acknowledged(
    slack: Slack, app: App, team: Team, ana: Person, commits: Commits
) -> None:
    app.deliveries.ack_seconds = 30.0
    commits.slow["hello"] = asyncio.Event()
    table = socket_table(slack, app, team)
    async with running(SlackAdapter(AdapterSetup(table, Path())), commits) as task:
        await slack.until(lambda: len(app.deliveries.sockets.open) == 1, "the socket is open")
        ana.write("hello", app)
        await slack.until(lambda: commits.tried == 1, "the event is being committed")
        task.cancel()
        await asyncio.sleep(0)
        commits.slow["hello"].set()
        await app.deliveries.all[0].taken()
