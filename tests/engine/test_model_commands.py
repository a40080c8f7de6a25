"""An operator gets a model with the bot up and down, and is stopped in the middle of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from botcore_llama.models_folder import model_folder
from tests.engine.tiny_llama import Shape, random_weights, save_checkpoint
from tests.fakes.bot_process import SOURCES
from tests.fakes.hub import Cut, FakeHub, FakeRepository, Hang
from tests.fakes.operators_folder import OperatorsFolder

NAME = "meta-llama/Llama-3.2-1B-Instruct"
TOKEN = "hf_a-token-that-nobody-may-see"
SMALL = 2  # files that come, whole, before the weights
PATIENCE = 60.0


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    """A hub on which Llama 3.2 is a very small one, and gated as the real one is."""
    shape = Shape(tied=False, context=8192)
    folder = save_checkpoint(tmp_path / "checkpoint", shape, random_weights(shape))
    with FakeHub() as fake:
        fake.add(FakeRepository.of_folder(NAME, folder, gated=True, readers={TOKEN}))
        yield fake


@pytest.fixture
def operator(hub: FakeHub, tmp_path: Path) -> OperatorsFolder:
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    folder = tmp_path / "operator"
    folder.mkdir()
    environment = {
        "HF_ENDPOINT": hub.endpoint,
        "BOTCORE_ENGINE__HUB_TOKEN_FILE": str(token),
        "BOTCORE_ENGINE__ANSWER_TOKENS": "16",
    }
    return OperatorsFolder(folder, engine="llama", environment=environment)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("is_up", [True, False], ids=["up", "down"])
async def test_from_nothing_to_an_answer_and_back(
    operator: OperatorsFolder, hub: FakeHub, *, is_up: bool
) -> None:
    if is_up:
        async with operator.up():
            await until_up(operator)
            await go_through(operator, "loaded", "It answers with it now")
    else:
        await go_through(operator, "configured", "No bot runs here")
    logs = "".join(log.read_text() for log in operator.folder.rglob("*.log"))
    assert TOKEN not in logs


async def until_up(operator: OperatorsFolder) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await operator.run("status"))[0]:
            await asyncio.sleep(0.1)


async def go_through(operator: OperatorsFolder, state: str, taken: str) -> None:
    code, said = await operator.run("model", "pull", "llama3.2:1b")
    assert (code, TOKEN in said) == (0, False), said
    assert "To use it: botcore model use llama3.2:1b" in said

    code, said = await operator.run("model", "use", "llama3.2:1b")
    assert code == 0 and taken in said, said
    _, listed = await operator.run("model", "list")
    assert state in next(line for line in listed.splitlines() if line.startswith("llama3.2:1b"))

    code, said = await operator.run("model", "remove", "llama3.2:1b", "--yes")
    assert code == 65 and "is in use" in said
    code, said = await operator.run("ask", "hello")
    assert code == 0, said
    _, said = await operator.run("model", "info")
    assert "licence           llama3.2" in said
    assert "loaded            by process" in said or state == "configured"

    assert (await operator.run("model", "use", "bundled"))[0] == 0
    code, said = await operator.run("model", "remove", "llama3.2:1b", "--yes")
    assert code == 0, said


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda end: end.name)
def test_what_is_stopped_in_the_middle_goes_on(hub: FakeHub, tmp_path: Path, end: signal.Signals) -> None:
    whole = hub.repositories[NAME].files["model.safetensors"]
    data = tmp_path / "data"
    target = model_folder(data, "llama3.2:1b")
    hub.troubles += [*[Cut(10**9)] * SMALL, Hang(100_000)]
    pulling = start(hub, tmp_path)
    deadline = time.monotonic() + PATIENCE
    while not any(whole.sha256 in asked.path for asked in hub.asked):
        assert pulling.poll() is None and time.monotonic() < deadline, pulling.communicate()
        time.sleep(0.02)

    pulling.send_signal(end)
    _, said = pulling.communicate(timeout=PATIENCE)

    assert not target.exists()
    assert pulling.returncode == (-end if end is signal.SIGKILL else 128 + end)
    if end is not signal.SIGKILL:
        assert "What has arrived is kept" in said
        assert "Traceback" not in said
    again = start(hub, tmp_path)
    _, said = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, said
    assert target.is_dir()
    assert sum(whole.sha256 in asked.path for asked in hub.asked) == 2
    assert [path.name for path in target.parent.iterdir() if path.is_dir()] == ["llama3.2-1b"]


def start(hub: FakeHub, folder: Path) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BOTCORE_", "HF_"))}
    return subprocess.Popen(
        [sys.executable, "-c", "from botcore.cli import main; main()", "model", "pull", "llama3.2:1b"],
        env={
            **clean,
            "PYTHONPATH": SOURCES,
            "BOTCORE_BOT__DATA_FOLDER": str(folder / "data"),
            "HF_ENDPOINT": hub.endpoint,
            "HF_TOKEN": TOKEN,
        },
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
