"""What one person sees and the others do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from botcore import (
    ConversationKey,
    Key,
    Outgoing,
    Refused,
)
from botcore_slack.sender import Sender
from tests.adapters.slack.sending.answers import preview, said
from tests.fakes.slack import App, Channel, Fault, Message, Person, Slack, Team


async def test_others_do_not_see_it(
    slack: Slack, sender: Sender, answer: Outgoing, ana: Person, general: Channel
) -> None:
    bo = slack.person("Bo")
    general.members[bo.id] = bo.user
    receipt = await sender.create(replace(answer, only_for=ana.id, buttons=(Key("Show", id="b1"),)))

    assert [message.shown for message in ana.sees(general)] == ["hello", "good day"]
    assert [message.shown for message in bo.sees(general)] == ["hello"]
    with pytest.raises(Refused):
        await sender.edit(receipt, replace(answer, only_for=ana.id))
    await sender.delete(receipt)


async def test_a_thread_that_only_begins_with_the_question_shows_it_in_the_channel(
    sender: Sender, answer: Outgoing, ana: Person, general: Channel, asked: Message
) -> None:
    await sender.create(replace(answer, only_for=ana.id))
    ana.write("more", general, thread=asked)
    await sender.create(replace(answer, only_for=ana.id, answers="another"))

    assert [m.thread_ts for m in ana.sees(general) if m.only_for] == ["", asked.ts]


@pytest.mark.parametrize("answers", ["shortcut:1", "press:1", None])
async def test_what_answers_no_message_is_shown_where_nobody_has_replied(
    sender: Sender, answer: Outgoing, ana: Person, general: Channel, answers: str | None
) -> None:
    await sender.create(replace(answer, only_for=ana.id, answers=answers))

    assert [(m.shown, m.thread_ts) for m in ana.sees(general) if m.only_for] == [("good day", "")]


async def test_when_slack_does_not_tell_of_replies_it_is_shown_in_the_channel(
    slack: Slack, sender: Sender, answer: Outgoing, ana: Person, general: Channel, asked: Message
) -> None:
    ana.write("more", general, thread=asked)
    slack.faults.add(Fault(code=500), "conversations.replies")

    await sender.create(replace(answer, only_for=ana.id, answers="shortcut:1"))

    assert [m.thread_ts for m in ana.sees(general) if m.only_for] == [""]


async def test_a_public_message_never_becomes_a_private_one(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, ana: Person, asked: Message
) -> None:
    receipt = await sender.create(preview(answer, "one"))
    with pytest.raises(Refused):
        await sender.edit(receipt, replace(answer, text="secret", only_for=ana.id))

    assert said(slack, app, asked) == ["one"]


async def test_its_buttons_go_by_the_url_of_the_press(
    sender: Sender,
    answer: Outgoing,
    ana: Person,
    general: Channel,
    team: Team,
    urls: dict[tuple[str, str], str],
) -> None:
    alone = replace(answer, only_for=ana.id, buttons=(Key("Show", id="b1"),))
    receipt = await sender.create(alone)
    shown = ana.sees(general)[-1]
    urls[team.id, receipt.message_id] = ana.press(shown, "Show").payload["response_url"]
    await sender.edit(receipt, replace(alone, text="Shown.", buttons=()))

    assert (shown.shown, shown.buttons) == ("Shown.", [])


@pytest.mark.parametrize("alone", [True, False])
async def test_a_command_is_answered_where_the_bot_is_not(
    slack: Slack,
    app: App,
    sender: Sender,
    answer: Outgoing,
    ana: Person,
    team: Team,
    urls: dict[tuple[str, str], str],
    alone: bool,
) -> None:
    elsewhere = slack.channel("elsewhere", ana)
    command = ana.command(app, "/botcore", "hi", elsewhere)
    urls[team.id, "command:1"] = command.payload["response_url"]
    key = ConversationKey("slack", team.id, elsewhere.id)
    only_for = ana.id if alone else ""
    await sender.create(replace(answer, key=key, answers="command:1", only_for=only_for))

    [shown] = ana.sees(elsewhere)
    assert (shown.shown, shown.only_for is not None) == ("good day", alone)


async def test_without_such_a_url_it_is_refused(
    slack: Slack, sender: Sender, answer: Outgoing, ana: Person, team: Team
) -> None:
    key = ConversationKey("slack", team.id, slack.channel("elsewhere", ana).id)

    with pytest.raises(Refused):
        await sender.create(replace(answer, key=key, only_for=ana.id))
