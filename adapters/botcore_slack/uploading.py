"""Files that the bot sends."""

from __future__ import annotations

import time
from collections.abc import Callable

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from botcore import Outgoing, Refused, RetryLater
from botcore.markup import TextFile
from botcore_slack.connection import Clients
from botcore_slack.errors import translated

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 60.0  # with a server for files that takes none, while Slack itself can be reached
OK, PASSING = 200, (407, 408, 429)  # any other 4xx is there to stay


class Uploads:
    """Shows files where messages would stand. What follows in a chat does not wait for ever for one."""

    def __init__(self, clients: Clients, clock: Callable[[], float] = time.monotonic) -> None:
        self._clients = clients
        self._clock = clock
        self._failing: dict[str, float] = {}  # since when, by the delivery's id

    async def share(self, client: AsyncWebClient, message: Outgoing, file: TextFile) -> str:
        """Show a file; return its id. `Refused`: it is shown nowhere, and will not be."""
        with translated(repeatable=True):
            ticket = await client.files_getUploadURLExternal(filename=file.name, length=len(file.content))
        await self._upload(message.delivery_id, str(ticket["upload_url"]), file.content)
        with translated():
            # Only this shows it: until then nothing has happened that anybody sees.
            await client.files_completeUploadExternal(
                files=[{"id": str(ticket["file_id"]), "title": file.name}],
                channel_id=message.key.chat,
                thread_ts=message.key.thread or None,
            )
        return str(ticket["file_id"])

    async def _upload(self, delivery: str, url: str, content: bytes) -> None:
        status = await self._send(url, content)
        if status == OK:
            self._failing.pop(delivery, None)
            return
        waited = self._clock() - self._failing.setdefault(delivery, self._clock())
        if waited <= PATIENCE_SECONDS and (status in PASSING or not 400 <= status < 500):
            raise RetryLater
        del self._failing[delivery]
        log.error("slack_takes_no_file", status=status or "no answer", waited=round(waited))
        raise Refused("Slack's server for files did not take it.")

    async def _send(self, url: str, content: bytes) -> int:
        """Return the number of the answer; 0: there was none."""
        try:
            async with self._clients.session.post(url, data=content) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
