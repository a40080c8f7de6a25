"""What Slack's payloads mean, before anybody is asked for names: as Slack writes them down."""

from __future__ import annotations

from typing import Any

import pytest

from botcore import ChatMoved, ConversationKey, Deleted
from botcore_slack.events import (
    HomeOpened,
    NamesChanged,
    PaneOpened,
    Post,
    Revision,
    moment_of,
    read_event,
)
from botcore_slack.names import Person, qualified
from botcore_slack.origin import Origin, Who, origin_of

BOT, TEAM, APP = "U0BOT", "T0ACME", "A0HELPER"
ORIGIN = Origin(TEAM, app=APP, bot_user=BOT)


def body_of(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an event in its envelope."""
    return {
        "token": "x",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1772445600,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        **more,
    }


def message(text: str = "hello", **more: Any) -> dict[str, Any]:
    """Return a message in a channel."""
    return {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "U1",
        "text": text,
        "ts": "1772445600.000100",
        "event_ts": "1772445600.000100",
        "team": TEAM,
        "client_msg_id": "f1",
        **more,
    }


def read(event: dict[str, Any]) -> Any:
    return read_event(body_of(event), ORIGIN, bot_user=BOT)


def test_a_message_of_a_channel_is_remembered_and_not_answered() -> None:
    post = read(message())

    assert post == Post(ConversationKey("slack", TEAM, "C1"), "1772445600.000100", Who("U1", TEAM), "hello")
    assert moment_of(post.ts).isoformat() == "2026-03-02T10:00:00.000100+00:00"


def test_a_mention_is_answered_in_a_thread_below_it() -> None:
    """Slack tells of it twice, as a message and as a mention: both are the same to the core."""
    said = f"<@{BOT}> hello"
    as_message, as_mention = (
        read(message(said)),
        read({**message(said), "type": "app_mention", "channel_type": None}),
    )

    assert as_message == as_mention
    assert as_message.addressed
    assert as_message.key.thread == as_message.ts


def test_a_direct_message_is_answered_beside_it() -> None:
    post = read(message(channel="D1", channel_type="im"))
    below = read(message(channel="D1", channel_type="im", thread_ts="1772445000.000100"))

    assert (post.addressed, post.direct, post.key.thread) == (True, True, "")
    assert (below.addressed, below.key.thread) == (True, "1772445000.000100")


def test_a_group_of_people_is_no_direct_chat() -> None:
    post = read(message(channel="G1", channel_type="mpim"))

    assert (post.addressed, post.direct) == (False, False)


@pytest.mark.parametrize(
    ("text", "parent", "addressed", "follow_up"),
    [
        ("and why?", "U2", False, True),  # for the bot if it was asked in the beginning: the core knows that
        ("<@U2> and why?", "U2", False, False),  # to somebody else
        (f"<@{BOT}> and why?", "U2", True, False),
        (f"<@{BOT}> ask <@U2>", "U2", True, False),
        ("and why?", BOT, True, True),  # below what the bot itself has said
        ("<@U2> look at this", BOT, False, False),
    ],
)
def test_whom_a_reply_in_a_thread_is_for(text: str, parent: str, addressed: bool, follow_up: bool) -> None:
    post = read(message(text, thread_ts="1772445000.000100", parent_user_id=parent))

    assert (post.addressed, post.follow_up) == (addressed, follow_up)
    assert post.key.thread == "1772445000.000100"


@pytest.mark.parametrize(
    "more",
    [
        {"user": BOT},
        {"bot_id": "B1", "app_id": APP, "user": "U1"},  # in a person's name
        {"bot_id": "B1", "bot_profile": {"id": "B1", "app_id": APP, "name": "helper"}},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic"},
        {"subtype": "assistant_app_thread"},
        {"subtype": "file_share", "text": "", "files": []},
        {"text": ""},
        {"ts": ""},
        {"user": ""},
        {"channel": ""},
        {"channel": None},
        {"text": 7, "blocks": 7, "attachments": [7], "files": 7},
    ],
)
def test_what_nobody_said_to_anybody_is_passed_over(more: dict[str, Any]) -> None:
    assert read(message(**more)) is None


def test_another_bots_message_is_remembered_and_never_answered() -> None:
    by_profile = read(message(f"<@{BOT}> ping", bot_id="B2", app_id="A2", bot_profile={"name": "deploys"}))
    classic = read(
        message("", subtype="bot_message", bot_id="B2", username="deploys", user=None,
                attachments=[{"title": "Build 7", "text": "passed", "fallback": "Build 7 passed"}])
    )  # fmt: skip
    direct = read(message("hi", channel="D1", channel_type="im", bot_id="B2", thread_ts="1.0"))

    assert by_profile.who == Who("B2", TEAM, "deploys", is_bot=True)
    assert (classic.who.name, classic.text) == ("deploys", "Build 7\npassed")
    assert not (by_profile.addressed or classic.addressed or direct.addressed or direct.follow_up)


def test_a_message_of_nothing_but_blocks_has_a_text() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Status"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*up*"}]},
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "ok"}]}],
        },
        {"type": "divider"},
    ]

    assert read(message("", bot_id="B2", blocks=blocks)).text == "Status\n*up*\nok"


def changed(text: str, before: str, **more: Any) -> dict[str, Any]:
    kept = {"type": "message", "user": "U1", "ts": "1772445600.000100", "team": TEAM, "client_msg_id": "f1"}
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": "C1",
        "channel_type": "channel",
        "ts": "1772445700.000200",
        "event_ts": "1772445700.000200",
        "message": {**kept, "text": text, "edited": {"user": "U1", "ts": "1772445660.000000"}, **more},
        "previous_message": {**kept, "text": before},
    }


def test_an_edit_is_followed() -> None:
    revision = read(changed("hello again", "hello"))

    assert revision == Revision(
        ConversationKey("slack", TEAM, "C1"),
        "1772445600.000100",
        "hello again",
        (),
        moment_of("1772445660.000000"),
    )


@pytest.mark.parametrize(
    "more",
    [
        {"attachments": [{"title": "a page", "from_url": "https://example.org"}]},  # a link was unfurled
        {"reply_count": 1, "thread_ts": "1772445600.000100"},
        {"language": {"locale": "de"}},
    ],
)
def test_what_slack_itself_adds_to_a_message_is_no_edit(more: dict[str, Any]) -> None:
    assert read(changed("https://example.org", "https://example.org", **more)) is None


def test_what_the_bot_itself_edits_is_no_news() -> None:
    assert read(changed("the whole answer", "half of it", bot_id="B1", app_id=APP)) is None


def test_a_deletion_is_followed_and_what_is_left_of_it_too() -> None:
    deleted = {
        "type": "message", "subtype": "message_deleted", "hidden": True, "channel": "C1",
        "ts": "1772445700.000200", "deleted_ts": "1772445600.000100",
        "previous_message": message(thread_ts="1772445000.000100"),
    }  # fmt: skip
    answered = changed("This message was deleted.", "hello", subtype="tombstone", hidden=True,
                       user="USLACKBOT", thread_ts="1772445600.000100")  # fmt: skip

    assert read(deleted) == Deleted(
        ConversationKey("slack", TEAM, "C1", "1772445000.000100"), "1772445600.000100"
    )
    assert read(answered) == Deleted(ConversationKey("slack", TEAM, "C1"), "1772445600.000100")


def test_a_channel_may_have_another_id_and_keep_its_messages() -> None:
    event = {"type": "channel_id_changed", "old_channel_id": "G1", "new_channel_id": "C9", "event_ts": "1.0"}

    assert read(event) == ChatMoved("slack", TEAM, "G1", "C9", ids_stay=True)


def test_what_is_opened_beside_the_chats_is_told() -> None:
    pane = {
        "user_id": "U1",
        "context": {"channel_id": "C1"},
        "channel_id": "D1",
        "thread_ts": "1772445000.000100",
    }
    key = ConversationKey("slack", TEAM, "D1", "1772445000.000100")

    assert read({"type": "app_home_opened", "user": "U1", "tab": "home"}) == HomeOpened(TEAM, "U1")
    assert read({"type": "app_home_opened", "user": "U1", "tab": "messages"}) is None
    assert read({"type": "assistant_thread_started", "assistant_thread": pane}) == PaneOpened(
        key, "U1", "C1", True
    )
    assert read({"type": "assistant_thread_context_changed", "assistant_thread": pane}) == PaneOpened(
        key, "U1", "C1", False
    )


def test_a_new_name_is_heard() -> None:
    assert read({"type": "channel_rename", "channel": {"id": "C1", "name": "new"}}) == NamesChanged(
        TEAM, "C1"
    )
    assert read({"type": "user_change", "user": {"id": "U1", "profile": {}}}) == NamesChanged(TEAM, "U1")


@pytest.mark.parametrize(
    "event", [{}, {"type": "reaction_added"}, {"type": "member_joined_channel"}, {"type": "message"}]
)
def test_what_means_nothing_to_the_bot_is_nothing(event: dict[str, Any]) -> None:
    assert read(event) is None
    assert read_event({"event": None}, ORIGIN, bot_user=BOT) is None


def test_the_tenant_is_where_the_bot_is_and_not_where_the_author_is_from() -> None:
    shared = body_of(message(user_team="T0OTHER"), team_id="T0OTHER", is_ext_shared_channel=True)

    assert origin_of(shared) == Origin(TEAM, app=APP, bot_user=BOT, is_shared=True)


def test_in_a_whole_organisation_the_tenant_is_the_workspace_of_the_event() -> None:
    everywhere = [
        {
            "enterprise_id": "E1",
            "team_id": None,
            "user_id": BOT,
            "is_bot": True,
            "is_enterprise_install": True,
        }
    ]
    for told in (
        {"team_id": "T0ONE", "context_team_id": "E1"},
        {"team_id": "T9", "context_team_id": "T0ONE"},
    ):
        origin = origin_of(body_of(message(), authorizations=everywhere, **told))
        assert origin and (origin.tenant, origin.enterprise) == ("T0ONE", "E1")


def test_interactions_name_the_workspace_in_other_ways() -> None:
    assert origin_of({"team_id": TEAM, "command": "/x", "api_app_id": APP}) == Origin(TEAM, app=APP)
    pressed = origin_of({"team": {"id": TEAM}, "user": {"id": "U1", "team_id": "T9"}, "api_app_id": APP})
    assert pressed == Origin(TEAM, app=APP)
    form = origin_of({"team": {"id": "T9"}, "view": {"app_installed_team_id": TEAM}, "user": {"id": "U1"}})
    assert form and form.tenant == TEAM
    grid = origin_of({"team": None, "enterprise": {"id": "E1"}, "user": {"id": "U1", "team_id": "T0ONE"}})
    assert grid and (grid.tenant, grid.enterprise) == ("T0ONE", "E1")
    assert origin_of({"type": "event_callback"}) is None


GRID = Origin(TEAM, enterprise="E1")
SHARED = Origin(TEAM, enterprise="E1", is_shared=True)


@pytest.mark.parametrize(
    ("person", "team", "origin", "expected"),
    [
        (Person("Ana", TEAM), "", ORIGIN, "U1"),
        (Person("Ana", "T0TWO", "E1"), "", GRID, "U1"),  # of another workspace of the same organisation
        (Person("Eve", "T0OTHER"), "", SHARED, "T0OTHER:U1"),
        (Person("Eve", "T0OTHER", "E9"), "E9", SHARED, "T0OTHER:U1"),
        (None, TEAM, SHARED, "U1"),  # while Slack does not tell who they are
        (None, "E1", SHARED, "U1"),
        (None, "T0OTHER", SHARED, "T0OTHER:U1"),
        (None, "T0TWO", GRID, "U1"),
        (None, "", ORIGIN, "U1"),
    ],
)
def test_people_of_another_organisation_are_called_by_it_too(
    person: Person | None, team: str, origin: Origin, expected: str
) -> None:
    assert qualified(Who("U1", team), person, origin) == expected
