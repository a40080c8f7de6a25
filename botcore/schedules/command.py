"""`/schedules`: what is done in this chat at certain times, for people to see and to end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from botcore.access.gate import Gate
from botcore.access.times import clock_time
from botcore.context import Context
from botcore.declarations import Planned
from botcore.domain import Button, Part
from botcore.errors import InputError
from botcore.forms.dialogue import plain
from botcore.forms.form import FieldKind
from botcore.injection import Capability
from botcore.plugin import Plugin
from botcore.router import Router
from botcore.schedules.schedules import Schedule, Schedules, offer_id
from botcore.schedules.times import explained
from botcore.store.audit import Actor
from botcore.store.calls import Call
from botcore.store.schedule_store import ScheduleStore
from botcore.store.schedules import DueSchedule

NAME = "botcore.schedules"
LEFT_OUT = "left_out"  # the action that tells of what is not done any more
MOST_BUTTONS = 8

NO_RIGHT = "In a group only my owners and admins can do that, and whoever planned something can remove it."
MUTED = "I am quiet here: I say nothing any more that nobody has asked for. `/schedules unmute` ends that."
UNMUTED = "I do again here what is planned."
SOME_BUTTONS = (
    "There are buttons for some of this. For the rest, type `/schedules remove` or `/schedules on`, and "
    "behind it what stands there `like this`."
)
HOW = "Type `/schedules`, or `/schedules` with remove, on, off, mute or unmute behind it."


class ScheduleDesk:
    """Shows what is planned in a chat, and changes it."""

    def __init__(self, router: Router, gate: Gate, store: ScheduleStore, now: Callable[[], datetime]) -> None:
        self._router = router
        self._gate = gate
        self._store = store
        self._now = now

    async def show(self, context: Context) -> Part:
        """Return what is planned here, and what plugins offer."""
        scope = context.conversation.scope
        planned = await self._store.of_conversation(scope)
        lines = [f"{number}. {_line(one, context)}" for number, one in enumerate(planned, 1)]
        text = "\n".join(["Planned here:", "", *lines]) if lines else "Nothing is planned here."
        on = {(one.plugin, one.action) for one in planned}
        offers = [(name, one) for name, one in self._offers().items() if _names(one) not in on]
        if offers:
            offered = [f"- `{name}`: {plain(one.title)}, {_spoken(one.cron)}" for name, one in offers]
            text += "\n".join(["\n\nThis can be switched on:", "", *offered])
        buttons = _buttons(planned, [name for name, _ in offers])
        if len(buttons) < len(planned) + len(offers):
            text += f"\n\n{context.as_typed(SOME_BUTTONS)}"
        if await self._store.is_muted(scope):
            text += f"\n\n{context.as_typed(MUTED)}"
        return Part(text, buttons)

    async def remove(self, context: Context, schedule_id: str) -> str:
        """Plan something no more, if they may."""
        scope = context.conversation.scope
        planned = {one.id: one for one in await self._store.of_conversation(scope)}
        one = planned.get(schedule_id)
        if one is None:
            raise InputError(f"Nothing is planned here as “{schedule_id}”. /schedules shows what is.")
        if one.user_id != context.user.id:
            await self._check_right(context)
        await self._store.remove(one.id, scope)
        return f"“{plain(one.title)}” is planned no more."

    async def switch_on(self, context: Context, name: str) -> str:
        """Plan here what a plugin offers."""
        await self._check_right(context)
        offer = self._offer(name)
        scope, plugin = context.conversation.scope, offer.action.run.plugin
        here = await self._store.of_conversation(scope)
        if any((one.plugin, one.action) == _names(offer) for one in here):
            return f"“{plain(offer.title)}” is on already."
        schedules = Schedules(
            self._store,
            scope,
            plugin,
            user_id=context.user.id,
            zone=context.user.timezone,
            actions=self._router.plugins[plugin].actions,
            now=self._now(),
        )
        added = await schedules.every(
            offer.cron, offer.action.name, title=offer.title, zone=offer.zone, late=offer.late
        )
        # Two who want it at the same moment both find that it is not there: it is planned once nevertheless.
        schedules.added = [replace(added, id=offer_id(scope.conversation_id, *_names(offer)))]
        context.schedules[plugin] = schedules
        return f"“{plain(offer.title)}” is on: {_when(added, context)}."

    async def switch_off(self, context: Context, name: str) -> str:
        """Plan that no more."""
        await self._check_right(context)
        offer, scope = self._offer(name), context.conversation.scope
        for one in await self._store.of_conversation(scope):
            if (one.plugin, one.action) == _names(offer):
                await self._store.remove(one.id, scope)
                return f"“{plain(offer.title)}” is off."
        return f"“{plain(offer.title)}” was not on."

    async def mute(self, context: Context, *, muted: bool) -> str:
        """Say nothing unasked here, or do so again."""
        await self._check_right(context)
        await self._store.mute(context.conversation.scope, Actor(context.user.id), muted=muted)
        return context.as_typed(MUTED) if muted else UNMUTED

    def _offers(self) -> dict[str, Planned]:
        return {
            f"{plugin.name}.{name}": planned
            for plugin in self._router.plugins.values()
            for name, planned in plugin.planned.items()
        }

    def _offer(self, name: str) -> Planned:
        offers = self._offers()
        found = [one for key, one in offers.items() if name in (key, key.partition(".")[2])]
        if len(found) != 1:
            names = ", ".join(offers) or "nothing"
            raise InputError(f"“{name}” is nothing that can be switched on. There is: {names}.")
        return found[0]

    async def _check_right(self, context: Context) -> None:
        event = context.event
        role = await self._gate.role(event.key, event.author.id)
        if not event.direct and (role is None or not role.may_admit):
            raise InputError(NO_RIGHT)


def schedules_plugin(desk: Callable[[], ScheduleDesk]) -> Plugin:
    """Return the core's plugin of /schedules."""
    plugin = Plugin(NAME, capabilities=[Capability.SEND_UNASKED])

    @plugin.command("schedules", control=True)
    async def schedules(context: Context, *, what: str = "") -> str | Part:
        """Show what is done here at certain times; /schedules mute lets me say nothing unasked here."""
        word, _, name = what.strip().partition(" ")
        if not word:
            return await desk().show(context)
        if word in ("mute", "unmute") and not name:
            return await desk().mute(context, muted=word == "mute")
        ways = {"remove": desk().remove, "on": desk().switch_on, "off": desk().switch_off}
        if word not in ways or not name.strip():
            raise InputError(HOW)
        return await ways[word](context, name.strip())

    @plugin.action("remove", control=True)
    async def remove(context: Context, *, name: str) -> str:
        """Plan something no more."""
        return await desk().remove(context, name)

    @plugin.action("switch_on", control=True)
    async def switch_on(context: Context, *, name: str) -> str:
        """Plan what a plugin offers."""
        return await desk().switch_on(context, name)

    @plugin.action(LEFT_OUT, control=True)
    async def left_out(context: Context, *, due: datetime, title: str) -> str:
        """Tell that something will not be done that was to be done once."""
        when = clock_time(due, context.user.timezone)
        return (
            f"“{plain(title)}” was planned for {when}, but I could not do it in time, and now it is too "
            "late. If it still matters, please plan it again."
        )

    return plugin


