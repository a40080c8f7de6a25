"""The parameters of a call, however they were sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.slack.errors import ApiError, invalid_arguments

MOST_A_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every value as it was sent: forms carry texts, and JSON for what is more than a text."""

    values: dict[str, Any]

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def boolean(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name)
        return default if value is None else str(value).lower() in ("1", "true")

    def limit(self, default: int = 100) -> int:
        """Return how many entries a page should have at most."""
        try:
            limit = int(self.values.get("limit") or default)
        except ValueError:
            raise ApiError("invalid_limit") from None
        if not 1 <= limit <= MOST_A_PAGE:
            raise ApiError("invalid_limit")
        return limit

    def data(self, name: str, error: str = "invalid_arguments") -> Any:
        """Return a list or an object, None when it was not sent."""
        value = self.values.get(name)
        if value is None or not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise ApiError(error) from None


async def read_parameters(request: web.Request) -> tuple[Parameters, str]:
    """Read the query, a form or JSON; return it with the token, which stands in the header or among them."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise ApiError("invalid_json") from None
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        values |= body
    elif request.can_read_body:
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        token = str(values.get("token") or "")
    values.pop("token", None)
    return Parameters(values), token
