"""Plugins that raise, hold up the loop, leave tasks behind or never return harm nobody else."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from botcore import Engine, EngineError, InputError, ModelMessage, Pieces, Plugin
from botcore.errors import UserError
from botcore.fast_path import FastPath
from botcore.quarantine import FAILURES, Quarantine
from botcore.testing import FakeEngine
from tests.botcore.access.rooms import ANA, BEN, rooms
from tests.botcore.running_bot import Running, running, talking_plugin


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)


def clumsy_plugin(left: list[asyncio.Task[None]]) -> Plugin:
    plugin = Plugin("clumsy")

    @plugin.command("stumble")
    async def stumble() -> str:
        raise RuntimeError("planned")

    @plugin.command("scold")
    async def scold() -> str:
        raise InputError("That is no number.")

    @plugin.command("work")
    async def work() -> str:
        return "done"

    @plugin.command("block")
    async def block() -> str:
        time.sleep(1.6)  # noqa: ASYNC251 - what must not be done
        return "sorry"

    @plugin.command("leave")
    async def leave() -> str:
        left.append(asyncio.create_task(idle()))
        return "left"

    async def idle() -> None:
        await asyncio.sleep(60)

    return plugin


async def fail_often(at: Running) -> None:
    """Two messages that fail, with three and two tries, are enough."""
    for _ in range(2):
        await at.ask("/stumble")


async def test_a_plugin_that_fails_every_time_is_left_alone_and_the_others_go_on(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("fine"), plugins=[talking_plugin(), clumsy_plugin([])]) as at:
        with capture_logs() as lines:
            await fail_often(at)

        assert "clumsy failed 5 times in a row" in await at.ask("/work")
        assert await at.ask("how are you?") == "fine"
        assert [line["plugin"] for line in lines if line["event"] == "plugin_quarantined"] == ["clumsy"]


async def test_the_owners_are_told_once_of_a_plugin_that_is_left_alone(tmp_path: Path) -> None:
    async with rooms(tmp_path, plugins=(talking_plugin(), clumsy_plugin([]))) as at:
        desk = at.at.bot.access.desk
        await at.write(ANA, await desk.new_owner_code())
        await at.until_said(ANA.id)
        await at.ask(ANA, "hello")
        await at.let_in(BEN)
        for _ in range(FAILURES):
            await at.ask(BEN, "/stumble")

        *_, told = await at.until_said(ANA.id, 3)
        assert "The plugin clumsy failed 5 times in a row" in told
        assert "botcore plugins enable clumsy" in told
        at.at.bot.quarantine.failed("clumsy")
        await at.ask(ANA, "hello")
        assert len([text for text in at.said_in(ANA.id) if "clumsy" in text]) == 1
        assert not any("My log" in text for text in at.said_in(BEN.id))


async def test_a_plugin_that_was_left_alone_is_asked_again_when_its_operator_wishes(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), clumsy_plugin([])]) as at:
        await fail_often(at)

        assert at.bot.quarantine.resting == ["clumsy"]
        assert at.bot.quarantine.release("clumsy")
        assert await at.ask("/work") == "done"


async def test_an_error_for_people_is_no_failure_of_the_plugin(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), clumsy_plugin([])]) as at:
        for _ in range(FAILURES + 1):
            assert await at.ask("/scold") == "That is no number."
        assert await at.ask("/work") == "done"


def test_after_its_rest_a_plugin_gets_one_more_chance() -> None:
    quarantine = Quarantine(rest_seconds=0.0)
    for _ in range(FAILURES):
        quarantine.failed("clumsy")

    quarantine.check("clumsy")  # raises nothing: the rest is over
    quarantine.worked("clumsy", time.monotonic())
    quarantine.failed("clumsy")

    assert quarantine.resting == []


async def test_who_holds_up_the_loop_is_named(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), clumsy_plugin([])]) as at:
        with capture_logs() as lines:
            assert await at.ask("/block") == "sorry"

    told = next(line for line in lines if line["event"] == "event_loop_blocked")
    assert (told["plugin"], told["function"]) == ("clumsy", "block")
    assert told["file"].endswith("test_awkward_plugins.py")


async def test_a_plugin_that_holds_up_the_loop_time_and_again_is_left_alone(tmp_path: Path) -> None:
    quarantine = Quarantine()
    for _ in range(FAILURES):
        begun = time.monotonic()
        quarantine.blocked("clumsy")
        quarantine.worked("clumsy", begun)  # its turn went well, for the one who asked

    assert quarantine.resting == ["clumsy"]


async def test_tasks_that_a_plugin_leaves_behind_are_ended(tmp_path: Path) -> None:
    left: list[asyncio.Task[None]] = []
    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), clumsy_plugin(left)]) as at:
        with capture_logs() as lines:
            assert await at.ask("/leave") == "left"
        async with asyncio.timeout(10):
            await asyncio.gather(*left, return_exceptions=True)

        assert left[0].cancelled()
        assert {"event": "plugin_left_tasks", "plugin": "clumsy", "log_level": "error"}.items() <= next(
            line for line in lines if line["event"] == "plugin_left_tasks"
        ).items()


class NoError(BaseException):
    """What no `except Exception` catches."""


def ending_plugin() -> Plugin:
    """Return one whose handlers would end more than themselves."""
    plugin = Plugin("ending")

    @plugin.command("wait")
    async def wait() -> str:
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        await task
        return "never"

    @plugin.command("cancel")
    async def cancel() -> str:
        task = asyncio.current_task()
        assert task
        task.cancel()
        await asyncio.sleep(60)
        return "never"

    @plugin.command("exit")
    async def leave() -> str:
        sys.exit(3)

    @plugin.command("raise")
    async def raise_() -> Pieces:
        yield "Half of it"
        raise NoError

    return plugin


@pytest.mark.parametrize("command", ["wait", "cancel", "exit", "raise"])
async def test_a_handler_ends_nothing_but_its_own_turn(tmp_path: Path, command: str) -> None:
    plugins = [talking_plugin(), ending_plugin()]
    async with running(tmp_path, FakeEngine("fine"), plugins=plugins) as at, asyncio.timeout(20):
        assert "Sorry, something went wrong" in await at.ask(f"/{command}")
        assert await at.ask("how are you?") == "fine"


async def test_what_is_asked_at_once_ends_nothing_else_either() -> None:
    async def leave() -> str:
        sys.exit(3)

    async def wait() -> str:
        waiting = asyncio.get_running_loop().create_future()
        waiting.cancel()
        return str(await waiting)

    for looking in (leave, wait):
        with pytest.raises(UserError, match="so nothing was done"):
            await FastPath(Quarantine()).ask("clumsy", looking)


async def test_a_handler_that_runs_over_says_so(tmp_path: Path) -> None:
    plugin = Plugin("slow")

    @plugin.command("sleep")
    async def sleep() -> str:
        await asyncio.sleep(60)
        return "awake"

    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), plugin], plugin_seconds=0.05) as at:
        assert "takes longer than it may" in await at.ask("/sleep")


class Stubborn:
    """A plugin whose handler goes on until the test is over."""

    def __init__(self) -> None:
        self.plugin = Plugin("stubborn")
        self.plugin.command("stay")(self.stay)
        self.engines: list[Engine] = []
        self._tasks: list[asyncio.Task[object]] = []
        self._is_over = False

    async def stay(self, engine: Engine) -> Pieces:
        """Stay, whoever says that it is over."""
        yield "I stay"
        self.engines.append(engine)
        task = asyncio.current_task()
        assert task
        self._tasks.append(task)
        while not self._is_over:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)

    async def __aenter__(self) -> Stubborn:
        return self

    async def __aexit__(self, *error: object) -> None:
        self._is_over = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def test_a_handler_that_will_not_end_is_left_behind_and_its_conversation_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.limits.GRACE_SECONDS", 0.05)
    async with (
        Stubborn() as stubborn,
        running(
            tmp_path,
            FakeEngine("fine"),
            plugins=[talking_plugin(), stubborn.plugin],
            plugin_seconds=0.05,
        ) as at,
        asyncio.timeout(60),
    ):
        answer = await at.ask("/stay")

        assert answer.startswith("I stay\n\nSorry, that takes longer than it may")
        assert len(stubborn.engines) == 1  # not tried again beside itself
        assert await at.ask("how are you?") == "fine"
        with pytest.raises(EngineError, match="The turn is over"):
            await stubborn.engines[0].complete([ModelMessage.user("still there?")])

        for _ in range(FAILURES - 1):
            await at.ask("/stay")
        assert at.bot.quarantine.resting == ["stubborn"]


async def test_a_handler_that_will_not_be_stopped_is_left_behind_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.limits.GRACE_SECONDS", 0.05)
    async with (
        Stubborn() as stubborn,
        running(tmp_path, FakeEngine("fine"), plugins=[talking_plugin(), stubborn.plugin]) as at,
        asyncio.timeout(60),
    ):
        with capture_logs() as lines:
            asked = await at.adapter.post("/stay")
            while not stubborn.engines:
                await asyncio.sleep(0.01)
            await at.adapter.post("/stop")

            assert await at.adapter.answer_to(asked) == "I stay\n\n_Stopped._"
            assert await at.ask("how are you?") == "fine"
    assert "handler_stuck" in [line["event"] for line in lines]


async def test_a_handler_that_asks_the_model_for_ever_comes_to_an_end(tmp_path: Path) -> None:
    plugin = Plugin("greedy")

    @plugin.command("more")
    async def more(engine: Engine) -> Pieces:
        while True:
            async for piece in engine.stream([ModelMessage.user("more")]):
                yield piece

    engine = FakeEngine("and on ")
    async with running(tmp_path, engine, plugins=[talking_plugin(), plugin], turn_tokens=5) as at:
        answer = await at.ask("/more")

    assert answer.startswith("and on and on and")
    assert "as much as it may" in answer
    assert len(engine.requests) == 3
