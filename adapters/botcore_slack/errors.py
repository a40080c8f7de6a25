"""What Slack answers, in the core's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from botcore import DeliveryError, OutcomeUnknown, Refused, RetryLater

# What Slack writes, and what it means. A reason is for the log and the operator; it quotes nobody.
REFUSALS = {
    "not_in_channel": "the bot is not in the channel; invite it",
    "channel_not_found": "the channel does not exist, or the bot can't see it",
    "is_archived": "the channel is archived",
    "thread_not_found": "the thread was deleted",
    "user_not_found": "there is no such person",
    "user_disabled": "the person's account is deactivated",
    "cannot_dm_bot": "a bot can't write to another bot",
    "messages_tab_disabled": "the app's messages tab is turned off in its configuration (App Home)",
    "restricted_action": "the workspace does not let the bot write there",
    "message_not_found": "the message was deleted",
    "cant_update_message": "the message can't be edited any more",
    "cant_delete_message": "the message can't be deleted any more",
    "edit_window_closed": "the message can't be edited any more",
    "msg_too_long": "the text is too long",
    "no_text": "there is no text",
    "missing_scope": "the app lacks a permission; `botcore doctor` says which",
    "not_allowed_token_type": "the token is of the wrong kind",
}
# The token is good for nothing any more, whatever is asked.
REVOKED = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
# Slack did not do it, and may when it is asked again.
PASSING = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable"})
# Slack failed on the way, and nobody knows how far it came.
BROKEN = frozenset({"fatal_error", "internal_error", "request_timeout"})
# No call went out: nobody was there, or a proxy let none through.
NOT_BEGUN = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.ConnectionTimeoutError,
)
# Where Slack itself says nothing: away for now, not heard in time, or stopped by a proxy. Any other 5xx does
# not tell what became of the call behind it.
NOT_DONE = (407, 408, 503)
LEAST_PAUSE = 1.0


def code_of(error: BaseException) -> str:
    """Return Slack's word for what went wrong; empty when it has said none."""
    data = getattr(getattr(error, "response", None), "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def status_of(error: SlackApiError) -> int:
    """Return the answer's number; 0 when it has none."""
    response: Any = error.response
    return int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)


def reason_of(error: BaseException) -> str:
    """Return why a call did not work, in words that quote nobody."""
    if (code := code_of(error)) in REVOKED:
        return f"Slack does not accept the bot's token ({code})"
    if known := REFUSALS.get(code):
        return known
    if code:
        return f"Slack refuses it ({code})"
    return f"Slack can't be reached ({_kind(error)})"


def translate(error: Exception) -> DeliveryError:
    """Return what the core should make of an error."""
    if isinstance(error, NOT_BEGUN):
        return RetryLater()
    if not isinstance(error, SlackApiError):
        return OutcomeUnknown()  # the connection broke, or was silent for too long
    status, code = status_of(error), code_of(error)
    if code in BROKEN:
        return OutcomeUnknown()
    if status == 429 or code in PASSING:
        return RetryLater(after=_pause(error))
    if status in NOT_DONE and (status >= 500 or not code):
        return RetryLater()
    if 400 <= status < 500 and not code:
        return Refused(f"The server does not know this call of Slack's ({status}).")
    if status >= 500 or not code:
        return OutcomeUnknown()
    return Refused(f"Slack did not take it: {reason_of(error)}.")


@contextmanager
def translated(*, repeatable: bool = False) -> Iterator[None]:
    """Raise what the core knows, in the place of what goes wrong in here with Slack.

    `repeatable`: done twice it is the same as once, so that it need not be known how far it came.
    """
    try:
        yield
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        told = translate(error)
        raise (RetryLater() if repeatable and isinstance(told, OutcomeUnknown) else told) from error


def _pause(error: SlackApiError) -> float | None:
    told = (getattr(error.response, "headers", None) or {}).get("Retry-After", "")
    try:
        return max(float(told), LEAST_PAUSE)
    except ValueError:
        return None


def _kind(error: BaseException) -> str:
    if isinstance(error, SlackApiError):
        return f"it answered {status_of(error)}"
    return type(error.__cause__ or error).__name__
