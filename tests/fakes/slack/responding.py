"""Answers by way of a response_url, and those that come with an acknowledgement."""

from __future__ import annotations

from typing import Any

from tests.fakes.slack.accounts import Json
from tests.fakes.slack.blocks import read_blocks
from tests.fakes.slack.deliveries import Delivery
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.model import Message, Version
from tests.fakes.slack.tickets import Response
from tests.fakes.slack.world import World


def respond(world: World, number: str, body: Any) -> None:
    """Do what an app posts to a response_url."""
    if not isinstance(body, dict):
        raise ApiError("invalid_payload", status=400)
    carry_out(world, world.tickets.use_response(number, world.clock()), body)


def answer_with_ack(world: World, delivery: Delivery) -> None:
    """Show what an app sent back with the acknowledgement of a command."""
    answer = delivery.answer
    if delivery.kind != "slash_commands" or not answer:
        return
    body = answer if isinstance(answer, dict) else {"text": str(answer)}
    number = delivery.payload["response_url"].rpartition("/")[2]
    carry_out(world, world.tickets.responses[number], body)


def carry_out(world: World, response: Response, body: Json) -> None:
    if body.get("delete_original"):
        if response.message:
            _take_away(world, response.message)
        return
    version = _version(world, body)
    if body.get("replace_original") and response.message:
        world.change(response.message, version, None)
        return
    public = body.get("response_type") == "in_channel"
    world.add_message(
        response.channel,
        world.apps[response.app_id].installed_in(response.user.team).user,
        version,
        app_id=response.app_id,
        thread_ts=str(body.get("thread_ts") or ""),
        only_for=None if public else response.user,
    )


def _version(world: World, body: Json) -> Version:
    text, blocks = str(body.get("text") or ""), read_blocks(body.get("blocks"))
    if not text and not blocks:
        raise ApiError("no_text", status=400)
    return Version(text, blocks, world.clock(), {}, [], "response_url")


def _take_away(world: World, message: Message) -> None:
    if message.only_for:
        message.deleted = True
    else:
        world.delete(message)
