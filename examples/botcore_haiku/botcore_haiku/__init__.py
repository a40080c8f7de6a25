"""Answer /haiku with a poem about the conversation."""

from botcore import Conversation, Engine, ModelMessage, Pieces, Plugin

plugin = Plugin("haiku")


@plugin.command("haiku")
async def haiku(conversation: Conversation, engine: Engine, *, topic: str = "us") -> Pieces:
    """Write a haiku: ``/haiku`` or ``/haiku autumn``."""
    ask = ModelMessage.user(f"Write a haiku about {topic}.")
    async for piece in engine.stream([*await conversation.history(limit=10), ask]):
        yield piece
