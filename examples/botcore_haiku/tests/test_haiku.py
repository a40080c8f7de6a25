"""A conversation with the plugin, over the real core and a model with a script."""

from __future__ import annotations

from botcore_haiku import plugin

from botcore.testing import Chat, FakeEngine


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
