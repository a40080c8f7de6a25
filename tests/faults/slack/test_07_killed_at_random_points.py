"""kill -9 at random points of live conversations on Slack."""

from __future__ import annotations

import pytest

from tests.fakes.slack import App, Slack, Team
from tests.fakes.slack_crowd import SlackCrowd
from tests.fakes.slack_process import SlackProcess
from tests.fakes.traffic import Traffic, Verdict

# A channel takes a call a second, and what broke off is looked for, so it takes a while to answer everything.
CALM_SECONDS = 15.0


@pytest.fixture(autouse=True)
def in_order(app: App) -> None:
    """Nobody can answer in their order what Slack brings in another."""
    app.deliveries.in_order = True


def is_right(verdict: Verdict) -> bool:
    """Whether everybody got one whole answer, in order, or can call it up."""
    return (
        (verdict.doubles, verdict.losses, verdict.order_violations, verdict.given_up) == (0, 0, 0, 0)
        and verdict.answers + verdict.unknowns >= verdict.questions > 0
        and verdict.kills > 0
    )


@pytest.mark.timeout(300)
async def test_every_question_has_one_answer(slack: Slack, app: App, team: Team, bot: SlackProcess) -> None:
    crowd = SlackCrowd(slack, app, team)

    verdict = await Traffic(crowd, bot, seed=7, conversations=3).under_kills(seconds=3)

    assert is_right(verdict), verdict
    assert verdict.fragments <= verdict.cut_creates


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stream", ["native", "edit", "final"])
async def test_the_same_after_twelve_kills(
    slack: Slack, app: App, team: Team, bot: SlackProcess, stream: str
) -> None:
    bot.settings["adapters.slack"] = {"stream": stream}
    crowd = SlackCrowd(slack, app, team)

    verdict = await Traffic(crowd, bot, seed=20, calm_seconds=CALM_SECONDS).under_kills(kills=12)

    assert verdict.kills >= 12
    assert is_right(verdict), verdict
    assert verdict.fragments <= verdict.cut_creates


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_same_when_the_network_breaks_too(
    slack: Slack, app: App, team: Team, bot: SlackProcess
) -> None:
    crowd = SlackCrowd(slack, app, team)

    verdict = await Traffic(crowd, bot, seed=8, cuts=True, calm_seconds=CALM_SECONDS).under_kills(kills=6)

    assert is_right(verdict), verdict


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_same_when_slack_calls(slack: Slack, app: App, team: Team, bot: SlackProcess) -> None:
    bot.use_http()
    app.deliveries.pauses = (0.0, *(0.5,) * 100)  # what Slack would wait minutes for
    crowd = SlackCrowd(slack, app, team)

    verdict = await Traffic(crowd, bot, seed=9, calm_seconds=CALM_SECONDS).under_kills(kills=5)

    assert is_right(verdict), verdict
