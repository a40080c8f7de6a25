"""The commands every bot has."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from botcore.arguments import usage
from botcore.context import Context
from botcore.conversation import Conversation
from botcore.declarations import Command
from botcore.domain import Part, Pieces, User
from botcore.endings import OFFER
from botcore.errors import InputError, NotFound
from botcore.plugin import Plugin
from botcore.router import BUILTIN, START
from botcore.store import Store
from botcore.store.operate import MESSAGE, Operator
from botcore.waiting import in_lines

if TYPE_CHECKING:
    from botcore.access.membership import Memberships
    from botcore.turns import Turns


WELCOME = (
    "Hello! Write to me as you would to a colleague, and I answer. "
    "/help shows what else I can do, /stop ends an answer that takes too long."
)
NOT_THERE = (
    "This link leads to nothing any more: it works once, for a day, and only for the person who asked. "
    "Please ask again in the group."
)
SHOWN = "Everybody there can read it now."
NOT_SHOWN = "That answer is not kept any more, or everybody has seen it. Please ask again."
IS_ASKED = "That is being answered again, or is not kept any more."


def builtin_plugin(
    commands: Callable[[], Mapping[str, Command]],
    turns: Callable[[], Turns],
    store: Store,
    memberships: Memberships,
) -> Plugin:
    """Return the plugin of what every bot can do; `commands` are all that /help tells of."""
    plugin = Plugin(BUILTIN)
    _add_conversing(plugin, commands, turns)
    _add_missed(plugin, turns, store)
    _add_private_answers(plugin, store, memberships)
    return plugin


def _add_conversing(
    plugin: Plugin, commands: Callable[[], Mapping[str, Command]], turns: Callable[[], Turns]
) -> None:

    @plugin.command("help", control=True)
    async def help_(context: Context, *, command: str = "") -> str:
        """Show what I can do, or how a command is typed: /help summarize."""
        known = commands()
        name = command.strip().lstrip("/").lower()
        if name in known:
            return context.as_typed(_explain(known[name]))
        lines = [
            f"- `{usage(c.name, c.handler.signature.arguments)}`: {c.description}" for c in known.values()
        ]
        return context.as_typed("\n".join(["Write to me, or use a command:", "", *lines]))

    @plugin.command("stop", control=True)
    async def stop(conversation: Conversation, user: User) -> str | None:
        """Stop the answer that is being written, and your jobs here."""
        return None if await turns().stop(conversation, user) else "There is nothing to stop."

    @plugin.command("queue", control=True)
    async def queue(user: User) -> str:
        """Show what of yours is being answered or waits."""
        return in_lines(await turns().queue(user))


def _add_missed(plugin: Plugin, turns: Callable[[], Turns], store: Store) -> None:
    @plugin.action("missed", control=True)
    @plugin.command("missed", control=True)
    async def missed(conversation: Conversation, context: Context) -> Pieces:
        """Show answers that may not have reached you."""
        parts = await store.missed(conversation.scope)
        context.shown.extend(parts)
        for part in parts:
            yield Part(part.text.removesuffix(context.as_typed(OFFER)).rstrip() or part.text)
        if not parts:
            yield "Nothing is missing: every answer has arrived."

    @plugin.action("again", control=True)
    async def again(*, number: int) -> str | None:
        """Ask once more what was given up."""
        try:
            await Operator(store.database).retry([f"{MESSAGE}{number}"])
        except InputError:
            return IS_ASKED
        turns().ring()
        return None


def _add_private_answers(plugin: Plugin, store: Store, memberships: Memberships) -> None:
    @plugin.command(START, control=True)
    async def start(context: Context, user: User, *, token: str = "") -> Pieces:
        """Say hello; a link from a group brings you here for an answer that is yours alone."""
        token = token.strip()
        if not (token and context.event.direct):
            yield context.as_typed(WELCOME)
            return
        answer = await store.find_private(token, user.id)
        if answer is None:
            raise InputError(NOT_THERE)
        context.handed_over.append(token)
        context.speaks_for.append(answer.plugin)
        for part in answer.parts:
            yield part

    @plugin.action("show", control=True)
    async def show(context: Context, conversation: Conversation, user: User, *, token: str) -> Pieces:
        """Show a private answer to everybody in the group where it was asked for."""
        answer = await store.find_private(token, user.id, shown=True)
        is_here = answer is not None and answer.conversation_id == conversation.scope.conversation_id
        if answer is None or not (is_here or context.event.direct):
            raise InputError(NOT_SHOWN)
        if not await memberships.is_member(answer.key, context.event.author.id):
            raise NotFound
        context.shown_to_all.append(token)
        if not is_here:
            context.posted.append((answer.key, answer.parts))
            yield SHOWN
            return
        context.speaks_for.append(answer.plugin)
        for part in answer.parts:
            yield part


def _explain(command: Command) -> str:
    line = usage(command.name, command.handler.signature.arguments)
    return f"`{line}`\n\n{inspect.getdoc(command.handler.function) or command.description}".strip()
