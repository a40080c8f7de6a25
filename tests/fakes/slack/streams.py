"""Messages that grow while they are written."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.slack.accounts import Json
from tests.fakes.slack.app import Installation
from tests.fakes.slack.blocks import LONGEST_MARKDOWN, read_blocks
from tests.fakes.slack.chat import (
    forget_status,
    may_write,
    own_message,
    read_metadata,
    read_thread,
    stream_is_over,
)
from tests.fakes.slack.errors import ApiError, invalid_arguments
from tests.fakes.slack.model import Message, Version
from tests.fakes.slack.parameters import Parameters
from tests.fakes.slack.payloads import message_json
from tests.fakes.slack.world import World


async def start_stream(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = may_write(world, bot, parameters.required("channel"))
    if not parameters.text("thread_ts"):
        raise invalid_arguments("missing required field: thread_ts")
    thread = read_thread(channel, parameters)
    if not channel.is_direct:
        for name in ("recipient_user_id", "recipient_team_id"):
            if not parameters.text(name):
                raise ApiError(f"missing_{name}")
        person = world.users.get(parameters.text("recipient_user_id"))
        if person is None or person.id not in channel.members:
            raise ApiError("user_not_found")
        if person.team.id != parameters.text("recipient_team_id"):
            raise ApiError("team_not_found")
    text = _read_piece(parameters)
    version = Version(text, _as_blocks(text), world.clock(), {}, [], "chat.startStream")
    message = world.add_message(channel, bot.user, version, app_id=bot.app.id, thread_ts=thread)
    message.stream_began = message.stream_heard = world.clock()
    forget_status(world, message)
    return {"channel": channel.id, "ts": message.ts}


async def append_stream(world: World, bot: Installation, parameters: Parameters) -> Json:
    message = _streaming(world, bot, parameters)
    piece = _read_piece(parameters)
    if not piece:
        raise ApiError("no_text")
    _grow(world, message, piece, "chat.appendStream")
    return {"channel": message.channel.id, "ts": message.ts}


async def stop_stream(world: World, bot: Installation, parameters: Parameters) -> Json:
    message = _streaming(world, bot, parameters)
    blocks = read_blocks(parameters.data("blocks", "invalid_blocks_format"))
    metadata = read_metadata(parameters, message.versions[-1])
    message.stream_began = None
    text = message.text + _read_piece(parameters)
    below = [{**block, "block_id": block["block_id"] + "s"} for block in blocks]
    shown = [*_as_blocks(text), *below]
    version = Version(text, shown, world.clock(), metadata, [], "chat.stopStream")
    world.change(message, version, None)
    body = message_json(message, metadata=True)
    return {"channel": message.channel.id, "ts": message.ts, "message": body}


def _streaming(world: World, bot: Installation, parameters: Parameters) -> Message:
    """Return a message that can still grow."""
    message = own_message(world, bot, parameters, "message_not_owned_by_app")
    if message.stream_began is None or stream_is_over(world, message):
        raise ApiError("message_not_in_streaming_state")
    return message


def _grow(world: World, message: Message, piece: str, method: str) -> None:
    """Add a piece. Nobody is told of it before the end."""
    text = message.text + piece
    message.versions.append(
        replace(message.versions[-1], text=text, blocks=_as_blocks(text), at=world.clock(), method=method)
    )
    message.stream_heard = world.clock()
    world.on_message(message)


def _read_piece(parameters: Parameters) -> str:
    """Return the text of a call, which stands in one field or in chunks."""
    text = parameters.text("markdown_text")
    chunks = parameters.data("chunks", "invalid_chunks") or []
    if not isinstance(chunks, list) or any("type" not in chunk for chunk in chunks):
        raise ApiError("invalid_chunks")
    text += "".join(chunk.get("text", "") for chunk in chunks if chunk["type"] == "markdown_text")
    if len(text) > LONGEST_MARKDOWN:
        raise ApiError("msg_too_long")
    return text


def _as_blocks(text: str) -> list[Json]:
    return [{"type": "markdown", "block_id": "b0", "text": text}] if text else []
