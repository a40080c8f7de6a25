"""What people see of Slack's when what they did could not be committed: it does not come again by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError

from botcore_slack.connection import Clients
from botcore_slack.envelopes import Answer, Body

log = structlog.get_logger(__name__)

SORRY = "Sorry, that did not work just now, and nothing was changed. Please try it again in a moment."
SECONDS = 2.0  # for telling it: a trigger_id lives for three


class Apology:
    """Tells somebody that nothing came of a command, a button, a shortcut or a form."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def make(self, body: Body) -> Answer | None:
        """Return what to answer Slack; None: with nothing, so that Slack shows an error of its own."""
        if "command" in body:
            return {"response_type": "ephemeral", "text": SORRY}
        if body.get("type") == "view_submission":
            return _form_error(body.get("view", {}))
        try:
            async with asyncio.timeout(SECONDS):
                is_told = await self._tell(body)
        except (aiohttp.ClientError, SlackClientError, TimeoutError) as error:
            log.warning("failure_not_told", error=type(error).__name__)
            return None
        return {} if is_told else None

    async def _tell(self, body: Body) -> bool:
        url = body.get("response_url") or _first_response_url(body)
        if not url:
            return False
        message = {"response_type": "ephemeral", "replace_original": False, "text": SORRY}
        async with self._clients.session.post(url, json=message) as response:
            return response.status < 400


def _form_error(view: Mapping[str, Any]) -> Answer:
    """Return an error below the form's first field: the form stays as it was filled in."""
    inputs = [block for block in view.get("blocks", ()) if block.get("type") == "input"]
    if not inputs:
        return None
    return {"response_action": "errors", "errors": {inputs[0]["block_id"]: SORRY}}


def _first_response_url(body: Body) -> str:
    urls = body.get("response_urls") or ()
    return str(urls[0].get("response_url", "")) if urls else ""
