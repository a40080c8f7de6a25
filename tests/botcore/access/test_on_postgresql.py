"""All of it on PostgreSQL too: a life from the first stranger to the last sweep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from botcore import Accepted
from botcore.config import AccessSection, MemberBudgetSection
from tests.botcore.access.rooms import ANA, BEN, EVE, rooms
from tests.botcore.access.test_commands import OWNER, own
from tests.botcore.access.test_privacy import PLUGINS, settle_in
from tests.fakes.postgresql import PostgresqlServer


async def test_who_comes_in_and_how_much_they_ask_for(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    rules = AccessSection(member=MemberBudgetSection(messages_per_hour=1, tokens_per_day=100))
    async with rooms(tmp_path, place=postgresql.new(), access=rules) as at:
        await own(at)
        assert "may talk to me now" in await at.ask(OWNER, f"/access approve {await at.code_for(ANA)}")
        assert await at.ask(ANA, "hello") == "old pond"
        assert "once within an hour" in await at.ask(ANA, "again")
        assert "1 message within the last hour, of 1" in await at.ask(ANA, "/usage")
        await at.ask(ANA, "/timezone berlin")
        assert "Every member" in await at.ask(OWNER, "/access allow", chat="group")
        assert await at.ask(BEN, "hello", chat="group") == "old pond"
        await at.at.bot.access.desk.set_tenant("memory", "test", allowed=True)
        assert await at.ask(EVE, "hello") == "old pond"
        await at.at.bot.access.desk.set_tenant("memory", "test", allowed=False)
        assert await at.write(EVE, "hello") is Accepted.DENIED
        assert "Ana (memory:1), member" in await at.ask(OWNER, "/access list")
        assert "deny-tenant memory:test" in await at.ask(OWNER, "/access audit")
        assert "may not talk to me any more" in await at.ask(OWNER, "/access revoke memory:1")
        assert await at.write(ANA, "hello") is Accepted.DENIED


async def test_what_is_kept_and_forgotten(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    async with rooms(tmp_path, place=postgresql.new(), plugins=PLUGINS) as at:
        await settle_in(at)
        assert "a word of Ana's" in await at.ask(ANA, "/privacy export")
        await at.ask(ANA, "/privacy forget")
        assert "7 messages of yours" in await at.ask(ANA, "/privacy forget yes")
        assert not await at.remembers("word of Ana")
        assert await at.remembers("word of Ben")

        await at.at.bot.access.privacy.sweep(datetime.now(UTC) + timedelta(days=91))

        for table in ("message", "inbox", "turn", "outbox", "plugin_state", "usage"):
            assert await at.rows(f"select count(*) from {table}") == [(0,)], table
        assert await at.rows("select sum(turns) from usage_sum") == [(4,)]
