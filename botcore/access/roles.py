"""What people may do."""

from __future__ import annotations

from enum import StrEnum


class UserRole(StrEnum):
    """What somebody may do wherever they meet the bot."""

    OWNER = "owner"  # everything
    ADMIN = "admin"  # let people and chats in, and set how long things are kept
    MEMBER = "member"  # talk to the bot
    REVOKED = "revoked"  # nothing, not even in a chat whose members may

    @property
    def may_talk(self) -> bool:
        return self is not UserRole.REVOKED

    @property
    def may_admit(self) -> bool:
        """Whether they may let people and chats in."""
        return self in (UserRole.OWNER, UserRole.ADMIN)


GRANTED = (UserRole.OWNER, UserRole.ADMIN, UserRole.MEMBER)
