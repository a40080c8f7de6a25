"""Files that people share: text, code and snippets are read, the rest is told to be unreadable."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import structlog

from botcore import DeliveryError
from botcore.text_files import (
    NO_PICTURES,
    NO_SOUND,
    NO_VIDEOS,
    OTHER_KIND,
    decoded,
    fenced,
    language_of,
    not_text,
    too_large,
)
from botcore_slack.connection import Clients
from botcore_slack.errors import translated
from botcore_slack.origin import Facts, text_of

log = structlog.get_logger(__name__)

FETCH_SECONDS = 8.0  # for one; what comes after it in its channel waits
MOST_FILES = 5  # of one message that are read
NOT_GIVEN = "Slack did not give me “{}”. Please share it again, here with me."
ELSEWHERE = "“{}” is kept outside of Slack, where I can't read it. Please share the file itself."
PLAIN = {"", "auto", "text", "post", "none", "log"}  # kinds of snippets without a language
SLACKS_HOSTS = (".slack.com", ".slack-files.com", ".slack-edge.com")


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of the files of a message."""

    text: str = ""  # they, to be put behind what was written
    problem: str = ""  # why the message can't be answered, for its author


class Attachments:
    """Reads files through the bot of the workspace they were shared in."""

    def __init__(self, clients: Clients, base_url: str, largest: int) -> None:
        """`base_url`: of Slack, whose host is shown the bot's token too. `largest`: in bytes."""
        self._clients = clients
        self._base = urlsplit(base_url)
        self._largest = largest

    async def read(self, tenant: str, files: Sequence[Facts]) -> Reading:
        """Read the files of a message; a message with one that can't be read is not answered."""
        texts = []
        for file in files[:MOST_FILES]:
            reading = await self._read(tenant, file)
            if reading.problem:
                return reading
            texts.append(reading.text)
        return Reading("\n\n".join(texts))

    async def _read(self, tenant: str, file: Facts) -> Reading:
        try:
            file = await self._whole(tenant, file)
        except DeliveryError as error:
            log.info("file_not_told", error=str(error))
            return Reading(problem=NOT_GIVEN.format(name_of(file)))
        name, size = name_of(file), file.get("size")
        if problem := unreadable(file):
            return Reading(problem=problem)
        if isinstance(size, int) and size > self._largest:
            return Reading(problem=too_large(name, self._largest))
        content = await self._fetch(tenant, file)
        if content is None:
            return Reading(problem=NOT_GIVEN.format(name))
        if len(content) > self._largest:
            return Reading(problem=too_large(name, self._largest))
        text = decoded(content)
        return (
            Reading(problem=not_text(name))
            if text is None
            else Reading(fenced(name, text, _language(file) or ""))
        )

    async def _whole(self, tenant: str, file: Facts) -> Facts:
        """Return a file with all that is told of it: where workspaces share a channel it is only named."""
        if file.get("file_access") != "check_file_info":
            return file
        client = await self._clients.client(tenant)
        with translated(repeatable=True):
            told = await client.files_info(file=text_of(file.get("id")))
        return {**file, **(told.get("file") or {})}

    async def _fetch(self, tenant: str, file: Facts) -> bytes | None:
        """Return what a file holds, at most a byte more than may be read; None without Slack's help."""
        url = text_of(file.get("url_private_download")) or text_of(file.get("url_private"))
        if not self._is_slacks(url):
            return None
        account = await self._clients.account(tenant)
        headers = {"Authorization": f"Bearer {account.token}"}
        try:
            # Where Slack does not know the token it leads to a page for people, with 302.
            async with (
                asyncio.timeout(FETCH_SECONDS),
                self._clients.session.get(url, headers=headers, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    log.info("file_not_given", status=response.status)
                    return None
                return await _at_most(response, self._largest + 1)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("file_not_given", error=type(error).__name__)
            return None

    def _is_slacks(self, url: str) -> bool:
        """Tell whether an address may be shown the bot's token."""
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) == (self._base.scheme, self._base.netloc):
            return True
        return parts.scheme == "https" and f".{parts.hostname}".endswith(SLACKS_HOSTS)


def unreadable(file: Facts) -> str:
    """Return why a file can't be read, for who shared it; empty when it can."""
    kind, mime = text_of(file.get("subtype")), text_of(file.get("mimetype"))
    if kind == "slack_audio" or mime.startswith("audio/"):
        return NO_SOUND
    if kind == "slack_video" or mime.startswith("video/"):
        return NO_VIDEOS
    if mime.startswith("image/") and mime != "image/svg+xml":
        return NO_PICTURES
    if file.get("mode") == "external" or file.get("is_external"):
        return ELSEWHERE.format(name_of(file))
    return OTHER_KIND if _language(file) is None else ""


def name_of(file: Facts) -> str:
    """Return what a file is called."""
    return " ".join((text_of(file.get("name")) or text_of(file.get("title")) or "file").split())


def _language(file: Facts) -> str | None:
    """Return the language of a file, perhaps none; None when it is no text. A snippet always is."""
    kind = text_of(file.get("filetype")).lower()
    if file.get("mode") == "snippet":
        return "" if kind in PLAIN or not kind.isalnum() else kind
    return language_of(text_of(file.get("name")), text_of(file.get("mimetype")))


async def _at_most(response: aiohttp.ClientResponse, size: int) -> bytes:
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) >= size:
            break
    return bytes(content[:size])
