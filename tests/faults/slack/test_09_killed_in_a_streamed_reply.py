"""kill -9 in the middle of a streamed reply."""

from __future__ import annotations

import pytest

from tests.fakes.script import question, whole_answer
from tests.fakes.slack import App, Channel, Fault, Message, Person, Slack, Team
from tests.fakes.slack_answers import answers, until_answered
from tests.fakes.slack_process import SlackProcess

ASKED = question("long", words=80, pace=0.05)


@pytest.mark.parametrize("stream", ["native", pytest.param("edit", marks=pytest.mark.slow)])
async def test_the_same_message_is_finished_when_its_receipt_was_stored(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, bot: SlackProcess, stream: str
) -> None:
    bot.settings["adapters.slack"] = {"stream": stream}
    await bot.start()
    asked = ana.write(f"{app.mention(team)} {ASKED}", general)
    await slack.until(lambda: _looks(slack, app, asked) > 2, "previews, so the receipt is stored")
    [begun] = answers(slack, app, asked)
    assert (begun.stream_began is not None) == (stream == "native")

    await bot.kill()
    await bot.start()

    await until_answered(slack, app, asked, whole_answer(ASKED))
    assert answers(slack, app, asked) == [begun]
    assert begun.stream_began is None


@pytest.mark.slow
async def test_otherwise_there_is_one_new_message(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, bot: SlackProcess
) -> None:
    await bot.start()
    slack.faults.add(Fault(seconds_after=600), "chat.startStream")
    asked = ana.write(f"{app.mention(team)} {ASKED}", general)
    await slack.until(lambda: _looks(slack, app, asked) == 1, "a preview without a receipt")

    await bot.kill()
    await bot.start()

    await until_answered(slack, app, asked, whole_answer(ASKED))
    fragment, answer = answers(slack, app, asked)
    assert len(fragment.versions) == 1
    assert answer.shown == whole_answer(ASKED)


@pytest.mark.slow
async def test_a_stream_that_slack_ended_meanwhile_is_finished_too(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, bot: SlackProcess
) -> None:
    await bot.start()
    asked = ana.write(f"{app.mention(team)} {ASKED}", general)
    await slack.until(lambda: _looks(slack, app, asked) > 2, "previews")
    await bot.kill()
    slack.stream_seconds = 0.0

    await bot.start()

    await until_answered(slack, app, asked, whole_answer(ASKED))
    assert len(answers(slack, app, asked)) == 1


def _looks(slack: Slack, app: App, asked: Message) -> int:
    return max((len(message.versions) for message in answers(slack, app, asked)), default=0)
