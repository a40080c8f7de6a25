"""Buttons below answers: what they do, for whom, and how often."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from botcore import Author, Button, Context, InputError, Part, Pieces, Plugin, PluginStore, Pressed, User
from botcore.adapter import Accepted, Capabilities, StreamMode
from botcore.endings import OFFER
from botcore.errors import OutcomeUnknown, PluginError, Refused
from botcore.fast_path import TOO_SLOW
from botcore.forms.dialogue import NOT_YOURS
from botcore.presses import ALREADY, NOT_TAKEN
from botcore.quarantine import FAILURES
from botcore.router import GONE
from botcore.store import Store
from botcore.testing import Chat, FakeEngine, MemoryAdapter
from tests.botcore.running_bot import running, talking_plugin

BEN = Author("ben", "Ben")


def voting_plugin() -> Plugin:
    """Offers buttons of all kinds."""
    plugin = Plugin("vote")

    @plugin.command("vote")
    async def vote() -> Part:
        return Part(
            "Where do we meet?",
            (
                Button("Here", "choose", "here"),
                Button("There", "choose", "there"),
                Button("Withdraw", "withdraw", personal=True),
            ),
        )

    async def look(pressed: Pressed, store: PluginStore, *, where: str) -> str:
        if await store.get("closed"):
            raise InputError("The vote is closed.")
        return f"Noted, {pressed.author.name}: {where}"

    @plugin.action("choose", open=look)
    async def choose(user: User, store: PluginStore, *, where: str) -> str:
        store.set("choice", where)
        return f"{user.name} takes {where}."

    @plugin.action("withdraw")
    async def withdraw(store: PluginStore) -> Pieces:
        yield f"It was {await store.get('choice')}."
        yield Part("Again?", (Button("Vote again", "choose", "here"),))

    @plugin.command("close")
    async def close(store: PluginStore) -> str:
        store.set("closed", True)
        return "Closed."

    return plugin


def both() -> list[Plugin]:
    return [talking_plugin(), voting_plugin()]


async def test_a_press_is_answered_at_once_and_does_what_its_button_says() -> None:
    chat = Chat(voting_plugin(), FakeEngine())
    await chat.say("/vote")

    assert await chat.press("There") == "Ana takes there."
    assert chat.last_notice == "Noted, Ana: there"
    assert await chat.press("Withdraw") == "It was there.\n\nAgain?"
    assert await chat.press("Vote again") == "Ana takes here."


async def test_a_button_works_once_whoever_presses_it(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugins=both()) as at:
        await at.ask("/vote")
        press = await at.adapter.press("Here")
        await press.answer()

        for author in (press.event.author, BEN):
            again = replace(press.event, dedupe_key=f"again by {author.id}", author=author)
            assert await at.adapter.deliver(again) is Accepted.DUPLICATE
            assert await at.adapter.notice_of(again.dedupe_key) == ALREADY


async def test_a_button_that_was_pressed_is_taken_away_and_the_others_stay(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugins=both()) as at:
        asked = await at.adapter.post("/vote")
        await at.adapter.answer_to(asked)
        await (await at.adapter.press("Here")).answer()

        [message] = at.adapter.answers_to(asked)
        assert [key.label for key in message.buttons] == ["There", "Withdraw"]
        assert message.text == "Where do we meet?"


async def test_a_message_that_is_gone_is_not_sent_again_because_of_its_button(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugins=both()) as at:
        asked = await at.adapter.post("/vote")
        await at.adapter.answer_to(asked)
        at.adapter.errors = [Refused()]
        await (await at.adapter.press("Here")).answer()

        assert at.adapter.errors == []
        assert len(at.adapter.answers_to(asked)) == 1


async def test_two_presses_at_once_do_it_once(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugins=both()) as at:
        await at.ask("/vote")

        presses = await asyncio.gather(*(at.adapter.press("Here", press_id=f"p{n}") for n in range(4)))

        assert sorted(press.accepted for press in presses) == [Accepted.DUPLICATE] * 3 + [Accepted.NEW]
        assert await presses[0].answer() == "Ana takes here."


async def test_a_personal_button_is_pressed_by_who_asked_and_the_others_are_told_so() -> None:
    chat = Chat(voting_plugin(), FakeEngine())
    await chat.say("/vote", group=True)

    assert await chat.press("Withdraw", author="Ben", group=True) == NOT_YOURS
    assert await chat.press("Here", author="Ben", group=True) == "Ben takes here."
    assert await chat.press("Withdraw", group=True) == "It was here.\n\nAgain?"


async def test_what_opens_an_action_may_keep_it_from_being_done() -> None:
    chat = Chat(voting_plugin(), FakeEngine())
    await chat.say("/vote")
    await chat.say("/close")

    assert await chat.press("Here") == "The vote is closed."


async def test_a_button_of_another_conversation_is_none(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugins=both()) as at:
        await at.ask("/vote")
        [shown] = at.adapter.shown.values()
        elsewhere = replace(shown.key, chat="another room")
        stolen = Pressed(elsewhere, "p1", "m1", BEN, shown.buttons[0].id, datetime.now(UTC), True)

        assert await at.adapter.deliver(stolen) is Accepted.NOTED
        assert await at.adapter.notice_of("p1") == GONE


async def test_a_button_whose_plugin_has_gone_says_so(tmp_path: Path) -> None:
    adapter = MemoryAdapter()
    async with running(
        tmp_path, FakeEngine(), plugins=[talking_plugin(), voting_plugin()], adapter=adapter
    ) as at:
        await at.ask("/vote")
    later = MemoryAdapter()
    later.shown = adapter.shown
    async with running(tmp_path, FakeEngine(), adapter=later) as at:
        assert (await at.adapter.press("Here")).notice == GONE


async def test_a_press_that_was_committed_is_done_after_a_restart(tmp_path: Path) -> None:
    plugins = both()
    adapter = MemoryAdapter()
    async with running(tmp_path, FakeEngine(), plugins=plugins, adapter=adapter) as at:
        await at.ask("/vote")
        turns = at.bot._turns  # nobody claims it any more
        turns.ring = lambda: None  # type: ignore[method-assign]
        await adapter.press("Here")
    later = MemoryAdapter()
    later.shown = adapter.shown
    async with running(tmp_path, FakeEngine(), plugins=plugins, adapter=later) as at, asyncio.timeout(30):
        while "Ana takes here." not in [message.text for message in later.shown.values()]:
            await asyncio.sleep(0.05)


async def test_a_press_that_can_not_be_committed_is_told_and_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise OperationalError("INSERT", None, OSError("disk full"))

    async with running(tmp_path, FakeEngine(), plugins=both()) as at:
        await at.ask("/vote")
        with monkeypatch.context() as broken:
            broken.setattr(Store, "press", fail)
            with pytest.raises(OperationalError):
                await at.adapter.press("Here", press_id="p1")
        assert await at.adapter.notice_of("p1") == NOT_TAKEN

        assert await (await at.adapter.press("Here", press_id="p1")).answer() == "Ana takes here."


async def test_what_opens_too_slowly_is_given_up_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.fast_path.OPEN_SECONDS", 0.05)
    plugin = Plugin("slow")

    async def look() -> None:
        await asyncio.sleep(60)

    @plugin.action("go", open=look)
    async def go() -> str:
        return "gone"

    @plugin.command("offer")
    async def offer() -> Part:
        return Part("Go?", (Button("Go", "go"),))

    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), plugin]) as at:
        await at.ask("/offer")
        for _ in range(FAILURES):
            assert (await at.adapter.press("Go")).notice == TOO_SLOW
        assert "I leave it alone for a while" in (await at.adapter.press("Go")).notice


async def test_what_opens_an_action_changes_nothing(tmp_path: Path) -> None:
    plugin = Plugin("sneaky")

    async def look(store: PluginStore) -> None:
        store.set("seen", True)

    @plugin.action("go", open=look)
    async def go() -> str:
        return "gone"

    @plugin.command("offer")
    async def offer() -> Part:
        return Part("Go?", (Button("Go", "go"),))

    chat = Chat(plugin, FakeEngine())
    await chat.say("/offer")

    assert "can't change anything" in await chat.press("Go")


async def test_a_button_for_an_action_that_is_not_there_is_a_mistake_of_the_plugins(tmp_path: Path) -> None:
    plugin = Plugin("mistaken")

    @plugin.command("offer")
    async def offer() -> Part:
        return Part("Go?", (Button("Go", "go"),))

    chat = Chat(plugin, FakeEngine())

    assert "its button “Go” calls the action go" in await chat.say("/offer")


def test_an_action_that_can_not_be_called_is_refused_when_it_loads() -> None:
    plugin = Plugin("mistaken")

    async def look(context: Context) -> None:
        """Ask for what there is not yet."""

    with pytest.raises(PluginError, match=r"test_buttons\.py:\d+: look can't be given .*`context`"):

        @plugin.action("go", open=look)
        async def go() -> None: ...


async def test_buttons_stay_away_where_nobody_can_press_them(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(edit_interval=0.0))
    async with running(
        tmp_path, FakeEngine(), plugins=[talking_plugin(), voting_plugin()], adapter=adapter
    ) as at:
        assert await at.ask("/vote") == "Where do we meet?"
        [shown] = adapter.shown.values()
        assert shown.buttons == ()


async def test_buttons_stand_below_the_last_message_of_a_long_part(tmp_path: Path) -> None:
    plugin = Plugin("long")

    @plugin.action("go")
    async def go() -> str:
        return "gone"

    @plugin.command("offer")
    async def offer() -> Part:
        return Part("word " * 60, (Button("Go", "go"),))

    able = Capabilities(edit_interval=0.0, buttons=True, max_chars=100)
    adapter = MemoryAdapter(capabilities=able)
    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), plugin], adapter=adapter) as at:
        await at.ask("/offer")

        assert [bool(message.buttons) for message in adapter.shown.values()] == [False, False, True]
        assert await (await adapter.press("Go")).answer() == "gone"


async def test_an_answer_that_may_not_have_arrived_is_shown_by_a_button(tmp_path: Path) -> None:
    able = Capabilities(edit_interval=0.0, buttons=True, stream_mode=StreamMode.FINAL)
    adapter = MemoryAdapter(capabilities=able)
    adapter.errors = [OutcomeUnknown()]
    async with running(tmp_path, FakeEngine("forty-two"), adapter=adapter) as at:
        await at.ask("what is the answer?")
        assert OFFER in await at.ask("well?")

        assert await (await adapter.press("Show it")).answer() == "forty-two"


@pytest.mark.parametrize(
    "buttons",
    [
        (Button("Go", "go"),) * 9,
        (Button("", "go"),),
        (Button("G" * 65, "go"),),
        (Button("Go", "go", "x" * 4001),),
    ],
)
async def test_what_no_platform_can_draw_is_a_mistake_of_the_plugins(buttons: tuple[Button, ...]) -> None:
    plugin = Plugin("mistaken")

    @plugin.action("go")
    async def go() -> str:
        return "gone"

    @plugin.command("offer")
    async def offer() -> Part:
        return Part("Go?", buttons)

    assert "8 buttons" in await Chat(plugin, FakeEngine()).say("/offer")
