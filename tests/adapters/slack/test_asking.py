"""Slash commands, shortcuts and buttons; and who is where, by workspace and organisation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from botcore import Accepted, ConversationKey, Deleted, Event, InboundEvent, Pressed, RetryLater
from tests.adapters.slack.listening import Heard, listening
from tests.fakes.faults import Fault
from tests.fakes.slack import App, Channel, Person, Slack, Team


@pytest.fixture
async def heard(slack: Slack, app: App, team: Team, tmp_path: Path) -> AsyncIterator[Heard]:
    async with listening(slack, app, team, tmp_path) as heard:
        yield heard


async def post_button(heard: Heard, channel: Channel, thread: str = "") -> str:
    """Let the bot post a message with a button."""
    client = await heard.adapter.clients.client(channel.team.id)
    element = {"type": "button", "action_id": "opaque", "text": {"type": "plain_text", "text": "Take it"}}
    sent = await client.chat_postMessage(
        channel=channel.id,
        text="It is yours.",
        blocks=[{"type": "actions", "elements": [element]}],
        thread_ts=thread or None,
    )
    return str(sent["ts"])


def is_told(person: Person, place: Channel) -> bool:
    return bool(person.sees(place))


# Commands


async def test_a_slash_command_is_asked_where_it_is_typed(
    app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    delivery = ana.command(app, "/botcore", "summarize 50", general)
    await delivery.taken()

    event = await heard.next(InboundEvent)

    assert (event.text, event.key.chat, event.direct) == ("/summarize 50", general.id, False)
    assert event.message_id == event.dedupe_key
    url = heard.adapter.short_lived.response_url(event.key.tenant, event.message_id)
    assert url == delivery.payload["response_url"]
    assert delivery.answer is None


async def test_a_command_where_the_bot_is_not_is_answered_with_how_to_bring_it(
    slack: Slack, app: App, ana: Person, heard: Heard
) -> None:
    for place in (slack.channel("private", ana, kind="group"), slack.channel("others", ana)):
        await ana.command(app, "/botcore", "summarize", place).taken()
        await slack.until(partial(is_told, ana, place), "a line for Ana")

        [line] = ana.sees(place)
        assert line.text.startswith("I am not in this conversation, so I can't read or answer here.")
        assert line.only_for is ana.user
    assert heard.events == []


async def test_when_slack_does_not_say_whether_the_bot_is_there_it_answers(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    slack.faults.add(Fault(code=500), "conversations.info")

    await ana.command(app, "/summarize", "", general).taken()

    assert (await heard.next(InboundEvent)).text == "/summarize"


async def test_who_may_not_ask_in_a_channel_is_told_alone(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    heard.outcome = lambda event: Accepted.DENIED

    await ana.command(app, "/botcore", "help", general).taken()
    await slack.until(lambda: bool(ana.sees(general)), "a line for Ana")

    [line] = ana.sees(general)
    assert line.text.startswith("I don't answer in this channel yet.")
    assert line.only_for is ana.user


async def test_a_command_that_was_not_committed_is_told_to_be_lost(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    def broken(event: object) -> Accepted:
        raise OSError("the disk is full")

    heard.outcome = broken
    await ana.command(app, "/botcore", "help", general).taken()
    await slack.until(lambda: bool(ana.sees(general)), "a line for Ana")

    assert "did not work just now" in ana.sees(general)[0].text


async def test_a_shortcut_below_a_message_asks_about_its_thread(
    app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    root = ana.write("shall we?", general)
    reply = ana.write("yes", general, thread=root)
    for _ in range(2):
        await heard.next(InboundEvent)

    for message in (root, reply):
        await ana.shortcut(app, "summarize", message).taken()

        event = await heard.next(InboundEvent)
        assert (event.text, event.key.thread, event.direct) == ("/summarize", root.ts, False)


async def test_a_shortcut_where_the_bot_is_not_is_answered_alone(
    slack: Slack, app: App, ana: Person, heard: Heard
) -> None:
    others = slack.channel("others", ana)
    message = ana.write("shall we?", others)

    await ana.shortcut(app, "summarize", message).taken()

    await slack.until(lambda: len(ana.sees(others)) == 2, "a line for Ana")
    assert ana.sees(others)[-1].only_for is ana.user


async def test_a_shortcut_of_the_whole_workspace_is_asked_in_the_direct_chat(
    app: App, ana: Person, heard: Heard
) -> None:
    await ana.shortcut(app, "help").taken()

    event = await heard.next(InboundEvent)

    assert (event.text, event.direct, event.key.chat) == ("/help", True, ana.channel(app).id)


# Buttons


async def test_a_press_comes_in_and_is_answered_where_only_one_sees_it(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    root = ana.write("hello", general)
    await heard.next(InboundEvent)
    ts = await post_button(heard, general, root.ts)

    await ana.press(general.messages[ts], "Take it").taken()
    pressed = await heard.next(Pressed)
    await heard.adapter.answer_press(pressed, "Only <!here> & you.")

    assert (pressed.button_id, pressed.message_id, pressed.key.thread) == ("opaque", ts, root.ts)
    assert heard.adapter.short_lived.trigger(pressed.key.tenant, pressed.dedupe_key)
    notice = ana.sees(general)[-1]
    assert (notice.shown, notice.only_for, notice.thread_ts) == ("Only <!here> & you.", ana.user, root.ts)
    assert slack.mentioned() == []


async def test_slack_is_not_asked_about_replies_that_it_told_of(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    threads = heard.adapter.receiver.threads
    root = ana.write("hello", general)
    reply = ana.write("hello yourself", general, thread=root)
    await heard.next(InboundEvent)
    event = await heard.next(InboundEvent)

    assert await threads.shows(event.key)
    assert slack.calls_of("conversations.replies") == []
    ana.delete(reply)
    await heard.next(Deleted)
    assert not await threads.shows(event.key)
    assert len(slack.calls_of("conversations.replies")) == 1


async def test_a_notice_finds_another_way_when_the_address_is_used_up(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    ts = await post_button(heard, general)
    await ana.press(general.messages[ts], "Take it").taken()
    pressed = await heard.next(Pressed)

    for number in range(7):
        await heard.adapter.answer_press(pressed, f"notice {number}")
    await heard.adapter.answer_press(pressed, "")

    assert [m.text for m in ana.sees(general)][1:] == [f"notice {number}" for number in range(7)]
    assert len(slack.calls_of("chat.postEphemeral")) == 2


@pytest.mark.parametrize(
    ("tells", "told"), [(True, "Not taken."), (False, "Sorry, that did not work just now")]
)
async def test_who_pressed_what_was_not_committed_is_told_once(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard, tells: bool, told: str
) -> None:
    """By the core, as a rule; by the adapter when the core can't either."""
    ts = await post_button(heard, general)
    telling: list[asyncio.Task[None]] = []

    def broken(event: Event) -> Accepted:
        if tells and isinstance(event, Pressed):
            telling.append(asyncio.create_task(heard.adapter.answer_press(event, told)))
        raise OSError("the disk is full")

    heard.outcome = broken
    await ana.press(general.messages[ts], "Take it").taken()
    await slack.until(lambda: len(ana.sees(general)) == 2, "a line for Ana")
    await asyncio.gather(*telling)

    [_, line] = ana.sees(general)
    assert line.text.startswith(told)


