"""How an app gets into a workspace: the page where somebody allows it, and the exchange of the code."""

from __future__ import annotations

import base64
import uuid
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.slack.accounts import Json, User
from tests.fakes.slack.app import App
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.parameters import Parameters
from tests.fakes.slack.tickets import Code
from tests.fakes.slack.world import World


def allow(
    world: World,
    user: User,
    client_id: str,
    wanted: str,
    state: str,
    redirect_uri: str,
    *,
    grid: bool = False,
) -> str:
    """Let somebody press “Allow”; return the address that they are sent to."""
    app = _app(world, client_id)
    redirect = redirect_uri or app.redirect_url
    teams = [user.team]
    if grid and user.team.enterprise:
        teams = [team for team in world.teams.values() if team.enterprise is user.team.enterprise]
    code = uuid.uuid4().hex
    world.tickets.codes[code] = Code(
        code,
        client_id,
        [team.id for team in teams],
        frozenset(filter(None, wanted.split(","))),
        user.id,
        world.clock(),
        redirect_uri,
        grid,
    )
    joint = "&" if "?" in redirect else "?"
    return f"{redirect}{joint}{urlencode({'code': code, 'state': state})}"


def _app(world: World, client_id: str) -> App:
    app = next((one for one in world.apps.values() if one.client_id == client_id), None)
    if app is None:
        raise ApiError("invalid_client_id")
    return app


def credentials(request: web.Request, parameters: Parameters) -> tuple[str, str]:
    """Return an app's id and secret, which come in the header or in the form."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        client_id, _, secret = base64.b64decode(value).decode().partition(":")
        return client_id, secret
    return parameters.text("client_id"), parameters.text("client_secret")


async def access(world: World, parameters: Parameters, client_id: str, secret: str) -> Json:
    """Give the token for a code."""
    app = _app(world, client_id)
    if app.client_secret != secret:
        raise ApiError("bad_client_secret")
    code = world.tickets.use_code(parameters.text("code"), world.clock())
    if code.client_id != client_id:
        raise ApiError("invalid_code")
    if code.redirect_uri != parameters.text("redirect_uri"):
        raise ApiError("bad_redirect_uri")
    teams = [world.teams[number] for number in code.team_ids]
    enterprise = teams[0].enterprise if code.whole_grid else None
    made = world.install(app, *teams, wanted=code.scopes, enterprise=enterprise, installer=code.user_id)
    grid = teams[0].enterprise
    return {
        "access_token": made.token,
        "token_type": "bot",
        "scope": ",".join(sorted(made.scopes)),
        "bot_user_id": made.user.id,
        "app_id": app.id,
        "team": None if enterprise else {"id": made.team.id, "name": made.team.name},
        "enterprise": {"id": grid.id, "name": grid.name} if grid else None,
        "is_enterprise_install": bool(enterprise),
        "authed_user": {"id": code.user_id},
    }
