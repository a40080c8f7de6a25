"""What owners, admins and everybody else can type in a chat."""

from __future__ import annotations

from pathlib import Path

from botcore import Accepted, Author, Context, Plugin, User
from botcore.access.roles import UserRole
from tests.botcore.access.rooms import ANA, BEN, EVE, Rooms, rooms
from tests.botcore.running_bot import talking_plugin

OWNER = Author("9", "Olga")


async def own(at: Rooms) -> None:
    """Make Olga the owner, as the first one becomes it."""
    code = await at.at.bot.access.desk.new_owner_code()
    assert await at.write(OWNER, code) is Accepted.DENIED
    await at.until_said(OWNER.id)


async def make(at: Rooms, who: Author, role: UserRole) -> None:
    await at.let_in(who)
    desk = at.at.bot.access.desk
    await desk.set_role(await desk.store.find_user(f"memory:{who.id}"), role)


async def test_the_first_owner_types_the_code_that_the_operator_was_shown(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        code = await at.at.bot.access.desk.new_owner_code()

        assert await at.write(OWNER, f"/start {code.lower()}") is Accepted.DENIED

        assert "You are my owner now" in (await at.until_said(OWNER.id))[0]
        assert await at.ask(OWNER, "hello") == "old pond"
        assert not await at.remembers(code)
        assert await at.rows("select action, detail from audit order by id") == [
            ("owner-code", ""),
            ("own", ""),
        ]


async def test_an_owners_code_is_good_for_one_and_a_wrong_one_for_none(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        code = await at.at.bot.access.desk.new_owner_code()
        wrong = "-".join(["AAAAA"] * 5)

        await at.write(EVE, wrong)
        assert "give this code" in (await at.until_said(EVE.id))[0]
        await at.write(OWNER, code, chat="group")
        assert at.said_in("group") == [], "it counts in a direct chat only"
        await at.write(OWNER, code)
        await at.until_said(OWNER.id)
        await at.write(BEN, code)

        assert "give this code" in (await at.until_said(BEN.id))[0]


async def test_who_guesses_an_owners_code_is_soon_not_listened_to(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        code = await at.at.bot.access.desk.new_owner_code()
        for _ in range(5):
            await at.write(EVE, "-".join(["AAAAA"] * 5))

        await at.write(EVE, code)
        assert await at.rows('select role from "grant"') == []
        await at.write(OWNER, code)
        assert await at.rows('select role from "grant"') == [("owner",)]


async def test_an_owner_approves_in_the_chat(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await own(at)
        code = await at.code_for(ANA)

        assert await at.ask(OWNER, f"/access approve {code}") == "Ana may talk to me now, and was told so."

        assert "You were let in" in (await at.until_said(ANA.id, 2))[1]
        assert "Nobody waits with this code" in await at.ask(OWNER, f"/access approve {code}")
        listed = await at.ask(OWNER, "/access list")
        assert "Ana (memory:1), member" in listed
        assert "Olga (memory:9), owner" in listed
        assert "approve" in await at.ask(OWNER, "/access audit")


async def test_a_member_can_not_let_anybody_in(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.let_in(ANA)
        code = await at.code_for(BEN)

        for command in (f"approve {code}", "list", "audit", "allow", "role memory:1 owner", "revoke 1"):
            assert "Only an owner or an admin" in await at.ask(ANA, f"/access {command}")

        assert await at.write(BEN, "hello") is Accepted.DENIED


async def test_an_admin_lets_people_and_chats_in_but_makes_no_admins(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await own(at)
        await make(at, ANA, UserRole.ADMIN)

        assert "may talk to me now" in await at.ask(ANA, f"/access approve {await at.code_for(BEN)}")
        assert "Only my owner" in await at.ask(ANA, "/access role memory:2 admin")
        assert "Only my owner" in await at.ask(ANA, "/access revoke memory:9")
        assert "You can't change your own role" in await at.ask(OWNER, "/access role memory:9 member")
        assert "Every member" in await at.ask(ANA, "/access allow", chat="group")
        assert await at.ask(EVE, "hello", chat="group") == "old pond"
        assert "fall silent" in await at.ask(ANA, "/access deny", chat="group")
        assert await at.write(EVE, "hello", chat="group") is Accepted.DENIED
        assert "not talk to me any more" in await at.ask(ANA, "/access revoke memory:2")
        assert await at.write(BEN, "hello") is Accepted.DENIED


async def test_an_admin_of_one_tenant_has_no_say_at_another(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await own(at)
        assert await at.write(EVE, "hello?", tenant="another") is Accepted.DENIED
        code = await at.code_for(BEN)
        [line] = [m.text for m in at.club.shown.values() if m.key.tenant == "another"]

        assert "Nobody waits" in await at.ask(OWNER, f"/access approve {line.split('`')[1]}")
        assert "Eve" not in await at.ask(OWNER, "/access list")
        assert "Ben" in await at.ask(OWNER, "/access list")
        assert "Ben may talk" in await at.ask(OWNER, f"/access approve {code}")


async def test_a_list_is_not_shown_in_a_group(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await own(at)
        await at.ask(OWNER, "/access allow", chat="group")

        assert "direct chat" in await at.ask(OWNER, "/access list", chat="group")


async def test_a_chat_whose_retention_was_set_is_not_listed_as_denied(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.let_in(ANA)
        desk = at.at.bot.access.desk
        await desk.set_role(await desk.store.find_user("memory:1"), UserRole.OWNER)
        await at.ask(ANA, "/privacy retention 30")

        [place] = (await desk.store.roster()).places
        assert (place.known_as, place.allowed, place.retention_days) == ("memory:1", None, 30)
        assert "denied" not in await at.ask(ANA, "/access list")


async def test_a_language_and_a_time_zone_are_kept_and_given_to_plugins(tmp_path: Path) -> None:
    plugin = Plugin("who")

    @plugin.command("who")
    async def who(user: User, context: Context) -> str:
        """Say what is known."""
        return f"{user.language} {user.timezone} {'access' in context.commands}"

    async with rooms(tmp_path, plugins=(talking_plugin(), plugin)) as at:
        await at.let_in(ANA)
        assert await at.ask(ANA, "/who") == "  False"

        assert "Ukrainian" in await at.ask(ANA, "/language Українська")
        assert "German" in await at.ask(ANA, "/language Deutsch")
        assert "German" in await at.ask(ANA, "/language german")
        assert "Europe/Berlin" in await at.ask(ANA, "/timezone berlin")
        assert await at.ask(ANA, "/who") == "de Europe/Berlin False"
        assert "German" in await at.ask(ANA, "/language")
        assert "Europe/Berlin" in await at.ask(ANA, "/timezone")
        assert "Did you mean Europe/Berlin?" in await at.ask(ANA, "/timezone Europe/Berlim")
        assert "Did you mean French?" in await at.ask(ANA, "/language frensh")
        assert "pt-BR" not in await at.ask(ANA, "/language pt_br")
        await at.ask(ANA, "/timezone none")
        assert await at.ask(ANA, "/who") == "pt-BR  False"


async def test_a_name_is_no_markup(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await own(at)
        await at.let_in(Author("5", "[Bob](https://evil.example) *x*"))

        assert r"\[Bob\](https://evil.example) \*x\*" in await at.ask(OWNER, "/access list")


async def test_who_is_known_from_a_group_may_see_to_what_is_kept_of_them(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.at.bot.access.desk.set_chat(at.event(ANA, "", chat="group").key, allowed=True)
        await at.ask(ANA, "a word of mine", chat="group")

        assert "a word of mine" in await at.ask(ANA, "/privacy export")
        assert await at.write(ANA, "hello") is Accepted.DENIED, "no more than that"
        assert await at.write(ANA, "/start") is Accepted.DENIED
        assert await at.write(BEN, "/privacy export") is Accepted.DENIED, "nothing is kept of him"


async def test_a_direct_chat_that_an_operator_allowed_by_its_id_is_one(tmp_path: Path) -> None:
    async with rooms(tmp_path) as at:
        await at.at.bot.access.desk.set_chat(at.event(ANA, "").key, allowed=True)

        assert await at.ask(ANA, "hello") == "old pond"

        assert await at.rows("select is_direct from chat") in ([(1,)], [(True,)])
        assert "Ana" in await at.ask(ANA, "/privacy export"), "which is for direct chats only"
