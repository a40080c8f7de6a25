"""The store of the access rules: one method per transaction."""

from __future__ import annotations

from botcore.access.roles import UserRole
from botcore.domain import ConversationKey, InboundEvent
from botcore.store import access, audit, owners, roster, standing
from botcore.store.access import Admitted, Invitation, LedgerNotice, Turned
from botcore.store.audit import Actor, AuditEntry
from botcore.store.database import Database
from botcore.store.notices import Notice
from botcore.store.roster import Roster
from botcore.store.standing import PersonStanding, PlaceStanding


class AccessStore:
    """Who may come in. Each method is one transaction, committed when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self, key: ConversationKey, author_id: str) -> tuple[PersonStanding, PlaceStanding]:
        """Return how an author and a chat stand."""
        return await self._database.read(
            lambda connection: (
                standing.person_standing(connection, key, author_id),
                standing.place_standing(connection, key),
            )
        )

    async def was_denied(self, key: ConversationKey, dedupe_key: str) -> bool:
        """Tell whether an event was turned away when it was delivered before."""
        return await self._database.read(lambda connection: standing.was_denied(connection, key, dedupe_key))

    async def has_owner_code(self) -> bool:
        """Tell whether there is a code that makes whoever types it the owner."""
        return await self._database.read(standing.has_owner_code)

    async def turn_away(self, event: InboundEvent, invitation: Invitation | None, hint: str = "") -> Turned:
        """Note that an event was denied; nothing of its text is kept. One of the two may be told."""
        return await self._database.write(
            lambda connection: access.turn_away(connection, event, invitation, hint)
        )

    async def approve(
        self, code_hash: str, welcome: str, actor: Actor, *, tenant_id: int | None = None
    ) -> Admitted | None:
        """Let in whoever was shown this code; None when nobody was. `tenant_id`: only at this tenant."""
        return await self._database.write(
            lambda connection: access.approve(connection, code_hash, welcome, actor, tenant_id=tenant_id)
        )

    async def put_owner_code(self, code_hash: str, actor: Actor) -> None:
        """Keep the code that makes whoever types it the owner, instead of any older one."""
        await self._database.write(lambda connection: access.put_owner_code(connection, code_hash, actor))

    async def become_owner(self, event: InboundEvent, code_hash: str, welcome: str) -> Admitted | None:
        """Make an event's author the owner, if they typed the code for it."""
        return await self._database.write(
            lambda connection: access.become_owner(connection, event, code_hash, welcome)
        )

    async def set_role(self, user_id: int, role: UserRole, actor: Actor) -> None:
        """Give somebody a role."""
        await self._database.write(lambda connection: access.set_role(connection, user_id, role, actor))

    async def set_chat(
        self, key: ConversationKey, actor: Actor, *, allowed: bool, notice: LedgerNotice
    ) -> Notice | None:
        """Allow a chat, or deny it; return what it is told, if it is."""
        return await self._database.write(
            lambda connection: access.set_chat(connection, key, actor, allowed=allowed, notice=notice)
        )

    async def set_tenant(self, platform: str, tenant: str, actor: Actor, *, allowed: bool) -> None:
        """Allow everybody of a tenant and all its chats, or none of that."""
        await self._database.write(
            lambda connection: access.set_tenant(connection, platform, tenant, actor, allowed=allowed)
        )

    async def place(self, key: ConversationKey, *, direct: bool) -> None:
        """Note of which kind a chat is."""
        await self._database.write(lambda connection: access.place(connection, key, direct=direct))

    async def tell_of_ledger(self, key: ConversationKey, text: LedgerNotice) -> Notice | None:
        """Tell a group, once, that what is said there is remembered."""
        return await self._database.write(lambda connection: access.tell_of_ledger(connection, key, text))

    async def tell_owners(self, text: str) -> list[Notice]:
        """Say something to every owner who has talked to the bot in a direct chat."""
        return await self._database.write(lambda connection: owners.tell_owners(connection, text))

    async def roster(self, *, tenant_id: int | None = None) -> Roster:
        """Return everybody and everything that was decided about, or what was at one tenant."""
        return await self._database.read(lambda connection: roster.read_roster(connection, tenant_id))

    async def find_user(self, name: str, *, tenant_id: int | None = None) -> int:
        """Return who is meant, perhaps at one tenant only; raise `InputError` when nobody is."""
        return await self._database.read(lambda connection: roster.find_user(connection, name, tenant_id))

    async def role_of(self, user_id: int) -> UserRole | None:
        """Return somebody's role, if they have one."""
        roles = await self._database.read(lambda connection: access.roles_of(connection, [user_id]))
        return roles.get(user_id)

    async def find_chat(self, name: str, tenant: str | None = None) -> ConversationKey:
        """Return which chat an operator means; raise `InputError` when it can't be told."""
        return await self._database.read(lambda connection: roster.find_chat(connection, name, tenant))

    async def audit(self, limit: int, *, tenant_id: int | None = None) -> list[AuditEntry]:
        """Return what was done last, the latest first, or what was at one tenant."""
        return await self._database.read(lambda connection: audit.last_entries(connection, limit, tenant_id))
