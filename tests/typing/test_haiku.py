"""The first plugin an author reads: it type-checks with the rest of the tests, and it works."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from botcore.testing import Chat, FakeEngine

if TYPE_CHECKING:
    from botcore import Plugin

specification = importlib.util.spec_from_file_location("haiku", Path(__file__).with_name("haiku.py"))
assert specification and specification.loader
module = importlib.util.module_from_spec(specification)
specification.loader.exec_module(module)
plugin: Plugin = module.plugin


async def test_haiku_names_the_topic() -> None:
    chat = Chat(plugin, FakeEngine("old pond"))

    assert await chat.say("/haiku autumn") == "old pond"


async def test_haiku_is_asked_with_the_conversation_in_mind() -> None:
    engine = FakeEngine(["old pond", "new pond"])
    chat = Chat(plugin, engine)

    await chat.say("/haiku autumn")
    await chat.say("/haiku spring")

    assert [m.text for m in engine.requests[1].messages] == [
        "/haiku autumn",
        "old pond",
        "Write a haiku about spring.",
    ]
