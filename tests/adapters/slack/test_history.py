"""What was said in Slack before the bot was there: read for who may read it, as fast as Slack gives it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore import ConversationKey, Refused, RetryLater
from tests.adapters.slack.listening import Heard, listening
from tests.adapters.slack.whole_bot import until_seen, whole_bot
from tests.fakes.clock import Clock
from tests.fakes.slack import App, Channel, Message, Person, Slack, Team


@pytest.fixture
def clock() -> Clock:
    """Return one that shows about the bot's own time."""
    return Clock(time.time() - 60)


@pytest.fixture
def ben(slack: Slack, team: Team) -> Person:
    return slack.person("Ben", team)


@pytest.fixture
def talk(slack: Slack, team: Team, ana: Person, ben: Person) -> tuple[Channel, Message]:
    """Return a private channel of two, and a thread that they had there without the bot."""
    board = slack.channel("board", ana, ben, kind="group")
    root = ana.write("shall we ship on Monday?", board)
    for who, text in ((ben, "the parser is broken"), (ana, "then we ship on Tuesday"), (ben, "agreed")):
        who.write(text, board, thread=root)
    return board, root


@pytest.fixture
async def heard(slack: Slack, app: App, team: Team, tmp_path: Path) -> AsyncIterator[Heard]:
    async with listening(slack, app, team, tmp_path) as heard:
        yield heard


# The pages


async def test_a_thread_is_told_with_its_first_message(
    app: App, ana: Person, talk: tuple[Channel, Message], heard: Heard
) -> None:
    board, root = talk
    ana.invite(app, board)
    key = ConversationKey("slack", ana.team.id, board.id, root.ts)

    page = await heard.adapter.fetch_history(key, "")

    assert [message.text for message in page.messages] == [
        "shall we ship on Monday?",
        "the parser is broken",
        "then we ship on Tuesday",
        "agreed",
    ]
    assert [(m.author.name, m.thread == root.ts) for m in page.messages][:2] == [
        ("ana", False),
        ("ben", True),
    ]
    assert not page.has_more
    ana.write("and one more", board, thread=root)
    further = await heard.adapter.fetch_history(key, page.cursor)
    assert [message.text for message in further.messages][-1] == "and one more"
    assert len(further.messages) == 2, "the first message, which leads every page, and the new one"


