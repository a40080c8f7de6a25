"""Slack's `disconnect`: a socket is to be left for a new one."""

from __future__ import annotations

import asyncio

from tests.fakes.slack import App, Person, Slack
from tests.fakes.slack_answers import texts
from tests.fakes.slack_process import SlackProcess

MESSAGES = 12


async def test_no_event_is_lost_and_none_answered_twice(
    slack: Slack, app: App, ana: Person, bot: SlackProcess
) -> None:
    bot.settings["adapters.slack"] = {"stream": "final"}
    await bot.start()
    people = [slack.person(f"Person {number}") for number in range(MESSAGES)]
    refreshing = asyncio.create_task(app.deliveries.sockets.refresh(warning_seconds=0.2))
    asked = []
    for number, person in enumerate(people):
        asked.append(person.write(f"m{number}", app))
        await asyncio.sleep(0.04)
    await refreshing

    for number, message in enumerate(asked):
        await slack.until(lambda m=message: bool(texts(slack, app, m)), f"an answer to m{number}")  # type: ignore[misc]
    assert [texts(slack, app, m) for m in asked] == [[f"re: m{number}"] for number in range(MESSAGES)]
    assert app.deliveries.sockets.opened >= 2
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement of all")
    assert not [delivery for delivery in app.deliveries.all if delivery.given_up]
