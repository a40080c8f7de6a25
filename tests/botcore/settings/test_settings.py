"""What people choose for a chat or a tenant, over what the operator and the plugin say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from botcore import Author, Choosable, Plugin
from botcore.access.roles import UserRole
from botcore.adapter import Capabilities
from botcore.settings.command import NOT_EVERYWHERE, NOT_HERE
from botcore.store.access_store import AccessStore
from botcore.store.audit import Actor
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import Running, running, talking_plugin

ANA, BEN = Author("ana", "Ana"), Author("ben", "Ben")


class Poetry(BaseModel):
    """What a poet does."""

    style: Annotated[Literal["plain", "ornate"], Choosable()] = "plain"
    lines: Annotated[int, Choosable()] = Field(default=3, ge=1, le=9)
    title: Annotated[str, Choosable()] = ""
    key: SecretStr = SecretStr("hush")
    url: str = "https://words.example"


class Stricter(BaseModel):
    """The same, a version later."""

    style: Annotated[Literal["plain", "ornate"], Choosable()] = "plain"
    lines: Annotated[int, Choosable()] = Field(default=2, le=4)


def poet() -> Plugin:
    plugin = Plugin("poet", settings=Poetry)

    @plugin.command("poem")
    async def poem(settings: Poetry) -> str:
        """Write a poem."""
        return f"{settings.lines} {settings.style} lines {settings.title}".strip()

    return plugin


def plugins() -> list[Plugin]:
    return [talking_plugin(), poet()]


async def test_words_choose_show_and_take_back(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins()) as at:
        shown = await at.ask("/settings poet")
        chosen = await at.ask("/settings poet style ornate")
        poem = await at.ask("/poem")
        elsewhere = await at.ask("/poem", chat="other")
        await at.ask("/settings poet style reset")
        plain = await at.ask("/poem")

    assert "`style`: plain" in shown
    assert "hush" not in shown
    assert "url" not in shown
    assert "`style`: ornate (chosen for this chat)" in chosen
    assert poem == "3 ornate lines"
    assert elsewhere == plain == "3 plain lines"


async def test_a_chat_is_over_its_tenant_which_is_over_the_file(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins()) as at:
        await at.ask("/settings --everywhere poet lines 5")
        await at.ask("/settings poet lines 7")
        here, there = await at.ask("/poem"), await at.ask("/poem", chat="other")
        shown = await at.ask("/settings poet", chat="other")
        other_tenant = await at.ask("/poem", tenant="elsewhere")

    assert here.startswith("7")
    assert there.startswith("5")
    assert other_tenant.startswith("3")
    assert "`lines`: 5 (chosen for everybody here)" in shown


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/settings poet lines 12", "Please give a number of 9 at most."),
        ("/settings poet style baroque", "Please choose one of these: plain, ornate."),
        ("/settings poet key mine", "There is no setting “key” that can be chosen here."),
        ("/settings poet url https://evil.example", "There is no setting “url” that can be chosen here."),
        ("/settings poet url reset", "There is no setting “url” that can be chosen here."),
        ("/settings poet rhyme reset", "There is no setting “rhyme” that can be chosen here."),
        ("/settings poet lines", "Say what lines should be: `/settings poet lines VALUE`, or `reset`."),
        ("/settings painter", "No plugin “painter” has settings for a chat."),
    ],
)
async def test_what_can_not_be_is_refused(tmp_path: Path, typed: str, answer: str) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins()) as at:
        assert (await at.ask(typed)).startswith(answer)
        assert await at.ask("/poem") == "3 plain lines"


async def test_a_form_changes_several_and_what_is_as_below_is_not_kept(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(edit_interval=0.0, buttons=True, forms=True))
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), adapter=adapter) as at:
        await at.ask("/settings")
        await adapter.press("Change poet")
        form = adapter.forms[-1].open.form
        await adapter.submit({"style": "ornate", "lines": 3, "title": "of rain"})
        await adapter.over(adapter.forms[-1].event.message_id)
        poem = await at.ask("/poem")
        await at.ask("/settings --everywhere poet lines 8")
        later = await at.ask("/poem")

    assert [field.name for field in form.fields] == ["style", "lines", "title"]
    assert form.title == "poet in this chat"
    assert poem == "3 ornate lines of rain"
    assert later == "8 ornate lines of rain"


async def make_admin(at: Running, name: str) -> None:
    store = AccessStore(at.bot.store.database)
    await store.set_role(await store.find_user(f"memory:{name}"), UserRole.ADMIN, Actor())
    at.bot.access.gate.forget()


async def test_in_a_group_and_for_everybody_only_admins_choose(tmp_path: Path) -> None:
    adapter = MemoryAdapter(trusted=False)
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), adapter=adapter) as at:
        await at.adapter.post("hi", author=ANA)
        await at.bot.access.desk.set_tenant("memory", "test", allowed=True)
        group: dict[str, Any] = {"chat": "group", "direct": False}
        await at.ask("hi", author=ANA)
        refused = await at.ask("/settings poet lines 5", author=ANA, **group)
        everywhere = await at.ask("/settings --everywhere poet lines 5", author=ANA)
        own = await at.ask("/settings poet lines 5", author=ANA)
        await make_admin(at, "ana")
        allowed = await at.ask("/settings poet lines 5", author=ANA, **group)
        audit = await at.bot.access.desk.store.audit(10)

    assert refused == NOT_HERE
    assert everywhere == NOT_EVERYWHERE
    assert "`lines`: 5 (chosen for this chat)" in own
    assert "`lines`: 5 (chosen for this chat)" in allowed
    assert [entry.detail for entry in audit if entry.action == "setting"] == ["poet.lines", "poet.lines"]


async def test_what_does_not_fit_any_more_is_left_out(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins()) as at:
        await at.ask("/settings poet lines 9")
        await at.ask("/settings poet style ornate")

    plugin = Plugin("poet", settings=Stricter)

    @plugin.command("poem")
    async def poem(settings: Stricter) -> str:
        return f"{settings.lines} {settings.style} lines"

    async with running(tmp_path, FakeEngine("hello"), plugins=[talking_plugin(), plugin]) as at:
        assert await at.ask("/poem") == "2 ornate lines"


async def test_what_somebody_chose_for_themselves_goes_when_they_are_forgotten(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins()) as at:
        await at.ask("/settings poet lines 9")
        await at.ask("/privacy forget")
        await at.ask("/privacy forget yes")
        assert await at.ask("/poem") == "3 plain lines"


async def test_without_forms_settings_are_asked_for_one_after_the_other(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins()) as at:
        await at.ask("/settings")
        style = await (await at.adapter.press("Change poet")).answer()
        lines = await (await at.adapter.press("ornate")).answer()
        title = await at.ask("12")
        title = await at.ask("5")
        changed = await at.ask("of rain")
        poem = await at.ask("/poem")

    assert "**Style**" in style
    assert "Now: plain" in style
    assert "**Lines**" in lines
    assert "**Title**" in title
    assert "`lines`: 5 (chosen for this chat)" in changed
    assert poem == "5 ornate lines of rain"
