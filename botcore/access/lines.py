"""Access as people read it in a chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from botcore.access.budgets import Account, beginning_of_day
from botcore.access.times import at_their_place, clock_time
from botcore.domain import Usage
from botcore.markup import Paragraph, Text, write
from botcore.store.audit import AuditEntry
from botcore.store.roster import Roster


def account_lines(account: Account, month: Usage, timezone: str) -> str:
    """Return what somebody has asked for, what they may, and when they may more."""
    budget = account.budget
    lines = [
        _used(f"{_messages(account.messages)} within the last hour", budget.messages_per_hour),
        _used(f"{account.tokens:,} tokens today, read and written by the model", budget.tokens_per_day),
        f"{month.prompt_tokens + month.answer_tokens:,} tokens within 30 days, "
        f"{round(month.seconds / 60):,} minutes of waiting for the model",
    ]
    if free_at := max(filter(None, (account.more_messages_at, account.more_tokens_at)), default=None):
        lines.append(f"you may ask again after {clock_time(free_at, timezone)}")
    elif budget.tokens_per_day:
        midnight = at_their_place(beginning_of_day(datetime.now(UTC)), timezone)
        lines.append(f"the day of the tokens begins at {midnight:%H:%M}{'' if timezone else ' UTC'}")
    return "\n".join(["You have used:", "", *(f"- {line}" for line in lines)])


def roster_lines(roster: Roster, timezone: str) -> str:
    """Return who and what was let in, and who would like to be."""
    return "\n\n".join(
        (
            _listed(
                "May talk to me:",
                [f"{one.id}: {plain(one.name)} ({plain(one.known_as)}), {one.role}" for one in roster.people],
            ),
            _listed(
                "Were shown a code:",
                [
                    f"{plain(one.name)} ({plain(one.known_as)}), until {clock_time(one.expires, timezone)}"
                    for one in roster.strangers
                ],
            ),
            _listed(
                "Chats:",
                [
                    f"{plain(one.known_as)}, {'allowed' if one.allowed else 'denied'}"
                    for one in roster.places
                    if one.allowed is not None
                ],
            ),
            _listed(
                "Turned away lately:",
                [f"{plain(one.known_as)}: {one.events} messages" for one in roster.refused],
            ),
        )
    )


def audit_lines(entries: Sequence[AuditEntry], timezone: str) -> str:
    """Return what was done last."""
    return _listed("Done last:", [_audit_line(one, timezone) for one in entries])


def _audit_line(one: AuditEntry, timezone: str) -> str:
    what = " ".join(filter(None, (one.action, plain(one.about), one.detail)))
    return f"{clock_time(one.at, timezone)}, {plain(one.who)}: {what}"


def plain(text: str) -> str:
    """Return what people called themselves, or a chat, as Markdown that says just that."""
    return write((Paragraph((Text(" ".join(text.split())),)),)).strip()


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, "", *([f"- {line}" for line in lines] or ["- nobody and nothing"])])


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"


def _used(what: str, limit: int) -> str:
    return f"{what}, of {limit:,}" if limit else what
