"""What of the bot's is seen in Slack: messages and files, in the right place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from botcore import (
    Key,
    Outgoing,
    Refused,
    RetryLater,
)
from botcore_slack.rendering import LONGEST
from botcore_slack.sender import Sender
from tests.adapters.slack.sending.answers import DELIVERY, preview, said, saying
from tests.fakes.slack import App, Channel, Fault, Message, Person, Slack, Team


async def test_an_answer_stands_in_its_thread_and_calls_nobody(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    text = "Hello **you**, <!here> @channel <@U123> and *more* :tada: https://e.org"
    await sender.create(saying(answer, text))

    [message] = slack.answers_to(app, asked)
    assert message.shown == "Hello you, <!here> @channel <@U123> and more :tada: https://e.org"
    assert (message.mentions, slack.mentioned()) == ([], [])
    assert message.metadata["event_payload"] == {"id": DELIVERY}


async def test_blocks_that_slack_refuses_are_sent_as_plain_text(
    slack: Slack,
    app: App,
    sender: Sender,
    answer: Outgoing,
    asked: Message,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = [{"type": "rich_text", "elements": [{"type": "no_such_thing"}]}]
    monkeypatch.setattr("botcore_slack.rendering._elements", lambda *document: wrong[0]["elements"])

    receipt = await sender.create(saying(answer, "1 < 2 & *so* on"))
    await sender.edit(receipt, saying(answer, "<b> 1 < 2 & *so* on"))

    [message] = slack.answers_to(app, asked)
    assert [version.shown for version in message.versions] == ["1 < 2 & so on", "<b> 1 < 2 & so on"]
    assert message.mentions == []


async def test_buttons_are_drawn_in_rows_and_go_with_an_edit(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    keys = (*(Key(f"Do {n}", id=f"b{n}") for n in range(6)), Key("Why " * 30, url="https://e.org"))
    receipt = await sender.create(replace(answer, buttons=keys))

    [message] = slack.answers_to(app, asked)
    assert message.labels[:6] == [key.label for key in keys[:6]]
    assert (message.buttons[0]["value"], message.buttons[6]["url"]) == ("b0", "https://e.org")
    assert len(message.labels[6]) == 75
    assert len({button["action_id"] for button in message.buttons}) == 7

    await sender.edit(receipt, saying(answer, "Done."))
    assert (message.shown, message.buttons) == ("Done.", [])


async def test_what_is_too_long_for_a_message_becomes_a_file(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    code = "print('<!here>')\n" * (LONGEST // 10)
    receipt = await sender.create(saying(answer, f"```python\n{code}```"))

    [message] = slack.answers_to(app, asked)
    [file] = message.files
    assert (file.name, file.content.decode()) == ("code.py", code)
    with pytest.raises(Refused):
        await sender.edit(receipt, answer)
    await sender.delete(receipt)


async def test_a_file_has_its_buttons_below_a_line_of_their_own(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    long = replace(answer, text="```\n" + "x\n" * LONGEST + "```", buttons=(Key("Try", id="b1"),))
    receipt = await sender.create(long)
    await sender.edit(receipt, replace(long, buttons=()))

    file, note = slack.answers_to(app, asked)
    assert file.files
    assert note.versions[0].blocks[-1]["type"] == "actions"
    assert note.buttons == []


async def test_a_preview_that_became_too_long_makes_room_for_the_file(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    receipt = await sender.create(preview(answer, "```\nx"))
    with pytest.raises(Refused):
        await sender.edit(receipt, saying(answer, "```\n" + "x\n" * LONGEST + "```"))

    assert said(slack, app, asked) == []


async def test_a_channel_that_is_closed_refuses(sender: Sender, answer: Outgoing, general: Channel) -> None:
    general.is_archived = True

    with pytest.raises(Refused, match="archived"):
        await sender.create(answer)


async def test_a_file_that_could_not_be_uploaded_is_tried_again(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    slack.faults.add(Fault(code=503), "files.completeUploadExternal")
    long = saying(answer, "```\n" + "x\n" * LONGEST + "```")
    with pytest.raises(RetryLater):
        await sender.create(long)
    await sender.create(long)

    assert len(slack.answers_to(app, asked)) == 1


@pytest.mark.parametrize("status", [408, 413, 503])
async def test_a_file_that_is_not_taken_makes_nobody_wait_for_ever(
    slack: Slack,
    app: App,
    sender: Sender,
    answer: Outgoing,
    asked: Message,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    """What there is to stay is found at once, what may pass after a while."""
    slack.faults.add(Fault(code=status), "upload", times=2)
    long = replace(answer, text="```\n" + "x\n" * LONGEST + "```", buttons=(Key("Try", id="b1"),))
    if status != 413:
        with pytest.raises(RetryLater):
            await sender.create(long)
        monkeypatch.setattr("botcore_slack.uploading.PATIENCE_SECONDS", -1.0)
    receipt = await sender.create(long)
    await sender.edit(receipt, replace(long, buttons=()))

    [message] = slack.answers_to(app, asked)
    assert message.shown.startswith("x\nx\n")
    assert "Slack took no file" in message.shown
    assert (len(message.versions[0].blocks), message.buttons) == (2, [])


async def test_without_the_permission_for_files_a_beginning_is_shown(
    slack: Slack, app: App, team: Team, sender: Sender, answer: Outgoing, asked: Message
) -> None:
    installation = app.installed_in(team)
    installation.scopes = frozenset(installation.scopes - {"files:write"})
    receipt = await sender.create(saying(answer, "```\n" + "x\n" * LONGEST + "```"))
    assert "Slack took no file" in said(slack, app, asked)[0]
    await sender.delete(receipt)

    assert said(slack, app, asked) == []


async def test_a_direct_chat_is_opened(
    slack: Slack, app: App, sender: Sender, answer: Outgoing, ana: Person
) -> None:
    key = await sender.direct_chat(answer.key, ana.id)
    await sender.create(replace(answer, key=key))

    assert [message.shown for message in ana.sees(app)] == ["good day"]


async def test_a_message_has_an_address_and_another_has_none(
    sender: Sender, answer: Outgoing, asked: Message
) -> None:
    assert asked.ts.replace(".", "") in await sender.link_to(answer.key, asked.ts)
    assert await sender.link_to(answer.key, "1.000000") == ""
