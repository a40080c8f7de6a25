"""How a workspace installs the app: `/slack/install` leads to Slack, which leads back with a code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urljoin

import structlog
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from botcore import Tables
from botcore_slack.connection import Clients
from botcore_slack.http_server import INSTALL_PATH, REDIRECT_PATH, Answering
from botcore_slack.installations import STATE_SECONDS, Installations, States
from botcore_slack.keys import read_keys
from botcore_slack.scopes import needed_scopes
from botcore_slack.settings import OFFICIAL, SlackSettings
from botcore_slack.workspaces import Workspaces

log = structlog.get_logger(__name__)

AUTHORIZE = "https://slack.com/oauth/v2/authorize"
NOT_KEPT = (
    "<!doctype html><title>Not installed</title><p>Slack said yes, but the installation could not be kept "
    "just now. Please install the app again in a moment.</p>"
)


class Installing:
    """The two pages. From now on the clients are of the workspaces that were led through them."""

    def __init__(self, settings: SlackSettings, clients: Clients, tables: Tables) -> None:
        installations = installations_of(settings, tables)
        secret = settings.client_secret
        assert secret
        clients.accounts = Workspaces(clients, installations, settings.client_id, secret.get_secret_value())
        self._flow = AsyncOAuthFlow(
            client=clients.with_token(None),
            settings=AsyncOAuthSettings(
                client_id=settings.client_id,
                client_secret=secret.get_secret_value(),
                scopes=[scope.name for scope in needed_scopes(assistant=settings.assistant)],
                user_scopes=[],
                redirect_uri=f"{settings.public_url}{REDIRECT_PATH}" if settings.public_url else None,
                install_path=INSTALL_PATH,
                install_page_rendering_enabled=False,
                redirect_uri_path=REDIRECT_PATH,
                authorization_url=authorize_url(settings.base_url),
                installation_store=installations,
                state_store=States(tables),
                state_expiration_seconds=STATE_SECONDS,
            ),
        )

    @property
    def install(self) -> Answering:
        """Sends a browser to Slack, with a state that has to come back with it."""
        return self._watched(self._flow.handle_installation)

    @property
    def redirect(self) -> Answering:
        """Takes in a browser that Slack sent back, and keeps what the app was given."""
        return self._watched(self._flow.handle_callback)

    def _watched(self, page: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]) -> Answering:
        async def answer(request: AsyncBoltRequest) -> BoltResponse:
            try:
                return await page(request)
            except Exception as error:
                log.error("installation_failed", error=type(error).__name__)
                return BoltResponse(
                    status=503, body=NOT_KEPT, headers={"content-type": ["text/html; charset=utf-8"]}
                )

        return answer


def installations_of(settings: SlackSettings, tables: Tables) -> Installations:
    """Return what is kept of the workspaces, for settings that have many."""
    assert settings.installation_key
    return Installations(settings.client_id, tables, read_keys(settings.installation_key.get_secret_value()))


def authorize_url(base_url: str) -> str:
    """Return where people say yes to the app: beside the Web API."""
    return AUTHORIZE if base_url == OFFICIAL else urljoin(base_url, "/oauth/v2/authorize")
