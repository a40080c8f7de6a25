"""An adapter that fails is started again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from botcore import Accepted, Event, Receive, RetryLater
from botcore import keeping as keeping_module
from botcore.errors import ConfigError
from botcore.fronts import Front, FrontState
from botcore.keeping import keep_running
from botcore.testing import MemoryAdapter


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(keeping_module, "LONGEST_PAUSE", 0.02)


class Failing(MemoryAdapter):
    """Ends each run as it is told; a run without instructions goes on."""

    def __init__(self, ends: Iterator[Exception | None]) -> None:
        super().__init__()
        self.runs = 0
        self._ends = ends

    async def run(self, receive: Receive) -> None:
        self.runs += 1
        for error in self._ends:
            if error:
                raise error
            return
        await asyncio.Event().wait()


async def receive(event: Event) -> Accepted:
    return Accepted.NEW


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_it_is_started_again_until_it_runs() -> None:
    adapter = Failing(iter([OSError("no network"), RuntimeError("a secret")]))
    front = Front(adapter, None)
    task = asyncio.create_task(keep_running(front, receive))
    await until(lambda: adapter.runs == 3)

    assert (front.state, front.failures, front.detail) == (FrontState.RUNNING, 2, "")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert front.failures == 2


@pytest.mark.parametrize(
    ("error", "told"),
    [(RetryLater("The token was revoked."), "The token was revoked."), (OSError("a secret"), "OSError")],
)
async def test_only_what_botcore_says_itself_is_told(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    monkeypatch.setattr(keeping_module, "FIRST_PAUSE", 60.0)
    front = Front(Failing(iter([error])), None)
    task = asyncio.create_task(keep_running(front, receive))
    await until(lambda: front.state is FrontState.WAITING)
    task.cancel()

    assert front.detail == told


async def test_one_that_is_done_is_not_started_again() -> None:
    adapter = Failing(iter([None]))
    front = Front(adapter, None)

    await keep_running(front, receive)

    assert (adapter.runs, front.state) == (1, FrontState.ENDED)


async def test_after_a_good_while_the_pauses_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_module, "STABLE_SECONDS", 0.0)
    adapter = Failing(iter([OSError() for _ in range(5)]))
    task = asyncio.create_task(keep_running(Front(adapter, None), receive))

    await until(lambda: adapter.runs == 6)
    task.cancel()


async def test_one_that_only_the_operator_can_put_right_is_not_started_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    adapter = Failing(iter([ConfigError("The token is wrong. Ask BotFather for it.")]))
    front = Front(adapter, None)

    await keep_running(front, receive)

    assert (adapter.runs, front.state) == (1, FrontState.ENDED)
    assert front.detail == "The token is wrong. Ask BotFather for it."
    assert capsys.readouterr().err == "botcore: The token is wrong. Ask BotFather for it.\n"
