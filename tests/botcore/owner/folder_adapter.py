"""A platform of files: what is put into `in/` was written to the bot, `out.jsonl` is what it showed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from botcore import (
    AdapterSetup,
    Author,
    Capabilities,
    ConversationKey,
    InboundEvent,
    OutcomeUnknown,
    Outgoing,
    Receipt,
    Receive,
)


class FolderAdapter:
    """As long as there is a file `broken` in its folder it fails with its text, and with `lost` a create."""

    def __init__(self, setup: AdapterSetup) -> None:
        self.name = str(setup.settings["name"])
        trusted = bool(setup.settings.get("trusted", True))
        self.capabilities = Capabilities(edit_interval=0.05, trusted=trusted)
        self._folder = Path(setup.settings["folder"])
        self._inbox = self._folder / "in"
        self._inbox.mkdir(parents=True, exist_ok=True)
        self._ids = count()

    async def run(self, receive: Receive) -> None:
        while not (self._folder / "broken").exists():
            for file in sorted(self._inbox.glob("*.txt")):
                await receive(self._event(file))
                file.unlink()
            await asyncio.sleep(0.02)
        raise RuntimeError((self._folder / "broken").read_text())

    async def create(self, message: Outgoing) -> Receipt:
        if (self._folder / "lost").exists():
            raise OutcomeUnknown
        receipt = Receipt(f"{datetime.now(UTC).timestamp()}-{next(self._ids)}")
        self._write(receipt, message)
        return receipt

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        self._write(receipt, message)

    async def delete(self, receipt: Receipt) -> None:
        pass

    def _event(self, file: Path) -> InboundEvent:
        return InboundEvent(
            key=ConversationKey(self.name, "here", "room"),
            dedupe_key=file.stem,
            message_id=file.stem,
            author=Author("ana", "Ana"),
            text=file.read_text(),
            sent_at=datetime.now(UTC),
        )

    def _write(self, receipt: Receipt, message: Outgoing) -> None:
        line = {
            "id": receipt.message_id,
            "text": message.text,
            "final": message.final,
            "answers": message.answers,
        }
        with (self._folder / "out.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
