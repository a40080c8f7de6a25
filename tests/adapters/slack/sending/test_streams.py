"""An answer that grows in Slack's own way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from botcore import (
    OutcomeUnknown,
    Outgoing,
    StreamMode,
)
from botcore_slack.connection import Clients
from botcore_slack.sender import Sender
from tests.adapters.slack.sending.answers import methods, preview, said, saying
from tests.fakes.clock import Clock
from tests.fakes.slack import App, Fault, Message, Slack


async def test_an_answer_grows_and_is_exact_in_the_end(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    receipt = await sender.create(preview(answer, "**good"))
    for text in ("**good** d", "**good** day"):
        assert await sender.edit(receipt, preview(answer, text)) is None
    await sender.edit(receipt, saying(answer, "**good** day"))

    [message] = slack.answers_to(app, asked)
    assert message.shown == "good day"
    assert methods(slack) == [
        "chat.startstream", "chat.appendstream", "chat.appendstream", "chat.stopstream", "chat.update",
    ]  # fmt: skip


async def test_nothing_is_found_in_what_is_streamed(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    """Not even between two pieces: a mention can't be taken back."""
    receipt = await sender.create(preview(answer, "Hi <"))
    await sender.edit(receipt, preview(answer, "Hi <!here> <@U1"))
    await sender.edit(receipt, preview(answer, "Hi <!here> <@U1> &lt;!channel&gt; https:"))
    await sender.edit(receipt, preview(answer, "Hi <!here> <@U1> &lt;!channel&gt; https://e.org"))

    [message] = slack.answers_to(app, asked)
    assert (message.mentions, slack.mentioned()) == ([], [])
    assert "https://e.org" not in message.text
    assert "&lt;" not in message.text


async def test_a_text_that_is_no_longer_the_same_is_written_anew(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    receipt = await sender.create(preview(answer, "one"))
    await sender.edit(receipt, preview(answer, "two"))
    await sender.edit(receipt, preview(answer, "two more"))

    assert said(slack, app, asked) == ["two more"]
    assert methods(slack)[-3:] == ["chat.stopstream", "chat.update", "chat.update"]


async def test_a_stream_that_is_over_goes_on_as_another_message(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message, clock: Clock
) -> None:
    receipt = await sender.create(preview(answer, "one"))
    clock.now += 301
    new = await sender.edit(receipt, preview(answer, "one two"))
    assert new
    await sender.delete(receipt)
    await sender.edit(new, preview(answer, "one two three"))
    await sender.edit(new, saying(answer, "one two three."))

    assert said(slack, app, asked) == ["one two three."]
    assert methods(slack).count("chat.startstream") == 2


async def test_a_stream_that_is_over_when_the_answer_is_whole_keeps_its_message(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message, clock: Clock
) -> None:
    receipt = await sender.create(preview(answer, "one"))
    clock.now += 301
    assert await sender.edit(receipt, saying(answer, "one two")) is None

    assert said(slack, app, asked) == ["one two"]


async def test_a_stream_of_an_earlier_process_is_ended(
    slack: Slack, app: App, clients: Clients, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    receipt = await sender.create(preview(answer, "one"))
    await Sender(clients, lambda tenant, its_id: "").edit(receipt, saying(answer, "one two"))

    assert said(slack, app, asked) == ["one two"]


async def test_a_stream_of_an_earlier_process_can_be_taken_away(
    slack: Slack, app: App, clients: Clients, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    receipt = await sender.create(preview(answer, "one"))
    for _ in range(2):
        await Sender(clients, lambda tenant, its_id: "").delete(receipt)

    assert said(slack, app, asked) == []


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_piece_that_got_lost_is_not_missing_in_the_end(
    slack: Slack,
    app: App,
    sender: Sender,
    answer: Outgoing,
    asked: Message,
    after_effect: bool,
) -> None:
    receipt = await sender.create(preview(answer, "one"))
    fault = Fault(cut_after=True) if after_effect else Fault(cut_before=True)
    slack.faults.add(fault, "chat.appendStream")
    with pytest.raises(OutcomeUnknown):
        await sender.edit(receipt, preview(answer, "one two"))
    await sender.edit(receipt, preview(answer, "one two three"))

    assert said(slack, app, asked) == ["one two three"]


async def test_where_slack_takes_no_stream_messages_are_edited(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    slack.faults.add(Fault(code=429, retry_after=60), "chat.startStream")
    receipt = await sender.create(preview(answer, "one"))
    await sender.edit(receipt, preview(answer, "one two"))
    again = await sender.create(preview(answer, "other"))
    await sender.edit(again, saying(answer, "another"))

    assert said(slack, app, asked) == ["one two", "another"]
    assert methods(slack).count("chat.startstream") == 1


async def test_for_whom_slack_streams_nothing_others_still_see_streams(
    slack: Slack, sender: Sender, answer: Outgoing
) -> None:
    """A stream is refused for who is asked for: nobody else in that channel has to do without."""
    stranger = replace(answer, asker="U404")
    for asked_by in (stranger, stranger, answer):
        await sender.create(preview(asked_by, "one"))

    assert [call.error for call in slack.calls_of("chat.startStream")] == ["user_not_found", ""]


async def test_an_asker_who_is_not_known_is_no_hindrance(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    nobody = replace(answer, asker="")
    receipt = await sender.create(preview(nobody, "one"))
    await sender.edit(receipt, saying(nobody, "one two"))

    assert said(slack, app, asked) == ["one two"]
    assert "chat.startstream" not in methods(slack)


async def test_progress_is_shown_until_there_is_a_text(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    receipt = await sender.create(replace(preview(answer, ""), progress="Reading 200 messages"))
    assert said(slack, app, asked) == ["Reading 200 messages"]
    await sender.edit(receipt, saying(answer, "There it is."))

    assert said(slack, app, asked) == ["There it is."]


async def test_only_threads_take_streams(sender: Sender, clients: Clients, answer: Outgoing) -> None:
    edits = Sender(clients, lambda tenant, its_id: "", stream="edit")

    assert sender.stream_mode(answer.key) is StreamMode.STREAM
    assert sender.stream_mode(replace(answer.key, thread="")) is StreamMode.EDIT
    assert edits.stream_mode(answer.key) is StreamMode.EDIT