async def test_a_channel_is_told_back_from_its_newest(
    slack: Slack, team: Team, ana: Person, general: Channel, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        ana.write(f"said {number} to <@{ana.id}>", general)
    monkeypatch.setattr(heard.adapter.receiver._history, "_page", 12)
    key = ConversationKey("slack", team.id, general.id)
    pages = [await heard.adapter.fetch_history(key, "")]
    for _ in range(2):
        pages.append(await heard.adapter.fetch_history(key, pages[-1].cursor))

    told = [message.text for page in pages for message in page.messages]
    assert told == [f"said {number} to @ana" for number in range(29, -1, -1)]
    assert [page.has_more for page in pages] == [True, True, False]


async def test_what_nobody_said_is_not_told_and_neither_is_what_the_bot_said(
    slack: Slack, app: App, team: Team, ana: Person, ben: Person, general: Channel, heard: Heard
) -> None:
    ben.join(general)
    client = await heard.adapter.clients.client(team.id)
    await client.chat_postMessage(channel=general.id, text="I am the bot")
    ana.write(f"{app.mention(team)} summarize 50", general)
    ana.write("look", general, files=[ana.upload("notes.txt", b"a secret")])

    page = await heard.adapter.fetch_history(ConversationKey("slack", team.id, general.id), "")

    assert [message.text for message in page.messages][::-1] == ["/summarize 50", "look\n[file: notes.txt]"]
    assert slack.calls_of("files.info") == []


async def test_why_nothing_is_told_is_said(
    slack: Slack, team: Team, ana: Person, talk: tuple[Channel, Message], heard: Heard
) -> None:
    for channel in (talk[0], slack.channel("others", ana)):
        with pytest.raises(Refused, match="Invite me into the channel"):
            await heard.adapter.fetch_history(ConversationKey("slack", team.id, channel.id), "")


async def test_a_commercial_app_gets_fifteen_a_minute(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, tmp_path: Path, clock: Clock
) -> None:
    app.commercial = True
    for number in range(20):
        ana.write(f"said {number}", general)
    key = ConversationKey("slack", team.id, general.id)
    async with listening(slack, app, team, tmp_path, commercial=True) as heard:
        page = await heard.adapter.fetch_history(key, "")
        with pytest.raises(RetryLater) as limited:
            await heard.adapter.fetch_history(key, page.cursor)
        clock.now += 61.0
        further = await heard.adapter.fetch_history(key, page.cursor)

    assert (len(page.messages), page.has_more) == (15, True)
    assert limited.value.after and limited.value.after > 50
    assert [message.text for message in further.messages] == [f"said {number}" for number in range(4, -1, -1)]


# The whole way


async def test_a_thread_from_before_the_bot_came_is_summarized(
    slack: Slack, app: App, team: Team, ana: Person, talk: tuple[Channel, Message], tmp_path: Path
) -> None:
    board, root = talk
    async with whole_bot(slack, app, team, tmp_path):
        ana.invite(app, board)
        await ana.shortcut(app, "summarize", root).taken()

        summary = await until_seen(slack, ana, board, "Sources")

    assert "Read 4 of 4 messages by 2 people" in summary
    assert "shall we ship on Monday?" in summary


async def test_a_mention_within_a_thread_summarizes_it(
    slack: Slack, app: App, team: Team, ana: Person, talk: tuple[Channel, Message], tmp_path: Path
) -> None:
    board, root = talk
    async with whole_bot(slack, app, team, tmp_path):
        ana.invite(app, board)
        ana.write(f"{app.mention(team)} summarize", board, thread=root)

        summary = await until_seen(slack, ana, board, "Sources")

    assert "Read 4 of 4 messages by 2 people" in summary


async def test_a_mention_outside_of_threads_summarizes_the_channel(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, tmp_path: Path
) -> None:
    for text in ("the parser is broken", "the lexer is fine", "we ship on Tuesday"):
        ana.write(text, general)
    async with whole_bot(slack, app, team, tmp_path):
        ana.write(f"{app.mention(team)} summarize 2", general)

        summary = await until_seen(slack, ana, general, "Sources")

    assert "Read the last 2 messages by 1 person" in summary
    assert "parser" not in summary


async def test_a_channel_is_summarized_for_its_members_only(
    slack: Slack, app: App, team: Team, ben: Person, talk: tuple[Channel, Message], tmp_path: Path
) -> None:
    board, _ = talk
    eve = slack.person("Eve", team)
    async with whole_bot(slack, app, team, tmp_path):
        ben.invite(app, board)
        ben.write("on Tuesday at ten", board)
        eve.write(f"summarize --chat {board.id}", app)
        assert await until_seen(slack, eve, eve.channel(app), "There is no such chat")
        assert slack.calls_of("conversations.history") == []

        ben.write(f"summarize --chat {board.id}", app)
        summary = await until_seen(slack, ben, ben.channel(app), "Sources")

    assert "Read 5 of 5 messages by 2 people" in summary, "with the thread that is there"


async def test_a_channel_is_summarized_with_what_was_said_in_its_threads(
    slack: Slack, app: App, team: Team, ana: Person, talk: tuple[Channel, Message], tmp_path: Path
) -> None:
    board, root = talk
    ana.write("lunch at noon", board)
    async with whole_bot(slack, app, team, tmp_path):
        ana.invite(app, board)
        await ana.command(app, "/botcore", "summarize", board).taken()
        summary = await until_seen(slack, ana, board, "Sources")

        assert "Read 5 of 5 messages by 2 people" in summary
        assert len(slack.calls_of("conversations.replies")) == 1, "below lunch there is nothing to ask for"

        ana.write("at ten", board, thread=root)
        await ana.command(app, "/botcore", "summarize", board).taken()
        await until_seen(slack, ana, board, "Read 6 of 6")
        assert len(slack.calls_of("conversations.replies")) == 1, "that was heard"


async def test_threads_that_slack_gives_too_slowly_are_told_to_be_missing(
    slack: Slack, app: App, team: Team, ana: Person, talk: tuple[Channel, Message], tmp_path: Path
) -> None:
    board, _ = talk
    ana.write("at one", board, thread=ana.write("lunch at noon", board))
    app.commercial = True
    async with whole_bot(slack, app, team, tmp_path, commercial=True):
        ana.invite(app, board)
        await ana.command(app, "/botcore", "summarize", board).taken()
        summary = await until_seen(slack, ana, board, "what was replied in one thread is missing")

    assert "Read 3 messages by 1 person" in summary, "the newer thread was read; how much lacks nobody knows"
    assert "ask again in about 1 minute for more" in summary


async def test_a_summary_says_which_message_was_deleted(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, tmp_path: Path
) -> None:
    first = ana.write("the parser is broken", general)
    ana.write("the lexer is fine", general)
    async with whole_bot(slack, app, team, tmp_path):
        ana.write(f"summarize --chat {general.id}", app)
        assert "the parser is broken" in await until_seen(slack, ana, ana.channel(app), "Sources")

        ana.delete(first)

        summary = await until_seen(slack, ana, ana.channel(app), "[1] was deleted.")
    assert "ana: the parser is broken" not in summary


async def test_follow_ups_in_a_thread_of_the_bots_need_no_mention_and_others_do(
    slack: Slack, app: App, team: Team, ana: Person, ben: Person, general: Channel, tmp_path: Path
) -> None:
    ben.join(general)
    async with whole_bot(slack, app, team, tmp_path):
        ana.write("good morning", general)
        await until_seen(slack, ana, general, "From now on I remember")
        asked = ana.write(f"{app.mention(team)} hello", general)
        await slack.until(lambda: len(slack.answers_to(app, asked)) == 1, "an answer", seconds=20.0)
        ana.write(f"<@{ben.id}> what do you think?", general, thread=asked)
        ana.write("and now?", general, thread=asked)
        await slack.until(lambda: len(slack.answers_to(app, asked)) == 2, "another", seconds=20.0)
        others = ben.write("lunch?", general)
        ana.write("yes", general, thread=others)
        ana.write(f"{app.mention(team)} are you there?", general, thread=others)
        await slack.until(lambda: len(slack.answers_to(app, others)) == 1, "an answer", seconds=20.0)
        ben.write("it is, good", general, thread=others)
        last = ana.write(f"{app.mention(team)} bye", general)
        await slack.until(lambda: len(slack.answers_to(app, last)) == 1, "an answer", seconds=20.0)

    assert (len(slack.answers_to(app, asked)), len(slack.answers_to(app, others))) == (2, 1)
