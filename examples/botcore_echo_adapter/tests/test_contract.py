"""The adapter keeps the promises of every adapter, and its bot outlives its kills."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from botcore_echo_adapter import EchoAdapter
from echo import TOKEN, Echo, Fault

from botcore import AdapterSetup
from botcore.testing.adapter_contract import AdapterContract
from botcore.testing.platform import BotTable

GROUP: dict[str, Any] = {"room": "team", "direct": False}


class EchoPlatform:
    """Ana writes to the bot, in their direct chat and in a group."""

    def __init__(self, echo: Echo) -> None:
        self._echo = echo
        self._last = echo.tell("message", message="m0", text="")
        self._echo.waiting.clear()
        self._table = {"url": echo.url, "poll_seconds": 1.0, "call_seconds": 1.0}
        self.adapter = self._new_adapter()

    async def post(self, text: str) -> None:
        self._last = self._echo.tell("message", message=self._echo.new_id(), text=text)

    def shown(self) -> list[str]:
        return [shown.text for shown in self._echo.messages.values() if shown.room == "with-ana"]

    def bot_table(self) -> BotTable:
        return BotTable("home", self._table, {"token": TOKEN})

    # What may go wrong on the way in

    async def redeliver(self) -> None:
        self._echo.waiting.append(self._last | {"number": self._echo.tell("nothing")["number"]})

    async def repeat(self) -> None:
        self._echo.tell("message", message=self._last["message"], text=self._last["text"])

    async def post_in_other_order(self, first: str, second: str) -> None:
        held, self._echo.waiting = self._echo.waiting, []
        await self.post(second)
        await self.post(first)
        self._echo.waiting = [*held, *self._echo.waiting]

    def unacknowledged(self) -> int:
        return sum(event["kind"] != "nothing" for event in self._echo.waiting)

    async def start_again(self) -> None:
        await self.adapter.close()
        self.adapter = self._new_adapter()

    def go_dead(self) -> None:
        self._echo.dead_polls = 2  # that which waits now, when it is begun anew, and one more

    async def post_as_bot(self, text: str) -> None:
        self._echo.tell("message", "other", is_bot=True, message=self._echo.new_id(), text=text)

    async def echo(self) -> None:
        *_, (number, shown) = self._echo.messages.items()
        self._echo.tell("message", "bot", is_bot=True, message=number, text=shown.text)

    # What may go wrong on the way out

    def flood(self, seconds: float) -> None:
        self._echo.faults.append(Fault(status=429, retry_after=seconds))

    def fail(self) -> None:
        self._echo.faults.append(Fault(status=503))

    def cut(self, *, after_effect: bool) -> None:
        self._echo.faults.append(Fault(cut_before=not after_effect, cut_after=after_effect))

    def hang(self) -> None:
        self._echo.faults.append(Fault(hang=True))

    def refuse(self) -> None:
        self._echo.refuses = True

    def take_away(self) -> None:
        self._echo.messages.popitem()

    # What people do

    async def post_in_group(self, text: str, *, addressed: bool) -> None:
        self._echo.tell("message", message=self._echo.new_id(), text=text, to_bot=addressed, **GROUP)

    async def leave(self) -> None:
        self._echo.members.discard("ana")

    async def edit_last(self, text: str) -> None:
        self._echo.tell("edited", message=self._last["message"], text=text)

    def buttons(self) -> list[str]:
        return [button["label"] for button in list(self._echo.messages.values())[-1].buttons]

    async def press(self, label: str) -> None:
        *_, (number, shown) = self._echo.messages.items()
        [button] = [button for button in shown.buttons if button["label"] == label]
        press = self._echo.new_id()
        self._last = self._echo.tell("pressed", press=press, message=number, button=button["id"])

    def notices(self) -> list[str]:
        return []

    def _new_adapter(self) -> EchoAdapter:
        return EchoAdapter(AdapterSetup({**self._table, "token": TOKEN}, Path()))


class TestEchoAdapter(AdapterContract):
    @pytest.fixture
    async def platform(self) -> AsyncIterator[EchoPlatform]:
        async with Echo() as echo:
            platform = EchoPlatform(echo)
            yield platform
            await platform.adapter.close()
