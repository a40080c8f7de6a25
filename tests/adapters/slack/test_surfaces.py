"""The app's Home, the assistant's pane, and the sign that an answer is worked on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

import botcore_chat
import botcore_code
import botcore_draft
from botcore import Author, Context, ConversationKey, InboundEvent, Ledger, Plugin
from botcore.arguments import parse_arguments
from botcore.router import Router, typed_behind
from botcore.store import Database, Store
from botcore_slack.connection import Clients
from botcore_slack.events import PaneOpened
from botcore_slack.home import home_view
from botcore_slack.mentions import as_command
from botcore_slack.prompts import PROMPTS, Prompt
from botcore_slack.settings import SlackSettings
from botcore_slack.surfaces import LONGEST_TITLE, SlackSurfaces
from tests.adapters.slack.as_read import objects
from tests.fakes.slack import App, Channel, Fault, Message, Person, Slack, Team

COMMANDS = {"help": "Say what I can do", "draft": "Write a text"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore_slack.working_signs.FIRST_SECONDS", 0.0)


@pytest.fixture
async def surfaces(slack: Slack, app: App, team: Team) -> AsyncIterator[SlackSurfaces]:
    token, app_token = SecretStr(app.bot_token(team)), SecretStr("xapp-1")
    clients = Clients(SlackSettings(token=token, app_token=app_token, base_url=slack.base_url))
    surfaces = SlackSurfaces(clients)
    surfaces.show_commands(COMMANDS)
    yield surfaces
    surfaces.signs.end_all()
    await clients.close()


def asked(ana: Person, team: Team, channel: Channel, thread: str, text: str = "hello") -> InboundEvent:
    return InboundEvent(
        key=ConversationKey("slack", team.id, channel.id, thread),
        dedupe_key="1",
        message_id="1",
        author=Author(ana.id, "Ana"),
        text=text,
        sent_at=datetime.now(UTC),
        direct=channel.is_direct,
    )


@pytest.fixture
async def pane(ana: Person, app: App, general: Channel) -> Message:
    return ana.open_assistant(app, general)


async def test_the_home_says_what_the_bot_can_do_and_where_it_is(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, surfaces: SlackSurfaces
) -> None:
    bo = slack.person("Bo", team)
    without_bot, secret = slack.channel("alone", ana), slack.channel("secret", bo, app, kind="group")
    await surfaces.home_opened(team.id, ana.id)

    blocks = slack.homes[app.id, ana.id].body["blocks"]
    told = [one["text"] for one in objects(blocks) if one["type"] == "text"]
    channels = [one["channel_id"] for one in objects(blocks) if one["type"] == "channel"]
    assert {"help", "draft"} <= set(told)
    assert channels == [general.id]
    assert not {without_bot.id, secret.id} & set(channels)


def test_a_home_without_channels_says_how_to_get_one() -> None:
    view = home_view(COMMANDS, "U1", [])

    assert any("Invite me" in one.get("text", "") for one in objects(view) if one["type"] == "text")


async def test_the_pane_suggests_what_the_bot_knows(
    slack: Slack, ana: Person, app: App, team: Team, surfaces: SlackSurfaces, pane: Message
) -> None:
    key = ConversationKey("slack", team.id, ana.channel(app).id, pane.ts)
    await surfaces.pane_opened(PaneOpened(key, ana.id, "", is_new=True))

    prompts = slack.prompts[key.chat, key.thread]
    assert [prompt["message"].split()[0] for prompt in prompts] == ["help", "draft"]


@pytest.fixture
def router(tmp_path: Path) -> Router:
    """Knows the commands that the pane suggests. The core's own are as short as they are there."""

    def ledger_for(context: Context) -> Ledger:
        raise NotImplementedError  # nothing is answered here

    own = Plugin("own")

    @own.command("help")
    @own.command("queue")
    async def show() -> None: ...

    return Router(
        [botcore_chat.plugin, botcore_code.plugin, botcore_draft.plugin, own],
        answerer="chat",
        store=Store(Database(tmp_path / "botcore.db")),
        settings_of=lambda _: None,
        ledger_for=ledger_for,
    )


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.command)
async def test_what_the_pane_suggests_is_a_command_that_can_be_done(
    prompt: Prompt, router: Router, ana: Person, app: App, team: Team
) -> None:
    text = as_command(prompt.message, router.commands)
    command = router.command_of(asked(ana, team, ana.channel(app), "1.000000", text))

    assert command
    assert command.name == prompt.command
    parse_arguments(command.name, command.handler.signature.arguments, typed_behind(text))


