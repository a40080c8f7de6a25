"""Showing a form that is committed, however long the platform takes for it."""

from __future__ import annotations

import asyncio

import structlog

from botcore.adapter import OpensForms
from botcore.chat_sender import TurnOver
from botcore.delivery import Delivery
from botcore.domain import Button, InboundEvent, Pressed
from botcore.errors import DeliveryError
from botcore.forms.dialogue import REOPEN
from botcore.forms.form import Form, OpenForm
from botcore.fronts import Fronts
from botcore.retry import insist
from botcore.router import BUILTIN
from botcore.store import DatabaseError
from botcore.store.buttons import PluginButton
from botcore.store.form_store import Asking, FormStore

log = structlog.get_logger(__name__)

OPEN_SECONDS = 3.0  # for the platform to open a form
# Most are open by then. The platform waits for a word that the command or press was taken, and gives that
# three seconds in all; what is committed must not be called undone because a form takes longer.
AT_ONCE_SECONDS = 0.25
CANT_OPEN = "I could not open the form just now. This button opens it."
OPEN = "Open the form"


class Showing:
    """Lets platforms open forms, and puts a button there for one that did not open."""

    def __init__(self, forms: FormStore, delivery: Delivery, fronts: Fronts) -> None:
        self._forms = forms
        self._delivery = delivery
        self._fronts = fronts
        self._tasks: set[asyncio.Task[None]] = set()

    async def show(self, event: Pressed | InboundEvent, form_id: str, form: Form) -> None:
        """Begin to open a form, and wait a moment for it."""
        task = asyncio.create_task(self._show(event, OpenForm(form_id, form)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait([task], timeout=AT_ONCE_SECONDS)

    async def close(self) -> None:
        """Let what is being opened be opened, or offered by a button."""
        if tasks := list(self._tasks):
            await asyncio.wait(tasks, timeout=OPEN_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _show(self, event: Pressed | InboundEvent, form: OpenForm) -> None:
        adapter = self._fronts.find(event.key)
        try:
            if not isinstance(adapter, OpensForms):
                raise DeliveryError
            async with asyncio.timeout(OPEN_SECONDS):
                await adapter.open_form(event, form)
        except Exception as error:
            log.warning("form_not_opened", platform=event.key.platform, error=type(error).__name__)
            await insist(lambda: self._offer(event, form.id), DatabaseError)

    async def _offer(self, event: Pressed | InboundEvent, form_id: str) -> None:
        if form := await self._forms.find(form_id):
            button = PluginButton(BUILTIN, Button(OPEN, REOPEN, form_id, personal=True))
            notice = await self._forms.tell(event, form.caller.user_id, Asking(CANT_OPEN, (button,)))
            self._delivery.close_turn(TurnOver(notice.turn_id, notice.key, ""))
