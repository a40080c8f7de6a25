"""A mistake in a plugin is found when it loads, with its file and line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pytest

from botcore import Capability, Context, Conversation, Engine, Ledger, Plugin
from botcore.arguments import parse_arguments
from botcore.errors import InputError, PluginError
from botcore.router import Router
from botcore.store import Store
from botcore.testing import Chat, FakeEngine


def route(plugins: Sequence[Plugin], answerer: str, store: Store) -> Router:
    def ledger_for(context: Context) -> Ledger:
        raise NotImplementedError  # nothing is answered here

    return Router(plugins, answerer=answerer, store=store, settings_of=lambda _: None, ledger_for=ledger_for)


def test_what_a_plugin_did_not_declare_is_refused_with_the_line_that_asks_for_it() -> None:
    plugin = Plugin("curious")

    with pytest.raises(
        PluginError, match=r"test_plugins_load\.py:\d+: recall asks .*\[Capability\.HISTORY\]"
    ):

        @plugin.command("recall")
        async def recall(ledger: Ledger) -> None:
            await ledger.read()


async def test_what_it_declared_it_is_given() -> None:
    plugin = Plugin("curious", capabilities=[Capability.HISTORY])

    @plugin.command("recall")
    async def recall(ledger: Ledger) -> str:
        return " | ".join(message.text for message in await ledger.read(last=1))

    chat = Chat(plugin, FakeEngine())
    await chat.say("blue is my favourite")
    assert await chat.say("/recall") == "blue is my favourite"


def test_a_parameter_nobody_can_give_is_named() -> None:
    plugin = Plugin("mistaken")

    with pytest.raises(PluginError, match=r"test_plugins_load\.py:\d+: greet can't be given .*`whom`"):

        @plugin.command("greet")
        async def greet(whom: str) -> str:
            return whom


def test_a_parameter_without_a_type_is_named() -> None:
    plugin = Plugin("mistaken")

    with pytest.raises(PluginError, match="`whom`"):

        @plugin.command("greet")
        async def greet(whom) -> str:  # type: ignore[no-untyped-def]
            return str(whom)


def test_a_handler_must_be_async() -> None:
    plugin = Plugin("mistaken")

    with pytest.raises(PluginError, match="async def"):

        @plugin.command("greet")
        def greet() -> str:
            return "hi"


def test_an_answerer_takes_no_arguments() -> None:
    plugin = Plugin("mistaken")

    with pytest.raises(PluginError, match="takes no arguments"):

        @plugin.answerer
        async def answer(conversation: Conversation, *, tone: str = "warm") -> str:
            return tone


def test_two_commands_of_one_name_are_refused() -> None:
    plugin = Plugin("mistaken")

    async def greet() -> str:
        return "hi"

    plugin.command("greet")(greet)
    with pytest.raises(PluginError, match="two commands /greet"):
        plugin.command("greet")(greet)


async def test_two_plugins_with_one_command_are_refused(store: Store) -> None:
    plugins = [Plugin("one"), Plugin("two")]
    for plugin in plugins:

        @plugin.command("greet")
        async def greet() -> str:
            return "hi"

    with pytest.raises(PluginError, match="one and two both have the command /greet"):
        route(plugins, "one", store)


async def test_an_answerer_that_is_none_is_refused_with_those_that_are(store: Store) -> None:
    plugin = Plugin("able")

    @plugin.answerer
    async def answer() -> str:
        return "hi"

    with pytest.raises(PluginError, match=r"bot\.answerer is “unable”.*: able"):
        route([plugin], "unable", store)


def command(text: str) -> dict[str, object]:
    plugin = Plugin("test")

    @plugin.command("go")
    async def go(*, times: int = 1, fast: bool = False, where: str = "home") -> str:
        return where

    return parse_arguments("go", plugin.commands["go"].handler.signature.arguments, text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("3", {"times": 3}),
        ("3 over the hills", {"times": 3, "where": "over the hills"}),
        ("where=town 2", {"where": "town", "times": 2}),
        ("--fast --times 4 far away", {"fast": True, "times": 4, "where": "far away"}),
    ],
)
def test_arguments_are_taken_as_people_type_them(text: str, values: dict[str, object]) -> None:
    assert command(text) == values


@pytest.mark.parametrize(
    ("text", "problem"),
    [("many", "times can't be “many”"), ("--slow", "There is no argument --slow")],
)
def test_a_wrong_argument_is_answered_with_the_usage(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as error:
        command(text)
    assert "Type it like this: /go [times] [--fast] [where]" in str(error.value)


def letter(text: str) -> dict[str, object]:
    plugin = Plugin("test")

    @plugin.command("letter")
    async def letter(
        *,
        kind: Literal["reply", "email"],
        tone: Literal["formal", "friendly"] | None = None,
        text: str = "",
    ) -> str:
        return text

    return parse_arguments("letter", plugin.commands["letter"].handler.signature.arguments, text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Email formal words", {"kind": "email", "text": "formal words"}),
        ("email --tone Formal to Bo", {"kind": "email", "tone": "formal", "text": "to Bo"}),
        ("email —tone formal to Bo", {"kind": "email", "tone": "formal", "text": "to Bo"}),
        ("--tone formal email to Bo", {"kind": "email", "tone": "formal", "text": "to Bo"}),
        ("email\n    - to Bo\n    - yes", {"kind": "email", "text": "    - to Bo\n    - yes"}),
        ("email\n--tone is a word here", {"kind": "email", "text": "--tone is a word here"}),
        ("email text=5", {"kind": "email", "text": "text=5"}),
    ],
)
def test_a_choice_that_may_be_left_out_takes_no_word_of_the_text(
    text: str, values: dict[str, object]
) -> None:
    assert letter(text) == values


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("poem to Bo", "kind can't be “poem”: input should be 'reply' or 'email'"),
        ("email --tone rude", "tone can't be “rude”: input should be 'formal' or 'friendly'"),
    ],
)
def test_a_wrong_choice_is_answered_with_those_there_are(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as error:
        letter(text)
    assert "Type it like this: /letter reply|email [--tone formal|friendly] [text]" in str(error.value)


def test_parameters_of_any_number_are_refused() -> None:
    plugin = Plugin("mistaken")

    with pytest.raises(PluginError, match="`anything`"):

        @plugin.command("greet")
        async def greet(*anything: Conversation) -> str:
            return "hi"


def test_a_control_command_can_not_have_the_engine() -> None:
    plugin = Plugin("mistaken")

    with pytest.raises(PluginError, match="can't use the engine"):

        @plugin.command("greet", control=True)
        async def greet(engine: Engine) -> str:
            return "hi"
