"""How much somebody may ask for: messages an hour, tokens a day, by their role."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from botcore.access.gate import Gate
from botcore.access.latest import Latest
from botcore.access.roles import UserRole
from botcore.access.times import clock_time
from botcore.config import AccessSection, BudgetSection
from botcore.context import Context
from botcore.domain import Lane, User
from botcore.errors import BudgetSpent
from botcore.pipeline import Handler, Middleware
from botcore.router import ACCOUNT, Router
from botcore.store.account import AccountStore

HOUR = timedelta(hours=1)
REMEMBERED = 10_000  # people whose use is counted in memory


@dataclass(slots=True)
class Spent:
    """What somebody has asked for."""

    day: datetime  # whose tokens these are, its beginning
    tokens: int
    asked: deque[tuple[datetime, str]] = field(default_factory=deque)  # of the last hour: when, and the turn
    told_until: datetime | None = None  # they were told that they may ask again then

    def at(self, now: datetime) -> Spent:
        """Let go of what is over by now."""
        if self.day != beginning_of_day(now):
            self.day, self.tokens = beginning_of_day(now), 0
        while self.asked and self.asked[0][0] <= now - HOUR:
            self.asked.popleft()
        return self


@dataclass(frozen=True, slots=True)
class Account:
    """What somebody has asked for, and what they may."""

    budget: BudgetSection
    messages: int
    tokens: int
    more_messages_at: datetime | None = None  # None: they may write another one now
    more_tokens_at: datetime | None = None


def beginning_of_day(now: datetime) -> datetime:
    """Return when the day of the token budgets began: they are counted in UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class Budgets:
    """Counts in memory, from where the database stood when somebody was first seen."""

    def __init__(self, store: AccountStore, rules: AccessSection, gate: Gate) -> None:
        self._store = store
        self._gate = gate
        self._of_role = {
            UserRole.OWNER: rules.owner,
            UserRole.ADMIN: rules.admin,
            UserRole.MEMBER: rules.member,
        }
        self._spent: Latest[int, Spent] = Latest(REMEMBERED)

    def budget_of(self, role: UserRole | None) -> BudgetSection:
        """Return what a role may ask for; who has none is a member of a chat that was allowed."""
        return self._of_role.get(role or UserRole.MEMBER, self._of_role[UserRole.MEMBER])

    async def account(self, user: User, role: UserRole | None, now: datetime) -> Account:
        """Return how somebody stands."""
        budget, spent = self.budget_of(role), await self._spent_by(user.id, now)
        hour, day = budget.messages_per_hour, budget.tokens_per_day
        return Account(
            budget,
            len(spent.asked),
            spent.tokens,
            spent.asked[-hour][0] + HOUR if hour and len(spent.asked) >= hour else None,
            spent.day + timedelta(days=1) if day and spent.tokens >= day else None,
        )

    async def spend(self, call_next: Handler, context: Context) -> None:
        """Answer as long as there is budget; beyond it say so once, and then nothing."""
        role = await self._gate.role(context.event.key, context.event.author.id)
        if not self.budget_of(role).is_limited:
            await call_next(context)
        elif await self._may_go_on(context, role, datetime.now(UTC)):
            try:
                await call_next(context)
            finally:
                await self._count_tokens(context)

    async def _may_go_on(self, context: Context, role: UserRole | None, now: datetime) -> bool:
        spent = await self._spent_by(context.user.id, now)
        if any(turn_id == context.turn_id for _, turn_id in spent.asked):
            return True  # it is tried again, and was counted
        account = await self.account(context.user, role, now)
        free_at = max(filter(None, (account.more_messages_at, account.more_tokens_at)), default=None)
        if free_at is None:
            spent.asked.append((now, context.turn_id))
            return True
        if spent.told_until is not None and now < spent.told_until:
            return False
        spent.told_until = free_at
        raise BudgetSpent(_refusal(account, context.user.timezone))

    async def _count_tokens(self, context: Context) -> None:
        usage = context.engine.usage
        spent = await self._spent_by(context.user.id, datetime.now(UTC))
        spent.tokens += usage.prompt_tokens + usage.answer_tokens

    async def _spent_by(self, user_id: int, now: datetime) -> Spent:
        if spent := self._spent.get(user_id):
            return spent.at(now)
        used = await self._store.used_since(user_id, beginning_of_day(now))
        asked = await self._store.asked_since(user_id, now - HOUR)
        if spent := self._spent.get(user_id):  # meanwhile
            return spent.at(now)
        spent = Spent(beginning_of_day(now), used.prompt_tokens + used.answer_tokens)
        spent.asked.extend((one.at, one.turn_id) for one in asked)
        self._spent.put(user_id, spent)
        return spent


def times(number: int) -> str:
    """Return how often, as people say it."""
    return "once" if number == 1 else f"{number:,} times"


def _refusal(account: Account, timezone: str) -> str:
    if account.more_tokens_at:
        until = clock_time(account.more_tokens_at, timezone)
        return (
            f"The model has read and written {account.tokens:,} tokens for you today, and "
            f"{account.budget.tokens_per_day:,} is what you may have. Please ask again after {until}."
        )
    until = clock_time(account.more_messages_at or datetime.now(UTC), timezone)
    return (
        f"You have asked {times(account.messages)} within an hour, and that is what you may. "
        f"Please ask again after {until}."
    )


def budgeted_by(budgets: Budgets, router: Router) -> Middleware:
    """Return the middleware that keeps everybody within their budget.

    What runs at once is free, and so is what concerns themselves, as that they are forgotten.
    """

    async def budget(call_next: Handler, context: Context) -> None:
        is_own_affair = router.plugin_name(context.event) == ACCOUNT
        if is_own_affair or router.lane(context.event) is Lane.CONTROL:
            await call_next(context)
        else:
            await budgets.spend(call_next, context)

    return budget
