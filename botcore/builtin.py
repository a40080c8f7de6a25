"""The commands every bot has."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from botcore.arguments import usage
from botcore.context import Context
from botcore.conversation import Conversation
from botcore.domain import Part, Pieces, User
from botcore.plugin import Command, Plugin
from botcore.router import BUILTIN
from botcore.store import Store
from botcore.waiting import in_lines

if TYPE_CHECKING:
    from botcore.turns import Turns


def builtin_plugin(
    commands: Callable[[], Mapping[str, Command]], turns: Callable[[], Turns], store: Store
) -> Plugin:
    """Return the plugin of /help, /stop, /queue and /missed; `commands` are all that /help tells of."""
    plugin = Plugin(BUILTIN)

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
    async def stop(conversation: Conversation, user: User) -> str | None:
        """Stop the answer that is being written, and your jobs here."""
        return None if await turns().stop(conversation, user) else "There is nothing to stop."

    @plugin.command("queue", control=True)
    async def queue(user: User) -> str:
        """Show what of yours is being answered or waits."""
        return in_lines(await turns().queue(user))

    @plugin.command("missed", control=True)
    async def missed(conversation: Conversation, context: Context) -> Pieces:
        """Show answers that may not have reached you."""
        parts = await store.missed(conversation.scope)
        context.shown.extend(parts)
        for part in parts:
            yield Part(part.text)
        if not parts:
            yield "Nothing is missing: every answer has arrived."

    return plugin


def _explain(command: Command) -> str:
    line = usage(command.name, command.handler.signature.arguments)
    return f"`{line}`\n\n{inspect.getdoc(command.handler.function) or command.description}".strip()
