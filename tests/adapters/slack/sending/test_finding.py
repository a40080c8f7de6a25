"""A message whose fate is unknown is looked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from botcore import (
    ConversationKey,
    OutcomeUnknown,
    Outgoing,
    Receipt,
    RetryLater,
)
from botcore_slack.rendering import LONGEST
from botcore_slack.sender import Sender
from tests.adapters.slack.sending.answers import DELIVERY, saying
from tests.fakes.slack import App, Channel, Fault, Message, Person, Slack, Team


@pytest.mark.parametrize("fault", [Fault(cut_after=True), Fault(code_after=500)])
async def test_a_message_whose_answer_got_lost_is_found(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message, fault: Fault
) -> None:
    slack.faults.add(fault, "chat.postMessage")
    began = datetime.now(UTC)
    with pytest.raises(OutcomeUnknown):
        await sender.create(answer)

    [message] = slack.answers_to(app, asked)
    receipt = await sender.find_sent(answer, began)
    assert receipt == Receipt(message.ts, f"{answer.key.tenant}/{answer.key.chat}")


async def test_one_that_never_arrived_is_not_found(sender: Sender, answer: Outgoing) -> None:
    await sender.create(replace(answer, delivery_id="another/0"))

    assert await sender.find_sent(answer, datetime.now(UTC)) is None


async def test_a_direct_chat_is_looked_through_page_by_page(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, ana: Person, team: Team
) -> None:
    key = ConversationKey("slack", team.id, ana.channel(app).id)
    direct = replace(answer, key=key)
    receipt = await sender.create(direct)
    for number in range(250):
        ana.write(f"message {number}", app)

    assert await sender.find_sent(direct, datetime.now(UTC)) == receipt


async def test_somebody_elses_mark_is_none(
    sender: Sender, answer: Outgoing, slack: Slack, team: Team, general: Channel, asked: Message
) -> None:
    other = slack.app(team, name="other")
    general.members[other.bot_user(team).id] = other.bot_user(team)
    client = AsyncWebClient(other.bot_token(team), base_url=slack.base_url)
    mark = {"event_type": "botcore_answer", "event_payload": {"id": DELIVERY}}
    await client.chat_postMessage(channel=general.id, thread_ts=asked.ts, text="x", metadata=mark)

    assert await sender.find_sent(answer, datetime.now(UTC)) is None


async def test_while_the_history_is_not_reached_it_is_looked_for_again(
    slack: Slack, sender: Sender, answer: Outgoing
) -> None:
    for fault in (Fault(code=500), Fault(cut_before=True)):
        slack.faults.add(fault, "conversations.replies")
        with pytest.raises(RetryLater):
            await sender.find_sent(answer, datetime.now(UTC))


async def test_where_the_history_can_not_be_read_it_stays_in_doubt(
    sender: Sender, answer: Outgoing, app: App, team: Team
) -> None:
    installation = app.installed_in(team)
    installation.scopes = frozenset(installation.scopes - {"channels:history"})

    with pytest.raises(OutcomeUnknown):
        await sender.find_sent(answer, datetime.now(UTC))


async def test_a_file_and_what_one_person_sees_stay_in_doubt(
    sender: Sender, answer: Outgoing, ana: Person
) -> None:
    for message in (replace(answer, only_for=ana.id), saying(answer, "```\n" + "x\n" * LONGEST + "```")):
        with pytest.raises(OutcomeUnknown):
            await sender.find_sent(message, datetime.now(UTC))