async def test_a_conversation_in_the_pane_is_called_by_its_first_message(
    slack: Slack, ana: Person, app: App, team: Team, surfaces: SlackSurfaces, pane: Message
) -> None:
    channel = ana.channel(app)
    await surfaces.will_answer(asked(ana, team, channel, pane.ts, "What  is\nthis? " + "x" * 100))
    await surfaces.will_answer(asked(ana, team, channel, pane.ts, "and that?"))

    title = slack.titles[channel.id, pane.ts]
    assert title.startswith("What is this?")
    assert len(title) <= LONGEST_TITLE


async def test_outside_the_pane_no_title_is_asked_for(
    slack: Slack, ana: Person, app: App, team: Team, surfaces: SlackSurfaces
) -> None:
    app.installed_in(team).scopes -= {"assistant:write"}
    await surfaces.will_answer(asked(ana, team, ana.channel(app), "1.000000"))

    assert slack.calls_of("assistant.threads.setTitle") == []


async def test_a_thread_shows_that_its_question_is_worked_on(
    slack: Slack, ana: Person, team: Team, general: Channel, surfaces: SlackSurfaces
) -> None:
    question = ana.write("hello", general)
    event = asked(ana, team, general, question.ts)
    await surfaces.will_answer(event)
    await slack.until(lambda: bool(slack.statuses), "a status is shown")
    await surfaces.signs.over(event.key)

    assert slack.statuses == {}


async def test_where_no_sign_can_be_shown_it_is_tried_once(
    slack: Slack, ana: Person, team: Team, general: Channel, surfaces: SlackSurfaces
) -> None:
    slack.unknown_methods = {"assistant.threads.setstatus"}
    for _ in range(2):
        await ask(slack, ana, team, general, surfaces)

    assert len(slack.calls_of("assistant.threads.setStatus")) == 1


async def test_when_the_app_is_installed_anew_the_sign_is_tried_anew(
    slack: Slack, ana: Person, app: App, team: Team, general: Channel, surfaces: SlackSurfaces
) -> None:
    app.installed_in(team).scopes -= {"assistant:write", "chat:write"}
    await ask(slack, ana, team, general, surfaces)
    [refused] = slack.calls_of("assistant.threads.setStatus")
    assert refused.error == "missing_scope"

    app.installed_in(team).scopes |= {"chat:write"}
    await ask(slack, ana, team, general, surfaces)
    assert len(slack.calls_of("assistant.threads.setStatus")) == 1, "nobody has told that it may by now"
    await surfaces._clients.accounts.leave(team.id, "", time.time(), everywhere=False)
    await ask(slack, ana, team, general, surfaces)
    assert len(slack.calls_of("assistant.threads.setStatus")) == 2


async def ask(slack: Slack, ana: Person, team: Team, general: Channel, surfaces: SlackSurfaces) -> None:
    """Let a question be worked on until the sign was tried, if it is."""
    question = ana.write("hello", general)
    await surfaces.will_answer(asked(ana, team, general, question.ts))
    await slack.until(lambda: bool(slack.calls_of("assistant.threads.setStatus")), "a status is tried")
    await asyncio.sleep(0.05)


async def test_outside_threads_there_is_no_sign(
    slack: Slack, ana: Person, app: App, team: Team, surfaces: SlackSurfaces
) -> None:
    await surfaces.will_answer(asked(ana, team, ana.channel(app), ""))
    await asyncio.sleep(0.05)

    assert slack.statuses == {}


async def test_what_slack_does_not_draw_is_left(
    slack: Slack, ana: Person, app: App, team: Team, general: Channel, surfaces: SlackSurfaces, pane: Message
) -> None:
    methods = ("views.publish", "assistant.threads.setSuggestedPrompts", "assistant.threads.setTitle")
    for method in (*methods, "assistant.threads.setStatus"):
        slack.faults.add(Fault(code=500), method)
    key = ConversationKey("slack", team.id, ana.channel(app).id, pane.ts)

    await surfaces.home_opened(team.id, ana.id)
    await surfaces.pane_opened(PaneOpened(key, ana.id, "", is_new=True))
    await surfaces.will_answer(asked(ana, team, ana.channel(app), pane.ts))
    await slack.until(lambda: bool(slack.calls_of("assistant.threads.setStatus")), "a status is tried")

    assert (slack.homes, slack.prompts, slack.titles, slack.statuses) == ({}, {}, {}, {})
