"""Files: what is known of one, and how one is uploaded."""

from __future__ import annotations

from typing import Any

from tests.fakes.slack.accounts import Json
from tests.fakes.slack.app import Installation
from tests.fakes.slack.chat import forget_status, may_write, read_thread
from tests.fakes.slack.errors import ApiError, invalid_arguments
from tests.fakes.slack.model import File, Version
from tests.fakes.slack.parameters import Parameters
from tests.fakes.slack.world import World


async def files_info(world: World, bot: Installation, parameters: Parameters) -> Json:
    file = world.files.get(parameters.required("file"))
    if file is None or not may_see(bot, file):
        raise ApiError("file_not_found")
    shares: dict[str, Any] = {}
    for message in file.shares:
        kind = "public" if message.channel.kind == "channel" else "private"
        entry = {"ts": message.ts, "thread_ts": message.thread_ts or None}
        shares.setdefault(kind, {}).setdefault(message.channel.id, []).append(entry)
    return {"file": {**file.whole(), "shares": shares}, "comments": []}


async def files_delete(world: World, bot: Installation, parameters: Parameters) -> Json:
    file = world.files.get(parameters.required("file"))
    if file is None or not may_see(bot, file):
        raise ApiError("file_not_found")
    if file.owner is not bot.user:
        raise ApiError("cant_delete_file")
    del world.files[file.id]
    for message in file.shares:
        world.delete(message)
    return {}


def may_see(bot: Installation, file: File) -> bool:
    """Whether a file is the bot's, or was shared where the bot is."""
    return file.owner is bot.user or any(bot.user.id in m.channel.members for m in file.shares)


async def get_upload_url(world: World, bot: Installation, parameters: Parameters) -> Json:
    name = parameters.required("filename")
    try:
        length = int(parameters.required("length"))
    except ValueError:
        raise invalid_arguments("invalid `length`") from None
    if length <= 0:
        raise invalid_arguments("`length` must be greater than 0")
    file = world.add_file(name, b"", bot.user)
    file.snippet = bool(parameters.text("snippet_type")) or file.filetype in ("txt", "py", "md")
    world.tickets.uploads[file.id] = (name, length, bot.app.id)
    return {"file_id": file.id, "upload_url": f"{world.origin}/upload/v1/{file.id}"}


def take_upload(world: World, number: str, content: bytes) -> None:
    """Take the bytes of a file. It is seen by nobody before it is completed."""
    known = world.tickets.uploads.get(number)
    if known is None:
        raise ApiError("not_found", status=404)
    if len(content) != known[1]:
        raise ApiError("file_upload_size_restricted", status=400)
    world.files[number].content = content


async def complete_upload(world: World, bot: Installation, parameters: Parameters) -> Json:
    entries = parameters.data("files") or []
    if not entries:
        raise invalid_arguments("missing required field: files")
    files = []
    for entry in entries:
        file = world.files.get(str(entry.get("id")))
        if file is None or not file.content or world.tickets.uploads.pop(file.id, None) is None:
            raise ApiError("file_not_found")
        file.title = entry.get("title", "")
        files.append(file)
    for number in (parameters.text("channel_id") or parameters.text("channels")).split(","):
        if number:
            _share(world, bot, files, number, parameters)
    # Where it was shared is told later, by files.info.
    return {"files": [{"id": file.id, "title": file.title or file.name} for file in files]}


def _share(world: World, bot: Installation, files: list[File], number: str, parameters: Parameters) -> None:
    channel = may_write(world, bot, number)
    version = Version(parameters.text("initial_comment"), [], world.clock(), {}, [], "files")
    message = world.add_message(
        channel, bot.user, version, app_id=bot.app.id, thread_ts=read_thread(channel, parameters), files=files
    )
    forget_status(world, message)
    for file in files:
        file.shares.append(message)