def left_out_call(one: DueSchedule) -> Call:
    """Return what tells people in its chat that something will not be done any more."""
    values: dict[str, JsonValue] = {"due": one.schedule.due_at.isoformat(), "title": one.schedule.title}
    kinds = dict.fromkeys(values, FieldKind.TEXT)
    return Call(NAME, LEFT_OUT, values=values, kinds=kinds, planned_at=one.created_at.isoformat())


def _buttons(planned: Sequence[Schedule], offers: Sequence[str]) -> tuple[Button, ...]:
    """Return as many as people can look over, for what is planned and for what is offered."""
    removing = [Button(f"Remove {n}", "remove", one.id) for n, one in enumerate(planned, 1)]
    switching = [Button(f"Switch {name} on"[:64], "switch_on", name) for name in offers]
    room = MOST_BUTTONS - min(len(switching), MOST_BUTTONS // 2)
    return tuple([*removing[:room], *switching][:MOST_BUTTONS])


def _names(planned: Planned) -> tuple[str, str]:
    return planned.action.run.plugin, planned.action.name


def _line(one: Schedule, context: Context) -> str:
    return f"**{plain(one.title)}**: {_when(one, context)} (`{one.id}`)"


def _when(one: Schedule, context: Context) -> str:
    due = clock_time(one.due_at, context.user.timezone)
    if not one.cron:
        return f"on {due}"
    zone = f" ({one.zone or 'UTC'})"
    return f"{_spoken(one.cron)}{zone}, next on {due}"


def _spoken(cron: str) -> str:
    words = explained(cron)
    return words[:1].lower() + words[1:]
