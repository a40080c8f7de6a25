"""What an operator's command does about who may come in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from botcore.access.roles import GRANTED, UserRole
from botcore.control.wire import dump
from botcore.errors import InputError
from botcore.store.audit import AuditEntry

if TYPE_CHECKING:
    from botcore.control.operations import Premises


async def list_access(premises: Premises) -> Any:
    """Return everybody and every chat that was decided about, and who and what was turned away."""
    return dump(await premises.desk.store.roster())


async def approve(premises: Premises, code: str) -> Any:
    """Let in whoever was shown a code; return their name."""
    return (await premises.desk.approve(code)).name


async def revoke(premises: Premises, user: str) -> Any:
    """Answer somebody no more, anywhere."""
    await premises.desk.set_role(await premises.desk.store.find_user(user), UserRole.REVOKED)


async def set_role(premises: Premises, user: str, role: str) -> Any:
    """Give somebody a role."""
    if role not in GRANTED:
        raise InputError(f"“{role}” is no role. The roles are {', '.join(GRANTED)}.")
    await premises.desk.set_role(await premises.desk.store.find_user(user), UserRole(role))


async def set_chat(premises: Premises, chat: str, tenant: str | None, *, allowed: bool) -> Any:
    """Allow a chat or deny it."""
    key = await premises.desk.store.find_chat(chat, tenant)
    await premises.desk.set_chat(key, allowed=allowed)


async def set_tenant(premises: Premises, tenant: str, *, allowed: bool) -> Any:
    """Allow a whole tenant, named PLATFORM:ID, or deny it."""
    platform, _, its_id = tenant.partition(":")
    if not platform or not its_id:
        raise InputError(f"“{tenant}” names no tenant. Write PLATFORM:ID, as slack:T0123.")
    await premises.desk.set_tenant(platform, its_id, allowed=allowed)


async def new_owner_code(premises: Premises) -> Any:
    """Return a code that makes whoever types it the owner."""
    return await premises.desk.new_owner_code()


async def list_audit(premises: Premises, limit: int) -> Any:
    """Return what was done last, the latest first."""
    return dump(await premises.desk.store.audit(limit), list[AuditEntry])


ACCESS_OPERATIONS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "access-list": list_access,
    "access-approve": approve,
    "access-revoke": revoke,
    "access-role": set_role,
    "access-chat": set_chat,
    "access-tenant": set_tenant,
    "access-owner-code": new_owner_code,
    "access-audit": list_audit,
}
