"""How faults look that Telegram itself puts into words."""

from __future__ import annotations

from tests.fakes.faults import Fault
from tests.fakes.telegram.errors import ApiError, too_many_requests

SENDS = frozenset({"sendmessage", "senddocument", "editmessagetext"})  # what people see the effect of
_NAMES = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}  # else it is 500's


def refusal(fault: Fault) -> ApiError | None:
    """Return what is answered instead of an effect."""
    if fault.code == 429:
        return too_many_requests(fault.retry_after)
    return ApiError(fault.code, _NAMES.get(fault.code, "Internal Server Error")) if fault.code else None
