"""Files that the bot sends."""

from __future__ import annotations

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from botcore import Outgoing, RetryLater
from botcore.markup import TextFile
from botcore_slack.errors import NOT_BEGUN, translated


async def share_file(
    client: AsyncWebClient, session: aiohttp.ClientSession, message: Outgoing, file: TextFile
) -> str:
    """Show a file where a message would stand; return the file's id."""
    with translated():
        ticket = await client.files_getUploadURLExternal(filename=file.name, length=len(file.content))
    await _upload(session, str(ticket["upload_url"]), file.content)
    with translated():
        # Only this shows it: until then nothing has happened that anybody sees.
        await client.files_completeUploadExternal(
            files=[{"id": str(ticket["file_id"]), "title": file.name}],
            channel_id=message.key.chat,
            thread_ts=message.key.thread or None,
        )
    return str(ticket["file_id"])


async def _upload(session: aiohttp.ClientSession, url: str, content: bytes) -> None:
    try:
        async with session.post(url, data=content) as answer:
            if answer.status != 200:
                raise RetryLater
    except (*NOT_BEGUN, aiohttp.ClientError, TimeoutError):
        raise RetryLater from None  # nobody sees what was uploaded and not shared
