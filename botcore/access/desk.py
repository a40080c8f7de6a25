"""The desk: where people and chats are let in. Whatever changes is told to the gate at once."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from botcore.access import texts
from botcore.access.codes import hashed, new_owner_code, new_pairing_code, owner_code_in
from botcore.access.gate import Reason
from botcore.access.roles import UserRole
from botcore.access.tries import Tries
from botcore.domain import ConversationKey, InboundEvent
from botcore.errors import InputError
from botcore.store.access import Admitted, Invitation
from botcore.store.access_store import AccessStore
from botcore.store.audit import Actor
from botcore.store.notices import Notice

log = structlog.get_logger(__name__)

OPERATOR = Actor()


class AccessDesk:
    """Does what operators, owners and admins ask for."""

    def __init__(
        self,
        store: AccessStore,
        *,
        retention_days: int,
        changed: Callable[[], None] = lambda: None,
        send: Callable[[Notice], None] = lambda notice: None,
    ) -> None:
        """`retention_days`: how long a chat is remembered that says nothing else; 0: for ever.

        `changed`: called after each change. `send`: called with what is to be said; without a bot that
        waits in the outbox.
        """
        self.store = store
        self._retention_days = retention_days
        self._changed = changed
        self._send = send
        self._tries = Tries()

    async def turn_away(self, event: InboundEvent, why: Reason, role: UserRole | None = None) -> bool:
        """Note that an event was denied. False when it was denied before. `role`: its author's."""
        invited = None
        may_change_that = why is Reason.CHAT and event.addressed and role is not None and role.may_admit
        if why is Reason.STRANGER and event.direct:
            code = new_pairing_code()
            invited = Invitation(texts.invitation(code), hashed(code))
        turned = await self.store.turn_away(event, invited, texts.NOT_ALLOWED_HERE if may_change_that else "")
        if turned.notice:
            self._send(turned.notice)
        return turned.is_new

    async def welcome_owner(self, event: InboundEvent) -> bool:
        """Make an event's author the owner, if it is the code for that. The code is good for one."""
        code = owner_code_in(event.text)
        who = "/".join((event.key.platform, event.key.tenant, event.author.id))
        if code is None or event.author.is_bot or not self._tries.may(who):
            return False
        admitted = await self.store.become_owner(event, hashed(code), texts.OWNER_WELCOME)
        if admitted is None:
            return False
        log.info("owner_found", platform=event.key.platform)
        self._done(admitted.notice)
        return True

    async def approve(self, code: str, actor: Actor = OPERATOR, *, tenant_id: int | None = None) -> Admitted:
        """Let in whoever was shown a code, and tell them; raise `InputError` when nobody was."""
        if actor.user_id is not None and not self._tries.may(str(actor.user_id)):
            raise InputError("You tried too many codes that were none. Please wait an hour.")
        admitted = await self.store.approve(hashed(code), texts.WELCOME, actor, tenant_id=tenant_id)
        if admitted is None:
            raise InputError(
                "Nobody waits with this code: it was used, or is older than a day, or a letter is wrong. "
                "Whoever writes to me tomorrow is shown a new one."
            )
        self._tries.forget(str(actor.user_id))
        self._done(admitted.notice)
        return admitted

    async def new_owner_code(self) -> str:
        """Return a code that makes whoever types it to the bot in a direct chat its owner."""
        code = new_owner_code()
        await self.store.put_owner_code(hashed(code), OPERATOR)
        self._done()
        return code

    async def set_role(self, user_id: int, role: UserRole, actor: Actor = OPERATOR) -> None:
        """Give somebody a role."""
        await self.store.set_role(user_id, role, actor)
        self._done()

    async def set_chat(self, key: ConversationKey, actor: Actor = OPERATOR, *, allowed: bool) -> None:
        """Allow a chat, which is told so, or deny it."""
        self._done(await self.store.set_chat(key, actor, allowed=allowed, notice=self._ledger_notice))

    async def set_tenant(self, platform: str, tenant: str, *, allowed: bool) -> None:
        """Allow everybody of a tenant and all its chats, or none of that."""
        await self.store.set_tenant(platform, tenant, OPERATOR, allowed=allowed)
        self._done()

    async def place(self, key: ConversationKey, *, direct: bool) -> None:
        """Note of which kind a chat is that was named before anybody had written there."""
        await self.store.place(key, direct=direct)
        self._done()

    async def tell_of_ledger(self, key: ConversationKey) -> None:
        """Tell a chat, once, that what is said there is remembered."""
        self._done(await self.store.tell_of_ledger(key, self._ledger_notice))

    async def tell_owners(self, text: str) -> None:
        """Tell the owners what only they can put right; who never talked to the bot alone hears nothing."""
        for notice in await self.store.tell_owners(text):
            self._send(notice)

    def _ledger_notice(self, days: int | None) -> str:
        return texts.ledger_notice(self._retention_days if days is None else days)

    def _done(self, notice: Notice | None = None) -> None:
        self._changed()
        if notice:
            self._send(notice)
