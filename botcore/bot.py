"""The bot: adapters in front, turns in the middle, delivery behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from botcore.access.access import Access
from botcore.access.budgets import budgeted_by
from botcore.access.commands import account_plugin
from botcore.access.texts import plugin_rests
from botcore.adapter import Accepted, Adapter, Closes, ShowsCommands
from botcore.builtin import builtin_plugin
from botcore.chat_sender import TurnOver
from botcore.config import AccessSection, BotSection
from botcore.declarations import Command
from botcore.delivery import Delivery
from botcore.domain import Event
from botcore.engine import Engine
from botcore.fast_path import FastPath
from botcore.forms.desk import Forms
from botcore.forms.dialogue import Word
from botcore.fronts import Front, Fronts
from botcore.keeping import keep_running
from botcore.leash import follow_tasks
from botcore.limits import limited_by
from botcore.middleware import standard, traced_by
from botcore.pipeline import build_pipeline
from botcore.plugin import Plugin
from botcore.presses import Presses
from botcore.providing import utc_now
from botcore.quarantine import FAILURES, REST_SECONDS, Quarantine, guarded_by
from botcore.reception import Reception
from botcore.retry import insist
from botcore.router import Router
from botcore.schedules.command import ScheduleDesk, schedules_plugin
from botcore.schedules.runner import ScheduleRunner
from botcore.settings.command import Settings, settings_plugin
from botcore.settings.layers import SettingsOf
from botcore.store import DatabaseError, Store
from botcore.store.form_store import FormStore
from botcore.store.notices import Notice
from botcore.store.schedule_store import ScheduleStore
from botcore.telemetry import Telemetry
from botcore.turns import Turns
from botcore.watchdog import Watchdog

log = structlog.get_logger(__name__)

DELIVERY_SECONDS = 5.0  # for what is still to be sent when the bot stops


class Bot:
    """Everything that runs in one process, wired together."""

    lasts = True  # as long as this process

    def __init__(
        self,
        *,
        store: Store,
        epoch: int,
        engine: Engine,
        plugins: Iterable[Plugin],
        adapters: Sequence[Adapter],
        settings_of: SettingsOf,
        rules: BotSection,
        access: AccessSection | None = None,
        keeps_adapters: bool = False,
        telemetry: Telemetry | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Wire it. Raise `PluginError` when plugins don't go together.

        `epoch`: what `Store.take_over` returned. `keeps_adapters`: start an adapter again that fails,
        and go on without one that is done, instead of stopping. `now`: the clock of what is scheduled.
        """
        self.telemetry = telemetry or Telemetry()
        store.watch_writes(self.telemetry.metrics.writes.observe, self.telemetry.metrics.write_groups.observe)
        self.engine = engine
        self.fronts = Fronts()
        self._store = store
        self._own_fronts = [self.fronts.add(adapter) for adapter in adapters]
        self._keeps_adapters = keeps_adapters
        self._grace_seconds = rules.grace_seconds
        self.access = Access(
            store,
            self.fronts,
            access or AccessSection(),
            self._say,
            lambda text: self._router.is_command(text),
            lambda: self._delivery.recover(),
        )
        everything = [
            builtin_plugin(
                lambda: self._router.commands, lambda: self._turns, store, self.access.memberships
            ),
            account_plugin(self.access),
            settings_plugin(lambda: Settings(self._router, self.access.gate, FormStore(store.database))),
            schedules_plugin(lambda: self._schedule_desk),
            *plugins,
        ]
        self._router = Router(
            everything,
            answerer=rules.answerer,
            store=store,
            settings_of=settings_of,
            ledger_for=lambda context: self.access.ledger_for(context),
            now=now,
        )
        planned = ScheduleStore(store.database)
        self._schedule_desk = ScheduleDesk(self._router, self.access.gate, planned, now)
        self.access.gate.also(self._router.layers.forget)
        self.quarantine = Quarantine(rests=self._tell_owners)
        budget = budgeted_by(self.access.budgets, self._router)
        tracing = traced_by(self.telemetry, self._router)
        guard = guarded_by(self.quarantine, self._router)
        limits = limited_by(lambda context: self.quarantine.failed(self._router.plugin_name(context.event)))
        own_middleware = [middleware for plugin in everything for middleware in plugin.middlewares]
        self._delivery = Delivery(store, epoch, self.fronts, self.telemetry, {*self._router.commands, *Word})
        self._turns = Turns(
            store=store,
            epoch=epoch,
            router=self._router,
            pipeline=build_pipeline(
                self._router, (*standard(budget, tracing, guard, limits), *own_middleware)
            ),
            engine=engine,
            delivery=self._delivery,
            rules=rules,
            telemetry=self.telemetry,
        )
        self.schedules = ScheduleRunner(
            store=planned,
            router=self._router,
            turns=self._turns,
            gate=self.access.gate,
            memberships=self.access.memberships,
            now=now,
        )
        fast_path = FastPath(self.quarantine)
        self._forms = Forms(
            store=store,
            epoch=epoch,
            router=self._router,
            turns=self._turns,
            delivery=self._delivery,
            gate=self.access.gate,
            fronts=self.fronts,
            fast_path=fast_path,
            telemetry=self.telemetry,
        )
        presses = Presses(
            store=store,
            router=self._router,
            turns=self._turns,
            delivery=self._delivery,
            gate=self.access.gate,
            fronts=self.fronts,
            fast_path=fast_path,
            forms=self._forms,
            telemetry=self.telemetry,
        )
        self._reception = Reception(
            store=store,
            router=self._router,
            turns=self._turns,
            access=self.access,
            fronts=self.fronts,
            presses=presses,
            forms=self._forms,
            telemetry=self.telemetry,
            say=self._say,
            changed=self._mark_stale,
        )

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return self._store

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people can type."""
        return tuple(self._router.commands.values())

    async def receive(self, event: Event) -> Accepted:
        """Commit an event; if it is a message or a press, ring."""
        return await self._reception.receive(event)

    async def _mark_stale(self) -> None:
        """Let answers say what has changed of that which they cite."""
        try:
            await self._delivery.mark_stale()
        except DatabaseError as error:  # the change itself is committed; the next one, or start, tells
            log.warning("stale_answers_not_marked", error=type(error).__name__)

    def _say(self, notice: Notice) -> None:
        """Send what nobody asked for."""
        self._delivery.close_turn(TurnOver(notice.turn_id, notice.key, ""))

    def _tell_owners(self, plugin: str) -> None:
        """Tell the owners of a plugin that is left alone, beside everything else."""
        text = plugin_rests(plugin, FAILURES, round(REST_SECONDS / 60))
        self._reception.begin(self.access.desk.tell_owners(text))

    async def look_again(self) -> None:
        """See what was put back into the store from outside."""
        self._turns.ring()
        await self._delivery.recover()

    @asynccontextmanager
    async def attached(self, adapter: Adapter, pid: int) -> AsyncIterator[Front]:
        """Send through an adapter that another process brings, as long as it is there."""
        front = self.fronts.add(adapter, pid)
        try:
            yield front
        finally:
            await self._delivery.leave(front)
            self.fronts.remove(front)

    async def catch_up(self, front: Front) -> None:
        """Send through an adapter that has just come what waited for it."""
        await self._delivery.recover(front)
        await self._delivery.mark_stale()

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Run until that is set or, unless they are kept, an adapter is done; then end what was begun."""
        follow_tasks(asyncio.get_running_loop())
        with Watchdog(self._router.plugin_of_file, self.quarantine.blocked).watching():
            await self._run_until(stop or asyncio.Event())

    async def _run_until(self, stop: asyncio.Event) -> None:
        self._show_commands()
        ready = asyncio.Event()
        turns = asyncio.create_task(self._work(ready))
        adapters = [asyncio.create_task(self._run_front(front, ready)) for front in self._own_fronts]
        waiting = asyncio.create_task(stop.wait())
        sweeping = asyncio.create_task(self.access.privacy.sweep_daily())
        planned = asyncio.create_task(self._do_what_is_planned(ready))
        ends = [turns, waiting] if self._keeps_adapters else [turns, waiting, *adapters]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancel([turns, waiting, sweeping, planned, *adapters])
            await self._turns.drain(self._grace_seconds)
            await self._delivery.drain(DELIVERY_SECONDS)
            await self._reception.close()
            await self.access.past.close()
            await self._close_adapters()
        for task in done:
            task.result()

    async def _work(self, ready: asyncio.Event) -> None:
        """Send what was left, so that what is new comes behind it, then be ready and answer."""
        try:
            await self._delivery.recover()
        except DatabaseError as error:
            log.error("database_failed", error=type(error).__name__)
            await insist(self._delivery.recover, DatabaseError)
        await self._mark_stale()
        await insist(self._forms.load, DatabaseError)
        ready.set()
        await self._turns.run()

    async def _do_what_is_planned(self, ready: asyncio.Event) -> None:
        await ready.wait()
        await self.schedules.run()

    def _show_commands(self) -> None:
        commands = {command.name: command.description for command in self.commands}
        for front in self._own_fronts:
            if isinstance(front.adapter, ShowsCommands):
                front.adapter.show_commands(commands)

    async def _close_adapters(self) -> None:
        for front in self._own_fronts:
            if isinstance(front.adapter, Closes):
                await front.adapter.close()

    async def _run_front(self, front: Front, ready: asyncio.Event) -> None:
        await ready.wait()
        if self._keeps_adapters:
            await keep_running(front, self.receive)
        else:
            await front.adapter.run(self.receive)


async def _cancel(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
