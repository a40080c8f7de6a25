"""The methods that send, change and take away messages."""

from __future__ import annotations

from typing import Any

from tests.fakes.slack.accounts import Json
from tests.fakes.slack.app import Installation
from tests.fakes.slack.blocks import LONGEST_MARKDOWN, read_blocks
from tests.fakes.slack.errors import ApiError, rate_limited
from tests.fakes.slack.model import PUBLIC, Channel, Message, Version
from tests.fakes.slack.parameters import Parameters
from tests.fakes.slack.payloads import message_json
from tests.fakes.slack.reading import names_in
from tests.fakes.slack.world import World

LONGEST_TEXT = 40_000  # what is longer is cut
LONGEST_UPDATE = 4_000  # of `text` in chat.update, whatever the blocks say


def reach(world: World, bot: Installation, number: str, *, unknown: str = "channel_not_found") -> Channel:
    """Return the channel that a bot names, if it may know that it exists."""
    if number[:1] in "UW" and (person := world.users.get(number)) and bot.serves(person.team):
        return world.direct(person, bot.user)
    channel = world.channels.get(number) or next(
        (c for c in world.channels.values() if c.name == number.lstrip("#") and c.name), None
    )
    if channel is None or not any(bot.serves(team) for team in channel.teams):
        raise ApiError(unknown)
    if bot.user.id not in channel.members and channel.kind != PUBLIC:
        raise ApiError(unknown)
    return channel


def may_write(world: World, bot: Installation, number: str) -> Channel:
    """Return a channel in which a bot may write."""
    channel = reach(world, bot, number)
    if channel.is_archived:
        raise ApiError("is_archived")
    if bot.user.id not in channel.members and "chat:write.public" not in bot.scopes:
        raise ApiError("not_in_channel")
    return channel


async def post_message(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = may_write(world, bot, parameters.required("channel"))
    version = read_content(world, parameters, "chat.postMessage")
    check_pace(world, bot, channel)
    message = world.add_message(
        channel, bot.user, version, app_id=bot.app.id, thread_ts=read_thread(channel, parameters)
    )
    message.used_names = _linked_names(parameters)
    forget_status(world, message)
    body: Json = {"channel": channel.id, "ts": message.ts, "message": message_json(message, metadata=True)}
    if len(parameters.text("text")) > LONGEST_TEXT:
        body["response_metadata"] = {"warnings": ["message_truncated"]}
    return body


async def post_ephemeral(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = may_write(world, bot, parameters.required("channel"))
    person = channel.members.get(parameters.required("user"))
    if person is None:
        raise ApiError("user_not_in_channel")
    version = read_content(world, parameters, "chat.postEphemeral")
    check_pace(world, bot, channel)
    thread = read_thread(channel, parameters)
    message = world.add_message(
        channel, bot.user, version, app_id=bot.app.id, thread_ts=thread, only_for=person
    )
    message.used_names = _linked_names(parameters)
    return {"message_ts": message.ts}


async def update(world: World, bot: Installation, parameters: Parameters) -> Json:
    message = own_message(world, bot, parameters, "cant_update_message")
    if len(parameters.text("text")) > LONGEST_UPDATE:
        raise ApiError("msg_too_long")
    version = read_content(world, parameters, "chat.update", before=message.versions[-1])
    if message.stream_began is not None:
        if not stream_is_over(world, message):
            raise ApiError("streaming_state_conflict")
        message.stream_began = None
    window = message.channel.team.edit_window
    if window is not None and message.sent_at + window < world.clock():
        raise ApiError("edit_window_closed")
    check_pace(world, bot, message.channel)
    world.change(message, version, bot.user)
    message.used_names += _linked_names(parameters)
    body = message_json(message, metadata=True)
    return {"channel": message.channel.id, "ts": message.ts, "text": message.text, "message": body}


async def delete(world: World, bot: Installation, parameters: Parameters) -> Json:
    message = own_message(world, bot, parameters, "cant_delete_message")
    if message.stream_began is not None and not stream_is_over(world, message):
        raise ApiError("cant_delete_message")
    world.delete(message)
    return {"channel": message.channel.id, "ts": message.ts}


async def get_permalink(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = reach(world, bot, parameters.required("channel"))
    message = find_message(channel, parameters.required("message_ts"))
    link = f"{bot.team.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def find_message(channel: Channel, ts: str) -> Message:
    message = channel.messages.get(ts)
    if message is None or message.deleted or message.only_for:
        raise ApiError("message_not_found")
    return message


def own_message(world: World, bot: Installation, parameters: Parameters, refusal: str) -> Message:
    """Return the message that is to be changed."""
    channel = reach(world, bot, parameters.required("channel"))
    message = find_message(channel, parameters.required("ts"))
    if message.author is not bot.user or message.subtype == "tombstone":
        raise ApiError(refusal)
    return message


def read_thread(channel: Channel, parameters: Parameters) -> str:
    """Return the ts of the message that began the thread which is meant."""
    ts = parameters.text("thread_ts")
    if not ts:
        return ""
    root = channel.messages.get(ts)
    if root is None or root.deleted or root.only_for:
        raise ApiError("invalid_thread_ts")
    return root.thread_ts or root.ts


def check_pace(world: World, bot: Installation, channel: Channel) -> None:
    """Raise when a bot writes too fast in a channel."""
    if (seconds := world.pace.wait(bot.user.id, channel.id, world.clock())) > 0:
        raise rate_limited(seconds)


def read_content(
    world: World, parameters: Parameters, method: str, *, before: Version | None = None
) -> Version:
    """Return what a message is to show. What an edit does not name stays as it was before."""
    text, markdown = parameters.text("text"), parameters.text("markdown_text")
    blocks = read_blocks(parameters.data("blocks", "invalid_blocks_format"))
    attachments: Any = parameters.data("attachments", "invalid_attachments") or []
    if markdown:
        blocks, text = _read_markdown(markdown, bool(text or blocks)), markdown
    if not (text or blocks or attachments):
        raise ApiError("no_text")
    if before and "blocks" not in parameters and not markdown:
        blocks = before.blocks
    metadata = read_metadata(parameters, before)
    return Version(text[:LONGEST_TEXT], blocks, world.clock(), metadata, attachments, method)


def _read_markdown(markdown: str, has_more: bool) -> list[Json]:
    if has_more:
        raise ApiError("markdown_text_conflict")
    if len(markdown) > LONGEST_MARKDOWN:
        raise ApiError("msg_too_long")
    return [{"type": "markdown", "block_id": "b0", "text": markdown}]


def read_metadata(parameters: Parameters, before: Version | None = None) -> Json:
    metadata = parameters.data("metadata", "invalid_metadata_format")
    if metadata is None:
        return before.metadata if before else {}
    if metadata == {}:
        return {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not metadata["event_type"]:
        raise ApiError("invalid_metadata_format")
    return metadata


def _linked_names(parameters: Parameters) -> list[str]:
    """Return the names that become mentions, because the call asks for it."""
    wanted = parameters.boolean("link_names") or parameters.text("parse") == "full"
    return [f"@{name}" for name in names_in(parameters.text("text"))] if wanted else []


def stream_is_over(world: World, message: Message) -> bool:
    """Whether Slack has ended a stream by itself."""
    began, idle = message.stream_began, world.stream_idle_seconds
    if began is None or began + world.stream_seconds <= world.clock():
        return True
    return idle is not None and message.stream_heard + idle <= world.clock()


def forget_status(world: World, message: Message) -> None:
    """An answer takes away what was shown of its being written."""
    world.statuses.pop((message.channel.id, message.thread_ts), None)
