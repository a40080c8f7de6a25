"""Slack's 429: `ratelimited`, with Retry-After."""

from __future__ import annotations

import pytest

from tests.fakes.script import question, whole_answer
from tests.fakes.slack import App, Channel, Fault, Person, Slack, Team
from tests.fakes.slack_answers import answers, until_answered
from tests.fakes.slack_process import SlackProcess

FLOOD_SECONDS = 3
STREAMED = question("long", words=30, pace=0.1)


async def test_nothing_is_sent_before_then_and_the_final_text_arrives_in_order(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, bot: SlackProcess
) -> None:
    await bot.start()
    slack.faults.add(Fault(code=429, retry_after=FLOOD_SECONDS), "chat.startStream", "chat.postMessage")
    asked = ana.write(f"{app.mention(team)} {STREAMED}", general)
    other = ana.write("and here?", app)

    await until_answered(slack, app, other, "re: and here?")
    await until_answered(slack, app, asked, whole_answer(STREAMED))

    calls = slack.calls_of("chat.startStream", "chat.postMessage", "chat.update", "chat.appendStream")
    [refused] = [call for call in calls if call.code == 429]
    same = [call for call in calls if call.channel == refused.channel and call.at > refused.at]
    assert same and same[0].at >= refused.at + FLOOD_SECONDS - 0.1
    assert len(answers(slack, app, asked)) == 1


@pytest.mark.slow
async def test_while_it_streams_previews_are_merged(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, bot: SlackProcess
) -> None:
    await bot.start()
    slack.faults.add(Fault(code=429, retry_after=2), "chat.appendStream", "chat.update", times=2)
    asked = ana.write(f"{app.mention(team)} {STREAMED}", general)
    following = ana.write(f"{app.mention(team)} next", general, thread=asked)

    await until_answered(slack, app, asked, whole_answer(STREAMED))
    await until_answered(slack, app, following, "re: next")

    shown = [message.shown for message in answers(slack, app, asked)]
    assert shown == [whole_answer(STREAMED), "re: next"]


@pytest.mark.slow
async def test_slacks_limits_are_kept_unasked(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, bot: SlackProcess
) -> None:
    slack.limit_pace()
    await bot.start()
    asked = [ana.write(f"{app.mention(team)} {number}", general) for number in range(6)]

    for number, message in enumerate(asked):
        await until_answered(slack, app, message, f"re: {number}")

    assert not [call for call in slack.calls if call.code == 429]


@pytest.mark.slow
@pytest.mark.parametrize("stream", ["native", "edit"])
async def test_many_answers_at_once_all_get_to_their_end(
    slack: Slack, app: App, team: Team, ana: Person, bot: SlackProcess, stream: str
) -> None:
    """Together they would call more often than Slack lets an app call in a workspace."""
    slack.limit_pace()
    bot.settings["adapters.slack"] = {"stream": stream}
    await bot.start()
    text = question("long", words=80, pace=0.1)
    rooms = [slack.channel(f"room-{number}", ana, app) for number in range(8)]
    asked = [ana.write(f"{app.mention(team)} {text}", room) for room in rooms]

    for message in asked:
        await until_answered(slack, app, message, whole_answer(text), seconds=100)

    assert all(len(answers(slack, app, message)) == 1 for message in asked)