async def test_who_pressed_what_takes_too_long_is_told_once(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_slack.dispatching.ANSWER_SECONDS", 0.1)
    ts = await post_button(heard, general)

    async def slow(event: Event) -> Accepted:
        assert isinstance(event, Pressed)
        try:
            await asyncio.Event().wait()
        finally:
            await heard.adapter.answer_press(event, "Not taken.")
        raise AssertionError

    heard.adapter.receiver.receive = slow
    await ana.press(general.messages[ts], "Take it").taken()

    assert [m.text for m in ana.sees(general) if m.only_for] == ["Not taken."]


# Who is where


async def test_members_are_asked_for_page_by_page(
    slack: Slack, app: App, team: Team, ana: Person, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_slack.members.PAGE", 2)
    people = [slack.person(f"P{number}", team) for number in range(5)]
    board = slack.channel("board", *people, app, kind="group")
    key = ConversationKey("slack", team.id, board.id)

    assert await heard.adapter.is_member(key, people[4].id)
    assert not await heard.adapter.is_member(key, ana.id)
    assert len(slack.calls_of("conversations.members")) == 3 + 3


async def test_what_slack_does_not_tell_is_no_membership(
    slack: Slack, team: Team, ana: Person, general: Channel, heard: Heard
) -> None:
    slack.faults.add(Fault(code=500), "conversations.members")

    with pytest.raises(RetryLater):  # the core takes that as a no
        await heard.adapter.is_member(ConversationKey("slack", team.id, general.id), ana.id)


async def test_people_of_another_organisation_are_kept_apart(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, heard: Heard
) -> None:
    partner = slack.team("Partner")
    eve = slack.person("Eve", partner)
    slack.connect(general, partner)
    eve.join(general)
    heard.events.clear()

    eve.write(f"{app.mention(team)} hello", general)
    event = await heard.next(InboundEvent)

    assert event.author.id == f"{partner.id}:{eve.id}"
    assert event.key.tenant == team.id, "it is heard by the bot of the workspace that installed it"
    assert await heard.adapter.is_member(event.key, event.author.id)
    # The same id, claimed for another organisation, is somebody else.
    assert not await heard.adapter.is_member(event.key, eve.id)
    assert not await heard.adapter.is_member(event.key, f"{partner.id}:{ana.id}")


async def test_within_one_organisation_people_are_the_same_everywhere(slack: Slack, tmp_path: Path) -> None:
    grid = slack.enterprise("Acme")
    one, two = slack.team("One", grid), slack.team("Two", grid)
    app = slack.add_app("helper")
    slack.install(app, one, two, enterprise=grid)
    ana, ben = slack.person("Ana", one), slack.person("Ben", two)
    everywhere = slack.channel("everywhere", ana, app)
    slack.connect(everywhere, two)
    ben.join(everywhere)
    async with listening(slack, app, one, tmp_path) as heard:
        heard.events.clear()
        ben.write("hello", everywhere)
        event = await heard.next(InboundEvent)

    assert event.author.id == ben.id
    assert event.key.tenant in (one.id, two.id)
