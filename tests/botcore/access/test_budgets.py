"""Nobody may ask for more than their share."""

from __future__ import annotations

from pathlib import Path

from botcore import Accepted
from botcore.access.roles import UserRole
from botcore.config import AccessSection, MemberBudgetSection
from tests.botcore.access.rooms import ANA, BEN, Rooms, rooms


def rules(messages: int = 0, tokens: int = 0) -> AccessSection:
    return AccessSection(member=MemberBudgetSection(messages_per_hour=messages, tokens_per_day=tokens))


async def answers(at: Rooms, count: int) -> list[str]:
    return [await at.ask(ANA, f"question {number}") for number in range(count)]


async def test_beyond_the_messages_of_an_hour_one_is_told_once_when_to_ask_again(tmp_path: Path) -> None:
    async with rooms(tmp_path, access=rules(messages=2)) as at:
        await at.let_in(ANA)
        await at.let_in(BEN)

        first, second, third, fourth = await answers(at, 4)

        assert first == second == "old pond"
        assert third.startswith("You have asked 2 times within an hour")
        assert "Please ask again after " in third
        assert fourth == ""
        assert await at.ask(BEN, "hello") == "old pond", "everybody has a budget of their own"
        assert "2 messages within the last hour, of 2" in await at.ask(ANA, "/usage")


async def test_a_restart_forgets_nothing_of_it(tmp_path: Path) -> None:
    async with rooms(tmp_path, access=rules(messages=2)) as at:
        await at.let_in(ANA)
        await answers(at, 2)

    async with rooms(tmp_path, access=rules(messages=2)) as at:
        assert "2 times within an hour" in await at.ask(ANA, "again")


async def test_beyond_the_tokens_of_a_day_one_is_told_when_the_next_begins(tmp_path: Path) -> None:
    async with rooms(tmp_path, access=rules(tokens=3)) as at:
        await at.let_in(ANA)
        await at.ask(ANA, "/timezone Asia/Tokyo")

        [first, second] = await answers(at, 2)

        assert first == "old pond"
        assert "tokens for you today" in second
        assert "09:00." in second, "midnight of UTC, in Tokyo"
        [(prompt, answer)] = await at.rows("select sum(prompt_tokens), sum(answer_tokens) from usage")
        assert f"{prompt + answer} tokens today, read and written by the model, of 3" in await at.ask(
            ANA, "/usage"
        )

    async with rooms(tmp_path, access=rules(tokens=3)) as at:
        assert "tokens for you today" in await at.ask(ANA, "after a restart")


async def test_a_role_has_its_own_budget_and_an_owner_none(tmp_path: Path) -> None:
    async with rooms(tmp_path, access=rules(messages=1)) as at:
        await at.let_in(ANA)
        desk = at.at.bot.access.desk
        await desk.set_role(await desk.store.find_user("memory:1"), UserRole.OWNER)

        assert await answers(at, 3) == ["old pond"] * 3


async def test_a_command_that_runs_at_once_is_free(tmp_path: Path) -> None:
    async with rooms(tmp_path, access=rules(messages=1)) as at:
        await at.let_in(ANA)
        await answers(at, 2)

        assert "Write to me" in await at.ask(ANA, "/help")
        assert "`/privacy export` shows you" in await at.ask(ANA, "/privacy"), (
            "it is not a question of budgets"
        )
        assert await at.write(ANA, "/stop") is Accepted.NEW
