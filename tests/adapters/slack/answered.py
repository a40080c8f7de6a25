"""What slack_sdk gives back, as plain data."""

from __future__ import annotations

from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

Json = dict[str, Any]


def body(response: AsyncSlackResponse) -> Json:
    """Return what was answered."""
    assert isinstance(response.data, dict)
    return response.data
