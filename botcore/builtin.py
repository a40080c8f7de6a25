"""The commands every bot has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from botcore.arguments import usage
from botcore.conversation import Conversation
from botcore.plugin import Command, Plugin


def builtin_plugin(
    commands: Callable[[], Mapping[str, Command]], stop_turn: Callable[[Conversation], Awaitable[bool]]
) -> Plugin:
    """Return the plugin of /help and /stop; `commands` are all that /help tells of."""
    plugin = Plugin("botcore")

    @plugin.command("help", control=True)
    async def help_(*, command: str = "") -> str:
        """Show what I can do, or how a command is typed: /help summarize."""
        known = commands()
        name = command.strip().lstrip("/").lower()
        if name in known:
            return _explain(known[name])
        lines = [
            f"- `{usage(c.name, c.handler.signature.arguments)}`: {c.description}" for c in known.values()
        ]
        return "\n".join(["Write to me, or use a command:", "", *lines])

    @plugin.command("stop", control=True)
    async def stop(conversation: Conversation) -> str | None:
        """Stop the answer that is being written."""
        return None if await stop_turn(conversation) else "There is nothing to stop."

    return plugin


def _explain(command: Command) -> str:
    line = usage(command.name, command.handler.signature.arguments)
    return f"`{line}`\n\n{command.handler.function.__doc__ or command.description}".strip()
