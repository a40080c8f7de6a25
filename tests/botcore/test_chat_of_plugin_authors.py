"""What `botcore.testing.Chat` offers to plugin authors for forms and schedules."""

from __future__ import annotations

from datetime import date

import pytest

from botcore import FormRefused
from botcore.testing import Chat, FakeEngine
from tests.botcore.forms.ordering import ordering_plugin
from tests.botcore.schedules.reminding import MONDAY, reminding_plugin


async def test_a_form_is_filled_in() -> None:
    chat = Chat(ordering_plugin(), FakeEngine())

    assert await chat.say("/order") == ""
    assert chat.form.title == "Order lunch"
    with pytest.raises(FormRefused) as refused:
        await chat.submit(dish="soup", portions=12)
    assert refused.value.errors == {"portions": "Please give a number of 9 at most."}
    answer = await chat.submit(dish="soup", portions=2, day=date(2026, 3, 31))
    assert answer == "Ana: 2 soup with nothing, 2026-03-31."
    assert await chat.submit(dish="soup", portions=2) == ""


async def test_somebody_else_can_not_send_it() -> None:
    chat = Chat(ordering_plugin(), FakeEngine())
    await chat.say("/order")

    with pytest.raises(FormRefused, match="closed"):
        await chat.submit(author="Ben", dish="soup")


async def test_a_button_opens_a_form() -> None:
    chat = Chat(ordering_plugin(), FakeEngine())
    await chat.say("/menu", group=True)
    await chat.press("I want soup", group=True)

    assert chat.form.label == "Order"
    assert await chat.submit(count=2) == "2 hot for Ana."


async def test_without_forms_the_bot_asks() -> None:
    chat = Chat(ordering_plugin(), FakeEngine(), forms=False)

    assert "What would you like?" in await chat.say("/order")
    assert "Portions" in await chat.press("soup")


async def test_time_passes() -> None:
    chat = Chat(reminding_plugin(), FakeEngine("a digest"), now=MONDAY)
    await chat.say("/schedules on digest")
    await chat.say("/daily tea")

    assert await chat.advance(minutes=29) == []
    assert await chat.advance(minutes=2) == ["a digest"]
    assert await chat.advance(days=1) == ["Remember tea!", "a digest"]
    until_friday = ["Remember tea!", "a digest"] * 3
    assert await chat.advance(days=5) == [*until_friday, "Remember tea!", "Remember tea!"]
