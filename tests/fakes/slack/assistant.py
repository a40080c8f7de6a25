"""The assistant's pane: its status, its title, and the prompts it suggests."""

from __future__ import annotations

from tests.fakes.slack.accounts import Json
from tests.fakes.slack.app import Installation
from tests.fakes.slack.chat import reach
from tests.fakes.slack.errors import ApiError, invalid_arguments
from tests.fakes.slack.parameters import Parameters
from tests.fakes.slack.world import World

MOST_PROMPTS = 4


async def set_status(world: World, bot: Installation, parameters: Parameters) -> Json:
    place = _place(world, bot, parameters)
    if "status" not in parameters:
        raise invalid_arguments("missing required field: status")
    if status := parameters.text("status"):
        world.statuses[place] = status
    else:
        world.statuses.pop(place, None)
    return {}


async def set_title(world: World, bot: Installation, parameters: Parameters) -> Json:
    world.titles[_place(world, bot, parameters)] = parameters.required("title")
    return {}


async def set_suggested_prompts(world: World, bot: Installation, parameters: Parameters) -> Json:
    place = _place(world, bot, parameters)
    prompts = parameters.data("prompts") or []
    if not 1 <= len(prompts) <= MOST_PROMPTS:
        raise invalid_arguments(f"no more than {MOST_PROMPTS} items allowed [json-pointer:/prompts]")
    if any(not prompt.get("title") or not prompt.get("message") for prompt in prompts):
        raise invalid_arguments("missing required field: title [json-pointer:/prompts/0]")
    world.prompts[place] = prompts
    return {}


def _place(world: World, bot: Installation, parameters: Parameters) -> tuple[str, str]:
    channel = reach(world, bot, parameters.required("channel_id"))
    ts = parameters.required("thread_ts")
    if ts not in channel.messages:
        raise ApiError("thread_not_found")
    return channel.id, ts
