"""Somebody who never was in a private channel of Slack's, or left it, asks what is said there."""

from __future__ import annotations

from tests.fakes.slack import App, Person, Slack
from tests.fakes.slack_answers import texts, until_answered
from tests.fakes.slack_process import SlackProcess

NOT_FOUND = "There is no such chat, or you are not in it."
NOWHERE = "C0NOWHERE0"


async def test_it_is_not_found_and_who_is_there_gets_it(
    slack: Slack, app: App, ana: Person, bot: SlackProcess
) -> None:
    ben, eve, leo = slack.person("Ben"), slack.person("Eve"), slack.person("Leo")
    board = slack.channel("board", ana, ben, leo, app, kind="group")
    async with bot:
        for who, text in ((ana, "we merge with the other company"), (ben, "agreed"), (ana, "on Monday")):
            who.write(text, board)
        leo.leave(board)
        await slack.until(lambda: bot.rows("select count(*) from message")[0][0] >= 3, "three messages")

        for who in (eve, leo):
            for chat in (board.id, NOWHERE):
                asked = who.write(f"summarize --chat {chat}", app)
                await until_answered(slack, app, asked, NOT_FOUND)
                assert texts(slack, app, asked) == [NOT_FOUND]
        asked = ben.write(f"summarize --chat {board.id}", app)
        await slack.until(lambda: any("Monday" in text for text in texts(slack, app, asked)), "a summary")
