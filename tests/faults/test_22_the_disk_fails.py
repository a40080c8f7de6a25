"""The disk is full, gives I/O errors, or does not sync."""

from __future__ import annotations

import asyncio
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from signal import SIGKILL

import pytest

from botcore.store.ownership import BEAT_SECONDS
from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.fakes.script import question, whole_answer

DISK_MEBIBYTES = 16
FIU = [Path("/usr/lib/fiu"), Path("/usr/local/lib/fiu")]
TROUBLE_SECONDS = 3.0  # long enough for several tries
QUESTIONS = 3

Trouble = Callable[[BotProcess], AbstractContextManager[None]]


@contextmanager
def no_room(bot: BotProcess) -> Iterator[None]:
    """Fill the disk that the data folder is on."""
    filler = bot.data / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def io_errors(bot: BotProcess) -> Iterator[None]:
    """Let every write fail that makes a file longer than SQLite's log is now."""
    longest = (bot.data / "botcore.db-wal").stat().st_size
    _, hard = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (longest, hard))
    try:
        yield
    finally:
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def no_sync(bot: BotProcess) -> Iterator[None]:
    """Let every sync to the disk fail."""
    _fiu(bot, "-c", "enable name=posix/io/sync/*")
    try:
        yield
    finally:
        _fiu(bot, "-c", "disable name=posix/io/sync/*")


def _fiu(bot: BotProcess, *arguments: str) -> None:
    subprocess.run(
        ["fiu-ctrl", "-f", str(bot.folder / "fiu"), *arguments, str(bot.pid)], check=True, timeout=30
    )


@pytest.fixture
def small_disk(bot: BotProcess) -> Iterator[BotProcess]:
    """A bot whose data folder is on a disk of its own."""
    bot.data.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEBIBYTES}m", "tmpfs", str(bot.data)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs root, to mount a small disk")
    yield bot
    if bot.is_running:
        bot.signal(SIGKILL)
    subprocess.run(["umount", "--lazy", str(bot.data)], check=True)


@pytest.fixture
def unsure_disk(bot: BotProcess) -> BotProcess:
    """A bot whose calls of the system can be made to fail."""
    libraries = [file for folder in FIU for file in folder.glob("fiu_*_preload.so")]
    if not (libraries and shutil.which("fiu-ctrl")):
        pytest.skip("needs libfiu: apt-get install fiu-utils")
    bot.environment |= {
        "LD_PRELOAD": " ".join(map(str, libraries)),
        "FIU_CTRL_FIFO": str(bot.folder / "fiu"),
    }
    return bot


async def test_a_full_disk_loses_no_message(platform: Platform, small_disk: BotProcess) -> None:
    await goes_through(no_room, platform, small_disk)


async def test_io_errors_lose_no_message(platform: Platform, bot: BotProcess) -> None:
    bot.settings["log"] = {"level": "error"}  # the log is a file too, and shorter so
    await goes_through(io_errors, platform, bot)


@pytest.mark.slow
async def test_failing_syncs_lose_no_message(platform: Platform, unsure_disk: BotProcess) -> None:
    await goes_through(no_sync, platform, unsure_disk)


async def goes_through(trouble: Trouble, platform: Platform, bot: BotProcess) -> None:
    """Have the disk fail while people ask, and look at what they see and at the database."""
    await bot.start()
    before = platform.post("before")
    await platform.until_answered(before)
    await asyncio.sleep(0.5)  # its receipt is stored

    with trouble(bot):
        asked = [platform.post(f"meanwhile {n}", chat=f"chat-{n}") for n in range(QUESTIONS)]
        await asyncio.sleep(TROUBLE_SECONDS)
        assert not set(platform.acknowledged) & set(asked)

    for message in asked:
        assert await platform.until_answered(message) == f"re: {platform.posts[message].text}"
    assert await platform.until_answered(platform.post("after")) == "re: after"
    assert len(platform.messages) == len(platform.posts), "one answer each"
    await bot.kill()
    assert bot.rows("pragma integrity_check") == [("ok",)]


@pytest.mark.slow
async def test_it_fails_in_the_middle_of_an_answer(platform: Platform, small_disk: BotProcess) -> None:
    """What the model wrote is told once there is room to note that it was."""
    await small_disk.start()
    asked = platform.post(question("long", words=40, pace=0.05))
    await platform.until(lambda: bool(platform.answers_to(asked)), "a beginning of the answer")

    with no_room(small_disk):
        await asyncio.sleep(TROUBLE_SECONDS)
        assert small_disk.is_running

    assert await platform.until_answered(asked) == whole_answer(platform.posts[asked].text)
    assert len(platform.messages) == 1
    assert await platform.until_answered(platform.post("after")) == "re: after"


@pytest.mark.slow
@pytest.mark.parametrize("bot", ["postgresql"], indirect=True)
async def test_a_server_that_drops_its_connections_loses_nothing(platform: Platform, bot: BotProcess) -> None:
    """PostgreSQL's counterpart: the database is gone for a while."""
    await bot.start()
    await platform.until_answered(platform.post("before"))
    await asyncio.sleep(2 * BEAT_SECONDS)  # the bot has made sure that the database is its own
    asked = []

    for number in range(QUESTIONS * 3):
        asked.append(platform.post(f"meanwhile {number}", chat=f"chat-{number % QUESTIONS}"))
        bot.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await asyncio.sleep(0.3)

    for message in asked:
        assert await platform.until_final(message) == f"re: {platform.posts[message].text}"
    assert bot.is_running
