"""The methods that ask who somebody is, and those about an app itself."""

from __future__ import annotations

import uuid

from tests.fakes.slack.accounts import Json
from tests.fakes.slack.app import App, Installation
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.parameters import Parameters
from tests.fakes.slack.world import World


async def auth_test(world: World, bot: Installation, parameters: Parameters) -> Json:
    body: Json = {
        "url": bot.team.url,
        "team": bot.team.name,
        "user": bot.user.name,
        "team_id": bot.team.id,
        "user_id": bot.user.id,
        "bot_id": bot.bot_id,
        "is_enterprise_install": bool(bot.enterprise),
    }
    return {**body, "enterprise_id": bot.team.enterprise_id} if bot.team.enterprise else body


async def auth_teams_list(world: World, bot: Installation, parameters: Parameters) -> Json:
    return {"teams": [{"id": team.id, "name": team.name} for team in bot.teams]}


async def auth_revoke(world: World, bot: Installation, parameters: Parameters) -> Json:
    if not parameters.boolean("test"):
        revoke(world, bot, "token_revoked")
    return {"revoked": not parameters.boolean("test")}


async def apps_uninstall(world: World, bot: Installation, parameters: Parameters) -> Json:
    if parameters.text("client_id") != bot.app.client_id:
        raise ApiError("bad_client_secret")
    revoke(world, bot, "account_inactive")
    return {}


def revoke(world: World, bot: Installation, error: str) -> None:
    """Take an app's rights away; it hears of that, with its last event."""
    told: Json = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot.user.id]}}
    told["event_ts"] = world.new_ts()
    world.tell_one(bot, told, bot.team)
    if error == "account_inactive":
        world.tell_one(bot, {"type": "app_uninstalled", "event_ts": world.new_ts()}, bot.team)
        bot.user.deleted = True
    bot.revoked = error


async def open_connection(world: World, app: App, parameters: Parameters) -> Json:
    ticket = uuid.uuid4().hex
    world.tickets.sockets[ticket] = app.id
    return {"url": f"ws://127.0.0.1:{world.port}/link/?ticket={ticket}&app_id={app.id}"}


async def users_info(world: World, bot: Installation, parameters: Parameters) -> Json:
    user = world.users.get(parameters.required("user"))
    if user is None:
        raise ApiError("user_not_found")
    if bot.serves(user.team):
        return {"user": user.json()}
    shared = [c for c in world.channels.values() if {user.id, bot.user.id} <= c.members.keys()]
    if not shared:
        raise ApiError("user_not_found")
    return {"user": {**user.json(), "is_stranger": True}}


async def bots_info(world: World, bot: Installation, parameters: Parameters) -> Json:
    number = parameters.text("bot")
    found = next((u for u in world.users.values() if number and u.bot_id == number), None)
    if found is None:
        raise ApiError("bot_not_found")
    apps = [a for a in world.apps.values() for one in a.installations if one.bot_id == number]
    body = {
        "id": number,
        "deleted": found.deleted,
        "name": found.real_name,
        "updated": 1_700_000_000,
        "app_id": apps[0].id if apps else "",
        "user_id": found.id,
        "icons": {},
    }
    return {"bot": body}


async def team_info(world: World, bot: Installation, parameters: Parameters) -> Json:
    team = world.teams.get(parameters.text("team") or bot.team.id)
    if team is None:
        raise ApiError("team_not_found")
    body: Json = {"id": team.id, "name": team.name, "domain": team.domain, "url": team.url, "icon": {}}
    if team.enterprise:
        body |= {"enterprise_id": team.enterprise.id, "enterprise_name": team.enterprise.name}
    return {"team": body}
