"""What people type behind a slash, choose from a menu and press: as Slack writes it down."""

from __future__ import annotations

from typing import Any

import pytest

from botcore import ConversationKey
from botcore_slack.interactions import Asked, Clicked, read_command, read_interaction
from botcore_slack.mentions import as_command, typed_command, without
from botcore_slack.origin import Origin

BOT, TEAM, APP = "U0BOT", "T0ACME", "A0HELPER"
ORIGIN = Origin(TEAM, app=APP, bot_user=BOT)
COMMANDS = {"summarize", "help", "stop", "draft"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("stop", "/stop"),
        (" Stop ", "/stop"),
        ("summarize 50", "/summarize 50"),
        ("summarize --chat C1", "/summarize --chat C1"),
        ("/summarize 50", "/summarize 50"),
        ("summarize the French revolution", "summarize the French revolution"),
        ("help me with this", "help me with this"),
        ("stop.", "stop."),
        ("hello", "hello"),
        ("", ""),
    ],
)
def test_a_command_may_be_typed_without_its_slash(text: str, meant: str) -> None:
    assert as_command(text, COMMANDS) == meant


@pytest.mark.parametrize(
    ("command", "text", "meant"),
    [
        ("/summarize", "50", "/summarize 50"),
        ("/summarize", "", "/summarize"),
        ("/botcore", "summarize 50", "/summarize 50"),
        ("/botcore", "/summarize 50", "/summarize 50"),
        ("/botcore", "draft a mail to Ben", "/draft a mail to Ben"),
        ("/botcore", "how are you?", "how are you?"),
        ("/botcore", " ", "/help"),
    ],
)
def test_what_stands_behind_a_slash_is_a_command_of_its_own_or_in_ours(
    command: str, text: str, meant: str
) -> None:
    assert typed_command(command, text, COMMANDS) == meant


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"<@{BOT}> hello", "hello"),
        (f"<@{BOT}|helper>: hello", "hello"),
        (f"<@{BOT}>, <@U2> is here", "<@U2> is here"),
        (f"hi <@{BOT}>, how are you?", "hi, how are you?"),
        (f"<@{BOT}>\n```code\n  x```", "```code\n  x```"),
        (f"<@{BOT}>", ""),
        ("<@U0BOTANIST> hello", "<@U0BOTANIST> hello"),
    ],
)
def test_the_bots_name_is_no_part_of_what_it_is_asked(text: str, left: str) -> None:
    assert without(text, BOT) == left


def test_a_slash_command_is_asked_where_it_is_typed() -> None:
    body = {
        "token": "x", "team_id": TEAM, "team_domain": "acme", "channel_id": "C1", "channel_name": "general",
        "user_id": "U1", "user_name": "ana", "command": "/botcore", "text": "summarize 50", "api_app_id": APP,
        "is_enterprise_install": "false", "trigger_id": "13.7.a",
        "response_url": "https://hooks.slack.com/commands/1",
    }  # fmt: skip

    asked = read_command(body, ORIGIN, COMMANDS)

    assert isinstance(asked, Asked)
    assert (asked.key, asked.text, asked.direct) == (
        ConversationKey("slack", TEAM, "C1"),
        "/summarize 50",
        False,
    )
    assert asked.id == "command:13.7.a"
    assert (asked.handle.trigger, asked.handle.response_url) == (
        "13.7.a",
        "https://hooks.slack.com/commands/1",
    )
    assert read_command({**body, "trigger_id": ""}, ORIGIN, COMMANDS) is None


SHORTCUT = {
    "type": "message_action", "callback_id": "summarize", "trigger_id": "13.7.a", "team": {"id": TEAM},
    "user": {"id": "U1", "username": "ana", "team_id": TEAM}, "channel": {"id": "C1", "name": "general"},
    "response_url": "https://hooks.slack.com/app/1", "message_ts": "1772445600.000100",
    "message": {"type": "message", "user": "U2", "ts": "1772445600.000100", "text": "hello"},
}  # fmt: skip


def test_a_shortcut_is_a_command_about_the_thread_of_its_message() -> None:
    root = read_interaction(SHORTCUT, ORIGIN, COMMANDS)
    reply = {**SHORTCUT, "message": {"ts": "1772445700.000100", "thread_ts": "1772445600.000100"}}

    assert isinstance(root, Asked)
    assert (root.text, root.key.thread, root.direct) == ("/summarize", "1772445600.000100", False)
    assert root.id != root.key.thread, "what is said in the thread is asked about, and not in the channel"
    below = read_interaction(reply, ORIGIN, COMMANDS)
    assert isinstance(below, Asked) and below.key == root.key
    assert read_interaction({**SHORTCUT, "callback_id": "unknown"}, ORIGIN, COMMANDS) is None


def test_a_shortcut_of_the_whole_workspace_is_asked_in_the_direct_chat() -> None:
    body = {**{name: SHORTCUT[name] for name in ("trigger_id", "team", "user")}, "type": "shortcut"}

    asked = read_interaction({**body, "callback_id": "help"}, ORIGIN, COMMANDS)

    assert isinstance(asked, Asked)
    assert (asked.key.chat, asked.direct, asked.text) == ("", True, "/help")


def click(**more: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "trigger_id": "13.7.b",
        "response_url": "https://hooks.slack.com/actions/1",
        "team": {"id": TEAM},
        "user": {"id": "U1", "username": "ana", "team_id": TEAM},
        "channel": {"id": "C1", "name": "general"},
        "container": {"type": "message", "message_ts": "1772445700.000100", "channel_id": "C1"},
        "message": {"ts": "1772445700.000100", "thread_ts": "1772445600.000100", "bot_id": "B1"},
        "actions": [{"type": "button", "action_id": "abc-DEF_1", "block_id": "x", "action_ts": "1.0"}],
        **more,
    }


def test_a_press_names_its_button_and_where_it_stands() -> None:
    pressed = read_interaction(click(), ORIGIN, COMMANDS)

    assert isinstance(pressed, Clicked)
    assert (pressed.button, pressed.message) == ("abc-DEF_1", "1772445700.000100")
    assert pressed.key == ConversationKey("slack", TEAM, "C1", "1772445600.000100")
    # A message that has answers of its own names itself as its thread.
    began = read_interaction(
        click(message={"ts": "1772445700.000100", "thread_ts": "1772445700.000100"}), ORIGIN, ()
    )
    assert isinstance(began, Clicked) and began.key.thread == ""


@pytest.mark.parametrize(
    "more",
    [
        {"actions": [{"action_id": "link-1", "url": "https://example.org"}]},
        {"actions": []},
        {"container": {"type": "view", "view_id": "V1"}, "message": None, "channel": None},
        {"user": {}},
    ],
)
def test_a_press_of_something_else_is_nothing(more: dict[str, Any]) -> None:
    assert read_interaction(click(**more), ORIGIN, COMMANDS) is None
