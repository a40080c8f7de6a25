"""Where a platform has no forms the bot asks for one field after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from botcore import Author, Button, Field, Form, Part, Plugin
from botcore.adapter import Accepted, Capabilities
from botcore.forms.dialogue import CANCELLED, GONE, NOT_YOURS
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.forms.ordering import ordering_plugin
from tests.botcore.running_bot import Running, running, talking_plugin

BEN = Author("ben", "Ben")
PLUGINS = [talking_plugin(), ordering_plugin()]
NO_BUTTONS = Capabilities(edit_interval=0.0)


def keys_of(at: Running) -> list[str]:
    return [key.label for key in list(at.adapter.shown.values())[-1].buttons]


async def test_a_command_asks_field_by_field_and_the_handler_gets_typed_values(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=NO_BUTTONS)
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS, adapter=adapter) as at:
        first = await at.ask("/order")
        second = await at.ask("salad")
        third = await at.ask("3")
        fourth = await at.ask("cake, 1")
        answer = await at.ask("2026-03-31")
        plain = await at.ask("hi")

    assert "**What would you like?**" in first
    assert "1. soup\n2. salad" in first
    assert "(1 of 4)" in first
    assert "**Portions**" in second
    assert "Now: 1" in second
    assert "**Extras**" in third
    assert "**Day**" in fourth
    assert answer == "ana: 3 salad with bread, cake, 2026-03-31." or answer.startswith("Ana: 3 salad")
    assert plain == "hello"


async def test_what_is_wrong_is_said_and_asked_again(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=NO_BUTTONS)
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS, adapter=adapter) as at:
        await at.ask("/order")
        wrong = await at.ask("pizza")
        await at.ask("soup")
        too_many = await at.ask("12")

    assert wrong.startswith("Please choose one of these: soup, salad.")
    assert "**What would you like?**" in wrong
    assert too_many.startswith("Please give a number of 9 at most.")


async def test_words_skip_go_back_and_cancel(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=NO_BUTTONS)
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS, adapter=adapter) as at:
        await at.ask("/order")
        needed = await at.ask("/skip")
        await at.ask("soup")
        back = await at.ask("/back")
        await at.ask("salad")
        await at.ask("/skip")
        await at.ask("/skip")
        answer = await at.ask("/skip")
        await at.ask("/order")
        given_up = await at.ask("/cancel")
        plain = await at.ask("soup")

    assert needed.startswith("This is needed.")
    assert "**What would you like?**" in back
    assert "Now: soup" in back
    assert "1 salad with nothing, today." in answer
    assert given_up == CANCELLED
    assert plain == "hello"


async def test_buttons_choose_toggle_and_keep(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        await at.ask("/order")
        labels = keys_of(at)
        assert "Portions" in await (await at.adapter.press("soup")).answer()
        assert await (await at.adapter.press("Keep 1")).answer()
        await at.adapter.press("cake")
        await at.until(lambda: "✓ cake" in keys_of(at))
        await at.adapter.press("water")
        await at.until(lambda: "✓ water" in keys_of(at))
        await at.adapter.press("✓ cake")
        await at.until(lambda: "cake" in keys_of(at))
        assert "**Day**" in await (await at.adapter.press("Done")).answer()
        answer = await (await at.adapter.press("Skip")).answer()
        questions = [message.text for message in at.adapter.shown.values()]

    assert labels == ["soup", "salad", "Cancel"]
    assert "1 soup with water, today." in answer
    assert "What would you like?: soup" in questions
    assert "Extras: water" in questions


async def test_a_dialogue_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        await at.ask("/order")
        await at.ask("soup")
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        third = await at.ask("2")

    assert "**Extras**" in third


async def test_in_a_group_only_the_answers_of_who_is_asked_count(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        first = await at.ask("/order", chat="group", direct=False)
        other = await at.ask("soup", chat="group", direct=False, author=BEN)
        notice = (await at.adapter.press("soup", chat="group", author=BEN)).notice
        second = await at.ask("salad", chat="group", direct=False)

    assert first.startswith("_ana, Order lunch") or first.startswith("_Ana, Order lunch")
    assert other == "hello"
    assert notice == NOT_YOURS
    assert "**Portions**" in second


async def test_commands_go_their_own_way_while_somebody_is_asked(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        await at.ask("/order")
        assert await at.ask("/count") == "1"
        assert "**Portions**" in await at.ask("soup")


async def test_the_plugin_has_the_last_word_and_the_dialogue_goes_back_to_its_field(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=NO_BUTTONS)
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS, adapter=adapter) as at:
        await at.ask("/sold_out salad")
        await at.ask("/order")
        for text in ("salad", "/skip", "/skip"):
            await at.ask(text)
        refused = await at.ask("/skip")
        await at.ask("soup")

    assert "there is no salad left." in refused
    assert "**What would you like?**" in refused


async def test_an_old_dialogue_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        await at.ask("/order")
        monkeypatch.setattr("botcore.store.forms.DIALOGUE_KEPT", timedelta(0))
        assert (await at.adapter.press("soup")).notice == GONE
        assert await at.ask("soup") == "hello"


async def test_a_message_that_is_delivered_twice_answers_once(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        await at.ask("/order")
        message_id = await at.adapter.post("soup")
        assert "**Portions**" in await at.adapter.answer_to(message_id)
        again = await at.adapter.deliver(replace(at.adapter.events[message_id]))
        assert again is Accepted.DUPLICATE
        assert "**Extras**" in await at.ask("2")


async def test_a_button_opens_its_form_for_everybody_who_presses_it(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        await at.ask("/menu", chat="group", direct=False)
        for author in (Author("ana", "Ana"), BEN):
            question = await (await at.adapter.press("I want soup", chat="group", author=author)).answer()
            assert f"Soup for {author.name}" in question
        assert await at.ask("2", chat="group", direct=False, author=BEN) == "2 hot for Ben."
        assert await at.ask("9", chat="group", direct=False) != "9 hot for Ana."
        assert await at.ask("3", chat="group", direct=False) == "3 hot for Ana."


async def test_a_form_that_can_not_be_opened_says_why(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        await at.ask("/sold_out soup")
        await at.ask("/menu")
        press = await at.adapter.press("I want soup")

    assert press.notice == "There is no soup left."


async def test_who_is_asked_by_a_button_may_answer_by_buttons_too(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        await at.ask("/choose")
        question = await (await at.adapter.press("Choose")).answer()
        answer = await (await at.adapter.press("Yes")).answer()

    assert "**Really**" in question
    assert answer == "It is True."


async def test_a_form_that_nobody_takes_is_said_and_not_delivered_for_ever(tmp_path: Path) -> None:
    plugin = Plugin("odd")

    async def ask() -> Form:
        return Form("Odd", (Field("colour"),))

    @plugin.command("odd", open=ask)
    async def odd(*, shape: str) -> str:
        return shape

    @plugin.command("show")
    async def show() -> Part:
        return Part("Odd!", (Button("Open", "open"),))

    @plugin.action("open", open=Form("Odd", (Field("colour"),), submit="nothing"))
    async def open_(*, colour: str) -> str:
        return colour

    async with running(tmp_path, FakeEngine("hello"), plugins=[talking_plugin(), plugin]) as at:
        assert "asks for colour, not all of which /odd takes" in await at.ask("/odd")
        await at.ask("/show")
        assert "is for nothing, which odd does not have" in (await at.adapter.press("Open")).notice


async def test_what_is_half_filled_in_is_shown_to_its_author_and_forgotten_with_them(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=PLUGINS) as at:
        await at.ask("/order")
        await at.ask("salad")
        exported = await at.ask("/privacy export")
        await at.ask("/privacy forget")
        await at.ask("/privacy forget yes")
        plain = await at.ask("3")

    assert '"half_filled_in"' in exported
    assert '"dish": "salad"' in exported
    assert plain == "hello"
