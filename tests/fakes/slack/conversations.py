"""The methods that read channels: what was said, who is there, which there are."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeVar

from tests.fakes.slack import scopes
from tests.fakes.slack.accounts import Json
from tests.fakes.slack.app import Installation
from tests.fakes.slack.chat import reach
from tests.fakes.slack.errors import ApiError, missing_scope
from tests.fakes.slack.model import DIRECT, PRIVATE, PUBLIC, Channel, Message
from tests.fakes.slack.parameters import Parameters
from tests.fakes.slack.payloads import message_json
from tests.fakes.slack.world import World

COMMERCIAL_PAGE = 15
T = TypeVar("T")
_KINDS = {"public_channel": PUBLIC, "private_channel": PRIVATE, "im": DIRECT, "mpim": "mpim"}


async def history(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = _readable(world, bot, parameters)
    messages = [m for m in channel.shown() if not m.is_reply]
    messages = [m for m in messages if _is_within(m, parameters)][::-1]
    page, cursor = _page(messages, parameters, _limit(bot, parameters))
    return {
        "messages": [_told(message, parameters) for message in page],
        "has_more": bool(cursor),
        "pin_count": 0,
        "response_metadata": {"next_cursor": cursor},
    }


async def replies(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = _readable(world, bot, parameters)
    named = channel.messages.get(parameters.required("ts"))
    if named is None or named.deleted or named.only_for:
        raise ApiError("thread_not_found")
    root = channel.messages[named.thread_ts] if named.is_reply else named
    within = [m for m in channel.replies(root.ts) if _is_within(m, parameters)]
    page, cursor = _page(within, parameters, max(1, _limit(bot, parameters) - 1))
    return {
        # The message that began it leads every page.
        "messages": [_told(message, parameters) for message in (root, *page)],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _told(message: Message, parameters: Parameters) -> Json:
    return message_json(message, metadata=parameters.boolean("include_all_metadata"))


def _is_within(message: Message, parameters: Parameters) -> bool:
    oldest, latest = parameters.text("oldest") or "0", parameters.text("latest") or "9999999999"
    if message.ts in (oldest, latest):
        return parameters.boolean("inclusive")
    return float(oldest) < float(message.ts) < float(latest)


def _readable(world: World, bot: Installation, parameters: Parameters) -> Channel:
    channel = reach(world, bot, parameters.required("channel"))
    _check_scope(bot, channel, "history")
    if bot.user.id not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _check_scope(bot: Installation, channel: Channel, what: str) -> None:
    needed = scopes.of_channel(channel, what)
    if needed not in bot.scopes:
        raise missing_scope(needed, ",".join(sorted(bot.scopes)))


def _limit(bot: Installation, parameters: Parameters) -> int:
    if bot.app.commercial:
        return min(COMMERCIAL_PAGE, parameters.limit(COMMERCIAL_PAGE))
    return parameters.limit()


def _page(entries: Sequence[T], parameters: Parameters, limit: int) -> tuple[Sequence[T], str]:
    """Return the page that a cursor points at, and the next cursor."""
    begin = 0
    if cursor := parameters.text("cursor"):
        try:
            begin = int(base64.b64decode(cursor).decode().removeprefix("next_ts:"))
        except ValueError:
            raise ApiError("invalid_cursor") from None
    end = begin + limit
    following = base64.b64encode(f"next_ts:{end}".encode()).decode() if end < len(entries) else ""
    return entries[begin:end], following


async def members(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = reach(world, bot, parameters.required("channel"))
    _check_scope(bot, channel, "read")
    page, cursor = _page(list(channel.members), parameters, parameters.limit())
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


async def info(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = reach(world, bot, parameters.required("channel"))
    _check_scope(bot, channel, "read")
    return {"channel": _channel_json(channel, bot)}


def _channel_json(channel: Channel, bot: Installation) -> Json:
    return {**channel.json(), "is_member": bot.user.id in channel.members}


async def of_user(world: World, bot: Installation, parameters: Parameters) -> Json:
    """Return where somebody is, by default the bot itself; of private rooms those that the bot is in too."""
    who = parameters.text("user") or bot.user.id
    if who not in world.users:
        raise ApiError("user_not_found")
    listed = await list_(world, bot, parameters)
    mine = [one for one in listed["channels"] if who in world.channels[one["id"]].members]
    return {**listed, "channels": mine}


async def list_(world: World, bot: Installation, parameters: Parameters) -> Json:
    wanted = [
        _KINDS[kind] for kind in parameters.text("types", "public_channel").split(",") if kind in _KINDS
    ]
    found = [
        channel
        for channel in world.channels.values()
        if channel.kind in wanted
        and any(bot.serves(team) for team in channel.teams)
        and (channel.kind == PUBLIC or bot.user.id in channel.members)
        and not (channel.is_archived and parameters.boolean("exclude_archived"))
    ]
    page, cursor = _page(found, parameters, parameters.limit())
    return {
        "channels": [_channel_json(channel, bot) for channel in page],
        "response_metadata": {"next_cursor": cursor},
    }


async def open_(world: World, bot: Installation, parameters: Parameters) -> Json:
    if "im:write" not in bot.scopes:
        raise missing_scope("im:write", ",".join(sorted(bot.scopes)))
    if parameters.text("channel"):
        channel = reach(world, bot, parameters.text("channel"))
    else:
        numbers = parameters.required("users").split(",")
        people = [world.users.get(number) for number in numbers]
        if len(people) != 1 or people[0] is None or people[0].deleted:
            raise ApiError("user_not_found")
        channel = world.direct(people[0], bot.user)
    body = _channel_json(channel, bot) if parameters.boolean("return_im") else {"id": channel.id}
    return {"channel": body}


async def join(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = reach(world, bot, parameters.required("channel"))
    if channel.kind != PUBLIC:
        raise ApiError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiError("is_archived")
    channel.members[bot.user.id] = bot.user
    return {"channel": _channel_json(channel, bot)}


async def leave(world: World, bot: Installation, parameters: Parameters) -> Json:
    channel = reach(world, bot, parameters.required("channel"))
    return {} if channel.members.pop(bot.user.id, None) else {"not_in_channel": True}
