"""Modals and App Homes."""

from __future__ import annotations

import uuid
from typing import Any

from tests.fakes.slack.accounts import Json, User
from tests.fakes.slack.app import Installation
from tests.fakes.slack.blocks import MOST_OF_VIEW, read_blocks
from tests.fakes.slack.errors import ApiError, invalid_arguments
from tests.fakes.slack.parameters import Parameters
from tests.fakes.slack.views import View
from tests.fakes.slack.world import World

MOST_PUSHED = 3
LONGEST = {"callback_id": 255, "private_metadata": 3000, "external_id": 255}
LONGEST_TITLE = 24


async def open_view(world: World, bot: Installation, parameters: Parameters) -> Json:
    body = read_view(parameters.data("view"), "modal")
    trigger = world.tickets.use_trigger(parameters.required("trigger_id"), bot.app.id, world.clock())
    return {"view": add_view(world, bot, trigger.user, body).json()}


async def push_view(world: World, bot: Installation, parameters: Parameters) -> Json:
    body = read_view(parameters.data("view"), "modal")
    trigger = world.tickets.use_trigger(parameters.required("trigger_id"), bot.app.id, world.clock())
    below = world.views.get(trigger.view_id)
    if below is None or not below.is_open:
        raise ApiError("no_active_view")
    return {"view": push_on(world, bot, below, body).json()}


async def update_view(world: World, bot: Installation, parameters: Parameters) -> Json:
    body = read_view(parameters.data("view"), "modal")
    named = parameters.text("view_id"), parameters.text("external_id")
    view = next(
        (
            one
            for one in world.views.values()
            if one.app_id == bot.app.id
            and (one.id == named[0] or (named[1] and one.body.get("external_id") == named[1]))
        ),
        None,
    )
    if view is None or not view.is_open:
        raise ApiError("not_found")
    if parameters.text("hash") and parameters.text("hash") != view.hash:
        raise ApiError("hash_conflict")
    change_view(view, body)
    return {"view": view.json()}


async def publish_view(world: World, bot: Installation, parameters: Parameters) -> Json:
    body = read_view(parameters.data("view"), "home")
    user = world.users.get(parameters.required("user_id"))
    if user is None or not bot.serves(user.team):
        raise invalid_arguments("invalid `user_id`")
    home = world.homes.get((bot.app.id, user.id))
    if home and parameters.text("hash") and parameters.text("hash") != home.hash:
        raise ApiError("hash_conflict")
    if home is None:
        home = _new(world, bot, user, body, "home")
        world.homes[bot.app.id, user.id] = home
    change_view(home, body)
    return {"view": home.json()}


def read_view(body: Any, kind: str) -> Json:
    """Return a view that Slack would take; raise what it says of others."""
    if not isinstance(body, dict):
        raise invalid_arguments("must provide a view object [json-pointer:/view]")
    problems = []
    if body.get("type") != kind:
        problems.append(f"expected type `{kind}` [json-pointer:/view/type]")
    for name, longest in LONGEST.items():
        if len(str(body.get(name) or "")) > longest:
            problems.append(f"must be less than {longest + 1} characters [json-pointer:/view/{name}]")
    if kind == "modal":
        problems += _problems_of_titles(body)
        has_input = any(block.get("type") == "input" for block in body.get("blocks", []))
        if has_input and not body.get("submit"):
            problems.append("`submit` is required when an `input` block is within the `blocks` array")
    if problems:
        raise invalid_arguments(*problems)
    return {**body, "blocks": read_blocks(body.get("blocks"), most=MOST_OF_VIEW)}


def _problems_of_titles(body: Json) -> list[str]:
    problems = [] if body.get("title") else ["missing required field: title [json-pointer:/view]"]
    for name in ("title", "submit", "close"):
        text = body.get(name)
        if text is None:
            continue
        if not isinstance(text, dict) or text.get("type") != "plain_text":
            problems.append(f"must be plain_text [json-pointer:/view/{name}]")
        elif not 1 <= len(text.get("text", "")) <= LONGEST_TITLE:
            problems.append(f"must be less than {LONGEST_TITLE + 1} characters [json-pointer:/view/{name}]")
    return problems


def add_view(world: World, bot: Installation, user: User, body: Json) -> View:
    """Open a modal."""
    view = _new(world, bot, user, body, "modal")
    world.views[view.id] = view
    return view


def push_on(world: World, bot: Installation, below: View, body: Json) -> View:
    """Put a modal on another."""
    stack = [one for one in world.views.values() if one.root_id == below.root_id and one.is_open]
    if len(stack) >= MOST_PUSHED:
        raise ApiError("push_limit_reached")
    view = add_view(world, bot, below.user, body)
    view.root_id, view.previous_id = below.root_id, below.id
    return view


def change_view(view: View, body: Json) -> None:
    view.body, view.hash = body, _hash()


def _new(world: World, bot: Installation, user: User, body: Json, kind: str) -> View:
    number = world.new_id("V")
    return View(number, kind, body, bot.app.id, user, user.team, _hash(), number)


def _hash() -> str:
    return uuid.uuid4().hex[:16]
