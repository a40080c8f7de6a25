"""What people do in Slack, as the core is told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore import Accepted, ChatMoved, Deleted, Edited, InboundEvent
from tests.adapters.slack.listening import Heard, listening
from tests.fakes.faults import Fault
from tests.fakes.slack import App, Channel, Person, Slack, Team


@pytest.fixture
async def heard(slack: Slack, app: App, team: Team, tmp_path: Path) -> AsyncIterator[Heard]:
    async with listening(slack, app, team, tmp_path, file_kilobytes=4) as heard:
        yield heard


@pytest.fixture
def ben(slack: Slack, team: Team) -> Person:
    ben = slack.person("Ben Meyer", team)
    ben.user.display_name = ""
    return ben


async def test_a_direct_message_comes_with_its_authors_name(app: App, ana: Person, heard: Heard) -> None:
    said = ana.write("hello", app)

    event = await heard.next(InboundEvent)

    assert (event.text, event.author.id, event.author.name) == ("hello", ana.id, "ana")
    assert (event.addressed, event.direct, event.message_id) == (True, True, said.ts)
    assert (event.key.platform, event.key.tenant, event.key.chat) == ("slack", ana.team.id, said.channel.id)
    assert abs(event.sent_at.timestamp() - float(said.ts)) < 0.01


async def test_a_mention_is_told_twice_and_is_the_same(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, heard: Heard
) -> None:
    said = ana.write(f"{app.mention(team)} hello", general)

    first, second = await heard.next(InboundEvent), await heard.next(InboundEvent)

    assert first == second
    assert (first.text, first.addressed, first.direct) == ("hello", True, False)
    assert first.key.thread == said.ts
    assert first.dedupe_key == f"{general.id}:{said.ts}"


async def test_mentions_are_names_and_signs_are_signs(
    slack: Slack, app: App, team: Team, ana: Person, ben: Person, general: Channel, heard: Heard
) -> None:
    secret = slack.channel("secret", ana, app, kind="group")
    ana.write(
        f"<@{ben.id}> is in <#{general.id}|general>, <#{secret.id}|> and <#C999|> &amp; says a &lt; b: "
        "<https://example.org|this>, <!here>, <@U999>",
        general,
    )

    event = await heard.next(InboundEvent)

    assert event.text == (
        "@Ben Meyer is in #general, #secret and #C999 & says a < b: this (https://example.org), @here, @U999"
    )
    assert not event.addressed


async def test_names_are_asked_for_once(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    for number in range(3):
        ana.write(f"<@{ana.id}> {number}", general)
        await heard.next(InboundEvent)

    assert len(slack.calls_of("users.info")) == 1


async def test_who_slack_does_not_tell_of_is_heard_under_their_id(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    slack.faults.add(Fault(code=500), "users.info")

    ana.write("hello", general)

    assert (await heard.next(InboundEvent)).author.name == ana.id


async def test_whose_account_was_deactivated_keeps_their_name(
    app: App, ana: Person, ben: Person, general: Channel, heard: Heard
) -> None:
    ben.user.deleted = True

    ana.write(f"ask <@{ben.id}>", general)

    assert (await heard.next(InboundEvent)).text == "ask @Ben Meyer"


async def test_a_command_may_be_typed_without_its_slash(
    app: App, team: Team, ana: Person, general: Channel, heard: Heard
) -> None:
    ana.write("stop", app)
    assert (await heard.next(InboundEvent)).text == "/stop"
    ana.write(f"{app.mention(team)} summarize 50", general)
    assert (await heard.next(InboundEvent)).text == "/summarize 50"


async def test_edits_and_deletions_are_followed_and_unfurled_links_are_not(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    said = ana.write("helo", general)
    await heard.next(InboundEvent)
    slack.change(said, said.versions[-1], None)  # as when a link is unfurled
    ana.edit(said, f"hello <@{ana.id}>")

    edited = await heard.next(Edited)
    assert (edited.message_id, edited.text, edited.key.chat) == (said.ts, "hello @ana", general.id)
    ana.delete(said)
    assert (await heard.next(Deleted)).message_id == said.ts


async def test_a_deleted_message_that_was_answered_is_gone_as_well(
    app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    said = ana.write("a secret", general)
    ana.write("really?", general, thread=said)
    for _ in range(2):
        await heard.next(InboundEvent)

    ana.delete(said)

    assert (await heard.next(Deleted)).message_id == said.ts


async def test_text_files_and_snippets_are_read(app: App, ana: Person, heard: Heard) -> None:
    ana.write("what is this?", app, files=[ana.upload("greet.py", b"print('hi')\n")])
    event = await heard.next(InboundEvent)
    assert event.text == "what is this?\n\ngreet.py:\n```python\nprint('hi')\n```".replace("python", "py")
    snippet = ana.upload("Untitled", b"select 1")
    snippet.snippet, snippet.filetype = True, "sql"
    ana.write("", app, files=[snippet])

    assert (await heard.next(InboundEvent)).text == "Untitled:\n```sql\nselect 1\n```"


@pytest.mark.parametrize(
    ("name", "content", "mime_type", "told"),
    [
        ("me.png", b"x", "image/png", "I can't see pictures."),
        ("audio_message.m4a", b"x", "audio/mp4", "I can't listen to voice messages"),
        ("clip.mp4", b"x", "video/mp4", "I can't see stickers or videos."),
        ("report.pdf", b"x", "application/pdf", "I can't read files of this kind."),
        (
            "long.txt",
            b"x" * 5000,
            "text/plain",
            "“long.txt” is too large for me: I read files of up to 4 KB.",
        ),
        ("odd.txt", b"\xff\xfe\x00", "text/plain", "“odd.txt” is no text in UTF-8."),
    ],
)
async def test_what_can_not_be_read_is_told(
    app: App, ana: Person, heard: Heard, name: str, content: bytes, mime_type: str, told: str
) -> None:
    ana.write("look", app, files=[ana.upload(name, content, mime_type=mime_type)])

    event = await heard.next(InboundEvent)

    assert event.unreadable.startswith(told)
    assert event.text == f"look\n[file: {name}]"


async def test_the_token_is_shown_to_nobody_but_slack(app: App, ana: Person, heard: Heard) -> None:
    file = ana.upload("notes.txt", b"x")
    file.url = "https://slack.com.evil.example/notes.txt"

    ana.write("look", app, files=[file])

    assert (await heard.next(InboundEvent)).unreadable.startswith("Slack did not give me “notes.txt”.")


async def test_a_file_of_another_organisation_is_asked_for(app: App, ana: Person, heard: Heard) -> None:
    file = ana.upload("notes.txt", b"remember the milk")
    file.access = "check_file_info"

    ana.write("look", app, files=[file])

    assert (await heard.next(InboundEvent)).text == "look\n\nnotes.txt:\n```\nremember the milk\n```"


async def test_files_that_are_not_for_the_bot_are_only_named(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    ana.write("my notes", general, files=[ana.upload("notes.txt", b"remember the milk")])

    assert (await heard.next(InboundEvent)).text == "my notes\n[file: notes.txt]"


async def test_a_file_in_a_thread_is_not_fetched_before_somebody_is_to_be_answered(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    root = ana.write("lunch?", general)
    file = ana.upload("notes.txt", b"remember the milk")
    file.url = "http://127.0.0.1:9/"  # where nothing is
    ana.write("the menu", general, thread=root, files=[file])
    await heard.next(InboundEvent)

    event = await heard.next(InboundEvent)

    assert (event.text, event.unreadable, event.follow_up) == ("the menu\n[file: notes.txt]", "", True)
    assert await heard.adapter.read_files(event) == event  # it is in already


async def test_a_channel_with_another_id_goes_on(
    slack: Slack, app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    event = {
        "type": "channel_id_changed",
        "old_channel_id": general.id,
        "new_channel_id": "C9",
        "event_ts": "1.0",
    }
    slack.tell(general, event, ana.team)

    assert await heard.next(ChatMoved) == ChatMoved("slack", ana.team.id, general.id, "C9", ids_stay=True)


async def test_what_was_not_committed_comes_again(
    app: App, ana: Person, general: Channel, heard: Heard
) -> None:
    app.deliveries.pauses = (0.0, 0.0)
    fails = iter([True])

    def outcome(event: object) -> Accepted:
        if next(fails, False):
            raise OSError("the disk is full")
        return Accepted.NOTED

    heard.outcome = outcome
    ana.write("hello", general)

    assert (await heard.next(InboundEvent)).text == "hello"


async def test_another_bot_and_the_bot_itself_begin_nothing(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, heard: Heard
) -> None:
    other = slack.app(team, name="deploys")
    ana.invite(other, general)
    for bot in (app, other):
        await heard.adapter.clients.with_token(bot.bot_token(team)).chat_postMessage(
            channel=general.id, text=f"{app.mention(team)} done"
        )

    event = await heard.next(InboundEvent)

    assert (event.author.name, event.author.is_bot, event.addressed) == ("deploys", True, False)
