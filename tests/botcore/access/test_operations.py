"""What an operator's commands do, over a bot that is up and over a database without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from botcore.control.operations import OPERATIONS, Premises
from botcore.errors import InputError
from botcore.store.operate import Operator
from tests.botcore.access.rooms import ANA, Rooms, rooms


@dataclass
class Desk:
    """Where an operator's commands arrive."""

    at: Rooms
    premises: Premises

    async def do(self, name: str, **parameters: Any) -> Any:
        return await OPERATIONS[name](self.premises, **parameters)


@pytest.fixture(params=["up", "down"])
async def desk(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with rooms(tmp_path) as at:
        bot = at.at.bot
        yield Desk(at, Premises(Operator(bot.store.database), bot if request.param == "up" else None))


async def test_every_change_is_in_the_audit_and_in_the_list(desk: Desk) -> None:
    code = await desk.at.code_for(ANA)

    assert await desk.do("access-approve", code=code) == "Ana"
    await desk.do("access-role", user="memory:1", role="admin")
    await desk.do("access-chat", chat="memory:lounge", tenant=None, allowed=True)
    await desk.do("access-chat", chat="memory:attic", tenant="test", allowed=False)
    await desk.do("access-tenant", tenant="memory:test", allowed=True)
    roster = await desk.do("access-list")
    await desk.do("access-tenant", tenant="memory:test", allowed=False)
    await desk.do("access-revoke", user="1")

    [ana] = roster["people"]
    assert (ana["name"], ana["role"], ana["known_as"]) == ("Ana", "admin", "memory:1")
    assert {(one["known_as"], one["allowed"]) for one in roster["places"]} == {
        ("memory:test", True),
        ("memory:lounge", True),
        ("memory:attic", False),
    }
    assert [(one["known_as"], one["events"]) for one in roster["refused"]] == [("memory:1", 1)]
    audit = await desk.do("access-audit", limit=10)
    assert [(one["who"], one["action"], one["about"], one["detail"]) for one in audit[::-1]] == [
        ("operator", "approve", "1 Ana", ""),
        ("operator", "role", "1 Ana", "admin"),
        ("operator", "allow-chat", "memory:lounge", ""),
        ("operator", "deny-chat", "memory:attic", ""),
        ("operator", "allow-tenant", "memory:test", ""),
        ("operator", "deny-tenant", "memory:test", ""),
        ("operator", "role", "1 Ana", "revoked"),
    ]


@pytest.mark.parametrize(
    ("name", "parameters", "reason"),
    [
        ("access-approve", {"code": "AAAAA-AAAAA"}, "Nobody waits with this code"),
        ("access-role", {"user": "memory:nobody", "role": "member"}, "Nobody is known as"),
        ("access-role", {"user": "7", "role": "king"}, "is no role"),
        ("access-revoke", {"user": "7"}, "Nobody is known as"),
        ("access-chat", {"chat": "lounge", "tenant": None, "allowed": True}, "Write PLATFORM:ID"),
        ("access-chat", {"chat": "nowhere:lounge", "tenant": None, "allowed": True}, "not known here yet"),
        ("access-tenant", {"tenant": "T1", "allowed": True}, "Write PLATFORM:ID"),
    ],
)
async def test_what_nobody_knows_is_said_so(
    desk: Desk, name: str, parameters: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        await desk.do(name, **parameters)


async def test_what_is_kept_of_a_person_is_shown_and_deleted(desk: Desk) -> None:
    await desk.at.let_in(ANA)
    await desk.at.ask(ANA, "a word of mine")

    export = await desk.do("privacy-export", user="memory:1")
    assert "a word of mine" in export
    assert await desk.do("privacy-forget", user="memory:1") == 1
    assert not await desk.at.remembers("a word of mine")
    assert (await desk.do("access-audit", limit=1))[0]["who"] == "operator"


async def test_a_chat_is_remembered_as_long_as_the_operator_says(desk: Desk) -> None:
    await desk.at.let_in(ANA)

    await desk.do("privacy-retention", chat="memory:1", days=7)

    assert [(one["known_as"], one["days"]) for one in await desk.do("privacy-retentions")] == [
        ("memory:1", 7)
    ]
    assert await desk.do("privacy-sweep") == 0
    await desk.do("privacy-retention", chat="memory:1", days=None)
    assert [one["days"] for one in await desk.do("privacy-retentions")] == [None]
    with pytest.raises(InputError, match="No chat is known"):
        await desk.do("privacy-retention", chat="memory:lounge", days=7)
