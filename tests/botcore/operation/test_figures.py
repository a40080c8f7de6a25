"""What the figures say of what a bot does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from botcore import Plugin
from botcore.adapter import Capabilities, StreamMode
from botcore.bot import Bot
from botcore.errors import EngineDown, OutcomeUnknown, Refused, RetryLater
from botcore.operation import Operation
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import running, talking_plugin


def figure(bot: Bot, name: str, **labels: str) -> float:
    """Return one sample; 0 when nothing of the kind has happened."""
    return bot.telemetry.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)


async def test_the_models_time_is_not_the_plugins(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("one two three four five", pace=0.4)) as at:
        await at.ask("count")

        plugin = figure(at.bot, "botcore_plugin_seconds_sum", plugin="talk", handler="talk.talk")
        writing = figure(at.bot, "botcore_turn_phase_seconds_sum", phase="writing")
    assert 0 <= plugin < writing


async def test_failures_retries_and_stops_are_told_apart(tmp_path: Path) -> None:
    engine = FakeEngine([EngineDown(), "now", "long " * 500], pace=0.01)
    async with running(tmp_path, engine) as at:
        await at.ask("first")
        await at.ask("/fail")
        await at.ask("/unknown")
        asked = await at.adapter.post("a long one")
        while figure(at.bot, "botcore_turn_phase_seconds_count", phase="engine") < 2:
            await asyncio.sleep(0.01)
        await at.ask("/stop")
        await at.adapter.answer_to(asked)

        turns = {
            (handler, outcome): figure(
                at.bot, "botcore_turns_total", handler=handler, lane="turn", outcome=outcome
            )
            for handler, outcome in [
                ("talk.talk", "answered"),
                ("talk.fail", "failed"),
                ("none", "failed"),
                ("talk.talk", "stopped"),
            ]
        }
        assert set(turns.values()) == {1}, turns
        assert (
            figure(at.bot, "botcore_turn_retries_total", lane="turn") == 3
        )  # of the model once, of /fail twice
        assert figure(at.bot, "botcore_engine_requests_total", result="EngineDown") == 1
        assert figure(at.bot, "botcore_engine_requests_total", result="stopped") == 1


async def test_what_a_platform_said_is_counted_by_its_kind(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    async with running(tmp_path, FakeEngine(), adapter=adapter) as at:
        for error in (RetryLater("wait", after=0.01), Refused(), OutcomeUnknown(), RuntimeError(), None):
            adapter.errors = [error]
            await at.ask("/count")

        labels = {"platform": "memory", "action": "create"}
        results = {
            result: figure(at.bot, "botcore_delivery_attempts_total", **labels, result=result)
            for result in ("taken", "retry_later", "refused", "unknown", "error")
        }
    assert results["retry_later"] == results["refused"] == results["unknown"] == results["error"] == 1
    assert results["taken"] == 2


async def test_it_is_not_ready_before_the_model_is(tmp_path: Path) -> None:
    engine = FakeEngine("hi", loading=True)
    async with running(tmp_path, engine) as at:
        assert await Operation(at.bot).missing() == {"model": "loading"}

        engine.finish_loading()

        assert await Operation(at.bot).missing() == {}


async def test_two_bots_of_one_process_count_for_themselves(tmp_path: Path) -> None:
    plugins: list[Plugin] = [talking_plugin()]
    (tmp_path / "other").mkdir()
    async with (
        running(tmp_path, FakeEngine("hi"), plugins=plugins) as one,
        running(tmp_path / "other", FakeEngine("hi"), plugins=plugins) as other,
    ):
        await one.ask("hello")

        counted = [
            figure(at.bot, "botcore_messages_total", platform="memory", accepted="new") for at in (one, other)
        ]
    assert counted == [1, 0]
