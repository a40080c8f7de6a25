"""slack_sdk's client of the Web API, calling in one way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse


class PostingClient(AsyncWebClient):
    """Calls every method by POST: Slack takes that, and servers that speak like it may take nothing else."""

    async def api_call(
        self, api_method: str, *, http_verb: str = "POST", params: Any = None, data: Any = None, **more: Any
    ) -> AsyncSlackResponse:
        if http_verb == "GET" and data is None:
            http_verb, params, data = "POST", None, _as_form(params or {})
        return await super().api_call(api_method, http_verb=http_verb, params=params, data=data, **more)


def _as_form(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: int(value) if isinstance(value, bool) else value
        for name, value in values.items()
        if value is not None
    }
