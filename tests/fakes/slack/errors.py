"""How the Web API says no, word for word."""

from __future__ import annotations

import math
from typing import Any


class ApiError(Exception):
    """A call that Slack refuses: with status 200 nearly always, the error in the body."""

    def __init__(
        self, error: str, *, status: int = 200, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers = headers or {}
        self.more = more

    def json(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.more}


def rate_limited(seconds: float) -> ApiError:
    """Slack counts in whole seconds."""
    wait = max(1, math.ceil(seconds))
    return ApiError("ratelimited", status=429, headers={"Retry-After": str(wait)})


def invalid_blocks(*messages: str) -> ApiError:
    details = [f"[ERROR] {message}" for message in messages]
    return ApiError("invalid_blocks", errors=details, response_metadata={"messages": details})


def invalid_arguments(*messages: str) -> ApiError:
    details = [f"[ERROR] {message}" for message in messages]
    return ApiError("invalid_arguments", response_metadata={"messages": details})


def missing_scope(needed: str, provided: str) -> ApiError:
    return ApiError("missing_scope", needed=needed, provided=provided)
