"""What becomes of a modal when its app has answered a submission."""

from __future__ import annotations

from tests.fakes.slack.deliveries import Delivery
from tests.fakes.slack.viewing import change_view, push_on, read_view
from tests.fakes.slack.world import World


def follow(world: World, delivery: Delivery) -> None:
    """Close, change or keep a modal, as the acknowledgement says."""
    payload = delivery.payload
    if payload.get("type") != "view_submission":
        return
    view = world.views[payload["view"]["id"]]
    answer = delivery.answer if isinstance(delivery.answer, dict) else {}
    action = answer.get("response_action")
    if action == "errors":
        known = {block.get("block_id") for block in view.body["blocks"]}
        assert answer["errors"] and set(answer["errors"]) <= known, f"unknown fields: {answer['errors']}"
    elif action == "update":
        change_view(view, read_view(answer["view"], "modal"))
    elif action == "push":
        bot = world.apps[view.app_id].installed_in(view.team)
        push_on(world, bot, view, read_view(answer["view"], "modal"))
    elif action == "clear":
        for one in world.views.values():
            one.is_open = one.is_open and one.root_id != view.root_id
    else:
        view.is_open = False
