"""Botcore on Echo: rooms over HTTP. Events are asked for, each until a later request confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp
from pydantic import BaseModel, ConfigDict, SecretStr

from botcore import (
    AdapterSetup,
    Author,
    Capabilities,
    ConversationKey,
    Edited,
    Event,
    InboundEvent,
    OutcomeUnknown,
    Outgoing,
    Pressed,
    Receipt,
    Receive,
    Refused,
    RetryLater,
)
from botcore.markup import lay_out, parse

__all__ = ["EchoAdapter"]


class EchoSettings(BaseModel):
    """The table `[adapters.echo]`. The token comes from BOTCORE_ECHO__TOKEN."""

    model_config = ConfigDict(extra="forbid")

    url: str
    token: SecretStr
    home: str = "home"  # the installation's name, if there are several
    poll_seconds: float = 20.0  # that Echo waits for news before it says that there are none
    call_seconds: float = 10.0  # after which a call that was not answered is given up


class EchoAdapter:
    """Brings in what is said on Echo, and says what the bot answers."""

    name = "echo"
    settings = EchoSettings
    capabilities = Capabilities(edit_interval=0.1, burst=5, max_chars=2000, buttons=True)

    def __init__(self, setup: AdapterSetup) -> None:
        self._settings = EchoSettings.model_validate(setup.settings)
        self._confirmed = 0  # the number of the last event that is committed
        self._session: aiohttp.ClientSession | None = None

    async def run(self, receive: Receive) -> None:
        """Commit events in their order. Whatever goes wrong ends this; the core calls it again soon."""
        seconds = self._settings.poll_seconds
        while True:
            query = {"after": self._confirmed, "seconds": seconds}
            answer = await self._call("GET", "events", seconds + self._settings.call_seconds, params=query)
            for event in answer["events"]:
                if read := _read(event, self._settings.home):
                    await receive(read)  # when this has returned, the event is committed
                self._confirmed = event["number"]  # so the next request may confirm it

    async def create(self, message: Outgoing) -> Receipt:
        answer = await self._call("POST", "messages", json={"room": message.key.chat, **_shown(message)})
        return Receipt(str(answer["id"]))

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        await self._call("PUT", f"messages/{receipt.message_id}", json=_shown(message))

    async def delete(self, receipt: Receipt) -> None:
        await self._call("DELETE", f"messages/{receipt.message_id}")

    async def is_member(self, key: ConversationKey, user_id: str) -> bool:
        answer = await self._call("GET", f"rooms/{key.chat}/members")
        return user_id in answer["members"]

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def _call(
        self, method: str, path: str, seconds: float | None = None, **more: Any
    ) -> dict[str, Any]:
        """Call Echo. What becomes of a message depends on this: only what surely failed is sent again."""
        if self._session is None or self._session.closed:
            token = self._settings.token.get_secret_value()
            self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})
        timeout = aiohttp.ClientTimeout(total=seconds or self._settings.call_seconds)
        url = f"{self._settings.url}/{path}"
        try:
            async with self._session.request(method, url, timeout=timeout, **more) as response:
                if response.status == 429:
                    raise RetryLater(after=float(response.headers.get("Retry-After", 1)))
                if response.status >= 500:
                    raise OutcomeUnknown(f"Echo is out of order: it answers {response.status}.")
                if response.status == 404 and method == "DELETE":
                    return {}  # gone is gone
                if response.status >= 400:
                    raise Refused(f"Echo refuses this: it answers {response.status}.")
                answer: dict[str, Any] = await response.json()
                return answer
        except aiohttp.ClientConnectorError as error:
            raise RetryLater("Echo can't be reached.") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OutcomeUnknown from error


def _read(event: Mapping[str, Any], home: str) -> Event | None:
    """Return what an event of Echo's means; None for one of a kind that came into being after this."""
    key = ConversationKey("echo", home, event["room"])
    at = datetime.fromisoformat(event["at"])
    author = Author(event["author"]["id"], event["author"]["name"], event["author"]["is_bot"])
    if event["kind"] == "message":
        return InboundEvent(
            key=key,
            dedupe_key=event["message"],  # the message's, not the event's: of one message two may tell
            message_id=event["message"],
            author=author,
            text=event["text"],
            sent_at=at,
            addressed=event["direct"] or event["to_bot"],
            direct=event["direct"],
        )
    if event["kind"] == "edited":
        return Edited(key, event["message"], event["text"], at)
    if event["kind"] == "pressed":
        press = event["press"]
        return Pressed(key, press, event["message"], author, event["button"], at, event["direct"])
    return None


def _shown(message: Outgoing) -> dict[str, Any]:
    """Return a message as Echo takes it: plain text, which is never empty, and buttons."""
    text = lay_out(parse(message.text or message.progress)).text.strip() or "…"
    return {"text": text, "buttons": [{"label": k.label, "id": k.id, "url": k.url} for k in message.buttons]}
