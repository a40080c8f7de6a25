"""The app was uninstalled, or its token revoked: what it got is forgotten, and it falls silent there."""

from __future__ import annotations

from collections.abc import Mapping

from botcore_slack.connection import Accounts
from botcore_slack.envelopes import Answer, Body, Handle, Kind
from botcore_slack.origin import origin_of


def watching(accounts: Accounts, handle: Handle) -> Handle:
    """Return what hands everything on but the end of an installation, which it sees to."""

    async def watched(kind: Kind, body: Body) -> Answer:
        origin, everywhere = origin_of(body), _is_everywhere(body)
        if origin is None:
            return await handle(kind, body)
        if kind is Kind.EVENT and _is_end(body.get("event")):
            at = body.get("event_time")
            moment = float(at) if isinstance(at, int | float) else float("inf")
            await accounts.leave(origin.tenant, origin.enterprise, moment, everywhere=everywhere)
            return None
        if everywhere and origin.enterprise:
            accounts.belongs(origin.tenant, origin.enterprise)
        return await handle(kind, body)

    return watched


def _is_end(event: object) -> bool:
    if not isinstance(event, Mapping):
        return False
    tokens = event.get("tokens")
    of_bot = isinstance(tokens, Mapping) and bool(tokens.get("bot"))
    return event.get("type") == "app_uninstalled" or (event.get("type") == "tokens_revoked" and of_bot)


def _is_everywhere(body: Body) -> bool:
    known = body.get("authorizations")
    first = known[0] if isinstance(known, list) and known and isinstance(known[0], Mapping) else body
    return first.get("is_enterprise_install") in (True, "true")
