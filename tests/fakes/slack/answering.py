"""A call of the Web API: who calls, whether they may, how often, and what comes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from tests.fakes.slack import (
    asking,
    assistant,
    chat,
    conversations,
    filing,
    oauth,
    scopes,
    streams,
    viewing,
)
from tests.fakes.slack.accounts import Json
from tests.fakes.slack.app import App, Installation
from tests.fakes.slack.errors import ApiError, missing_scope, rate_limited
from tests.fakes.slack.parameters import Parameters
from tests.fakes.slack.world import World

Method = Callable[[World, Installation, Parameters], Awaitable[Json]]
METHODS: Mapping[str, Method] = {
    "apps.uninstall": asking.apps_uninstall,
    "assistant.threads.setstatus": assistant.set_status,
    "assistant.threads.setsuggestedprompts": assistant.set_suggested_prompts,
    "assistant.threads.settitle": assistant.set_title,
    "auth.revoke": asking.auth_revoke,
    "auth.teams.list": asking.auth_teams_list,
    "auth.test": asking.auth_test,
    "bots.info": asking.bots_info,
    "chat.appendstream": streams.append_stream,
    "chat.delete": chat.delete,
    "chat.getpermalink": chat.get_permalink,
    "chat.postephemeral": chat.post_ephemeral,
    "chat.postmessage": chat.post_message,
    "chat.startstream": streams.start_stream,
    "chat.stopstream": streams.stop_stream,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.join": conversations.join,
    "conversations.leave": conversations.leave,
    "conversations.list": conversations.list_,
    "conversations.members": conversations.members,
    "users.conversations": conversations.of_user,
    "conversations.open": conversations.open_,
    "conversations.replies": conversations.replies,
    "files.delete": filing.files_delete,
    "files.completeuploadexternal": filing.complete_upload,
    "files.getuploadurlexternal": filing.get_upload_url,
    "files.info": filing.files_info,
    "team.info": asking.team_info,
    "users.info": asking.users_info,
    "views.open": viewing.open_view,
    "views.publish": viewing.publish_view,
    "views.push": viewing.push_view,
    "views.update": viewing.update_view,
}
OF_HISTORY = frozenset({"conversations.history", "conversations.replies"})


async def answer(
    world: World, request: web.Request, method: str, parameters: Parameters, token: str
) -> tuple[Json, dict[str, str]]:
    """Return the result and the headers that go with it."""
    if method == "api.test":
        return {}, {}
    if method == "oauth.v2.access":
        client_id, secret = oauth.credentials(request, parameters)
        return await oauth.access(world, parameters, client_id, secret), {}
    if method == "apps.connections.open":
        return await asking.open_connection(world, _app(world, token), parameters), {}
    if method not in METHODS or method in world.unknown_methods:
        raise ApiError("unknown_method")
    bot = _installation(world, token)
    headers = {"X-OAuth-Scopes": ",".join(sorted(bot.scopes))}
    needed = scopes.OF_METHODS.get(method)
    if needed and needed not in bot.scopes:
        raise missing_scope(needed, headers["X-OAuth-Scopes"])
    _check_pace(world, bot, method)
    return await METHODS[method](world, bot, parameters), headers


def _app(world: World, token: str) -> App:
    if not token:
        raise ApiError("not_authed")
    if world.installation_of(token):
        raise ApiError("not_allowed_token_type")
    app = next((one for one in world.apps.values() if one.app_token == token), None)
    if app is None:
        raise ApiError("invalid_auth")
    return app


def _installation(world: World, token: str) -> Installation:
    if not token:
        raise ApiError("not_authed")
    if any(app.app_token == token for app in world.apps.values()):
        raise ApiError("not_allowed_token_type")
    bot = world.installation_of(token)
    if bot is None:
        raise ApiError("invalid_auth")
    if bot.revoked:
        raise ApiError(bot.revoked)
    return bot


def _check_pace(world: World, bot: Installation, method: str) -> None:
    """Raise when a method is called too often."""
    pace = world.method_pace.get(method)
    if pace and (seconds := pace.wait(bot.user.id, method, world.clock())) > 0:
        raise rate_limited(seconds)
    if bot.app.commercial and method in OF_HISTORY:
        seconds = world.commercial_pace.wait(bot.user.id, method, world.clock())
        if seconds > 0:
            raise rate_limited(seconds)
