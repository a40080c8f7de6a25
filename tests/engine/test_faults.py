"""What happens to real processes: killed, stopped, orphaned."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from botcore.engine import EngineState, ModelMessage, Options
from botcore.errors import EngineDown
from botcore.testing.engine_contract import falls_idle
from botcore_llama import LlamaEngine
from botcore_llama.client import Health
from botcore_llama.supervisor import Supervisor, end
from tests.engine.conftest import OpenEngine
from tests.engine.processes import servers

HELLO = [ModelMessage.user("hello")]
SHORT = Options(temperature=0, max_tokens=12)

OWNER = """
import asyncio, sys
from pathlib import Path
from botcore.engine import EngineSetup, ModelMessage
from botcore_llama import LlamaEngine

async def main(folder, model):
    settings = {"model": model, "threads": 1, "context_tokens": 65536, "answer_tokens": 16000}
    async with LlamaEngine(EngineSetup(Path(folder), settings)) as engine:
        await engine.ready()
        async for piece in engine.stream([ModelMessage.user("hello")]):
            print(piece, flush=True)
        await asyncio.sleep(100)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def owner(tiny_model: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose engine is in the middle of an answer."""
    command = [sys.executable, "-c", OWNER, str(tmp_path), str(tiny_model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        yield process
        process.kill()


def test_no_server_outlives_its_owner(owner: subprocess.Popen[bytes], tmp_path: Path) -> None:
    [server] = servers(tmp_path)

    owner.kill()

    assert is_gone_within(5, server)


def test_not_even_one_that_hangs(owner: subprocess.Popen[bytes], tmp_path: Path) -> None:
    [server] = servers(tmp_path)
    os.kill(server, signal.SIGSTOP)

    owner.kill()

    assert is_gone_within(5, server)


def test_an_interrupt_of_the_owner_ends_the_server(owner: subprocess.Popen[bytes], tmp_path: Path) -> None:
    [server] = servers(tmp_path)

    owner.send_signal(signal.SIGINT)

    assert is_gone_within(5, server)


def test_a_lifeline_ends_what_does_not_listen() -> None:
    """Also where Linux' own kill with the parent is not to be had."""
    program = (
        "import sys, time\n"
        "from botcore_llama.process import leave_with_parent\n"
        "leave_with_parent(sys.stdin.fileno(), lambda: None)\n"
        "print('up', flush=True)\n"
        "time.sleep(100)\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        process.stdin.close()

        assert process.wait(timeout=5) == 1


async def begin_to_read(engine: LlamaEngine) -> asyncio.Task[str]:
    """Ask for a long answer; return when the model is at it."""
    reader = asyncio.create_task(engine.complete(HELLO))
    while not (await engine.status()).running:
        await asyncio.sleep(0.01)
    return reader


async def test_after_a_kill_the_next_request_is_answered(open_engine: OpenEngine, tmp_path: Path) -> None:
    async with open_engine() as engine:
        before = await engine.complete(HELLO, SHORT)
        [server] = servers(tmp_path)
        reader = await begin_to_read(engine)

        os.kill(server, signal.SIGKILL)

        with pytest.raises(EngineDown):
            await reader
        await engine.ready()
        assert await engine.complete(HELLO, SHORT) == before
        assert servers(tmp_path) != [server]


async def test_a_server_that_hangs_is_replaced(open_engine: OpenEngine, tmp_path: Path) -> None:
    async with open_engine(health_seconds=1) as engine:
        [server] = servers(tmp_path)
        reader = await begin_to_read(engine)

        os.kill(server, signal.SIGSTOP)

        with pytest.raises(EngineDown):
            await reader
        await engine.ready()
        assert await engine.complete(HELLO, SHORT)
        assert server not in servers(tmp_path)


async def test_while_it_comes_back_the_model_is_loading(open_engine: OpenEngine, tmp_path: Path) -> None:
    async with open_engine() as engine:
        os.kill(servers(tmp_path)[0], signal.SIGKILL)

        with pytest.raises(EngineDown):
            await engine.complete(HELLO, SHORT)

        status = await engine.status()
        assert status.state is EngineState.LOADING
        await engine.ready()


async def test_a_server_that_never_comes_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore_llama.supervisor.FIRST_PAUSE", 0.001)

    command = [sys.executable, "-c", "raise SystemExit('no such library')"]
    async with Supervisor(command, tmp_path / "engine.log", never, 1) as supervisor:
        with pytest.raises(EngineDown, match=r"ended \(exit code 1\), 5 times in a row; see .*engine\.log"):
            await supervisor.ready()

    assert "no such library" in (tmp_path / "engine.log").read_text()


async def test_a_server_that_can_not_be_started_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_llama.supervisor.FIRST_PAUSE", 0.001)

    async with Supervisor(["/no/such/python"], tmp_path / "engine.log", never, 1) as supervisor:
        with pytest.raises(EngineDown, match=r"can't be started .*No such file"):
            await supervisor.ready()


async def test_leaving_while_a_server_ends_starts_no_other() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(100)")
    ending = asyncio.create_task(end(process))
    await asyncio.sleep(0)

    ending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await ending
    assert process.returncode == -signal.SIGKILL


async def test_leaving_in_the_middle_of_an_answer_is_quick(open_engine: OpenEngine, tmp_path: Path) -> None:
    async with open_engine() as engine:
        stream = engine.stream(HELLO)
        await anext(stream)
        started = time.monotonic()

    assert time.monotonic() - started < 4
    assert servers(tmp_path) == []
    with suppress(EngineDown):
        await stream.aclose()


@pytest.mark.slow
async def test_many_kills_in_a_row_are_survived(open_engine: OpenEngine, tmp_path: Path) -> None:
    async with open_engine() as engine:
        wanted = await engine.complete(HELLO, SHORT)
        for _ in range(4):
            os.kill(servers(tmp_path)[0], signal.SIGKILL)
            with pytest.raises(EngineDown):
                await engine.complete(HELLO)
            await engine.ready()

            assert await engine.complete(HELLO, SHORT) == wanted
        assert await falls_idle(engine)


async def never(seconds: float) -> Health:
    """Look at a server that does not answer."""
    raise EngineDown


def is_gone_within(seconds: float, process: int) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if not Path(f"/proc/{process}").exists():
            return True
        time.sleep(0.05)
    return False
