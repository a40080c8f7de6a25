"""The adapter: a chat with the person at this terminal."""

from __future__ import annotations

import asyncio
import getpass
import os
from asyncio import TaskGroup
from datetime import UTC, datetime
from uuid import uuid4

from rich.console import Console

from botcore import (
    Accepted,
    AdapterSetup,
    Author,
    BotcoreError,
    Capabilities,
    ConversationKey,
    InboundEvent,
    Outgoing,
    Receipt,
    Receive,
    UserError,
)
from botcore_terminal.lines import Lines
from botcore_terminal.live_screen import LiveScreen
from botcore_terminal.prompt import Prompt
from botcore_terminal.sanitize import clean
from botcore_terminal.screen import Screen

HISTORY = "terminal_history"  # in the data folder


class TerminalAdapter:
    """Reads a question, waits until its turn is over, and reads the next."""

    name = "terminal"
    chat = "terminal"  # another terminal that chats at the same time has another
    capabilities = Capabilities(edit_interval=0.1, trusted=True)

    def __init__(
        self, setup: AdapterSetup | None = None, *, lines: Lines | None = None, screen: Screen | None = None
    ) -> None:
        if setup and setup.settings:
            raise UserError(f"[terminal] has no setting “{next(iter(setup.settings))}”.")
        self._lines = lines or Prompt(history=setup.data_folder / HISTORY if setup else None)
        self.screen = screen or LiveScreen(Console())
        self.failed = False  # the last answer could not be given whole
        self._waiting = False  # for an answer; otherwise for a question
        self._stopping = False  # Ctrl-C was pressed while waiting
        self._open: set[str] = set()  # ids of the messages whose turns are not over
        self._all_over = asyncio.Event()
        self._unsent: InboundEvent | None = None  # nobody said that it was taken

    async def run(self, receive: Receive) -> None:
        if self._unsent:
            await self._ask(receive, self._unsent)
        while (text := await self._lines.read()) is not None:
            if text.strip():
                await self._ask(receive, _event(self.chat, text))

    async def create(self, message: Outgoing) -> Receipt:
        receipt = Receipt(uuid4().hex)
        await self._show(receipt, message)
        return receipt

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        await self._show(receipt, message)

    async def delete(self, receipt: Receipt) -> None:
        self.screen.withdraw(receipt.message_id)  # what is printed for good stays

    async def turn_over(self, key: ConversationKey, message_id: str) -> None:
        """Hear that nothing more will answer this message."""
        self._close(message_id)

    async def _ask(self, receive: Receive, event: InboundEvent) -> None:
        self._waiting = True
        self._stopping = False
        self.screen.start_work("Thinking")
        try:
            async with TaskGroup() as tasks:
                with self._lines.interrupts(lambda: self._interrupt(tasks, receive)):
                    self._unsent = event
                    await self._send(receive, event)
                    self._unsent = None
                    await self._all_over.wait()
        finally:
            self._open.clear()
            self._waiting = False
            self.screen.end_work()

    async def _send(self, receive: Receive, event: InboundEvent) -> None:
        self._open.add(event.message_id)
        self._all_over.clear()
        try:
            accepted = await receive(event)
        except BotcoreError as error:
            self.screen.note(str(error))
            self._close(event.message_id)
        else:
            if accepted is not Accepted.NEW:
                self._close(event.message_id)

    def _close(self, message_id: str) -> None:
        self._open.discard(message_id)
        if not self._open:
            self._all_over.set()

    def _interrupt(self, tasks: TaskGroup, receive: Receive) -> None:
        """Stop the answer; when asked again, stop waiting for it."""
        if self._stopping:
            self.screen.note("The answer is no longer waited for.")
            self._all_over.set()
        else:
            self._stopping = True
            tasks.create_task(self._send(receive, _event(self.chat, "/stop")))

    async def _show(self, receipt: Receipt, message: Outgoing) -> None:
        if message.final:
            self.failed = message.failed
        if self._waiting:
            self.screen.show(receipt.message_id, message)
        elif message.final:
            async with self._lines.above():
                self.screen.show(receipt.message_id, message)


def _event(chat: str, text: str) -> InboundEvent:
    message_id = uuid4().hex
    user = _user_name()
    return InboundEvent(
        key=ConversationKey(platform="terminal", tenant="local", chat=chat),
        dedupe_key=message_id,
        message_id=message_id,
        author=Author(id=user, name=user),
        text=clean(text),
        sent_at=datetime.now(UTC),
    )


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under an id without a name
        return str(os.getuid())
