"""`/privacy`: what I keep of you, and its end."""

from __future__ import annotations

import time
from collections.abc import Callable

from botcore.access.access import Access
from botcore.access.errands import Errand
from botcore.access.latest import Latest
from botcore.access.privacy import LONGEST
from botcore.access.texts import kept_for
from botcore.context import Context
from botcore.domain import Part
from botcore.errors import InputError
from botcore.plugin import Plugin
from botcore.store.audit import Actor
from botcore.store.privacy import Retention

CONFIRM = "yes"
CONFIRM_SECONDS = 600.0
REMEMBERED = 1000

ABOUT = (
    "I keep what is written to me, my answers, and what is said in groups that let me in; in this chat "
    "{how_long}. All of it stays on the machine that I run on.\n\n"
    "- `/privacy export` shows you everything that I keep of you\n"
    "- `/privacy forget` deletes it\n"
    "- `/privacy retention` says how long I keep what is said here, `/privacy retention 30` sets it"
)
WARNING = (
    "This deletes everything that you wrote to me, or in groups that I read, my answers to it, and what "
    "plugins keep of you. Only sums of what the model did stay, and what you may do here. It can't be taken "
    f"back.\n\nWrite `/privacy forget {CONFIRM}` within ten minutes if you mean it."
)
FILE = "privacy.json"  # what an export is called where it comes as a file
DIRECT_ONLY = "Ask me that in a direct chat: not everybody here should read it. Whoever runs me can help too."


def add_privacy_command(plugin: Plugin, access: Access, clock: Callable[[], float] = time.monotonic) -> None:
    """Add `/privacy` to the core's own commands."""
    warned: Latest[int, float] = Latest(REMEMBERED)

    @plugin.command(Errand.PRIVACY, job=True)
    async def privacy(context: Context, *, action: str = "") -> str | Part:
        """Show or delete what I keep of you: /privacy, then export, forget or retention."""
        action, _, rest = action.strip().partition(" ")
        if action == "":
            days = access.privacy.days_of(await _here(access, context))
            return context.as_typed(ABOUT.format(how_long=kept_for(days)))
        if action == "export":
            if not context.event.direct:
                raise InputError(DIRECT_ONLY)
            return Part(f"```json {FILE}\n{await access.privacy.export(context.user.id)}\n```")
        if action == "forget":
            return await forget(context, rest.strip())
        if action == "retention":
            return await _retention(access, context, rest.strip())
        raise InputError(f"I don't know what “{action}” means here: write export, forget or retention.")

    async def forget(context: Context, word: str) -> str:
        user_id = context.user.id
        if word.casefold() != CONFIRM:
            warned.put(user_id, clock())
            return context.as_typed(WARNING)
        at = warned.get(user_id)
        if at is None or clock() - at > CONFIRM_SECONDS:
            warned.put(user_id, clock())
            return context.as_typed(WARNING)
        count = await access.privacy.forget(user_id, Actor(user_id), but=context.turn_id)
        access.gate.forget()
        return f"It is deleted: {count:,} messages of yours, my answers to them, and the rest. I begin anew."


async def _retention(access: Access, context: Context, wanted: str) -> str:
    here = await _here(access, context)
    if not wanted:
        return f"I keep what is said here {kept_for(access.privacy.days_of(here))}."
    role = await access.gate.role(context.event.key, context.event.author.id)
    if role is None or not role.may_admit:
        raise InputError("Only an owner or an admin of mine can set how long I keep what is said here.")
    days = None if wanted == "default" else parse_days(wanted)
    await access.privacy.set_retention(here.chat_id, days, Actor(context.user.id))
    kept = access.privacy.default_days if days is None else days
    return f"From now on I keep what is said here {kept_for(kept)}. What is older goes within a day."


async def _here(access: Access, context: Context) -> Retention:
    chat_id = context.conversation.scope.chat_id
    return next(one for one in await access.privacy.retentions() if one.chat_id == chat_id)


def parse_days(text: str) -> int:
    """Return a number of days; raise `InputError` when it is none."""
    number = text.removesuffix("days").strip()
    if not number.isdecimal() or int(number) > LONGEST:
        raise InputError(f"“{text}” is no number of days. Write one like 30; 0 is for ever.")
    return int(number)
