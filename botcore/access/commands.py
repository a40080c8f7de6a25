"""What people type about themselves, and what owners and admins type about others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from botcore.access.access import Access
from botcore.access.errands import Errand
from botcore.access.languages import find_language, language_name
from botcore.access.lines import account_lines, audit_lines, plain, roster_lines
from botcore.access.privacy_command import add_privacy_command
from botcore.access.roles import GRANTED, UserRole
from botcore.access.times import clock_time, find_timezone
from botcore.context import Context
from botcore.domain import User
from botcore.errors import InputError
from botcore.plugin import Plugin
from botcore.router import ACCOUNT
from botcore.store.audit import Actor

ACTIONS = Literal["list", "approve", "revoke", "role", "allow", "deny", "audit"]
NO_RIGHT = "Only an owner or an admin of mine can do that."
SILENT = (
    "I fall silent here and remember nothing more of what is said. What I know already I keep until it is "
    "too old; `/privacy` tells more."
)
AUDIT_ENTRIES = 20
MONTH = timedelta(days=30)


def account_plugin(access: Access) -> Plugin:
    """Return the core's plugin of /access, /usage, /language, /timezone and /privacy."""
    plugin = Plugin(ACCOUNT)

    @plugin.command(Errand.ADMIT, control=True)
    async def access_(context: Context, *, action: ACTIONS, target: str = "") -> str:
        """Say who may talk to me: `/access approve CODE`, or `/access allow` to let me talk in a chat."""
        return await AccessCommand(access, context).do(action, target.strip())

    @plugin.command("usage", control=True)
    async def usage(context: Context, user: User) -> str:
        """Show how much you have asked for, and how much you may."""
        now = datetime.now(UTC)
        role = await access.gate.role(context.event.key, context.event.author.id)
        account = await access.budgets.account(user, role, now)
        month = await access.accounts.used_since(user.id, now - MONTH)
        return account_lines(account, month, user.timezone)

    @plugin.command("language", control=True)
    async def language(context: Context, user: User, *, language: str = "") -> str:
        """Choose the language that you are answered in: /language German, or /language none."""
        if not language.strip():
            return context.as_typed(_language_now(user))
        chosen = "" if language.strip().casefold() == "none" else find_language(language)
        await access.accounts.choose(user.id, language=chosen)
        if not chosen:
            return "From your next message on I follow the language you write in."
        return f"From your next message on I answer you in {language_name(chosen)}, as far as the model can."

    @plugin.command("timezone", control=True)
    async def timezone(context: Context, user: User, *, timezone: str = "") -> str:
        """Say where your clock is: /timezone Europe/Berlin, or /timezone none."""
        now = datetime.now(UTC)
        if not timezone.strip():
            where = f" in {user.timezone}" if user.timezone else ""
            example = context.as_typed("/timezone Europe/Berlin changes that.")
            return f"For you it is {clock_time(now, user.timezone)}{where}. {example}"
        chosen = "" if timezone.strip().casefold() == "none" else find_timezone(timezone)
        await access.accounts.choose(user.id, timezone=chosen)
        where = f" in {chosen}" if chosen else ""
        return (
            f"From your next message on I tell times on your clock: it is {clock_time(now, chosen)}{where}."
        )

    add_privacy_command(plugin, access)
    return plugin


def _language_now(user: User) -> str:
    if user.language:
        return f"I answer you in {language_name(user.language)}. /language none ends that."
    return "You chose no language, so I follow the one you write in. /language German changes that."


class AccessCommand:
    """One `/access`, of somebody who may or may not."""

    def __init__(self, access: Access, context: Context) -> None:
        self._access = access
        self._context = context
        self._actor = Actor(context.user.id)

    async def do(self, action: ACTIONS, target: str) -> str:
        """Do it, if they may; raise `InputError` with what to type otherwise."""
        role = await self._access.gate.role(self._context.event.key, self._context.event.author.id)
        if role is None or not role.may_admit:
            raise InputError(NO_RIGHT)
        if action in ("allow", "deny"):
            return await self._set_chat(allowed=action == "allow")
        if action in ("list", "audit"):
            return await self._show(action)
        if not target:
            raise InputError(f"Say whom: `/access {action} {'CODE' if action == 'approve' else 'USER'}`.")
        if action == "approve":
            admitted = await self._access.desk.approve(target, self._actor, tenant_id=self._tenant_id)
            return f"{plain(admitted.name)} may talk to me now, and was told so."
        if action == "revoke":
            return await self._set_role(role, target, UserRole.REVOKED)
        user, _, wanted = target.rpartition(" ")
        if wanted not in GRANTED or not user:
            raise InputError(f"Type it like this: `/access role USER {'|'.join(GRANTED)}`.")
        return await self._set_role(role, user.strip(), UserRole(wanted))

    @property
    def _tenant_id(self) -> int | None:
        """Where they may let people in: at their own tenant, or everywhere from this machine."""
        is_here = self._access.gate.is_trusted(self._context.event.key)
        return None if is_here else self._context.conversation.scope.tenant_id

    async def _set_role(self, role: UserRole, target: str, wanted: UserRole) -> str:
        desk = self._access.desk
        user_id = await desk.store.find_user(target, tenant_id=self._tenant_id)
        theirs = await desk.store.role_of(user_id)
        above = {theirs, wanted} & {UserRole.OWNER, UserRole.ADMIN}
        if above and role is not UserRole.OWNER:
            raise InputError("Only my owner can change what owners and admins may.")
        if user_id == self._context.user.id:
            raise InputError("You can't change your own role; another owner, or the command line, can.")
        await desk.set_role(user_id, wanted, self._actor)
        return (
            f"{target} may not talk to me any more."
            if wanted is UserRole.REVOKED
            else (f"{target} is {'an' if wanted in (UserRole.OWNER, UserRole.ADMIN) else 'a'} {wanted} now.")
        )

    async def _set_chat(self, *, allowed: bool) -> str:
        event = self._context.event
        if event.direct:
            raise InputError("Type this in the group that it is about. `botcore access` knows other ways.")
        await self._access.desk.set_chat(event.key, self._actor, allowed=allowed)
        if not allowed:
            return self._context.as_typed(SILENT)
        unheard = await self._access.fronts.unheard(event.key)
        return "\n\n".join(filter(None, ("Every member of this chat may talk to me here now.", unheard)))

    async def _show(self, action: str) -> str:
        if not self._context.event.direct:
            raise InputError(
                f"Ask me `/access {action}` in a direct chat: not everybody here should read it."
            )
        store, timezone = self._access.desk.store, self._context.user.timezone
        if action == "audit":
            return audit_lines(await store.audit(AUDIT_ENTRIES, tenant_id=self._tenant_id), timezone)
        return roster_lines(await store.roster(tenant_id=self._tenant_id), timezone)
