"""How faults look that Slack itself puts into words."""

from __future__ import annotations

from tests.fakes.faults import Fault
from tests.fakes.slack.errors import ApiError, rate_limited

SENDS = frozenset(  # what people see the effect of
    {
        "chat.postmessage",
        "chat.update",
        "chat.startstream",
        "chat.appendstream",
        "chat.stopstream",
        "chat.postephemeral",
    }
)


def refusal(fault: Fault) -> ApiError | None:
    """Return what is answered instead of an effect."""
    if fault.code == 429:
        return rate_limited(fault.retry_after)
    return ApiError("internal_error", status=fault.code) if fault.code else None
