"""Forms that a platform draws: validated before anything is kept, committed before the acknowledgement."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from botcore import Author, DeliveryError, FormRefused
from botcore.adapter import Accepted, Capabilities
from botcore.forms.showing import CANT_OPEN
from botcore.store.form_store import FormStore
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.forms.ordering import ordering_plugin
from tests.botcore.running_bot import Running, running, talking_plugin

ABLE = Capabilities(edit_interval=0.0, buttons=True, forms=True)
GOOD = {"dish": "soup", "portions": "2", "extras": ["cake"], "day": None}
PLUGINS = [talking_plugin(), ordering_plugin()]


async def sent(at: Running, values: dict[str, object]) -> str:
    """Send the form that is open, and return what the bot answers."""
    before, form = set(at.adapter.shown), at.adapter.forms[-1]
    assert await at.adapter.submit(values) is Accepted.NEW  # type: ignore[arg-type]
    await at.adapter.over(form.event.message_id)
    return "\n".join(message.text for message in at.adapter.said_since(before, form.event.key))


async def test_a_form_is_sent_after_a_restart(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=ABLE)
    async with running(tmp_path, FakeEngine(), plugins=PLUGINS, adapter=adapter) as at:
        assert await at.ask("/order") == ""
    again = MemoryAdapter(capabilities=ABLE)
    again.forms = adapter.forms
    async with running(tmp_path, FakeEngine(), plugins=PLUGINS, adapter=again) as at:
        assert "2 soup with cake, today." in await sent(at, dict(GOOD))


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"dish": "This is needed."}),
        ({**GOOD, "portions": "many"}, {"portions": "Please give a number, like 3."}),
        (
            {"dish": "stew", "day": "soon"},
            {"dish": "Please choose one of these: soup, salad.", "day": "Please give a date, like"},
        ),
    ],
)
async def test_errors_stand_beside_the_fields(
    tmp_path: Path, values: dict[str, object], errors: dict[str, str]
) -> None:
    adapter = MemoryAdapter(capabilities=ABLE)
    async with running(tmp_path, FakeEngine(), plugins=PLUGINS, adapter=adapter) as at:
        await at.ask("/order")
        with pytest.raises(FormRefused) as refused:
            await at.adapter.submit(values)  # type: ignore[arg-type]
        assert await sent(at, dict(GOOD))

    assert refused.value.errors.keys() == errors.keys()
    assert all(refused.value.errors[name].startswith(text) for name, text in errors.items())


async def test_sent_twice_at_once_it_is_done_once(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=ABLE)
    async with running(tmp_path, FakeEngine(), plugins=PLUGINS, adapter=adapter) as at:
        await at.ask("/order")
        accepted = await asyncio.gather(*(adapter.submit(dict(GOOD)) for _ in range(4)))  # type: ignore[arg-type]
        await adapter.over(adapter.forms[-1].event.message_id)

    assert sorted(accepted) == sorted([Accepted.NEW, *[Accepted.DUPLICATE] * 3])


async def test_when_it_can_not_be_committed_nothing_is_done_and_it_can_be_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = MemoryAdapter(capabilities=ABLE)
    async with running(tmp_path, FakeEngine(), plugins=PLUGINS, adapter=adapter) as at:
        await at.ask("/order")
        with monkeypatch.context() as down:

            async def fail(*_: object) -> None:
                raise OperationalError("insert", {}, Exception("database is locked"))

            down.setattr(FormStore, "send", fail)
            with pytest.raises(OperationalError):
                await adapter.submit(dict(GOOD))  # type: ignore[arg-type]
        assert "2 soup" in await sent(at, dict(GOOD))


async def test_a_form_is_nobody_else_s(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=ABLE)
    async with running(tmp_path, FakeEngine(), plugins=PLUGINS, adapter=adapter) as at:
        await at.ask("/order")
        with pytest.raises(FormRefused):
            await adapter.submit(dict(GOOD), author=Author("ben", "Ben"))  # type: ignore[arg-type]


async def test_a_form_that_can_not_be_opened_any_more_gets_a_button(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=ABLE)
    async with running(tmp_path, FakeEngine(), plugins=PLUGINS, adapter=adapter) as at:
        await at.ask("/menu")
        adapter.errors = [DeliveryError("too late")]
        await adapter.press("I want soup")
        await at.until(lambda: CANT_OPEN in [message.text for message in adapter.shown.values()])
        await adapter.press("Open the form")
        assert adapter.forms[-1].open.form.title == "Soup for Ana"
        assert await adapter.submit({"count": "2"}) is Accepted.NEW
        await at.until(lambda: "2 hot for Ana." in [message.text for message in adapter.shown.values()])
