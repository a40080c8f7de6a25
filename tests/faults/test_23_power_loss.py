"""Power loss: of SQLite's log only what was synced is sure to be there, and what follows may be torn."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from botcore.endings import OFFER
from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.fakes.traffic import UNKNOWN

MESSAGES = 8
CUTS = 60
TORN_BYTES = 700


@dataclass(frozen=True)
class Wreck:
    """What a bot left that was killed in the middle of its work."""

    database: Path
    log: bytes  # SQLite's write-ahead log
    acknowledged: list[tuple[str, int]]  # texts, each with how long the log was then

    def cut(self, folder: Path, length: int, torn: bytes) -> Path:
        """Return a database as it may be found after the power came back."""
        folder.mkdir(exist_ok=True)
        database = Path(shutil.copy(self.database, folder / "botcore.db"))
        (folder / "botcore.db-wal").write_bytes(self.log[:length] + torn)
        (folder / "botcore.db-shm").unlink(missing_ok=True)
        return database

    def kept_by(self, length: int) -> set[str]:
        """Return what was acknowledged when the log had that length."""
        return {text for text, then in self.acknowledged if then <= length}


@pytest.fixture
async def wreck(platform: Platform, bot: BotProcess, tmp_path: Path) -> Wreck:
    await bot.start()
    acknowledged = []
    for number in range(MESSAGES):
        platform.post(f"message {number}", chat=f"chat-{number % 3}")
        await platform.until(lambda: not platform.unacknowledged, "an acknowledgement")
        acknowledged.append((f"message {number}", (bot.data / "botcore.db-wal").stat().st_size))
    await bot.kill()
    lengths = [length for _, length in acknowledged]
    assert lengths == sorted(lengths), "no checkpoint came between"
    database = shutil.copy(bot.data / "botcore.db", tmp_path / "wreck.db")
    return Wreck(Path(database), (bot.data / "botcore.db-wal").read_bytes(), acknowledged)


def test_every_acknowledged_message_is_there_wherever_the_log_ends(wreck: Wreck, tmp_path: Path) -> None:
    dice = random.Random(23)
    shortest = wreck.acknowledged[0][1]
    lengths = [length for _, length in wreck.acknowledged] + [
        dice.randint(shortest, len(wreck.log)) for _ in range(CUTS)
    ]
    for length in lengths:
        torn = dice.choice([b"", bytes(TORN_BYTES), dice.randbytes(TORN_BYTES)])

        database = wreck.cut(tmp_path / "cut", length, torn)

        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
            assert not connection.execute("pragma foreign_key_check").fetchall()
            waiting = "select text from message join inbox on inbox.message_id = message.id"
            assert {row[0] for row in connection.execute(waiting)} >= wreck.kept_by(length)


@pytest.mark.slow
async def test_the_bot_goes_on_from_there(wreck: Wreck, platform: Platform, bot: BotProcess) -> None:
    text, length = wreck.acknowledged[-1]
    wreck.cut(bot.data, length, torn=bytes(TORN_BYTES))

    await bot.start()

    for message_id, post in platform.posts.items():
        # What was about to be sent may have been: it is called up by who wants it, and not sent again.
        if post.text in wreck.kept_by(length) and (message_id,) not in bot.rows(UNKNOWN):
            shown = await platform.until_final(message_id)
            assert shown.removesuffix(f"\n\n{OFFER}") == f"re: {post.text}"
    assert text in wreck.kept_by(length)
